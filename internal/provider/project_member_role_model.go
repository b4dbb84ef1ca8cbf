package provider

import (
	"cmp"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

type projectMemberRoleModel struct {
	projectMemberIdentity

	MemberID          types.String `tfsdk:"member_id"`
	Role              types.String `tfsdk:"role"`
	AllowSelfDemotion types.Bool   `tfsdk:"allow_self_demotion"`
	UserID            types.String `tfsdk:"user_id"`
	OrgRole           types.String `tfsdk:"org_role"`
	DefaultRole       types.String `tfsdk:"default_role"`
	EffectiveRole     types.String `tfsdk:"effective_role"`
	GrantSource       types.String `tfsdk:"grant_source"`
}

// who names the person in a message.
func (m *projectMemberRoleModel) who() string {
	return cmp.Or(m.Email.ValueString(), m.MemberID.ValueString())
}

// set takes over what Neon says of the grant. The e-mail stays as it is written: Neon's may have changed.
func (m *projectMemberRoleModel) set(member neon.ProjectMember) {
	m.Role = stringOrNull(member.Granted)
	if m.Email.ValueString() == "" {
		m.Email = stringOrNull(member.Email)
	}
	m.MemberID = types.StringValue(member.MemberID)
	m.UserID = stringOrNull(member.UserID)
	m.OrgRole = roleValue(m.OrgRole, member.OrgRole)
	m.DefaultRole = stringOrNull(member.Default)
	m.EffectiveRole = stringOrNull(member.Effective)
	m.GrantSource = stringOrNull(member.GrantSource)
}

// fillUnknown sets from Neon what the plan left unknown. What the plan promised stays: the next read shows what differs.
func (m *projectMemberRoleModel) fillUnknown(member neon.ProjectMember) {
	now := *m
	now.set(member)
	for _, field := range []struct{ planned, now *types.String }{
		{&m.Email, &now.Email},
		{&m.MemberID, &now.MemberID},
		{&m.UserID, &now.UserID},
		{&m.OrgRole, &now.OrgRole},
		{&m.DefaultRole, &now.DefaultRole},
		{&m.EffectiveRole, &now.EffectiveRole},
		{&m.GrantSource, &now.GrantSource},
	} {
		if field.planned.IsUnknown() {
			*field.planned = *field.now
		}
	}
}

// setComputedUnknown makes everything unknown that Neon decides. The configuration has the address or the member ID.
func (m *projectMemberRoleModel) setComputedUnknown(configured projectMemberRoleModel) {
	m.Email, m.MemberID = configured.Email, configured.MemberID
	if m.Email.IsNull() {
		m.Email = types.StringUnknown()
	}
	if m.MemberID.IsNull() {
		m.MemberID = types.StringUnknown()
	}
	m.UserID, m.OrgRole, m.DefaultRole = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.setAccessUnknown()
}

// setAccessUnknown makes unknown what another grant changes.
func (m *projectMemberRoleModel) setAccessUnknown() {
	m.EffectiveRole, m.GrantSource = types.StringUnknown(), types.StringUnknown()
}

// copyComputed takes over from the state what Neon decides, and the one of address and member ID that is not configured.
func (m *projectMemberRoleModel) copyComputed(state, configured projectMemberRoleModel) {
	if configured.Email.IsNull() {
		m.Email = state.Email
	}
	m.MemberID, m.UserID, m.OrgRole, m.DefaultRole = state.MemberID, state.UserID, state.OrgRole, state.DefaultRole
	m.EffectiveRole, m.GrantSource = state.EffectiveRole, state.GrantSource
}

// identity is the grant's as Neon knows the person: the address may have changed.
func (m *projectMemberRoleModel) identity(email string) projectMemberIdentity {
	identity := m.projectMemberIdentity
	identity.Email = stringOrNull(cmp.Or(email, m.Email.ValueString()))
	return identity
}

func (m *projectMemberRoleModel) claim(kind claimKind, nonce string) claim {
	return claim{
		kind: kind, object: nonce, by: projectMemberRoleType,
		role: m.Role.ValueString(), email: m.Email.ValueString(), memberID: m.MemberID.ValueString(),
	}
}

// grantChange is a grant that is given, changed or, without a role, taken away.
type grantChange struct {
	projectID     string
	who           string // as configured
	member        neon.ProjectMember
	to            string
	allowDemotion bool
}

// left is the access after the change.
func (g grantChange) left() string { return g.member.With(g.to).Effective }

// lessens reports whether the person loses access. A role that we do not know may be anything: leaving it counts as a
// loss.
func (g grantChange) lessens() bool { return neon.StrongerProjectRole(g.member.Effective, g.left()) }

// endsManaging reports whether the person may change roles in the project before, and not after it.
func (g grantChange) endsManaging() bool {
	return managesProject(g.member.Effective) && !managesProject(g.left())
}

// managesProject reports whether a role in a project is admin, or one that we do not know and that may be as strong.
func managesProject(role string) bool { return !neon.StrongerProjectRole(neon.RoleProjectAdmin, role) }

// noEffect reports whether the person has as much access without the grant.
func (g grantChange) noEffect() bool {
	return g.to != "" && !neon.StrongerProjectRole(g.to, g.member.Default)
}
