package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ImportState imports an assigned VPC endpoint, by ORG_ID/REGION_ID/VPC_ENDPOINT_ID, by the same without the
// organization, or by identity.
func (r *vpcEndpointResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	diags := &resp.Diagnostics
	var wanted vpcEndpointIdentity
	if req.Identity != nil && !req.Identity.Raw.IsNull() {
		diags.Append(req.Identity.Get(ctx, &wanted)...)
		if problem := wanted.problem(); !diags.HasError() && problem != nil {
			diags.Append(problem)
		}
	} else {
		parsed, problem := parseEndpointImportID(req.ID)
		wanted = parsed
		if problem != nil {
			diags.Append(problem)
		}
	}
	if diags.HasError() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, wanted.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	wanted.OrgID = types.StringValue(org.ID)
	state := vpcEndpointModel{vpcEndpointIdentity: wanted}
	endpoint, assigned, err := org.VPCEndpoint(ctx, wanted.RegionID.ValueString(), wanted.VPCEndpointID.ValueString())
	switch {
	case err != nil:
		diags.Append(cannotReadEndpoint(state.title(), err))
		return
	case !assigned:
		diags.Append(noSuchEndpoint(org.ID, state.title()))
		return
	}
	state.Label = types.StringValue(endpoint.Label)
	diags.Append(resp.State.Set(ctx, state)...)
	diags.Append(resp.Identity.Set(ctx, wanted)...)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
}

// parseEndpointImportID splits an import ID.
func parseEndpointImportID(id string) (wanted vpcEndpointIdentity, problem diag.Diagnostic) {
	parts := strings.Split(id, "/")
	wanted.OrgID = types.StringNull()
	if len(parts) == 3 && orgIDPattern.MatchString(parts[0]) {
		wanted.OrgID = types.StringValue(parts[0])
		parts = parts[1:]
	}
	if len(parts) != 2 || !vpcRegionPattern.MatchString(parts[0]) || !vpcEndpointPattern.MatchString(parts[1]) {
		return wanted, invalidEndpointImportID(id)
	}
	wanted.RegionID, wanted.VPCEndpointID = types.StringValue(parts[0]), types.StringValue(parts[1])
	return wanted, nil
}

// problem is what is wrong with the identity of an import block.
func (i vpcEndpointIdentity) problem() diag.Diagnostic {
	for _, attribute := range []struct{ name, value string }{
		{"region_id", i.RegionID.ValueString()}, {"vpc_endpoint_id", i.VPCEndpointID.ValueString()},
	} {
		if attribute.value == "" {
			return invalidIdentity(attribute.name, identityLacks(attribute.name))
		}
	}
	switch {
	case !vpcRegionPattern.MatchString(i.RegionID.ValueString()):
		return invalidIdentity("region_id", identityForm("region_id", vpcRegionForm))
	case !vpcEndpointPattern.MatchString(i.VPCEndpointID.ValueString()):
		return invalidIdentity("vpc_endpoint_id", identityForm("vpc_endpoint_id", vpcEndpointForm))
	case !i.OrgID.IsNull() && !orgIDPattern.MatchString(i.OrgID.ValueString()):
		return invalidIdentity("org_id", identityOfNoOrganization(i.OrgID.ValueString()))
	}
	return nil
}
