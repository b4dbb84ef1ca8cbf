package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The values of status.
const (
	statusPending     = "pending"
	statusActive      = "active"
	statusDeactivated = "deactivated"
	// statusRemoved is only for an organization that keeps listing invitations after they were accepted:
	// its list says "invited" of a member who was removed, so the state must remember.
	statusRemoved = "removed"
)

// memberStatus is the status of a member.
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

// set copies Neon's values for a person, except the e-mail address, which may have changed at Neon.
func (m *memberModel) set(person neon.Person) {
	if person.Member != nil {
		m.setMember(*person.Member, person.Invitation)
		return
	}
	m.Status = types.StringValue(statusPending)
	m.MemberID, m.UserID, m.JoinedAt = types.StringNull(), types.StringNull(), types.StringNull()
	m.InvitationID = types.StringNull()
	if person.Invitation != nil {
		m.Role = roleValue(m.Role, person.Invitation.Role)
		m.InvitationID = stringOrNull(person.Invitation.ID)
	}
}

func (m *memberModel) setMember(member neon.Member, invitation *neon.Invitation) {
	m.Role = roleValue(m.Role, member.Role)
	m.Status = types.StringValue(memberStatus(member))
	m.MemberID = types.StringValue(member.ID)
	m.UserID = stringOrNull(member.UserID)
	m.JoinedAt = timeValue(member.JoinedAt)
	if m.InvitationID.IsUnknown() {
		m.InvitationID = types.StringNull()
		if invitation != nil {
			m.InvitationID = stringOrNull(invitation.ID)
		}
	}
}

// fillUnknown sets unknown values from Neon. Planned values stay, even if they were changed by other
// means since: the next read shows it.
func (m *memberModel) fillUnknown(person neon.Person) {
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

// setComputedUnknown sets all values from Neon to unknown.
func (m *memberModel) setComputedUnknown() {
	m.Status, m.MemberID, m.UserID = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.InvitationID, m.JoinedAt = types.StringUnknown(), types.StringUnknown()
}

// copyComputed copies Neon's values from the state.
func (m *memberModel) copyComputed(state memberModel) {
	m.Status, m.MemberID, m.UserID = state.Status, state.MemberID, state.UserID
	m.InvitationID, m.JoinedAt = state.InvitationID, state.JoinedAt
}

// setMovableUnknown sets the values to unknown that a role update can change: an invitee may join with it.
func (m *memberModel) setMovableUnknown(state memberModel) {
	m.Status = types.StringUnknown()
	if state.MemberID.IsNull() || state.Status.ValueString() == statusRemoved {
		m.setComputedUnknown()
	}
}

// identity is the person's identity, with the address at Neon, which may have changed.
func (m *memberModel) identity(person neon.Person) personIdentity {
	identity := m.personIdentity
	if person.Member != nil {
		identity.Email = types.StringValue(person.Member.Email)
	}
	return identity
}

// adoptable reports whether the person needs no invitation to have the role. If Neon keeps listing
// accepted invitations, a listed one may be that of a member who was removed since: they are invited again.
func adoptable(person neon.Person, role string) bool {
	return person.Has(role) && (person.Member != nil || !person.ListsAccepted)
}

// goneMessage says that the person in the state is no longer a member or an invitee.
func (m *memberModel) goneMessage(orgID string) diag.Diagnostic {
	if m.MemberID.IsNull() {
		return noLongerInvited(orgID, m.Email.ValueString())
	}
	return noLongerMember(orgID, m.Email.ValueString())
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
