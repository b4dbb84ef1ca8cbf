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

// memberStatuses are the values of a person's status, as filters.
var memberStatuses = []string{statusPending, statusActive, statusDeactivated}

// personFilter are the filters for people, in list resources and data sources.
type personFilter struct {
	Role   types.String `tfsdk:"role"`
	Status types.String `tfsdk:"status"`
}

// matches reports whether a person matches the filters.
func (f personFilter) matches(role, status string) bool {
	if !f.Role.IsNull() && !neon.SameRole(f.Role.ValueString(), role) {
		return false
	}
	return f.Status.IsNull() || f.Status.ValueString() == status
}

const (
	roleFilterDescription   = "Only those with this role: %s. `member` and `editor` are one role. Default: all."
	statusFilterDescription = "Only those with this status: %s. Default: all."
)

// personListModel is the configuration of the list resources of people.
type personListModel struct {
	OrgID types.String `tfsdk:"org_id"`
	personFilter
}

// listRole and listStatus are the filters of a list resource.
func listRole() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: fmt.Sprintf(roleFilterDescription, wordList(neon.Roles)),
		Optional:            true,
		Validators:          []validator.String{roleValidator()},
	}
}

func listStatus(statuses []string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: fmt.Sprintf(statusFilterDescription, wordList(statuses)),
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(statuses...)},
	}
}

func (r *memberResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the members and invitees of the organization, managed or not, sorted by e-mail.",
		Attributes: map[string]schema.Attribute{
			"org_id": listOrgID(),
			"role":   listRole(),
			"status": listStatus(memberStatuses),
		},
	}
}

func (r *memberResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config personListModel
	r.list(ctx, req, stream, &config, &config.OrgID, func(org *neon.Organization) ([]listed, diag.Diagnostics) {
		return config.members(ctx, org)
	})
}

// members are the members and invitees to list.
func (config personListModel) members(ctx context.Context, org *neon.Organization) ([]listed, diag.Diagnostics) {
	invitations, err := org.Invitations(ctx)
	if err != nil {
		return nil, diag.Diagnostics{cannotListInvitations(org.ID, err)}
	}
	members, err := org.Members(ctx)
	if err != nil {
		return nil, diag.Diagnostics{cannotListMembers(org.ID, err)}
	}
	var emails []string
	for _, member := range members {
		emails = append(emails, member.Email)
	}
	for _, invitation := range invitations {
		emails = append(emails, invitation.Email)
	}
	slices.Sort(emails)
	var found []listed
	for _, email := range slices.Compact(emails) {
		person, err := org.Person(ctx, "", email)
		if err != nil {
			return nil, diag.Diagnostics{cannotSeePerson(email, err)}
		}
		if !person.Known() {
			continue
		}
		model := memberModel{personIdentity: personIdentity{OrgID: types.StringValue(org.ID), Email: types.StringValue(email)}}
		model.set(person)
		if config.matches(model.Role.ValueString(), model.Status.ValueString()) {
			found = append(found, listed{model.title(), model.personIdentity, model})
		}
	}
	return found, nil
}

// title is a member in a list.
func (m *memberModel) title() string {
	if m.Status.ValueString() == statusActive {
		return fmt.Sprintf("%s (%s)", m.Email.ValueString(), m.Role.ValueString())
	}
	return fmt.Sprintf("%s (%s, %s)", m.Email.ValueString(), m.Role.ValueString(), m.Status.ValueString())
}
