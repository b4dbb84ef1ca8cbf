package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ list.ListResourceWithConfigure = (*vpcEndpointResource)(nil)

const vpcRegionFilterDescription = "Only VPC endpoints in this Neon region, as in `aws-us-east-1`. Default: all regions."

type vpcEndpointListModel struct {
	OrgID    types.String `tfsdk:"org_id"`
	RegionID types.String `tfsdk:"region_id"`
}

func (r *vpcEndpointResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the VPC endpoints of the organization, managed or not, sorted by region and ID.",
		Attributes: map[string]schema.Attribute{
			"org_id": listOrgID(),
			"region_id": schema.StringAttribute{
				MarkdownDescription: vpcRegionFilterDescription,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.RegexMatches(vpcRegionPattern, vpcRegionForm)},
			},
		},
	}
}

func (r *vpcEndpointResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config vpcEndpointListModel
	r.list(ctx, req, stream, &config, &config.OrgID, func(org *neon.Organization) (results []listed, diags diag.Diagnostics) {
		endpoints, diags := endpointsIn(ctx, org, config.RegionID)
		for _, endpoint := range endpoints {
			model := vpcEndpointModel{
				vpcEndpointIdentity: vpcEndpointIdentity{
					OrgID: types.StringValue(org.ID), RegionID: types.StringValue(endpoint.RegionID), VPCEndpointID: types.StringValue(endpoint.ID),
				},
				Label: types.StringValue(endpoint.Label),
			}
			title := fmt.Sprintf("%s (%s, %s)", endpoint.Label, endpoint.ID, endpoint.RegionID)
			results = append(results, listed{title, model.vpcEndpointIdentity, model})
		}
		return results, diags
	})
}
