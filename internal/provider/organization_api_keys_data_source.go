package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*apiKeysDataSource)(nil)

type apiKeysDataSource struct{ dataSourceBase }

func newAPIKeysDataSource() datasource.DataSource { return &apiKeysDataSource{} }

type apiKeysModel struct {
	OrgID          types.String        `tfsdk:"org_id"`
	ProjectID      types.String        `tfsdk:"project_id"`
	CreatedByEmail types.String        `tfsdk:"created_by_email"`
	APIKeys        []listedAPIKeyModel `tfsdk:"api_keys"`
}

type listedAPIKeyModel struct {
	ID           types.String  `tfsdk:"id"`
	Name         types.String  `tfsdk:"name"`
	ProjectID    types.String  `tfsdk:"project_id"`
	CreatedAt    types.String  `tfsdk:"created_at"`
	CreatedBy    *creatorModel `tfsdk:"created_by"`
	LastUsedAt   types.String  `tfsdk:"last_used_at"`
	LastUsedFrom types.String  `tfsdk:"last_used_from"`
}

type creatorModel struct {
	UserID types.String `tfsdk:"user_id"`
	Name   types.String `tfsdk:"name"`
	Email  types.String `tfsdk:"email"`
	Status types.String `tfsdk:"status"`
}

// statusGone is the status of a key's creator who does not belong to the organization any more.
const statusGone = "gone"

func (d *apiKeysDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_api_keys"
}

func (d *apiKeysDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The live API keys of the organization, with who made them and when they were last used. Tokens are not among them: Neon tells a token only once.\n\n" +
			"`last_used_at` changes whenever a key is used: an output of it changes by itself. A data source inside a `check` block shows in every plan as a read, and makes `-detailed-exitcode` 2; put it outside.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"project_id": schema.StringAttribute{
				MarkdownDescription: "Only keys that are limited to this project. Default: all keys.",
				Optional:            true,
				Validators:          []validator.String{projectIDValidator()},
			},
			"created_by_email": schema.StringAttribute{
				MarkdownDescription: "Only keys that the member with this e-mail address made, in lower case. Keys of people who are gone have no address; find them by `created_by.status`. Default: all keys.",
				Optional:            true,
				Validators:          []validator.String{emailValidator{}},
			},
			"api_keys": schema.ListNestedAttribute{
				MarkdownDescription: "The keys, in Neon's order.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "Neon's number of the key."},
					"name":       schema.StringAttribute{Computed: true, MarkdownDescription: "The key's name; several keys may have the same."},
					"project_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The project that the key is limited to; null for a key that is good for the whole organization."},
					"created_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the key was made, RFC 3339 in UTC."},
					"created_by": schema.SingleNestedAttribute{
						MarkdownDescription: "Who made the key, joined with the list of members.",
						Computed:            true,
						Attributes: map[string]schema.Attribute{
							"user_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The UUID of the person's Neon account."},
							"name":    schema.StringAttribute{Computed: true, MarkdownDescription: "The person's display name."},
							"email":   schema.StringAttribute{Computed: true, MarkdownDescription: "The person's e-mail address; null for somebody who is no member."},
							"status":  schema.StringAttribute{Computed: true, MarkdownDescription: "`active`, `deactivated`, or `gone` for somebody who is no member any more. Their keys go on working."},
						},
					},
					"last_used_at":   schema.StringAttribute{Computed: true, MarkdownDescription: "When the key was last used, RFC 3339 in UTC; null for never."},
					"last_used_from": schema.StringAttribute{Computed: true, MarkdownDescription: "From where the key was last used: an IP address, or several, separated by commas; null for never."},
				}},
			},
		},
	}
}

func (d *apiKeysDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data apiKeysModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	org, diags := d.conn.organization(ctx, data.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	keys, err := org.APIKeys(ctx)
	if err != nil {
		resp.Diagnostics.Append(failure("Cannot list the API keys of "+org.ID, err))
		return
	}
	members, err := org.Members(ctx)
	if err != nil {
		resp.Diagnostics.Append(failure("Cannot list the members of "+org.ID, err))
		return
	}
	byUser := make(map[string]neon.Member, len(members))
	for _, member := range members {
		if member.UserID != "" {
			byUser[member.UserID] = member
		}
	}
	data.OrgID = types.StringValue(org.ID)
	data.APIKeys = []listedAPIKeyModel{}
	for _, key := range keys {
		creator := &creatorModel{UserID: stringOrNull(key.CreatedBy.ID), Name: stringOrNull(key.CreatedBy.Name), Status: types.StringValue(statusGone)}
		if member, ok := byUser[key.CreatedBy.ID]; ok {
			creator.Email, creator.Status = types.StringValue(member.Email), types.StringValue(memberStatus(member))
		} else if key.CreatedBy.ID == "" {
			creator.Status = types.StringNull() // Neon does not tell
		}
		if !data.ProjectID.IsNull() && data.ProjectID.ValueString() != key.ProjectID ||
			!data.CreatedByEmail.IsNull() && !data.CreatedByEmail.Equal(creator.Email) {
			continue
		}
		data.APIKeys = append(data.APIKeys, listedAPIKeyModel{
			ID: types.StringValue(key.ID), Name: types.StringValue(key.Name), ProjectID: stringOrNull(key.ProjectID), CreatedAt: timeValue(key.CreatedAt),
			CreatedBy: creator, LastUsedAt: timeValue(key.LastUsedAt), LastUsedFrom: stringOrNull(key.LastUsedFrom),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
