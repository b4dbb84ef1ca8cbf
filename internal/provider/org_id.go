package provider

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The argument org_id: its form, its default, and when it replaces a resource.

// orgIDPattern is Neon's form of an organization's ID (its OpenAPI file).
var orgIDPattern = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)

const (
	orgIDForm        = "must be 1 to 60 lower-case letters, digits and hyphens, as in org-example-12345678"
	orgIDDescription = "The ID of the organization, as in `org-example-12345678`. Default: the provider's organization."
)

func orgIDValidator() validator.String {
	return stringvalidator.RegexMatches(orgIDPattern, orgIDForm)
}

// resourceOrgID is the org_id attribute of every resource.
func resourceOrgID() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: orgIDDescription + " Changing it replaces the resource.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{orgIDValidator()},
	}
}

// dataSourceOrgID is the org_id attribute of every data source.
func dataSourceOrgID() datasourceschema.StringAttribute {
	return datasourceschema.StringAttribute{
		MarkdownDescription: orgIDDescription,
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{orgIDValidator()},
	}
}

// listOrgID is the org_id attribute of every list resource.
func listOrgID() listschema.StringAttribute {
	return listschema.StringAttribute{
		MarkdownDescription: orgIDDescription,
		Optional:            true,
		Validators:          []validator.String{orgIDValidator()},
	}
}

// actionOrgID is the org_id attribute of every action.
func actionOrgID() actionschema.StringAttribute {
	return actionschema.StringAttribute{
		MarkdownDescription: orgIDDescription,
		Optional:            true,
		Validators:          []validator.String{orgIDValidator()},
	}
}

// newOrgID plans org_id for a create: the configured value, or the provider's. A value that requires a request
// is known after apply. decided reports whether the organization is known, or can be requested.
func (b *resourceBase) newOrgID(configured types.String) (planned types.String, decided bool) {
	switch {
	case !configured.IsNull():
		return configured, !configured.IsUnknown()
	case b.conn == nil || b.conn.orgID.IsUnknown():
		return types.StringUnknown(), false
	case !b.conn.orgID.IsNull():
		return b.conn.orgID, true
	default:
		return types.StringUnknown(), true
	}
}

// planOrgID plans org_id for an object in the state: the configured value, the provider's, or the state's. It
// reports whether the organization changes.
func (b *resourceBase) planOrgID(
	configured, prior types.String, resp *resource.ModifyPlanResponse,
) (planned types.String, replace bool) {
	planned = configured
	if configured.IsNull() {
		planned = prior
		if b.conn != nil && !b.conn.orgID.IsNull() && !b.conn.orgID.IsUnknown() {
			planned = b.conn.orgID
		}
	}
	replace = !planned.Equal(prior)
	if replace {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("org_id"))
	}
	return planned, replace
}
