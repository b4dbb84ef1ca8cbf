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

// set copies Neon's values for the grant, except the e-mail address, which may have changed at Neon.
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

// fillUnknown sets unknown values from Neon. Planned values stay: the next read shows differences.
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

// setComputedUnknown sets all values from Neon to unknown. The configuration has the address or the member ID.
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

// setAccessUnknown sets the values to unknown that a new grant changes.
func (m *projectMemberRoleModel) setAccessUnknown() {
	m.EffectiveRole, m.GrantSource = types.StringUnknown(), types.StringUnknown()
}

// copyComputed copies Neon's values from the state, and the one of address and member ID that is not configured.
func (m *projectMemberRoleModel) copyComputed(state, configured projectMemberRoleModel) {
	if configured.Email.IsNull() {
		m.Email = state.Email
	}
	m.MemberID, m.UserID, m.OrgRole, m.DefaultRole = state.MemberID, state.UserID, state.OrgRole, state.DefaultRole
	m.EffectiveRole, m.GrantSource = state.EffectiveRole, state.GrantSource
}

// identity is the identity of the grant, with the person's address at Neon, which may have changed.
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

// grantChange is a new, changed or, without a role, revoked grant.
type grantChange struct {
	projectID     string
	who           string // as configured
	member        neon.ProjectMember
	to            string
	allowDemotion bool
}

// left is the access after the change.
func (g grantChange) left() string { return g.member.With(g.to).Effective }

// lessens reports whether the person loses access. An unknown role may give any access: losing it counts as a
// loss.
func (g grantChange) lessens() bool { return neon.StrongerProjectRole(g.member.Effective, g.left()) }

// endsManaging reports whether the person may change roles in the project before, and not after it.
func (g grantChange) endsManaging() bool {
	return managesProject(g.member.Effective) && !managesProject(g.left())
}

// managesProject reports whether a role in a project is admin, or an unknown role, which may be as strong.
func managesProject(role string) bool { return !neon.StrongerProjectRole(neon.RoleProjectAdmin, role) }

// noEffect reports whether the person has as much access without the grant.
func (g grantChange) noEffect() bool {
	return g.to != "" && !neon.StrongerProjectRole(g.to, g.member.Default)
}
