package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure   = (*membersExclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*membersExclusiveResource)(nil)
	_ resource.ResourceWithIdentity    = (*membersExclusiveResource)(nil)
	_ resource.ResourceWithImportState = (*membersExclusiveResource)(nil)
)

// membersExclusiveResource is the list of all people of the organization. It removes members who are not listed.
type membersExclusiveResource struct{ resourceBase }

func newMembersExclusiveResource() resource.Resource { return &membersExclusiveResource{} }

func (r *membersExclusiveResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_members_exclusive"
}

const membersExclusiveDescription = "Manages all people of the organization in one exclusive list: the resource invites people who are missing, " +
	"in one request, and removes members who are not in the list. Destroying the resource removes no one."

func (r *membersExclusiveResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: membersExclusiveDescription,
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"members": schema.MapAttribute{
				MarkdownDescription: "The people of the organization: a map of e-mail addresses, in lower case, to roles (" + wordList(neon.Roles) + "). " +
					rolesDescription + " At least one person.",
				Required:    true,
				ElementType: types.StringType,
				Validators: []validator.Map{
					mapvalidator.SizeAtLeast(1), mapvalidator.NoNullValues(),
					mapvalidator.KeysAre(emailValidator{}), mapvalidator.ValueStringsAre(roleValidator()),
				},
				PlanModifiers: []planmodifier.Map{sameRoles{}},
			},
			"on_unlisted": schema.StringAttribute{
				MarkdownDescription: "What happens to members who are not in the list: `remove` removes them, and `report` keeps them. " +
					"Reported members appear in `unlisted_members` and in a warning in each plan. Default: `remove`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(unlistedChoices...)},
			},
			"max_removals": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("How many people one plan may remove from the organization or demote from admin. "+
					"If a plan exceeds it, the error names the people and the number to set. This guards against a truncated list. "+
					"Default: `%d`. `0` allows none. For no limit, set a number larger than the organization.", defaultMaxRemovals),
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(0)},
			},
			"allow_self_lockout": schema.BoolAttribute{
				MarkdownDescription: "Whether this resource may remove or demote the owner of the personal " +
					"API key that the provider uses. " +
					"Default: `false`: such a plan fails.",
				Optional: true,
			},
			"pending_members": schema.SetAttribute{
				MarkdownDescription: "The invitees in `members`.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"member_ids": schema.MapAttribute{
				MarkdownDescription: "A map of e-mail addresses to the UUIDs of the memberships, for all people in `members`; null for invitees.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"unlisted_members": schema.MapAttribute{
				MarkdownDescription: "With `on_unlisted = \"report\"`: the members who are not in the list, a map of e-mail addresses to roles. " +
					"Otherwise empty.",
				Computed:    true,
				ElementType: types.StringType,
			},
			"unlisted_invitations": schema.SetAttribute{
				MarkdownDescription: "The invitees who are not in the list. " +
					"Neon's API cannot cancel an invitation; to cancel one, use the " + console + ".",
				Computed:    true,
				ElementType: types.StringType,
			},
		},
	}
}

func (r *membersExclusiveResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = organizationIdentitySchema()
}

const (
	// listsAcceptedKey is where private state keeps that Neon keeps listing invitations after they were accepted.
	listsAcceptedKey = "lists_accepted"
	// movedAddressesKey are the addresses that have changed at Neon, by the state's address.
	movedAddressesKey = "moved"
	// unlistedIDsKey are the IDs of the members who are only reported, by e-mail address.
	unlistedIDsKey = "unlisted_ids"
)

// peopleOf returns the people of the organization. An earlier run may have seen that Neon lists accepted invitations.
func peopleOf(
	ctx context.Context, private privateReader, ask func(context.Context) (neon.People, error),
) (neon.People, error) {
	people, err := ask(ctx)
	seen, _ := private.GetKey(ctx, listsAcceptedKey)
	if seen != nil {
		people.ListsAccepted = true
	}
	return people, err
}

func (r *membersExclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state membersExclusiveModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	if diags.HasError() {
		return
	}
	diags.Append(resp.Identity.Set(ctx, state.organizationIdentity)...)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonceOf(ctx, req.Private))...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	if !r.conn.known() {
		r.conn.warnUnknown(diags)
		return
	}
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	imported := state.Members.IsNull()
	before := state.list()
	before.unlistedIDs = privateTexts(ctx, req.Private, unlistedIDsKey)
	people, err := peopleOf(ctx, req.Private, org.People)
	now := before.observe(people, state.removes())
	if err == nil && !imported && !sameMembers(before.members, now.members) {
		err = recheckRecent(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			people, err = peopleOf(ctx, req.Private, org.PeopleNow)
			now = before.observe(people, state.removes())
			return sameMembers(before.members, now.members), err
		})
	}
	if err != nil {
		diags.Append(cannotReadMembers(org.ID, err))
		return
	}
	if imported {
		now.takeInvitees(people)
	} else {
		warnSinceRead(org.ID, before, now, state.removes(), diags)
	}
	state.set(now.memberList)
	diags.Append(resp.State.Set(ctx, state)...)
	diags.Append(setPrivateTexts(ctx, resp.Private, movedAddressesKey, now.elsewhere)...)
	diags.Append(setPrivateTexts(ctx, resp.Private, unlistedIDsKey, now.unlistedIDs)...)
	if people.ListsAccepted {
		diags.Append(resp.Private.SetKey(ctx, listsAcceptedKey, []byte("true"))...)
	}
}

// warnSinceRead names the people who have changed since the last read, outside of the list.
func warnSinceRead(orgID string, before memberList, now observation, remove bool, diags *diag.Diagnostics) {
	if len(now.gone) > 0 {
		diags.Append(goneFromList(orgID, now.gone))
	}
	byHand := now.byHand(before)
	if len(byHand) > 0 {
		diags.Append(changedByHand(orgID, byHand, before.members, now.members))
	}
	invited := now.newInvitees(before)
	if remove && len(invited) > 0 {
		diags.Append(newlyInvited(orgID, invited))
	}
}

func (r *membersExclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan membersExclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	result := r.apply(ctx, listPlanning{create: true, before: newMemberList()}, plan, resp.Private)
	resp.Diagnostics.Append(result.diags...)
	if result.state != nil {
		resp.Diagnostics.Append(resp.State.Set(ctx, *result.state)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, result.state.organizationIdentity)...)
		resp.Diagnostics.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
		resp.Diagnostics.Append(result.keep(ctx, resp.Private)...)
	}
}

func (r *membersExclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan membersExclusiveModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(stripPromise(ctx, resp.Private)...)
	if resp.Diagnostics.HasError() {
		return
	}
	planning := listPlanning{before: state.list()}
	planning.before.unlistedIDs = privateTexts(ctx, req.Private, unlistedIDsKey)
	result := r.apply(ctx, planning, plan, req.Private)
	resp.Diagnostics.Append(result.diags...)
	if result.state != nil {
		resp.Diagnostics.Append(resp.State.Set(ctx, *result.state)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, result.state.organizationIdentity)...)
		resp.Diagnostics.Append(result.keep(ctx, resp.Private)...)
	}
}

// Delete sends no request: destroying the list removes no one.
func (r *membersExclusiveResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

func (r *membersExclusiveResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	org := r.importedOrganization(ctx, req, "list", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("org_id"), org.ID)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, organizationIdentity{OrgID: types.StringValue(org.ID)})...)
	resp.Diagnostics.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
}
