package provider

import (
	"context"
	"fmt"
	"strings"

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
	if !req.State.Raw.IsNull() {
		diags.Append(req.State.Get(ctx, &state)...)
	}
	if req.Plan.Raw.IsNull() {
		if state.Status.ValueString() == statusPending {
			diags.Append(stillInvited(state.OrgID.ValueString(), state.Email.ValueString()))
		}
		return
	}
	diags.Append(req.Plan.Get(ctx, &plan)...)
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if diags.HasError() {
		return
	}
	orgID, replace := r.planOrgID(ctx, configuredOrg, state.OrgID, resp)
	diags.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), orgID)...)

	if !req.State.Raw.IsNull() {
		otherRole := !neon.SameRole(plan.Role.ValueString(), state.Role.ValueString())
		pending := state.Status.ValueString() == statusPending
		if otherRole && pending {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("role"))
		} else if otherRole {
			diags.AddWarning("Accepted already: "+plan.Email.ValueString(), "The invitation was accepted, so another role changes nothing at Neon. To manage the role of a member, use neon_organization_member.")
		}
		switch again := replace || otherRole || !plan.Email.Equal(state.Email); {
		case pending && again:
			diags.Append(stillInvited(state.OrgID.ValueString(), state.Email.ValueString()))
			if r.conn.known() && !orgID.IsUnknown() && !plan.Email.IsUnknown() && !plan.Role.IsUnknown() {
				diags.Append(r.conn.announce(ctx, orgID, plan.Email.ValueString(), plan.Role.ValueString())...)
			}
		case pending && r.conn.known():
			kept := intent{keeps, invitationType, plan.Role.ValueString()}
			if conflict := r.conn.people.plan(state.OrgID.ValueString(), state.Email.ValueString(), kept); conflict != nil {
				diags.Append(conflict)
			}
		}
		return
	}
	if !r.conn.known() || orgID.IsUnknown() || plan.Email.IsUnknown() || diags.HasError() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, orgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	if conflict := r.conn.people.plan(org.ID, email, intent{creates, invitationType, role}); conflict != nil {
		diags.Append(conflict)
		if diags.HasError() {
			return
		}
	}
	person, err := org.Person(ctx, "", email)
	switch {
	case err != nil:
		diags.Append(failure("Cannot see whether "+email+" is a member", err))
	case person.Member != nil:
		diags.Append(resp.Plan.SetAttribute(ctx, path.Root("status"), statusAccepted)...)
		if !plan.Role.IsUnknown() && !person.Has(role) {
			diags.AddWarning("Already a member with another role: "+email, fmt.Sprintf(
				"%s belongs to %s as %s. Nothing is sent and the role stays. To manage the role of a member, use neon_organization_member.", email, org.ID, person.Member.Role))
		}
	case plan.Role.IsUnknown() || person.Has(role): // adopted, if it is still pending at the apply
	default:
		diags.Append(r.conn.guardInvite(ctx, org, email)...)
		if !diags.HasError() {
			diags.Append(toBeInvited(org.ID, email, role))
		}
	}
}

func (r *invitationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan invitationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	org, person, release, diags := r.conn.workOn(ctx, plan.OrgID, types.StringNull(), email, "Cannot invite "+email)
	defer release()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if person.Member == nil && !person.Has(role) {
		person, diags = r.conn.invite(ctx, org, email, role)
		resp.Diagnostics.Append(diags...)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	plan.OrgID = types.StringValue(org.ID)
	plan.set(person)
	plan.Role = types.StringValue(role)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.personIdentity)...)
	resp.Diagnostics.Append(rememberChange(ctx, resp.Private)...)
}

func (r *invitationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state invitationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.personIdentity)...) // also of what is gone
	if resp.Diagnostics.HasError() || state.Status.ValueString() == statusAccepted {
		return // accepted is history
	}
	if !r.conn.known() {
		r.conn.warnUnknown(&resp.Diagnostics)
		return
	}
	email := state.Email.ValueString()
	org, diags := r.conn.organization(ctx, state.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
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
		resp.Diagnostics.Append(failure("Cannot read the invitation of "+email, err))
		return
	}
	if !person.Known() {
		resp.Diagnostics.AddWarning("Invitation gone: "+email, fmt.Sprintf(
			"Neon lists no invitation of %s to %s any more, and %s is no member; it was cancelled outside of Terraform. As long as the configuration has it, the plan sends a new one.", email, org.ID, email))
		resp.State.RemoveResource(ctx)
		return
	}
	state.set(person)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update has nothing to tell Neon: a pending invitation is replaced, an accepted one is history.
func (r *invitationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan invitationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.personIdentity)...)
}

// Delete sends nothing: Neon's API has no call that cancels an invitation, and a member is not ours to remove.
func (r *invitationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state invitationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() && state.Status.ValueString() == statusPending {
		resp.Diagnostics.Append(stillInvited(state.OrgID.ValueString(), state.Email.ValueString()))
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
		return
	}
	resp.Diagnostics.AddError("No such invitation: "+who, fmt.Sprintf(
		"Neon lists no invitation to %s with the e-mail address or id %q. An accepted one may not be listed any more; the data source neon_organization_invitations lists those that are.", org.ID, who))
}
