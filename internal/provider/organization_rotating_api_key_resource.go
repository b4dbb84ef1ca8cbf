package provider

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure      = (*rotatingKeyResource)(nil)
	_ resource.ResourceWithValidateConfig = (*rotatingKeyResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*rotatingKeyResource)(nil)
	_ resource.ResourceWithIdentity       = (*rotatingKeyResource)(nil)
	_ resource.ResourceWithImportState    = (*rotatingKeyResource)(nil)
	_ resource.ResourceWithMoveState      = (*rotatingKeyResource)(nil)
)

// rotatingKeyResource is an organization API key that rotates when it is old. During the overlap, the old and the new key
// both work.
type rotatingKeyResource struct{ resourceBase }

func newRotatingAPIKeyResource() resource.Resource { return &rotatingKeyResource{} }

func (r *rotatingKeyResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_rotating_api_key"
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *rotatingKeyResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = apiKeyIdentitySchema()
}

func (r *rotatingKeyResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages and rotates an API key of the organization: when the key is older than `rotate_after`, the next apply " +
			"creates a new key, and the old one keeps working for `overlap`.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"name": schema.StringAttribute{
				MarkdownDescription: "The name of the keys: 1 to 64 characters, without leading or trailing blanks and without control characters. " +
					"During an overlap, two keys have the same name. Neon cannot rename a key, so changing it rotates the key.",
				Required:   true,
				Validators: keyNameValidators(),
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "The project that the keys are limited to, as in `shiny-wind-028834`. " +
					"Default: the whole organization. Changing it rotates the key.",
				Optional:   true,
				Validators: []validator.String{projectIDValidator()},
			},
			"rotate_after": schema.StringAttribute{
				MarkdownDescription: "The age at which the next apply rotates the key, as a duration like `60d`, `36h` or `60d12h`; " +
					"a day is 24 hours. " +
					"A new value also counts from `rotated_at`: if the key is older, the apply of the change rotates it. " +
					"After an import, it is `" + assumedRotateAfter + "` until the configuration is applied.",
				Required:   true,
				Validators: []validator.String{durationValidator{}},
			},
			"overlap": schema.StringAttribute{
				MarkdownDescription: "How long the old key keeps working after a rotation, as a duration like `7d` or `36h`. " +
					"It must be shorter than `rotate_after`. " +
					"With `0s`, the apply revokes the old key right after it creates the new one. " +
					"A rotation during an overlap revokes the previous key early. Default: `" + defaultOverlap + "`.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(defaultOverlap),
				Validators: []validator.String{durationValidator{zero: true}},
			},
			"rotation_triggers": schema.MapAttribute{
				MarkdownDescription: "Any values. If one of them changes, the next apply rotates the key regardless of its age. " +
					"Adding or removing the argument does not rotate the key.",
				Optional:    true,
				ElementType: types.StringType,
			},
			"key": schema.StringAttribute{
				MarkdownDescription: "The token of the current key: `napi_` and 64 letters and digits. " +
					"Neon returns a token only once, so it is null for an imported key until the first rotation.",
				Computed:  true,
				Sensitive: true,
			},
			"key_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the current key, a number. It changes with each rotation, " +
					"so use it as the version of a write-only argument for `key`, such as `secret_string_wo_version`.",
				Computed: true,
			},
			"created_by_id": schema.StringAttribute{
				MarkdownDescription: "The UUID of the user who created the current key.",
				Computed:            true,
			},
			"rotated_at": schema.StringAttribute{
				MarkdownDescription: "When the current key was created, RFC 3339 in UTC, by the clock of the machine that ran the apply. " +
					"For an imported or moved key, by Neon's clock.",
				Computed: true,
			},
			"next_rotation_at": schema.StringAttribute{
				MarkdownDescription: "When the key is due. The next apply after that rotates it. RFC 3339 in UTC; the sum of `rotated_at` and " +
					"`rotate_after`.",
				Computed: true,
			},
			"previous_key_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the previous key, while it still works; null if there is none.",
				Computed:            true,
			},
			"previous_key_revocation_at": schema.StringAttribute{
				MarkdownDescription: "When the overlap ends. The next apply after that revokes the previous key. " +
					"RFC 3339 in UTC; the sum of the time of the rotation and `overlap`. Null if there is no previous key.",
				Computed: true,
			},
			"unrevoked_key_ids": schema.SetAttribute{
				MarkdownDescription: "The IDs of keys whose revocation failed. The next apply tries again. Normally empty.",
				Computed:            true,
				ElementType:         types.StringType,
			},
		},
	}
}

