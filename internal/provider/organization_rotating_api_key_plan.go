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
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	marks := readFingerprints(ctx, req.Private)
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.reviewEnd(ctx, state, marks)...)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var configuredOrg types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var replace bool
	plan.OrgID, replace = r.planOrgID(ctx, configuredOrg, state.OrgID, resp)
	if req.State.Raw.IsNull() || replace {
		plan.unmade()
		plan.setPrevious("", time.Time{})
		plan.setUnrevoked(nil)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
		if r.conn.known() && !plan.OrgID.IsUnknown() && !resp.Diagnostics.HasError() {
			org, diags := r.conn.organization(ctx, plan.OrgID)
			resp.Diagnostics.Append(diags...)
			if org != nil {
				resp.Diagnostics.Append(r.conn.guardCreateKey(ctx, org, fmt.Sprintf("Creating the API key %q", plan.Name.ValueString()))...)
			}
		}
		if replace {
			resp.Diagnostics.Append(r.reviewEnd(ctx, state, marks)...)
		}
		return
	}

	found := readDecision(ctx, req.Private)
	next := found.chart(state, plan)
	plan.follow(state, next)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	if r.conn.known() && !resp.Diagnostics.HasError() {
		if plan.Name.IsUnknown() || plan.ProjectID.IsUnknown() || plan.RotateAfter.IsUnknown() || plan.Overlap.IsUnknown() {
			return // what it comes to is said once they are known, in the apply
		}
		settled := found.settle(state, plan, r.conn.now())
		if next.open && !settled.rotates() {
			resp.Diagnostics.AddWarning("Perhaps rotating the "+state.title(), fmt.Sprintf(
				"rotate_after is shorter than before, so that the key becomes due at %s. If that is over when the plan is applied, the key is rotated; otherwise it stays, which a plan cannot show.", state.dueAt(plan).Format(time.RFC3339)))
		} else if next.openPrevious && settled.previous != "" {
			resp.Diagnostics.AddWarning("Perhaps revoking the "+state.titleOf(settled.previous), fmt.Sprintf(
				"overlap is shorter than before, so that the time of this key is over at %s. If that has passed when the plan is applied, the key is revoked; otherwise it stays, which a plan cannot show.", settled.until.Format(time.RFC3339)))
		}
		resp.Diagnostics.Append(r.reviewCourse(ctx, state, plan, settled, marks)...)
	}
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

// reviewEnd says what the revocation of all keys will break.
func (r *rotatingKeyResource) reviewEnd(ctx context.Context, state rotatingKeyModel, marks fingerprints) diag.Diagnostics {
	if !r.conn.known() {
		return nil
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return diags
	}
	for _, id := range state.keyIDs() {
		diags.Append(r.conn.reviewRevocation(ctx, org, state.titleOf(id), id, r.isOwn(state, marks, id))...)
	}
	return diags
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
		diags.Append(r.conn.guardCreateKey(ctx, org, "Rotating the "+state.title())...)
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
		own := guardOwnKey(title, r.isOwn(state, marks, id))
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
