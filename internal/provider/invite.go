package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// Invitations, for members and invitations.

// guardInvite guards invitations, which require the personal key of an admin.
func (c *connection) guardInvite(ctx context.Context, org *neon.Organization, email string) diag.Diagnostics {
	return c.guardAdminKey(ctx, org, inviteOperation(email))
}

// invite sends one invitation, after the guards.
func (c *connection) invite(ctx context.Context, org *neon.Organization, email, role string) (neon.Person, diag.Diagnostics) {
	diags := c.guardWrite(inviteOperation(email))
	diags.Append(c.guardInvite(ctx, org, email)...)
	if diags.HasError() {
		return neon.Person{}, diags
	}
	people, err := org.Invite(ctx, []neon.Invitee{{Email: email, Role: role}})
	if err != nil {
		diags.Append(cannotInviteAs(email, role, err))
	}
	return people[email], diags
}

// planInvite plans an invitation: the guard, and the warning about the e-mail.
func (c *connection) planInvite(ctx context.Context, org *neon.Organization, email, role string) diag.Diagnostics {
	diags := c.guardInvite(ctx, org, email)
	if !diags.HasError() {
		diags.Append(toBeInvited(org.ID, email, role))
	}
	return diags
}

// warnInviteOnReplace is the warning for the create half of a replacement. Terraform plans that half on its own, but
// shows only the errors of it.
func (c *connection) warnInviteOnReplace(ctx context.Context, orgID types.String, email, role string) diag.Diagnostics {
	org, diags := c.organization(ctx, orgID)
	if diags.HasError() {
		return diags
	}
	person, err := org.Person(ctx, "", email)
	if err == nil && person.Member == nil && !adoptable(person, role) {
		diags.Append(toBeInvited(org.ID, email, role))
	}
	return diags
}
