package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*organizationsDataSource)(nil)

type organizationsDataSource struct{ dataSourceBase }

func newOrganizationsDataSource() datasource.DataSource { return &organizationsDataSource{} }

type organizationsModel struct {
	Organizations []organizationModel `tfsdk:"organizations"`
}

func (d *organizationsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organizations"
}

func (d *organizationsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the organizations of the API key: all organizations of the owner of a personal key, " +
			"or the organization that owns an organization key or a project-scoped key.",
		Attributes: map[string]schema.Attribute{
			"organizations": schema.ListNestedAttribute{
				MarkdownDescription: "The organizations, sorted by ID.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: organizationAttributes()},
			},
		},
	}
}

func (d *organizationsDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	_, diags := d.conn.key(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	organizations, err := d.conn.client.Organizations(ctx)
	if err != nil {
		resp.Diagnostics.Append(cannotListOrganizations(err))
		return
	}
	organizations = slices.SortedFunc(slices.Values(organizations), func(a, b neon.OrganizationInfo) int {
		return strings.Compare(a.ID, b.ID)
	})
	data := organizationsModel{Organizations: make([]organizationModel, len(organizations))}
	for i, info := range organizations {
		data.Organizations[i].set(info)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
