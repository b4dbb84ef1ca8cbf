package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ resource.ResourceWithMoveState = (*vpcEndpointResource)(nil)

// peersEndpointType is the type of kislerdm/neon and of the providers that continue it.
const peersEndpointType = "neon_vpc_endpoint_assignment"

// MoveState moves a VPC endpoint of another provider, for a moved block. It checks only the type: see apiKeyResource.
func (r *vpcEndpointResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveToVPCEndpoint}}
}

func moveToVPCEndpoint(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	diags := &resp.Diagnostics
	if req.SourceTypeName != peersEndpointType {
		diags.Append(cannotMoveEndpointHere(req.SourceTypeName))
		return
	}
	var moved struct {
		OrgID         string `json:"org_id"`
		RegionID      string `json:"region_id"`
		VPCEndpointID string `json:"vpc_endpoint_id"`
		Label         string `json:"label"`
	}
	isComplete := req.SourceRawState != nil && json.Unmarshal(req.SourceRawState.JSON, &moved) == nil &&
		orgIDPattern.MatchString(moved.OrgID) && vpcRegionPattern.MatchString(moved.RegionID) &&
		vpcEndpointPattern.MatchString(moved.VPCEndpointID)
	if !isComplete {
		diags.Append(cannotMoveEndpoint(req.SourceTypeName))
		return
	}
	state := vpcEndpointModel{
		vpcEndpointIdentity: vpcEndpointIdentity{
			OrgID: types.StringValue(moved.OrgID), RegionID: types.StringValue(moved.RegionID),
			VPCEndpointID: types.StringValue(moved.VPCEndpointID),
		},
		Label: types.StringValue(moved.Label),
	}
	diags.Append(resp.TargetState.Set(ctx, state)...)
	diags.Append(resp.TargetIdentity.Set(ctx, state.vpcEndpointIdentity)...)
	diags.Append(setPrivateText(ctx, resp.TargetPrivate, nonceKey, newNonce())...)
}
