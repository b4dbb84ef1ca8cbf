package provider

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*vpcEndpointsDataSource)(nil)

type vpcEndpointsDataSource struct{ dataSourceBase }

func newVPCEndpointsDataSource() datasource.DataSource { return &vpcEndpointsDataSource{} }

type vpcEndpointsModel struct {
	OrgID          types.String             `tfsdk:"org_id"`
	RegionID       types.String             `tfsdk:"region_id"`
	IncludeDetails types.Bool               `tfsdk:"include_details"`
	VPCEndpoints   []listedVPCEndpointModel `tfsdk:"vpc_endpoints"`
}

type listedVPCEndpointModel struct {
	RegionID      types.String   `tfsdk:"region_id"`
	VPCEndpointID types.String   `tfsdk:"vpc_endpoint_id"`
	Label         types.String   `tfsdk:"label"`
	State         types.String   `tfsdk:"state"`
	Restricted    types.Int64    `tfsdk:"num_restricted_projects"`
	Examples      []types.String `tfsdk:"example_restricted_projects"`
}

func (m *listedVPCEndpointModel) set(details neon.VPCEndpointDetails) {
	m.State = stringOrNull(details.State)
	m.Restricted = types.Int64Value(details.RestrictedProjects)
	m.Examples = []types.String{}
	for _, project := range details.Examples {
		m.Examples = append(m.Examples, types.StringValue(project))
	}
}

func (d *vpcEndpointsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_vpc_endpoints"
}

func (d *vpcEndpointsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	const withDetails = "; null without `include_details`."
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the VPC endpoints that are assigned to the organization.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"region_id": schema.StringAttribute{
				MarkdownDescription: vpcRegionFilterDescription,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.RegexMatches(vpcRegionPattern, vpcRegionForm)},
			},
			"include_details": schema.BoolAttribute{
				MarkdownDescription: "Whether to read `state` and the restricted projects. This takes one more request for each VPC endpoint. " +
					"Default: `false`.",
				Optional: true,
			},
			"vpc_endpoints": schema.ListNestedAttribute{
				MarkdownDescription: "The VPC endpoints, sorted by region and ID.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"region_id":       schema.StringAttribute{Computed: true, MarkdownDescription: "The ID of the Neon region, as in `aws-us-east-1`."},
					"vpc_endpoint_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The ID of the VPC endpoint in AWS."},
					"label":           schema.StringAttribute{Computed: true, MarkdownDescription: "The description of the VPC endpoint."},
					"state": schema.StringAttribute{
						MarkdownDescription: "`new` until Neon has accepted the connection, then `accepted`" + withDetails,
						Computed:            true,
					},
					"num_restricted_projects": schema.Int64Attribute{
						MarkdownDescription: "How many projects are restricted to the VPC endpoint" + withDetails,
						Computed:            true,
					},
					"example_restricted_projects": schema.ListAttribute{
						MarkdownDescription: "The IDs of up to three of these projects, in the order that Neon returns" + withDetails,
						Computed:            true,
						ElementType:         types.StringType,
					},
				}},
			},
		},
	}
}

func (d *vpcEndpointsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data vpcEndpointsModel
	diags := &resp.Diagnostics
	diags.Append(req.Config.Get(ctx, &data)...)
	org, orgDiags := d.conn.organization(ctx, data.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	endpoints, listDiags := endpointsIn(ctx, org, data.RegionID)
	diags.Append(listDiags...)
	data.OrgID = types.StringValue(org.ID)
	data.VPCEndpoints = []listedVPCEndpointModel{}
	for _, endpoint := range endpoints {
		listed := listedVPCEndpointModel{
			RegionID: types.StringValue(endpoint.RegionID), VPCEndpointID: types.StringValue(endpoint.ID), Label: types.StringValue(endpoint.Label),
		}
		if data.IncludeDetails.ValueBool() {
			details, err := org.VPCEndpointDetails(ctx, endpoint.RegionID, endpoint.ID)
			if err != nil {
				diags.Append(cannotSeeRestrictions(endpointTitle(endpoint), err))
				return
			}
			listed.set(details)
		}
		data.VPCEndpoints = append(data.VPCEndpoints, listed)
	}
	if !diags.HasError() {
		diags.Append(resp.State.Set(ctx, data)...)
	}
}

// endpointsIn are the VPC endpoints of an organization in a region, or in all of them, by region and ID.
func endpointsIn(ctx context.Context, org *neon.Organization, region types.String) ([]neon.VPCEndpoint, diag.Diagnostics) {
	endpoints, err := org.VPCEndpoints(ctx)
	if err != nil {
		return nil, diag.Diagnostics{cannotListEndpoints(org.ID, err)}
	}
	endpoints = slices.DeleteFunc(endpoints, func(e neon.VPCEndpoint) bool {
		return !region.IsNull() && e.RegionID != region.ValueString()
	})
	slices.SortFunc(endpoints, func(a, b neon.VPCEndpoint) int {
		return cmp.Or(cmp.Compare(a.RegionID, b.RegionID), cmp.Compare(a.ID, b.ID))
	})
	return endpoints, nil
}

// isNewIn reports whether another thing is a VPC endpoint in the organization and region of this one that Neon does not
// list yet, or this one.
func isNewIn(what, this thing, listed []neon.VPCEndpoint) bool {
	if what.typ != this.typ || what.orgID != this.orgID || endpointOf(what.name).RegionID != endpointOf(this.name).RegionID {
		return false
	}
	return !slices.ContainsFunc(listed, func(e neon.VPCEndpoint) bool { return what.name == e.RegionID+"/"+e.ID })
}
