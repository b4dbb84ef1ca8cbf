package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const (
	membersExclusiveType = "neon_organization_members_exclusive"

	unlistedArgument = "unlisted_members"

	// The values of unlisted_members.
	unlistedRemove = "remove"
	unlistedReport = "report"

	defaultMaxRemovals = 5
)

var unlistedChoices = []string{unlistedRemove, unlistedReport}

type membersExclusiveModel struct {
	organizationIdentity
	Members             types.Map    `tfsdk:"members"`
	UnlistedMembers     types.String `tfsdk:"unlisted_members"`
	MaxRemovals         types.Int64  `tfsdk:"max_removals"`
	AllowSelfLockout    types.Bool   `tfsdk:"allow_self_lockout"`
	Pending             types.Set    `tfsdk:"pending"`
	MemberIDs           types.Map    `tfsdk:"member_ids"`
	Unlisted            types.Map    `tfsdk:"unlisted"`
	UnlistedInvitations types.Set    `tfsdk:"unlisted_invitations"`
}

// removes reports whether whoever is not listed is removed.
func (m membersExclusiveModel) removes() bool {
	return m.UnlistedMembers.ValueString() != unlistedReport
}

func (m membersExclusiveModel) maxRemovals() int {
	if m.MaxRemovals.IsNull() {
		return defaultMaxRemovals
	}
	return int(m.MaxRemovals.ValueInt64())
}

// sameSettings reports whether nothing configurable differs.
func (m membersExclusiveModel) sameSettings(state membersExclusiveModel) bool {
	return m.OrgID.Equal(state.OrgID) && m.Members.Equal(state.Members) && m.UnlistedMembers.Equal(state.UnlistedMembers) &&
		m.MaxRemovals.Equal(state.MaxRemovals) && m.AllowSelfLockout.Equal(state.AllowSelfLockout)
}

// list is what the model says of everybody.
func (m membersExclusiveModel) list() memberList {
	list := newMemberList()
	list.members, list.unlisted = texts(m.Members), texts(m.Unlisted)
	list.ids = texts(m.MemberIDs)
	for _, element := range m.UnlistedInvitations.Elements() {
		if email, ok := element.(types.String); ok && !email.IsUnknown() {
			list.unlistedInvitations[email.ValueString()] = true
		}
	}
	return list
}

// set takes over a list. Where ids are unknown, so is who of them is pending. Members stay as they are
// configured where they are to.
func (m *membersExclusiveModel) set(list memberList) {
	m.Members = stringMap(list.members)
	m.Unlisted = stringMap(list.unlisted)
	m.UnlistedInvitations = stringSet(slices.Collect(maps.Keys(list.unlistedInvitations)))
	ids := make(map[string]attr.Value, len(list.ids))
	unknown := []attr.Value{}
	for email, id := range list.ids {
		if id == memberIDUnknown {
			ids[email] = types.StringUnknown()
			unknown = append(unknown, types.StringUnknown())
			continue
		}
		ids[email] = stringOrNull(id)
	}
	m.MemberIDs = types.MapValueMust(types.StringType, ids)
	// A set with unknown elements prints only those. Terraform does not accept that nothing comes of all of
	// its elements, so one that has no known element is unknown as a whole.
	pending := list.pending()
	switch {
	case len(unknown) == 0:
		m.Pending = stringSet(pending)
	case len(pending) == 0:
		m.Pending = types.SetUnknown(types.StringType)
	default:
		m.Pending = types.SetValueMust(types.StringType, append(stringSet(pending).Elements(), unknown...))
	}
}

// fill takes over what Neon says of everybody wherever the plan left it open. What the plan promised
// stands, even if somebody else has changed it since: the next read tells.
func (m *membersExclusiveModel) fill(now memberList) {
	var actual membersExclusiveModel
	ids := map[string]string{}
	for email := range texts(m.Members) {
		ids[email] = now.ids[email]
		if planned, ok := m.MemberIDs.Elements()[email].(types.String); ok && !planned.IsUnknown() {
			ids[email] = planned.ValueString()
		}
	}
	now.ids = ids
	actual.set(now)
	m.MemberIDs = actual.MemberIDs
	if !fullyKnown(m.Pending) {
		m.Pending = actual.Pending
	}
	if m.Unlisted.IsUnknown() {
		m.Unlisted = actual.Unlisted
	}
	if m.UnlistedInvitations.IsUnknown() {
		m.UnlistedInvitations = actual.UnlistedInvitations
	}
}

// forget makes everything that Neon decides unknown.
func (m *membersExclusiveModel) forget() {
	m.Pending, m.MemberIDs = types.SetUnknown(types.StringType), types.MapUnknown(types.StringType)
	m.Unlisted, m.UnlistedInvitations = types.MapUnknown(types.StringType), types.SetUnknown(types.StringType)
}

func fullyKnown(set types.Set) bool {
	return !set.IsUnknown() && !slices.ContainsFunc(set.Elements(), attr.Value.IsUnknown)
}

// texts are the known elements of a map; null is empty.
func texts(m types.Map) map[string]string {
	list := make(map[string]string, len(m.Elements()))
	for key, element := range m.Elements() {
		if text, ok := element.(types.String); ok && !text.IsUnknown() {
			list[key] = text.ValueString()
		}
	}
	return list
}

func stringMap(from map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(from))
	for key, text := range from {
		elements[key] = types.StringValue(text)
	}
	return types.MapValueMust(types.StringType, elements)
}

func stringSet(from []string) types.Set {
	elements := make([]attr.Value, 0, len(from))
	for _, text := range from {
		elements = append(elements, types.StringValue(text))
	}
	return types.SetValueMust(types.StringType, elements)
}

// sameRoles keeps the state's map where nothing differs but the spelling of roles that mean the same.
// Terraform accepts the whole map of the state, or the configured one, and nothing in between.
type sameRoles struct{}

var _ planmodifier.Map = sameRoles{}

func (sameRoles) Description(context.Context) string { return "member and editor are one role" }

func (m sameRoles) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (sameRoles) PlanModifyMap(_ context.Context, req planmodifier.MapRequest, resp *planmodifier.MapResponse) {
	if req.StateValue.IsNull() || req.PlanValue.IsUnknown() || slices.ContainsFunc(slices.Collect(maps.Values(req.PlanValue.Elements())), attr.Value.IsUnknown) {
		return
	}
	if sameMembers(texts(req.StateValue), texts(req.PlanValue)) {
		resp.PlanValue = req.StateValue
	}
}
