package provider

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages about two resources for one person. Of grants, orgID is the project's ID.

// describe is a claim as part of a sentence.
func (c claim) describe() string { return fmt.Sprintf("a %s with role %q", c.by, c.role) }

// inOrder puts two claims in an order that does not depend on which was planned first.
func inOrder(a, b claim) (first, second claim) {
	pair := []claim{a, b}
	slices.SortStableFunc(pair, func(x, y claim) int {
		return cmp.Or(cmp.Compare(x.by, y.by), cmp.Compare(x.role, y.role), cmp.Compare(x.email, y.email))
	})
	return pair[0], pair[1]
}

// destroyedAndCreated refuses to destroy one resource for a person and to create another in one plan.
func destroyedAndCreated(orgID string, destroyed, created claim) diag.Diagnostic {
	switch {
	case created.by == projectMemberRoleType:
		return renamedGrant(orgID, destroyed, created)
	case destroyed.by != created.by:
		return typeChanged(destroyed, created)
	case !neon.SameRole(destroyed.role, created.role):
		return otherRole(orgID, destroyed.email, destroyed.role, created.email, created.role)
	default:
		return renamedWithoutMoved(destroyed, created)
	}
}

func typeChanged(destroyed, created claim) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Destroyed and created in one plan: "+created.email, fmt.Sprintf(
		"This plan destroys a %[1]s for %[2]s, which ends the membership, and creates a %[3]s for the same person. "+
			"A moved block cannot change the type of a resource.\n\n"+
			"To keep the membership without managing it, remove the %[3]s from the configuration, and forget the %[1]s:\n\n%[4]s\n"+
			"To end the membership and invite the person again, apply the removal first, and add the %[3]s afterwards.",
		destroyed.by, destroyed.email, created.by, removedBlock(destroyed.by)))
}

func renamedWithoutMoved(destroyed, created claim) diag.Diagnostic {
	person, sameMember := created.email, ""
	if destroyed.email != created.email {
		person = destroyed.email + ", now " + created.email
		sameMember = fmt.Sprintf(" At Neon, both addresses belong to one member (%s), whose address has changed.", created.memberID)
	}
	count := "With count, a shorter list moves people to other indexes. Use for_each over the addresses instead."
	if destroyed.replacement || created.replacement {
		count = "An address moves from one existing resource to another, as with count, where each person after a gap " +
			"moves to another index. Use for_each over the addresses, so that each person keeps a resource."
	}
	return diag.NewErrorDiagnostic("Renamed without a moved block: "+person, paragraphs(
		fmt.Sprintf("This plan destroys one %[1]s for %[2]s and creates another one for %[3]s.%[4]s The person would lose the membership. "+
			"If it is the same resource, add a moved block:", created.by, destroyed.email, created.email, sameMember),
		movedBlock(created.by, destroyed.email, created.email),
		"Resources without for_each have no key in brackets. "+count,
		"A deposed object cannot be moved. First apply without the new resource: Terraform then forgets the deposed object, and the person stays.",
		"If another configuration should manage the person, use a removed block with lifecycle { destroy = false }, or retain_on_destroy = true."))
}

// stillInState refuses to create a second object for what the object of another resource has, whose destroy has failed.
func stillInState(typ, who string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Not created: another resource still has "+who, paragraphs(
		fmt.Sprintf("This apply had to destroy another %s for %s first, and that failed. The other resource is still in the state. "+
			"Two resources for one person would undo each other's changes, so this one is not created.", typ, who),
		choose(
			"Correct the cause of the other error, and apply again.",
			"If the other resource is tainted and is to stay, remove the taint, and rename it with a moved block:\n\n"+removeTheTaint)))
}

// otherRole refuses to create a resource for a member who has another role: a create would hide the change. The text is
// the same whether or not the plan of the resource that had the person before is known already.
func otherRole(orgID, email, role, newEmail, newRole string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("role"), "Already a member with another role: "+newEmail, fmt.Sprintf(
		"%[1]s belongs to %[2]s as %[3]s, and this plan creates a resource for the same person with role %[4]q. "+
			"A create does not show the role change.\n\n"+
			"If another resource, with role %[3]q, has managed the person until now, add a moved block:\n\n%[5]s\n"+
			"If no resource has managed the person, import the membership:\n\n%[6]s\n"+
			"or write role = %[3]q, which adopts it unchanged.\n\n"+
			"If this resource is tainted, keep the membership:\n\n%[7]s\n%[8]s",
		email, orgID, role, newRole, movedBlock(memberType, email, newEmail), importPerson(memberType, orgID, newEmail),
		removeTheTaint, whenDestroying))
}

