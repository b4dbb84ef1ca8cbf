package neontest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

type keyKind string

const (
	personalKey     keyKind = "personal"
	organizationKey keyKind = "organization"
	projectKey      keyKind = "project"
)

// credential is the owner and scope of a token.
type credential struct {
	kind      keyKind
	keyID     int64
	name      string // of a personal key; an organization's are in its list
	createdAt time.Time
	userID    string // of a personal key
	orgID     string // of the others
	projectID string // of a project-scoped key
	revoked   bool

	lastUsedAt       *time.Time
	lastUsedFromAddr string
}

// Refusals in Neon's words.
const (
	// grade: seen — a missing, wrong or revoked key gets 401.
	saysNoSuchKey = "supplied credentials do not pass authentication"
	// grade: seen — an organization key on a call that needs a person gets 404.
	saysPersonalOnly = "not allowed for organization API keys"
	// grade: seen — an organization key that wants to create a key gets 404.
	saysPersonalToCreate = "This endpoint requires a personal API key. Organization API keys are not supported."
	// grade: seen — a project-scoped key on anything but its project gets 404.
	// grade: seen — the refusal of a project-scoped key ends with `; subject_project_id:"…"`, the project that it is for.
	saysOutsideProject = "not allowed to perform actions outside the project this key is scoped to"
	// grade: seen — an organization that is not the caller's is refused, not with 404, in the words.
	// grade: guess — an organization that is not the caller's, or that does not exist, gets 403: Switches.NotYoursStatus.
	saysNotYours = "not an organization member"
	// grade: guess — a change by a person who is not an admin gets 403: Switches.NotAdminStatus.
	saysNotAdmin = "only organization admins can perform this action"
	// grade: guess — a change of project roles by a member who is not an Admin of the project gets 403: Switches.NotAdminStatus.
	saysNotProjectAdmin = "only project admins can perform this action"
)

// outsideProject is the refusal of a project-scoped key.
//
// grade: guess — that suffix is always there: Switches.SubjectProjectHidden.
func (c *call) outsideProject() *answer {
	suffix := fmt.Sprintf("; subject_project_id:%q", c.cred.projectID)
	if c.s.cfg.SubjectProjectHidden {
		suffix = ""
	}
	return refuse(http.StatusNotFound, saysOutsideProject+"%s", suffix)
}

// identify finds the key of a request. It returns a description for the log in any case.
func (s *Server) identify(r *http.Request) (*credential, string, *answer) {
	// grade: spec — the key comes as Authorization: Bearer; the cookies that Neon's clients send besides are ignored.
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return nil, "none", refuse(http.StatusUnauthorized, saysNoSuchKey)
	}
	cred := s.world.tokens[token]
	switch {
	case cred == nil:
		return nil, "unknown", refuse(http.StatusUnauthorized, saysNoSuchKey)
	case cred.revoked:
		return nil, "revoked " + cred.describe(), refuse(http.StatusUnauthorized, saysNoSuchKey)
	case cred.kind == personalKey && s.world.users[cred.userID].deactivatedAt != nil:
		// grade: guess — the key of a deactivated person does not work.
		return nil, "deactivated " + cred.describe(), refuse(http.StatusUnauthorized, saysNoSuchKey)
	}
	return cred, cred.describe(), nil
}

// authenticate identifies the key of a request and marks it used.
func (s *Server) authenticate(r *http.Request, from string) (*credential, *answer) {
	cred, _, refusal := s.identify(r)
	if refusal == nil {
		s.markUsed(cred, s.cfg.now(), from)
	}
	return cred, refusal
}

func (c *credential) describe() string { return fmt.Sprintf("%s %d", c.kind, c.keyID) }

func (s *Server) markUsed(cred *credential, at time.Time, from string) {
	at = at.Truncate(time.Second)
	cred.lastUsedAt, cred.lastUsedFromAddr = &at, from
	if o := s.world.org(cred.orgID); o != nil {
		if key := o.key(cred.keyID); key != nil {
			key.LastUsedAt, key.LastUsedFromAddr = &at, from
		}
	}
}

