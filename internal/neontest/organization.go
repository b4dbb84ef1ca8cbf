package neontest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Organization is a test's hold on one organization: it looks and changes things as people do in Neon's Console,
// without a request. Server embeds the main one.
type Organization struct {
	s  *Server
	id string
}

// change runs f on the organization's state, keeping what lists that lag still show.
func (h *Organization) change(f func(*organization)) {
	h.look(func(o *organization) {
		o.remember(h.s.cfg.now(), h.s.cfg.ListLag)
		f(o)
	})
}

func (h *Organization) look(f func(*organization)) {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	if o := h.s.world.org(h.id); o != nil {
		f(o)
	}
}

// OrgID is the organization's id.
func (h *Organization) OrgID() string { return h.id }

// Members lists everybody, deactivated people too, in the order they joined.
func (h *Organization) Members() (members []Member) {
	h.look(func(o *organization) { members = slices.Clone(o.members) })
	return members
}

// Member finds a member by e-mail, whatever its case.
func (h *Organization) Member(email string) (member Member, found bool) {
	h.look(func(o *organization) {
		if m := o.memberByEmail(email); m != nil {
			member, found = *m, true
		}
	})
	return member, found
}

// AddMember lets a person join without an invitation, as people of a verified domain do. A person who is a member
// already gets the role.
func (h *Organization) AddMember(email, role string) (member Member) {
	h.change(func(o *organization) {
		m := o.memberByEmail(email)
		if m == nil {
			m = o.join(h.s.world.userFor(email), role, h.s.cfg.now())
		}
		m.Role = role
		member = *m
	})
	return member
}

// AddMembers adds n people, person-00006@example.com and so on, of various roles but admin.
func (h *Organization) AddMembers(n int) {
	h.change(func(o *organization) { h.s.fill(o, n, 0, 0) })
}

// RemoveMember removes a member, the last admin too.
func (h *Organization) RemoveMember(email string) {
	h.change(func(o *organization) {
		if m := o.memberByEmail(email); m != nil {
			o.removeMember(m.ID)
		}
	})
}

// SetRole changes a member's role, the last admin's too.
func (h *Organization) SetRole(email, role string) {
	h.change(func(o *organization) {
		if m := o.memberByEmail(email); m != nil {
			m.Role = role
		}
	})
}

// ChangeEmail gives a person another e-mail; member and user ids stay.
func (h *Organization) ChangeEmail(from, to string) {
	h.change(func(o *organization) {
		if m := o.memberByEmail(from); m != nil {
			u := h.s.world.users[m.UserID]
			delete(h.s.world.emails, strings.ToLower(u.email))
			u.email = to
			h.s.world.addUser(u)
			h.s.everyMembership(m.UserID, func(m *Member) { m.Email = to })
		}
	})
}

// Deactivate deactivates a person: they stay listed, and their keys no longer work.
func (h *Organization) Deactivate(email string) {
	now := h.s.now().Truncate(time.Second)
	h.setDeactivated(email, &now)
}

// Reactivate undoes Deactivate.
func (h *Organization) Reactivate(email string) { h.setDeactivated(email, nil) }

func (h *Organization) setDeactivated(email string, at *time.Time) {
	h.change(func(o *organization) {
		if m := o.memberByEmail(email); m != nil {
			h.s.world.users[m.UserID].deactivatedAt = at
			h.s.everyMembership(m.UserID, func(m *Member) { m.DeactivatedAt = at })
		}
	})
}

// everyMembership changes what all organizations hold of a user.
func (s *Server) everyMembership(userID string, f func(*Member)) {
	for _, o := range s.world.orgs {
		if m := o.memberByUser(userID); m != nil {
			f(m)
		}
	}
}

// Invitations lists the open ones.
func (h *Organization) Invitations() (open []Invitation) {
	h.look(func(o *organization) {
		open = slices.DeleteFunc(slices.Clone(o.invitations), func(i Invitation) bool { return i.Accepted })
	})
	return open
}

// AddInvitation invites a person in the Console. It is an open invitation even if they have an account.
func (h *Organization) AddInvitation(email, role string) (invitation Invitation) {
	h.change(func(o *organization) {
		invitation = Invitation{
			ID: newUUID(), OrgID: o.id, Email: email, Role: role, InvitedBy: o.founder, InvitedAt: h.s.cfg.now().Truncate(time.Second),
		}
		o.invitations = append(o.invitations, invitation)
	})
	return invitation
}

