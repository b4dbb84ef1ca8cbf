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
	apiKeyFilter

	OrgID types.String `tfsdk:"org_id"`
}

func (r *apiKeyResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the live API keys of the organization, managed or not, by ID.",
		Attributes: map[string]schema.Attribute{
			"org_id": listOrgID(),
			"name": schema.StringAttribute{
				MarkdownDescription: keyNameFilterDescription,
				Optional:            true,
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: keyProjectFilterDescription,
				Optional:            true,
				Validators:          []validator.String{projectIDValidator()},
			},
			"organization_wide": schema.BoolAttribute{
				MarkdownDescription: organizationWideDescription,
				Optional:            true,
				Validators:          []validator.Bool{boolvalidator.ConflictsWith(path.MatchRoot("project_id"))},
			},
		},
	}
}

func (r *apiKeyResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config apiKeyListModel
	r.list(ctx, req, stream, &config, &config.OrgID, func(org *neon.Organization) ([]listed, diag.Diagnostics) {
		return config.listed(ctx, org)
	})
}

// listed are the results: the state that a read would leave, and a title.
func (config apiKeyListModel) listed(ctx context.Context, org *neon.Organization) (results []listed, diags diag.Diagnostics) {
	keys, diags := config.keys(ctx, org)
	for _, key := range keys {
		model := apiKeyModel{RotationTriggers: types.MapNull(types.StringType)}
		model.OrgID = types.StringValue(org.ID)
		model.set(key)
		title := fmt.Sprintf("%s (%s)", key.Name, key.ID)
		if key.ProjectID != "" {
			title = fmt.Sprintf("%s (%s, %s)", key.Name, key.ID, key.ProjectID)
		}
		results = append(results, listed{title, model.apiKeyIdentity, model})
	}
	return results, diags
}
