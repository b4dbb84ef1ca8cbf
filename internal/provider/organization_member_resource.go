package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure   = (*memberResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*memberResource)(nil)
	_ resource.ResourceWithImportState = (*memberResource)(nil)
	_ resource.ResourceWithIdentity    = (*memberResource)(nil)
)

// memberResource is one person in the organization: invited, then a member, with a role.
type memberResource struct{ resourceBase }

func newMemberResource() resource.Resource { return &memberResource{} }

func (r *memberResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_member"
	resp.ResourceBehavior.MutableIdentity = true
}

const memberDescription = "Manages one person in the organization and their role: the resource invites the person, who becomes a member " +
	"on acceptance. Destroying the resource removes the person from the organization."

func (r *memberResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: memberDescription,
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"email": schema.StringAttribute{
				MarkdownDescription: "The person's e-mail address, in lower case. " +
					"Changing it removes the old person and invites the new one. " +
					"If the member's address has changed to the new one at Neon, the resource is updated in place.",
				Required:   true,
				Validators: []validator.String{emailValidator{}},
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "The person's role: " + wordList(neon.Roles) + ". " + rolesDescription,
				Required:            true,
				Validators:          []validator.String{roleValidator()},
				PlanModifiers:       []planmodifier.String{sameRole{}},
			},
			"retain_on_destroy": schema.BoolAttribute{
				MarkdownDescription: "Whether the person stays in the organization when the resource is destroyed. " +
					"A change takes effect after it is applied. Default: `false`.",
				Optional: true,
			},
			"allow_self_lockout": schema.BoolAttribute{
				MarkdownDescription: "Whether this resource may remove or demote the owner of the personal " +
					"API key that the provider uses. " +
					"Before a destroy, apply it first. Default: `false`: such a plan fails.",
				Optional: true,
			},
			"status": computed("`pending` (invited, not yet a member), `active`, or `deactivated` (a member with a deactivated account). " +
				"`removed` appears only if Neon keeps listing the accepted invitation of a member who was removed by hand; " +
				"the next apply invites them again."),
			"member_id": computed("The UUID of the membership; null while pending."),
			"user_id":   computed("The UUID of the person's Neon account; null while pending."),
			"invitation_id": computed("The UUID of the invitation, even after acceptance; null if the person was already a member " +
				"when the resource was created."),
			"joined_at": computed("When the person joined, RFC 3339 in UTC; null while pending."),
		},
	}
}

func (r *memberResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = personIdentitySchema()
}

func (r *memberResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan memberModel
	diags := &resp.Diagnostics
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	org, orgDiags := r.conn.organization(ctx, plan.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	// Another provider configuration may work on the person: what is adopted must be there now.
	person, unlock, err := r.conn.lockPerson(ctx, org, email, "", org.PersonToAdopt)
	defer unlock()
	if err != nil {
		diags.Append(cannotAdd(email, err))
		return
	}
	diags.Append(guardUnknownRole(ctx, org, role, "", email)...)
	switch {
	case diags.HasError():
	case person.Known() && r.conn.owners.destroyFailed(org.ID, email, newMember{person: person}.memberID()):
		diags.Append(stillInState(memberType, email))
	case person.Member != nil && !person.Has(role):
		diags.Append(otherRole(org.ID, email, person.Member.Role, email, role))
	case !adoptable(person, role) || person.Pending() && r.conn.owners.invitesAgain(org.ID, email):
		person, orgDiags = r.conn.invite(ctx, org, email, role)
		diags.Append(orgDiags...)
	}
	if diags.HasError() {
		return
	}
	nonce := newNonce()
	plan.OrgID = types.StringValue(org.ID)
	plan.fillUnknown(person)
	diags.Append(resp.State.Set(ctx, plan)...)
	diags.Append(resp.Identity.Set(ctx, plan.identity(person))...)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonce)...)
	diags.Append(rememberChange(ctx, resp.Private)...)
	r.conn.owners.markCreated(org.ID, memberType, email, plan.MemberID.ValueString(), nonce)
}

