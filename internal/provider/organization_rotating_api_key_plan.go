package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// ModifyPlan follows what the last read has decided, and says what it means. The clock only matters to
// its warnings.
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
		promised.Shown = true
		diags.Append(r.conn.reviewKeys(ctx, promised)...)
		diags.Append(promised.keep(ctx, resp.Private)...)
		return
	}
	diags.Append(req.Plan.Get(ctx, &plan)...)
	var configuredOrg types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if diags.HasError() {
		return
	}
	if !exists {
		plan.unmade()
		plan.setPrevious("", time.Time{})
		plan.setUnrevoked(nil)
		diags.Append(resp.Plan.Set(ctx, plan)...)
		r.planCreateKey(ctx, req, resp, configuredOrg, plan.Name)
		return
	}
	diags.Append(promised.keep(ctx, resp.Private)...)
	if waits(ctx, req, resp, state.title(), "org_id", "name", "project_id", "rotate_after", "overlap") {
		return
	}
	var replace bool
	plan.OrgID, replace = r.planOrgID(configuredOrg, state.OrgID, resp)
	if replace {
		plan.unmade()
		plan.setPrevious("", time.Time{})
		plan.setUnrevoked(nil)
		diags.Append(resp.Plan.Set(ctx, plan)...)
		diags.Append(r.guardCreate(ctx, plan.OrgID, plan.Name)...)
		promised.Shown = true
		diags.Append(r.conn.reviewKeys(ctx, promised)...)
		diags.Append(promised.keep(ctx, resp.Private)...)
		return
	}

	found := readDecision(ctx, req.Private)
	next := found.chart(state, plan)
	plan.follow(state, next)
	diags.Append(resp.Plan.Set(ctx, plan)...)
	if !r.conn.known() || diags.HasError() {
		return
	}
	settled := found.settle(state, plan, r.conn.now())
	switch {
	case next.open && !settled.rotates():
		diags.AddWarning("May rotate at apply: "+state.title(), fmt.Sprintf(
			"rotate_after is shorter than before, so that the key becomes due at %s. If that has passed when the plan is applied, the key is rotated; otherwise it stays, which a plan cannot show.", state.dueAt(plan).Format(time.RFC3339)))
	case next.openPrevious && settled.previous != "":
		diags.AddWarning("May be revoked at apply: "+state.titleOf(settled.previous), fmt.Sprintf(
			"overlap is shorter than before, so that the time of this key is over at %s. If that has passed when the plan is applied, the key is revoked; otherwise it stays, which a plan cannot show.", settled.until.Format(time.RFC3339)))
	}
	diags.Append(r.reviewCourse(ctx, state, plan, settled, marks)...)
}

// promisedKeys are all keys of a state, for the plan of their end.
func (r *rotatingKeyResource) promisedKeys(state rotatingKeyModel, marks fingerprints) (keys []promisedKey) {
	for _, id := range state.keyIDs() {
		keys = append(keys, r.promisedKey(state, marks, id))
	}
	return keys
}

func (r *rotatingKeyResource) promisedKey(state rotatingKeyModel, marks fingerprints, id string) promisedKey {
	current := id == state.KeyID.ValueString()
	return promisedKey{ID: id, Title: state.titleOf(id), Own: r.isOwn(state, marks, id), Imported: current && state.Key.ValueString() == "" || !current && marks[id] == ""}
}

// unmade plans a key that is still to be made.
func (m *rotatingKeyModel) unmade() {
	m.Key, m.KeyID, m.CreatedBy = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.RotatedAt, m.NextRotationAt = types.StringUnknown(), types.StringUnknown()
}

// follow plans what is computed. Where there is nothing to do, that is what the state has.
func (m *rotatingKeyModel) follow(state rotatingKeyModel, next course) {
	m.Key, m.KeyID, m.CreatedBy, m.RotatedAt = state.Key, state.KeyID, state.CreatedBy, state.RotatedAt
	m.schedule()
	m.setPrevious(next.previous, next.until)
	m.setUnrevoked(nil)
	if next.rotates() || next.open {
		m.unmade()
	}
	switch {
	case next.open || next.openPrevious:
		m.PreviousKeyID, m.PreviousKeyRevokeAfter = types.StringUnknown(), types.StringUnknown()
	case next.previous != "" && next.until.IsZero():
		m.PreviousKeyRevokeAfter = types.StringUnknown()
	}
}

// reviewCourse says which keys are made and revoked, and why.
func (r *rotatingKeyResource) reviewCourse(ctx context.Context, state, plan rotatingKeyModel, next course, marks fingerprints) diag.Diagnostics {
	if !next.rotates() && len(next.revoke) == 0 {
		return nil
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return diags
	}
	current := state.KeyID.ValueString()
	if next.rotates() {
		diags.Append(r.conn.guardAdminKey(ctx, org, "Rotating the "+state.title())...)
		detail := []string{"A new key will be made, because " + strings.Join(next.reasons, "; ") + "."}
		switch {
		case slices.Contains(next.revoke, current):
			detail = append(detail, "The old key will be revoked right after that, because overlap is "+plan.Overlap.ValueString()+".")
		case next.previous == current:
			detail = append(detail, fmt.Sprintf("The old key goes on working for %s (overlap), and the next apply after that revokes it.", plan.Overlap.ValueString()))
		}
		if next.previous == current || slices.Contains(next.revoke, current) {
			detail = append(detail, r.lastUseOf(ctx, org, current, state.title(), &diags))
		}
		diags.AddWarning("Rotating the "+state.title(), strings.Join(detail, " "))
	}
	for _, id := range next.revoke {
		title := state.titleOf(id)
		own := r.conn.guardRevocation(ctx, org, r.promisedKey(state, marks, id), false)
		diags.Append(own...)
		if own.HasError() || id == current {
			continue
		}
		why := "An earlier apply could not revoke it."
		switch {
		case id != state.PreviousKeyID.ValueString():
		case next.rotates() && next.previous != "":
			why = "It is the key before the one that is being rotated, and only one previous key is kept. Its time would have been over at " + state.PreviousKeyRevokeAfter.ValueString() + "."
		default:
			why = fmt.Sprintf("The key was rotated at %s, and the overlap of %s is over.", state.RotatedAt.ValueString(), plan.Overlap.ValueString())
		}
		diags.AddWarning("Revoking the "+title, why+" "+r.lastUseOf(ctx, org, id, title, &diags)+" Revoking cannot be undone.")
	}
	return diags
}

// lastUseOf says when a key was last used, and what that means for its end.
func (r *rotatingKeyResource) lastUseOf(ctx context.Context, org *neon.Organization, id, title string, diags *diag.Diagnostics) string {
	key, live, err := org.APIKey(ctx, id)
	switch {
	case err != nil:
		diags.Append(failure("Cannot read the "+title, err))
		return ""
	case !live:
		return "Somebody has revoked it already."
	case r.conn.inUse(key):
		return lastUse(key) + " Whatever still uses it when it is revoked stops working."
	default:
		return lastUse(key)
	}
}