// destroyedAndKept refuses to destroy an object whose person another one keeps.
func destroyedAndKept(orgID string, destroyed, kept claim) diag.Diagnostic {
	if kept.by == projectMemberRoleType {
		return grantDestroyedAndKept(orgID, destroyed, kept)
	}
	return diag.NewErrorDiagnostic("Two resources for "+kept.email, fmt.Sprintf(
		"The state has two resources for this person: %s, which this plan destroys, and %s, which it keeps. "+
			"The destroy would remove the person of the other resource.\n\n"+
			"Forget the resource to be destroyed:\n\n%s\n"+
			"A removed block with lifecycle { destroy = false } does the same.\n\n"+
			"If both have the same address, because a create_before_destroy was interrupted, this forgets both. Then import the one to keep:\n\n%s",
		destroyed.describe(), kept.describe(), forgetTheObject, importPerson(kept.by, orgID, kept.email)))
}

// twoResources refuses two resources for one person.
func twoResources(orgID string, a, b claim) diag.Diagnostic {
	if a.by == projectMemberRoleType {
		return twoGrants(orgID, a, b)
	}
	first, second := inOrder(a, b)
	person := first.email
	if first.email != second.email {
		person += " and " + second.email
	}
	return diag.NewErrorDiagnostic("Two resources for "+person, fmt.Sprintf(
		"Two resources of this configuration manage one person of %s: %s for %s, and %s for %s. Only one resource can manage a person.\n\n"+
			"Remove one of them from the configuration. If it is already in the state, forget it first:\n\n%s",
		orgID, first.describe(), first.email, second.describe(), second.email, forgetTheObject))
}

// forgetBeside is how a resource beside a list is given up.
func forgetBeside(typ string) string {
	return "Forget it without removing the person:\n\n" + removedBlock(typ) + "\nor, before Terraform 1.7:\n\n" + forgetTheObject
}

func destroyedAndListed(orgID string, other claim, role string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two resources for "+other.email, fmt.Sprintf(
		"This plan destroys %s for %s. A %s of %s lists the same person as %s, and the destroy would remove them. %s",
		other.describe(), other.email, membersExclusiveType, orgID, role, forgetBeside(other.by)))
}

func managedAndListed(orgID string, other claim, role string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two resources for "+other.email, fmt.Sprintf(
		"A %[1]s of %[2]s lists %[3]s as %[4]s, and %[5]s of this configuration is for the same person. Only one resource can manage a person.\n\n"+
			"Remove one of the two from the configuration. If the %[6]s is already in the state, do not destroy it. %[7]s",
		membersExclusiveType, orgID, other.email, role, other.describe(), other.by, forgetBeside(other.by)))
}

func managedAndNotListed(orgID string, other claim) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two resources for "+other.email, paragraphs(
		fmt.Sprintf("The configuration has %s for %s. A %s of %s does not list this person, and removes everyone who is not listed.",
			other.describe(), other.email, membersExclusiveType, orgID),
		choose(
			fmt.Sprintf("Add the address to the list's members, and remove the %s from the configuration.", other.by),
			fmt.Sprintf("Set %s = %q.", unlistedArgument, unlistedReport)),
		fmt.Sprintf("If the %s is already in the state, do not destroy it. %s", other.by, forgetBeside(other.by))))
}

func invitedAndNotListed(orgID string, other claim) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Invited, but not in the list: "+other.email, fmt.Sprintf(
		"A %s of this configuration invites %s as %s. A %s of %s does not list this person: once they have joined, the next plan removes them. "+
			"Add the address to the list's members.",
		invitationType, other.email, other.role, membersExclusiveType, orgID))
}

func listRenamed(orgID string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Renamed without a moved block: the members of "+orgID, fmt.Sprintf(
		"This plan destroys one %[1]s for %[2]s and creates another. No one is removed, and no one is invited twice, "+
			"but the plan hides what else changes.\n\n"+
			"If the resource was renamed, or moved into a module, add a moved block:\n\n%[3]s",
		membersExclusiveType, orgID, movedNames(membersExclusiveType)))
}

func twoLists(orgID string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two lists of members for "+orgID, fmt.Sprintf(
		"Two %s manage the members of %s in this configuration. Each would remove the people who are only in the other.\n\n"+
			"Keep one of them. Destroy the other, which removes no one, or forget it:\n\n%s",
		membersExclusiveType, orgID, forgetTheObject))
}
