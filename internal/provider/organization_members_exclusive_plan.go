package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// ModifyPlan shows who gains and who loses access. Planned values come from the
// configuration and the state; Neon's current state affects only errors and warnings.
func (r *membersExclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	switch {
	case req.State.Raw.IsNull():
		r.planCreate(ctx, req, resp)
	case req.Plan.Raw.IsNull():
		var state membersExclusiveModel
		diags.Append(req.State.Get(ctx, &state)...)
		if !diags.HasError() {
			diags.Append(r.planGivingUp(state, nonceOf(ctx, req.Private))...)
		}
	default:
		r.planUpdate(ctx, req, resp)
	}
}

// listPlanning is the input of a plan of the list.
type listPlanning struct {
	create    bool
	unchanged bool   // nothing configurable differs: it only warns
	nonce     string // empty for a create
	before    memberList
}

// changes are the steps to the desired list.
func (p listPlanning) changes(desired map[string]string, people neon.People, remove bool) listChanges {
	if p.create {
		return createChanges(desired, people, remove)
	}
	return p.before.changes(desired, people, remove)
}

func (r *membersExclusiveResource) planGivingUp(state membersExclusiveModel, nonce string) diag.Diagnostics {
	orgID := state.OrgID.ValueString()
	diags := diag.Diagnostics{listGivenUp(orgID)}
	if r.conn.known() {
		diags.Append(r.conn.owners.claimList(orgID, listClaim{kind: destroys, object: nonce})...)
	}
	return diags
}

func (r *membersExclusiveResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan membersExclusiveModel
	var configuredOrg types.String
	diags := &resp.Diagnostics
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if diags.HasError() {
		return
	}
	planning := listPlanning{create: true, before: newMemberList()}
	again, isAgain := readPromise(ctx, req.Private)
	if isAgain { // a forced replacement
		planning.nonce = again.Nonce
	}
	orgID, decided := r.newOrgID(configuredOrg)
	plan.setComputedUnknown()
	plan.OrgID = orgID
	diags.Append(resp.Plan.Set(ctx, plan)...)
	if decided && decidedMap(plan.Members) {
		plan.OrgID = configuredOrg
		r.planList(ctx, plan, planning, req.Private, diags)
	}
}

func (r *membersExclusiveResource) planUpdate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan membersExclusiveModel
	var configuredOrg types.String
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if diags.HasError() {
		return
	}
	planning := listPlanning{nonce: nonceOf(ctx, req.Private), before: state.list()}
	planning.before.unlistedIDs = privateTexts(ctx, req.Private, unlistedIDsKey)
	diags.Append(promise{Walk: r.conn.walk, Nonce: planning.nonce}.keep(ctx, resp.Private)...)
	if waits(req, resp, listTitle(state.OrgID.ValueString()), "org_id", "members") {
		planning.unchanged = true
		r.planList(ctx, state, planning, req.Private, diags)
		return
	}
	var otherOrg bool
	plan.OrgID, otherOrg = r.planOrgID(configuredOrg, state.OrgID, resp)
	planning.unchanged = plan.sameSettings(state)
	switch {
	case planning.unchanged:
		plan = state
		resp.Plan.Raw = req.State.Raw
	case otherOrg:
		plan.setComputedUnknown()
		diags.Append(resp.Plan.Set(ctx, plan)...)
	default:
		plan.setPlanned(planning.before, privateTexts(ctx, req.Private, movedAddressesKey))
		diags.Append(resp.Plan.Set(ctx, plan)...)
	}
	if !otherOrg { // else the create half says what it means
		r.planList(ctx, plan, planning, req.Private, diags)
	}
}

