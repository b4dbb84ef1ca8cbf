package neontest

import (
	"net/http"
	"slices"
)

// grade: spec — the roles are admin, member, editor, viewer and collaborator.
// grade: docs — "member" is the old name of the role "editor".
// grade: docs — the four roles admin, editor, viewer and collaborator hold for every organization that Vercel does not manage.
var allRoles = []string{"admin", "member", "editor", "viewer", "collaborator"}

// grade: docs — organizations managed by Vercel have admin, member and collaborator only.
var vercelRoles = []string{"admin", "member", "collaborator"}

// grade: spec — the fields of a member.
type memberBody struct {
	ID       string `json:"id"`
	UserID   string `json:"user_id"`
	OrgID    string `json:"org_id"`
	Role     string `json:"role"`
	JoinedAt string `json:"joined_at,omitempty"` // left out only in a copy, where the original left it out
}

// grade: spec — the fields of the person behind a member; what is unknown is left out, not null.
// grade: spec — deactivated people stay in the list of members.
// grade: docs — has_mfa is about one-time passwords only: it is false for a person with nothing but a passkey.
type memberUserBody struct {
	Email         string  `json:"email"`
	HasMFA        *bool   `json:"has_mfa,omitempty"`
	DeactivatedAt *string `json:"deactivated_at,omitempty"`
}

// grade: spec — in the list, each member is beside the person with the e-mail.
type memberWithUserBody struct {
	Member memberBody     `json:"member"`
	User   memberUserBody `json:"user"`
}

func (c *call) memberBody(m *Member) memberBody {
	body := memberBody{ID: m.ID, UserID: m.UserID, OrgID: m.OrgID, Role: c.s.echo(m.Role)}
	if !m.JoinedAt.IsZero() {
		body.JoinedAt = timestamp(m.JoinedAt)
	}
	return body
}

// echo writes a role the way this server does.
//
// grade: guess — the roles "member" and "editor" are echoed as they were sent: Switches.EchoMember.
func (s *Server) echo(role string) string {
	if (role == "member" || role == "editor") && s.cfg.EchoMember != "" {
		return s.cfg.EchoMember
	}
	return role
}

// grade: spec — the list of members holds everybody, with a pagination beside it.
func (c *call) listMembers() answer {
	page, pagination, refusal := c.pageMembers(c.lagging().members)
	if refusal != nil {
		return *refusal
	}
	list := []memberWithUserBody{}
	for i := range page {
		list = append(list, memberWithUserBody{
			Member: c.memberBody(&page[i]),
			User:   memberUserBody{Email: page[i].Email, HasMFA: page[i].HasMFA, DeactivatedAt: optionalTimestamp(page[i].DeactivatedAt)},
		})
	}
	return ok(map[string]any{"members": list, "pagination": pagination})
}

// grade: guess — an unknown member gets 404 `organization member not found`.
func (c *call) member() (*Member, *answer) {
	if m := c.org.memberByID(c.params["member_id"]); m != nil {
		return m, nil
	}
	return nil, refuse(http.StatusNotFound, "organization member not found")
}

// grade: spec — a single member is answered without the e-mail.
func (c *call) getMember() answer {
	m, refusal := c.member()
	if refusal != nil {
		return *refusal
	}
	return ok(c.memberBody(m))
}

// checkRole refuses what is no role, and a role that this organization does not have.
//
// grade: spec — roles are an enum, and an organization may not accept all of them.
// grade: guess — what is no role at all gets 400.
// grade: guess — a role that the organization does not accept gets 422 `role "…" is not valid for this organization`:
// Switches.RoleNotAllowedStatus.
func (c *call) checkRole(role *string) *answer {
	if role == nil {
		return refuse(http.StatusBadRequest, `request body has an error: property "role" is missing`)
	}
	if !slices.Contains(allRoles, *role) && !slices.Contains(c.org.roles, *role) {
		return refuse(http.StatusBadRequest, "request body has an error: role: value is not one of the allowed values %q", allRoles)
	}
	if !slices.Contains(c.org.roles, *role) {
		return refuse(orElse(c.s.cfg.RoleNotAllowedStatus, http.StatusUnprocessableEntity), "role %q is not valid for this organization", *role)
	}
	return nil
}

// grade: spec — the last admin cannot be removed.
// grade: docs — the last admin cannot be demoted either.
// grade: guess — a change of the last admin gets 422 `organization must have at least one admin`: Switches.LastAdminStatus.
// grade: guess — deactivated admins do not count when the last admin is looked for.
func (c *call) refuseLastAdmin() *answer {
	return refuse(orElse(c.s.cfg.LastAdminStatus, http.StatusUnprocessableEntity), "organization must have at least one admin")
}

// grade: spec — changing a member's role answers the member.
func (c *call) updateMember() answer {
	var request struct {
		Role *string `json:"role"`
	}
	if refusal := c.decode(&request); refusal != nil {
		return *refusal
	}
	if refusal := c.checkRole(request.Role); refusal != nil {
		return *refusal
	}
	m, refusal := c.member()
	if refusal != nil {
		return *refusal
	}
	if *request.Role != "admin" && c.org.isLastAdmin(m) {
		return *c.refuseLastAdmin()
	}
	c.org.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	m.Role = *request.Role
	return ok(c.memberBody(m))
}

// grade: spec — removing a member answers {}.
// grade: docs — organization keys that a removed member created stay valid.
func (c *call) deleteMember() answer {
	m, refusal := c.member()
	if refusal != nil {
		return *refusal
	}
	if c.org.isLastAdmin(m) {
		return *c.refuseLastAdmin()
	}
	c.org.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	c.org.removeMember(m.ID)
	return ok(emptyBody{})
}

// lagging is the organization of the path as lists show it.
//
// grade: guess — lists do not lag behind writes: Switches.ListLag.
func (c *call) lagging() *organization { return c.org.asOf(c.s.cfg.now(), c.s.cfg.ListLag) }
