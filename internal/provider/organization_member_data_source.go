package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
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
			MarkdownDescription: what + " Exactly one of `email`, `member_id` and `user_id` says who is looked up.",
			Optional:            true,
			Computed:            true,
		}
		attribute.Validators = []validator.String{stringvalidator.ExactlyOneOf(path.MatchRoot("email"), path.MatchRoot("member_id"), path.MatchRoot("user_id"))}
		if name == "email" {
			attribute.Validators = append(attribute.Validators, emailValidator{})
		} else {
			attribute.Validators = append(attribute.Validators, stringvalidator.LengthAtLeast(1))
		}
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One member of the organization, looked up by e-mail, member id or user id. That there is no such member is an error.",
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
		resp.Diagnostics.Append(failure("Cannot list the members of "+org.ID, err))
		return
	}
	for _, member := range members {
		if member.Email == data.Email.ValueString() || member.ID == data.MemberID.ValueString() || member.UserID != "" && member.UserID == data.UserID.ValueString() {
			data.OrgID = types.StringValue(org.ID)
			data.set(member)
			resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
			return
		}
	}
	for name, wanted := range map[string]types.String{"email": data.Email, "member_id": data.MemberID, "user_id": data.UserID} {
		if !wanted.IsNull() {
			resp.Diagnostics.AddAttributeError(path.Root(name), "No such member: "+wanted.ValueString(), fmt.Sprintf(
				"None of the %s of %s has the %s %q. Somebody who is invited is no member before they accept; the data source neon_organization_invitations lists them.", counted(len(members), "member"), org.ID, name, wanted.ValueString()))
		}
	}
}
