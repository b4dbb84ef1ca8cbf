package neontest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// grade: spec — the fields of an invitation: no status, no expiry, invited_by is a user's id.
type invitationBody struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	OrgID     string `json:"org_id"`
	InvitedBy string `json:"invited_by"`
	InvitedAt string `json:"invited_at"`
	Role      string `json:"role"`
}

// grade: guess — invited_by is a user's id, though one of Neon's examples has an e-mail: Switches.InvitedByEmail.
func (c *call) invitationBody(i Invitation) invitationBody {
	by := i.InvitedBy
	if u := c.s.world.users[by]; u != nil && c.s.cfg.InvitedByEmail {
		by = u.email
	}
	return invitationBody{
		ID: i.ID, Email: i.Email, OrgID: i.OrgID, InvitedBy: by, InvitedAt: timestamp(i.InvitedAt), Role: c.s.echo(i.Role),
	}
}

// grade: spec — the list of invitations is not paged.
// grade: guess — accepted invitations leave the list: Switches.KeepAcceptedInvitations.
func (c *call) listInvitations() answer {
	list := []invitationBody{}
	for _, invitation := range c.lagging().invitations {
		if !invitation.Accepted || c.s.cfg.KeepAcceptedInvitations {
			list = append(list, c.invitationBody(invitation))
		}
	}
	return ok(map[string]any{"invitations": list})
}

type inviteRequest struct {
	Email *string `json:"email"`
	Role  *string `json:"role"`
}

// createInvitations invites several people in one call.
//
// grade: spec — one call invites several people, and answers their invitations.
// grade: guess — of several invitations in one call, one refusal refuses them all: Switches.InvitePartly.
func (c *call) createInvitations() answer {
	var request struct {
		Invitations *[]inviteRequest `json:"invitations"`
	}
	if refusal := c.decode(&request); refusal != nil {
		return *refusal
	}
	if request.Invitations == nil {
		return *refuse(http.StatusBadRequest, `request body has an error: property "invitations" is missing`)
	}
	seen := map[string]bool{}
	for _, invite := range *request.Invitations {
		if refusal := c.checkInvite(invite, seen); refusal != nil {
			return *refusal
		}
	}
	if !c.s.cfg.InvitePartly {
		for _, invite := range *request.Invitations {
			if refusal := c.refuseInvite(*invite.Email); refusal != nil {
				return *refusal
			}
		}
	}
	c.org.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	list := []invitationBody{}
	for _, invite := range *request.Invitations {
		if refusal := c.refuseInvite(*invite.Email); refusal != nil {
			return *refusal
		}
		if invitation, shown := c.s.invite(c.org, *invite.Email, *invite.Role, c.cred.userID); shown {
			list = append(list, c.invitationBody(invitation))
		}
	}
	return ok(map[string]any{"invitations": list})
}

// checkInvite refuses an invalid invitation.
func (c *call) checkInvite(invite inviteRequest, seen map[string]bool) *answer {
	if invite.Email == nil || !validEmail(*invite.Email) {
		return refuse(http.StatusBadRequest, "request body has an error: email: string doesn't match the format \"email\"")
	}
	email := strings.ToLower(*invite.Email)
	if seen[email] {
		// grade: guess — the same e-mail twice in one call of invitations is refused with 400.
		return refuse(http.StatusBadRequest, "request body has an error: the same email is invited twice")
	}
	seen[email] = true
	return c.checkRole(invite.Role)
}

// refuseInvite refuses to invite a member or an invitee.
//
// grade: guess — inviting a member gets 409 `user is already a member of this organization`: Switches.InviteMember.
// grade: guess — a second invitation that is refused gets 409 `user is already invited to this organization`: Switches.InviteAgain.
func (c *call) refuseInvite(email string) *answer {
	if c.org.memberByEmail(email) != nil {
		if orElse(c.s.cfg.InviteMember, "conflict") == "conflict" {
			return refuse(http.StatusConflict, "user is already a member of this organization")
		}
	} else if c.s.cfg.InviteAgain == "conflict" && len(c.org.openInvitations(email)) > 0 {
		return refuse(http.StatusConflict, "user is already invited to this organization")
	}
	return nil
}

// invite creates an invitation, or a member if the person has an account. It returns whether the response shows
// the invitation.
//
// grade: spec — an invitee who has a Neon account joins at once, others once they have created one.
// grade: docs — people of a verified domain join without an invitation, as editors.
// grade: guess — the answer shows the invitation of a person who joined at once: Switches.HideJoinedInvitation.
// grade: guess — a second invitation takes the place of the first: Switches.InviteAgain.
// grade: guess — after a second invitation with another role, the first can no longer be accepted: Switches.OldInvitationCounts.
func (s *Server) invite(o *organization, email, role, by string) (Invitation, bool) {
	isMember := o.memberByEmail(email) != nil
	if isMember && s.cfg.InviteMember == "ignore" {
		return Invitation{}, false
	}
	if open := o.openInvitations(email); len(open) > 0 {
		switch s.cfg.InviteAgain {
		case "keep":
			return o.invitations[open[0]], true
		case "add":
		default:
			for _, i := range open {
				o.replaced = append(o.replaced, o.invitations[i])
			}
			o.dropInvitations(email)
		}
	}
	o.invitations = append(o.invitations, Invitation{
		ID: newUUID(), OrgID: o.id, Email: email, Role: role, InvitedBy: by, InvitedAt: s.cfg.now().Truncate(time.Second),
	})
	invitation := o.invitations[len(o.invitations)-1]
	if !isMember && s.hasAccount(email) && !s.cfg.NobodyJoinsAtOnce {
		o.join(s.world.userFor(email), role, s.cfg.now())
		return invitation, !s.cfg.HideJoinedInvitation
	}
	return invitation, true
}

// hasAccount reports whether a person has a Neon account: people in Config.Accounts, and present or former members of an
// organization.
func (s *Server) hasAccount(email string) bool {
	_, domain, _ := strings.Cut(email, "@")
	return s.world.userByEmail(email) != nil || slices.ContainsFunc(s.cfg.Accounts, func(account string) bool {
		return strings.EqualFold(account, email) || strings.EqualFold(account, "@"+domain)
	})
}
