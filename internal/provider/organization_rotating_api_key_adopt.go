package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *rotatingKeyResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	org, key := r.importedKey(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	for name, value := range map[string]string{
		"org_id": org.ID, "key_id": key.ID, "rotate_after": assumedRotateAfter, "overlap": defaultOverlap,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, apiKeyIdentity{OrgID: types.StringValue(org.ID), ID: types.StringValue(key.ID)})...)
	resp.Diagnostics.Append(decision{Adopted: true}.keep(ctx, resp.Private)...)
}

// MoveState moves a neon_organization_api_key with its token, for a moved block: ours, or another provider's.
func (r *rotatingKeyResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveToRotatingKey}}
}

func moveToRotatingKey(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != "neon_organization_api_key" {
		return
	}
	diags := &resp.Diagnostics
	source, moveDiags := decodeMoved(req)
	diags.Append(moveDiags...)
	if diags.HasError() {
		return
	}
	if flag, _ := req.SourcePrivate.GetKey(ctx, foundByNameKey); flag != nil {
		diags.Append(cannotMoveUnverified(keyTitle(source.Name, source.ID.String())))
		return
	}
	createdAt, _ := time.Parse(time.RFC3339, source.CreatedAt) // the first read knows it too
	state := rotatingKeyModel{
		OrgID: types.StringValue(source.OrgID), Name: types.StringValue(source.Name), ProjectID: stringOrNull(source.ProjectID),
		RotateAfter: types.StringValue(assumedRotateAfter), Overlap: types.StringValue(defaultOverlap),
		RotationTriggers: types.MapNull(types.StringType),
		Key:              stringOrNull(source.Key), KeyID: types.StringValue(source.ID.String()),
		CreatedBy: stringOrNull(source.CreatedBy), RotatedAt: timeValue(createdAt),
	}
	if source.RotationTriggers != nil {
		triggers, triggerDiags := types.MapValueFrom(ctx, types.StringType, source.RotationTriggers)
		diags.Append(triggerDiags...)
		state.RotationTriggers = triggers
	}
	state.schedule()
	state.setUnrevoked(nil)
	diags.Append(resp.TargetState.Set(ctx, state)...)
	diags.Append(resp.TargetIdentity.Set(ctx, state.identity())...)
	diags.Append(decision{Adopted: true}.keep(ctx, resp.TargetPrivate)...)
}
