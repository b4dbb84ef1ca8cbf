package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*spendingLimitDataSource)(nil)

type spendingLimitDataSource struct{ dataSourceBase }

func newSpendingLimitDataSource() datasource.DataSource { return &spendingLimitDataSource{} }

type spendingLimitData struct {
	OrgID types.String `tfsdk:"org_id"`
	Cents types.Int64  `tfsdk:"cents"`
}

func (d *spendingLimitDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_spending_limit"
}

func (d *spendingLimitDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the monthly spending limit of the organization, on plans that have one (Launch and Scale).",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"cents": schema.Int64Attribute{
				MarkdownDescription: "The limit for one month, in cents (US dollars); null if there is none.",
				Computed:            true,
			},
		},
	}
}

func (d *spendingLimitDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data spendingLimitData
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	org, diags := d.conn.organization(ctx, data.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	cents, err := org.SpendingLimit(ctx)
	if err != nil {
		resp.Diagnostics.Append(d.conn.explainLimit(ctx, org, cannotReadLimit(org.ID, err), err))
		return
	}
	data.OrgID, data.Cents = types.StringValue(org.ID), types.Int64Null()
	if cents != 0 {
		data.Cents = types.Int64Value(cents)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
