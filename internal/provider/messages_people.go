package provider

import (
	"fmt"
	"sort"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages about people: what a plan means for a person, and why it cannot be carried out.

const (
	console         = "Neon Console > Organization > People"
	whenDestroying  = "If you are destroying, use terraform destroy -refresh=false."
	planAgain       = "Nothing was changed. Plan again, with a refresh: the next plan shows what is true now."
	forgetTheObject = "    terraform state rm ADDRESS\n"
)

// movedBlock is ready to paste where the resources have a for_each over addresses.
func movedBlock(typ, from, to string) string {
	return fmt.Sprintf("    moved {\n      from = %[1]s.NAME[%[2]q]\n      to   = %[1]s.NAME[%[3]q]\n    }\n", typ, from, to)
}

func importBlock(typ, orgID, email string) string {
	return fmt.Sprintf("    import {\n      to = %s.NAME\n      id = %q\n    }\n", typ, orgID+"/"+email)
}

func removedBlock(typ string) string {
	return fmt.Sprintf("    removed {\n      from = %s.NAME\n      lifecycle {\n        destroy = false\n      }\n    }\n", typ)
}

// describe is a claim as part of a sentence.
func (c claim) describe() string { return fmt.Sprintf("a %s with role %q", c.by, c.role) }

// inOrder puts two claims in an order that does not depend on which was planned first.
func inOrder(a, b claim) (first, second claim) {
	pair := []claim{a, b}
	sort.Slice(pair, func(i, j int) bool {
		x, y := pair[i], pair[j]
		return fmt.Sprint(x.by, "\x00", x.role, "\x00", x.email) < fmt.Sprint(y.by, "\x00", y.role, "\x00", y.email)
	})
	return pair[0], pair[1]
}

// renamedWithoutMoved refuses to destroy one resource for a person and to create another.
func renamedWithoutMoved(orgID string, a, b claim) diag.Diagnostic {
	destroyed, created := a, b
	if a.kind == creates {
		destroyed, created = b, a
	}
	if destroyed.by != created.by {
		return diag.NewErrorDiagnostic("Destroyed and created in one plan: "+created.email, fmt.Sprintf(
			"This plan destroys a %[1]s for %[2]s, which ends the membership, and creates a %[3]s for the same person. A moved block cannot change the type of a resource. "+
				"To keep the membership without managing it, forget the %[1]s, and take the %[3]s out of the configuration:\n\n%[4]s\n"+
				"To end the membership and invite the person again, apply the removal first, and add the %[3]s afterwards.",
			destroyed.by, destroyed.email, created.by, removedBlock(destroyed.by)))
	}
	if !neon.SameRole(destroyed.role, created.role) {
		return otherRole(orgID, destroyed.email, destroyed.role, created.email, created.role)
	}
	who := created.email
	same := ""
	if destroyed.email != created.email {
		who = destroyed.email + ", now " + created.email
		same = fmt.Sprintf(" At Neon, both addresses belong to one member (%s), whose address has changed.", created.memberID)
	}
	text := fmt.Sprintf("This plan destroys one %[1]s for %[2]s and creates another one for %[3]s.%[4]s Carried out, the person would lose the membership. Say that it is the same resource:\n\n%[5]s\n"+
		"Resources without for_each have no key in brackets. ", created.by, destroyed.email, created.email, same, movedBlock(created.by, destroyed.email, created.email))
	if destroyed.replacement || created.replacement {
		text += "Here an address moves from one existing resource to another, as it does with count, where each person behind a gap moves to another index: use for_each over the addresses, so that each person keeps a resource. "
	} else {
		text += "With count, a shorter list moves people to other indexes: use for_each over the addresses instead. "
	}
	text += "A deposed object cannot be moved: apply first without the new resource; the deposed object is then forgotten, and the person stays. If another configuration is to manage the person, use a removed block with lifecycle { destroy = false }, or retain_on_destroy = true."
	return diag.NewErrorDiagnostic("Renamed without a moved block: "+who, text)
}

// otherRole refuses to create a resource for a member who has another role: a create would hide the change. The text is
// the same whether or not the plan of the resource that had the person before is known already.
func otherRole(orgID, email, role, newEmail, newRole string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("role"), "Already a member with another role: "+newEmail, fmt.Sprintf(
		"%[1]s belongs to %[2]s as %[3]s, and a resource for the same person is to be created with role %[4]q. A create does not show the change of role.\n\n"+
			"If another resource, with role %[3]q, has had the person until now, say that it is the same one:\n\n%[5]s\n"+
			"If no resource has had the person, import the membership:\n\n%[6]s\n"+
			"or write role = %[3]q, which adopts it as it is. If this resource is tainted, terraform untaint ADDRESS keeps the membership. %[7]s",
		email, orgID, role, newRole, movedBlock(memberType, email, newEmail), importBlock(memberType, orgID, newEmail), whenDestroying))
}

