package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*memberDataSource)(nil)

type memberDataSource struct{ dataSourceBase }

func newMemberDataSource() datasource.DataSource { return &memberDataSource{} }

type memberDataModel struct {
	OrgID types.String `tfsdk:"org_id"`
	listedMemberModel
}

func (d *memberDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_member"
}

func (d *memberDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := memberAttributes()
	attributes["org_id"] = dataSourceOrgID()
	for name, what := range map[string]string{
		"email":     "The person's e-mail address, in lower case.",
		"member_id": "The UUID of the membership.",
		"user_id":   "The UUID of the person's Neon account.",
	} {
		attribute := schema.StringAttribute{
			MarkdownDescription: what + " Set exactly one of `email`, `member_id` and `user_id`.",
			Optional:            true,
			Computed:            true,
		}
		attribute.Validators = []validator.String{stringvalidator.ExactlyOneOf(
			path.MatchRoot("email"), path.MatchRoot("member_id"), path.MatchRoot("user_id"))}
		if name == "email" {
			attribute.Validators = append(attribute.Validators, emailValidator{})
		} else {
			attribute.Validators = append(attribute.Validators, stringvalidator.LengthAtLeast(1))
		}
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one member of the organization by e-mail, member ID or user ID.",
		Attributes:          attributes,
	}
}

func (d *memberDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data memberDataModel
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
	attribute, wanted := data.wanted()
	at := slices.IndexFunc(members, func(member neon.Member) bool {
		return wanted == identifier(member, attribute)
	})
	if at < 0 {
		resp.Diagnostics.Append(noSuchMember(org.ID, attribute, wanted, len(members)))
		return
	}
	data.OrgID = types.StringValue(org.ID)
	data.set(members[at])
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}

// identifier returns a member's identifier, by the name of its attribute.
func identifier(member neon.Member, attribute string) string {
	switch attribute {
	case "email":
		return member.Email
	case "member_id":
		return member.ID
	default:
		return member.UserID
	}
}

// wanted is the one attribute that is configured, and its value.
func (m memberDataModel) wanted() (attribute, value string) {
	switch {
	case !m.Email.IsNull():
		return "email", m.Email.ValueString()
	case !m.MemberID.IsNull():
		return "member_id", m.MemberID.ValueString()
	default:
		return "user_id", m.UserID.ValueString()
	}
}
