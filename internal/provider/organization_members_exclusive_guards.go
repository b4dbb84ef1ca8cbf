package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// guardList runs all guards of a list, in the plan and again before the first request of an apply.
func (c *connection) guardList(
	ctx context.Context, org *neon.Organization, model membersExclusiveModel, changes listChanges, people neon.People,
) diag.Diagnostics {
	var diags diag.Diagnostics
	if len(changes.unlisted)+len(changes.otherRoles) > 0 {
		diags.Append(refusedCreate(org.ID, changes.unlisted, changes.otherRoles))
	}
	for _, change := range changes.unexplained {
		diags.Append(change.problem(org.ID))
	}
	if diags.HasError() || !changes.writes() {
		return diags
	}
	diags.Append(c.guardListKey(ctx, org, changes)...)
	for _, change := range changes.memberChanges() {
		change.allowLockout = model.AllowSelfLockout.ValueBool()
		at := atMembers
		if change.to != "" {
			at = atMembers.AtMapKey(change.email)
		}
		for _, problem := range c.guardPerson(ctx, change) {
			diags.Append(diag.WithPath(at, problem))
		}
	}
	now, then := changes.activeAdmins(people)
	if now > 0 && then == 0 {
		diags.Append(noAdminLeft(org.ID, changes.memberChanges()))
	}
	diags.Append(guardMaxRemovals(org.ID, model.maxRemovals(), changes)...)
	return diags
}

// guardListKey checks the permissions of the key. An organization key can only change roles.
func (c *connection) guardListKey(ctx context.Context, org *neon.Organization, changes listChanges) diag.Diagnostics {
	switch {
	case len(changes.invitations) > 0:
		return c.guardAdminKey(ctx, org, inviteOperation(inviteeEmails(changes.invitations)...))
	case len(changes.removals) > 0:
		return c.guardAdminKey(ctx, org, removeOperation(changeEmails(changes.removals)...))
	default:
		return c.guardAdmin(ctx, org, roleOperation(changeEmails(changes.memberChanges())...))
	}
}

// guardMaxRemovals enforces max_removals: a truncated file must not empty an organization.
func guardMaxRemovals(orgID string, allowed int, changes listChanges) diag.Diagnostics {
	lost := changes.lost()
	if len(lost) <= allowed {
		return nil
	}
	return diag.Diagnostics{tooManyRemovals(orgID, allowed, lost)}
}

// guardListRoles is guardUnknownRole for all of the list.
func guardListRoles(orgID string, before memberList, desired map[string]string, people neon.People) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, email := range slices.Sorted(maps.Keys(desired)) {
		role := desired[email]
		_, known := roleRank(role)
		if known || before.members[email] == role || hasRole(people, role) {
			continue
		}
		diags.Append(unknownRole(atMembers.AtMapKey(email), orgID, role, email))
	}
	return diags
}

func inviteeEmails(invitees []neon.Invitee) []string {
	emails := make([]string, len(invitees))
	for i, invitee := range invitees {
		emails[i] = invitee.Email
	}
	return emails
}

func changeEmails(changes []personChange) []string {
	emails := make([]string, len(changes))
	for i, change := range changes {
		emails[i] = change.email
	}
	return emails
}
