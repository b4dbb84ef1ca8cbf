package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ action.ActionWithConfigure  = (*revokeAPIKeyAction)(nil)
	_ action.ActionWithModifyPlan = (*revokeAPIKeyAction)(nil)
)

type revokeAPIKeyAction struct{ actionBase }

func newRevokeAPIKeyAction() action.Action { return &revokeAPIKeyAction{} }

type revokeAPIKeyModel struct {
	OrgID types.String `tfsdk:"org_id"`
	ID    types.String `tfsdk:"id"`
}

func (a *revokeAPIKeyAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_revoke_organization_api_key"
}

func (a *revokeAPIKeyAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes an API key of the organization by ID. Use it for keys that are in no state; " +
			"to revoke a managed key, destroy its resource.",
		Attributes: map[string]schema.Attribute{
			"org_id": actionOrgID(),
			"id": schema.StringAttribute{
				MarkdownDescription: "The ID of the API key, a number as in `165434`. It must be known in the plan. " +
					"The data source `neon_organization_api_keys` lists the keys.",
				Required:   true,
				Validators: []validator.String{stringvalidator.RegexMatches(keyIDPattern, "must be a number, as in 165434")},
			},
		},
	}
}

// ModifyPlan shows the key and the effect of its revocation.
func (a *revokeAPIKeyAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	var config revokeAPIKeyModel
	diags.Append(req.Config.Get(ctx, &config)...)
	diags.Append(a.decided("neon_revoke_organization_api_key", config.OrgID, map[string]bool{"id": !config.ID.IsUnknown()})...)
	if diags.HasError() || !a.conn.known() {
		return
	}
	org, key, live, findDiags := a.find(ctx, config)
	diags.Append(findDiags...)
	switch {
	case diags.HasError():
	case !live:
		diags.Append(nothingToRevoke(org.ID, config.ID.ValueString()))
	default:
		diags.Append(actionRevokes(key))
		diags.Append(a.conn.guardAdmin(ctx, org, revokingKey(keyTitle(key.Name, key.ID)))...)
		diags.Append(a.conn.warnRevocation(ctx, org, unmanagedKey(key))...)
	}
}

// find looks the key up.
func (a *revokeAPIKeyAction) find(
	ctx context.Context, config revokeAPIKeyModel,
) (org *neon.Organization, key neon.APIKey, live bool, diags diag.Diagnostics) {
	org, diags = a.conn.organization(ctx, config.OrgID)
	if diags.HasError() {
		return nil, key, false, diags
	}
	key, live, err := org.APIKeyNow(ctx, config.ID.ValueString())
	if err != nil {
		diags.Append(cannotListKeys(org.ID, err))
	}
	return org, key, live, diags
}

// unmanagedKey is a key with an unknown token, as after an import.
func unmanagedKey(key neon.APIKey) promisedKey {
	return promisedKey{ID: key.ID, Title: keyTitle(key.Name, key.ID), Imported: true}
}

func (a *revokeAPIKeyAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	diags := &resp.Diagnostics
	var config revokeAPIKeyModel
	diags.Append(req.Config.Get(ctx, &config)...)
	if diags.HasError() {
		return
	}
	org, key, live, findDiags := a.find(ctx, config)
	diags.Append(findDiags...)
	if diags.HasError() {
		return
	}
	if !live {
		resp.SendProgress(action.InvokeProgressEvent{Message: "Nothing to revoke: the key is not live."})
		return
	}
	title := keyTitle(key.Name, key.ID)
	diags.Append(a.conn.guardWrite(revokingKey(title))...)
	diags.Append(a.conn.guardAdmin(ctx, org, revokingKey(title))...)
	diags.Append(a.conn.guardRevocation(ctx, org, unmanagedKey(key))...)
	if diags.HasError() {
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: revokingKey(title)})
	if err := org.RevokeAPIKey(ctx, key.ID); err != nil {
		diags.Append(cannotRevokeKey(title, err))
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "Revoked the " + title})
}
