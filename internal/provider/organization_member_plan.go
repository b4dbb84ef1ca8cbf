package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

const memberType = "neon_organization_member"

// ModifyPlan shows what happens to the person: adopted, invited, changed or removed. Planned values
// come from the configuration and the state; Neon's current state affects only errors and warnings.
func (r *memberResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan memberModel
	exists := !req.State.Raw.IsNull()
	if exists {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	object := memberObject{nonce: nonceOf(ctx, req.Private), neonEmail: privateText(ctx, req.Private, neonEmailKey)}
	object.shared = privateText(ctx, req.Private, sharedKey) != ""
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.planDestroy(ctx, resp, state, object)...)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if exists {
		r.planChange(ctx, req, resp, state, plan, object)
		return
	}
	r.planCreate(ctx, req, resp, plan)
}

func (r *memberResource) planDestroy(
	ctx context.Context, resp *resource.ModifyPlanResponse, state memberModel, object memberObject,
) diag.Diagnostics {
	promised, diags := r.planRemoval(ctx, state, object, state.claim(destroys, object))
	if promised != nil && !diags.HasError() {
		diags.Append(promised.keep(ctx, resp.Private)...)
	}
	return diags
}

// memberObject is the private state of an object.
type memberObject struct {
	nonce     string
	neonEmail string
	shared    bool
}

// promise is what a forced replacement may remove: Terraform plans only its create half.
func (r *memberResource) promise(state memberModel, object memberObject) promise {
	return promise{
		Walk: r.conn.walk, Nonce: object.nonce, OrgID: state.OrgID.ValueString(),
		Email: state.Email.ValueString(), MemberID: state.MemberID.ValueString(),
		Forget: state.RetainOnDestroy.ValueBool(), AllowSelfLockout: state.AllowSelfLockout.ValueBool(),
	}
}

func (m *memberModel) claim(kind claimKind, object memberObject) claim {
	return claim{
		kind: kind, object: object.nonce, by: memberType,
		role: m.Role.ValueString(), email: m.Email.ValueString(), memberID: m.MemberID.ValueString(),
	}
}

// planCreate plans a new object, which may be the create half of a replacement. All computed values are unknown: Neon's
// values may change before the apply.
func (r *memberResource) planCreate(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan memberModel,
) {
	diags := &resp.Diagnostics
	again, isAgain := readPromise(ctx, req.Private)
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	plan.setComputedUnknown()
	orgID, decided := r.newOrgID(configuredOrg)
	plan.OrgID = orgID
	again.Replaced, again.Created, again.For = true, !isAgain, plan.Email.ValueString()
	diags.Append(again.keep(ctx, resp.Private)...)
	diags.Append(resp.Plan.Set(ctx, plan)...)
	if diags.HasError() || !r.conn.known() {
		return
	}
	if isAgain && !again.Shown {
		r.planForcedRemoval(ctx, again, plan, diags)
	}
	if diags.HasError() || !decided || plan.Email.IsUnknown() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, configuredOrg)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	diags.Append(r.conn.planNewMember(ctx, org, plan, again)...)
}

// planForcedRemoval is for -replace and replace_triggered_by: the guards of the destroy half, so that nothing is
// removed before one refuses. Terraform shows no warnings of this call; Delete gives them.
func (r *memberResource) planForcedRemoval(ctx context.Context, again promise, plan memberModel, diags *diag.Diagnostics) {
	org, orgDiags := r.conn.organization(ctx, types.StringValue(again.OrgID))
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	sameAddress := plan.Email.Equal(types.StringValue(again.Email))
	if !sameAddress {
		found := r.conn.owners.claim(org.ID, claim{
			kind: destroys, object: again.Nonce, by: memberType, role: plan.Role.ValueString(),
			email: again.Email, memberID: again.MemberID, replacement: true,
		}, false)
		if found.problem != nil {
			diags.Append(found.problem)
			return
		}
	}
	if again.Forget || again.MemberID == "" {
		return
	}
	member, isMember, err := org.Member(ctx, again.MemberID)
	switch {
	case err != nil:
		diags.Append(cannotSeeMember(again.Email, err))
	case !isMember:
	case sameAddress && member.Email != again.Email:
		diags.Append(replacedUnderOldAddress(org.ID, again.Email, member.Email))
	default:
		removal := personChange{email: again.Email, member: member, allowLockout: again.AllowSelfLockout}
		diags.Append(r.conn.guardRemoval(ctx, org, removal)...)
	}
}

// newMember is the person of a create, and the object in the state that may have managed them until now.
type newMember struct {
	email, role string
	person      neon.Person
	replaced    bool // the create half of a replacement
	samePerson  bool // that of a replacement for the same person
	retained    bool // whose destroy half removes no one
	prior       *object
}

