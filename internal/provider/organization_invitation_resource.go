package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure   = (*invitationResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*invitationResource)(nil)
	_ resource.ResourceWithImportState = (*invitationResource)(nil)
	_ resource.ResourceWithIdentity    = (*invitationResource)(nil)
)

// invitationResource invites a person once, and never changes the resulting membership.
type invitationResource struct{ resourceBase }

func newInvitationResource() resource.Resource { return &invitationResource{} }

const (
	invitationType = "neon_organization_invitation"
	statusAccepted = "accepted"
)

type invitationModel struct {
	personIdentity

	Role      types.String `tfsdk:"role"`
	ID        types.String `tfsdk:"id"`
	Status    types.String `tfsdk:"status"`
	InvitedAt types.String `tfsdk:"invited_at"`
	InvitedBy types.String `tfsdk:"invited_by_id"`
}

func (m *invitationModel) isPending() bool { return m.Status.ValueString() == statusPending }

// set copies Neon's values for an invitation. If the person is a member, its status is accepted.
func (m *invitationModel) set(person neon.Person) {
	m.Status = types.StringValue(statusPending)
	if person.Member != nil {
		m.Status = types.StringValue(statusAccepted)
	}
	invitation := person.Invitation
	if invitation != nil {
		m.ID = stringOrNull(invitation.ID)
		m.InvitedAt = timeValue(invitation.InvitedAt)
		m.InvitedBy = stringOrNull(invitation.InvitedBy)
		if person.Member == nil {
			m.Role = roleValue(m.Role, invitation.Role)
		}
	}
	for _, value := range []*types.String{&m.ID, &m.InvitedAt, &m.InvitedBy} {
		if value.IsUnknown() {
			*value = types.StringNull()
		}
	}
	if m.Role.IsNull() && person.Member != nil { // an import
		m.Role = types.StringValue(person.Member.Role)
	}
}

func (r *invitationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_invitation"
}

const invitationDescription = "Invites a person to the organization, once. Destroying the resource never removes a member."

func (r *invitationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{
			Computed: true, MarkdownDescription: description,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: invitationDescription,
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"email": schema.StringAttribute{
				MarkdownDescription: "The address to invite, in lower case. " +
					"Changing it invites the new address; the invitation of the old one stays open.",
				Required:      true,
				Validators:    []validator.String{emailValidator{}},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "The role that the person gets on acceptance: " + wordList(neon.Roles) + ". " + rolesDescription + " " +
					"Changing it while the invitation is pending sends a new one; the old one can still be accepted. After acceptance, a change has no effect.",
				Required:      true,
				Validators:    []validator.String{roleValidator()},
				PlanModifiers: []planmodifier.String{sameRole{}},
			},
			"id":            computed("The UUID of the invitation; null if the person was already a member."),
			"status":        computed("`pending`, or `accepted` if the person is a member. Computed from the list of members."),
			"invited_at":    computed("When the invitation was sent, RFC 3339 in UTC; null if the person was already a member."),
			"invited_by_id": computed("The UUID of the user who sent the invitation; null if the person was already a member."),
		},
	}
}

func (r *invitationResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = personIdentitySchema()
}

func (r *invitationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan invitationModel
	diags := &resp.Diagnostics
	exists := !req.State.Raw.IsNull()
	if exists {
		diags.Append(req.State.Get(ctx, &state)...)
	}
	nonce := nonceOf(ctx, req.Private)
	if req.Plan.Raw.IsNull() {
		if state.isPending() {
			diags.Append(r.planLeaving(ctx, state)...)
		}
		diags.Append(promise{Walk: r.conn.walk, Nonce: nonce, Shown: true}.keep(ctx, resp.Private)...)
		return
	}
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	if exists {
		r.planChange(ctx, req, resp, state, plan, nonce)
		return
	}
	r.planCreate(ctx, req, resp, plan)
}

// planLeaving says that an open invitation stays open. The state may be older than an acceptance: for a resource that
// left the configuration, Terraform drops what the read found.
func (r *invitationResource) planLeaving(ctx context.Context, state invitationModel) diag.Diagnostics {
	orgID, email := state.OrgID.ValueString(), state.Email.ValueString()
	if !r.conn.known() {
		return diag.Diagnostics{staysInvited(orgID, email)}
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return diags
	}
	person, err := org.Person(ctx, "", email)
	if err != nil || person.Pending() {
		return diag.Diagnostics{staysInvited(orgID, email)}
	}
	return diags
}

