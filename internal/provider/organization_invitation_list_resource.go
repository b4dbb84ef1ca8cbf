package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ list.ListResourceWithConfigure = (*invitationResource)(nil)

func (r *invitationResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the invitations of the organization, managed or not, sorted by e-mail.",
		Attributes: map[string]schema.Attribute{
			"org_id": listOrgID(),
			"role":   listRole(),
			"status": listStatus(invitationStatuses),
		},
	}
}

func (r *invitationResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config personListModel
	r.list(ctx, req, stream, &config, &config.OrgID, func(org *neon.Organization) ([]listed, diag.Diagnostics) {
		return config.invitations(ctx, org)
	})
}

// invitations are the invitations to list.
func (config personListModel) invitations(ctx context.Context, org *neon.Organization) ([]listed, diag.Diagnostics) {
	invitations, err := org.Invitations(ctx)
	if err != nil {
		return nil, diag.Diagnostics{cannotListInvitations(org.ID, err)}
	}
	emails := make([]string, len(invitations))
	for i, invitation := range invitations {
		emails[i] = invitation.Email
	}
	slices.Sort(emails)
	var found []listed
	for _, email := range slices.Compact(emails) {
		person, err := org.Person(ctx, "", email)
		if err != nil {
			return nil, diag.Diagnostics{cannotListMembers(org.ID, err)}
		}
		if person.Invitation == nil {
			continue
		}
		model := invitationModel{personIdentity: personIdentity{OrgID: types.StringValue(org.ID), Email: types.StringValue(email)}}
		model.set(person)
		role, status := model.Role.ValueString(), model.Status.ValueString()
		if config.matches(role, status) {
			found = append(found, listed{fmt.Sprintf("%s (%s, %s)", email, role, status), model.personIdentity, model})
		}
	}
	return found, nil
}