// memberID is empty for a person who is not a member.
func (m newMember) memberID() string {
	if m.person.Member == nil {
		return ""
	}
	return m.person.Member.ID
}

// tainted reports whether the create replaces a tainted object, which is a member.
func (m newMember) tainted() bool {
	return m.prior != nil && !m.replaced && !m.prior.retained && m.prior.memberID != ""
}

// hasAnotherRole reports whether the person is a member with another role, which is an error of the create.
func (m newMember) hasAnotherRole() bool {
	return m.person.Member != nil && !m.person.Has(m.role) && (!m.samePerson || m.retained)
}

// planNewMember claims the person of a create, and shows what happens to them. again is the promise of a replacement.
func (c *connection) planNewMember(ctx context.Context, org *neon.Organization, plan memberModel, again promise) diag.Diagnostics {
	var diags diag.Diagnostics
	next := newMember{email: plan.Email.ValueString(), role: plan.Role.ValueString(), replaced: !again.Created, retained: again.Forget}
	person, err := org.Person(ctx, "", next.email)
	if err != nil {
		return diag.Diagnostics{cannotSeeMember(next.email, err)}
	}
	next.person = person
	wanted := claim{kind: creates, by: memberType, role: next.role, email: next.email, memberID: next.memberID()}
	if next.replaced {
		next.samePerson = samePerson(next.email, wanted.memberID, again.Email, again.MemberID)
		wanted.object, wanted.replacement = again.Nonce, true
	}
	if next.samePerson {
		wanted.kind = keeps
	}
	wanted.reported = next.hasAnotherRole() && !plan.Role.IsUnknown() // with the claim: the destroy may be planned at the same time
	prior, isUndecided := c.owners.undecided(org.ID, memberType, next.email, wanted.memberID)
	if isUndecided {
		next.prior = &prior
	}
	found := c.owners.claim(org.ID, wanted, false)
	if found.problem != nil {
		return diag.Diagnostics{found.problem}
	}
	diags.Append(c.warnProtectsNobody(ctx, org)...)
	if plan.Role.IsUnknown() {
		return diags
	}
	diags.Append(guardUnknownRole(ctx, org, next.role, "", next.email)...)
	diags.Append(guardOldAddress(ctx, org, next)...)
	if !diags.HasError() {
		diags.Append(c.announceMember(ctx, org, next)...)
	}
	return diags
}

// guardOldAddress refuses to replace a tainted object under an address that is not the person's any more.
func guardOldAddress(ctx context.Context, org *neon.Organization, next newMember) diag.Diagnostics {
	if next.prior == nil || next.prior.email != next.email || next.prior.memberID == next.memberID() {
		return nil
	}
	member, isMember, err := org.Member(ctx, next.prior.memberID)
	if err != nil || !isMember {
		return nil
	}
	return diag.Diagnostics{replacedUnderOldAddress(org.ID, next.email, member.Email)}
}

// announceMember shows what a create does with the person: refuse, replace, adopt or invite.
func (c *connection) announceMember(ctx context.Context, org *neon.Organization, next newMember) diag.Diagnostics {
	member := next.person.Member
	adopts := adoptable(next.person, next.role)
	switch {
	case next.samePerson && !next.retained:
		return c.guardInvite(ctx, org, next.email)
	case next.hasAnotherRole():
		from := next.email
		if next.prior != nil {
			from = next.prior.email
		}
		return diag.Diagnostics{otherRole(org.ID, from, member.Role, next.email, next.role)}
	case member != nil && next.tainted():
		diags := c.guardRemoval(ctx, org, personChange{email: next.email, member: *member})
		if !diags.HasError() {
			diags.Append(removedAndInvited(org.ID, next.email, next.role))
			diags.Append(warnKeysOf(ctx, org, *member)...)
		}
		return diags
	case member != nil: // adopted
		return nil
	case adopts && next.prior != nil && !next.replaced: // a tainted object
		diags := c.guardInvite(ctx, org, next.email)
		diags.Append(invitedAgain(org.ID, next.email, next.role, next.role))
		return diags
	case adopts && !c.owners.invitesAgain(org.ID, next.email):
		return diag.Diagnostics{adoptedInvitation(org.ID, next.email, next.role)}
	default:
		return c.planInvite(ctx, org, next.email, next.role)
	}
}

