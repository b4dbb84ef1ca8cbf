package provider

import (
	"context"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure   = (*vpcEndpointResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*vpcEndpointResource)(nil)
	_ resource.ResourceWithIdentity    = (*vpcEndpointResource)(nil)
	_ resource.ResourceWithImportState = (*vpcEndpointResource)(nil)
)

// vpcEndpointResource is the assignment of an AWS VPC endpoint to an organization. Neon cannot undo its deletion.
type vpcEndpointResource struct{ resourceBase }

func newVPCEndpointResource() resource.Resource { return &vpcEndpointResource{} }

const vpcEndpointType = "neon_organization_vpc_endpoint"

type vpcEndpointModel struct {
	vpcEndpointIdentity

	Label     types.String `tfsdk:"label"`
	OnDestroy types.String `tfsdk:"on_destroy"`
}

// deletes reports whether destroying the resource deletes the VPC endpoint from the organization.
func (m *vpcEndpointModel) deletes() bool { return m.OnDestroy.ValueString() == endDelete }

func (m *vpcEndpointModel) endpoint() neon.VPCEndpoint {
	return neon.VPCEndpoint{RegionID: m.RegionID.ValueString(), ID: m.VPCEndpointID.ValueString(), Label: m.Label.ValueString()}
}

func (m *vpcEndpointModel) title() string { return endpointTitle(m.endpoint()) }

// importID is the argument of terraform import for it.
func (m *vpcEndpointModel) importID() string {
	return m.OrgID.ValueString() + "/" + m.RegionID.ValueString() + "/" + m.VPCEndpointID.ValueString()
}

// thing is the VPC endpoint, for the check for one resource.
func (m *vpcEndpointModel) thing(orgID string) thing {
	return thing{typ: vpcEndpointType, orgID: orgID, name: m.RegionID.ValueString() + "/" + m.VPCEndpointID.ValueString()}
}

// endpointOf is the VPC endpoint with the name of a thing.
func endpointOf(name string) neon.VPCEndpoint {
	region, id, _ := strings.Cut(name, "/")
	return neon.VPCEndpoint{RegionID: region, ID: id}
}

// The forms of the IDs: AWS is the only one of Neon's clouds with VPC endpoints (Neon's OpenAPI file: no Azure).
var (
	vpcRegionPattern   = regexp.MustCompile(`^aws-[a-z0-9-]{1,56}$`)
	vpcEndpointPattern = regexp.MustCompile(`^vpce-[a-z0-9]{1,59}$`)
)

const (
	vpcRegionForm   = "must be one of Neon's AWS regions, as in aws-us-east-1: Neon supports no VPC endpoints in Azure regions"
	vpcEndpointForm = "must be the ID of a VPC endpoint in AWS, as in vpce-0123456789abcdef0, not its service name or ARN"
)

func (r *vpcEndpointResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_vpc_endpoint"
}

func (r *vpcEndpointResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replaces := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Assigns an AWS VPC endpoint to the organization, for Neon Private Networking. " +
			"It requires an admin's key, and a Neon plan with Private Networking.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"region_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the Neon region, as in `aws-us-east-1`. Changing it replaces the resource.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.RegexMatches(vpcRegionPattern, vpcRegionForm)},
				PlanModifiers:       replaces,
			},
			"vpc_endpoint_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the VPC endpoint in AWS, as in `vpce-0123456789abcdef0`. Changing it replaces the resource.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.RegexMatches(vpcEndpointPattern, vpcEndpointForm)},
				PlanModifiers:       replaces,
			},
			"label": schema.StringAttribute{
				MarkdownDescription: "A description of the VPC endpoint, not empty and without leading or trailing blanks. It is updated in place.",
				Required:            true,
				Validators:          []validator.String{labelValidator{}},
			},
			"on_destroy": schema.StringAttribute{
				MarkdownDescription: "What a destroy does to the VPC endpoint: `keep` leaves it assigned, and " +
					"`delete` deletes it from the organization for good. " +
					"A change takes effect after it is applied. Default: `keep`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(endKeep, endDelete)},
			},
		},
	}
}

func (r *vpcEndpointResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = vpcEndpointIdentitySchema()
}

func (r *vpcEndpointResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan vpcEndpointModel
	diags := &resp.Diagnostics
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, plan.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	unlock, now, assigned, lockDiags := r.lockEndpoint(ctx, org, plan)
	defer unlock()
	diags.Append(lockDiags...)
	if !diags.HasError() && (!assigned || now.Label != plan.Label.ValueString()) {
		diags.Append(r.assign(ctx, org, plan)...)
	}
	if diags.HasError() {
		return
	}
	nonce := newNonce()
	plan.OrgID = types.StringValue(org.ID)
	diags.Append(resp.State.Set(ctx, plan)...)
	diags.Append(resp.Identity.Set(ctx, plan.vpcEndpointIdentity)...)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonce)...)
	diags.Append(rememberChange(ctx, resp.Private)...)
	r.conn.things.markCreated(plan.thing(org.ID), nonce)
}

// lockEndpoint waits for other resources that change the VPC endpoint, and returns its current state.
func (r *vpcEndpointResource) lockEndpoint(ctx context.Context, org *neon.Organization, model vpcEndpointModel) (
	unlock func(), now neon.VPCEndpoint, assigned bool, diags diag.Diagnostics,
) {
	unlock, err := r.conn.owners.lock(ctx, org.ID, model.thing(org.ID).name)
	if err != nil {
		return func() {}, now, false, diag.Diagnostics{cannotReadEndpoint(model.title(), err)}
	}
	now, assigned, err = org.VPCEndpointNow(ctx, model.RegionID.ValueString(), model.VPCEndpointID.ValueString())
	if err != nil {
		return unlock, now, false, diag.Diagnostics{cannotReadEndpoint(model.title(), err)}
	}
	return unlock, now, assigned, nil
}

