package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*callerIdentityDataSource)(nil)

type callerIdentityDataSource struct{ dataSourceBase }

func newCallerIdentityDataSource() datasource.DataSource { return &callerIdentityDataSource{} }

type callerIdentityModel struct {
	KeyType   types.String `tfsdk:"key_type"`
	OrgID     types.String `tfsdk:"org_id"`
	ProjectID types.String `tfsdk:"project_id"`
	UserID    types.String `tfsdk:"user_id"`
	Email     types.String `tfsdk:"email"`
	Role      types.String `tfsdk:"role"`
}

func (d *callerIdentityDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_caller_identity"
}

func (d *callerIdentityDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the kind and the owner of the API key that the provider uses, and the owner's role in the " +
			"organization.",
		Attributes: map[string]schema.Attribute{
			"key_type": schema.StringAttribute{
				MarkdownDescription: "`personal`, `organization`, or `project` for an organization key that is limited to one project.",
				Computed:            true,
			},
			"org_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the organization that owns the key; for a personal key, the organization of `role`. " +
					"Default: the provider's organization.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.String{orgIDValidator()},
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the project to which the key is limited, if `key_type` is `project` and Neon returns it; " +
					"otherwise null.",
				Computed: true,
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "The UUID of the person; null for a key that is not personal.",
				Computed:            true,
			},
			"email": schema.StringAttribute{
				MarkdownDescription: "The person's e-mail address, in lower case; null for a key that is not personal.",
				Computed:            true,
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "The person's role in the organization, in Neon's spelling; null for a key that is not personal.",
				Computed:            true,
			},
		},
	}
}

func (d *callerIdentityDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data callerIdentityModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	caller, diags := d.conn.caller(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	data.KeyType = types.StringValue(string(caller.KeyType))
	data.UserID, data.Email = stringOrNull(caller.UserID), stringOrNull(caller.Email)
	data.ProjectID = stringOrNull(caller.ProjectID)
	if caller.KeyType == neon.ProjectKey {
		data.OrgID = stringOrNull(caller.OrgID)
	} else {
		resp.Diagnostics.Append(d.readRole(ctx, caller, &data)...)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
	}
}

// readRole reads what a key that is limited to a project may not see.
func (d *callerIdentityDataSource) readRole(ctx context.Context, caller neon.Caller, data *callerIdentityModel) diag.Diagnostics {
	org, diags := d.conn.organization(ctx, data.OrgID)
	if diags.HasError() {
		return diags
	}
	data.OrgID = types.StringValue(org.ID)
	if caller.KeyType != neon.PersonalKey {
		return diags
	}
	members, err := org.Members(ctx)
	if err != nil {
		return append(diags, cannotListMembers(org.ID, err))
	}
	for _, member := range members {
		if member.UserID == caller.UserID {
			data.Role = types.StringValue(member.Role)
		}
	}
	return diags
}
