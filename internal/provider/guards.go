package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// Guards run in the plan, so that a reviewer sees them, and again before the write, because
// not every write has a plan check.

// guardPersonalKey guards operations that require a personal key. operation completes "… needs a personal key".
// With read_only it warns once: a pull-request job may plan with a limited key.
func (c *connection) guardPersonalKey(ctx context.Context, operation string) diag.Diagnostics {
	key, diags := c.key(ctx)
	if diags.HasError() || key.KeyType == neon.PersonalKey {
		return diags
	}
	words := keyWords(neon.Caller{Key: key})
	if c.readOnly {
		c.warnLesserKey(words, &diags)
		return diags
	}
	diags.Append(needsPersonalKey(operation, words))
	return diags
}

// guardAdmin guards operations that require an admin, with a personal key. An organization key has no owner.
func (c *connection) guardAdmin(ctx context.Context, org *neon.Organization, operation string) diag.Diagnostics {
	caller, diags := c.caller(ctx)
	if diags.HasError() || caller.KeyType != neon.PersonalKey {
		return diags
	}
	self, isMember, err := org.MemberByEmail(ctx, caller.Email)
	if err != nil {
		refusal, ok := neon.AsError(err)
		if ok && refusal.Refusal() == neon.NotOrganizationMember {
			diags.Append(cannotWork(operation, err))
		}
		return diags // what cannot be seen is left to Neon
	}
	switch {
	case !isMember || strongest(self.Role):
	case c.readOnly:
		c.warnLesserKey(withRole(keyWords(caller), org.ID, self.Role), &diags)
	default:
		diags.Append(needsAdmin(operation, keyWords(caller), org.ID, self.Role))
	}
	return diags
}

// warnLesserKey says once that a plan needs another key to be applied.
func (c *connection) warnLesserKey(key string, diags *diag.Diagnostics) {
	c.lesserOnce.Do(func() { diags.Append(lesserKey(key)) })
}

// guardAdminKey guards operations that require the personal key of an admin.
func (c *connection) guardAdminKey(ctx context.Context, org *neon.Organization, operation string) diag.Diagnostics {
	diags := c.guardPersonalKey(ctx, operation)
	if !diags.HasError() {
		diags.Append(c.guardAdmin(ctx, org, operation)...)
	}
	return diags
}

// guardRemoval guards the end of a membership.
func (c *connection) guardRemoval(ctx context.Context, org *neon.Organization, removal personChange) diag.Diagnostics {
	diags := c.guardAdminKey(ctx, org, removeOperation(removal.email))
	diags.Append(c.guardPerson(ctx, removal)...)
	return diags
}

// guardRole guards a change of a member's role.
func (c *connection) guardRole(ctx context.Context, org *neon.Organization, change personChange) diag.Diagnostics {
	diags := c.guardAdmin(ctx, org, roleOperation(change.email))
	diags.Append(c.guardPerson(ctx, change)...)
	return diags
}

// guardWrite is the last check before the first request of every change.
func (c *connection) guardWrite(operation string) diag.Diagnostics {
	switch {
	case c.readOnly:
		return diag.Diagnostics{readOnly(operation)}
	case c.readOnlyUnknown:
		return diag.Diagnostics{readOnlyUnknown(operation)}
	default:
		return nil
	}
}

// guardAdminWrite is guardWrite, and guardAdmin before anything is sent.
func (c *connection) guardAdminWrite(ctx context.Context, org *neon.Organization, operation string) diag.Diagnostics {
	diags := c.guardWrite(operation)
	if !diags.HasError() {
		diags.Append(c.guardAdmin(ctx, org, operation)...)
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

// lessens reports whether the person loses rights. An unknown role may have any rights: losing it counts as a
// loss, and so does getting it.
func (p personChange) lessens() bool {
	if p.to == "" {
		return true
	}
	from, fromKnown := roleRank(p.member.Role)
	to, toKnown := roleRank(p.to)
	return !neon.SameRole(p.to, p.member.Role) && (!fromKnown || !toKnown || to > from)
}

// unexplained reports whether the role that a change starts from does not explain what it takes away: the member has
// more rights by now.
func (p personChange) unexplained(role string) bool {
	was := personChange{member: p.member, to: role}
	return p.lessens() && was.lessens()
}

// guardPerson prevents protected people and the caller from losing rights.
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
		diags.Append(protectedPerson(change))
	case c.protectsAll:
		diags.Append(everyoneProtected(change))
	}
	switch {
	case !ownKeyOf(caller, change.member):
	case change.to != "" && !strongest(change.member.Role): // there is no lock-out without a role that can lock out
	case change.allowLockout:
		diags.Append(lockedOut(change))
	default:
		diags.Append(wouldLockOut(change))
	}
	return diags
}

// ownKeyOf reports whether the provider uses the personal key of a member.
func ownKeyOf(caller neon.Caller, member neon.Member) bool {
	if caller.KeyType != neon.PersonalKey {
		return false
	}
	return caller.UserID != "" && caller.UserID == member.UserID || caller.Email == member.Email
}

// warnLastAdmin warns in the plan that no active admin is left, unless another resource of the
// same plan promotes another member: resources cannot see each other's plans.
func (c *connection) warnLastAdmin(ctx context.Context, org *neon.Organization, change personChange) diag.Diagnostics {
	if !change.member.ActiveAdmin() || change.to == neon.RoleAdmin {
		return nil
	}
	others, err := org.HasOtherActiveAdmin(ctx, change.member.ID)
	if err != nil || others {
		return nil
	}
	return diag.Diagnostics{onlyActiveAdmin(org.ID, change)}
}

// warnProtectsNobody warns once about protected addresses that match no person: a mistyped address protects nobody.
func (c *connection) warnProtectsNobody(ctx context.Context, org *neon.Organization) diag.Diagnostics {
	if len(c.protected) == 0 {
		return nil
	}
	var diags diag.Diagnostics
	c.protectedOnce.Do(func() {
		var nobody []string
		for _, email := range slices.Sorted(maps.Keys(c.protected)) {
			person, err := org.Person(ctx, "", email)
			if err == nil && !person.Known() {
				nobody = append(nobody, email)
			}
		}
		if len(nobody) > 0 {
			diags.Append(protectsNobody(org.ID, nobody))
		}
	})
	return diags
}
