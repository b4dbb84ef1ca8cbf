package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// ModifyPlan shows the old and the new limit. Planned values come from the configuration and the state;
// Neon's current state affects only errors and warnings.
func (r *spendingLimitResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan spendingLimitModel
	diags := &resp.Diagnostics
	exists := !req.State.Raw.IsNull()
	if exists {
		diags.Append(req.State.Get(ctx, &state)...)
	}
	nonce := nonceOf(ctx, req.Private)
	if req.Plan.Raw.IsNull() {
		promised, endDiags := r.planEnd(ctx, state, nonce)
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

// planEnd plans the end of the resource, and stores the promise for Delete.
func (r *spendingLimitResource) planEnd(
	ctx context.Context, state spendingLimitModel, nonce string,
) (promised promise, diags diag.Diagnostics) {
	orgID, cents := state.OrgID.ValueString(), state.Cents.ValueInt64()
	promised = promise{Walk: r.conn.walk, Nonce: nonce, OrgID: orgID, Shown: true, Cents: cents}
	found := r.conn.things.claim(limitThing(orgID), thingClaim{kind: destroys, object: nonce, ends: state.removes()})
	switch {
	case !state.removes():
		return promised, diag.Diagnostics{limitStays(orgID, cents)}
	case found == keptByOther:
		promised.Forget = true
		return promised, diag.Diagnostics{limitKeptByOther(orgID, cents)}
	case found != noClash:
		return promised, diag.Diagnostics{limitClash(found, orgID)}
	case !r.conn.known():
		return promised, nil
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return promised, diags
	}
	// For a resource that left the configuration, Terraform drops what the read found.
	now, err := org.SpendingLimit(ctx)
	switch {
	case err != nil:
		diags.Append(r.conn.explainLimit(ctx, org, cannotReadLimit(orgID, err), err))
	case now != 0:
		promised.Cents = now
		diags.Append(r.conn.guardAdmin(ctx, org, removingLimit(orgID))...)
		diags.Append(limitRemoved(orgID, now))
	}
	return promised, diags
}

// planChange plans an object in the state: unchanged, updated in place, or for another organization.
func (r *spendingLimitResource) planChange(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
	state, plan spendingLimitModel, configuredOrg types.String, nonce string,
) {
	diags := &resp.Diagnostics
	orgID := state.OrgID.ValueString()
	diags.Append(promise{Walk: r.conn.walk, Nonce: nonce, OrgID: orgID}.keep(ctx, resp.Private)...)
	waiting := waits(req, resp, limitTitle(orgID), "org_id", "cents")
	otherOrg := false
	if !waiting {
		var planned types.String
		planned, otherOrg = r.planOrgID(configuredOrg, state.OrgID, resp)
		diags.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), planned)...)
	}
	if diags.HasError() {
		return
	}
	if otherOrg {
		promised, endDiags := r.planEnd(ctx, state, nonce)
		diags.Append(endDiags...)
		diags.Append(promised.keep(ctx, resp.Private)...)
		return
	}
	found := r.conn.things.claim(limitThing(orgID), thingClaim{kind: keeps, object: nonce})
	if found != noClash {
		diags.Append(limitClash(found, orgID))
	}
	if waiting || diags.HasError() || plan.Cents.Equal(state.Cents) || !r.conn.known() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	diags.Append(r.conn.guardAdmin(ctx, org, settingLimit(orgID))...)
	if from, to := state.Cents.ValueInt64(), plan.Cents.ValueInt64(); to < from {
		diags.Append(limitLowered(orgID, from, to))
	}
}

// planCreate plans a new object, which may be the create half of a replacement.
func (r *spendingLimitResource) planCreate(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
	plan spendingLimitModel, configuredOrg types.String,
) {
	diags := &resp.Diagnostics
	again, isAgain := readPromise(ctx, req.Private)
	orgID, decided := r.newOrgID(configuredOrg)
	diags.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), orgID)...)
	if diags.HasError() || !r.conn.known() || !decided {
		return
	}
	org, orgDiags := r.conn.organization(ctx, configuredOrg)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	next := thingClaim{kind: creates}
	if isAgain {
		next.object = again.Nonce
		if again.OrgID == org.ID {
			next.kind = keeps // a forced replacement, whose destroy half removes nothing
		}
	}
	found := r.conn.things.claim(limitThing(org.ID), next)
	if found != noClash {
		diags.Append(limitClash(found, org.ID))
	}
	if !diags.HasError() && !plan.Cents.IsUnknown() {
		diags.Append(r.announceLimit(ctx, org, plan.Cents.ValueInt64())...)
	}
}

// announceLimit warns about the limit that a new one replaces.
func (r *spendingLimitResource) announceLimit(ctx context.Context, org *neon.Organization, cents int64) diag.Diagnostics {
	now, err := org.SpendingLimit(ctx)
	switch {
	case err != nil:
		return diag.Diagnostics{r.conn.explainLimit(ctx, org, cannotReadLimit(org.ID, err), err)}
	case now == cents:
		return nil // adopted
	}
	diags := r.conn.guardAdmin(ctx, org, settingLimit(org.ID))
	if now != 0 {
		diags.Append(limitReplaced(org.ID, now, cents))
	}
	return diags
}
