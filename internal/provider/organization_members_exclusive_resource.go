package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
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

// membersExclusiveResource is everybody in the organization: who is not listed is removed.
type membersExclusiveResource struct{ resourceBase }

func newMembersExclusiveResource() resource.Resource { return &membersExclusiveResource{} }

func (r *membersExclusiveResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_members_exclusive"
}

func (r *membersExclusiveResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Everybody in the organization, in one list. Whoever is missing is invited, all in one request; whoever is not in the list is removed. " +
			"The plan names everybody who gains or loses something; somebody who was added by hand shows as a removal.\n\n" +
			"**Begin with an import.** Over an organization that has people who are not in the list, or who have another role, the resource is not created: the error names them and shows the `import` block to use instead, " +
			"after which the plan shows each removal and change of role. Invitations that are pending and not in the list do not keep it from being created: Neon's API cannot cancel them, and a warning names them. " +
			"To look first and act later, set `unlisted_members = \"report\"`.\n\n" +
			"**Pending people** count as members while Neon lists their invitation. An import takes over all of them once, so that those who are not in the list show; " +
			"they leave the state with the next apply, stay in `unlisted_invitations`, and show again as a removal if they join. Acceptance is no difference to the plan. " +
			"Should Neon go on listing invitations after they were accepted, people who left may stand in `unlisted_invitations` too.\n\n" +
			"**Who is who.** Addresses are compared as a whole, in lower case, with what Neon lists: `dev+neon@example.com` and `dev@example.com` are two people, and an address whose domain is not ASCII is written as Neon lists it. " +
			"Somebody who is invited at one address and joins with another is, for Neon, another person: write the address that they joined with. " +
			"If a member's address changes at Neon, a warning says so; with the new address in the list, nothing is sent. " +
			"People whose accounts are deactivated stay members until they are removed, and people who joined by their domain are members like all others.\n\n" +
			"**An apply** promotes admins first, then invites, then changes the other roles, and removes last. Everything that can be checked is checked before the first request: the kind of key, `protected_members`, whether you would lock yourself out, " +
			"whether an active admin is left (deactivated and invited admins do not count), `max_removals`. If Neon refuses something for one person, the error names them and the others are still dealt with; but if a promotion fails, no admin is demoted or removed. " +
			"Only what the plan shows is done: somebody who joins between plan and apply stays until the next plan.\n\n" +
			"Inviting and removing need the personal key of an admin; changing roles works with an organization key too.\n\n" +
			"**Destroying** stops managing; nobody is removed.\n\n" +
			"The list owns everybody. `neon_organization_member` for the same organization in the same configuration is an error that names the person; in another state it cannot be seen, and each of the two undoes what the other one did at every apply: let one state own the people of an organization. " +
			"A `neon_organization_invitation` may stand beside the list for somebody who is in it with the same role.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"members": schema.MapAttribute{
				MarkdownDescription: "Everybody who may belong to the organization: e-mail addresses, in lower case, and roles (" + wordList(neon.Roles) + "). " + rolesDescription + " At least one person.",
				Required:            true,
				ElementType:         types.StringType,
				Validators: []validator.Map{
					mapvalidator.SizeAtLeast(1), mapvalidator.NoNullValues(), mapvalidator.KeysAre(emailValidator{}), mapvalidator.ValueStringsAre(roleValidator()),
				},
				PlanModifiers: []planmodifier.Map{sameRoles{}},
			},
			"unlisted_members": schema.StringAttribute{
				MarkdownDescription: "What happens to members who are not in the list: `remove`, or `report`, which removes nobody: they stand in `unlisted`, and a warning in each plan names them. Default: `remove`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(unlistedChoices...)},
			},
			"max_removals": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("How many people one plan may remove from the organization or take the admin role from. More is an error that names them and the number to set, so that a truncated file does not empty an organization. "+
					"Default: `%d`. `0` allows none; for no limit, write a number that is larger than the organization.", defaultMaxRemovals),
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(0)},
			},
			"allow_self_lockout": schema.BoolAttribute{
				MarkdownDescription: "Whether the person whose personal API key the provider uses may be removed or lose the admin role by this resource. Default: `false`, which makes such a plan an error.",
				Optional:            true,
			},
			"pending": schema.SetAttribute{
				MarkdownDescription: "Who of `members` is invited and has not joined.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"member_ids": schema.MapAttribute{
				MarkdownDescription: "The UUIDs of the memberships by e-mail address, for everybody in `members`; null for those who have not joined.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"unlisted": schema.MapAttribute{
				MarkdownDescription: "With `unlisted_members = \"report\"`: the members who are not in the list, by e-mail address, and their roles. Otherwise empty, because they show as removals.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"unlisted_invitations": schema.SetAttribute{
				MarkdownDescription: "Who is invited, has not joined, and is not in the list. Neon's API cannot cancel an invitation; the Neon Console can (People).",
				Computed:            true,
				ElementType:         types.StringType,
			},
		},
	}
}

