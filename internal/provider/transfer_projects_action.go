package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ action.ActionWithConfigure  = (*transferProjectsAction)(nil)
	_ action.ActionWithModifyPlan = (*transferProjectsAction)(nil)
)

type transferProjectsAction struct{ actionBase }

func newTransferProjectsAction() action.Action { return &transferProjectsAction{} }

type transferProjectsModel struct {
	OrgID            types.String `tfsdk:"org_id"`
	DestinationOrgID types.String `tfsdk:"destination_org_id"`
	ProjectIDs       types.Set    `tfsdk:"project_ids"`
}

func (a *transferProjectsAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_transfer_projects"
}

func (a *transferProjectsAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Transfers projects from the organization to another one. It requires the personal key of an admin of the " +
			"organization who also belongs to the destination.",
		Attributes: map[string]schema.Attribute{
			"org_id": actionOrgID(),
			"destination_org_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the organization that receives the projects. It must be known in the plan.",
				Required:            true,
				Validators:          []validator.String{orgIDValidator()},
			},
			"project_ids": schema.SetAttribute{
				MarkdownDescription: fmt.Sprintf("The IDs of the projects, 1 to %d. They must be known in the plan. "+
					"The action skips projects that the destination already has.", neon.MaxTransferred),
				Required:    true,
				ElementType: types.StringType,
				Validators: []validator.Set{
					setvalidator.SizeBetween(1, neon.MaxTransferred), setvalidator.ValueStringsAre(projectIDValidator()),
				},
			},
		},
	}
}

// transfer is the work of the action, from the current location of the projects.
type transfer struct {
	org         *neon.Organization
	destination string
	projects    []string // that are to be moved, with those that the organization does not have
	here        map[string]neon.Project
	there       []string // that have been moved before
}

// missing are the projects that neither of the two organizations has.
func (t transfer) missing() []string {
	return slices.DeleteFunc(slices.Clone(t.projects), func(id string) bool { _, here := t.here[id]; return here })
}

// operation is what the guards name.
func (t transfer) operation() string { return transferOperation(t.projects, t.destination) }

func (a *transferProjectsAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	var config transferProjectsModel
	diags.Append(req.Config.Get(ctx, &config)...)
	decidedIDs := !slices.ContainsFunc(config.ProjectIDs.Elements(), func(id attr.Value) bool { return id.IsUnknown() })
	diags.Append(a.decided("neon_transfer_projects", config.OrgID, map[string]bool{
		"destination_org_id": !config.DestinationOrgID.IsUnknown(),
		"project_ids":        !config.ProjectIDs.IsUnknown() && decidedIDs,
	})...)
	if diags.HasError() || !a.conn.known() {
		return
	}
	planned, findDiags := a.find(ctx, req.Config)
	diags.Append(findDiags...)
	if diags.HasError() {
		return
	}
	if len(planned.there) > 0 {
		diags.Append(transferredBefore(planned.destination, planned.there))
	}
	if len(planned.projects) == 0 {
		return
	}
	diags.Append(toBeTransferred(planned))
	diags.Append(a.warnScopedKeys(ctx, planned)...)
}

// find compares the configuration with the two organizations, for a key that may transfer.
func (a *transferProjectsAction) find(ctx context.Context, from tfsdk.Config) (transfer, diag.Diagnostics) {
	var config transferProjectsModel
	diags := from.Get(ctx, &config)
	if diags.HasError() {
		return transfer{}, diags
	}
	found := transfer{destination: config.DestinationOrgID.ValueString(), here: map[string]neon.Project{}}
	diags.Append(config.ProjectIDs.ElementsAs(ctx, &found.projects, false)...)
	slices.Sort(found.projects)
	org, orgDiags := a.conn.organization(ctx, config.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return found, diags
	}
	found.org = org
	if found.destination == org.ID {
		return found, append(diags, transferToItself(org.ID))
	}
	diags.Append(a.conn.guardAdminKey(ctx, org, found.operation())...)
	if diags.HasError() {
		return found, diags
	}
	projects, unavailable, err := a.conn.client.Projects(ctx, org.ID, "")
	if err != nil {
		return found, append(diags, cannotListProjects(org.ID, err))
	}
	for _, project := range projects {
		found.here[project.ID] = project
	}
	for _, id := range unavailable { // slow, not gone
		found.here[id] = neon.Project{ID: id}
	}
	diags.Append(a.findMoved(ctx, &found)...)
	return found, diags
}

// findMoved looks for what the organization does not have in the destination, to which the key has to have access.
func (a *transferProjectsAction) findMoved(ctx context.Context, found *transfer) diag.Diagnostics {
	caller, diags := a.conn.caller(ctx)
	if diags.HasError() || caller.KeyType != neon.PersonalKey {
		return diags // planned with a lesser key
	}
	organizations, err := a.conn.client.OwnOrganizations(ctx)
	isOwn := slices.ContainsFunc(organizations, func(o neon.OrganizationInfo) bool { return o.ID == found.destination })
	switch {
	case err != nil:
		return append(diags, cannotListOwnOrganizations(caller.Email, err))
	case !isOwn:
		return append(diags, notInDestination(found.destination, caller.Email))
	case len(found.missing()) == 0:
		return diags
	}
	where := found.org.WhereProjects(ctx, found.destination, found.missing())
	if where.Err != nil {
		return append(diags, cannotListProjects(found.destination, where.Err))
	}
	found.there = where.There
	found.projects = slices.DeleteFunc(found.projects, func(id string) bool { return slices.Contains(found.there, id) })
	if missing := found.missing(); len(missing) > 0 {
		diags.Append(notInOrganization(found.org.ID, missing, keyWords(caller)))
	}
	return diags
}

// warnScopedKeys names the API keys that stop working.
func (a *transferProjectsAction) warnScopedKeys(ctx context.Context, t transfer) diag.Diagnostics {
	keys, err := t.org.APIKeys(ctx)
	if err != nil {
		return diag.Diagnostics{scopedKeysUnknown(t.org.ID, err)}
	}
	keys = slices.DeleteFunc(keys, func(key neon.APIKey) bool { return !slices.Contains(t.projects, key.ProjectID) })
	if len(keys) == 0 {
		return nil
	}
	return diag.Diagnostics{scopedKeysEnd(keys)}
}

func (a *transferProjectsAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	diags := &resp.Diagnostics
	planned, findDiags := a.find(ctx, req.Config)
	diags.Append(findDiags...)
	if diags.HasError() {
		return
	}
	report := func(text string) { resp.SendProgress(action.InvokeProgressEvent{Message: text}) }
	if len(planned.projects) == 0 {
		report("Nothing to transfer: " + planned.destination + " has the projects already")
		return
	}
	diags.Append(a.conn.guardWrite(planned.operation())...)
	if diags.HasError() {
		return
	}
	report(planned.operation())
	where, err := planned.org.TransferProjects(ctx, planned.destination, planned.projects)
	if len(where.There) > 0 {
		report("Transferred to " + planned.destination + ": " + strings.Join(where.There, ", "))
	}
	switch {
	case err != nil:
		diags.Append(cannotTransfer(planned, where, err))
	case len(where.There) < len(planned.projects):
		diags.Append(transferUnseen(planned, where))
	}
}
