package provider

import (
	"cmp"
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

var _ list.ListResourceWithConfigure = (*projectMemberRoleResource)(nil)

type projectMemberRoleListModel struct {
	OrgID     types.String `tfsdk:"org_id"`
	ProjectID types.String `tfsdk:"project_id"`
	Role      types.String `tfsdk:"role"`
}

const projectIDDescription = "The ID of the project, as in `shiny-wind-028834`."

func (r *projectMemberRoleResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the roles that were granted in one project, managed or not, sorted by e-mail.",
		Attributes: map[string]schema.Attribute{
			"org_id": listOrgID(),
			"project_id": schema.StringAttribute{
				MarkdownDescription: projectIDDescription,
				Required:            true,
				Validators:          []validator.String{projectIDValidator()},
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "Only grants of this role: " + wordList(neon.ProjectRoles) + ". Default: all.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(neon.ProjectRoles...)},
			},
		},
	}
}

func (r *projectMemberRoleResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config projectMemberRoleListModel
	r.list(ctx, req, stream, &config, &config.OrgID, func(org *neon.Organization) ([]listed, diag.Diagnostics) {
		members, diags := r.conn.projectMembers(ctx, org, config.ProjectID.ValueString())
		var found []listed
		for _, member := range members {
			if member.Granted == "" || !config.Role.IsNull() && config.Role.ValueString() != member.Granted {
				continue
			}
			model := projectMemberRoleModel{projectMemberIdentity: projectMemberIdentity{
				types.StringValue(org.ID), config.ProjectID, stringOrNull(member.Email),
			}}
			model.set(member)
			found = append(found, listed{fmt.Sprintf("%s (%s)", member.Email, member.Granted), model.projectMemberIdentity, model})
		}
		return found, diags
	})
}

// projectMembers are the members of a project, sorted by e-mail.
func (c *connection) projectMembers(
	ctx context.Context, org *neon.Organization, projectID string,
) ([]neon.ProjectMember, diag.Diagnostics) {
	members, err := org.ProjectMembers(ctx, projectID)
	if err != nil {
		return nil, diag.Diagnostics{c.aboutProject(ctx, cannotListProjectMembers(projectID, err), org.ID, projectID, err)}
	}
	slices.SortFunc(members, func(a, b neon.ProjectMember) int {
		return cmp.Or(cmp.Compare(a.Email, b.Email), cmp.Compare(a.MemberID, b.MemberID))
	})
	return members, nil
}
