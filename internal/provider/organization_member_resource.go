package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure   = (*memberResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*memberResource)(nil)
	_ resource.ResourceWithImportState = (*memberResource)(nil)
	_ resource.ResourceWithIdentity    = (*memberResource)(nil)
)

// memberResource is one person in the organization: invited, then a member, with a role.
type memberResource struct{ resourceBase }

func newMemberResource() resource.Resource { return &memberResource{} }

func (r *memberResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_member"
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *memberResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One person in the organization with a role: invited first, a member once they accept. Acceptance is no difference to the plan.\n\n" +
			"Somebody who is a member already with the configured role is adopted, and the plan shows the ids; so is somebody who is invited with that role. A member with another role must be imported, so that the plan shows the change of role.\n\n" +
			"Changing the role changes the member's role. For somebody who has not accepted yet it sends a new invitation; Neon's API cannot cancel the old one.\n\n" +
			"Destroying removes the person from the organization, unless `retain_on_destroy` is set. A pending invitation cannot be cancelled through the API; a warning says so. " +
			"API keys that the person made outlive the membership; removing somebody names them.\n\n" +
			"Inviting and removing need the personal key of an admin; changing a role works with an organization key too. Renaming the resource needs a `moved` block. " +
			"A person has one owner: two resources for one address are an error.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"email": schema.StringAttribute{
				MarkdownDescription: "The person's e-mail address, in lower case. Changing it replaces the resource, which removes the one person and invites the other, " +
					"unless the person's address has changed at Neon to the new one.",
				Required:   true,
				Validators: []validator.String{emailValidator{}},
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "The person's role: " + wordList(neon.Roles) + ". " + rolesDescription,
				Required:            true,
				Validators:          []validator.String{roleValidator()},
				PlanModifiers:       []planmodifier.String{sameRole{}},
			},
			"retain_on_destroy": schema.BoolAttribute{
				MarkdownDescription: "Whether the person stays in the organization when the resource is destroyed. It counts once it has been applied. Default: `false`.",
				Optional:            true,
			},
			"allow_self_lockout": schema.BoolAttribute{
				MarkdownDescription: "Whether the person whose personal API key the provider uses may be removed or lose the admin role by this resource. For a destroy it counts once it has been applied. Default: `false`, which makes such a plan an error.",
				Optional:            true,
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "`pending` (invited, not yet a member), `active`, or `deactivated` (a member whose account is deactivated). " +
					"`removed` shows only where Neon goes on listing an accepted invitation of somebody who was removed by hand; the next apply invites them again.",
				Computed: true,
			},
			"member_id": schema.StringAttribute{
				MarkdownDescription: "The UUID of the membership; null while pending.",
				Computed:            true,
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "The UUID of the person's Neon account; null while pending.",
				Computed:            true,
			},
			"invitation_id": schema.StringAttribute{
				MarkdownDescription: "The UUID of the invitation, also after it was accepted; null for somebody who was a member when the resource was made.",
				Computed:            true,
			},
			"joined_at": schema.StringAttribute{
				MarkdownDescription: "When the person joined, RFC 3339 in UTC; null while pending.",
				Computed:            true,
			},
		},
	}
}

func (r *memberResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = personIdentitySchema()
}

func (r *memberResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	org, person, release, diags := r.conn.workOn(ctx, plan.OrgID, types.StringNull(), email, "Cannot add "+email)
	defer release()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case person.Member != nil && !person.Has(role):
		resp.Diagnostics.Append(otherRole(org.ID, *person.Member, role))
		return
	case !adoptable(person, role):
		person, diags = r.conn.invite(ctx, org, email, role)
		resp.Diagnostics.Append(diags...)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	r.conn.people.kept(org.ID, email)
	plan.OrgID = types.StringValue(org.ID)
	plan.fill(person)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity(person))...)
	resp.Diagnostics.Append(rememberChange(ctx, resp.Private)...)
}

