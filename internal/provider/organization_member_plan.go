package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

const memberType = "neon_organization_member"

// ModifyPlan shows a reviewer what will become of the person: adopted, invited, changed or removed.
func (r *memberResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan memberModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if req.Plan.Raw.IsNull() {
		if !resp.Diagnostics.HasError() && r.conn.known() {
			resp.Diagnostics.Append(r.planRemoval(ctx, state)...)
		}
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var configuredOrg types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("org_id"), &configuredOrg)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var otherOrg bool
	plan.OrgID, otherOrg = r.planOrgID(ctx, configuredOrg, state.OrgID, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		plan.forget()
		r.planCreate(ctx, &plan, resp)
	} else {
		r.planChange(ctx, state, &plan, otherOrg, resp)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	}
}

func (r *memberResource) planCreate(ctx context.Context, plan *memberModel, resp *resource.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	if !r.conn.known() || plan.OrgID.IsUnknown() || plan.Email.IsUnknown() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, plan.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	email, role := plan.Email.ValueString(), plan.Role.ValueString()
	if conflict := r.conn.people.plan(org.ID, email, intent{creates, memberType, role}); conflict != nil {
		diags.Append(conflict)
		return
	}
	if plan.Role.IsUnknown() {
		return
	}
	if r.conn.people.hasResource(org.ID, email) {
		// A forced replacement: by the time of the create the person may have been removed, so nothing that
		// is known of them now may be planned.
		diags.Append(r.conn.guardInvite(ctx, org, email)...)
		return
	}
	person, err := org.Person(ctx, "", email)
	switch {
	case err != nil:
		diags.Append(failure("Cannot see whether "+email+" is a member", err))
	case person.Member != nil && !person.Has(role):
		diags.Append(otherRole(org.ID, *person.Member, role))
	case person.Member != nil:
		plan.InvitationID = types.StringNull()
		plan.fill(person)
	case adoptable(person, role):
		// Adopted; nothing is planned as known, because the person may accept before the apply.
	default:
		diags.Append(r.conn.guardInvite(ctx, org, email)...)
		if !diags.HasError() {
			diags.Append(toBeInvited(org.ID, email, role))
		}
	}
}

func (r *memberResource) planChange(ctx context.Context, state memberModel, plan *memberModel, otherOrg bool, resp *resource.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	sameEmail := plan.Email.Equal(state.Email)
	sameRole := neon.SameRole(plan.Role.ValueString(), state.Role.ValueString())
	inviteAgain := state.Status.ValueString() == statusRemoved

	if !r.conn.known() {
		if !sameEmail {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("email"))
		}
		if plan.keep(state); !sameEmail || !sameRole || otherOrg {
			plan.forget()
		}
		return
	}
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	person, err := org.Person(ctx, state.MemberID.ValueString(), state.Email.ValueString())
	if err != nil {
		diags.Append(failure("Cannot see what is known of "+state.Email.ValueString(), err))
		return
	}
	replace := otherOrg || !sameEmail && (person.Member == nil || person.Member.Email != plan.Email.ValueString())
	if replace {
		if !sameEmail {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("email"))
		}
		plan.forget()
		diags.Append(r.planRemoval(ctx, state)...) // the destroy half is not planned on its own
		if !diags.HasError() && !plan.OrgID.IsUnknown() && !plan.Email.IsUnknown() && !plan.Role.IsUnknown() {
			diags.Append(r.conn.announce(ctx, plan.OrgID, plan.Email.ValueString(), plan.Role.ValueString())...)
		}
		return
	}

	email := plan.Email.ValueString()
	if conflict := r.conn.people.plan(org.ID, email, intent{keeps, memberType, plan.Role.ValueString()}); conflict != nil {
		diags.Append(conflict)
		return
	}
	if sameEmail && person.Member != nil && person.Member.Email != email {
		diags.AddWarning("Another e-mail address at Neon: "+email, fmt.Sprintf(
			"The member %s is known to Neon as %s now. Write the new address; that changes the resource in place:\n\n    email = %q\n", person.Member.ID, person.Member.Email, person.Member.Email))
	}
	plan.keep(state)
	switch {
	case sameRole && !inviteAgain:
	case person.Member != nil:
		plan.forget()
		plan.InvitationID = state.InvitationID
		plan.fill(person)
		if plan.Role.IsUnknown() {
			return
		}
		change := personChange{email: email, member: *person.Member, to: plan.Role.ValueString(), allowLockout: plan.AllowSelfLockout.ValueBool()}
		diags.Append(r.conn.guardRole(ctx, org, change)...)
		diags.Append(r.conn.warnLastAdmin(ctx, org, change)...)
	default:
		plan.forget()
		diags.Append(r.conn.guardInvite(ctx, org, email)...)
		diags.AddWarning(fmt.Sprintf("To be invited again: %s as %s", email, plan.Role.ValueString()), oldInvitation(org.ID, email, state))
	}
}

