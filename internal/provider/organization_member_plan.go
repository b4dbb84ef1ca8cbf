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

// ModifyPlan shows a reviewer what will become of the person: adopted, invited, changed or removed. Planned values
// follow from the configuration and the state; what Neon says today decides errors and warnings only.
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
		promised, diags := r.planRemoval(ctx, state, object, false)
		resp.Diagnostics.Append(diags...)
		if !diags.HasError() && promised != nil {
			resp.Diagnostics.Append(promised.keep(ctx, resp.Private)...)
		}
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
	again, isAgain := readPromise(ctx, req.Private)
	if isAgain {
		object.nonce = again.Nonce
	}
	r.planCreate(ctx, req, resp, plan, again, isAgain)
}

// memberObject is what private state has of an object.
type memberObject struct {
	nonce     string
	neonEmail string
	shared    bool
}

// promise is what a forced replacement may take away, of which Terraform tells only the create half.
func (r *memberResource) promise(state memberModel, object memberObject) promise {
	return promise{
		Walk: r.conn.walk, Nonce: object.nonce, OrgID: state.OrgID.ValueString(), Email: state.Email.ValueString(), MemberID: state.MemberID.ValueString(),
		Forget: state.RetainOnDestroy.ValueBool(), AllowSelfLockout: state.AllowSelfLockout.ValueBool(),
	}
}

func (m *memberModel) claim(kind claimKind, object memberObject) claim {
	return claim{
		kind: kind, object: object.nonce, by: memberType, role: m.Role.ValueString(), email: m.Email.ValueString(), memberID: m.MemberID.ValueString(),
	}
}

// planCreate plans a new object; with again, the create half of a replacement. Nothing computed is known: what Neon
// says may change before the apply.
func (r *memberResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan memberModel, again promise, isAgain bool) {
	diags := &resp.Diagnostics
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	plan.forget()
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
	r.planInvitee(ctx, org, plan, again, isAgain, diags)
}

