package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ resource.ResourceWithMoveState = (*apiKeyResource)(nil)

// foundByNameKey marks, in private state, a moved key with an unverified ID.
const foundByNameKey = "found_by_name"

// MoveState moves a key of another provider with its token, for a moved block. It checks only the type, not the
// provider's address: there are mirrors under other addresses, and OpenTofu gives other addresses than the source's
// (1.12: the target's, for all instances of a resource but the first).
func (r *apiKeyResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveToKey}}
}

func moveToKey(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	diags := &resp.Diagnostics
	byName := req.SourceTypeName == "neon_org_api_key"                // of kislerdm/neon and neondatabase/neon
	if !byName && req.SourceTypeName != "neon_organization_api_key" { // of kenchan0130/neon
		diags.Append(cannotMoveHere(req.SourceTypeName))
		return
	}
	key, moveDiags := decodeMoved(req)
	diags.Append(moveDiags...)
	if diags.HasError() {
		return
	}
	state := apiKeyModel{
		apiKeyIdentity:   apiKeyIdentity{OrgID: types.StringValue(key.OrgID), ID: types.StringValue(key.ID.String())},
		Name:             types.StringValue(key.Name),
		ProjectID:        stringOrNull(key.ProjectID),
		RotationTriggers: types.MapNull(types.StringType),
		Key:              stringOrNull(key.Key),
		CreatedAt:        stringOrNull(key.CreatedAt),
	}
	diags.Append(resp.TargetState.Set(ctx, state)...)
	diags.Append(resp.TargetIdentity.Set(ctx, state.apiKeyIdentity)...)
	if byName {
		diags.Append(resp.TargetPrivate.SetKey(ctx, foundByNameKey, []byte("true"))...)
	}
}

// movedKey is a key in the state of another resource: another provider's, or our own that becomes a rotating one.
type movedKey struct {
	ID               json.Number        `json:"id"` // a string in one provider, a number in another
	OrgID            string             `json:"org_id"`
	Name             string             `json:"name"`
	ProjectID        string             `json:"project_id"`
	Key              string             `json:"key"`
	CreatedAt        string             `json:"created_at"`
	CreatedBy        string             `json:"created_by_id"`
	RotationTriggers map[string]*string `json:"rotation_triggers"`
}

// decodeMoved reads the state that a key is to be moved from. Attributes that we do not know are fine.
func decodeMoved(req resource.MoveStateRequest) (key movedKey, diags diag.Diagnostics) {
	if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &key) != nil || !key.complete() {
		diags.Append(cannotMoveState(req.SourceTypeName))
	}
	return key, diags
}

func (k movedKey) complete() bool {
	return keyIDPattern.MatchString(k.ID.String()) && k.OrgID != "" && k.Name != ""
}

// verifyMoved refuses an ID that may belong to another key: the provider would keep, or revoke, that key instead of
// the key with the token in the state. It accepts a key that was not moved, or was verified before.
func (r *apiKeyResource) verifyMoved(ctx context.Context, private privateReader, state apiKeyModel) diag.Diagnostics {
	flag, diags := private.GetKey(ctx, foundByNameKey)
	if flag == nil || !r.conn.known() {
		return diags
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return diags
	}
	keys, err := org.APIKeys(ctx)
	if err != nil {
		return append(diags, cannotCheckKey(state.title(), err))
	}
	if doubt, candidates := doubtID(state, keys); doubt != "" {
		diags.Append(unverifiedKey(state, doubt, candidates))
	}
	return diags
}

// doubtID compares a state with the live keys. It returns why its ID may belong to another key, and the candidates.
func doubtID(state apiKeyModel, keys []neon.APIKey) (doubt string, candidates []neon.APIKey) {
	fitting, live, fits := 0, false, false
	for _, key := range keys {
		hasID, hasName := key.ID == state.ID.ValueString(), key.Name == state.Name.ValueString()
		isFitting := hasName && key.ProjectID == state.ProjectID.ValueString()
		if isFitting {
			fitting++
		}
		if hasID {
			live, fits = true, isFitting
		}
		if hasID || hasName { // whatever the project: the other provider looked no closer
			candidates = append(candidates, key)
		}
	}
	switch {
	case live && !fits:
		return keyDoesNotMatch, candidates
	case !live && fitting > 0:
		return otherKeyFits, candidates
	case fitting > 1:
		return severalKeysFit, candidates
	default: // one key fits and has the ID, or none is left
		return "", nil
	}
}
