package provider

import (
	"context"
	"slices"
	"strings"

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
	OrgID   types.String        `tfsdk:"org_id"`
	Role    types.String        `tfsdk:"role"`
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
}

// memberAttributes are what Neon tells about a member, all computed.
func memberAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"email":          schema.StringAttribute{Computed: true, MarkdownDescription: "The person's e-mail address, in lower case."},
		"role":           schema.StringAttribute{Computed: true, MarkdownDescription: "The role in Neon's spelling: " + wordList(neon.Roles) + ", or one that this provider does not know."},
		"status":         schema.StringAttribute{Computed: true, MarkdownDescription: "`active` or `deactivated`. Deactivated people stay members."},
		"member_id":      schema.StringAttribute{Computed: true, MarkdownDescription: "The UUID of the membership."},
		"user_id":        schema.StringAttribute{Computed: true, MarkdownDescription: "The UUID of the person's Neon account."},
		"joined_at":      schema.StringAttribute{Computed: true, MarkdownDescription: "When the person joined, RFC 3339 in UTC; null if Neon does not tell."},
		"has_mfa":        schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the person uses multi-factor authentication; null if Neon does not tell."},
		"deactivated_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the account was deactivated, RFC 3339 in UTC; null for an active person."},
	}
}

func (d *membersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_members"
}

func (d *membersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Everybody who belongs to the organization; invited people do not, before they accept. For a map by e-mail: " +
			"`{ for m in data.neon_organization_members.all.members : m.email => m }`.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"role": schema.StringAttribute{
				MarkdownDescription: "Only members with this role: " + wordList(neon.Roles) + ". `member` and `editor` are one role. Default: all.",
				Optional:            true,
				Validators:          []validator.String{roleValidator()},
			},
			"members": schema.ListNestedAttribute{
				MarkdownDescription: "The members, sorted by e-mail.",
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
		resp.Diagnostics.Append(failure("Cannot list the members of "+org.ID, err))
		return
	}
	slices.SortFunc(members, func(a, b neon.Member) int { return strings.Compare(a.Email, b.Email) })
	data.OrgID = types.StringValue(org.ID)
	data.Members = []listedMemberModel{}
	for _, member := range members {
		if data.Role.IsNull() || neon.SameRole(member.Role, data.Role.ValueString()) {
			var listed listedMemberModel
			listed.set(member)
			data.Members = append(data.Members, listed)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