// planForcedRemoval is for -replace and replace_triggered_by: the guards of the destroy half, so that nothing is
// removed before one refuses. Terraform shows no warnings of this call; Delete gives them.
func (r *memberResource) planForcedRemoval(ctx context.Context, again promise, plan memberModel, diags *diag.Diagnostics) {
	org, orgDiags := r.conn.organization(ctx, types.StringValue(again.OrgID))
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	if !plan.Email.Equal(types.StringValue(again.Email)) {
		ended := claim{kind: destroys, object: again.Nonce, by: memberType, role: plan.Role.ValueString(), email: again.Email, memberID: again.MemberID, replacement: true}
		if found := r.conn.owners.claim(org.ID, ended, false); found.problem != nil {
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
		diags.Append(failure("Cannot see whether "+again.Email+" is a member", err))
	case isMember && plan.Email.Equal(types.StringValue(again.Email)) && member.Email != again.Email:
		diags.Append(replacedUnderOldAddress(org.ID, again.Email, member.Email))
	case isMember:
		diags.Append(r.conn.guardRemoval(ctx, org, personChange{email: again.Email, member: member, allowLockout: again.AllowSelfLockout})...)
	}
}

// planInvitee says what a create means for its person.
func (r *memberResource) planInvitee(ctx context.Context, org *neon.Organization, plan memberModel, again promise, isAgain bool, diags *diag.Diagnostics) {
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	person, err := org.Person(ctx, "", email)
	if err != nil {
		diags.Append(failure("Cannot see whether "+email+" is a member", err))
		return
	}
	wanted := claim{kind: creates, by: memberType, role: role, email: email}
	if person.Member != nil {
		wanted.memberID = person.Member.ID
	}
	same := isAgain && samePerson(email, wanted.memberID, again.Email, again.MemberID)
	if isAgain {
		wanted.object, wanted.replacement = again.Nonce, true
	}
	if same {
		wanted.kind = keeps
	}
	other, isUndecided := r.conn.owners.undecided(org.ID, memberType, email, wanted.memberID)
	if found := r.conn.owners.claim(org.ID, wanted, false); found.problem != nil {
		diags.Append(found.problem)
		return
	}
	diags.Append(r.conn.warnProtectsNobody(ctx, org)...)
	if plan.Role.IsUnknown() {
		return
	}
	diags.Append(guardUnknownRole(ctx, org, path.Root("role"), role, "", email)...)
	if isUndecided && other.email == email && other.memberID != wanted.memberID {
		if member, isMember, err := org.Member(ctx, other.memberID); err == nil && isMember {
			diags.Append(replacedUnderOldAddress(org.ID, email, member.Email))
		}
	}
	switch {
	case diags.HasError():
	case same && !again.Forget:
		diags.Append(r.conn.guardAdminKey(ctx, org, "Inviting "+email)...)
	case person.Member != nil && !person.Has(role):
		from := email
		if isUndecided {
			from = other.email
		}
		r.conn.owners.reported(org.ID, email, wanted.memberID)
		diags.Append(otherRole(org.ID, from, person.Member.Role, email, role))
	case person.Member != nil && isUndecided && !isAgain && !other.retained && other.memberID != "": // a tainted object
		change := personChange{email: email, member: *person.Member}
		diags.Append(r.conn.guardRemoval(ctx, org, change)...)
		if !diags.HasError() {
			diags.Append(removedAndInvited(org.ID, email, role))
			diags.Append(warnKeysOf(ctx, org, *person.Member)...)
		}
	case person.Member != nil: // adopted
	case adoptable(person, role) && isUndecided && !isAgain:
		diags.Append(r.conn.guardAdminKey(ctx, org, "Inviting "+email)...)
		diags.Append(invitedAgain(org.ID, email, role, role, false))
	case adoptable(person, role) && !r.conn.owners.endedHere(org.ID, email):
		diags.Append(adoptedInvitation(org.ID, email, role))
	default:
		diags.Append(r.conn.guardAdminKey(ctx, org, "Inviting "+email)...)
		if !diags.HasError() {
			diags.Append(toBeInvited(org.ID, email, role))
		}
	}
}

func (r *memberResource) planChange(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, state, plan memberModel, object memberObject) {
	diags := &resp.Diagnostics
	promised := r.promise(state, object)
	diags.Append(promised.keep(ctx, resp.Private)...)
	if waits(ctx, req, resp, state.Email.ValueString(), "org_id", "email", "role") {
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
	sameEmail := plan.Email.Equal(state.Email)
	newEmail := !sameEmail && plan.Email.ValueString() != object.neonEmail
	if newEmail {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("email"))
	}
	if otherOrg || newEmail {
		plan.forget()
		diags.Append(resp.Plan.Set(ctx, plan)...)
		if r.conn.known() && !diags.HasError() {
			r.planReplacement(ctx, resp, state, plan, object, newEmail)
		}
		return
	}
	plan.keep(state)
	if !neon.SameRole(plan.Role.ValueString(), state.Role.ValueString()) || state.Status.ValueString() == statusRemoved {
		plan.mayMove(state)
	}
	diags.Append(resp.Plan.Set(ctx, plan)...)
	if r.conn.known() && !diags.HasError() {
		r.planRole(ctx, state, plan, object, diags)
	}
}

// planWaiting claims the person of an object that waits, and the one whom it is waiting for: another resource must not
// lose them meanwhile.
func (r *memberResource) planWaiting(ctx context.Context, state, plan memberModel, object memberObject, diags *diag.Diagnostics) {
	org, _ := r.keepPerson(ctx, state, state, object, diags)
	if diags.HasError() || plan.Email.IsUnknown() || plan.Email.Equal(state.Email) {
		return
	}
	next := plan.claim(creates, object)
	next.memberID, next.replacement = "", true
	if member, isMember, err := org.MemberByEmail(ctx, next.email); err == nil && isMember {
		next.memberID = member.ID
	}
	if found := r.conn.owners.claim(org.ID, next, false); found.problem != nil {
		diags.Append(found.problem)
	}
}

// planReplacement says what a new address or another organization means: one person is removed, another invited.
func (r *memberResource) planReplacement(ctx context.Context, resp *resource.ModifyPlanResponse, state, plan memberModel, object memberObject, newEmail bool) {
	diags := &resp.Diagnostics
	if newEmail && !state.MemberID.IsNull() {
		org, orgDiags := r.conn.organization(ctx, state.OrgID)
		diags.Append(orgDiags...)
		if diags.HasError() {
			return
		}
		if member, isMember, err := org.Member(ctx, state.MemberID.ValueString()); err == nil && isMember && member.Email == plan.Email.ValueString() {
			diags.Append(addressHasChanged(state.Email.ValueString(), member.Email))
			return
		}
	}
	promised, removal := r.planRemoval(ctx, state, object, true)
	diags.Append(removal...)
	if diags.HasError() {
		return
	}
	if promised != nil {
		diags.Append(promised.keep(ctx, resp.Private)...)
	}
	if !plan.OrgID.IsUnknown() {
		diags.Append(r.conn.announce(ctx, plan.OrgID, plan.Email.ValueString(), plan.Role.ValueString())...)
	}
}

// keepPerson claims the person, and warns of a changed address.
func (r *memberResource) keepPerson(ctx context.Context, state, plan memberModel, object memberObject, diags *diag.Diagnostics) (*neon.Organization, neon.Person) {
	email := plan.Email.ValueString()
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return nil, neon.Person{}
	}
	kept := plan.claim(keeps, object)
	kept.memberID = state.MemberID.ValueString()
	if found := r.conn.owners.claim(org.ID, kept, false); found.problem != nil {
		diags.Append(found.problem)
		return nil, neon.Person{}
	}
	person, err := org.Person(ctx, state.MemberID.ValueString(), state.Email.ValueString())
	if err != nil {
		diags.Append(failure("Cannot see what is known of "+state.Email.ValueString(), err))
		return nil, neon.Person{}
	}
	diags.Append(r.conn.warnProtectsNobody(ctx, org)...)
	if person.Member != nil && person.Member.Email != email {
		diags.Append(newAddress(path.Root("email"), person.Member.ID, email, person.Member.Email, "email = \""+person.Member.Email+"\""))
	}
	return org, person
}