// assign assigns the VPC endpoint, or gives it another label, after the guards.
func (r *vpcEndpointResource) assign(ctx context.Context, org *neon.Organization, plan vpcEndpointModel) diag.Diagnostics {
	diags := r.conn.guardAdminWrite(ctx, org, assigningEndpoint(plan.title()))
	if diags.HasError() {
		return diags
	}
	if err := org.AssignVPCEndpoint(ctx, plan.endpoint()); err != nil {
		diags.Append(cannotAssignEndpoint(plan.title(), err))
	}
	return diags
}

func (r *vpcEndpointResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state vpcEndpointModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(resp.Identity.Set(ctx, state.vpcEndpointIdentity)...) // also of what is gone
	if diags.HasError() {
		return
	}
	nonce := nonceOf(ctx, req.Private)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonce)...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	if !r.conn.known() {
		r.conn.warnUnknown(diags)
		return
	}
	r.conn.things.markRead(state.thing(state.OrgID.ValueString()), nonce)
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	region, id := state.RegionID.ValueString(), state.VPCEndpointID.ValueString()
	endpoint, assigned, err := org.VPCEndpoint(ctx, region, id)
	if err == nil && !assigned {
		err = recheckRecent(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			endpoint, assigned, err = org.VPCEndpointNow(ctx, region, id)
			return assigned, err
		})
	}
	switch {
	case err != nil:
		diags.Append(cannotReadEndpoint(state.title(), err))
	case !assigned:
		diags.Append(endpointGone(org.ID, state.title()))
		resp.State.RemoveResource(ctx)
	default:
		state.Label = types.StringValue(endpoint.Label)
		diags.Append(resp.State.Set(ctx, state)...)
	}
}

func (r *vpcEndpointResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan vpcEndpointModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	diags.Append(resp.Identity.Set(ctx, plan.vpcEndpointIdentity)...)
	if diags.HasError() {
		return
	}
	if !plan.Label.Equal(state.Label) {
		diags.Append(r.relabel(ctx, state, plan)...)
		diags.Append(rememberChange(ctx, resp.Private)...)
	}
	if !diags.HasError() {
		diags.Append(resp.State.Set(ctx, plan)...)
	}
}

// relabel changes the label. Neon uses the same request as for an assignment, and it must not assign the endpoint again.
func (r *vpcEndpointResource) relabel(ctx context.Context, state, plan vpcEndpointModel) diag.Diagnostics {
	org, diags := r.conn.organization(ctx, plan.OrgID)
	if diags.HasError() {
		return diags
	}
	unlock, now, assigned, diags := r.lockEndpoint(ctx, org, plan)
	defer unlock()
	switch {
	case diags.HasError(), assigned && now.Label == plan.Label.ValueString():
	case !assigned:
		diags.Append(endpointChanged(org.ID, plan.title(), noLongerAssigned))
	case now.Label != state.Label.ValueString():
		diags.Append(endpointChanged(org.ID, plan.title(), otherLabel(state.Label.ValueString(), now.Label)))
	default:
		diags.Append(r.assign(ctx, org, plan)...)
	}
	return diags
}

func (r *vpcEndpointResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state vpcEndpointModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	if diags.HasError() {
		return
	}
	promised, _ := readPromise(ctx, req.Private)
	if !state.deletes() {
		if !promised.Shown {
			diags.Append(endpointStays(state))
		}
		return
	}
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	unlock, _, assigned, lockDiags := r.lockEndpoint(ctx, org, state)
	defer unlock()
	diags.Append(lockDiags...)
	shown := promised.Endpoint == state.importID() &&
		r.conn.things.mayEnd(state.thing(org.ID), nonceOf(ctx, req.Private), promised, r.conn.walk)
	switch {
	case diags.HasError(), !assigned:
	case !shown:
		diags.Append(endpointKeptAnyway(state))
	default:
		diags.Append(r.end(ctx, org, state)...)
	}
}

// end deletes the VPC endpoint from the organization, after the guards.
func (r *vpcEndpointResource) end(ctx context.Context, org *neon.Organization, state vpcEndpointModel) diag.Diagnostics {
	diags := r.conn.guardWrite(deletingEndpoint(state.title()))
	if !diags.HasError() {
		diags.Append(r.guardEnd(ctx, org, state)...)
	}
	if diags.HasError() {
		return diags
	}
	if err := org.DeleteVPCEndpoint(ctx, state.RegionID.ValueString(), state.VPCEndpointID.ValueString()); err != nil {
		diags.Append(cannotDeleteEndpoint(state.title(), err))
	}
	return diags
}

// guardEnd refuses to delete a VPC endpoint that projects are restricted to.
func (r *vpcEndpointResource) guardEnd(ctx context.Context, org *neon.Organization, state vpcEndpointModel) diag.Diagnostics {
	diags := r.conn.guardAdmin(ctx, org, deletingEndpoint(state.title()))
	if diags.HasError() {
		return diags
	}
	details, err := org.VPCEndpointDetails(ctx, state.RegionID.ValueString(), state.VPCEndpointID.ValueString())
	switch {
	case err != nil:
		diags.Append(cannotSeeRestrictions(state.title(), err))
	case details.RestrictedProjects > 0:
		diags.Append(stillRestricted(state.title(), details))
	}
	return diags
}