// claim is that of an invitation which is open: an accepted one is history.
func (m *invitationModel) claim(kind claimKind, nonce string) claim {
	return claim{kind: kind, object: nonce, by: invitationType, role: m.Role.ValueString(), email: m.Email.ValueString()}
}

// planChange plans an object in the state: unchanged, or replaced.
func (r *invitationResource) planChange(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
	state, plan invitationModel, nonce string,
) {
	diags := &resp.Diagnostics
	orgID, email := state.OrgID.ValueString(), state.Email.ValueString()
	promised := promise{Walk: r.conn.walk, Nonce: nonce, OrgID: orgID, Email: email}
	diags.Append(promised.keep(ctx, resp.Private)...)
	if waits(req, resp, email, "org_id", "email", "role") {
		return
	}
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	planned, otherOrg := r.planOrgID(configuredOrg, state.OrgID, resp)
	diags.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), planned)...)
	otherRole := !neon.SameRole(plan.Role.ValueString(), state.Role.ValueString())
	replace := otherOrg || !plan.Email.Equal(state.Email)
	switch {
	case otherRole && state.isPending():
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("role"))
		replace = true
	case otherRole && !replace:
		diags.Append(acceptedAlready(email))
	}
	switch {
	case diags.HasError():
	case replace:
		if state.isPending() {
			diags.Append(staysInvited(orgID, email))
		}
		promised.Shown = true
		diags.Append(promised.keep(ctx, resp.Private)...)
		if r.conn.known() && !planned.IsUnknown() {
			diags.Append(r.conn.warnInviteOnReplace(ctx, planned, plan.Email.ValueString(), plan.Role.ValueString())...)
		}
	case state.isPending() && r.conn.known():
		found := r.conn.owners.claim(orgID, plan.claim(keeps, nonce), false)
		if found.problem != nil {
			diags.Append(found.problem)
		}
	}
}

// planCreate plans a new object, which may be the create half of a replacement. All computed values are unknown: Neon's
// values may change before the apply.
func (r *invitationResource) planCreate(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan invitationModel,
) {
	diags := &resp.Diagnostics
	again, isAgain := readPromise(ctx, req.Private)
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	planned, decided := r.newOrgID(configuredOrg)
	diags.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), planned)...)
	again.Replaced, again.Created = true, !isAgain
	diags.Append(again.keep(ctx, resp.Private)...)
	if diags.HasError() || !r.conn.known() || !decided || plan.Email.IsUnknown() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, configuredOrg)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	diags.Append(r.conn.planNewInvitation(ctx, org, plan, again)...)
}

// newInvitee is the person of a create.
type newInvitee struct {
	email, role string
	person      neon.Person
	samePerson  bool // the create half of a replacement for the same person
	tainted     bool // the create replaces a tainted object
}

// planNewInvitation claims the person of a create, and shows what happens to them. again is the promise of a
// replacement.
func (c *connection) planNewInvitation(
	ctx context.Context, org *neon.Organization, plan invitationModel, again promise,
) diag.Diagnostics {
	next := newInvitee{email: plan.Email.ValueString(), role: plan.Role.ValueString()}
	person, err := org.Person(ctx, "", next.email)
	if err != nil {
		return diag.Diagnostics{cannotSeeMember(next.email, err)}
	}
	next.person = person
	wanted := plan.claim(creates, "")
	if person.Member != nil {
		wanted.memberID = person.Member.ID
	}
	replaced := !again.Created
	if replaced {
		wanted.object, wanted.replacement = again.Nonce, true
		next.samePerson = next.email == again.Email
	}
	if next.samePerson {
		wanted.kind = keeps
	}
	_, isUndecided := c.owners.undecided(org.ID, invitationType, next.email, wanted.memberID)
	next.tainted = isUndecided && !replaced
	var diags diag.Diagnostics
	found := c.owners.claim(org.ID, wanted, false)
	if found.problem != nil {
		diags.Append(found.problem)
	}
	if diags.HasError() || plan.Role.IsUnknown() {
		return diags
	}
	diags.Append(guardUnknownRole(ctx, org, next.role, "", next.email)...)
	if !diags.HasError() {
		diags.Append(c.announceInvitee(ctx, org, next)...)
	}
	return diags
}