// destroyedAndKept refuses to destroy an object whose person another one keeps.
func destroyedAndKept(orgID string, a, b claim) diag.Diagnostic {
	destroyed, kept := a, b
	if a.kind != destroys {
		destroyed, kept = b, a
	}
	return diag.NewErrorDiagnostic("Two resources for "+kept.email, fmt.Sprintf(
		"The state has two resources for this person: %s, which this plan destroys, and %s, which it keeps. Destroying the one would remove the person whom the other one keeps. "+
			"Forget the one that is to be destroyed:\n\n%s\nIf both have one address, because a create_before_destroy was interrupted, that forgets both. Import the one that stays:\n\n%s\n"+
			"Instead of terraform state rm, a removed block with lifecycle { destroy = false } forgets it as well.",
		destroyed.describe(), kept.describe(), forgetTheObject, importBlock(kept.by, orgID, kept.email)))
}

// twoResources refuses two resources for one person.
func twoResources(orgID string, a, b claim) diag.Diagnostic {
	first, second := inOrder(a, b)
	who := first.email
	if first.email != second.email {
		who += " and " + second.email
	}
	return diag.NewErrorDiagnostic("Two resources for "+who, fmt.Sprintf(
		"Two resources of this configuration manage one person of %s: %s for %s, and %s for %s. A person can have one owner only. "+
			"Remove one of them from the configuration; where it is in the state already, forget it first:\n\n%s",
		orgID, first.describe(), first.email, second.describe(), second.email, forgetTheObject))
}

// waiting says that an object stays as it is in this plan.
func waiting(at path.Path, title, unknown string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at, "Waits for the next plan: "+title, fmt.Sprintf(
		"The value of %[1]s is known only after apply, so this plan changes nothing here: %[2]s stays as it is. The next plan shows what is to be done. "+
			"If every plan says so, take the value of %[1]s from a variable, or from a data source without depends_on.", unknown, title))
}

// cannotWait says that an object can neither be planned nor wait.
func cannotWait(at path.Path, title, unknown, changed string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Cannot be planned yet: "+title, fmt.Sprintf(
		"The value of %[1]s is known only after apply, so nothing can be planned for %[2]s. It cannot wait as it is either, because the configuration adds or removes the argument %[3]s. "+
			"Apply first what %[1]s depends on (terraform apply -target=ADDRESS), or take its value from a variable.", unknown, title, changed))
}

// retained says that a destroy leaves the person in the organization.
func retained(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(email+" stays in the organization", fmt.Sprintf(
		"retain_on_destroy is set: %s keeps access to %s as %s, and is removed from the state only.", email, orgID, role))
}

// keptByAnother says that a destroy leaves the person in the organization because another object keeps them.
func keptByAnother(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(email+" stays in the organization", fmt.Sprintf(
		"The state has another resource for %s, which keeps the person in %s. This one is removed from the state only.", email, orgID))
}

// deposedStays says that a deposed object is forgotten.
func deposedStays(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(email+" stays in the organization", fmt.Sprintf(
		"This is a deposed object: an earlier create_before_destroy replaced it and was interrupted. Nothing shows that another person takes its place, so %[1]s keeps access to %[2]s and is removed from the state only. "+
			"If the person is to leave, remove them in the %[3]s, or import the membership and destroy it:\n\n%[4]s", email, orgID, console, importBlock(memberType, orgID, email)))
}

// acceptedSince refuses to remove a person whose invitation was open in the plan.
func acceptedSince(orgID, email string, member neon.Member) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Joined since the plan: "+email, fmt.Sprintf(
		"The plan was made while the invitation of %[1]s was open, and showed that it stays open. Meanwhile %[1]s has accepted, and is a member of %[2]s with role %[3]q. %[4]s", email, orgID, member.Role, planAgain))
}

// cameBack refuses to change or remove a person who is another member than the plan says.
func cameBack(orgID, email string, member neon.Member) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Left and came back: "+email, fmt.Sprintf(
		"The plan is about a membership of %s in %s that has ended; the person has joined again since, as %s with role %q. %s", email, orgID, member.ID, member.Role, planAgain))
}

// leftSince refuses to change the role of a person who is not a member any more.
func leftSince(orgID, email string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("No longer a member: "+email, fmt.Sprintf(
		"The state says that %s is a member of %s, and Neon lists no such member any more. Their role cannot be changed, and an invitation is not what the plan shows. %s", email, orgID, planAgain))
}

