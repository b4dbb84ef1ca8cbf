package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*invitationsDataSource)(nil)

type invitationsDataSource struct{ dataSourceBase }

func newInvitationsDataSource() datasource.DataSource { return &invitationsDataSource{} }

type invitationsModel struct {
	OrgID       types.String            `tfsdk:"org_id"`
	Status      types.String            `tfsdk:"status"`
	Invitations []listedInvitationModel `tfsdk:"invitations"`
}

type listedInvitationModel struct {
	ID        types.String `tfsdk:"id"`
	Email     types.String `tfsdk:"email"`
	Role      types.String `tfsdk:"role"`
	Status    types.String `tfsdk:"status"`
	InvitedAt types.String `tfsdk:"invited_at"`
	InvitedBy types.String `tfsdk:"invited_by"`
}

// invitationStatuses are the values of an invitation's status.
var invitationStatuses = []string{statusPending, statusAccepted}

func (d *invitationsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_invitations"
}

func (d *invitationsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The invitations that Neon lists. Neon has no status for them: `status` is computed from the list of members. Whether accepted invitations stay listed is up to Neon.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"status": schema.StringAttribute{
				MarkdownDescription: "Only invitations with this status: " + wordList(invitationStatuses) + ". Default: all.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(invitationStatuses...)},
			},
			"invitations": schema.ListNestedAttribute{
				MarkdownDescription: "The invitations, sorted by e-mail.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The UUID of the invitation."},
					"email":      schema.StringAttribute{Computed: true, MarkdownDescription: "The invited address, in lower case."},
					"role":       schema.StringAttribute{Computed: true, MarkdownDescription: "The role that the person gets by accepting, in Neon's spelling."},
					"status":     schema.StringAttribute{Computed: true, MarkdownDescription: "`pending`, or `accepted` if the person is a member."},
					"invited_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the invitation was sent, RFC 3339 in UTC."},
					"invited_by": schema.StringAttribute{Computed: true, MarkdownDescription: "The UUID of the user who sent it."},
				}},
			},
		},
	}
}

func (d *invitationsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data invitationsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	org, diags := d.conn.organization(ctx, data.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	invitations, err := org.Invitations(ctx)
	if err != nil {
		resp.Diagnostics.Append(failure("Cannot list the invitations of "+org.ID, err))
		return
	}
	slices.SortStableFunc(invitations, func(a, b neon.Invitation) int { return strings.Compare(a.Email, b.Email) })
	data.OrgID = types.StringValue(org.ID)
	data.Invitations = []listedInvitationModel{}
	for _, invitation := range invitations {
		person, err := org.Person(ctx, "", invitation.Email)
		if err != nil {
			resp.Diagnostics.Append(failure("Cannot list the members of "+org.ID, err))
			return
		}
		status := statusPending
		if person.Member != nil {
			status = statusAccepted
		}
		if !data.Status.IsNull() && data.Status.ValueString() != status {
			continue
		}
		data.Invitations = append(data.Invitations, listedInvitationModel{
			ID: stringOrNull(invitation.ID), Email: types.StringValue(invitation.Email), Role: types.StringValue(invitation.Role),
			Status: types.StringValue(status), InvitedAt: timeValue(invitation.InvitedAt), InvitedBy: stringOrNull(invitation.InvitedBy),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
