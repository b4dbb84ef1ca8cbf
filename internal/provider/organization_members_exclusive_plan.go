package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// ModifyPlan shows a reviewer who gains and who loses what, and nothing else. Planned values follow from the
// configuration and the state; what Neon says today decides errors and warnings only.
func (r *membersExclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan membersExclusiveModel
	diags := &resp.Diagnostics
	create := req.State.Raw.IsNull()
	if !create {
		diags.Append(req.State.Get(ctx, &state)...)
	}
	if diags.HasError() {
		return
	}
	planning := listPlanning{create: create, nonce: nonceOf(ctx, req.Private), before: state.list()}
	planning.before.unlistedIDs = privateTexts(ctx, req.Private, unlistedIDsKey)
	if req.Plan.Raw.IsNull() {
		diags.Append(listGivenUp(state.OrgID.ValueString()))
		if r.conn.known() {
			diags.Append(r.conn.owners.claimList(state.OrgID.ValueString(), listClaim{kind: destroys, object: planning.nonce})...)
		}
		return
	}
	diags.Append(req.Plan.Get(ctx, &plan)...)
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if diags.HasError() {
		return
	}
	if create {
		again, isAgain := readPromise(ctx, req.Private)
		if planning.nonce = ""; isAgain { // a forced replacement
			planning.nonce = again.Nonce
		}
		orgID, decided := r.newOrgID(configuredOrg)
		plan.forget()
		plan.OrgID = orgID
		diags.Append(resp.Plan.Set(ctx, plan)...)
		if decided && decidedMap(plan.Members) {
			plan.OrgID = configuredOrg
			r.planList(ctx, plan, planning, req.Private, diags)
		}
		return
	}
	diags.Append(promise{Walk: r.conn.walk, Nonce: planning.nonce}.keep(ctx, resp.Private)...)
	if waits(ctx, req, resp, "the members of "+state.OrgID.ValueString(), "org_id", "members") {
		plan, planning.same = state, true
		r.planList(ctx, plan, planning, req.Private, diags)
		return
	}
	var otherOrg bool
	plan.OrgID, otherOrg = r.planOrgID(configuredOrg, state.OrgID, resp)
	planning.same = plan.sameSettings(state)
	switch {
	case planning.same:
		plan = state
	case otherOrg:
		plan.forget()
	default:
		members := plan.Members // as configured
		plan.set(planning.before.planned(texts(plan.Members), privateTexts(ctx, req.Private, movedAddressesKey), plan.removes()))
		plan.Members = members
		if plan.UnlistedMembers.IsUnknown() {
			plan.Unlisted, plan.UnlistedInvitations = types.MapUnknown(types.StringType), types.SetUnknown(types.StringType)
		}
	}
	if planning.same {
		resp.Plan.Raw = req.State.Raw
	} else {
		diags.Append(resp.Plan.Set(ctx, plan)...)
	}
	if !otherOrg { // else the create half says what it means
		r.planList(ctx, plan, planning, req.Private, diags)
	}
}

// listPlanning is what a plan of the list starts from.
type listPlanning struct {
	create bool
	same   bool   // nothing configurable differs: it only warns
	nonce  string // empty for a create
	before memberList
}

// planList says what the list means for everyone.
func (r *membersExclusiveResource) planList(ctx context.Context, plan membersExclusiveModel, planning listPlanning, private privateReader, diags *diag.Diagnostics) {
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
	people, err := peopleOf(ctx, org, private, false)
	if err != nil {
		diags.Append(failure("Cannot see who belongs to "+org.ID, err))
		return
	}
	diags.Append(r.conn.warnProtectsNobody(ctx, org)...)
	changes := planning.before.changes(desired, people, plan.removes(), planning.create)
	if !planning.same {
		diags.Append(guardListRoles(org.ID, planning.before, desired, people)...)
		diags.Append(r.conn.guardList(ctx, org, plan, changes, people)...)
		if diags.HasError() {
			return
		}
		announceList(ctx, org, changes, diags)
		warnNoLongerReported(org.ID, planning.before, changes, diags)
	}
	warnUnlisted(org.ID, planning.before, desired, people, plan.removes(), planning.create, diags)
}

// guardListRoles is guardUnknownRole for all of the list.
func guardListRoles(orgID string, before memberList, desired map[string]string, people neon.People) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, email := range slices.Sorted(maps.Keys(desired)) {
		role := desired[email]
		if _, known := roleRank(role); known || before.members[email] == role || hasRole(people, role) {
			continue
		}
		diags.Append(unknownRole(path.Root("members").AtMapKey(email), orgID, role, email))
	}
	return diags
}