// planChange plans an object in the state: unchanged, updated in place, or replaced.
func (r *memberResource) planChange(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
	state, plan memberModel, object memberObject,
) {
	diags := &resp.Diagnostics
	promised := r.promise(state, object)
	diags.Append(promised.keep(ctx, resp.Private)...)
	if waits(req, resp, state.Email.ValueString(), "org_id", "email", "role") {
		if r.conn.known() && !diags.HasError() {
			r.planWaiting(ctx, state, plan, object, diags)
		}
		return
	}
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if diags.HasError() {
		return
	}
	var otherOrg bool
	plan.OrgID, otherOrg = r.planOrgID(configuredOrg, state.OrgID, resp)
	newEmail := !plan.Email.Equal(state.Email) && plan.Email.ValueString() != object.neonEmail
	if newEmail {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("email"))
	}
	if otherOrg || newEmail {
		plan.setComputedUnknown()
		diags.Append(resp.Plan.Set(ctx, plan)...)
		if r.conn.known() && !diags.HasError() {
			r.planReplacement(ctx, resp, state, plan, object)
		}
		return
	}
	plan.copyComputed(state)
	if !neon.SameRole(plan.Role.ValueString(), state.Role.ValueString()) || state.Status.ValueString() == statusRemoved {
		plan.setMovableUnknown(state)
	}
	diags.Append(resp.Plan.Set(ctx, plan)...)
	if r.conn.known() && !diags.HasError() {
		r.planRole(ctx, state, plan, object, diags)
	}
}

// planWaiting claims the current and the future person of an object that waits: another resource must not
// take them.
func (r *memberResource) planWaiting(
	ctx context.Context, state, plan memberModel, object memberObject, diags *diag.Diagnostics,
) {
	org, _ := r.keepPerson(ctx, state, state, object, diags)
	if diags.HasError() || plan.Email.IsUnknown() || plan.Email.Equal(state.Email) {
		return
	}
	next := plan.claim(creates, object)
	next.memberID, next.replacement = "", true
	member, isMember, err := org.MemberByEmail(ctx, next.email)
	if err == nil && isMember {
		next.memberID = member.ID
	}
	found := r.conn.owners.claim(org.ID, next, false)
	if found.problem != nil {
		diags.Append(found.problem)
	}
}

// planReplacement plans a new address or organization: one person is removed, another invited.
func (r *memberResource) planReplacement(
	ctx context.Context, resp *resource.ModifyPlanResponse, state, plan memberModel, object memberObject,
) {
	diags := &resp.Diagnostics
	diags.Append(r.guardSameMember(ctx, state, plan, object)...)
	if diags.HasError() {
		return
	}
	ended := state.claim(destroys, object)
	ended.replacement = true
	promised, removal := r.planRemoval(ctx, state, object, ended)
	diags.Append(removal...)
	if diags.HasError() {
		return
	}
	if promised != nil {
		diags.Append(promised.keep(ctx, resp.Private)...)
	}
	if !plan.OrgID.IsUnknown() {
		diags.Append(r.conn.warnInviteOnReplace(ctx, plan.OrgID, plan.Email.ValueString(), plan.Role.ValueString())...)
	}
}

// guardSameMember refuses a replacement for the very member whose address has changed to the new one since the last read.
func (r *memberResource) guardSameMember(ctx context.Context, state, plan memberModel, object memberObject) diag.Diagnostics {
	if state.MemberID.IsNull() || plan.Email.Equal(state.Email) || plan.Email.ValueString() == object.neonEmail {
		return nil
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return diags
	}
	member, isMember, err := org.Member(ctx, state.MemberID.ValueString())
	if err == nil && isMember && member.Email == plan.Email.ValueString() {
		diags.Append(addressHasChanged(state.Email.ValueString(), member.Email))
	}
	return diags
}

// keepPerson claims the person, and warns of a changed address.
func (r *memberResource) keepPerson(
	ctx context.Context, state, plan memberModel, object memberObject, diags *diag.Diagnostics,
) (*neon.Organization, neon.Person) {
	email := plan.Email.ValueString()
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return nil, neon.Person{}
	}
	kept := plan.claim(keeps, object)
	kept.memberID = state.MemberID.ValueString()
	found := r.conn.owners.claim(org.ID, kept, false)
	if found.problem != nil {
		diags.Append(found.problem)
		return nil, neon.Person{}
	}
	person, err := org.Person(ctx, state.MemberID.ValueString(), state.Email.ValueString())
	if err != nil {
		diags.Append(cannotSeePerson(state.Email.ValueString(), err))
		return nil, neon.Person{}
	}
	diags.Append(r.conn.warnProtectsNobody(ctx, org)...)
	if person.Member != nil && person.Member.Email != email {
		diags.Append(newAddress(person.Member.ID, email, person.Member.Email))
	}
	return org, person
}

