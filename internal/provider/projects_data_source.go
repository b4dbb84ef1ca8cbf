package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*projectsDataSource)(nil)

type projectsDataSource struct{ dataSourceBase }

func newProjectsDataSource() datasource.DataSource { return &projectsDataSource{} }

type projectsModel struct {
	OrgID       types.String   `tfsdk:"org_id"`
	Search      types.String   `tfsdk:"search"`
	Projects    []projectModel `tfsdk:"projects"`
	Unavailable []types.String `tfsdk:"unavailable_project_ids"`
}

type projectModel struct {
	ID              types.String `tfsdk:"id"`
	Name            types.String `tfsdk:"name"`
	RegionID        types.String `tfsdk:"region_id"`
	PostgresVersion types.Int64  `tfsdk:"pg_version"`
	CreatedAt       types.String `tfsdk:"created_at"`
}

func (m *projectModel) set(project neon.Project) {
	m.ID = types.StringValue(project.ID)
	m.Name = types.StringValue(project.Name)
	m.RegionID = stringOrNull(project.RegionID)
	m.PostgresVersion = types.Int64Null()
	if project.PostgresVersion != 0 {
		m.PostgresVersion = types.Int64Value(project.PostgresVersion)
	}
	m.CreatedAt = timeValue(project.CreatedAt)
}

func (d *projectsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_projects"
}

func (d *projectsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the projects of the organization, sorted by ID.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"search": schema.StringAttribute{
				MarkdownDescription: "Only projects with this text in their name or ID. Default: all projects.",
				Optional:            true,
			},
			"projects": schema.ListNestedAttribute{
				MarkdownDescription: "The projects, sorted by ID.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The project's ID, as in `shiny-wind-028834`."},
					"name":       schema.StringAttribute{Computed: true, MarkdownDescription: "The project's name."},
					"region_id":  schema.StringAttribute{Computed: true, MarkdownDescription: "The project's region, as in `aws-us-east-2`."},
					"pg_version": schema.Int64Attribute{Computed: true, MarkdownDescription: "The major version of Postgres."},
					"created_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the project was created, RFC 3339 in UTC."},
				}},
			},
			"unavailable_project_ids": schema.ListAttribute{
				MarkdownDescription: "The IDs of projects that Neon could not read in time, sorted. These projects still exist.",
				Computed:            true,
				ElementType:         types.StringType,
			},
		},
	}
}

func (d *projectsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data projectsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	org, diags := d.conn.organization(ctx, data.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	projects, unavailable, err := d.conn.client.Projects(ctx, org.ID, data.Search.ValueString())
	if err != nil {
		resp.Diagnostics.Append(cannotListProjects(org.ID, err))
		return
	}
	data.OrgID = types.StringValue(org.ID)
	data.Projects = make([]projectModel, 0, len(projects))
	for _, project := range slices.SortedFunc(slices.Values(projects), func(a, b neon.Project) int { return strings.Compare(a.ID, b.ID) }) {
		var model projectModel
		model.set(project)
		data.Projects = append(data.Projects, model)
	}
	data.Unavailable = []types.String{}
	for _, id := range slices.Sorted(slices.Values(unavailable)) {
		data.Unavailable = append(data.Unavailable, types.StringValue(id))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