func hasRole(people neon.People, role string) bool {
	for _, member := range people.Members {
		if member.Role == role {
			return true
		}
	}
	for _, invitation := range people.Pending {
		if invitation.Role == role {
			return true
		}
	}
	return false
}

// announceList warns of what a plan's differences do not say: e-mails that are sent, invitations that cannot be
// cancelled, keys that outlive a membership.
func announceList(ctx context.Context, org *neon.Organization, changes listChanges, diags *diag.Diagnostics) {
	switch n := len(changes.invitations); n {
	case 0:
	case 1:
		diags.Append(toBeInvited(org.ID, changes.invitations[0].Email, changes.invitations[0].Role))
	default:
		var who []string
		for _, invitee := range changes.invitations {
			who = append(who, fmt.Sprintf("%s as %s", invitee.Email, invitee.Role))
		}
		diags.AddWarning(fmt.Sprintf("To be invited: %d people", n), fmt.Sprintf(
			"%s\nNeon sends each of them an e-mail. Somebody with a Neon account joins %s at once; Neon's API cannot cancel an invitation.", lines(who), org.ID))
	}
	if len(changes.again) > 0 {
		diags.Append(invitedBefore(org.ID, changes.again))
	}
	if len(changes.staying) > 0 {
		diags.Append(stillInvited(org.ID, changes.staying...))
	}
	if len(changes.joined) > 0 {
		diags.Append(joinedSince(org.ID, changes.joined))
	}
	for _, change := range changes.removals {
		diags.Append(warnKeysOf(ctx, org, change.member)...)
	}
	if len(changes.reported) > 0 {
		diags.AddWarning("Not removed: "+naming(changes.reported), fmt.Sprintf(
			"Not in the list, but unlisted_members = %q removes nobody:\n\n%s\nThey keep access to %s and stand in unlisted.", unlistedReport, lines(changes.reported), org.ID))
	}
}

// warnNoLongerReported names those whose removal shows only as a shorter map of unlisted, as if they had been listed.
func warnNoLongerReported(orgID string, before memberList, changes listChanges, diags *diag.Diagnostics) {
	var emails, who []string
	for _, change := range changes.removals {
		if _, reported := before.unlisted[change.email]; reported {
			emails = append(emails, change.email)
			who = append(who, fmt.Sprintf("%s (%s)", change.email, change.member.Role))
		}
	}
	if len(emails) > 0 {
		diags.AddWarning("To be removed: "+naming(emails), fmt.Sprintf(
			"They are in unlisted so far, and unlisted_members is %q now. They lose access to %s:\n\n%s", unlistedRemove, orgID, lines(who)))
	}
}

// warnUnlisted names those who are in the organization and not in the list, where nothing else in the plan does.
func warnUnlisted(orgID string, before memberList, desired map[string]string, people neon.People, remove, create bool, diags *diag.Diagnostics) {
	elsewhere := before.observe(people, remove, false).elsewhere
	for _, email := range slices.Sorted(maps.Keys(elsewhere)) {
		address := elsewhere[email]
		if _, listed := desired[email]; listed && desired[address] == "" {
			diags.Append(newListedAddress(email, before.ids[email], address, desired[email]))
		}
	}
	var unlisted, invited []string
	known := maps.Clone(before.unlisted)
	if create {
		for email, member := range people.Members {
			known[email] = member.Role
		}
	}
	for _, email := range slices.Sorted(maps.Keys(known)) {
		if _, listed := desired[email]; !listed {
			unlisted = append(unlisted, fmt.Sprintf("%s (%s)", email, known[email]))
		}
	}
	if len(unlisted) > 0 && !remove {
		diags.AddWarning("In the organization, but not in the list: "+naming(unlisted), fmt.Sprintf(
			"Members of %s who are not in the list:\n\n%s\nThey stay, because unlisted_members = %q.", orgID, lines(unlisted), unlistedReport))
	}
	for _, email := range slices.Sorted(maps.Keys(people.Pending)) {
		if _, listed := desired[email]; !listed && create {
			invited = append(invited, email)
		}
	}
	if len(invited) > 0 {
		diags.AddWarning("Invited, but not in the list: "+naming(invited), fmt.Sprintf(
			"Their invitations to %[1]s are pending:\n\n%[2]s\nNeon's API cannot cancel an invitation; the Neon Console can (organization %[1]s, People). They stand in unlisted_invitations; once they join, they are members who are not in the list.", orgID, lines(invited)))
	}
}