// planRole plans an update of the role.
func (r *memberResource) planRole(
	ctx context.Context, state, plan memberModel, object memberObject, diags *diag.Diagnostics,
) {
	email, role, priorRole := plan.Email.ValueString(), plan.Role.ValueString(), state.Role.ValueString()
	org, person := r.keepPerson(ctx, state, plan, object, diags)
	if diags.HasError() {
		return
	}
	wasRemoved := state.Status.ValueString() == statusRemoved
	if neon.SameRole(priorRole, role) && !wasRemoved {
		return
	}
	diags.Append(guardUnknownRole(ctx, org, role, priorRole, email)...)
	diags.Append(guardPrior(org.ID, state, role, person)...)
	switch {
	case diags.HasError():
	case person.Member == nil && wasRemoved:
		diags.Append(r.conn.guardInvite(ctx, org, email)...)
		diags.Append(invitedAfterLeaving(org.ID, email, role))
	case person.Member == nil:
		diags.Append(r.conn.guardInvite(ctx, org, email)...)
		diags.Append(invitedAgain(org.ID, email, role, priorRole))
	case !person.Has(role):
		change := personChange{email: email, member: *person.Member, to: role, allowLockout: plan.AllowSelfLockout.ValueBool()}
		diags.Append(r.conn.guardRole(ctx, org, change)...)
		diags.Append(r.conn.warnLastAdmin(ctx, org, change)...)
	}
}

// guardPrior refuses an update that its prior state does not explain: of a person who has left, or who has more rights
// by now.
func guardPrior(orgID string, state memberModel, role string, person neon.Person) diag.Diagnostics {
	email, memberID, priorRole := state.Email.ValueString(), state.MemberID.ValueString(), state.Role.ValueString()
	if memberID != "" && state.Status.ValueString() != statusRemoved {
		switch {
		case person.Member == nil:
			return diag.Diagnostics{leftSince(orgID, email)}
		case person.Member.ID != memberID:
			return diag.Diagnostics{cameBack(orgID, email, *person.Member)}
		}
	}
	if person.Member == nil || neon.SameRole(person.Member.Role, priorRole) {
		return nil
	}
	change := personChange{member: *person.Member, to: role}
	if change.unexplained(priorRole) {
		return diag.Diagnostics{moreRights(orgID, email, priorRole, person.Member.Role, role)}
	}
	return nil
}

// planRemoval plans a destroy, and stores the promise for Delete. Without a promise, Delete uses the
// state. ended is the claim of the destroy.
func (r *memberResource) planRemoval(
	ctx context.Context, state memberModel, object memberObject, ended claim,
) (*promise, diag.Diagnostics) {
	if !r.conn.known() {
		return nil, nil
	}
	email := state.Email.ValueString()
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return nil, diags
	}
	promised := r.promise(state, object)
	promised.Shown = true
	if promised.Forget {
		diags.Append(retained(org.ID, email, state.Role.ValueString()))
		return &promised, diags
	}
	person, err := org.Person(ctx, promised.MemberID, email)
	if err != nil {
		diags.Append(cannotSeePerson(email, err))
		return nil, diags
	}
	found := r.conn.owners.claim(org.ID, ended, object.shared)
	switch {
	case found.problem != nil:
		diags.Append(found.problem)
	case found.forget:
		promised.Forget = true
		diags.Append(keptByAnother(org.ID, email))
	case person.Member != nil:
		if person.Member.ID != promised.MemberID { // for a resource that left the configuration, Terraform drops what the read found
			promised.MemberID = person.Member.ID
			diags.Append(toBeRemoved(org.ID, email, person.Member.Role))
		}
		removal := personChange{email: email, member: *person.Member, allowLockout: state.AllowSelfLockout.ValueBool()}
		diags.Append(r.conn.guardRemoval(ctx, org, removal)...)
		diags.Append(r.conn.warnLastAdmin(ctx, org, removal)...)
		if !diags.HasError() {
			diags.Append(warnKeysOf(ctx, org, *person.Member)...)
		}
	case person.Pending() && state.Status.ValueString() != statusRemoved:
		diags.Append(staysInvited(org.ID, email))
	}
	return &promised, diags
}

// warnKeysOf lists the API keys of a person who is removed, because they keep working.
func warnKeysOf(ctx context.Context, org *neon.Organization, member neon.Member) diag.Diagnostics {
	if member.UserID == "" {
		return nil // Neon does not return who it is, so their keys are not known
	}
	keys, err := org.APIKeysCreatedBy(ctx, member.UserID)
	switch {
	case err != nil:
		return diag.Diagnostics{keysUnknown(member.Email, err)}
	case len(keys) == 0:
		return nil
	}
	return diag.Diagnostics{leavesKeys(org.ID, member.Email, keys)}
}