// CancelInvitation cancels a person's open invitations in the Console.
func (h *Organization) CancelInvitation(email string) {
	h.change(func(o *organization) { o.dropInvitations(email) })
}

// Accept makes a member of a person with an open invitation, with the role of the newest; or of the first, under
// Switches.OldInvitationCounts.
func (h *Organization) Accept(email string) (err error) {
	h.change(func(o *organization) {
		open := o.openInvitations(email)
		if len(open) == 0 {
			err = fmt.Errorf("%s has no open invitation to %s", email, h.id)
			return
		}
		role := o.invitations[open[len(open)-1]].Role
		if h.s.cfg.OldInvitationCounts {
			role = o.invitations[open[0]].Role
			for _, i := range o.replaced {
				if strings.EqualFold(i.Email, email) {
					role = i.Role
					break
				}
			}
		}
		email = o.invitations[open[len(open)-1]].Email
		o.join(h.s.world.userFor(email), role, h.s.cfg.now())
	})
	return err
}

// APIKeys lists the live keys, in the order they were created.
func (h *Organization) APIKeys() (keys []APIKey) {
	h.look(func(o *organization) {
		keys = slices.DeleteFunc(slices.Clone(o.keys), func(k APIKey) bool { return k.Revoked })
	})
	return keys
}

// AddAPIKey makes a key in the Console, by lead@example.com in the main organization. An empty projectID makes it
// organization-wide. TokenOf gives its token.
func (h *Organization) AddAPIKey(name, projectID string) (key APIKey) {
	h.look(func(o *organization) { _, key = h.s.addKey(o, name, projectID, o.founder) })
	return key
}

// AddAPIKeyBy makes a key in the Console, by anybody.
func (h *Organization) AddAPIKeyBy(email, name, projectID string) (key APIKey) {
	h.look(func(o *organization) { _, key = h.s.addKey(o, name, projectID, h.s.world.userFor(email).id) })
	return key
}

// AddAPIKeys makes n organization-wide keys.
func (h *Organization) AddAPIKeys(n int) {
	h.look(func(o *organization) { h.s.fill(o, 0, n, 0) })
}

// RevokeAPIKey revokes a key in the Console.
func (h *Organization) RevokeAPIKey(id int64) {
	h.look(func(o *organization) { h.s.revokeKey(o, id) })
}

// UseAPIKey marks a key as last used at a time and from an address.
func (h *Organization) UseAPIKey(id int64, at time.Time, from string) {
	h.change(func(o *organization) {
		if key := o.key(id); key != nil {
			at = at.UTC().Truncate(time.Second)
			key.LastUsedAt, key.LastUsedFromAddr = &at, from
		}
	})
}

// Projects lists the projects, in the order they were created.
func (h *Organization) Projects() (projects []Project) {
	h.look(func(o *organization) { projects = cloneProjects(o.projects) })
	return projects
}

// AddProject makes a project.
func (h *Organization) AddProject(name string) (project Project) {
	h.look(func(o *organization) { project = *h.s.addProject(o, name) })
	return project
}

// AddProjects makes n projects.
func (h *Organization) AddProjects(n int) {
	h.look(func(o *organization) { h.s.fill(o, 0, 0, n) })
}

// ChangeProject changes a project with f: its name, Unavailable, Integration.
func (h *Organization) ChangeProject(id string, f func(*Project)) {
	h.change(func(o *organization) {
		if p := o.project(id); p != nil {
			f(p)
		}
	})
}

// RemoveProject deletes a project. Keys that are scoped to it stay.
func (h *Organization) RemoveProject(id string) {
	h.change(func(o *organization) {
		o.projects = slices.DeleteFunc(o.projects, func(p Project) bool { return p.ID == id })
	})
}

// Grants are the roles granted in a project, by e-mail address, without the access of organization roles.
func (h *Organization) Grants(projectID string) map[string]string {
	grants := map[string]string{}
	h.look(func(o *organization) {
		if p := o.project(projectID); p != nil {
			for _, m := range o.members {
				if role := p.Grants[m.ID]; role != "" {
					grants[m.Email] = role
				}
			}
		}
	})
	return grants
}