func (r *memberResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Identity.Raw.IsNull() { // of an older state; also of somebody who is gone
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.personIdentity)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if !r.conn.known() {
		r.conn.warnUnknown(&resp.Diagnostics)
		return
	}
	email := state.Email.ValueString()
	org, diags := r.conn.organization(ctx, state.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	person, err := org.Person(ctx, state.MemberID.ValueString(), email)
	if err == nil && !person.Known() {
		err = whileYoung(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			person, err = org.PersonNow(ctx, state.MemberID.ValueString(), email)
			return person.Known(), err
		})
	}
	if err != nil {
		resp.Diagnostics.Append(failure("Cannot read the membership of "+email, err))
		return
	}
	gone, leftover := state.gone(person)
	if gone {
		what := "is no longer a member of " + org.ID
		if state.MemberID.IsNull() {
			what = "is no longer invited to " + org.ID + ", and is no member"
		}
		resp.Diagnostics.AddWarning("Gone from the organization: "+email, fmt.Sprintf(
			"%s %s; that happened outside of Terraform. As long as the configuration has this person, the plan invites them again.", email, what))
		if !leftover {
			resp.State.RemoveResource(ctx)
			return
		}
		state.Status = types.StringValue(statusRemoved)
	} else {
		r.conn.people.read(org.ID, email)
		state.set(person)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity(person))...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func (r *memberResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Identity.Raw.IsNull() || !plan.Email.Equal(state.Email) { // what is planned in place is the address that Neon has
		resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.personIdentity)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	inviteAgain := state.Status.ValueString() == statusRemoved
	if neon.SameRole(state.Role.ValueString(), role) && !inviteAgain {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...) // nothing that Neon knows of has changed
		return
	}
	org, person, release, diags := r.conn.workOn(ctx, plan.OrgID, state.MemberID, email, "Cannot change the role of "+email)
	defer release()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case person.Member != nil && !person.Has(role):
		change := personChange{email: email, member: *person.Member, to: role, allowLockout: plan.AllowSelfLockout.ValueBool()}
		resp.Diagnostics.Append(r.conn.guardWrite("Changing the role of " + email)...)
		resp.Diagnostics.Append(r.conn.guardRole(ctx, org, change)...)
		if resp.Diagnostics.HasError() {
			return
		}
		err := whileLastAdmin(ctx, org, *person.Member, func() error { return org.SetRole(ctx, person.Member.ID, role) })
		if err != nil {
			resp.Diagnostics.Append(lastAdminOr(ctx, org, *person.Member, "Cannot change the role of "+email, err))
			return
		}
	case person.Member == nil && (inviteAgain || !person.Has(role)):
		person, diags = r.conn.invite(ctx, org, email, role)
		resp.Diagnostics.Append(diags...)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	plan.fill(person)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(rememberChange(ctx, resp.Private)...)
}

func (r *memberResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	email := state.Email.ValueString()
	summary := "Cannot remove " + email
	if state.RetainOnDestroy.ValueBool() {
		return // the plan has said that they keep access
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	release, err := r.conn.people.hold(ctx, org.ID, email)
	if err != nil {
		resp.Diagnostics.Append(failure(summary, err))
		return
	}
	defer release()
	if r.conn.people.willCreate(org.ID, email) {
		return // another resource of this run has taken the person over
	}

	person, err := org.Person(ctx, state.MemberID.ValueString(), email)
	if err != nil {
		resp.Diagnostics.Append(failure(summary, err))
		return
	}
	if person.Member == nil {
		if person.Invitation != nil && state.Status.ValueString() != statusRemoved {
			resp.Diagnostics.Append(stillInvited(org.ID, email))
		}
		return
	}
	resp.Diagnostics.Append(r.conn.guardWrite("Removing " + email)...)
	resp.Diagnostics.Append(r.conn.guardRemoval(ctx, org, personChange{email: email, member: *person.Member, allowLockout: state.AllowSelfLockout.ValueBool()})...)
	if resp.Diagnostics.HasError() {
		return
	}
	err = whileLastAdmin(ctx, org, *person.Member, func() error { return org.RemoveMember(ctx, person.Member.ID) })
	if err != nil {
		resp.Diagnostics.Append(lastAdminOr(ctx, org, *person.Member, summary, err))
	}
}

func (r *memberResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	org, who := r.importTarget(ctx, req, "the person's e-mail address or member id (a UUID)", "email", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	memberID, email := who, ""
	if strings.Contains(who, "@") {
		memberID, email = "", strings.ToLower(who)
	}
	person, err := org.Person(ctx, memberID, email)
	switch {
	case err != nil:
		resp.Diagnostics.Append(failure("Cannot import "+who, err))
		return
	case !person.Known():
		resp.Diagnostics.AddError("Nobody to import: "+who, fmt.Sprintf(
			"%q is neither the e-mail address or member id of a member of %s, nor the e-mail address of somebody invited. The data sources neon_organization_members and neon_organization_invitations list them.", who, org.ID))
		return
	case person.Member != nil:
		email = person.Member.Email
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("member_id"), person.Member.ID)...)
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("org_id"), org.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("email"), email)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, personIdentity{OrgID: types.StringValue(org.ID), Email: types.StringValue(email)})...)
}