// planRemoval says what a destroy means for the person.
func (r *memberResource) planRemoval(ctx context.Context, state memberModel) diag.Diagnostics {
	email := state.Email.ValueString()
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return diags
	}
	if state.RetainOnDestroy.ValueBool() {
		diags.AddWarning("Keeps access: "+email, fmt.Sprintf("retain_on_destroy is set, so %s stays in %s as %s and is only forgotten here.", email, org.ID, state.Role.ValueString()))
		return diags
	}
	if conflict := r.conn.people.plan(org.ID, email, intent{destroys, memberType, state.Role.ValueString()}); conflict != nil {
		diags.Append(conflict)
		return diags
	}
	person, err := org.Person(ctx, state.MemberID.ValueString(), email)
	switch {
	case err != nil:
		diags.Append(failure("Cannot see what is known of "+email, err))
	case person.Member != nil:
		change := personChange{email: email, member: *person.Member, allowLockout: state.AllowSelfLockout.ValueBool()}
		diags.Append(r.conn.guardRemoval(ctx, org, change)...)
		diags.Append(r.conn.warnLastAdmin(ctx, org, change)...)
		if !diags.HasError() {
			diags.Append(warnKeysOf(ctx, org, *person.Member)...)
		}
	case person.Pending() && state.Status.ValueString() != statusRemoved:
		diags.Append(stillInvited(org.ID, email))
	}
	return diags
}

// otherRole refuses to make a resource for somebody who has another role: a create would hide the change.
func otherRole(orgID string, member neon.Member, role string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("role"), "Already a member with another role: "+member.Email, fmt.Sprintf(
		"%[1]s belongs to %[2]s as %[3]s, and the configuration says %[4]s. Import the membership, so that the plan shows the change of role:\n\n"+
			"    import {\n      to = neon_organization_member.NAME\n      id = %[5]q\n    }\n\n"+
			"or write role = %[3]q, which adopts it as it is. If you are destroying, use terraform destroy -refresh=false.",
		member.Email, orgID, member.Role, role, orgID+"/"+member.Email))
}

func oldInvitation(orgID, email string, state memberModel) string {
	if state.Status.ValueString() == statusRemoved {
		return email + " is no longer a member, which happened outside of Terraform. Neon sends them another e-mail."
	}
	return fmt.Sprintf("%s has not accepted the invitation as %s yet. A new one is sent; the old one cannot be cancelled through Neon's API and may still be accepted. "+
		"If it is, the next plan shows the role and puts it right. To cancel it, use the Neon Console (organization %s, People).", email, state.Role.ValueString(), orgID)
}

// warnKeysOf names the live keys of somebody who is removed: they outlive their maker.
func warnKeysOf(ctx context.Context, org *neon.Organization, member neon.Member) diag.Diagnostics {
	var diags diag.Diagnostics
	if member.UserID == "" {
		return nil // Neon does not tell who it is, so nobody can say which keys are theirs
	}
	keys, err := org.APIKeysMadeBy(ctx, member.UserID)
	if err != nil {
		diags.AddWarning("API keys of "+member.Email+" unknown", "The organization's API keys could not be listed, so those that "+member.Email+" made cannot be named: "+err.Error())
		return diags
	}
	var ids []string
	for _, key := range keys {
		ids = append(ids, key.ID)
	}
	switch len(ids) {
	case 0:
	case 1:
		diags.AddWarning("Live API key of "+member.Email, fmt.Sprintf(
			"%s made an API key that outlives the membership: %s. Whoever has its token keeps access to %s; revoke it if it is no longer wanted.", member.Email, ids[0], org.ID))
	default:
		diags.AddWarning("Live API keys of "+member.Email, fmt.Sprintf(
			"%s made %s that outlive the membership: %s. Whoever has their tokens keeps access to %s; revoke those that are no longer wanted.", member.Email, counted(len(ids), "API key"), strings.Join(ids, ", "), org.ID))
	}
	return diags
}
