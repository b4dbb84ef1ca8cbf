package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*membersDataSource)(nil)

type membersDataSource struct{ dataSourceBase }

func newMembersDataSource() datasource.DataSource { return &membersDataSource{} }

type membersModel struct {
	OrgID types.String `tfsdk:"org_id"`
	personFilter
	Members []listedMemberModel `tfsdk:"members"`
}

type listedMemberModel struct {
	Email         types.String `tfsdk:"email"`
	Role          types.String `tfsdk:"role"`
	Status        types.String `tfsdk:"status"`
	MemberID      types.String `tfsdk:"member_id"`
	UserID        types.String `tfsdk:"user_id"`
	JoinedAt      types.String `tfsdk:"joined_at"`
	HasMFA        types.Bool   `tfsdk:"has_mfa"`
	DeactivatedAt types.String `tfsdk:"deactivated_at"`
	ProjectRole   types.String `tfsdk:"default_project_role"`
}

func (m *listedMemberModel) set(member neon.Member) {
	m.Email = types.StringValue(member.Email)
	m.Role = types.StringValue(member.Role)
	m.Status = types.StringValue(memberStatus(member))
	m.MemberID = types.StringValue(member.ID)
	m.UserID = stringOrNull(member.UserID)
	m.JoinedAt = timeValue(member.JoinedAt)
	m.HasMFA = types.BoolPointerValue(member.HasMFA)
	m.DeactivatedAt = timeValue(member.DeactivatedAt)
	projectRole, _ := neon.DefaultProjectRole(member.Role)
	m.ProjectRole = stringOrNull(projectRole)
}

// dataSourceRole and dataSourceStatus are the filters of a data source, as those of a list resource.
func dataSourceRole() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: fmt.Sprintf(roleFilterDescription, wordList(neon.Roles)),
		Optional:            true,
		Validators:          []validator.String{roleValidator()},
	}
}

func dataSourceStatus(statuses []string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: fmt.Sprintf(statusFilterDescription, wordList(statuses)),
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(statuses...)},
	}
}

// memberAttributes are what Neon returns about a member, all computed.
func memberAttributes() map[string]schema.Attribute {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"email":          computed("The person's e-mail address, in lower case."),
		"role":           computed("The role: " + wordList(neon.Roles) + ", or one that this provider does not know."),
		"status":         computed("`active` or `deactivated`. Deactivated members stay in the organization."),
		"member_id":      computed("The UUID of the membership."),
		"user_id":        computed("The UUID of the person's Neon account."),
		"joined_at":      computed("When the person joined, RFC 3339 in UTC; null if Neon does not return it."),
		"deactivated_at": computed("When the account was deactivated, RFC 3339 in UTC; null for an active member."),
		"default_project_role": computed("The access to every project that the role gives, according to Neon's documentation: " +
			"`admin`, `editor` or `viewer`; null for a `collaborator`, and for a role that this provider does not know. " +
			"Roles granted in a project add to it: see `neon_project_members`."),
		"has_mfa": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether the member uses multi-factor authentication; null if Neon does not return it. " +
				"It covers one-time codes (TOTP) only: for a member with a passkey, it is `false`.",
		},
	}
}

func (d *membersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_members"
}

func (d *membersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the members of the organization, sorted by e-mail.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"role":   dataSourceRole(),
			"status": dataSourceStatus([]string{statusActive, statusDeactivated}),
			"members": schema.ListNestedAttribute{
				MarkdownDescription: "The members, sorted by e-mail address.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: memberAttributes()},
			},
		},
	}
}

func (d *membersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data membersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	org, diags := d.conn.organization(ctx, data.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	members, err := org.Members(ctx)
	if err != nil {
		resp.Diagnostics.Append(cannotListMembers(org.ID, err))
		return
	}
	slices.SortFunc(members, func(a, b neon.Member) int {
		return cmp.Or(cmp.Compare(a.Email, b.Email), cmp.Compare(a.ID, b.ID))
	})
	data.OrgID = types.StringValue(org.ID)
	data.Members = []listedMemberModel{}
	for _, member := range members {
		if data.matches(member.Role, memberStatus(member)) {
			var listed listedMemberModel
			listed.set(member)
			data.Members = append(data.Members, listed)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