// planRole says what an update means.
func (r *memberResource) planRole(ctx context.Context, state, plan memberModel, object memberObject, diags *diag.Diagnostics) {
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	org, person := r.keepPerson(ctx, state, plan, object, diags)
	if diags.HasError() {
		return
	}
	inviteAgain := state.Status.ValueString() == statusRemoved
	if neon.SameRole(state.Role.ValueString(), role) && !inviteAgain {
		return
	}
	diags.Append(guardUnknownRole(ctx, org, path.Root("role"), role, state.Role.ValueString(), email)...)
	diags.Append(guardPrior(org.ID, state, role, person)...)
	switch {
	case diags.HasError():
	case person.Member == nil:
		diags.Append(r.conn.guardAdminKey(ctx, org, "Inviting "+email)...)
		diags.Append(invitedAgain(org.ID, email, role, state.Role.ValueString(), inviteAgain))
	case !person.Has(role):
		change := personChange{email: email, member: *person.Member, to: role, allowLockout: plan.AllowSelfLockout.ValueBool()}
		diags.Append(r.conn.guardRole(ctx, org, change)...)
		diags.Append(r.conn.warnLastAdmin(ctx, org, change)...)
	}
}

// guardPrior refuses an update that its prior state does not explain: of a person who has left, or who has more rights
// by now.
func guardPrior(orgID string, state memberModel, role string, person neon.Person) diag.Diagnostics {
	email, memberID := state.Email.ValueString(), state.MemberID.ValueString()
	switch {
	case memberID == "" || state.Status.ValueString() == statusRemoved:
	case person.Member == nil:
		return diag.Diagnostics{leftSince(orgID, email)}
	case person.Member.ID != memberID:
		return diag.Diagnostics{cameBack(orgID, email, *person.Member)}
	}
	if person.Member != nil && (personChange{member: *person.Member, to: role}).lessens() && !neon.SameRole(person.Member.Role, state.Role.ValueString()) &&
		(personChange{member: *person.Member, to: state.Role.ValueString()}).lessens() {
		return diag.Diagnostics{moreRights(orgID, email, state.Role.ValueString(), person.Member.Role, role)}
	}
	return nil
}

// planRemoval says what a destroy means for the person, and promises no more. Without a promise, Delete goes by the
// state.
func (r *memberResource) planRemoval(ctx context.Context, state memberModel, object memberObject, replacement bool) (*promise, diag.Diagnostics) {
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
		diags.Append(failure("Cannot see what is known of "+email, err))
		return nil, diags
	}
	ended := state.claim(destroys, object)
	ended.replacement = replacement
	found := r.conn.owners.claim(org.ID, ended, object.shared)
	switch {
	case found.problem != nil:
		diags.Append(found.problem)
	case found.forget:
		promised.Forget = true
		diags.Append(keptByAnother(org.ID, email))
	case person.Member != nil:
		if person.Member.ID != promised.MemberID { // of what has left the configuration, Terraform does not pass on what the read has found
			promised.MemberID = person.Member.ID
			diags.Append(toBeRemoved(org.ID, email, *person.Member))
		}
		change := personChange{email: email, member: *person.Member, allowLockout: state.AllowSelfLockout.ValueBool()}
		diags.Append(r.conn.guardRemoval(ctx, org, change)...)
		diags.Append(r.conn.warnLastAdmin(ctx, org, change)...)
		if !diags.HasError() {
			diags.Append(warnKeysOf(ctx, org, *person.Member)...)
		}
	case person.Pending() && state.Status.ValueString() != statusRemoved:
		diags.Append(stillInvited(org.ID, email))
	}
	return &promised, diags
}

// warnKeysOf names the API keys that a person who is removed leaves behind: they keep working.
func warnKeysOf(ctx context.Context, org *neon.Organization, member neon.Member) diag.Diagnostics {
	if member.UserID == "" {
		return nil // Neon does not return who it is, so the keys cannot be told
	}
	keys, err := org.APIKeysMadeBy(ctx, member.UserID)
	switch {
	case err != nil:
		return diag.Diagnostics{keysUnknown(member.Email, err)}
	case len(keys) == 0:
		return nil
	}
	return diag.Diagnostics{leavesKeys(org.ID, member.Email, keys)}
}
