package neontest

import (
	"net/http"
	"slices"
)

// grade: spec — the roles there are; grade: docs — an organization may not accept all of them; "member" is the old
// name of "editor".
var allRoles = []string{"admin", "member", "editor", "viewer", "collaborator"}

// grade: docs — organizations managed by Vercel have these only.
var vercelRoles = []string{"admin", "member", "collaborator"}

// grade: spec — the fields of a member, without the e-mail.
type memberBody struct {
	ID       string `json:"id"`
	UserID   string `json:"user_id"`
	OrgID    string `json:"org_id"`
	Role     string `json:"role"`
	JoinedAt string `json:"joined_at"`
}

// grade: spec — optional fields are left out, not null. Deactivated people stay listed.
type memberUserBody struct {
	Email         string  `json:"email"`
	HasMFA        *bool   `json:"has_mfa,omitempty"`
	DeactivatedAt *string `json:"deactivated_at,omitempty"`
}

type memberWithUserBody struct {
	Member memberBody     `json:"member"`
	User   memberUserBody `json:"user"`
}

func (c *call) memberBody(m *Member) memberBody {
	return memberBody{ID: m.ID, UserID: m.UserID, OrgID: m.OrgID, Role: c.s.echo(m.Role), JoinedAt: timestamp(m.JoinedAt)}
}

// echo writes a role the way this server does: see Switches.EchoMember.
func (s *Server) echo(role string) string {
	if (role == "member" || role == "editor") && s.cfg.EchoMember != "" {
		return s.cfg.EchoMember
	}
	return role
}

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

// grade: guess — 404 and the wording for an unknown member.
func (c *call) member() (*Member, *answer) {
	if m := c.org.memberByID(c.params["member_id"]); m != nil {
		return m, nil
	}
	return nil, refuse(http.StatusNotFound, "organization member not found")
}

func (c *call) getMember() answer {
	m, refusal := c.member()
	if refusal != nil {
		return *refusal
	}
	return ok(c.memberBody(m))
}

// checkRole refuses what is no role, and a role that this organization does not have.
//
// grade: spec — the roles are an enum, and some may not be available; grade: guess — the two statuses and wordings.
func (c *call) checkRole(role *string) *answer {
	if role == nil {
		return refuse(http.StatusBadRequest, `request body has an error: property "role" is missing`)
	}
	if !slices.Contains(allRoles, *role) {
		return refuse(http.StatusBadRequest, "request body has an error: role: value is not one of the allowed values %q", allRoles)
	}
	if !slices.Contains(c.org.roles, *role) {
		return refuse(orElse(c.s.cfg.RoleNotAllowedStatus, http.StatusUnprocessableEntity), "role %q is not valid for this organization", *role)
	}
	return nil
}

// grade: spec — the last admin cannot be removed; grade: docs — nor demoted; grade: guess — status and wording;
// deactivated admins do not count.
func (c *call) refuseLastAdmin() *answer {
	return refuse(orElse(c.s.cfg.LastAdminStatus, http.StatusUnprocessableEntity), "organization must have at least one admin")
}

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

// grade: spec — answers {}. grade: docs — the keys that the person made stay valid.
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

// lagging is the organization of the path as lists show it: see Switches.ListLag.
func (c *call) lagging() *organization { return c.org.asOf(c.s.cfg.now(), c.s.cfg.ListLag) }