// moreRights refuses to lessen what the prior state does not know of.
func moreRights(orgID, email, was, is, wanted string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Role changed since the plan: "+email, fmt.Sprintf(
		"The plan changes the role of %s in %s from %s to %s, and the role is %s by now. %s", email, orgID, was, wanted, is, planAgain))
}

// addressHasChanged refuses a replacement that a refresh would turn into an update in place.
func addressHasChanged(was, is string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("email"), "Same member with a new address: "+is, fmt.Sprintf(
		"At Neon, %s has become %s, which the state does not know yet. Plan with a refresh (without -refresh=false): the resource is then updated in place. Otherwise the member would be removed.", was, is))
}

// replacedUnderOldAddress refuses to replace an object under an address that is not the person's any more.
func replacedUnderOldAddress(orgID, was, is string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("email"), "Replaced under an old address: "+was, fmt.Sprintf(
		"At Neon, %[1]s has become %[2]s. Replacing the resource would end the membership in %[3]s and invite the old address. Write the new address:\n\n    email = %[2]q\n\n"+
			"or keep the membership: if the resource is tainted, with terraform untaint ADDRESS; otherwise by planning without the replacement.", was, is, orgID))
}

// newAddress says that the configuration has a person's old address.
func newAddress(at path.Path, memberID, was, is, line string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at, "Another e-mail address at Neon: "+was, fmt.Sprintf(
		"Neon lists the member %s as %s now. Write the new address; nothing is sent for that:\n\n    %s\n\n"+
			"Where the address is a for_each key, add the moved block as well:\n\n%s", memberID, is, line, movedBlock(memberType, was, is)))
}

// unknownRole refuses a role that neither Neon's documentation nor the organization knows.
func unknownRole(at path.Path, orgID, role, whose string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, fmt.Sprintf("Unknown role %q for %s", role, whose), fmt.Sprintf(
		"The roles that Neon documents are %s. Another one is accepted only where the person has it already, or a member or an open invitation of %s has it. Check the spelling.", strings.Join(neon.Roles, ", "), orgID))
}

// toBeInvited is the plan's warning: an e-mail cannot be taken back.
func toBeInvited(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("To be invited: %s as %s", email, role), fmt.Sprintf(
		"Neon sends %[1]s an e-mail. If %[1]s already has a Neon account, they become a member of %[2]s immediately. The API cannot cancel an invitation.", email, orgID))
}

// invitedAgain is toBeInvited for a person whose invitation is open, or whose membership has ended.
func invitedAgain(orgID, email, role, oldRole string, hasLeft bool) diag.Diagnostic {
	detail := fmt.Sprintf("%s has not accepted the invitation as %s yet. Neon sends another one; the API cannot cancel the old one, which may still be accepted. "+
		"If it is, the next plan shows the role and corrects it. To cancel it, use the %s (organization %s).", email, oldRole, console, orgID)
	if hasLeft {
		detail = email + " is no longer a member, which happened outside of Terraform. Neon sends another e-mail."
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("To be invited again: %s as %s", email, role), detail)
}

// removedAndInvited says what the replacement of an active member means.
func removedAndInvited(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("To be removed and invited again: "+email, fmt.Sprintf(
		"The resource is tainted, so that its replacement ends the membership of %[1]s in %[2]s, and then invites %[1]s as %[3]s; the person has no access until they accept. "+
			"To keep the membership, remove the taint:\n\n    terraform untaint ADDRESS\n", email, orgID, role))
}

// adoptedInvitation says that a create sends nothing.
func adoptedInvitation(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Open invitation adopted: "+email, fmt.Sprintf(
		"%[1]s is invited to %[2]s as %[3]s already, and has not accepted. The resource takes that invitation over; no e-mail is sent.", email, orgID, role))
}

// stillInvited is the warning that an open invitation outlives its resource.
func stillInvited(orgID string, emails ...string) diag.Diagnostic {
	if len(emails) == 1 {
		return diag.NewWarningDiagnostic("Invitation stays open: "+emails[0], fmt.Sprintf(
			"%s has not accepted yet, and the API cannot cancel an invitation: it can still be accepted. To cancel it, use the %s (organization %s).", emails[0], console, orgID))
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("Invitations stay open: %s", naming(emails)), fmt.Sprintf(
		"These %d people have not accepted yet, and the API cannot cancel an invitation: each can still be accepted. To cancel them, use the %s (organization %s):\n\n%s", len(emails), console, orgID, lines(emails)))
}

