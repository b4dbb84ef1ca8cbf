package provider

import (
	"context"
	"fmt"
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

// rotatingKeyResource is an organization API key that is replaced from time to time, with a time in which
// the old and the new one both work.
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
		MarkdownDescription: "An API key of the organization that is rotated: once it is older than `rotate_after`, the next apply makes a new key. The old one goes on working for the time `overlap`, " +
			"so that whatever uses it can change over, and the next apply after that revokes it. The resource is updated in place all the while, and the plan warns of each rotation and revocation, with the reason and when the key was last used.\n\n" +
			"Nothing happens by itself: a key rotates when somebody applies, so `rotate_after` is a minimum. Schedule an apply. " +
			"It is the refresh that finds out what is due; `-refresh=false` neither rotates nor revokes because of time.\n\n" +
			"Creating and rotating need the personal key of an admin; revoking does not. The token, attribute `key`, is kept in the state: protect the state accordingly. " +
			"A `moved` block (Terraform 1.8) turns a `neon_organization_api_key` into one of these, with its token. " +
			"Destroying revokes the current and the previous key, for good. A current key that somebody else has revoked is replaced by the next apply.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"name": schema.StringAttribute{
				MarkdownDescription: "The name of the keys, 1 to 64 characters, without blanks around it and without control characters. For a while two keys have it: Neon and this provider tell keys apart by their ids. Neon cannot rename a key, so changing it rotates.",
				Required:            true,
				Validators:          keyNameValidators(),
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "The project that the keys are limited to, as in `shiny-wind-028834`. Such a key can do nothing outside of it. Default: they are good for the whole organization. Changing it rotates.",
				Optional:            true,
				Validators:          []validator.String{projectIDValidator()},
			},
			"rotate_after": schema.StringAttribute{
				MarkdownDescription: "How old the key may become before the next apply rotates it, as a duration like `60d`, `36h` or `60d12h`; a day is 24 hours. " +
					"A change counts from `rotated_at`; with a shorter time that is over already, the apply of the change rotates. After an import, `" + assumedRotateAfter + "` is assumed until the configuration is applied.",
				Required:   true,
				Validators: []validator.String{daysValidator{}},
			},
			"overlap": schema.StringAttribute{
				MarkdownDescription: "How long the old key goes on working after a rotation, as a duration like `7d` or `36h`. It must be shorter than `rotate_after`. " +
					"With `0s` the old key is revoked right after the new one is made. A rotation while a previous key is still alive revokes that one early. Default: `" + defaultOverlap + "`.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(defaultOverlap),
				Validators: []validator.String{daysValidator{zero: true}},
			},
			"rotation_triggers": schema.MapAttribute{
				MarkdownDescription: "Any values; when one of them changes, the key is rotated, whatever its age. Adding the argument to a key that had none, or taking it away, rotates nothing.",
				Optional:            true,
				ElementType:         types.StringType,
			},
			"key": schema.StringAttribute{
				MarkdownDescription: "The token of the current key: `napi_` and 64 letters and digits. Neon tells it only once, so it is null for a key that was imported, until its first rotation.",
				Computed:            true,
				Sensitive:           true,
			},
			"key_id": schema.StringAttribute{
				MarkdownDescription: "Neon's number of the current key. It changes with each rotation, so it serves as the version of a write-only argument that takes `key`, such as `secret_string_wo_version`.",
				Computed:            true,
			},
			"created_by": schema.StringAttribute{
				MarkdownDescription: "The UUID of the user who made the current key.",
				Computed:            true,
			},
			"rotated_at": schema.StringAttribute{
				MarkdownDescription: "When the current key was made, RFC 3339 in UTC, by the clock of the machine that ran the apply. For an imported or moved key, when Neon says that it was made.",
				Computed:            true,
			},
			"next_rotation_at": schema.StringAttribute{
				MarkdownDescription: "From when on an apply rotates the key, RFC 3339 in UTC: `rotated_at` and `rotate_after`.",
				Computed:            true,
			},
			"previous_key_id": schema.StringAttribute{
				MarkdownDescription: "Neon's number of the key before, while it still works. Null if there is none.",
				Computed:            true,
			},
			"previous_key_revoke_after": schema.StringAttribute{
				MarkdownDescription: "From when on an apply revokes the previous key, RFC 3339 in UTC: the time of the rotation and `overlap`. Null if there is none.",
				Computed:            true,
			},
			"unrevoked_key_ids": schema.SetAttribute{
				MarkdownDescription: "Numbers of keys that should have been revoked, but revoking them failed. The next apply tries again. Empty at nearly all times.",
				Computed:            true,
				ElementType:         types.StringType,
			},
		},
	}
}