func (r *rotatingKeyResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config rotatingKeyModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.Overlap.IsUnknown() {
		return
	}
	overlap, at, from := config.Overlap.ValueString(), path.Root("overlap"), ""
	if config.Overlap.IsNull() {
		overlap, at, from = defaultOverlap, path.Root("rotate_after"), ", its default"
	}
	during, err := parseDuration(overlap)
	if err != nil {
		return // its validator has reported it
	}
	if after := durationOf(config.RotateAfter); after > 0 && during >= after {
		resp.Diagnostics.Append(overlapTooLong(at, config.RotateAfter.ValueString(), overlap, from))
	}
}

func (r *rotatingKeyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan rotatingKeyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	org, diags := r.beforeWrite(ctx, plan.OrgID, creatingKey(name), true)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	began := time.Now()
	key, err := org.CreateAPIKey(ctx, name, plan.ProjectID.ValueString())
	left := neon.LeftBehind(err)
	if key.ID == "" && len(left) > 0 {
		// Without a token, but live: in the state, as tainted, it is revoked by the next apply.
		key, left = neon.APIKey{ID: left[0]}, left[1:]
	}
	if key.ID != "" {
		plan.OrgID = types.StringValue(org.ID)
		plan.setCreated(key, r.conn.now())
		plan.setPrevious("", time.Time{})
		plan.setUnrevoked(left)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
		resp.Diagnostics.Append(rememberChange(ctx, resp.Private)...)
		resp.Diagnostics.Append(fingerprints{key.ID: key.Token.Fingerprint()}.keep(ctx, resp.Private, plan)...)
	}
	if err != nil {
		resp.Diagnostics.Append(cannotCreateKey(name, began, err))
	}
}

// beforeWrite repeats the guards and returns the organization.
func (r *rotatingKeyResource) beforeWrite(
	ctx context.Context, orgID types.String, operation string, creates bool,
) (*neon.Organization, diag.Diagnostics) {
	diags := r.conn.guardWrite(operation)
	if diags.HasError() {
		return nil, diags
	}
	org, orgDiags := r.conn.organization(ctx, orgID)
	diags.Append(orgDiags...)
	if creates && !diags.HasError() {
		diags.Append(r.conn.guardPersonalKey(ctx, operation)...) // Neon refuses a person who is not an admin
	}
	return org, diags
}

