package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*organizationDataSource)(nil)

type organizationDataSource struct{ dataSourceBase }

func newOrganizationDataSource() datasource.DataSource { return &organizationDataSource{} }

type organizationModel struct {
	OrgID              types.String `tfsdk:"org_id"`
	Name               types.String `tfsdk:"name"`
	Handle             types.String `tfsdk:"handle"`
	Plan               types.String `tfsdk:"plan"`
	ManagedBy          types.String `tfsdk:"managed_by"`
	AllowHIPAAProjects types.Bool   `tfsdk:"allow_hipaa_projects"`
	RequireMFA         types.Bool   `tfsdk:"require_mfa"`
	CreatedAt          types.String `tfsdk:"created_at"`
	UpdatedAt          types.String `tfsdk:"updated_at"`
}

func (m *organizationModel) set(info neon.OrganizationInfo) {
	m.OrgID = types.StringValue(info.ID)
	m.Name = types.StringValue(info.Name)
	m.Handle = stringOrNull(info.Handle)
	m.Plan = stringOrNull(info.Plan)
	m.ManagedBy = stringOrNull(info.ManagedBy)
	m.AllowHIPAAProjects = types.BoolPointerValue(info.AllowHIPAAProjects)
	m.RequireMFA = types.BoolPointerValue(info.RequireMFA)
	m.CreatedAt = timeValue(info.CreatedAt)
	m.UpdatedAt = timeValue(info.UpdatedAt)
}

// organizationAttributes are what Neon returns for an organization, all computed.
func organizationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"org_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The organization's ID, as in `org-example-12345678`."},
		"name":   schema.StringAttribute{Computed: true, MarkdownDescription: "The organization's name."},
		"handle": schema.StringAttribute{Computed: true, MarkdownDescription: "The organization's handle, a name without spaces."},
		"plan": schema.StringAttribute{
			MarkdownDescription: "The plan: `free`, `launch`, `scale`, `business`, or another.",
			Computed:            true,
		},
		"managed_by": schema.StringAttribute{
			MarkdownDescription: "The service that manages the organization: `console`, `vercel`, or another.",
			Computed:            true,
		},
		"allow_hipaa_projects": schema.BoolAttribute{
			MarkdownDescription: "Whether projects with HIPAA compliance are allowed; null if Neon does not return it.",
			Computed:            true,
		},
		"require_mfa": schema.BoolAttribute{
			MarkdownDescription: "Whether members must use multi-factor authentication; null if Neon does not return it.",
			Computed:            true,
		},
		"created_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the organization was created, RFC 3339 in UTC."},
		"updated_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the organization was last changed, RFC 3339 in UTC."},
	}
}

func (d *organizationDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization"
}

func (d *organizationDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := organizationAttributes()
	attributes["org_id"] = dataSourceOrgID()
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the organization itself: its name, plan and settings.",
		Attributes:          attributes,
	}
}

func (d *organizationDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data organizationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	org, diags := d.conn.organization(ctx, data.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	info, err := d.conn.client.OrganizationInfo(ctx, org.ID)
	if err != nil {
		resp.Diagnostics.Append(cannotReadOrganization(org.ID, err))
		return
	}
	data.set(info)
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
