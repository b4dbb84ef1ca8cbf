package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure   = (*spendingLimitResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*spendingLimitResource)(nil)
	_ resource.ResourceWithIdentity    = (*spendingLimitResource)(nil)
	_ resource.ResourceWithImportState = (*spendingLimitResource)(nil)
)

// spendingLimitResource is the monthly spending limit. An organization has at most one.
type spendingLimitResource struct{ resourceBase }

func newSpendingLimitResource() resource.Resource { return &spendingLimitResource{} }

const spendingLimitType = "neon_organization_spending_limit"

// The values of on_destroy.
const (
	endKeep   = "keep"
	endRemove = "remove"
	endDelete = "delete"
)

type spendingLimitModel struct {
	organizationIdentity

	Cents     types.Int64  `tfsdk:"cents"`
	OnDestroy types.String `tfsdk:"on_destroy"`
}

// removes reports whether destroying the resource removes the limit.
func (m *spendingLimitModel) removes() bool { return m.OnDestroy.ValueString() == endRemove }

// limitThing is the spending limit of an organization, for the check for one resource.
func limitThing(orgID string) thing { return thing{typ: spendingLimitType, orgID: orgID} }

func (r *spendingLimitResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_spending_limit"
}

func (r *spendingLimitResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages the monthly spending limit of the organization, on plans that have one (Launch and Scale). " +
			"Changing it requires an admin's key.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"cents": schema.Int64Attribute{
				MarkdownDescription: "The limit for one month, in cents (US dollars): `5000` is $50. At least `1`, as Neon's API requires.",
				Required:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"on_destroy": schema.StringAttribute{
				MarkdownDescription: "What a destroy does to the limit: `keep` leaves it in effect, and `remove` removes it. " +
					"A change takes effect after it is applied. Default: `keep`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(endKeep, endRemove)},
			},
		},
	}
}

func (r *spendingLimitResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = organizationIdentitySchema()
}

func (r *spendingLimitResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan spendingLimitModel
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
	unlock, now, limitDiags := r.lockLimit(ctx, org)
	defer unlock()
	diags.Append(limitDiags...)
	if !diags.HasError() && now != plan.Cents.ValueInt64() {
		diags.Append(r.set(ctx, org, plan.Cents.ValueInt64())...)
	}
	if diags.HasError() {
		return
	}
	nonce := newNonce()
	plan.OrgID = types.StringValue(org.ID)
	diags.Append(resp.State.Set(ctx, plan)...)
	diags.Append(resp.Identity.Set(ctx, plan.organizationIdentity)...)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonce)...)
	diags.Append(rememberChange(ctx, resp.Private)...)
	r.conn.things.markCreated(limitThing(org.ID), nonce)
}

// lockLimit waits for other resources that change the limit, and returns the current limit.
func (r *spendingLimitResource) lockLimit(ctx context.Context, org *neon.Organization) (unlock func(), now int64, diags diag.Diagnostics) {
	unlock, err := r.conn.owners.lock(ctx, org.ID, spendingLimitType)
	if err != nil {
		return func() {}, 0, diag.Diagnostics{cannotReadLimit(org.ID, err)}
	}
	now, err = org.SpendingLimitNow(ctx)
	if err != nil {
		return unlock, 0, diag.Diagnostics{r.conn.explainLimit(ctx, org, cannotReadLimit(org.ID, err), err)}
	}
	return unlock, now, nil
}

// set sets the limit, after the guards.
func (r *spendingLimitResource) set(ctx context.Context, org *neon.Organization, cents int64) diag.Diagnostics {
	diags := r.conn.guardAdminWrite(ctx, org, settingLimit(org.ID))
	if diags.HasError() {
		return diags
	}
	if err := org.SetSpendingLimit(ctx, cents); err != nil {
		diags.Append(r.conn.explainLimit(ctx, org, cannotSetLimit(org.ID, cents, err), err))
	}
	return diags
}

// plansWithLimits are the Neon plans with a spending limit (Neon's documentation). They only explain a refusal;
// Neon decides.
var plansWithLimits = map[string]bool{"launch": true, "scale": true}

