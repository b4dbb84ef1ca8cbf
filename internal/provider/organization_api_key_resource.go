package provider

import (
	"context"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure   = (*apiKeyResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*apiKeyResource)(nil)
	_ resource.ResourceWithImportState = (*apiKeyResource)(nil)
	_ resource.ResourceWithIdentity    = (*apiKeyResource)(nil)
)

// apiKeyResource is an organization API key with its token in the state. Neon cannot change a key, only create and
// revoke it, so every change replaces it.
type apiKeyResource struct{ resourceBase }

func newAPIKeyResource() resource.Resource { return &apiKeyResource{} }

type apiKeyModel struct {
	apiKeyIdentity

	Name             types.String `tfsdk:"name"`
	ProjectID        types.String `tfsdk:"project_id"`
	RotationTriggers types.Map    `tfsdk:"rotation_triggers"`
	Key              types.String `tfsdk:"key"`
	CreatedAt        types.String `tfsdk:"created_at"`
	CreatedBy        types.String `tfsdk:"created_by_id"`
}

// set copies Neon's values for a key, except the token, which Neon returns only once.
func (m *apiKeyModel) set(key neon.APIKey) {
	m.ID = types.StringValue(key.ID)
	m.Name = types.StringValue(key.Name)
	m.ProjectID = stringOrNull(key.ProjectID)
	if m.CreatedAt.ValueString() == "" {
		m.CreatedAt = timeValue(key.CreatedAt)
	}
	if m.CreatedBy.ValueString() == "" {
		m.CreatedBy = stringOrNull(key.CreatedBy.ID)
	}
}

func (m *apiKeyModel) title() string {
	return keyTitle(m.Name.ValueString(), m.ID.ValueString())
}

func (r *apiKeyResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_api_key"
}

func (r *apiKeyResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	const replaces = "A change replaces the key."
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages an API key for the whole organization or for one project. " +
			"Destroying the resource revokes the key.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"name": schema.StringAttribute{
				MarkdownDescription: "The key's name: 1 to 64 characters, without leading or trailing blanks and without control characters. " +
					"Names need not be unique: keys are identified by ID. Changing it replaces the key.",
				Required:      true,
				Validators:    keyNameValidators(),
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "The project that the key is limited to, as in `shiny-wind-028834`. " +
					"Default: the whole organization. Changing it replaces the key.",
				Optional:      true,
				Validators:    []validator.String{projectIDValidator()},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"rotation_triggers": schema.MapAttribute{
				MarkdownDescription: "Any values. If one of them changes, the key is replaced. Adding or removing the argument does not replace it.",
				Optional:            true,
				ElementType:         types.StringType,
				PlanModifiers: []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(
					func(_ context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
						resp.RequiresReplace = otherTriggers(req.StateValue, req.PlanValue)
					}, replaces, replaces,
				)},
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "The ID of the key, a number.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"key": schema.StringAttribute{
				MarkdownDescription: "The token: `napi_` and 64 letters and digits. Neon returns a token only once, so it is null for an " +
					"imported key.",
				Computed:      true,
				Sensitive:     true,
				PlanModifiers: keep,
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "When the key was created, RFC 3339 in UTC.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"created_by_id": schema.StringAttribute{
				MarkdownDescription: "The UUID of the user who created the key. The data source `neon_organization_api_keys` returns the " +
					"creator's e-mail address.",
				Computed:      true,
				PlanModifiers: keep,
			},
		},
	}
}

func (r *apiKeyResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = apiKeyIdentitySchema()
}

func (r *apiKeyResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan apiKeyModel
	diags := &resp.Diagnostics
	exists := !req.State.Raw.IsNull()
	if exists {
		diags.Append(req.State.Get(ctx, &state)...)
		diags.Append(r.verifyMoved(ctx, req.Private, state)...) // for plans without a refresh
	}
	promised := promise{Walk: r.conn.walk, OrgID: state.OrgID.ValueString(), Keys: []promisedKey{r.promisedKey(state)}}
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
		r.planCreateKey(ctx, req, resp, configuredOrg, plan.Name)
		return
	}
	diags.Append(promised.keep(ctx, resp.Private)...)
	if waits(req, resp, state.title(), "org_id", "name", "project_id") {
		return
	}
	orgID, replace := r.planOrgID(configuredOrg, state.OrgID, resp)
	diags.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), orgID)...)
	replace = replace || !plan.Name.Equal(state.Name) || !plan.ProjectID.Equal(state.ProjectID) ||
		otherTriggers(state.RotationTriggers, plan.RotationTriggers)
	if !replace || diags.HasError() {
		return
	}
	diags.Append(r.guardCreate(ctx, orgID, plan.Name)...)
	diags.Append(r.conn.promiseRevocations(ctx, promised, resp.Private)...)
}

// planCreateKey plans a new key, or the create half of a replacement. The destroy half of a forced replacement is not
// planned on its own, so its guards are here; Terraform drops warnings of this call, and Delete gives them.
func (b *resourceBase) planCreateKey(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, configuredOrg, name types.String,
) {
	orgID, decided := b.newOrgID(configuredOrg)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("org_id"), orgID)...)
	if again, isAgain := readPromise(ctx, req.Private); isAgain && !again.Shown {
		resp.Diagnostics.Append(b.conn.warnRevocations(ctx, again)...)
	}
	if decided && !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(b.guardCreate(ctx, configuredOrg, name)...)
	}
}