func (r *rotatingKeyResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config rotatingKeyModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.Overlap.IsUnknown() {
		return
	}
	overlap, from := config.Overlap.ValueString(), path.Root("overlap")
	if config.Overlap.IsNull() {
		overlap, from = defaultOverlap, path.Root("rotate_after")
	}
	during, err := parseDuration(overlap)
	if err != nil {
		return // said already
	}
	if after := durationOf(config.RotateAfter); after > 0 && during >= after {
		resp.Diagnostics.AddAttributeError(from, "overlap is not shorter than rotate_after", fmt.Sprintf(
			"rotate_after is %s, and overlap is %s%s: the next rotation would come before the old key has ended. Choose a shorter overlap, or a longer rotate_after.",
			config.RotateAfter.ValueString(), overlap, map[bool]string{true: ", its default"}[config.Overlap.IsNull()]))
	}
}

func (r *rotatingKeyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan rotatingKeyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	org, diags := r.beforeWrite(ctx, plan.OrgID, fmt.Sprintf("Creating the API key %q", name), true)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	began := time.Now()
	key, err := org.CreateAPIKey(ctx, name, plan.ProjectID.ValueString())
	left := neon.LeftBehind(err)
	if key.ID == "" && len(left) > 0 {
		// Without a token, but alive: kept in the state, as tainted, it is revoked by the next apply.
		key, left = neon.APIKey{ID: left[0]}, left[1:]
	}
	if key.ID != "" {
		plan.OrgID = types.StringValue(org.ID)
		plan.made(key, r.conn.now())
		plan.Key = stringOrNull(string(key.Token))
		plan.setPrevious("", time.Time{})
		plan.setUnrevoked(left)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
		resp.Diagnostics.Append(rememberChange(ctx, resp.Private)...)
		resp.Diagnostics.Append(fingerprints{key.ID: key.Token.Fingerprint()}.keep(ctx, resp.Private, plan)...)
	}
	if err != nil {
		resp.Diagnostics.Append(createFailure(name, began, err))
	}
}

// beforeWrite repeats the guards and returns the organization.
func (r *rotatingKeyResource) beforeWrite(ctx context.Context, orgID types.String, operation string, creates bool) (*neon.Organization, diag.Diagnostics) {
	diags := r.conn.guardWrite(operation)
	if diags.HasError() {
		return nil, diags
	}
	org, orgDiags := r.conn.organization(ctx, orgID)
	diags.Append(orgDiags...)
	if creates && !diags.HasError() {
		diags.Append(r.conn.guardPersonalKey(ctx, operation)...) // who is no admin is refused by Neon, and explained
	}
	return org, diags
}

// Read finds out what is due, and leaves it to the plan to say and to the apply to do it.
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
		resp.Diagnostics.Append(failure("Cannot read the "+state.title(), err))
		return
	}
	resp.Diagnostics.Append(stripPromise(ctx, resp.Private)...)
	now, found := r.conn.now().UTC(), decision{}
	if key, ok := live[state.KeyID.ValueString()]; ok {
		state.set(key)
		if state.RotatedAt.IsNull() {
			state.RotatedAt = timeValue(now) // Neon does not tell
		}
	} else {
		found.Revoked = true
		resp.Diagnostics.AddWarning("Revoked outside of Terraform: "+state.title(), fmt.Sprintf(
			"Neon's list of the live API keys of %s does not have it any more. As long as the configuration has it, the next apply makes a new key with a new token.", org.ID))
	}
	if _, ok := live[state.PreviousKeyID.ValueString()]; !ok {
		state.setPrevious("", time.Time{})
	}
	state.setUnrevoked(slices.DeleteFunc(state.unrevoked(), func(id string) bool { _, ok := live[id]; return !ok }))
	state.schedule()
	if found.Revoked || state.due(now) || readDecision(ctx, req.Private).Adopted {
		found.At = now
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(found.keep(ctx, resp.Private)...)
}