// guardList is every guard of a list, for the plan and again before the first request of an apply.
func (c *connection) guardList(ctx context.Context, org *neon.Organization, model membersExclusiveModel, changes listChanges, people neon.People) diag.Diagnostics {
	diags := refusedCreate(org.ID, changes)
	for _, change := range changes.unexplained {
		diags.Append(change.problem(org.ID))
	}
	if diags.HasError() {
		return diags
	}
	members := path.Root("members")
	var emails []string
	verb := "Changing the role of "
	switch {
	case len(changes.invitations) > 0:
		verb = "Inviting "
		for _, invitee := range changes.invitations {
			emails = append(emails, invitee.Email)
		}
	case len(changes.removals) > 0:
		verb = "Removing "
		for _, change := range changes.removals {
			emails = append(emails, change.email)
		}
	default:
		for _, change := range changes.memberChanges() {
			emails = append(emails, change.email)
		}
	}
	if len(emails) == 0 {
		return diags
	}
	if verb != "Changing the role of " {
		diags.Append(c.guardPersonalKey(ctx, verb+naming(emails))...)
	}
	if !diags.HasError() {
		diags.Append(c.guardAdmin(ctx, org, verb+naming(emails))...)
	}
	for _, change := range changes.memberChanges() {
		change.allowLockout = model.AllowSelfLockout.ValueBool()
		at := members
		if change.to != "" {
			at = members.AtMapKey(change.email)
		}
		for _, problem := range c.guardPerson(ctx, change) {
			diags.Append(diag.WithPath(at, problem))
		}
	}
	if now, then := changes.activeAdmins(people); now > 0 && then == 0 {
		diags.AddAttributeError(members, "No active admin would be left in "+org.ID, fmt.Sprintf(
			"This plan takes the admin role from everybody who has it:\n\n%s\nPeople who are deactivated, or invited and not yet members, do not count. Keep an active admin in the list, or make another member admin.", lines(losses(changes.memberChanges()))))
	}
	if lost := changes.lost(); len(lost) > model.maxRemovals() {
		diags.AddAttributeError(members, fmt.Sprintf("More than max_removals: %d people of %s would lose access or the admin role", len(lost), org.ID), fmt.Sprintf(
			"max_removals is %d, and this plan takes something from %d:\n\n%s\nIf the list is complete and this is meant, set\n\n    max_removals = %d\n", model.maxRemovals(), len(lost), lines(losses(lost)), len(lost)))
	}
	return diags
}

func losses(changes []personChange) []string {
	var list []string
	for _, change := range changes {
		if change.lessens() {
			list = append(list, loss(change))
		}
	}
	return list
}

// refusedCreate refuses a create that would take something from people: as a create, the plan does not show it.
func refusedCreate(orgID string, changes listChanges) diag.Diagnostics {
	var diags diag.Diagnostics
	if len(changes.unlisted)+len(changes.otherRoles) == 0 {
		return diags
	}
	var why []string
	if len(changes.unlisted) > 0 {
		var who []string
		for _, member := range changes.unlisted {
			who = append(who, fmt.Sprintf("%s (%s)", member.Email, member.Role))
		}
		why = append(why, fmt.Sprintf("%s not in the list, and would be removed:\n\n%s", counted(len(who), "member")+are(len(who)), lines(who)))
	}
	if len(changes.otherRoles) > 0 {
		var who []string
		for _, change := range changes.otherRoles {
			who = append(who, fmt.Sprintf("%s: %s, listed as %s", change.email, change.member.Role, change.to))
		}
		why = append(why, fmt.Sprintf("%s another role than the list says:\n\n%s", counted(len(who), "member")+have(len(who)), lines(who)))
	}
	diags.AddAttributeError(path.Root("members"), fmt.Sprintf("The organization has other members than the list: %s", orgID), fmt.Sprintf(
		"%[1]s\nThe plan of a new resource would not show whom it takes something from, so nothing is done. Import the organization's people instead; the plan then shows each removal and change of role:\n\n"+
			"    import {\n      to = %[2]s.NAME\n      id = %[3]q\n    }\n\n"+
			"To begin without removing anyone, set %[5]s = %[4]q as well. If the list is in the state already and tainted, keep it instead of replacing it:\n\n    terraform untaint ADDRESS\n\n%[6]s",
		strings.Join(why, "\n"), membersExclusiveType, orgID, unlistedReport, unlistedArgument, whenDestroying))
	return diags
}

func are(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

func have(n int) string {
	if n == 1 {
		return " has"
	}
	return " have"
}