func (r *memberResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state memberModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	if resp.Identity.Raw.IsNull() { // of an older state; also of a person who is gone
		diags.Append(resp.Identity.Set(ctx, state.personIdentity)...)
	}
	if diags.HasError() {
		return
	}
	nonce := nonceOf(ctx, req.Private)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonce)...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	if !r.conn.known() {
		r.conn.warnUnknown(diags)
		return
	}
	email := state.Email.ValueString()
	this := object{nonce, memberType, email, state.MemberID.ValueString(), state.RetainOnDestroy.ValueBool()}
	r.conn.owners.markRead(state.OrgID.ValueString(), this) // before anything is waited for, so that two objects see each other
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	person, err := org.Person(ctx, state.MemberID.ValueString(), email)
	if err == nil && !person.Known() {
		err = recheckRecent(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			person, err = org.PersonNow(ctx, state.MemberID.ValueString(), email)
			return person.Known(), err
		})
	}
	if err != nil {
		diags.Append(cannotReadMembership(email, err))
		return
	}
	gone, leftover := state.gone(person)
	if gone {
		diags.Append(state.goneMessage(org.ID))
	}
	switch {
	case gone && !leftover:
		resp.State.RemoveResource(ctx)
		return
	case gone:
		state.Status = types.StringValue(statusRemoved)
	default:
		state.set(person)
		diags.Append(resp.Identity.Set(ctx, state.identity(person))...)
	}
	joined := state.MemberID.ValueString()
	if joined != this.memberID {
		this.memberID = joined
		r.conn.owners.markRead(org.ID, this)
	}
	diags.Append(resp.State.Set(ctx, state)...)
	neonEmail, shared := "", ""
	if person.Member != nil && person.Member.Email != email {
		neonEmail = person.Member.Email
	}
	if r.conn.owners.sharesPerson(org.ID, this) {
		shared = "yes"
	}
	diags.Append(setPrivateText(ctx, resp.Private, neonEmailKey, neonEmail)...)
	diags.Append(setPrivateText(ctx, resp.Private, sharedKey, shared)...)
}

