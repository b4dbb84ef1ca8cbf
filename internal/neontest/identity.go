package neontest

import (
	"net/http"
	"strconv"
	"time"
)

// grade: spec — the fields of GET /auth and the values of auth_method.
// grade: seen — in GET /auth, account_id is the organization's id for its keys, and auth_method is the same for
// organization-wide and project-scoped ones.
type authBody struct {
	AccountID  string `json:"account_id"`
	AuthMethod string `json:"auth_method"`
	AuthData   string `json:"auth_data,omitempty"`
}

// grade: guess — in GET /auth, auth_data holds the id of the key.
func (c *call) getAuth() answer {
	data := strconv.FormatInt(c.cred.keyID, 10)
	if c.cred.kind == personalKey {
		return ok(authBody{AccountID: c.cred.userID, AuthMethod: "api_key_user", AuthData: data})
	}
	return ok(authBody{AccountID: c.cred.orgID, AuthMethod: "api_key_org", AuthData: data})
}

// grade: spec — the required fields of GET /users/me; the optional billing_account is left out.
type currentUserBody struct {
	ActiveSecondsLimit  int64             `json:"active_seconds_limit"`
	AuthAccounts        []authAccountBody `json:"auth_accounts"`
	Email               string            `json:"email"`
	ID                  string            `json:"id"`
	Image               string            `json:"image"`
	Login               string            `json:"login"`
	Name                string            `json:"name"`
	LastName            string            `json:"last_name"`
	ProjectsLimit       int64             `json:"projects_limit"`
	BranchesLimit       int64             `json:"branches_limit"`
	MaxAutoscalingLimit float64           `json:"max_autoscaling_limit"`
	Plan                string            `json:"plan"`
}

// grade: spec — the fields of an account that a person signs in with.
type authAccountBody struct {
	Email    string `json:"email"`
	Image    string `json:"image"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Provider string `json:"provider"`
}

// grade: seen — GET /users/me is refused to organization keys with 404.
func (c *call) getCurrentUser() answer {
	u := c.s.world.users[c.cred.userID]
	return ok(currentUserBody{
		AuthAccounts: []authAccountBody{{Email: u.email, Image: avatar(u.id), Login: u.email, Name: u.name, Provider: "keycloak"}},
		Email:        u.email, ID: u.id, Image: avatar(u.id), Login: u.email, Name: u.name,
		ProjectsLimit: 1000, BranchesLimit: 5000, MaxAutoscalingLimit: 16, Plan: "scale",
	})
}

func avatar(userID string) string { return "https://avatars.example.com/" + userID }

// grade: spec — the fields of an organization.
type organizationBody struct {
	ID                 string `json:"id"`
	Name               string `json:"name"`
	Handle             string `json:"handle"`
	Plan               string `json:"plan"`
	ManagedBy          string `json:"managed_by"`
	CreatedAt          string `json:"created_at"`
	UpdatedAt          string `json:"updated_at"`
	AllowHIPAAProjects bool   `json:"allow_hipaa_projects"`
	RequireMFA         bool   `json:"require_mfa"`
}

func (o *organization) bodyOf() organizationBody {
	return organizationBody{
		ID: o.id, Name: o.name, Handle: orElse(o.handle, o.name+"-"+o.id), Plan: o.plan, ManagedBy: o.managedBy,
		CreatedAt: timestamp(o.createdAt), UpdatedAt: timestamp(o.updatedAt),
		AllowHIPAAProjects: o.allowHIPAA, RequireMFA: o.requireMFA,
	}
}

// grade: spec — GET /organizations/{org_id} answers the organization itself.
func (c *call) getOrganization() answer { return ok(c.org.bodyOf()) }

// grade: spec — GET /users/me/organizations is not paged; an organization's key sees the one that owns it.
func (c *call) listMyOrganizations() answer {
	list := []organizationBody{}
	for _, o := range c.s.world.orgs {
		if c.requireAccessTo(o) == nil {
			list = append(list, o.bodyOf())
		}
	}
	return ok(map[string]any{"organizations": list})
}

// grade: spec — personal keys look like an organization's, without project_id.
type personalKeyBody struct {
	ID               int64   `json:"id"`
	Key              string  `json:"key,omitempty"`
	Name             string  `json:"name"`
	CreatedAt        string  `json:"created_at"`
	CreatedBy        any     `json:"created_by"`
	LastUsedAt       any     `json:"last_used_at,omitempty"`
	LastUsedFromAddr *string `json:"last_used_from_addr,omitempty"`
	Revoked          *bool   `json:"revoked,omitempty"`
}

// grade: spec — a person's own keys are listed as a bare array, not paged.
func (c *call) listPersonalKeys() answer {
	list := []personalKeyBody{}
	for _, cred := range c.s.personalKeysOf(c.cred.userID) {
		body := personalKeyBody{ID: cred.keyID, Name: cred.name, CreatedAt: timestamp(cred.createdAt), CreatedBy: c.s.creator(cred.userID)}
		from := cred.lastUsedFromAddr // the answer is written when the key may be in use again
		body.LastUsedAt, body.LastUsedFromAddr = c.s.lastUsed(cred.lastUsedAt), &from
		list = append(list, body)
	}
	return ok(list)
}

// grade: spec — a personal key's token is in the answer to its creation and in no other.
func (c *call) createPersonalKey() answer {
	request, refusal := c.decodeKeyRequest()
	if refusal != nil {
		return *refusal
	}
	token, cred := c.s.addPersonalKey(c.cred.userID, *request.KeyName)
	return ok(personalKeyBody{ID: cred.keyID, Key: token, Name: cred.name, CreatedAt: timestamp(cred.createdAt), CreatedBy: cred.userID})
}

// grade: spec — revoking a personal key answers the key, with revoked: true.
// grade: guess — revoking an unknown or revoked personal key gets 404 `API key not found`.
func (c *call) revokePersonalKey() answer {
	for _, cred := range c.s.personalKeysOf(c.cred.userID) {
		if strconv.FormatInt(cred.keyID, 10) == c.params["key_id"] {
			cred.revoked = true
			body := personalKeyBody{
				ID: cred.keyID, Name: cred.name, CreatedAt: timestamp(cred.createdAt), CreatedBy: cred.userID, Revoked: &cred.revoked,
			}
			from := cred.lastUsedFromAddr // the answer is written when the key may be in use again
			body.LastUsedAt, body.LastUsedFromAddr = c.s.lastUsed(cred.lastUsedAt), &from
			return ok(body)
		}
	}
	return *refuse(http.StatusNotFound, "API key not found")
}

func (s *Server) addPersonalKey(userID, name string) (string, *credential) {
	token := newToken()
	cred := &credential{
		kind: personalKey, keyID: s.world.nextID(), name: name, userID: userID,
		createdAt: s.cfg.now().Truncate(time.Second),
	}
	s.world.tokens[token] = cred
	return token, cred
}
