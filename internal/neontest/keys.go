package neontest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// grade: spec — an API key's created_by is an object in lists, and a user's id in answers to create and revoke.
type creatorBody struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Image string `json:"image"`
}

// grade: spec — which fields an API key has in which answer.
// grade: seen — project_id is left out of the answers about an organization-wide key, never null: Neon's CLI revokes
// a new key that has a null there.
type keyBody struct {
	ID               int64   `json:"id"`
	Key              string  `json:"key,omitempty"`
	Name             string  `json:"name"`
	ProjectID        string  `json:"project_id,omitempty"`
	CreatedAt        string  `json:"created_at"`
	CreatedBy        any     `json:"created_by"`
	LastUsedAt       any     `json:"last_used_at,omitempty"`
	LastUsedFromAddr *string `json:"last_used_from_addr,omitempty"`
	Revoked          *bool   `json:"revoked,omitempty"`
}

func (c *call) keyBody(key *APIKey) keyBody {
	return keyBody{ID: key.ID, Name: key.Name, ProjectID: key.ProjectID, CreatedAt: timestamp(key.CreatedAt), CreatedBy: key.CreatedBy}
}

func (b *keyBody) addUse(s *Server, key *APIKey) {
	from := key.LastUsedFromAddr // the answer is written when the key may be in use again
	b.LastUsedAt, b.LastUsedFromAddr = s.lastUsed(key.LastUsedAt), &from
}

// lastUsed is last_used_at; nil leaves it out.
//
// grade: spec — last_used_at is both optional and nullable; last_used_from_addr is "" before the first use.
// grade: seen — before an API key's first use, last_used_at is null: Switches.LastUsedAtAbsent.
func (s *Server) lastUsed(at *time.Time) any {
	switch {
	case at != nil:
		return timestamp(*at)
	case s.cfg.LastUsedAtAbsent:
		return nil
	default:
		return json.RawMessage("null")
	}
}

func (s *Server) creator(userID string) creatorBody {
	return creatorBody{ID: userID, Name: s.world.users[userID].name, Image: avatar(userID)}
}

// grade: spec — the list of API keys is a bare array, not paged, of live keys only.
// grade: guess — API keys are listed in the order they were created.
func (c *call) listKeys() answer {
	list := []keyBody{}
	o := c.lagging()
	for i := range o.keys {
		if key := &o.keys[i]; !key.Revoked {
			body := c.keyBody(key)
			body.CreatedBy = c.s.creator(key.CreatedBy)
			body.addUse(c.s, key)
			list = append(list, body)
		}
	}
	return ok(list)
}

type keyRequest struct {
	KeyName   *string `json:"key_name"`
	ProjectID *string `json:"project_id"`
}

// grade: spec — key_name is required and has at most 64 characters.
// grade: docs — key_name has at least one character.
// grade: guess — blanks around key_name are kept, or cut off, or refused with
// `request body has an error: key_name: blanks around the name` (400): Switches.OuterBlanks.
func (c *call) decodeKeyRequest() (keyRequest, *answer) {
	var request keyRequest
	if refusal := c.decode(&request); refusal != nil {
		return request, refusal
	}
	if request.KeyName == nil {
		return request, refuse(http.StatusBadRequest, `request body has an error: property "key_name" is missing`)
	}
	if name := strings.TrimSpace(*request.KeyName); name != *request.KeyName {
		switch c.s.cfg.OuterBlanks {
		case "trim":
			request.KeyName = &name
		case "refuse":
			return request, refuse(http.StatusBadRequest, "request body has an error: key_name: blanks around the name")
		}
	}
	if n := utf8.RuneCountInString(*request.KeyName); n < 1 || n > 64 {
		return request, refuse(http.StatusBadRequest, "request body has an error: key_name: length must be from 1 to 64")
	}
	return request, nil
}

// grade: spec — an API key's token is in the answer to its creation and in no other; names need not be unique.
func (c *call) createKey() answer {
	request, refusal := c.decodeKeyRequest()
	if refusal != nil {
		return *refusal
	}
	projectID := ""
	if request.ProjectID != nil {
		projectID = *request.ProjectID
		if !idPattern.MatchString(projectID) {
			return *refuse(http.StatusBadRequest, "request body has an error: project_id: string doesn't match the format")
		}
		if o, _ := c.s.world.project(projectID); o != c.org {
			return *refuse(http.StatusNotFound, saysNoSuchProject)
		}
	}
	token, key := c.s.addKey(c.org, *request.KeyName, projectID, c.cred.userID)
	body := c.keyBody(&key)
	body.Key = token
	return ok(body)
}

// grade: spec — revoking an API key answers the key, with revoked: true.
// grade: seen — revoking an unknown API key, here also one of another organization, gets 404 `API key not found`.
// grade: guess — revoking an API key that is revoked already gets 404 `API key not found`: Switches.RevokeRevokedStatus.
func (c *call) revokeKey() answer {
	id, _ := strconv.ParseInt(c.params["key_id"], 10, 64)
	key := c.org.key(id)
	if key == nil {
		return *refuse(http.StatusNotFound, "API key not found")
	}
	if key.Revoked {
		if status := orElse(c.s.cfg.RevokeRevokedStatus, http.StatusNotFound); status != http.StatusOK {
			return *refuse(status, "API key not found")
		}
	}
	c.s.revokeKey(c.org, id)
	body := c.keyBody(key)
	body.addUse(c.s, key)
	body.Revoked = &key.Revoked
	return ok(body)
}

func (s *Server) addKey(o *organization, name, projectID, createdBy string) (string, APIKey) {
	o.remember(s.cfg.now(), s.cfg.ListLag)
	key := APIKey{
		ID: s.world.nextID(), OrgID: o.id, Name: name, ProjectID: projectID, CreatedBy: createdBy,
		CreatedAt: s.cfg.now().Truncate(time.Second),
	}
	o.keys = append(o.keys, key)
	cred := &credential{kind: organizationKey, keyID: key.ID, orgID: o.id, projectID: projectID}
	if projectID != "" {
		cred.kind = projectKey
	}
	token := newToken()
	s.world.tokens[token] = cred
	return token, key
}

func (s *Server) revokeKey(o *organization, id int64) {
	key := o.key(id)
	if key == nil || key.Revoked {
		return
	}
	o.remember(s.cfg.now(), s.cfg.ListLag)
	key.Revoked = true
	for _, cred := range s.world.tokens {
		if cred.orgID == o.id && cred.keyID == id {
			cred.revoked = true
		}
	}
}

func (s *Server) personalKeysOf(userID string) []*credential {
	var keys []*credential
	for _, cred := range s.world.tokens {
		if cred.kind == personalKey && cred.userID == userID && !cred.revoked {
			keys = append(keys, cred)
		}
	}
	slices.SortFunc(keys, func(a, b *credential) int { return int(a.keyID - b.keyID) })
	return keys
}
