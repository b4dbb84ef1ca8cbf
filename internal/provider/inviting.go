package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// What a member and an invitation have in common: the invitation.

// invite sends one invitation, after the guards.
func (c *connection) invite(ctx context.Context, org *neon.Organization, email, role string) (neon.Person, diag.Diagnostics) {
	diags := c.guardWrite("Inviting " + email)
	diags.Append(c.guardAdminKey(ctx, org, "Inviting "+email)...)
	if diags.HasError() {
		return neon.Person{}, diags
	}
	people, err := org.Invite(ctx, []neon.Invitee{{Email: email, Role: role}})
	if err != nil {
		diags.Append(failure(fmt.Sprintf("Cannot invite %s as %s", email, role), err))
	}
	return people[email], diags
}

// announce is the warning for the create half of a replacement. Terraform plans that half on its own, but
// shows only the errors of it.
func (c *connection) announce(ctx context.Context, orgID types.String, email, role string) diag.Diagnostics {
	org, diags := c.organization(ctx, orgID)
	if diags.HasError() {
		return diags
	}
	if person, err := org.Person(ctx, "", email); err == nil && person.Member == nil && !adoptable(person, role) {
		diags.Append(toBeInvited(org.ID, email, role))
	}
	return diags
}
