package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ list.ListResourceWithConfigure = (*apiKeyResource)(nil)

type apiKeyListModel struct {
	OrgID            types.String `tfsdk:"org_id"`
	Name             types.String `tfsdk:"name"`
	ProjectID        types.String `tfsdk:"project_id"`
	OrganizationWide types.Bool   `tfsdk:"organization_wide"`
}

func (r *apiKeyResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the live API keys of the organization, managed or not. Neon tells a token only once, so `key` is null in every result.",
		Attributes: map[string]schema.Attribute{
			"org_id": listOrgID(),
			"name": schema.StringAttribute{
				MarkdownDescription: "Only keys with exactly this name; several keys may have the same. Default: all.",
				Optional:            true,
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "Only keys that are limited to this project, as in `shiny-wind-028834`. Default: all.",
				Optional:            true,
				Validators:          []validator.String{projectIDValidator()},
			},
			"organization_wide": schema.BoolAttribute{
				MarkdownDescription: "`true`: only keys that are good for the whole organization. `false`: only keys that are limited to a project. Default: all. It cannot be combined with `project_id`.",
				Optional:            true,
				Validators:          []validator.Bool{boolvalidator.ConflictsWith(path.MatchRoot("project_id"))},
			},
		},
	}
}

func (r *apiKeyResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config apiKeyListModel
	r.list(ctx, req, stream, &config, &config.OrgID, func(org *neon.Organization) ([]listed, diag.Diagnostics) {
		return config.keys(ctx, org)
	})
}

// keys are what is to be listed.
func (config apiKeyListModel) keys(ctx context.Context, org *neon.Organization) (keys []listed, diags diag.Diagnostics) {
	all, err := org.APIKeys(ctx)
	if err != nil {
		diags.Append(failure("Cannot list the API keys of "+org.ID, err))
		return nil, diags
	}
	for _, key := range all {
		if !config.Name.IsNull() && config.Name.ValueString() != key.Name ||
			!config.ProjectID.IsNull() && config.ProjectID.ValueString() != key.ProjectID ||
			!config.OrganizationWide.IsNull() && config.OrganizationWide.ValueBool() != (key.ProjectID == "") {
			continue
		}
		model := apiKeyModel{RotationTriggers: types.MapNull(types.StringType)}
		model.OrgID = types.StringValue(org.ID)
		model.set(key)
		title := fmt.Sprintf("%s (%s)", key.Name, key.ID)
		if key.ProjectID != "" {
			title = fmt.Sprintf("%s (%s, %s)", key.Name, key.ID, key.ProjectID)
		}
		keys = append(keys, listed{title, model.apiKeyIdentity, model})
	}
	return keys, diags
}