// planList plans the list.
func (r *membersExclusiveResource) planList(
	ctx context.Context, plan membersExclusiveModel, planning listPlanning, private privateReader, diags *diag.Diagnostics,
) {
	if !r.conn.known() || diags.HasError() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, plan.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	desired := texts(plan.Members)
	claimed := listClaim{kind: keeps, object: planning.nonce, members: desired, removes: plan.removes()}
	if planning.create {
		claimed.kind = creates
	}
	diags.Append(r.conn.owners.claimList(org.ID, claimed)...)
	if diags.HasError() {
		return
	}
	people, err := peopleOf(ctx, private, org.People)
	if err != nil {
		diags.Append(cannotSeePeople(org.ID, err))
		return
	}
	diags.Append(r.conn.warnProtectsNobody(ctx, org)...)
	if !planning.unchanged {
		changes := planning.changes(desired, people, plan.removes())
		diags.Append(guardListRoles(org.ID, planning.before, desired, people)...)
		diags.Append(r.conn.guardList(ctx, org, plan, changes, people)...)
		if diags.HasError() {
			return
		}
		warnChanges(ctx, org, changes, diags)
		warnNoLongerReported(org.ID, planning.before, changes, diags)
	}
	warnNewAddresses(planning.before, desired, people, plan.removes(), diags)
	if !plan.removes() {
		warnUnlisted(org.ID, planning, desired, people, diags)
	}
	if planning.create {
		warnUnlistedInvitees(org.ID, desired, people, diags)
	}
}

// warnChanges warns about effects that the diff does not show: e-mails that are sent, invitations that cannot be
// cancelled, keys that outlive a membership.
func warnChanges(ctx context.Context, org *neon.Organization, changes listChanges, diags *diag.Diagnostics) {
	switch len(changes.invitations) {
	case 0:
	case 1:
		diags.Append(toBeInvited(org.ID, changes.invitations[0].Email, changes.invitations[0].Role))
	default:
		diags.Append(severalToBeInvited(org.ID, changes.invitations))
	}
	if len(changes.again) > 0 {
		diags.Append(invitedBefore(org.ID, changes.again))
	}
	if len(changes.staying) > 0 {
		diags.Append(severalStayInvited(org.ID, changes.staying))
	}
	if len(changes.joined) > 0 {
		diags.Append(joinedSince(org.ID, changes.joined))
	}
	for _, change := range changes.removals {
		diags.Append(warnKeysOf(ctx, org, change.member)...)
	}
	if len(changes.reported) > 0 {
		diags.Append(notRemoved(org.ID, changes.reported))
	}
}

// warnNoLongerReported names the members whose removal shows only as a shorter map of unlisted, as if they had been listed.
func warnNoLongerReported(orgID string, before memberList, changes listChanges, diags *diag.Diagnostics) {
	var removals []personChange
	for _, change := range changes.removals {
		_, reported := before.unlisted[change.email]
		if reported {
			removals = append(removals, change)
		}
	}
	if len(removals) > 0 {
		diags.Append(noLongerReported(orgID, removals))
	}
}

// warnNewAddresses names the members of the list who have another address at Neon.
func warnNewAddresses(before memberList, desired map[string]string, people neon.People, remove bool, diags *diag.Diagnostics) {
	elsewhere := before.observe(people, remove).elsewhere
	for _, email := range slices.Sorted(maps.Keys(elsewhere)) {
		address := elsewhere[email]
		role, listed := desired[email]
		if listed && desired[address] == "" {
			diags.Append(newListedAddress(email, before.ids[email], address, role))
		}
	}
}

// warnUnlisted names the members who are not in the list, and stay.
func warnUnlisted(orgID string, planning listPlanning, desired map[string]string, people neon.People, diags *diag.Diagnostics) {
	unlisted := maps.Clone(planning.before.unlisted)
	if planning.create {
		for email, member := range people.Members {
			unlisted[email] = member.Role
		}
	}
	for email := range desired {
		delete(unlisted, email)
	}
	if len(unlisted) > 0 {
		diags.Append(unlistedStay(orgID, unlisted))
	}
}

// warnUnlistedInvitees names the invitees who are not in the list: an invitation cannot be cancelled.
func warnUnlistedInvitees(orgID string, desired map[string]string, people neon.People, diags *diag.Diagnostics) {
	var invited []string
	for _, email := range slices.Sorted(maps.Keys(people.Pending)) {
		_, listed := desired[email]
		if !listed {
			invited = append(invited, email)
		}
	}
	if len(invited) > 0 {
		diags.Append(pendingUnlisted(orgID, invited))
	}
}
