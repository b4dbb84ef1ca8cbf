package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// ModifyPlan shows what happens to the VPC endpoint: assigned, adopted, relabelled, kept or deleted permanently. Planned
// values come from the configuration and the state; Neon's current state affects only errors and warnings.
func (r *vpcEndpointResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan vpcEndpointModel
	diags := &resp.Diagnostics
	exists := !req.State.Raw.IsNull()
	if exists {
		diags.Append(req.State.Get(ctx, &state)...)
	}
	nonce := nonceOf(ctx, req.Private)
	if req.Plan.Raw.IsNull() {
		promised, endDiags := r.planEnd(ctx, state, nonce)
		if !state.deletes() {
			endDiags.Append(endpointStays(state))
		}
		diags.Append(endDiags...)
		diags.Append(promised.keep(ctx, resp.Private)...)
		return
	}
	diags.Append(req.Plan.Get(ctx, &plan)...)
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if diags.HasError() {
		return
	}
	if exists {
		r.planChange(ctx, req, resp, state, plan, configuredOrg, nonce)
		return
	}
	r.planCreate(ctx, req, resp, plan, configuredOrg)
}

// planEnd plans the end of an object, and stores the promise for Delete, which deletes nothing without it.
func (r *vpcEndpointResource) planEnd(
	ctx context.Context, state vpcEndpointModel, nonce string,
) (promised promise, diags diag.Diagnostics) {
	orgID := state.OrgID.ValueString()
	promised = promise{Walk: r.conn.walk, Nonce: nonce, OrgID: orgID, Shown: true, Endpoint: state.importID()}
	found := r.conn.things.claim(state.thing(orgID), thingClaim{kind: destroys, object: nonce, ends: state.deletes()})
	switch {
	case !state.deletes():
		return promised, nil
	case found == keptByOther:
		promised.Forget = true
		return promised, diag.Diagnostics{endpointKeptAnyway(state)}
	case found != noClash:
		return promised, diag.Diagnostics{endpointClash(found, state)}
	case !r.conn.known():
		return promised, diag.Diagnostics{endpointToBeDeleted(state)}
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return promised, diags
	}
	_, assigned, err := org.VPCEndpoint(ctx, state.RegionID.ValueString(), state.VPCEndpointID.ValueString())
	switch {
	case err != nil:
		diags.Append(cannotReadEndpoint(state.title(), err))
	case assigned:
		diags.Append(r.guardEnd(ctx, org, state)...)
		if !diags.HasError() {
			diags.Append(endpointToBeDeleted(state))
		}
	}
	return promised, diags
}

// planChange plans an object in the state: unchanged, with another label, or replaced.
func (r *vpcEndpointResource) planChange(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
	state, plan vpcEndpointModel, configuredOrg types.String, nonce string,
) {
	diags := &resp.Diagnostics
	orgID := state.OrgID.ValueString()
	diags.Append(promise{Walk: r.conn.walk, Nonce: nonce, OrgID: orgID, Endpoint: state.importID()}.keep(ctx, resp.Private)...)
	waiting := waits(req, resp, state.title(), "org_id", "region_id", "vpc_endpoint_id")
	replaced := false
	if !waiting {
		planned, otherOrg := r.planOrgID(configuredOrg, state.OrgID, resp)
		diags.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), planned)...)
		replaced = otherOrg || !plan.RegionID.Equal(state.RegionID) || !plan.VPCEndpointID.Equal(state.VPCEndpointID)
	}
	if waiting {
		diags.Append(r.claimUnnamed()...)
	}
	switch {
	case diags.HasError():
	case replaced && !state.deletes():
		diags.Append(endpointReplacementKeeps(state))
	case replaced:
		promised, endDiags := r.planEnd(ctx, state, nonce)
		diags.Append(endDiags...)
		diags.Append(promised.keep(ctx, resp.Private)...)
	default:
		found := r.conn.things.claim(state.thing(orgID), thingClaim{kind: keeps, object: nonce})
		if found != noClash {
			diags.Append(endpointClash(found, state))
		}
		if !waiting && !diags.HasError() && !plan.Label.Equal(state.Label) && r.conn.known() {
			diags.Append(r.guardRelabelling(ctx, state)...)
		}
	}
}