// access is the permission to call a route.
type access struct {
	// organizationKeys allows organization-wide keys. Otherwise they get refusal.
	organizationKeys bool
	refusal          string
	// projectKeys allows project-scoped keys.
	projectKeys bool
	// adminsOnly requires people to be admins of the organization.
	adminsOnly bool
	// settings may be closed to organization-wide keys by Switches.SettingsNeedPersonalKey.
	settings bool
	// list names the list that Switches.HiddenFromMembers may hide from those who are not.
	list string
}

var (
	// grade: spec — every key may ask who it is, which organizations it sees, and for a project it sees.
	// grade: seen — a project-scoped key may read GET /users/me/organizations and GET /projects/{its own id}.
	anyKey = access{organizationKeys: true, projectKeys: true}
	// grade: docs — organization-wide keys and all members may read the organization, its people, invitations and keys.
	readers = access{organizationKeys: true}
	// grade: docs — organization-wide keys and admins may revoke keys and change roles.
	adminsAndOrgKeys = access{organizationKeys: true, adminsOnly: true}
	// grade: docs — spending limits and VPC endpoints are changed by organization admins.
	// grade: guess — spending limits and VPC endpoints are changed by organization-wide keys too: Switches.SettingsNeedPersonalKey.
	settingsWriters = access{organizationKeys: true, adminsOnly: true, settings: true, refusal: saysPersonalOnly}
	// grade: seen — a project-scoped key that lists projects is refused, with or without org_id.
	// grade: guess — a project-scoped key is refused at GET /projects/shared too.
	projectLists = access{organizationKeys: true}
	// grade: docs — people who have access to a project, and organization-wide keys, may read its members.
	// grade: docs — a project-scoped key has Editor access to its project and cannot manage who has access.
	projectMembers = access{organizationKeys: true}
	// grade: docs — inviting, removing a member and moving projects need the personal key of an admin.
	personalAdmins = access{refusal: saysPersonalOnly, adminsOnly: true}
	// grade: docs — a person and their own keys are for personal keys only.
	personalKeys = access{refusal: saysPersonalOnly}
	// grade: docs — creating an organization's key needs the personal key of an admin.
	keyCreators = access{refusal: saysPersonalToCreate, adminsOnly: true}
)

func readersOf(list string) access { return access{organizationKeys: true, list: list} }

// permit applies the key matrix: first by the kind of key, then by organization, then by role.
//
// grade: guess — a request is judged by the kind of its key first (404), then by organization, then by role.
func (c *call) permit(a access) *answer {
	switch c.cred.kind {
	case projectKey:
		if !a.projectKeys {
			if a.refusal == saysPersonalOnly && c.params["org_id"] == "" {
				// grade: guess — where the path names no organization, a project-scoped key is told the same as an
				// organization-wide one.
				return refuse(http.StatusNotFound, saysPersonalOnly)
			}
			return c.outsideProject()
		}
	case organizationKey:
		if !a.organizationKeys || a.settings && c.s.cfg.SettingsNeedPersonalKey {
			return refuse(http.StatusNotFound, "%s", a.refusal)
		}
	}
	orgID := c.params["org_id"]
	if orgID == "" {
		return nil
	}
	c.org = c.s.world.org(orgID)
	if refusal := c.requireAccessTo(c.org); refusal != nil {
		return refusal
	}
	if c.cred.kind != personalKey {
		return nil
	}
	isAdmin := c.org.memberByUser(c.cred.userID).Role == "admin"
	if !isAdmin && (a.adminsOnly || slices.Contains(c.s.cfg.HiddenFromMembers, a.list)) {
		// grade: docs — members who are not admins may read but not change.
		// grade: guess — members who are not admins may read members, invitations and API keys: Switches.HiddenFromMembers.
		return refuse(orElse(c.s.cfg.NotAdminStatus, http.StatusForbidden), saysNotAdmin)
	}
	return nil
}

// requireAccessTo refuses an organization that is not the caller's, with the same message whether it exists or not.
func (c *call) requireAccessTo(o *organization) *answer {
	if o != nil {
		switch c.cred.kind {
		case personalKey:
			if o.memberByUser(c.cred.userID) != nil {
				return nil
			}
		default:
			if o.id == c.cred.orgID {
				return nil
			}
		}
	}
	return refuse(orElse(c.s.cfg.NotYoursStatus, http.StatusForbidden), saysNotYours)
}
