package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ resource.ResourceWithMoveState = (*apiKeyResource)(nil)

// foundByNameKey is where private state keeps that a key's id has not been checked since it was taken over.
const foundByNameKey = "found_by_name"

// MoveState takes over a key of another provider with its token, on a moved block. It is the type that counts, and
// not the provider's address: there are mirrors under other addresses, and OpenTofu gives other addresses than the
// source's (1.12: the target's, for all instances of a resource but the first).
func (r *apiKeyResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		byName := req.SourceTypeName == "neon_org_api_key"                // of kislerdm/neon and neondatabase/neon
		if !byName && req.SourceTypeName != "neon_organization_api_key" { // of kenchan0130/neon
			resp.Diagnostics.AddError("Cannot move a "+req.SourceTypeName+" here",
				"A neon_organization_api_key can take over a neon_org_api_key of kislerdm/neon or neondatabase/neon, and a neon_organization_api_key of another provider. "+
					"Take the moved block away, and import the key by its organization and id; its token does not come along then.")
			return
		}
		key, diags := decodeMoved(req)
		resp.Diagnostics.Append(diags...)
		if diags.HasError() {
			return
		}
		state := apiKeyModel{
			apiKeyIdentity: apiKeyIdentity{OrgID: types.StringValue(key.OrgID), ID: types.StringValue(key.ID.String())},
			Name:           types.StringValue(key.Name), ProjectID: stringOrNull(key.ProjectID), RotationTriggers: types.MapNull(types.StringType),
			Key: stringOrNull(key.Key), CreatedAt: stringOrNull(key.CreatedAt),
		}
		resp.Diagnostics.Append(resp.TargetState.Set(ctx, state)...)
		resp.Diagnostics.Append(resp.TargetIdentity.Set(ctx, state.apiKeyIdentity)...)
		if byName {
			resp.Diagnostics.Append(resp.TargetPrivate.SetKey(ctx, foundByNameKey, []byte("true"))...)
		}
	}}}
}

// movedKey is what the state of another resource says of a key: of another provider's, or of our own that becomes a
// rotating one.
type movedKey struct {
	ID               json.Number        `json:"id"` // a string in one provider, a number in another
	OrgID            string             `json:"org_id"`
	Name             string             `json:"name"`
	ProjectID        string             `json:"project_id"`
	Key              string             `json:"key"`
	CreatedAt        string             `json:"created_at"`
	CreatedBy        string             `json:"created_by"`
	RotationTriggers map[string]*string `json:"rotation_triggers"`
}

// decodeMoved reads the state that a key is to be moved from. Attributes that we do not know are fine.
func decodeMoved(req resource.MoveStateRequest) (key movedKey, diags diag.Diagnostics) {
	if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &key) != nil || !keyIDPattern.MatchString(key.ID.String()) || key.OrgID == "" || key.Name == "" {
		diags.AddError("Cannot move the API key", "Its state has not the id, org_id and name that a "+req.SourceTypeName+" has. "+
			"Take the moved block away, and import the key by its organization and id; its token does not come along then.")
	}
	return key, diags
}

// reviewMove refuses to work with an id that may be another key's: that key would be kept, or revoked, in the place
// of the one whose token is in the state. Of a key that was not moved, or was checked before, there is nothing to say.
func (r *apiKeyResource) reviewMove(ctx context.Context, private privateReader, state apiKeyModel) diag.Diagnostics {
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
		diags.Append(failure("Cannot check the "+state.title(), err))
		return diags
	}
	var named []neon.APIKey // of that name, whatever the project: the other provider looked no closer
	fitting, live, sure := 0, false, false
	for _, key := range keys {
		isIt := key.ID == state.ID.ValueString()
		fits := key.Name == state.Name.ValueString() && key.ProjectID == state.ProjectID.ValueString()
		if fits {
			fitting++
		}
		live = live || isIt
		sure = sure || isIt && fits
		if isIt || key.Name == state.Name.ValueString() {
			named = append(named, key)
		}
	}
	if sure && fitting == 1 || !live && fitting == 0 {
		return diags
	}
	var candidates strings.Builder
	for _, key := range named {
		candidates.WriteString("    " + describeKey(key) + "\n")
	}
	why := "several live keys have the name and the project that the state has"
	switch {
	case !live:
		why = "no live key has the id that the state has, but there is one with its name and project"
	case !sure:
		why = "the live key with that id has another name or project"
	}
	scope := "the whole organization"
	if project := state.ProjectID.ValueString(); project != "" {
		scope = "the project " + project
	}
	diags.AddError("Which key is it? "+state.title(), fmt.Sprintf(
		"The state comes from a provider that finds keys by name, so that its id may be another key's: %s (name %q, for %s, id %s). These are the keys in question:\n\n%s\n"+
			"Nothing is adopted and nothing is revoked on such a state. Find out which of them is the key whose token is in the state; who made it, when, and its last use tell. Then write its id into the state, as the guide \"Migrating\" shows, and plan again. "+
			"Or give the token up: take the moved block away, forget the old resource with terraform state rm, and import the right key with its id.",
		why, state.Name.ValueString(), scope, state.ID.ValueString(), candidates.String()))
	return diags
}

// describeKey is a line about a key, to tell it from others of its name.
func describeKey(key neon.APIKey) string {
	text := fmt.Sprintf("%s %q", key.ID, key.Name)
	if key.ProjectID != "" {
		text += ", for the project " + key.ProjectID
	}
	if !key.CreatedAt.IsZero() {
		text += ", made at " + key.CreatedAt.UTC().Format(time.RFC3339)
	}
	if maker := cmp.Or(key.CreatedBy.Name, key.CreatedBy.ID); maker != "" {
		text += " by " + maker
	}
	return text + ". " + lastUse(key)
}