// announceInvitee shows what a create does with the person: nothing, adopt or invite.
func (c *connection) announceInvitee(ctx context.Context, org *neon.Organization, next newInvitee) diag.Diagnostics {
	same := next.person.Has(next.role)
	switch {
	case next.person.Member != nil && same:
		return nil
	case next.person.Member != nil:
		return diag.Diagnostics{memberAlready(org.ID, next.email, next.person.Member.Role)}
	case same && next.tainted:
		diags := c.guardInvite(ctx, org, next.email)
		diags.Append(invitedAgain(org.ID, next.email, next.role, next.role))
		return diags
	case same && !next.samePerson && !c.owners.invitesAgain(org.ID, next.email):
		return diag.Diagnostics{adoptedInvitation(org.ID, next.email, next.role)}
	default:
		return c.planInvite(ctx, org, next.email, next.role)
	}
}

func (r *invitationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan invitationModel
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
	person, unlock, err := r.conn.lockPerson(ctx, org, email, "", org.PersonToAdopt)
	defer unlock()
	if err != nil {
		diags.Append(cannotInvite([]string{email}, err))
		return
	}
	diags.Append(guardUnknownRole(ctx, org, role, "", email)...)
	if !diags.HasError() && person.Member == nil && (!person.Has(role) || r.conn.owners.invitesAgain(org.ID, email)) {
		person, orgDiags = r.conn.invite(ctx, org, email, role)
		diags.Append(orgDiags...)
	}
	if diags.HasError() {
		return
	}
	nonce := newNonce()
	plan.OrgID = types.StringValue(org.ID)
	plan.set(person)
	plan.Role = types.StringValue(role)
	diags.Append(resp.State.Set(ctx, plan)...)
	diags.Append(resp.Identity.Set(ctx, plan.personIdentity)...)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonce)...)
	diags.Append(rememberChange(ctx, resp.Private)...)
	if plan.isPending() {
		r.conn.owners.markCreated(org.ID, invitationType, email, "", nonce)
	}
}

func (r *invitationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state invitationModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(resp.Identity.Set(ctx, state.personIdentity)...) // also of what is gone
	if diags.HasError() {
		return
	}
	nonce := nonceOf(ctx, req.Private)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonce)...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	if state.Status.ValueString() == statusAccepted {
		return // accepted is history
	}
	if !r.conn.known() {
		r.conn.warnUnknown(diags)
		return
	}
	email := state.Email.ValueString()
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	person, err := org.Person(ctx, "", email)
	if err == nil && !person.Known() {
		err = recheckRecent(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			person, err = org.PersonNow(ctx, "", email)
			return person.Known(), err
		})
	}
	if err != nil {
		diags.Append(cannotReadInvitation(email, err))
		return
	}
	if !person.Known() {
		diags.Append(invitationGone(org.ID, email))
		resp.State.RemoveResource(ctx)
		return
	}
	state.set(person)
	if state.isPending() {
		r.conn.owners.markRead(org.ID, object{nonce: nonce, by: invitationType, email: email})
	}
	diags.Append(resp.State.Set(ctx, state)...)
}

// Update sends no request: a changed pending invitation is replaced, and an accepted one stays.
func (r *invitationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan invitationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.personIdentity)...)
	resp.Diagnostics.Append(stripPromise(ctx, resp.Private)...)
}

// Delete sends no request: Neon's API cannot cancel an invitation, and the resource never removes a member.
func (r *invitationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state invitationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !state.isPending() {
		return
	}
	orgID, email := state.OrgID.ValueString(), state.Email.ValueString()
	resp.Diagnostics.Append(staysInvited(orgID, email))
	promised, ok := readPromise(ctx, req.Private)
	if ok && promised.Replaced {
		r.conn.owners.markInviteAgain(orgID, email)
	}
}

func (r *invitationResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	org, who := r.importTarget(ctx, req, invitationThing, "email", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	invitations, err := org.Invitations(ctx)
	if err != nil {
		resp.Diagnostics.Append(cannotImportInvitation(who, err))
		return
	}
	for _, invitation := range invitations {
		if invitation.ID != who && invitation.Email != strings.ToLower(who) {
			continue
		}
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("org_id"), org.ID)...)
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("email"), invitation.Email)...)
		identity := personIdentity{OrgID: types.StringValue(org.ID), Email: types.StringValue(invitation.Email)}
		resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
		resp.Diagnostics.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
		return
	}
	resp.Diagnostics.Append(noSuchInvitation(org.ID, who))
}