// Grant grants a member a role in a project, "viewer", "editor" or "admin"; "" takes the grant away.
func (h *Organization) Grant(projectID, email, role string) (err error) {
	h.change(func(o *organization) {
		p, m := o.project(projectID), o.memberByEmail(email)
		switch {
		case p == nil:
			err = fmt.Errorf("%s has no project %s", h.id, projectID)
		case m == nil:
			err = fmt.Errorf("%s is not a member of %s", email, h.id)
		case role != "" && permissionRank[role] == 0:
			err = fmt.Errorf("%q is not a role in a project", role)
		case role == "":
			delete(p.Grants, m.ID)
		default:
			if p.Grants == nil {
				p.Grants = map[string]string{}
			}
			p.Grants[m.ID] = role
		}
	})
	return err
}

// SpendingLimit is the spending limit in cents; nil if there is none.
func (h *Organization) SpendingLimit() (cents *int64) {
	h.look(func(o *organization) { cents = clonePointer(o.spendingLimit) })
	return cents
}

// SetSpendingLimit sets the spending limit in the Console; 0 removes it.
func (h *Organization) SetSpendingLimit(cents int64) {
	h.change(func(o *organization) {
		o.spendingLimit = &cents
		if cents == 0 {
			o.spendingLimit = nil
		}
	})
}

// VPCEndpoints lists the VPC endpoints that are not deleted, in the order they were assigned.
func (h *Organization) VPCEndpoints() (endpoints []VPCEndpoint) {
	h.look(func(o *organization) {
		endpoints, _ = split(o.vpcEndpoints, func(e VPCEndpoint) bool { return e.Deleted })
	})
	return endpoints
}

// AddVPCEndpoint assigns a VPC endpoint, or changes its label. Its state is "new".
func (h *Organization) AddVPCEndpoint(regionID, id, label string) (endpoint VPCEndpoint) {
	h.change(func(o *organization) {
		e := o.vpcEndpoint(regionID, id)
		if e == nil {
			o.vpcEndpoints = append(o.vpcEndpoints, VPCEndpoint{ID: id, RegionID: regionID, State: "new"})
			e = &o.vpcEndpoints[len(o.vpcEndpoints)-1]
		}
		e.Label = label
		endpoint = *e
	})
	return endpoint
}

// ChangeVPCEndpoint changes a VPC endpoint with f, as Neon or people in the Console do: State to "accepted", Label,
// RestrictedProjects, Deleted. It returns false if there is no such endpoint.
func (h *Organization) ChangeVPCEndpoint(regionID, id string, f func(*VPCEndpoint)) (found bool) {
	h.change(func(o *organization) {
		if e := o.vpcEndpoint(regionID, id); e != nil && !e.Deleted {
			f(e)
			found = true
		}
	})
	return found
}

// AcceptVPCEndpoint is Neon accepting the connection: the endpoint's state is "accepted" from now on.
func (h *Organization) AcceptVPCEndpoint(regionID, id string) bool {
	return h.ChangeVPCEndpoint(regionID, id, func(e *VPCEndpoint) { e.State = "accepted" })
}

// RemoveVPCEndpoint deletes a VPC endpoint in the Console. It can never be added back.
func (h *Organization) RemoveVPCEndpoint(regionID, id string) bool {
	return h.ChangeVPCEndpoint(regionID, id, func(e *VPCEndpoint) { e.Deleted = true })
}

// AcceptRoles sets the roles that the organization accepts. Members keep their roles.
func (h *Organization) AcceptRoles(roles ...string) {
	h.change(func(o *organization) { o.roles = slices.Clone(roles) })
}

// ManageByVercel makes it an organization that Vercel manages, which knows admin, member and collaborator only;
// editors become members, viewers collaborators.
func (h *Organization) ManageByVercel() {
	h.change(func(o *organization) {
		o.managedBy, o.roles = "vercel", slices.Clone(vercelRoles)
		for i := range o.members {
			switch o.members[i].Role {
			case "editor":
				o.members[i].Role = "member"
			case "viewer":
				o.members[i].Role = "collaborator"
			}
		}
	})
}

// SetPlan changes the organization's plan.
func (h *Organization) SetPlan(plan string) {
	h.change(func(o *organization) { o.plan = plan })
}