// guardCreate is for a plan that creates a key.
func (b *resourceBase) guardCreate(ctx context.Context, orgID, name types.String) diag.Diagnostics {
	if !b.conn.known() {
		return nil
	}
	org, diags := b.conn.organization(ctx, orgID)
	if !diags.HasError() {
		diags.Append(b.conn.guardAdminKey(ctx, org, creatingKey(name.ValueString()))...)
	}
	return diags
}

// otherTriggers reports whether a change of rotation_triggers forces a new key. Adding or removing the argument does not.
func otherTriggers(state, plan types.Map) bool {
	return !state.IsNull() && !plan.IsNull() && !plan.Equal(state)
}

// promisedKey is the key of a state, for the plan of its end.
func (r *apiKeyResource) promisedKey(state apiKeyModel) promisedKey {
	return promisedKey{ID: state.ID.ValueString(), Title: state.title(), Own: r.isOwn(state), Imported: state.Key.ValueString() == ""}
}

// isOwn reports whether it is the provider's own key.
func (r *apiKeyResource) isOwn(state apiKeyModel) bool {
	return r.conn.known() && r.conn.client.Uses(neon.Secret(state.Key.ValueString()))
}

func (r *apiKeyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan apiKeyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	operation := creatingKey(plan.Name.ValueString())
	resp.Diagnostics.Append(r.conn.guardWrite(operation)...)
	if resp.Diagnostics.HasError() {
		return
	}
	org, diags := r.conn.organization(ctx, plan.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.conn.guardPersonalKey(ctx, operation)...) // Neon refuses a person who is not an admin
	if resp.Diagnostics.HasError() {
		return
	}
	began := time.Now()
	key, err := org.CreateAPIKey(ctx, plan.Name.ValueString(), plan.ProjectID.ValueString())
	if left := neon.LeftBehind(err); key.ID == "" && len(left) > 0 {
		// Without a token, but live: in the state, as tainted, it is revoked by the next apply.
		key.ID = left[0]
	}
	if key.ID != "" {
		plan.OrgID = types.StringValue(org.ID)
		name, project := plan.Name, plan.ProjectID
		plan.set(key)
		plan.Name, plan.ProjectID = name, project // as planned, whatever the answer has
		plan.Key = stringOrNull(string(key.Token))
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.apiKeyIdentity)...)
		resp.Diagnostics.Append(rememberChange(ctx, resp.Private)...)
	}
	if err != nil {
		resp.Diagnostics.Append(cannotCreateKey(plan.Name.ValueString(), began, err))
	}
}

func (r *apiKeyResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state apiKeyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.apiKeyIdentity)...) // also of what is gone
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
	resp.Diagnostics.Append(r.verifyMoved(ctx, req.Private, state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, foundByNameKey, nil)...) // it is checked now
	resp.Diagnostics.Append(stripPromise(ctx, resp.Private)...)
	key, live, err := org.APIKey(ctx, state.ID.ValueString())
	if err == nil && !live {
		err = recheckRecent(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			key, live, err = org.APIKeyNow(ctx, state.ID.ValueString())
			return live, err
		})
	}
	if err != nil {
		resp.Diagnostics.Append(cannotReadKey(state.title(), err))
		return
	}
	if !live {
		resp.Diagnostics.Append(revokedOutside(org.ID, state.title()))
		resp.State.RemoveResource(ctx)
		return
	}
	state.set(key)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update sends no request: only values that Neon does not store can change in place.
func (r *apiKeyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan apiKeyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.apiKeyIdentity)...)
	resp.Diagnostics.Append(stripPromise(ctx, resp.Private)...)
}

func (r *apiKeyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state apiKeyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.conn.guardWrite(revokingKey(state.title()))...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.verifyMoved(ctx, req.Private, state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	promised, _ := readPromise(ctx, req.Private)
	resp.Diagnostics.Append(r.conn.guardEnd(ctx, org, r.promisedKey(state), promised.Shown)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := org.RevokeAPIKey(ctx, state.ID.ValueString()); err != nil {
		resp.Diagnostics.Append(cannotRevokeKey(state.title(), err))
	}
}

var keyIDPattern = regexp.MustCompile(`^[0-9]+$`)

func (r *apiKeyResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	org, key := r.importedKey(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("org_id"), org.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), key.ID)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, apiKeyIdentity{OrgID: types.StringValue(org.ID), ID: types.StringValue(key.ID)})...)
}

// importedKey is the live key that an import means.
func (b *resourceBase) importedKey(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics,
) (*neon.Organization, neon.APIKey) {
	org, id := b.importTarget(ctx, req, keyImportForm, "id", diags)
	if diags.HasError() {
		return nil, neon.APIKey{}
	}
	if !keyIDPattern.MatchString(id) {
		diags.Append(invalidKeyImportID(id))
		return nil, neon.APIKey{}
	}
	key, live, err := org.APIKey(ctx, id)
	switch {
	case err != nil:
		diags.Append(cannotImportKey(id, err))
	case !live:
		diags.Append(noSuchKey(org.ID, id))
	}
	return org, key
}
