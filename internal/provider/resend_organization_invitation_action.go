package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ action.ActionWithConfigure  = (*resendInvitationAction)(nil)
	_ action.ActionWithModifyPlan = (*resendInvitationAction)(nil)
)

type resendInvitationAction struct{ actionBase }

func newResendInvitationAction() action.Action { return &resendInvitationAction{} }

type resendInvitationModel struct {
	OrgID types.String `tfsdk:"org_id"`
	Email types.String `tfsdk:"email"`
}

func (a *resendInvitationAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_resend_organization_invitation"
}

func (a *resendInvitationAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Resends an open invitation, with the same role. It requires the personal key of an admin.",
		Attributes: map[string]schema.Attribute{
			"org_id": actionOrgID(),
			"email": schema.StringAttribute{
				MarkdownDescription: "The address of a person with an open invitation, in lower case. It must be known in the plan.",
				Required:            true,
				Validators:          []validator.String{emailValidator{}},
			},
		},
	}
}

// ModifyPlan shows the invitation that the action resends.
func (a *resendInvitationAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	var config resendInvitationModel
	diags.Append(req.Config.Get(ctx, &config)...)
	diags.Append(a.decided("neon_resend_organization_invitation", config.OrgID, map[string]bool{"email": !config.Email.IsUnknown()})...)
	if diags.HasError() || !a.conn.known() {
		return
	}
	org, orgDiags := a.conn.organization(ctx, config.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	email := config.Email.ValueString()
	person, err := org.Person(ctx, "", email)
	if err != nil {
		diags.Append(cannotSeePerson(email, err))
		return
	}
	diags.Append(guardResend(org, email, person)...)
	diags.Append(a.conn.guardInvite(ctx, org, email)...)
	if !diags.HasError() {
		diags.Append(toBeSentAgain(org.ID, email, person.Invitation.Role))
	}
}

// guardResend refuses a person who has joined, or who has no open invitation.
func guardResend(org *neon.Organization, email string, person neon.Person) diag.Diagnostics {
	switch {
	case person.Member != nil:
		return diag.Diagnostics{joinedAlready(org.ID, email, person.Member.Role)}
	case person.Invitation == nil:
		return diag.Diagnostics{noOpenInvitation(org.ID, email)}
	default:
		return nil
	}
}

func (a *resendInvitationAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	diags := &resp.Diagnostics
	var config resendInvitationModel
	diags.Append(req.Config.Get(ctx, &config)...)
	if diags.HasError() {
		return
	}
	org, orgDiags := a.conn.organization(ctx, config.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	email := config.Email.ValueString()
	person, unlock, err := a.conn.lockPerson(ctx, org, email, "", org.PersonNow)
	defer unlock()
	if err != nil {
		diags.Append(cannotSeePerson(email, err))
		return
	}
	diags.Append(guardResend(org, email, person)...)
	if diags.HasError() {
		return
	}
	role := person.Invitation.Role
	resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf("Sending the invitation of %s again, as %s", email, role)})
	person, inviteDiags := a.conn.invite(ctx, org, email, role)
	diags.Append(inviteDiags...)
	switch {
	case diags.HasError():
	case person.Member != nil:
		resp.SendProgress(action.InvokeProgressEvent{Message: email + " has joined the organization"})
	default:
		resp.SendProgress(action.InvokeProgressEvent{Message: "Sent the invitation of " + email})
	}
}
