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

// resourceBase is embedded in every resource.
type resourceBase struct {
	conn *connection
}

func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.conn, _ = req.ProviderData.(*connection)
}

// dataSourceBase is embedded in every data source.
type dataSourceBase struct {
	conn *connection
}

func (b *dataSourceBase) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	b.conn, _ = req.ProviderData.(*connection)
}

// actionBase is embedded in every action.
type actionBase struct {
	conn *connection
}

func (b *actionBase) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	b.conn, _ = req.ProviderData.(*connection)
}

// decided reports whether the plan knows all arguments of an action, and lists the unknown ones. The provider
// refuses an action with unknown arguments.
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