// liveKeys looks up all keys that the state knows; all reports whether the current and the previous are there.
func (r *rotatingKeyResource) liveKeys(ctx context.Context, state rotatingKeyModel, look func(context.Context, string) (neon.APIKey, bool, error)) (live map[string]neon.APIKey, all bool, err error) {
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

// Update rotates, if the plan says so: the new key first, then the end of those whose time has come. Whatever
// fails, the state has what is alive then.
func (r *rotatingKeyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan rotatingKeyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(stripPromise(ctx, resp.Private)...)
	now, marks := r.conn.now(), readFingerprints(ctx, req.Private)
	next := readDecision(ctx, req.Private).settle(state, plan, now)
	result := state
	result.OrgID, result.RotateAfter, result.Overlap, result.RotationTriggers = plan.OrgID, plan.RotateAfter, plan.Overlap, plan.RotationTriggers
	var org *neon.Organization
	if next.rotates() || len(next.revoke) > 0 {
		operation := "Rotating the " + state.title()
		if !next.rotates() {
			operation = "Revoking the " + state.titleOf(next.revoke[0])
		}
		var diags diag.Diagnostics
		org, diags = r.beforeWrite(ctx, state.OrgID, operation, next.rotates())
		resp.Diagnostics.Append(diags...)
		if !resp.Diagnostics.HasError() {
			for _, id := range next.revoke {
				resp.Diagnostics.Append(r.conn.guardRevocation(ctx, org, r.promisedKey(state, marks, id), false)...)
			}
		}
		if resp.Diagnostics.HasError() {
			return
		}
	}
	if next.rotates() {
		began := time.Now()
		key, keep, err := org.HoldAPIKey(ctx, plan.Name.ValueString(), plan.ProjectID.ValueString())
		left := neon.LeftBehind(err)
		if err != nil {
			resp.Diagnostics.Append(createFailure(plan.Name.ValueString(), began, err))
		}
		if key.ID == "" || key.Token == "" {
			state.setUnrevoked(append(state.unrevoked(), left...))
			resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
			return
		}
		defer keep()
		if state.Key.ValueString() != "" {
			marks[state.KeyID.ValueString()] = neon.Secret(state.Key.ValueString()).Fingerprint()
		}
		marks[key.ID] = key.Token.Fingerprint()
		now = r.conn.now()
		result.Name, result.ProjectID = plan.Name, plan.ProjectID
		result.made(key, now)
		next.revoke = append(next.revoke, left...)
		resp.Diagnostics.Append(rememberChange(ctx, resp.Private)...)
		if next.until.IsZero() {
			next.until = now.Add(durationOf(plan.Overlap))
		}
	}
	result.schedule()
	result.setPrevious(next.previous, next.until)
	left := slices.Clone(next.revoke)
	for _, id := range next.revoke {
		if err := org.RetireAPIKey(ctx, id); err != nil {
			resp.Diagnostics.Append(failure("Cannot revoke the "+state.titleOf(id), err))
			continue
		}
		left = slices.DeleteFunc(left, func(other string) bool { return other == id })
	}
	result.setUnrevoked(left)
	resp.Diagnostics.Append(resp.State.Set(ctx, result)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, result.identity())...)
	resp.Diagnostics.Append(decision{}.keep(ctx, resp.Private)...)
	resp.Diagnostics.Append(marks.keep(ctx, resp.Private, result)...)
}

// isOwn reports whether it is the key that the provider itself uses, also if its token is no longer known.
func (r *rotatingKeyResource) isOwn(state rotatingKeyModel, marks fingerprints, id string) bool {
	return r.conn.known() && (id == state.KeyID.ValueString() && r.conn.client.Uses(neon.Secret(state.Key.ValueString())) || r.conn.client.UsesFingerprint(marks[id]))
}

func (r *rotatingKeyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state rotatingKeyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	marks := readFingerprints(ctx, req.Private)
	org, diags := r.beforeWrite(ctx, state.OrgID, "Revoking the "+state.title(), false)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	promised, _ := readPromise(ctx, req.Private)
	for _, key := range r.promisedKeys(state, marks) {
		resp.Diagnostics.Append(r.conn.guardRevocation(ctx, org, key, !promised.Shown)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	for _, id := range state.keyIDs() {
		if err := org.RevokeAPIKey(ctx, id); err != nil {
			resp.Diagnostics.Append(failure("Cannot revoke the "+state.titleOf(id), err))
		}
	}
}