// toBeRemoved says that a destroy ends a membership that the state does not show.
func toBeRemoved(orgID, email string, member neon.Member) diag.Diagnostic {
	return diag.NewWarningDiagnostic("To be removed: "+email, fmt.Sprintf(
		"The person has joined since the state was written. The destroy ends the membership of %s (%s) in %s.", email, member.Role, orgID))
}

// removing says who is removed, where no plan has shown it.
func removing(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Removed: "+email, fmt.Sprintf("The replacement of the resource ends the membership of %s (%s) in %s.", email, role, orgID))
}

// protectsNobody says that an address in protected_members belongs to nobody.
func protectsNobody(orgID string, emails []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("protected_members protects nobody: "+naming(emails), fmt.Sprintf(
		"No member of %s and no open invitation has this address:\n\n%s\nCheck the spelling. If an address has changed at Neon, write the new one: the person is not protected under the old one.", orgID, lines(emails)))
}

// goneFromOrganization says that a person of the state is neither a member nor invited any more.
func goneFromOrganization(orgID, email string, wasPending bool) diag.Diagnostic {
	what := "is no longer a member of " + orgID
	if wasPending {
		what = "is no longer invited to " + orgID + ", and is not a member"
	}
	return diag.NewWarningDiagnostic("Gone from the organization: "+email, fmt.Sprintf(
		"%s %s; that happened outside of Terraform. As long as the configuration has this person, the plan invites them again.", email, what))
}

// keysUnknown says that the keys of a person who is removed cannot be named.
func keysUnknown(email string, err error) diag.Diagnostic {
	return diag.NewWarningDiagnostic("API keys of "+email+" unknown", fmt.Sprintf(
		"The organization's API keys could not be listed, so those that %s created cannot be named: %s", email, err))
}

// leavesKeys names the working API keys that a person who is removed has created.
func leavesKeys(orgID, email string, keys []neon.APIKey) diag.Diagnostic {
	var list []string
	for _, key := range keys {
		list = append(list, describeKey(key))
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("%s leaves %s", email, counted(len(keys), "working API key")), fmt.Sprintf(
		"API keys outlive their creator. Anyone who has a token keeps access to %s; revoke the keys that are not needed:\n\n%s", orgID, lines(list)))
}

// acceptedAlready says that an invitation which was accepted cannot give another role.
func acceptedAlready(email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Accepted already: "+email,
		"The invitation was accepted, so another role changes nothing at Neon. To manage the role of a member, use neon_organization_member.")
}

// memberAlready says that an invitation is not sent to a member.
func memberAlready(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Already a member with another role: "+email, fmt.Sprintf(
		"%s belongs to %s as %s. Nothing is sent and the role stays. To manage the role of a member, use neon_organization_member.", email, orgID, role))
}

// invitationGone says that an open invitation was cancelled.
func invitationGone(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Invitation gone: "+email, fmt.Sprintf(
		"Neon lists no invitation of %[1]s to %[2]s any more, and %[1]s is not a member; it was cancelled outside of Terraform. As long as the configuration has it, the plan sends a new one.", email, orgID))
}

// listGivenUp says what the destruction of an exclusive list means.
func listGivenUp(orgID string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("No longer managed: the members of "+orgID,
		"Destroying the list removes nobody: everyone stays in the organization with the role they have, and open invitations stay open.")
}

// invitedBefore names those of a list who are invited again with another role.
func invitedBefore(orgID string, again map[string]neon.Invitation) diag.Diagnostic {
	var emails, who []string
	for email := range again {
		emails = append(emails, email)
	}
	sort.Strings(emails)
	for _, email := range emails {
		who = append(who, fmt.Sprintf("%s (invited as %s)", email, again[email].Role))
	}
	return diag.NewWarningDiagnostic("Invited before with another role: "+naming(emails), fmt.Sprintf(
		"They have not accepted yet. Neon sends another invitation; the API cannot cancel the old one, which may still be accepted:\n\n%s\n"+
			"If it is, the next plan shows the role and corrects it. To cancel old invitations, use the %s (organization %s).", lines(who), console, orgID))
}

// joinedSince names those who leave the list and have become members of which the state does not know.
func joinedSince(orgID string, emails []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Joined since the plan: "+naming(emails), fmt.Sprintf(
		"They are not in the list any more, and the state does not know their membership of %s: they have accepted, or joined again, since it was read. This apply does not remove them; the next plan shows them:\n\n%s", orgID, lines(emails)))
}

// newListedAddress says that a list has a person's old address.
func newListedAddress(email, memberID, address, role string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("members").AtMapKey(email), "Another e-mail address at Neon: "+email, fmt.Sprintf(
		"Neon lists the member %s as %s now. Write the new address; nothing is sent for that:\n\n    %q = %q\n", memberID, address, address, role))
}
