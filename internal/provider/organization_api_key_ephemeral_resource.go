package provider

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*apiKeyEphemeralResource)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*apiKeyEphemeralResource)(nil)
)

// apiKeyEphemeralResource is an organization API key for one run, in no state.
type apiKeyEphemeralResource struct {
	conn *connection
}

func newAPIKeyEphemeralResource() ephemeral.EphemeralResource { return &apiKeyEphemeralResource{} }

type apiKeyEphemeralModel struct {
	OrgID     types.String `tfsdk:"org_id"`
	Name      types.String `tfsdk:"name"`
	ProjectID types.String `tfsdk:"project_id"`
	Enabled   types.Bool   `tfsdk:"enabled"`
	ID        types.String `tfsdk:"id"`
	Key       types.String `tfsdk:"key"`
	CreatedAt types.String `tfsdk:"created_at"`
}

// ephemeralNamePrefix begins the names that the provider chooses.
const ephemeralNamePrefix = "terraform-"

// openedKey is the key of the private data, and openedAPIKey its value: what Close needs, and no secret.
const openedKey = "opened"

type openedAPIKey struct {
	OrgID string `json:"org_id"`
	ID    string `json:"id"`
	Name  string `json:"name"`
}

func (k openedAPIKey) title() string { return fmt.Sprintf("ephemeral API key %q (%s)", k.Name, k.ID) }

func (r *apiKeyEphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	r.conn, _ = req.ProviderData.(*connection)
}

func (r *apiKeyEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_api_key"
}

func (r *apiKeyEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An API key of the organization for one run of Terraform: " +
			"created when the run opens it, and revoked when the run closes it. " +
			"No state and no saved plan stores its token. It requires Terraform 1.10 or OpenTofu 1.11, and the personal key of an admin.",
		Attributes: map[string]schema.Attribute{
			"org_id": schema.StringAttribute{
				MarkdownDescription: orgIDDescription,
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{orgIDValidator()},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "The key's name: 1 to 64 characters, without leading or trailing blanks and without control characters. " +
					"Default: `" + ephemeralNamePrefix + "` and twelve random characters; " +
					"the data source `neon_organization_api_keys` lists such keys until they are revoked.",
				Optional:   true,
				Computed:   true,
				Validators: keyNameValidators(),
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "The project that the key is limited to, as in `shiny-wind-028834`. Default: the whole organization.",
				Optional:            true,
				Validators:          []validator.String{projectIDValidator()},
			},
			"enabled": schema.BoolAttribute{
				MarkdownDescription: "Whether to create a key. With `false`, no request is sent to Neon, and `id`, `key` and " +
					"`created_at` are null. " +
					"With `enabled = terraform.applying`, plans and refreshes create no keys. Default: `true`.",
				Optional: true,
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "The ID of the key, a number.",
				Computed:            true,
			},
			"key": schema.StringAttribute{
				MarkdownDescription: "The token: `napi_` and 64 letters and digits.",
				Computed:            true,
				Sensitive:           true,
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "When the key was created, RFC 3339 in UTC.",
				Computed:            true,
			},
		},
	}
}

func (r *apiKeyEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var result apiKeyEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &result)...)
	if !req.Config.Raw.IsFullyKnown() { // Terraform waits until it is
		resp.Diagnostics.Append(ephemeralArgumentsUnknown())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if !result.Enabled.IsNull() && !result.Enabled.ValueBool() {
		resp.Diagnostics.Append(resp.Result.Set(ctx, result)...)
		return
	}
	if result.Name.IsNull() {
		result.Name = types.StringValue(ephemeralNamePrefix + strings.ToLower(rand.Text()[:12]))
	}
	org, diags := r.beforeOpen(ctx, result)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	began := time.Now()
	key, err := org.OpenAPIKey(ctx, result.Name.ValueString(), result.ProjectID.ValueString())
	if err != nil {
		resp.Diagnostics.Append(cannotCreateKey(result.Name.ValueString(), began, err))
		return
	}
	result.OrgID = types.StringValue(org.ID)
	result.ID = types.StringValue(key.ID)
	result.Key = types.StringValue(string(key.Token))
	result.CreatedAt = timeValue(key.CreatedAt)
	opened := openedAPIKey{OrgID: org.ID, ID: key.ID, Name: result.Name.ValueString()}
	resp.Diagnostics.Append(setPrivate(ctx, resp.Private, openedKey, opened)...)
	resp.Diagnostics.Append(resp.Result.Set(ctx, result)...)
	if resp.Diagnostics.HasError() { // Terraform closes nothing that failed to open
		resp.Diagnostics.Append(r.revoke(ctx, opened)...)
	}
}

// beforeOpen runs all checks before a key is created. Unlike the key of the resource, an ephemeral key is
// created in plans too, which may run with a limited key.
func (r *apiKeyEphemeralResource) beforeOpen(ctx context.Context, config apiKeyEphemeralModel) (*neon.Organization, diag.Diagnostics) {
	operation := creatingEphemeralKey(config.Name.ValueString())
	if diags := r.conn.guardWrite(operation); diags.HasError() {
		return nil, openedInPlans(diags)
	}
	org, diags := r.conn.organization(ctx, config.OrgID)
	if !diags.HasError() {
		diags.Append(r.conn.guardPersonalKey(ctx, operation)...) // Neon refuses a person who is not an admin
	}
	return org, openedInPlans(diags)
}

func (r *apiKeyEphemeralResource) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	raw, diags := req.Private.GetKey(ctx, openedKey)
	resp.Diagnostics.Append(diags...)
	if raw == nil {
		return // not enabled
	}
	var opened openedAPIKey
	if err := json.Unmarshal(raw, &opened); err != nil {
		resp.Diagnostics.Append(unknownEphemeralKey(err))
		return
	}
	resp.Diagnostics.Append(r.revoke(ctx, opened)...)
}

// revoke revokes a key. If it fails, the error says what to do.
func (r *apiKeyEphemeralResource) revoke(ctx context.Context, opened openedAPIKey) diag.Diagnostics {
	if err := r.conn.client.Organization(opened.OrgID).CloseAPIKey(ctx, opened.ID); err != nil {
		url := r.conn.client.URL("organizations", opened.OrgID, "api_keys", opened.ID)
		return diag.Diagnostics{cannotRevokeEphemeralKey(opened.title(), url, err)}
	}
	return nil
}