func (r *membersExclusiveResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = organizationIdentitySchema()
}

const (
	// listsAcceptedKey is where private state keeps that Neon goes on listing invitations after they were accepted.
	listsAcceptedKey = "lists_accepted"
	// movedAddressesKey are the addresses that have changed at Neon, by the state's address.
	movedAddressesKey = "moved"
	// unlistedIDsKey are the member ids of those who are only reported, by e-mail address.
	unlistedIDsKey = "unlisted_ids"
)

// peopleOf returns everybody. That Neon lists accepted invitations was perhaps seen in another run.
func peopleOf(ctx context.Context, org *neon.Organization, private privateReader, now bool) (neon.People, error) {
	ask := org.People
	if now {
		ask = org.PeopleNow
	}
	people, err := ask(ctx)
	if seen, _ := private.GetKey(ctx, listsAcceptedKey); seen != nil {
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
	people, err := peopleOf(ctx, org, req.Private, false)
	now := before.observe(people, state.removes(), imported)
	if err == nil && !imported && !sameMembers(before.members, now.members) {
		err = whileYoung(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			people, err = peopleOf(ctx, org, req.Private, true)
			now = before.observe(people, state.removes(), false)
			return sameMembers(before.members, now.members), err
		})
	}
	if err != nil {
		diags.Append(failure("Cannot read the members of "+org.ID, err))
		return
	}
	if len(now.gone) > 0 {
		diags.AddWarning("Gone from the organization: "+naming(now.gone), fmt.Sprintf(
			"Neither a member of %s nor invited any more, which happened outside of Terraform:\n\n%s\nWhoever is still in the list is invited again. "+
				"Somebody who was invited at one address and joined with another is another person for Neon: write the address that they joined with.", org.ID, lines(now.gone)))
	}
	if !imported {
		now.warnByHand(before, org.ID, diags)
	}
	if !imported && state.removes() {
		var fresh []string
		for email := range now.unlistedInvitations {
			if !before.unlistedInvitations[email] {
				fresh = append(fresh, email)
			}
		}
		if len(fresh) > 0 {
			diags.AddWarning("Invited, but not in the list: "+naming(fresh), fmt.Sprintf(
				"Somebody has invited them to %[1]s outside of this resource:\n\n%[2]s\nOnce they join, the plan removes them. Neon's API cannot cancel an invitation; the Neon Console can (organization %[1]s, People).", org.ID, lines(fresh)))
		}
	}
	state.set(now.memberList)
	diags.Append(resp.State.Set(ctx, state)...)
	diags.Append(setPrivateTexts(ctx, resp.Private, movedAddressesKey, now.elsewhere)...)
	diags.Append(setPrivateTexts(ctx, resp.Private, unlistedIDsKey, now.unlistedIDs)...)
	if people.ListsAccepted {
		diags.Append(resp.Private.SetKey(ctx, listsAcceptedKey, []byte("true"))...)
	}
}

func (r *membersExclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan membersExclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	result := r.apply(ctx, newMemberList(), plan, true, resp.Private)
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
	before := state.list()
	before.unlistedIDs = privateTexts(ctx, req.Private, unlistedIDsKey)
	result := r.apply(ctx, before, plan, false, req.Private)
	resp.Diagnostics.Append(result.diags...)
	if result.state != nil {
		resp.Diagnostics.Append(resp.State.Set(ctx, *result.state)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, result.state.organizationIdentity)...)
		resp.Diagnostics.Append(result.keep(ctx, resp.Private)...)
	}
}

// Delete sends nothing: giving up the list removes nobody.
func (r *membersExclusiveResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

func (r *membersExclusiveResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := types.StringValue(req.ID)
	if req.Identity != nil && !req.Identity.Raw.IsNull() {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("org_id"), &id)...)
	}
	if !orgIDPattern.MatchString(id.ValueString()) {
		resp.Diagnostics.AddError("Invalid import id", fmt.Sprintf("The list is imported by the id of its organization, which %s, not %q.", orgIDForm, id.ValueString()))
		return
	}
	org, diags := r.conn.organization(ctx, id)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("org_id"), org.ID)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, organizationIdentity{OrgID: types.StringValue(org.ID)})...)
	resp.Diagnostics.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
}

// naming is a few people for a summary.
func naming(emails []string) string {
	const few = 3
	if len(emails) <= few {
		return strings.Join(emails, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(emails[:few], ", "), len(emails)-few)
}

// lines is everybody for a detail.
func lines(people []string) string {
	return "    " + strings.Join(people, "\n    ") + "\n"
}
