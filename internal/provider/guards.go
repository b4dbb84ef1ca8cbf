package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The guards act twice: in the plan, so that a reviewer sees them, and again before the write, because
// not every write passes a plan check.

// guardPersonalKey is for what Neon lets only personal keys do. operation completes "… needs a personal key".
// With read_only it warns once: a pull-request job may plan with a lesser key.
func (c *connection) guardPersonalKey(ctx context.Context, operation string) diag.Diagnostics {
	key, diags := c.key(ctx)
	if diags.HasError() || key.KeyType == neon.PersonalKey {
		return diags
	}
	if c.readOnly {
		c.warnLesserKey(keyWords(neon.Caller{Key: key}), &diags)
		return diags
	}
	diags.AddError(operation+" needs a personal key", fmt.Sprintf(
		"The provider uses %s, and Neon lets only the personal key of an admin do this. "+
			"Create one in the Neon Console (Account settings, API keys) and set it as the environment variable %s, or give this resource a provider alias with such a key. "+
			"To plan with the key at hand and apply with another, set read_only = true in the planning job. "+
			"If you are destroying, and this resource was never made, use terraform destroy -refresh=false.", keyWords(neon.Caller{Key: key}), envAPIKey))
	return diags
}

// guardAdmin is for what only admins may do, with a personal key. An organization key is nobody's.
func (c *connection) guardAdmin(ctx context.Context, org *neon.Organization, operation string) diag.Diagnostics {
	caller, diags := c.caller(ctx)
	if diags.HasError() || caller.KeyType != neon.PersonalKey {
		return diags
	}
	self, err := org.Person(ctx, "", caller.Email)
	switch refusal, ok := neon.AsError(err); {
	case ok && refusal.Refusal() == neon.NotOrganizationMember:
		diags.Append(failure(operation+" cannot work", err))
		return diags
	case err != nil || self.Member == nil || self.Member.Role == neon.RoleAdmin:
		return diags // what cannot be seen is left to Neon
	case c.readOnly:
		c.warnLesserKey(fmt.Sprintf("%s, whose role in %s is %s", keyWords(caller), org.ID, self.Member.Role), &diags)
		return diags
	}
	diags.AddError(operation+" needs an admin", fmt.Sprintf(
		"The provider uses %s, whose role in %s is %s, and Neon lets only admins change an organization. Use an admin's key (argument api_key or environment variable %s). "+
			"To plan with the key at hand and apply with another, set read_only = true in the planning job. "+
			"If you are destroying, and this resource was never made, use terraform destroy -refresh=false.", keyWords(caller), org.ID, self.Member.Role, envAPIKey))
	return diags
}

// warnLesserKey says once that a plan needs another key to be applied.
func (c *connection) warnLesserKey(key string, diags *diag.Diagnostics) {
	c.lesserOnce.Do(func() {
		diags.AddWarning("This plan cannot be applied with the key in use", fmt.Sprintf(
			"The provider uses %s. Creating API keys, inviting and removing people need the personal key of an admin; the provider is read_only, so this is only a plan. Apply with such a key.", key))
	})
}

// guardCreateKey is for making API keys.
func (c *connection) guardCreateKey(ctx context.Context, org *neon.Organization, operation string) diag.Diagnostics {
	diags := c.guardPersonalKey(ctx, operation)
	if !diags.HasError() {
		diags.Append(c.guardAdmin(ctx, org, operation)...)
	}
	return diags
}

// guardInvite is for sending invitations.
func (c *connection) guardInvite(ctx context.Context, org *neon.Organization, email string) diag.Diagnostics {
	diags := c.guardPersonalKey(ctx, "Inviting "+email)
	if !diags.HasError() {
		diags.Append(c.guardAdmin(ctx, org, "Inviting "+email)...)
	}
	return diags
}

