package provider

import (
	"context"
	"fmt"
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

// invitationResource invites somebody once, and never touches the membership that comes of it.
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
	InvitedBy types.String `tfsdk:"invited_by"`
}

func (m *invitationModel) isPending() bool { return m.Status.ValueString() == statusPending }

// set takes over what Neon says of an invitation. For a member it was accepted, whatever is listed.
func (m *invitationModel) set(person neon.Person) {
	m.Status = types.StringValue(statusPending)
	if person.Member != nil {
		m.Status = types.StringValue(statusAccepted)
	}
	if invitation := person.Invitation; invitation != nil {
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

func (r *invitationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Invites a person to the organization, once. What becomes of the membership afterwards is not managed: once accepted, the invitation is history, and is never sent again, " +
			"even if the person is removed. To manage a person's membership and role, use `neon_organization_member` instead.\n\n" +
			"Somebody who is a member already is not invited; the `status` says `accepted`. An open invitation with the same role is adopted. An invitation that vanished before it was accepted is sent again. " +
			"Destroying never removes a member; Neon's API cannot cancel an invitation, so a pending one stays open, and a warning says so. Inviting needs the personal key of an admin.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"email": schema.StringAttribute{
				MarkdownDescription: "The address to invite, in lower case. Changing it invites the new address; the invitation of the old one stays open.",
				Required:            true,
				Validators:          []validator.String{emailValidator{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "The role that the person gets by accepting: " + wordList(neon.Roles) + ". " + rolesDescription + " " +
					"Changing it while the invitation is pending sends a new one; the old one can still be accepted. After acceptance it changes nothing.",
				Required:      true,
				Validators:    []validator.String{roleValidator()},
				PlanModifiers: []planmodifier.String{sameRole{}},
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "The UUID of the invitation; null for somebody who was a member already.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "`pending`, or `accepted` once the person is a member. Neon has no such status: the list of members decides.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"invited_at": schema.StringAttribute{
				MarkdownDescription: "When the invitation was sent, RFC 3339 in UTC; null for somebody who was a member already.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"invited_by": schema.StringAttribute{
				MarkdownDescription: "The UUID of the user who sent the invitation; null for somebody who was a member already.",
				Computed:            true,
				PlanModifiers:       keep,
			},
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
	again, isAgain := readPromise(ctx, req.Private)
	r.planCreate(ctx, req, resp, plan, again, isAgain)
}

// planLeaving says that an open invitation stays open. The state may be older than an acceptance: of what has left the
// configuration, Terraform does not pass on what the read has found.
func (r *invitationResource) planLeaving(ctx context.Context, state invitationModel) diag.Diagnostics {
	email := state.Email.ValueString()
	if r.conn.known() {
		org, diags := r.conn.organization(ctx, state.OrgID)
		if diags.HasError() {
			return diags
		}
		if person, err := org.Person(ctx, "", email); err == nil && (person.Member != nil || person.Invitation == nil) {
			return diags
		}
	}
	return diag.Diagnostics{stillInvited(state.OrgID.ValueString(), email)}
}

// claim is that of an invitation which is open: an accepted one is history.
func (m *invitationModel) claim(kind claimKind, nonce string) claim {
	return claim{kind: kind, object: nonce, by: invitationType, role: m.Role.ValueString(), email: m.Email.ValueString()}
}

func (r *invitationResource) planChange(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, state, plan invitationModel, nonce string) {
	diags := &resp.Diagnostics
	orgID, email := state.OrgID.ValueString(), state.Email.ValueString()
	kept := promise{Walk: r.conn.walk, Nonce: nonce, OrgID: orgID, Email: email}
	diags.Append(kept.keep(ctx, resp.Private)...)
	if waits(ctx, req, resp, email, "org_id", "email", "role") {
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
			diags.Append(stillInvited(orgID, email))
		}
		kept.Shown = true
		diags.Append(kept.keep(ctx, resp.Private)...)
		if r.conn.known() && !planned.IsUnknown() {
			diags.Append(r.conn.announce(ctx, planned, plan.Email.ValueString(), plan.Role.ValueString())...)
		}
	case state.isPending() && r.conn.known():
		if found := r.conn.owners.claim(orgID, plan.claim(keeps, nonce), false); found.problem != nil {
			diags.Append(found.problem)
		}
	}
}

// planCreate plans a new object; with again, the create half of a replacement. Nothing computed is known: what Neon
// says may change before the apply.
func (r *invitationResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan invitationModel, again promise, isAgain bool) {
	diags := &resp.Diagnostics
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
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	person, err := org.Person(ctx, "", email)
	if err != nil {
		diags.Append(failure("Cannot see whether "+email+" is a member", err))
		return
	}
	wanted := plan.claim(creates, "")
	if person.Member != nil {
		wanted.memberID = person.Member.ID
	}
	same := isAgain && email == again.Email
	if isAgain {
		wanted.object, wanted.replacement = again.Nonce, true
	}
	if same {
		wanted.kind = keeps
	}
	_, isUndecided := r.conn.owners.undecided(org.ID, invitationType, email, wanted.memberID)
	if found := r.conn.owners.claim(org.ID, wanted, false); found.problem != nil {
		diags.Append(found.problem)
		if diags.HasError() {
			return
		}
	}
	if plan.Role.IsUnknown() {
		return
	}
	diags.Append(guardUnknownRole(ctx, org, path.Root("role"), role, "", email)...)
	switch {
	case diags.HasError():
	case person.Member != nil:
		if !person.Has(role) {
			diags.Append(memberAlready(org.ID, email, person.Member.Role))
		}
	case person.Has(role) && isUndecided && !isAgain: // a tainted object
		diags.Append(r.conn.guardAdminKey(ctx, org, "Inviting "+email)...)
		diags.Append(invitedAgain(org.ID, email, role, role, false))
	case person.Has(role) && !same && !r.conn.owners.endedHere(org.ID, email):
		diags.Append(adoptedInvitation(org.ID, email, role))
	default:
		diags.Append(r.conn.guardAdminKey(ctx, org, "Inviting "+email)...)
		if !diags.HasError() {
			diags.Append(toBeInvited(org.ID, email, role))
		}
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
	person, release, err := r.conn.holdPerson(ctx, org, email, "", org.PersonToAdopt)
	defer release()
	if err != nil {
		diags.Append(failure("Cannot invite "+email, err))
		return
	}
	diags.Append(guardUnknownRole(ctx, org, path.Root("role"), role, "", email)...)
	if !diags.HasError() && person.Member == nil && (!person.Has(role) || r.conn.owners.endedHere(org.ID, email)) {
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
		r.conn.owners.created(org.ID, invitationType, email, "", nonce)
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
		err = whileYoung(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			person, err = org.PersonNow(ctx, "", email)
			return person.Known(), err
		})
	}
	if err != nil {
		diags.Append(failure("Cannot read the invitation of "+email, err))
		return
	}
	if !person.Known() {
		diags.Append(invitationGone(org.ID, email))
		resp.State.RemoveResource(ctx)
		return
	}
	state.set(person)
	if state.isPending() {
		r.conn.owners.read(org.ID, object{nonce: nonce, by: invitationType, email: email})
	}
	diags.Append(resp.State.Set(ctx, state)...)
}

// Update has nothing to send: a pending invitation is replaced, an accepted one is history.
func (r *invitationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan invitationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.personIdentity)...)
	resp.Diagnostics.Append(stripPromise(ctx, resp.Private)...)
}

// Delete sends nothing: Neon's API has no call that cancels an invitation, and a member is not removed with it.
func (r *invitationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state invitationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !state.isPending() {
		return
	}
	orgID, email := state.OrgID.ValueString(), state.Email.ValueString()
	resp.Diagnostics.Append(stillInvited(orgID, email))
	if promised, ok := readPromise(ctx, req.Private); ok && promised.Replaced {
		r.conn.owners.end(orgID, email)
	}
}

func (r *invitationResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	org, who := r.importTarget(ctx, req, "the invited e-mail address or the invitation's id (a UUID)", "email", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	invitations, err := org.Invitations(ctx)
	if err != nil {
		resp.Diagnostics.Append(failure("Cannot import the invitation "+who, err))
		return
	}
	for _, invitation := range invitations {
		if invitation.ID != who && invitation.Email != strings.ToLower(who) {
			continue
		}
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("org_id"), org.ID)...)
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("email"), invitation.Email)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, personIdentity{OrgID: types.StringValue(org.ID), Email: types.StringValue(invitation.Email)})...)
		resp.Diagnostics.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
		return
	}
	resp.Diagnostics.AddError("No such invitation: "+who, fmt.Sprintf(
		"Neon lists no invitation to %s with the e-mail address or id %q. An accepted one may not be listed any more; the data source neon_organization_invitations lists those that are.", org.ID, who))
}
