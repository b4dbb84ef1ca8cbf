package provider

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The filters and the order of the data source and the list resource of API keys.

const (
	keyNameFilterDescription    = "Only keys with exactly this name; several keys may have the same. Default: all keys."
	keyProjectFilterDescription = "Only keys that are limited to this project, as in `shiny-wind-028834`. Default: all keys."
	organizationWideDescription = "`true`: only keys for the whole organization. `false`: only keys that are limited to a project. " +
		"Default: all keys. It conflicts with `project_id`."
)

// apiKeyFilter are the filter arguments.
type apiKeyFilter struct {
	Name             types.String `tfsdk:"name"`
	ProjectID        types.String `tfsdk:"project_id"`
	OrganizationWide types.Bool   `tfsdk:"organization_wide"`
}

func (f apiKeyFilter) accepts(key neon.APIKey) bool {
	switch {
	case !f.Name.IsNull() && f.Name.ValueString() != key.Name,
		!f.ProjectID.IsNull() && f.ProjectID.ValueString() != key.ProjectID,
		!f.OrganizationWide.IsNull() && f.OrganizationWide.ValueBool() != (key.ProjectID == ""):
		return false
	default:
		return true
	}
}

// keys are the live keys that the filter accepts, by ID, which is the order in which they were created.
func (f apiKeyFilter) keys(ctx context.Context, org *neon.Organization) ([]neon.APIKey, diag.Diagnostics) {
	all, err := org.APIKeys(ctx)
	if err != nil {
		return nil, diag.Diagnostics{cannotListKeys(org.ID, err)}
	}
	var keys []neon.APIKey
	for _, key := range all {
		if f.accepts(key) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b neon.APIKey) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID)) // they are numbers
	})
	return keys, nil
}
