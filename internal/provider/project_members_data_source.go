package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*projectMembersDataSource)(nil)

type projectMembersDataSource struct{ dataSourceBase }

func newProjectMembersDataSource() datasource.DataSource { return &projectMembersDataSource{} }

type projectMembersModel struct {
	OrgID         types.String         `tfsdk:"org_id"`
	ProjectID     types.String         `tfsdk:"project_id"`
	EffectiveRole types.String         `tfsdk:"effective_role"`
	GrantSource   types.String         `tfsdk:"grant_source"`
	Members       []projectMemberModel `tfsdk:"members"`
}

type projectMemberModel struct {
	Email         types.String `tfsdk:"email"`
	MemberID      types.String `tfsdk:"member_id"`
	UserID        types.String `tfsdk:"user_id"`
	OrgRole       types.String `tfsdk:"org_role"`
	Role          types.String `tfsdk:"role"`
	DefaultRole   types.String `tfsdk:"default_role"`
	EffectiveRole types.String `tfsdk:"effective_role"`
	GrantSource   types.String `tfsdk:"grant_source"`
}

func (m *projectMemberModel) set(member neon.ProjectMember) {
	var grant projectMemberRoleModel
	grant.set(member)
	*m = projectMemberModel{
		grant.Email, grant.MemberID, grant.UserID, grant.OrgRole, grant.Role, grant.DefaultRole, grant.EffectiveRole, grant.GrantSource,
	}
}

// matches reports whether a member passes the filters.
func (m projectMembersModel) matches(member neon.ProjectMember) bool {
	if !m.EffectiveRole.IsNull() && m.EffectiveRole.ValueString() != member.Effective {
		return false
	}
	return m.GrantSource.IsNull() || m.GrantSource.ValueString() == member.GrantSource
}

func (d *projectMembersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_project_members"
}

func (d *projectMembersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the members of the organization with their access to one project, and where it comes from.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"project_id": schema.StringAttribute{
				MarkdownDescription: projectIDDescription,
				Required:            true,
				Validators:          []validator.String{projectIDValidator()},
			},
			"effective_role": schema.StringAttribute{
				MarkdownDescription: "Only members with this access: " + wordList(neon.ProjectRoles) + ". Default: all.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(neon.ProjectRoles...)},
			},
			"grant_source": schema.StringAttribute{
				MarkdownDescription: "Only members whose access comes from this source: " + wordList(neon.GrantSources) + ". Default: all.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(neon.GrantSources...)},
			},
			"members": schema.ListNestedAttribute{
				MarkdownDescription: "The members, sorted by e-mail address.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"email":        computed("The member's e-mail address, in lower case."),
					"member_id":    computed("The UUID of the membership."),
					"user_id":      computed("The UUID of the person's Neon account."),
					"org_role":     computed("The role in the organization."),
					"role":         computed("The role that is granted in the project; null without a grant."),
					"default_role": computed("The role that the organization role gives in every project; null if it gives none."),
					"effective_role": computed("The access to the project: the higher of `role` and `default_role`; " +
						"null for a member without access."),
					"grant_source": computed("Why the member has access: " + wordList(neon.GrantSources) + "."),
				}},
			},
		},
	}
}

func (d *projectMembersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data projectMembersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	org, diags := d.conn.organization(ctx, data.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	members, diags := d.conn.projectMembers(ctx, org, data.ProjectID.ValueString())
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	data.OrgID = types.StringValue(org.ID)
	data.Members = []projectMemberModel{}
	for _, member := range members {
		if data.matches(member) {
			var model projectMemberModel
			model.set(member)
			data.Members = append(data.Members, model)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
