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
	diags.Append(c.guardInvite(ctx, org, email)...)
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

// toBeInvited is the plan's warning: an e-mail cannot be taken back.
func toBeInvited(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("To be invited: %s as %s", email, role),
		fmt.Sprintf("Neon sends %s an e-mail. Somebody with a Neon account joins %s at once; Neon's API cannot cancel an invitation.", email, orgID))
}

// stillInvited is the warning that a pending invitation outlives its resource.
func stillInvited(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Invitation stays open: "+email, fmt.Sprintf(
		"%s has not accepted yet, and Neon's API cannot cancel an invitation: it can still be accepted. To cancel it, use the Neon Console (organization %s, People).", email, orgID))
}
