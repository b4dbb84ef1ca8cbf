package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// resourceBase is what every resource has.
type resourceBase struct {
	conn *connection
}

func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.conn, _ = req.ProviderData.(*connection)
}

// dataSourceBase is what every data source has.
type dataSourceBase struct {
	conn *connection
}

func (b *dataSourceBase) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	b.conn, _ = req.ProviderData.(*connection)
}

// actionBase is what every action has.
type actionBase struct {
	conn *connection
}

func (b *actionBase) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	b.conn, _ = req.ProviderData.(*connection)
}

// decided reports whether a plan can show what an action will do, and says which arguments are not known yet. What a
// plan does not show does not happen: such an action is refused.
func (b *actionBase) decided(name string, orgID types.String, arguments map[string]bool) diag.Diagnostics {
	var unknown []string
	for argument, known := range arguments {
		if !known {
			unknown = append(unknown, argument)
		}
	}
	if orgID.IsUnknown() || orgID.IsNull() && b.conn != nil && b.conn.orgID.IsUnknown() {
		unknown = append(unknown, "org_id")
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return diag.Diagnostics{actionUndecided(name, unknown)}
}
