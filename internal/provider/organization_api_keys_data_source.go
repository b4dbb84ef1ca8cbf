package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*apiKeysDataSource)(nil)

type apiKeysDataSource struct{ dataSourceBase }

func newAPIKeysDataSource() datasource.DataSource { return &apiKeysDataSource{} }

type apiKeysModel struct {
	apiKeyFilter

	OrgID          types.String        `tfsdk:"org_id"`
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

// statusGone is the status of a creator who has left the organization.
const statusGone = "gone"

// set copies Neon's values for a key, joined with its creator, if the creator is a member.
func (m *listedAPIKeyModel) set(key neon.APIKey, members map[string]neon.Member) {
	creator := &creatorModel{UserID: stringOrNull(key.CreatedBy.ID), Name: stringOrNull(key.CreatedBy.Name)}
	member, isMember := members[key.CreatedBy.ID]
	switch {
	case isMember:
		creator.Email, creator.Status = types.StringValue(member.Email), types.StringValue(memberStatus(member))
	case key.CreatedBy.ID != "": // else Neon does not return who it is
		creator.Status = types.StringValue(statusGone)
	}
	*m = listedAPIKeyModel{
		ID: types.StringValue(key.ID), Name: types.StringValue(key.Name), ProjectID: stringOrNull(key.ProjectID),
		CreatedAt: timeValue(key.CreatedAt), CreatedBy: creator,
		LastUsedAt: timeValue(key.LastUsedAt), LastUsedFrom: stringOrNull(key.LastUsedFrom),
	}
}

func (d *apiKeysDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_api_keys"
}

func (d *apiKeysDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the live API keys of the organization, with their creators and when they were last used.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
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
			"created_by_email": schema.StringAttribute{
				MarkdownDescription: "Only keys created by the member with this e-mail address, in lower case. " +
					"For keys of former members, Neon returns no address; use `created_by.status`. Default: all keys.",
				Optional:   true,
				Validators: []validator.String{emailValidator{}},
			},
			"api_keys": schema.ListNestedAttribute{
				MarkdownDescription: "The keys, sorted by ID, oldest first.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: listedAPIKeyAttributes()},
			},
		},
	}
}

func listedAPIKeyAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The ID of the key, a number."},
		"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The key's name. Several keys can have the same name."},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "The project that the key is limited to; null for an organization-wide key.",
			Computed:            true,
		},
		"created_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the key was created, RFC 3339 in UTC."},
		"created_by": schema.SingleNestedAttribute{
			MarkdownDescription: "The creator of the key.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"user_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The UUID of the person's Neon account."},
				"name":    schema.StringAttribute{Computed: true, MarkdownDescription: "The person's display name."},
				"email": schema.StringAttribute{
					MarkdownDescription: "The person's e-mail address; null for a person who is not a member.",
					Computed:            true,
				},
				"status": schema.StringAttribute{
					MarkdownDescription: "`active`, `deactivated`, or `gone` for a former member. Their keys keep working.",
					Computed:            true,
				},
			},
		},
		"last_used_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the key was last used, RFC 3339 in UTC; " +
			"null if it was never used."},
		"last_used_from": schema.StringAttribute{
			MarkdownDescription: "The IP address of the last use, or several addresses separated by commas; null if the key was never used.",
			Computed:            true,
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
	keys, diags := data.keys(ctx, org)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	members, err := org.Members(ctx)
	if err != nil {
		resp.Diagnostics.Append(cannotListMembers(org.ID, err))
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
		var listed listedAPIKeyModel
		listed.set(key, byUser)
		if data.CreatedByEmail.IsNull() || data.CreatedByEmail.Equal(listed.CreatedBy.Email) {
			data.APIKeys = append(data.APIKeys, listed)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