// explainLimit determines whether the organization's plan is the reason for a failure: Neon's refusal is the same for a
// person who is not an admin.
func (c *connection) explainLimit(ctx context.Context, org *neon.Organization, failed diag.Diagnostic, err error) diag.Diagnostic {
	refusal, ok := neon.AsError(err)
	if !ok || refusal.Refusal() != neon.NotPermitted && refusal.Refusal() != neon.OtherRefusal || refusal.Status/100 != 4 {
		return failed
	}
	info, infoErr := c.client.OrganizationInfo(ctx, org.ID)
	if infoErr != nil || info.Plan == "" || plansWithLimits[info.Plan] {
		return failed
	}
	return noLimitOnPlan(failed.Summary(), org.ID, info.Plan, err)
}

func (r *spendingLimitResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state spendingLimitModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(resp.Identity.Set(ctx, state.organizationIdentity)...) // also of what is gone
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
	r.conn.things.markRead(limitThing(state.OrgID.ValueString()), nonce)
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	cents, err := org.SpendingLimit(ctx)
	if err == nil && cents == 0 {
		err = recheckRecent(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			cents, err = org.SpendingLimitNow(ctx)
			return cents != 0, err
		})
	}
	switch {
	case err != nil:
		diags.Append(r.conn.explainLimit(ctx, org, cannotReadLimit(org.ID, err), err))
	case cents == 0:
		diags.Append(limitGone(org.ID, state.Cents.ValueInt64()))
		resp.State.RemoveResource(ctx)
	default:
		state.Cents = types.Int64Value(cents)
		diags.Append(resp.State.Set(ctx, state)...)
	}
}

func (r *spendingLimitResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan spendingLimitModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	diags.Append(resp.Identity.Set(ctx, plan.organizationIdentity)...)
	if diags.HasError() {
		return
	}
	if !plan.Cents.Equal(state.Cents) {
		diags.Append(r.change(ctx, state, plan)...)
		diags.Append(rememberChange(ctx, resp.Private)...)
	}
	if !diags.HasError() {
		diags.Append(resp.State.Set(ctx, plan)...)
	}
}

// change sets another limit. The plan has shown what it changes: the limit of the state.
func (r *spendingLimitResource) change(ctx context.Context, state, plan spendingLimitModel) diag.Diagnostics {
	org, diags := r.conn.organization(ctx, plan.OrgID)
	if diags.HasError() {
		return diags
	}
	unlock, now, diags := r.lockLimit(ctx, org)
	defer unlock()
	switch {
	case diags.HasError(), now == plan.Cents.ValueInt64():
	case now != state.Cents.ValueInt64():
		diags.Append(limitChanged(org.ID, state.Cents.ValueInt64(), now))
	default:
		diags.Append(r.set(ctx, org, plan.Cents.ValueInt64())...)
	}
	return diags
}

func (r *spendingLimitResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state spendingLimitModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	if diags.HasError() {
		return
	}
	orgID := state.OrgID.ValueString()
	promised, _ := readPromise(ctx, req.Private)
	if !state.removes() {
		if !promised.Shown {
			diags.Append(limitStays(orgID, state.Cents.ValueInt64()))
		}
		return
	}
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	unlock, now, limitDiags := r.lockLimit(ctx, org)
	defer unlock()
	diags.Append(limitDiags...)
	switch {
	case diags.HasError(), now == 0:
	case !r.conn.things.mayEnd(limitThing(orgID), nonceOf(ctx, req.Private), promised, r.conn.walk):
		diags.Append(limitKeptByOther(orgID, now))
	case now != promised.Cents:
		diags.Append(limitChanged(orgID, promised.Cents, now))
	default:
		diags.Append(r.remove(ctx, org)...)
	}
}

// remove removes the limit, after the guards.
func (r *spendingLimitResource) remove(ctx context.Context, org *neon.Organization) diag.Diagnostics {
	diags := r.conn.guardAdminWrite(ctx, org, removingLimit(org.ID))
	if diags.HasError() {
		return diags
	}
	if err := org.RemoveSpendingLimit(ctx); err != nil {
		diags.Append(r.conn.explainLimit(ctx, org, cannotRemoveLimit(org.ID, err), err))
	}
	return diags
}

func (r *spendingLimitResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	org := r.importedOrganization(ctx, req, "spending limit", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	cents, err := org.SpendingLimit(ctx)
	switch {
	case err != nil:
		resp.Diagnostics.Append(r.conn.explainLimit(ctx, org, cannotReadLimit(org.ID, err), err))
		return
	case cents == 0:
		resp.Diagnostics.Append(noLimitToImport(org.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("org_id"), org.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("cents"), cents)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, organizationIdentity{OrgID: types.StringValue(org.ID)})...)
	resp.Diagnostics.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
}