func (r *memberResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan memberModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	if resp.Identity.Raw.IsNull() || !plan.Email.Equal(state.Email) { // what is planned in place is the address that Neon has
		diags.Append(resp.Identity.Set(ctx, plan.personIdentity)...)
		diags.Append(setPrivateText(ctx, resp.Private, neonEmailKey, "")...)
	}
	if diags.HasError() {
		return
	}
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	inviteAgain := state.Status.ValueString() == statusRemoved
	if neon.SameRole(state.Role.ValueString(), role) && !inviteAgain {
		diags.Append(resp.State.Set(ctx, plan)...) // nothing that Neon knows of has changed
		return
	}
	org, orgDiags := r.conn.organization(ctx, plan.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	person, unlock, err := r.conn.lockPerson(ctx, org, email, state.MemberID.ValueString(), org.Person)
	defer unlock()
	if err != nil {
		diags.Append(cannotChangeRole(email, err))
		return
	}
	diags.Append(guardUnknownRole(ctx, org, role, state.Role.ValueString(), email)...)
	diags.Append(guardPrior(org.ID, state, role, person)...)
	switch {
	case diags.HasError():
	case person.Member != nil && !person.Has(role):
		change := personChange{email: email, member: *person.Member, to: role, allowLockout: plan.AllowSelfLockout.ValueBool()}
		diags.Append(r.conn.changeRole(ctx, org, change)...)
	case person.Member == nil && (inviteAgain || !person.Has(role)):
		person, orgDiags = r.conn.invite(ctx, org, email, role)
		diags.Append(orgDiags...)
	}
	if diags.HasError() {
		return
	}
	plan.fillUnknown(person)
	diags.Append(resp.State.Set(ctx, plan)...)
	diags.Append(rememberChange(ctx, resp.Private)...)
}

// changeRole changes a member's role, after the guards.
func (c *connection) changeRole(ctx context.Context, org *neon.Organization, change personChange) diag.Diagnostics {
	diags := c.guardWrite(roleOperation(change.email))
	diags.Append(c.guardRole(ctx, org, change)...)
	if diags.HasError() {
		return diags
	}
	err := whileLastAdmin(ctx, org, change.member, func() error { return org.SetRole(ctx, change.member.ID, change.to) })
	if err != nil {
		diags.Append(lastAdminOr(ctx, org, change.member, cannotChangeRole(change.email, err), err))
	}
	return diags
}

func (r *memberResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state memberModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	if diags.HasError() {
		return
	}
	email := state.Email.ValueString()
	promised, isPromised := readPromise(ctx, req.Private)
	if !isPromised || promised.Created {
		promised.MemberID = state.MemberID.ValueString()
	}
	if state.RetainOnDestroy.ValueBool() {
		if !promised.Shown {
			diags.Append(retained(state.OrgID.ValueString(), email, state.Role.ValueString()))
		}
		return
	}
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	unlock, err := r.conn.owners.lock(ctx, org.ID, email, promised.MemberID)
	if err != nil {
		diags.Append(cannotRemove(email, err))
		return
	}
	defer unlock()
	defer func() {
		if diags.HasError() {
			r.conn.owners.markDestroyFailed(org.ID, email, promised.MemberID)
		}
	}()
	deposed := promised.deposed(r.conn.walk, r.conn.owners.plansTwice)
	switch {
	case promised.Forget, r.conn.owners.adopted(org.ID, memberType, email, promised.MemberID, nonceOf(ctx, req.Private)):
		diags.Append(keptByAnother(org.ID, email))
	case deposed && !r.mayRemoveDeposed(ctx, org.ID, state, promised, req.Private):
		diags.Append(deposedStays(org.ID, email))
	default:
		r.remove(ctx, org, state, promised, diags)
	}
}

// mayRemoveDeposed reports whether a deposed object, which is planned in the very process that deletes it, may remove its
// person: the membership that the state has, which no other object has, and only if this run has created another
// person's instead.
func (r *memberResource) mayRemoveDeposed(
	ctx context.Context, orgID string, state memberModel, promised promise, private privateReader,
) bool {
	switch {
	case promised.MemberID != state.MemberID.ValueString():
		return false
	case promised.MemberID == "":
		return true // there is nobody to remove
	}
	return privateText(ctx, private, sharedKey) == "" &&
		r.conn.owners.createdInstead(orgID, memberType, state.Email.ValueString(), promised.MemberID)
}

// remove ends the membership that the plan has shown, and no other.
func (r *memberResource) remove(
	ctx context.Context, org *neon.Organization, state memberModel, promised promise, diags *diag.Diagnostics,
) {
	email := state.Email.ValueString()
	person, err := org.Person(ctx, promised.MemberID, email)
	if err != nil {
		diags.Append(cannotRemove(email, err))
		return
	}
	if person.Member == nil {
		if person.Invitation != nil && state.Status.ValueString() != statusRemoved {
			diags.Append(staysInvited(org.ID, email))
			if promised.Replaced {
				r.conn.owners.markInviteAgain(org.ID, email)
			}
		}
		return
	}
	member := *person.Member
	switch {
	case promised.MemberID == "":
		diags.Append(acceptedSince(org.ID, email, member))
	case member.ID != promised.MemberID:
		diags.Append(cameBack(org.ID, email, member))
	case promised.invitesOldAddress(email) && member.Email != email:
		diags.Append(replacedUnderOldAddress(org.ID, email, member.Email))
	default:
		removal := personChange{email: email, member: member, allowLockout: state.AllowSelfLockout.ValueBool()}
		diags.Append(r.conn.remove(ctx, org, removal, promised.Shown)...)
	}
}

// invitesOldAddress reports whether the create half of a forced replacement is for the address that the state has.
func (p promise) invitesOldAddress(email string) bool {
	return p.Replaced && !p.Shown && (p.For == "" || p.For == email)
}

// remove removes a member, after the guards. It warns if no plan has shown the removal.
func (c *connection) remove(ctx context.Context, org *neon.Organization, removal personChange, shown bool) diag.Diagnostics {
	diags := c.guardWrite(removeOperation(removal.email))
	diags.Append(c.guardRemoval(ctx, org, removal)...)
	if diags.HasError() {
		return diags
	}
	if !shown {
		diags.Append(removedByReplacement(org.ID, removal.email, removal.member.Role))
		diags.Append(warnKeysOf(ctx, org, removal.member)...)
	}
	err := whileLastAdmin(ctx, org, removal.member, func() error { return org.RemoveMember(ctx, removal.member.ID) })
	if err != nil {
		diags.Append(lastAdminOr(ctx, org, removal.member, cannotRemove(removal.email, err), err))
	}
	return diags
}

func (r *memberResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	org, who := r.importTarget(ctx, req, memberThing, "email", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	memberID, email := who, ""
	if strings.Contains(who, "@") {
		memberID, email = "", strings.ToLower(who)
	}
	person, err := org.Person(ctx, memberID, email)
	switch {
	case err != nil:
		resp.Diagnostics.Append(cannotImport(who, err))
		return
	case !person.Known():
		resp.Diagnostics.Append(nobodyToImport(org.ID, who))
		return
	case person.Member != nil:
		email = person.Member.Email
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("member_id"), person.Member.ID)...)
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("org_id"), org.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("email"), email)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, personIdentity{OrgID: types.StringValue(org.ID), Email: types.StringValue(email)})...)
	resp.Diagnostics.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
}