// claimUnnamed is for a resource with an unknown VPC endpoint, which may be one that the same plan deletes.
func (r *vpcEndpointResource) claimUnnamed() diag.Diagnostics {
	ended, isEnded := r.conn.things.claimUnnamed(vpcEndpointType)
	if !isEnded {
		return nil
	}
	return diag.Diagnostics{endpointMayBeCreated(endpointOf(ended.name))}
}

func (r *vpcEndpointResource) guardRelabelling(ctx context.Context, state vpcEndpointModel) diag.Diagnostics {
	org, diags := r.conn.organization(ctx, state.OrgID)
	if !diags.HasError() {
		diags.Append(r.conn.guardAdmin(ctx, org, assigningEndpoint(state.title()))...)
	}
	return diags
}

// planCreate plans a new object, which may be the create half of a replacement. A forced one, of a VPC endpoint by itself,
// is refused: a deleted one cannot be added back, and a kept one needs no replacement.
func (r *vpcEndpointResource) planCreate(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
	plan vpcEndpointModel, configuredOrg types.String,
) {
	diags := &resp.Diagnostics
	again, isAgain := readPromise(ctx, req.Private)
	orgID, decided := r.newOrgID(configuredOrg)
	diags.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), orgID)...)
	if isAgain && !again.Shown {
		diags.Append(endpointForced(again.Endpoint))
	}
	if diags.HasError() || !r.conn.known() {
		return
	}
	if !decided || plan.RegionID.IsUnknown() || plan.VPCEndpointID.IsUnknown() {
		diags.Append(r.claimUnnamed()...)
		return
	}
	org, orgDiags := r.conn.organization(ctx, configuredOrg)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	plan.OrgID = types.StringValue(org.ID)
	next := thingClaim{kind: creates}
	if isAgain {
		next.object = again.Nonce
	}
	found := r.conn.things.claim(plan.thing(org.ID), next)
	if found != noClash {
		diags.Append(endpointClash(found, plan))
		return
	}
	diags.Append(r.announceEndpoint(ctx, org, plan, isAgain)...)
}

// announceEndpoint warns about a create: an assignment, or the adoption of an assigned one.
func (r *vpcEndpointResource) announceEndpoint(
	ctx context.Context, org *neon.Organization, plan vpcEndpointModel, isReplacement bool,
) diag.Diagnostics {
	endpoints, err := org.VPCEndpoints(ctx)
	if err != nil {
		return diag.Diagnostics{cannotReadEndpoint(plan.title(), err)}
	}
	region, inRegion := plan.RegionID.ValueString(), 0
	for _, endpoint := range endpoints {
		switch {
		case endpoint.RegionID != region:
		case endpoint.ID != plan.VPCEndpointID.ValueString():
			inRegion++
		case plan.Label.IsUnknown(), endpoint.Label == plan.Label.ValueString():
			return nil // adopted
		default:
			diags := r.conn.guardAdmin(ctx, org, assigningEndpoint(plan.title()))
			diags.Append(endpointAdopted(plan, endpoint.Label))
			return diags
		}
	}
	planned := r.conn.things.creating(func(what thing) bool {
		return isNewIn(what, plan.thing(org.ID), endpoints)
	})
	// The destroy half of a replacement comes first and leaves a place.
	if !isReplacement && inRegion+planned > neon.MaxVPCEndpoints {
		return diag.Diagnostics{tooManyEndpoints(org.ID, region, plan.title(), inRegion, planned)}
	}
	return r.conn.guardAdmin(ctx, org, assigningEndpoint(plan.title()))
}
