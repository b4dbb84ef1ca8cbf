package provider

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const (
	membersExclusiveType = "neon_organization_members_exclusive"

	unlistedArgument = "on_unlisted"

	// The values of on_unlisted.
	unlistedRemove = "remove"
	unlistedReport = "report"

	defaultMaxRemovals = 5
)

var unlistedChoices = []string{unlistedRemove, unlistedReport}

type membersExclusiveModel struct {
	organizationIdentity
	Members             types.Map    `tfsdk:"members"`
	OnUnlisted          types.String `tfsdk:"on_unlisted"`
	MaxRemovals         types.Int64  `tfsdk:"max_removals"`
	AllowSelfLockout    types.Bool   `tfsdk:"allow_self_lockout"`
	Pending             types.Set    `tfsdk:"pending_members"`
	MemberIDs           types.Map    `tfsdk:"member_ids"`
	UnlistedMembers     types.Map    `tfsdk:"unlisted_members"`
	UnlistedInvitations types.Set    `tfsdk:"unlisted_invitations"`
}

// removes reports whether members who are not listed are removed.
func (m membersExclusiveModel) removes() bool {
	return m.OnUnlisted.ValueString() != unlistedReport
}

func (m membersExclusiveModel) maxRemovals() int {
	if m.MaxRemovals.IsNull() {
		return defaultMaxRemovals
	}
	return int(m.MaxRemovals.ValueInt64())
}

// sameSettings reports whether nothing configurable differs.
func (m membersExclusiveModel) sameSettings(state membersExclusiveModel) bool {
	return m.OrgID.Equal(state.OrgID) && m.Members.Equal(state.Members) && m.OnUnlisted.Equal(state.OnUnlisted) &&
		m.MaxRemovals.Equal(state.MaxRemovals) && m.AllowSelfLockout.Equal(state.AllowSelfLockout)
}

// list is the people of the model.
func (m membersExclusiveModel) list() memberList {
	list := newMemberList()
	list.members, list.unlisted = texts(m.Members), texts(m.UnlistedMembers)
	list.ids = texts(m.MemberIDs)
	for _, element := range m.UnlistedInvitations.Elements() {
		email, ok := element.(types.String)
		if ok && !email.IsUnknown() {
			list.unlistedInvitations[email.ValueString()] = true
		}
	}
	return list
}

// set copies a list.
func (m *membersExclusiveModel) set(list memberList) {
	m.Members = stringMap(list.members)
	m.UnlistedMembers = stringMap(list.unlisted)
	m.UnlistedInvitations = stringSet(slices.Collect(maps.Keys(list.unlistedInvitations)))
	ids := make(map[string]attr.Value, len(list.ids))
	for email, id := range list.ids {
		ids[email] = stringOrNull(id)
		if id == memberIDUnknown {
			ids[email] = types.StringUnknown()
		}
	}
	m.MemberIDs = types.MapValueMust(types.StringType, ids)
	m.Pending = pendingSet(list)
}

// pendingSet is the set of the people who have not joined. A person whose ID is unknown may be one of them.
func pendingSet(list memberList) types.Set {
	pending := stringSet(list.pending())
	var unknown []attr.Value
	for _, id := range list.ids {
		if id == memberIDUnknown {
			unknown = append(unknown, types.StringUnknown())
		}
	}
	// A set with unknown elements prints only those. Terraform does not accept that nothing comes of all of
	// its elements, so one that has no known element is unknown as a whole.
	switch {
	case len(unknown) == 0:
		return pending
	case len(pending.Elements()) == 0:
		return types.SetUnknown(types.StringType)
	default:
		return types.SetValueMust(types.StringType, append(pending.Elements(), unknown...))
	}
}

// setPlanned sets the planned values of an update, and keeps the members as configured. moved are the
// addresses that have changed at Neon.
func (m *membersExclusiveModel) setPlanned(before memberList, moved map[string]string) {
	configured := m.Members
	m.set(before.planned(texts(configured), moved, m.removes()))
	m.Members = configured
	if m.OnUnlisted.IsUnknown() {
		m.UnlistedMembers, m.UnlistedInvitations = types.MapUnknown(types.StringType), types.SetUnknown(types.StringType)
	}
}

// fillUnknown sets unknown values from Neon. Planned values stay, even if they were changed by other
// means since: the next read shows it.
func (m *membersExclusiveModel) fillUnknown(now memberList) {
	var actual membersExclusiveModel
	ids := map[string]string{}
	for email := range texts(m.Members) {
		ids[email] = now.ids[email]
		planned, ok := m.MemberIDs.Elements()[email].(types.String)
		if ok && !planned.IsUnknown() {
			ids[email] = planned.ValueString()
		}
	}
	now.ids = ids
	actual.set(now)
	m.MemberIDs = actual.MemberIDs
	if !fullyKnown(m.Pending) {
		m.Pending = actual.Pending
	}
	if m.UnlistedMembers.IsUnknown() {
		m.UnlistedMembers = actual.UnlistedMembers
	}
	if m.UnlistedInvitations.IsUnknown() {
		m.UnlistedInvitations = actual.UnlistedInvitations
	}
}

// setComputedUnknown sets all values from Neon to unknown.
func (m *membersExclusiveModel) setComputedUnknown() {
	m.Pending, m.MemberIDs = types.SetUnknown(types.StringType), types.MapUnknown(types.StringType)
	m.UnlistedMembers, m.UnlistedInvitations = types.MapUnknown(types.StringType), types.SetUnknown(types.StringType)
}

func fullyKnown(set types.Set) bool {
	return !set.IsUnknown() && !slices.ContainsFunc(set.Elements(), attr.Value.IsUnknown)
}

// texts are the known elements of a map; null is empty.
func texts(m types.Map) map[string]string {
	list := make(map[string]string, len(m.Elements()))
	for key, element := range m.Elements() {
		text, ok := element.(types.String)
		if ok && !text.IsUnknown() {
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
