package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"
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
