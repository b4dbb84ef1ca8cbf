package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ list.ListResourceWithConfigure = (*invitationResource)(nil)

func (r *invitationResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the invitations that Neon lists, managed or not, sorted by e-mail; of several for one address, the newest. Whether accepted ones stay listed is up to Neon. " +
			"Somebody invited is also listed by `neon_organization_member`; a person has one owner, so adopt them as one of the two.",
		Attributes: map[string]schema.Attribute{
			"org_id": listOrgID(),
			"role":   listRole(),
			"status": schema.StringAttribute{
				MarkdownDescription: "Only invitations with this status: " + wordList(invitationStatuses) + ". Default: all.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(invitationStatuses...)},
			},
		},
	}
}

func (r *invitationResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config peopleListModel
	r.list(ctx, req, stream, &config, &config.OrgID, func(org *neon.Organization) ([]listed, diag.Diagnostics) {
		return config.invitations(ctx, org)
	})
}

// invitations are what is to be listed.
func (config peopleListModel) invitations(ctx context.Context, org *neon.Organization) (found []listed, diags diag.Diagnostics) {
	invitations, err := org.Invitations(ctx)
	if err != nil {
		diags.Append(failure("Cannot list the invitations of "+org.ID, err))
		return nil, diags
	}
	emails := make([]string, len(invitations))
	for i, invitation := range invitations {
		emails[i] = invitation.Email
	}
	slices.Sort(emails)
	for _, email := range slices.Compact(emails) {
		person, err := org.Person(ctx, "", email)
		if err != nil {
			diags.Append(failure("Cannot list the members of "+org.ID, err))
			return nil, diags
		}
		model := invitationModel{personIdentity: personIdentity{OrgID: types.StringValue(org.ID), Email: types.StringValue(email)}}
		if model.set(person); person.Invitation == nil || !config.matches(model.Role, model.Status) {
			continue
		}
		title := fmt.Sprintf("%s (%s, %s)", email, model.Role.ValueString(), model.Status.ValueString())
		found = append(found, listed{title, model.personIdentity, model})
	}
	return found, diags
}
