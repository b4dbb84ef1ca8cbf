package provider

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var _ datasource.DataSourceWithConfigure = (*invitationsDataSource)(nil)

type invitationsDataSource struct{ dataSourceBase }

func newInvitationsDataSource() datasource.DataSource { return &invitationsDataSource{} }

type invitationsModel struct {
	OrgID types.String `tfsdk:"org_id"`
	personFilter
	Invitations []listedInvitationModel `tfsdk:"invitations"`
}

type listedInvitationModel struct {
	ID        types.String `tfsdk:"id"`
	Email     types.String `tfsdk:"email"`
	Role      types.String `tfsdk:"role"`
	Status    types.String `tfsdk:"status"`
	InvitedAt types.String `tfsdk:"invited_at"`
	InvitedBy types.String `tfsdk:"invited_by_id"`
}

// invitationStatuses are the values of an invitation's status.
var invitationStatuses = []string{statusPending, statusAccepted}

func (d *invitationsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_invitations"
}

func (d *invitationsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the invitations of the organization, sorted by e-mail.",
		Attributes: map[string]schema.Attribute{
			"org_id": dataSourceOrgID(),
			"role":   dataSourceRole(),
			"status": dataSourceStatus(invitationStatuses),
			"invitations": schema.ListNestedAttribute{
				MarkdownDescription: "The invitations, sorted by e-mail address, then by the time they were sent.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":            computed("The UUID of the invitation."),
					"email":         computed("The invited address, in lower case."),
					"role":          computed("The role that the person gets on acceptance, in Neon's spelling."),
					"status":        computed("`pending`, or `accepted` if the person is a member."),
					"invited_at":    computed("When the invitation was sent, RFC 3339 in UTC."),
					"invited_by_id": computed("The UUID of the user who sent it."),
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
		resp.Diagnostics.Append(cannotListInvitations(org.ID, err))
		return
	}
	slices.SortFunc(invitations, func(a, b neon.Invitation) int {
		return cmp.Or(cmp.Compare(a.Email, b.Email), a.InvitedAt.Compare(b.InvitedAt), cmp.Compare(a.ID, b.ID))
	})
	data.OrgID = types.StringValue(org.ID)
	data.Invitations = []listedInvitationModel{}
	for _, invitation := range invitations {
		person, err := org.Person(ctx, "", invitation.Email)
		if err != nil {
			resp.Diagnostics.Append(cannotListMembers(org.ID, err))
			return
		}
		status := statusPending
		if person.Member != nil {
			status = statusAccepted
		}
		if !data.matches(invitation.Role, status) {
			continue
		}
		data.Invitations = append(data.Invitations, listedInvitationModel{
			ID: stringOrNull(invitation.ID), Email: types.StringValue(invitation.Email), Role: types.StringValue(invitation.Role),
			Status: types.StringValue(status), InvitedAt: timeValue(invitation.InvitedAt), InvitedBy: stringOrNull(invitation.InvitedBy),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, data)...)
}
