package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The values of status.
const (
	statusPending     = "pending"
	statusActive      = "active"
	statusDeactivated = "deactivated"
	// statusRemoved is only for an organization that goes on listing invitations after they were accepted:
	// its list says "invited" of somebody who was removed, so the state must remember.
	statusRemoved = "removed"
)

// memberStatus is the status of somebody who is a member.
func memberStatus(member neon.Member) string {
	if member.Deactivated() {
		return statusDeactivated
	}
	return statusActive
}

type memberModel struct {
	personIdentity

	Role             types.String `tfsdk:"role"`
	RetainOnDestroy  types.Bool   `tfsdk:"retain_on_destroy"`
	AllowSelfLockout types.Bool   `tfsdk:"allow_self_lockout"`
	Status           types.String `tfsdk:"status"`
	MemberID         types.String `tfsdk:"member_id"`
	UserID           types.String `tfsdk:"user_id"`
	InvitationID     types.String `tfsdk:"invitation_id"`
	JoinedAt         types.String `tfsdk:"joined_at"`
}

// set takes over what Neon says of a person. The e-mail stays as it is written: Neon's may have changed.
func (m *memberModel) set(person neon.Person) {
	switch member, invitation := person.Member, person.Invitation; {
	case member != nil:
		m.Role = roleValue(m.Role, member.Role)
		m.Status = types.StringValue(memberStatus(*member))
		m.MemberID = types.StringValue(member.ID)
		m.UserID = stringOrNull(member.UserID)
		m.JoinedAt = timeValue(member.JoinedAt)
		if m.InvitationID.IsUnknown() {
			m.InvitationID = types.StringNull()
			if invitation != nil {
				m.InvitationID = stringOrNull(invitation.ID)
			}
		}
	default:
		m.Status = types.StringValue(statusPending)
		m.MemberID, m.UserID, m.JoinedAt = types.StringNull(), types.StringNull(), types.StringNull()
		m.InvitationID = types.StringNull()
		if invitation != nil {
			m.Role = roleValue(m.Role, invitation.Role)
			m.InvitationID = stringOrNull(invitation.ID)
		}
	}
}

// fill takes over what Neon says of a person wherever the plan left it open. What the plan promised
// stands, even if somebody else has changed it since: the next read tells.
func (m *memberModel) fill(person neon.Person) {
	now := *m
	now.set(person)
	for _, field := range []struct{ planned, now *types.String }{
		{&m.Status, &now.Status},
		{&m.MemberID, &now.MemberID},
		{&m.UserID, &now.UserID},
		{&m.InvitationID, &now.InvitationID},
		{&m.JoinedAt, &now.JoinedAt},
	} {
		if field.planned.IsUnknown() {
			*field.planned = *field.now
		}
	}
}

// forget makes everything that Neon decides unknown.
func (m *memberModel) forget() {
	m.Status, m.MemberID, m.UserID = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.InvitationID, m.JoinedAt = types.StringUnknown(), types.StringUnknown()
}

// keep takes over what the state has of it.
func (m *memberModel) keep(state memberModel) {
	m.Status, m.MemberID, m.UserID = state.Status, state.MemberID, state.UserID
	m.InvitationID, m.JoinedAt = state.InvitationID, state.JoinedAt
}

// mayMove makes unknown what an update of the role can change: a pending person may join with it.
func (m *memberModel) mayMove(state memberModel) {
	m.Status = types.StringUnknown()
	if state.MemberID.IsNull() || state.Status.ValueString() == statusRemoved {
		m.forget()
	}
}

// identity is the person's as Neon knows them: the address may have changed.
func (m *memberModel) identity(person neon.Person) personIdentity {
	identity := m.personIdentity
	if person.Member != nil {
		identity.Email = types.StringValue(person.Member.Email)
	}
	return identity
}

// adoptable reports whether the person needs no invitation to have the role. Where Neon goes on listing
// accepted invitations, a listed one may be of somebody who was removed since: they are invited again.
func adoptable(person neon.Person, role string) bool {
	return person.Has(role) && (person.Member != nil || !person.ListsAccepted)
}

// gone reports whether Neon no longer knows the person of the state, and whether all that is left is
// the listed invitation that the person once accepted.
func (m *memberModel) gone(person neon.Person) (gone, leftover bool) {
	if !person.Known() {
		return true, false
	}
	if !person.Pending() || m.MemberID.IsNull() {
		return false, false
	}
	joined, err := time.Parse(time.RFC3339, m.JoinedAt.ValueString())
	leftover = person.Invitation.ID == m.InvitationID.ValueString() || err == nil && person.Invitation.InvitedAt.Before(joined)
	return leftover, leftover
}
