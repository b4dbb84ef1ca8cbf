package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// ModifyPlan follows the decision of the last read. Only its warnings use the clock.
func (r *rotatingKeyResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan rotatingKeyModel
	diags := &resp.Diagnostics
	exists := !req.State.Raw.IsNull()
	if exists {
		diags.Append(req.State.Get(ctx, &state)...)
	}
	marks := readFingerprints(ctx, req.Private)
	promised := promise{Walk: r.conn.walk, OrgID: state.OrgID.ValueString(), Keys: r.promisedKeys(state, marks)}
	if req.Plan.Raw.IsNull() {
		diags.Append(r.conn.promiseRevocations(ctx, promised, resp.Private)...)
		return
	}
	diags.Append(req.Plan.Get(ctx, &plan)...)
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if diags.HasError() {
		return
	}
	if !exists {
		plan.setNew()
		diags.Append(resp.Plan.Set(ctx, plan)...)
		r.planCreateKey(ctx, req, resp, configuredOrg, plan.Name)
		return
	}
	diags.Append(promised.keep(ctx, resp.Private)...)
	if waits(req, resp, state.title(), "org_id", "name", "project_id", "rotate_after", "overlap") {
		return
	}
	var replace bool
	plan.OrgID, replace = r.planOrgID(configuredOrg, state.OrgID, resp)
	if replace {
		plan.setNew()
		diags.Append(resp.Plan.Set(ctx, plan)...)
		diags.Append(r.guardCreate(ctx, plan.OrgID, plan.Name)...)
		diags.Append(r.conn.promiseRevocations(ctx, promised, resp.Private)...)
		return
	}
	decided := readDecision(ctx, req.Private)
	next := decided.rotation(state, plan)
	plan.setRotation(state, next)
	diags.Append(resp.Plan.Set(ctx, plan)...)
	if r.conn.known() && !diags.HasError() {
		diags.Append(r.warnRotation(ctx, state, plan, next, decided.rotationAt(r.conn.now(), state, plan), marks)...)
	}
}

// promisedKeys are all keys of a state, for the plan of their end.
func (r *rotatingKeyResource) promisedKeys(state rotatingKeyModel, marks fingerprints) (keys []promisedKey) {
	for _, id := range state.keyIDs() {
		keys = append(keys, r.promisedKey(state, marks, id))
	}
	return keys
}

func (r *rotatingKeyResource) promisedKey(state rotatingKeyModel, marks fingerprints, id string) promisedKey {
	hasToken := marks[id] != ""
	if id == state.KeyID.ValueString() {
		hasToken = state.Key.ValueString() != ""
	}
	return promisedKey{ID: id, Title: state.titleOf(id), Own: r.isOwn(state, marks, id), Imported: !hasToken}
}

// warnRotation reports which keys are created and revoked, and why: next is what the plan shows, now what an apply at
// this moment would do.
func (r *rotatingKeyResource) warnRotation(
	ctx context.Context, state, plan rotatingKeyModel, next, now rotation, marks fingerprints,
) (diags diag.Diagnostics) {
	switch {
	case next.undecided && !now.rotates():
		diags.Append(mayBeRotated(state.title(), state.dueAt(plan)))
	case next.previousUndecided && now.previous != "":
		diags.Append(mayBeRevoked(state.titleOf(now.previous), now.until))
	}
	if !now.rotates() && len(now.revoke) == 0 {
		return diags
	}
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return diags
	}
	if now.rotates() {
		diags.Append(r.conn.guardAdminKey(ctx, org, rotatingKey(state.title()))...)
		diags.Append(r.warnNewKey(ctx, org, state, plan, now)...)
	}
	for _, id := range now.revoke {
		guarded := r.conn.guardRevocation(ctx, org, r.promisedKey(state, marks, id))
		diags.Append(guarded...)
		if !guarded.HasError() && id != state.KeyID.ValueString() { // the end of the current key is part of its rotation
			diags.Append(r.warnOldKey(ctx, org, state, plan, now, id)...)
		}
	}
	return diags
}

// warnNewKey reports why a new key is created, and what happens to the current one.
func (r *rotatingKeyResource) warnNewKey(
	ctx context.Context, org *neon.Organization, state, plan rotatingKeyModel, now rotation,
) (diags diag.Diagnostics) {
	current, overlap, oldKey := state.KeyID.ValueString(), plan.Overlap.ValueString(), ""
	switch {
	case slices.Contains(now.revoke, current):
		oldKey = oldKeyEnds(overlap)
	case now.previous == current:
		oldKey = oldKeyOverlaps(overlap)
	}
	if oldKey != "" {
		used, usedDiags := r.lastUse(ctx, org, current, state.title())
		diags.Append(usedDiags...)
		oldKey += " " + used
	}
	diags.Append(toBeRotated(state.title(), now.reasons, oldKey))
	return diags
}

// warnOldKey reports why the previous key is revoked.
func (r *rotatingKeyResource) warnOldKey(
	ctx context.Context, org *neon.Organization, state, plan rotatingKeyModel, now rotation, id string,
) diag.Diagnostics {
	why := becauseRevokingFailed()
	switch {
	case id != state.PreviousKeyID.ValueString():
	case now.rotates() && now.previous != "":
		why = becauseReplacedAgain(state.PreviousKeyRevocationAt.ValueString())
	default:
		why = becauseOverlapOver(state.RotatedAt.ValueString(), plan.Overlap.ValueString())
	}
	title := state.titleOf(id)
	used, diags := r.lastUse(ctx, org, id, title)
	diags.Append(toBeRevoked(title, why, used))
	return diags
}

// lastUse describes the last use of a key, and the effect of its revocation.
func (r *rotatingKeyResource) lastUse(ctx context.Context, org *neon.Organization, id, title string) (string, diag.Diagnostics) {
	key, live, err := org.APIKey(ctx, id)
	switch {
	case err != nil:
		return "", diag.Diagnostics{cannotReadKey(title, err)}
	case !live:
		return alreadyRevoked(), nil
	case r.conn.inUse(key):
		return stopsWorking(lastUse(key)), nil
	default:
		return lastUse(key), nil
	}
}
