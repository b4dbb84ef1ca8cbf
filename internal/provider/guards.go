package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

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
	self, isMember, err := org.MemberByEmail(ctx, caller.Email)
	switch refusal, ok := neon.AsError(err); {
	case ok && refusal.Refusal() == neon.NotOrganizationMember:
		diags.Append(failure(operation+" cannot work", err))
		return diags
	case err != nil || !isMember || strongest(self.Role):
		return diags // what cannot be seen is left to Neon
	case c.readOnly:
		c.warnLesserKey(fmt.Sprintf("%s, whose role in %s is %s", keyWords(caller), org.ID, self.Role), &diags)
		return diags
	}
	diags.AddError(operation+" needs an admin", fmt.Sprintf(
		"The provider uses %s, whose role in %s is %s, and Neon lets only admins change an organization. Use an admin's key (argument api_key or environment variable %s). "+
			"To plan with the key at hand and apply with another, set read_only = true in the planning job. "+
			"If you are destroying, and this resource was never made, use terraform destroy -refresh=false.", keyWords(caller), org.ID, self.Role, envAPIKey))
	return diags
}

// warnLesserKey says once that a plan needs another key to be applied.
func (c *connection) warnLesserKey(key string, diags *diag.Diagnostics) {
	c.lesserOnce.Do(func() {
		diags.AddWarning("This plan cannot be applied with the key in use", fmt.Sprintf(
			"The provider uses %s. Creating API keys, inviting and removing people need the personal key of an admin; the provider is read_only, so this is only a plan. Apply with such a key.", key))
	})
}

// guardAdminKey is for what only the personal key of an admin may do.
func (c *connection) guardAdminKey(ctx context.Context, org *neon.Organization, operation string) diag.Diagnostics {
	diags := c.guardPersonalKey(ctx, operation)
	if !diags.HasError() {
		diags.Append(c.guardAdmin(ctx, org, operation)...)
	}
	return diags
}

// guardRemoval is for ending a membership.
func (c *connection) guardRemoval(ctx context.Context, org *neon.Organization, removal personChange) diag.Diagnostics {
	diags := c.guardAdminKey(ctx, org, "Removing "+removal.email)
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
	switch {
	case c.readOnly:
		diags.AddError(operation+": the provider is read-only", fmt.Sprintf(
			"The provider has read_only = true (argument or environment variable %s), so nothing was sent to Neon. Apply with a provider configuration that may write.", envReadOnly))
	case c.readOnlyUnknown:
		diags.AddError(operation+": the provider may be read-only", "The provider's argument read_only depends on something that is known only after apply, so nothing was sent to Neon. "+
			"Apply that first (terraform apply -target=ADDRESS), or take the value from a variable or the environment variable "+envReadOnly+".")
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

// wayOut is for a removal that is refused: a deposed object cannot be changed.
func (p personChange) wayOut() string {
	if p.to != "" {
		return ""
	}
	return " A deposed object is forgotten with terraform state rm ADDRESS; import the object that stays under that address afterwards."
}

// lessens reports whether the person loses rights. A role that we do not know may be anything: leaving it counts as a
// loss, and so does getting it.
func (p personChange) lessens() bool {
	if p.to == "" {
		return true
	}
	from, fromKnown := roleRank(p.member.Role)
	to, toKnown := roleRank(p.to)
	return !neon.SameRole(p.to, p.member.Role) && (!fromKnown || !toKnown || to > from)
}

// roleRank is smaller for a stronger role.
func roleRank(role string) (rank int, known bool) {
	if neon.SameRole(role, "member") {
		role = "editor"
	}
	rank = slices.Index(neon.Roles, role)
	return rank, rank >= 0
}

// strongest reports whether a role is admin, or one that we do not know and that may be as strong.
func strongest(role string) bool {
	_, known := roleRank(role)
	return role == neon.RoleAdmin || !known
}

// guardUnknownRole refuses a role that Neon does not document, unless the object of the state has it, or somebody in
// the organization: roles were renamed before, and a configuration must be able to keep what there is.
func guardUnknownRole(ctx context.Context, org *neon.Organization, at path.Path, role, prior, whose string) diag.Diagnostics {
	if _, known := roleRank(role); known || role == prior {
		return nil
	}
	used, err := org.HasRole(ctx, role)
	switch {
	case err != nil:
		return diag.Diagnostics{failure("Cannot see which roles "+org.ID+" has", err)}
	case used:
		return nil
	}
	return diag.Diagnostics{unknownRole(at, org.ID, role, whose)}
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
	switch {
	case c.protected[change.member.Email], c.protected[change.email]:
		diags.AddError("Protected: "+change.email, fmt.Sprintf(
			"%s would be %s, but is one of the protected_members (argument of the provider, or environment variable %s), which the provider never removes and never gives a lesser role. "+
				"If this is intended, take the address out of protected_members first.%s", change.email, change.words(), envProtectedMembers, change.wayOut()))
	case c.protectsAll:
		diags.AddError("Protected: "+change.email, fmt.Sprintf(
			"%s would be %s, and the provider's argument protected_members is known only after apply: until then everyone is protected. "+
				"Apply first what protected_members depends on (terraform apply -target=ADDRESS), or take the addresses from a variable. When destroying, leave out -refresh=false.", change.email, change.words()))
	}
	self := caller.KeyType == neon.PersonalKey && (caller.UserID != "" && caller.UserID == change.member.UserID || caller.Email == change.member.Email)
	switch {
	case !self || change.to != "" && !strongest(change.member.Role):
	case change.allowLockout:
		diags.AddWarning("You lock yourself out: "+change.email, fmt.Sprintf(
			"%s will be %s, and is the person whose API key this run uses. allow_self_lockout allows it; the next run needs another admin's key.", change.email, change.words()))
	default:
		diags.AddError("You would lock yourself out: "+change.email, fmt.Sprintf(
			"%s would be %s, and is the person whose API key this run uses: nothing after that could be applied. "+
				"Use another admin's key, or, if this is intended, set allow_self_lockout = true on this resource (for a destroy it must have been applied before).%s", change.email, change.words(), change.wayOut()))
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

// warnProtectsNobody tells once which protected addresses belong to nobody: a mistake in an address protects nobody.
func (c *connection) warnProtectsNobody(ctx context.Context, org *neon.Organization) diag.Diagnostics {
	if len(c.protected) == 0 {
		return nil
	}
	var diags diag.Diagnostics
	c.protectedOnce.Do(func() {
		var nobody []string
		for _, email := range slices.Sorted(maps.Keys(c.protected)) {
			if person, err := org.Person(ctx, "", email); err == nil && !person.Known() {
				nobody = append(nobody, email)
			}
		}
		if len(nobody) > 0 {
			diags.Append(protectsNobody(org.ID, nobody))
		}
	})
	return diags
}