// Read determines the keys that are due. The plan shows them, and the apply rotates or revokes them.
func (r *rotatingKeyResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state rotatingKeyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !r.conn.known() {
		r.conn.warnUnknown(&resp.Diagnostics)
		return
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	live, all, err := r.liveKeys(ctx, state, org.APIKey)
	if err == nil && !all {
		err = recheckRecent(ctx, req.Private, func(ctx context.Context) (bool, error) {
			live, all, err = r.liveKeys(ctx, state, org.APIKeyNow)
			return all, err
		})
	}
	if err != nil {
		resp.Diagnostics.Append(cannotReadKey(state.title(), err))
		return
	}
	resp.Diagnostics.Append(stripPromise(ctx, resp.Private)...)
	now, decided := r.conn.now().UTC(), decision{}
	if key, ok := live[state.KeyID.ValueString()]; ok {
		state.set(key)
		if state.RotatedAt.IsNull() {
			state.RotatedAt = timeValue(now) // Neon does not return it
		}
	} else {
		decided.Revoked = true
		resp.Diagnostics.Append(rotatingKeyRevokedOutside(org.ID, state.title()))
	}
	if _, ok := live[state.PreviousKeyID.ValueString()]; !ok {
		state.setPrevious("", time.Time{})
	}
	state.setUnrevoked(slices.DeleteFunc(state.unrevoked(), func(id string) bool { _, ok := live[id]; return !ok }))
	state.schedule()
	if decided.Revoked || state.due(now) || readDecision(ctx, req.Private).Adopted {
		decided.At = now
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(decided.keep(ctx, resp.Private)...)
}

// liveKeys looks up all keys in the state; all reports whether the current and the previous one exist.
func (r *rotatingKeyResource) liveKeys(
	ctx context.Context, state rotatingKeyModel, look func(context.Context, string) (neon.APIKey, bool, error),
) (live map[string]neon.APIKey, all bool, err error) {
	live, all = map[string]neon.APIKey{}, true
	for _, id := range state.keyIDs() {
		key, ok, err := look(ctx, id)
		switch {
		case err != nil:
			return nil, false, err
		case ok:
			live[id] = key
		case id == state.KeyID.ValueString() || id == state.PreviousKeyID.ValueString():
			all = false
		}
	}
	return live, all, nil
}

// Update rotates if planned: it creates the new key, then revokes the keys that are due. After any failure, the
// state has the live keys.
func (r *rotatingKeyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan rotatingKeyModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	diags.Append(stripPromise(ctx, resp.Private)...)
	marks := readFingerprints(ctx, req.Private)
	next := readDecision(ctx, req.Private).rotationAt(r.conn.now(), state, plan)
	org, guardDiags := r.beforeUpdate(ctx, state, next, marks)
	diags.Append(guardDiags...)
	if diags.HasError() {
		return
	}
	result := state
	result.OrgID, result.RotationTriggers = plan.OrgID, plan.RotationTriggers
	result.RotateAfter, result.Overlap = plan.RotateAfter, plan.Overlap
	if next.rotates() {
		key, keep, left, rotateDiags := r.rotate(ctx, org, plan)
		diags.Append(rotateDiags...)
		if key.Token == "" { // nothing has come of it: the next plan rotates
			state.setUnrevoked(append(state.unrevoked(), left...))
			diags.Append(resp.State.Set(ctx, state)...)
			return
		}
		defer keep()
		marks.add(state.KeyID.ValueString(), neon.Secret(state.Key.ValueString()))
		marks.add(key.ID, key.Token)
		now := r.conn.now()
		result.Name, result.ProjectID = plan.Name, plan.ProjectID
		result.setCreated(key, now)
		next.revoke = append(next.revoke, left...)
		if next.until.IsZero() {
			next.until = now.Add(durationOf(plan.Overlap))
		}
		diags.Append(rememberChange(ctx, resp.Private)...)
	}
	result.schedule()
	result.setPrevious(next.previous, next.until)
	unrevoked, revokeDiags := r.revokeDue(ctx, org, state, next.revoke)
	diags.Append(revokeDiags...)
	result.setUnrevoked(unrevoked)
	diags.Append(resp.State.Set(ctx, result)...)
	diags.Append(resp.Identity.Set(ctx, result.identity())...)
	diags.Append(decision{}.keep(ctx, resp.Private)...)
	diags.Append(marks.keep(ctx, resp.Private, result)...)
}

// beforeUpdate repeats the guards, and returns the organization if there is something to send.
func (r *rotatingKeyResource) beforeUpdate(
	ctx context.Context, state rotatingKeyModel, next rotation, marks fingerprints,
) (*neon.Organization, diag.Diagnostics) {
	var operation string
	switch {
	case next.rotates():
		operation = rotatingKey(state.title())
	case len(next.revoke) > 0:
		operation = revokingKey(state.titleOf(next.revoke[0]))
	default:
		return nil, nil
	}
	org, diags := r.beforeWrite(ctx, state.OrgID, operation, next.rotates())
	if diags.HasError() {
		return nil, diags
	}
	for _, id := range next.revoke {
		diags.Append(r.conn.guardRevocation(ctx, org, r.promisedKey(state, marks, id))...)
	}
	return org, diags
}

// rotate creates the new key. Call keep when the key is in the state. Without a token there is no new key, and left
// are the keys that it could not revoke.
func (r *rotatingKeyResource) rotate(
	ctx context.Context, org *neon.Organization, plan rotatingKeyModel,
) (key neon.APIKey, keep func(), left []string, diags diag.Diagnostics) {
	began := time.Now()
	key, keep, err := org.HoldAPIKey(ctx, plan.Name.ValueString(), plan.ProjectID.ValueString())
	if err != nil {
		diags.Append(cannotCreateKey(plan.Name.ValueString(), began, err))
	}
	if key.ID == "" {
		key.Token = ""
	}
	return key, keep, neon.LeftBehind(err), diags
}

// revokeDue revokes keys, and returns the keys that it could not revoke.
func (r *rotatingKeyResource) revokeDue(
	ctx context.Context, org *neon.Organization, state rotatingKeyModel, due []string,
) (unrevoked []string, diags diag.Diagnostics) {
	for _, id := range due {
		if err := org.RetireAPIKey(ctx, id); err != nil {
			diags.Append(cannotRevokeKey(state.titleOf(id), err))
			unrevoked = append(unrevoked, id)
		}
	}
	return unrevoked, diags
}

// isOwn reports whether it is the provider's own key, even if its token is no longer known.
func (r *rotatingKeyResource) isOwn(state rotatingKeyModel, marks fingerprints, id string) bool {
	if !r.conn.known() {
		return false
	}
	isCurrent := id == state.KeyID.ValueString()
	return isCurrent && r.conn.client.Uses(neon.Secret(state.Key.ValueString())) || r.conn.client.UsesFingerprint(marks[id])
}

func (r *rotatingKeyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state rotatingKeyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	marks := readFingerprints(ctx, req.Private)
	org, diags := r.beforeWrite(ctx, state.OrgID, revokingKey(state.title()), false)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	promised, _ := readPromise(ctx, req.Private)
	for _, key := range r.promisedKeys(state, marks) {
		resp.Diagnostics.Append(r.conn.guardEnd(ctx, org, key, promised.Shown)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	for _, id := range state.keyIDs() {
		if err := org.RevokeAPIKey(ctx, id); err != nil {
			resp.Diagnostics.Append(cannotRevokeKey(state.titleOf(id), err))
		}
	}
}
