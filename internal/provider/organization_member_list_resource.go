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

var _ list.ListResourceWithConfigure = (*memberResource)(nil)

// peopleListModel filters members, and invitations.
type peopleListModel struct {
	OrgID  types.String `tfsdk:"org_id"`
	Role   types.String `tfsdk:"role"`
	Status types.String `tfsdk:"status"`
}

// matches reports whether somebody is to be listed.
func (config peopleListModel) matches(role, status types.String) bool {
	return (config.Role.IsNull() || neon.SameRole(config.Role.ValueString(), role.ValueString())) && (config.Status.IsNull() || config.Status.Equal(status))
}

func listRole() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Only people with this role: " + wordList(neon.Roles) + ". `member` and `editor` are one role. Default: all.",
		Optional:            true,
		Validators:          []validator.String{roleValidator()},
	}
}

func (r *memberResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	statuses := []string{statusPending, statusActive, statusDeactivated}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the people of the organization, managed or not, sorted by e-mail: its members, and those who are invited and have not joined yet, as `neon_organization_member` manages them. " +
			"Somebody invited is also listed by `neon_organization_invitation`; a person has one owner, so adopt them as one of the two.",
		Attributes: map[string]schema.Attribute{
			"org_id": listOrgID(),
			"role":   listRole(),
			"status": schema.StringAttribute{
				MarkdownDescription: "Only people with this status: " + wordList(statuses) + ". Default: all.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(statuses...)},
			},
		},
	}
}

func (r *memberResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config peopleListModel
	r.list(ctx, req, stream, &config, &config.OrgID, func(org *neon.Organization) ([]listed, diag.Diagnostics) {
		return config.members(ctx, org)
	})
}

// members are what is to be listed.
func (config peopleListModel) members(ctx context.Context, org *neon.Organization) (people []listed, diags diag.Diagnostics) {
	invitations, err := org.Invitations(ctx)
	if err != nil {
		diags.Append(failure("Cannot list the invitations of "+org.ID, err))
		return nil, diags
	}
	members, err := org.Members(ctx)
	if err != nil {
		diags.Append(failure("Cannot list the members of "+org.ID, err))
		return nil, diags
	}
	var emails []string
	for _, member := range members {
		emails = append(emails, member.Email)
	}
	for _, invitation := range invitations {
		emails = append(emails, invitation.Email)
	}
	slices.Sort(emails)
	for _, email := range slices.Compact(emails) {
		person, err := org.Person(ctx, "", email)
		if err != nil {
			diags.Append(failure("Cannot see what is known of "+email, err))
			return nil, diags
		}
		model := memberModel{personIdentity: personIdentity{OrgID: types.StringValue(org.ID), Email: types.StringValue(email)}}
		if model.set(person); !person.Known() || !config.matches(model.Role, model.Status) {
			continue
		}
		title := fmt.Sprintf("%s (%s)", email, model.Role.ValueString())
		if status := model.Status.ValueString(); status != statusActive {
			title = fmt.Sprintf("%s (%s, %s)", email, model.Role.ValueString(), status)
		}
		people = append(people, listed{title, model.personIdentity, model})
	}
	return people, diags
}