// guardRemoval is for ending a membership.
func (c *connection) guardRemoval(ctx context.Context, org *neon.Organization, removal personChange) diag.Diagnostics {
	diags := c.guardPersonalKey(ctx, "Removing "+removal.email)
	if !diags.HasError() {
		diags.Append(c.guardAdmin(ctx, org, "Removing "+removal.email)...)
	}
	diags.Append(c.guardPerson(ctx, removal)...)
	return diags
}

// guardRole is for changing a member's role.
func (c *connection) guardRole(ctx context.Context, org *neon.Organization, change personChange) diag.Diagnostics {
	diags := c.guardAdmin(ctx, org, "Changing the role of "+change.email)
	diags.Append(c.guardPerson(ctx, change)...)
	return diags
}

// guardWrite is the last check before the first request of every change.
func (c *connection) guardWrite(operation string) diag.Diagnostics {
	var diags diag.Diagnostics
	if c.readOnly {
		diags.AddError(operation+": the provider is read-only", fmt.Sprintf(
			"The provider has read_only = true (argument or environment variable %s), so nothing was sent to Neon. Apply with a provider configuration that may write.", envReadOnly))
	}
	return diags
}

// personChange is a removal, or a change from one role to another.
type personChange struct {
	email        string // as configured
	member       neon.Member
	to           string // empty for a removal
	allowLockout bool
}

func (p personChange) words() string {
	if p.to == "" {
		return "removed from the organization"
	}
	return fmt.Sprintf("given the role %s instead of %s", p.to, p.member.Role)
}

// lessens reports whether the person loses rights.
func (p personChange) lessens() bool {
	return p.to == "" || roleRank(p.to) > roleRank(p.member.Role)
}

func roleRank(role string) int {
	if neon.SameRole(role, "member") {
		role = "editor"
	}
	if rank := slices.Index(neon.Roles, role); rank >= 0 {
		return rank
	}
	return 0 // an unknown role may be anything: leaving it counts as a loss
}

// guardPerson keeps protected people and the caller from losing what they have.
func (c *connection) guardPerson(ctx context.Context, change personChange) diag.Diagnostics {
	if !change.lessens() {
		return nil
	}
	caller, diags := c.caller(ctx)
	if diags.HasError() {
		return diags
	}
	if c.protected[change.member.Email] || c.protected[change.email] {
		diags.AddError("Protected: "+change.email, fmt.Sprintf(
			"%s would be %s, but is among the provider's protected_members, whom it never removes and never gives a lesser role. "+
				"If this is meant, take the address out of protected_members first.", change.email, change.words()))
	}
	self := caller.KeyType == neon.PersonalKey && (caller.UserID == change.member.UserID || caller.Email == change.member.Email)
	switch {
	case !self || change.to != "" && change.member.Role != neon.RoleAdmin:
	case change.allowLockout:
		diags.AddWarning("You lock yourself out: "+change.email, fmt.Sprintf(
			"%s will be %s, and is the person whose API key this run uses. allow_self_lockout allows it; the next run needs another admin's key.", change.email, change.words()))
	default:
		diags.AddError("You would lock yourself out: "+change.email, fmt.Sprintf(
			"%s would be %s, and is the person whose API key this run uses: nothing after that could be applied. "+
				"Use another admin's key, or, if this is meant, set allow_self_lockout = true on this resource (for a destroy it must have been applied before).", change.email, change.words()))
	}
	return diags
}

// warnLastAdmin tells a plan's reviewer that no active admin is left, unless another resource of the
// same plan promotes somebody: resources cannot see each other's plans.
func (c *connection) warnLastAdmin(ctx context.Context, org *neon.Organization, change personChange) diag.Diagnostics {
	var diags diag.Diagnostics
	if !change.member.ActiveAdmin() || change.to == neon.RoleAdmin {
		return nil
	}
	others, err := org.HasOtherActiveAdmin(ctx, change.member.ID)
	if err == nil && !others {
		diags.AddWarning("Last active admin: "+change.email, fmt.Sprintf(
			"%s would be %s, and is the only active admin of %s. Neon refuses that unless somebody else is made an admin in the same apply.", change.email, change.words(), org.ID))
	}
	return diags
}
