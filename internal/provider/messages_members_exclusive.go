package provider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages of the exclusive list of members.

var atMembers = path.Root("members")

// listTitle is the list as a whole, where a message names one object.
func listTitle(orgID string) string { return "the members of " + orgID }

// listGivenUp says what the destruction of the list means.
func listGivenUp(orgID string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("No longer managed: the members of "+orgID,
		"Destroying the list removes no one: everyone keeps their role, and open invitations stay open. "+noAction)
}

// severalToBeInvited is toBeInvited for several people.
func severalToBeInvited(orgID string, invitees []neon.Invitee) diag.Diagnostic {
	people := make([]string, len(invitees))
	for i, invitee := range invitees {
		people[i] = invitee.Email + " as " + invitee.Role
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("To be invited: %d people", len(invitees)), fmt.Sprintf(
		"%s\nNeon sends each of them an e-mail. People who already have a Neon account become members of %s immediately. "+
			"The API cannot cancel an invitation. Check the addresses and the roles before you apply.", lines(people), orgID))
}

// severalStayInvited is staysInvited for several people.
func severalStayInvited(orgID string, emails []string) diag.Diagnostic {
	if len(emails) == 1 {
		return staysInvited(orgID, emails[0])
	}
	return diag.NewWarningDiagnostic("Invitations stay open: "+naming(emails), fmt.Sprintf(
		"These %d people have not accepted yet. The API cannot cancel an invitation, so each can still be accepted. "+
			"To cancel them, use the %s (organization %s):\n\n%s", len(emails), console, orgID, lines(emails)))
}

// invitedBefore names the people of a list who are invited again with another role.
func invitedBefore(orgID string, again map[string]neon.Invitation) diag.Diagnostic {
	emails := slices.Sorted(maps.Keys(again))
	people := make([]string, len(emails))
	for i, email := range emails {
		people[i] = fmt.Sprintf("%s (invited as %s)", email, again[email].Role)
	}
	return diag.NewWarningDiagnostic("Invited before with another role: "+naming(emails), fmt.Sprintf(
		"They have not accepted yet:\n\n%s\nNeon sends another invitation. The API cannot cancel the old one, which may still be accepted: "+
			"the next plan then shows its role and corrects it. To cancel old invitations, use the %s (organization %s).",
		lines(people), console, orgID))
}

// joinedSince names the people who leave the list and have become members of which the state does not know.
func joinedSince(orgID string, emails []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Joined since the plan: "+naming(emails), fmt.Sprintf(
		"They are no longer in the list, and the state does not have their membership of %s: they have accepted, or rejoined, "+
			"since the refresh. This apply does not remove them. Plan again; the next plan shows their removal:\n\n%s", orgID, lines(emails)))
}

// newListedAddress says that a list has a person's old address.
func newListedAddress(email, memberID, address, role string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(atMembers.AtMapKey(email), "Another e-mail address at Neon: "+email, fmt.Sprintf(
		"Neon now lists the member %s as %s. Write the new address; this sends no request:\n\n    %q = %q\n",
		memberID, address, address, role))
}

// notRemoved names the members who leave the list, where the list removes no one.
func notRemoved(orgID string, emails []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Not removed: "+naming(emails), fmt.Sprintf(
		"These people are no longer in the list. They keep access to %s, because %s = %q, and move to unlisted_members:\n\n%s\n"+
			"To remove them, set %[2]s = %[5]q.", orgID, unlistedArgument, unlistedReport, lines(emails), unlistedRemove))
}

// noLongerReported names the members whose removal shows only as a shorter map of unlisted.
func noLongerReported(orgID string, removals []personChange) diag.Diagnostic {
	emails, people := make([]string, len(removals)), make([]string, len(removals))
	for i, change := range removals {
		emails[i] = change.email
		people[i] = fmt.Sprintf("%s (%s)", change.email, change.member.Role)
	}
	return diag.NewWarningDiagnostic("To be removed: "+naming(emails), fmt.Sprintf(
		"These unlisted members lose access to %[3]s, because %[1]s is now %[2]q:\n\n%[4]s\n"+
			"To keep a person, add them to the list.", unlistedArgument, unlistedRemove, orgID, lines(people)))
}

// unlistedStay names the members who are not in the list, by e-mail and role, where the list removes no one.
func unlistedStay(orgID string, unlisted map[string]string) diag.Diagnostic {
	emails := slices.Sorted(maps.Keys(unlisted))
	people := make([]string, len(emails))
	for i, email := range emails {
		people[i] = fmt.Sprintf("%s (%s)", email, unlisted[email])
	}
	return diag.NewWarningDiagnostic("In the organization, but not in the list: "+naming(people), fmt.Sprintf(
		"These members of %s are not in the list:\n\n%s\nThey stay, because %s = %q. Add them to the list, or remove them.",
		orgID, lines(people), unlistedArgument, unlistedReport))
}

// pendingUnlisted names the invitees who are not in a new list.
func pendingUnlisted(orgID string, emails []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Invited, but not in the list: "+naming(emails), fmt.Sprintf(
		"Their invitations to %s are pending:\n\n%s\nThey move to unlisted_invitations. Once they join, they are members "+
			"who are not in the list. "+
			"The API cannot cancel an invitation. To cancel them, use the %s (organization %[1]s).", orgID, lines(emails), console))
}

// newlyInvited names the invitees who have appeared since the last read, and are not in the list.
func newlyInvited(orgID string, emails []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Invited, but not in the list: "+naming(emails), fmt.Sprintf(
		"They were invited to %s by other means than this resource:\n\n%s\nOnce they join, the plan removes them. "+
			"Add the people who are to stay to the list. The API cannot cancel an invitation. To cancel them, use the %s (organization %[1]s).",
		orgID, lines(emails), console))
}

// goneFromList names the people of the list who are neither members nor invited any more.
func goneFromList(orgID string, emails []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Gone from the organization: "+naming(emails), fmt.Sprintf(
		"They are no longer members of %s, and not invited, which happened outside of Terraform:\n\n%s\n"+
			"The next plan invites again everyone who is still in the list. Remove the people who are to stay away from the list.\n\n"+
			"A person who was invited at one address and joined with another is another person for Neon. Write the address that they joined with.",
		orgID, lines(emails)))
}

// changedByHand names the members who joined, or got another role, by other means than the list: in the plan they
// look like a change of the configuration. before and now are roles by e-mail.
func changedByHand(orgID string, emails []string, before, now map[string]string) diag.Diagnostic {
	people := make([]string, len(emails))
	for i, email := range emails {
		role, had := before[email]
		people[i] = fmt.Sprintf("%s joined as %s", email, now[email])
		if had {
			people[i] = fmt.Sprintf("%s has the role %s, not %s", email, now[email], role)
		}
	}
	return diag.NewWarningDiagnostic("Changed outside of Terraform: "+naming(emails), fmt.Sprintf(
		"These changes in %s are not from this resource:\n\n%s\nThe plan reverts them, unless the configuration matches. "+
			"To keep a change, add it to the list.", orgID, lines(people)))
}

// noAdminLeft refuses a list without an active admin.
func noAdminLeft(orgID string, changes []personChange) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(atMembers, "No active admin would be left in "+orgID, fmt.Sprintf(
		"This plan removes or demotes every active admin:\n\n%s\n"+
			"Members who are deactivated, and invitees, do not count. Keep an active admin in the list, or give another member the role admin.",
		lines(losses(changes))))
}

// tooManyRemovals refuses a list that takes more than max_removals allows.
func tooManyRemovals(orgID string, allowed int, lost []personChange) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(atMembers,
		fmt.Sprintf("More than max_removals: %d people of %s would lose access or the admin role", len(lost), orgID), fmt.Sprintf(
			"max_removals is %d, and this plan removes or demotes %d people:\n\n%s\n"+
				"Check that the list is complete. If this is intended, set\n\n    max_removals = %[2]d\n", allowed, len(lost), lines(losses(lost))))
}

// losses are the changes that take something from a person, as items of a list.
func losses(changes []personChange) []string {
	var list []string
	for _, change := range changes {
		if change.lessens() {
			list = append(list, loss(change))
		}
	}
	return list
}

func loss(change personChange) string {
	name := change.email
	if change.member.Email != change.email {
		name += " now " + change.member.Email
	}
	if change.to == "" {
		return fmt.Sprintf("%s (%s): removed", name, change.member.Role)
	}
	return fmt.Sprintf("%s: %s instead of %s", name, change.to, change.member.Role)
}

// refusedCreate refuses a create that would take something from people: as a create, the plan does not show it.
func refusedCreate(orgID string, unlisted []neon.Member, otherRoles []personChange) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(atMembers, "The organization has other members than the list: "+orgID, paragraphs(
		notInTheList(unlisted), listedWithOtherRoles(otherRoles),
		"The plan of a new resource would not show who loses access, so the provider refuses it. "+
			"Import the organization's people instead. The plan then shows each removal and role change:",
		importBlock(membersExclusiveType, orgID),
		fmt.Sprintf("To start without removing anyone, also set %s = %q.", unlistedArgument, unlistedReport),
		"If the list is already in the state and tainted, keep it instead of replacing it:",
		removeTheTaint,
		whenDestroying))
}

func notInTheList(unlisted []neon.Member) string {
	if len(unlisted) == 0 {
		return ""
	}
	people := make([]string, len(unlisted))
	for i, member := range unlisted {
		people[i] = fmt.Sprintf("%s (%s)", member.Email, member.Role)
	}
	return "Not in the list, would be removed: " + counted(len(people), "member") + "\n\n" + lines(people)
}

func listedWithOtherRoles(changes []personChange) string {
	if len(changes) == 0 {
		return ""
	}
	people := make([]string, len(changes))
	for i, change := range changes {
		people[i] = fmt.Sprintf("%s: %s, listed as %s", change.email, change.member.Role, change.to)
	}
	return "Listed with another role: " + counted(len(people), "member") + "\n\n" + lines(people)
}

// changedInPart says what an apply has done before it failed.
func changedInPart(orgID string, done, undone []string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Changed in part: the members of "+orgID, paragraphs(
		doneAndNot(done, undone),
		"The state has the current members. Correct the cause and apply again: the plan shows the remaining changes."))
}

// createdInPart is changedInPart for a new list, which Terraform marks as tainted.
func createdInPart(orgID string, done, undone []string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Changed in part: the members of "+orgID, paragraphs(
		doneAndNot(done, undone),
		"The state has the current members. Correct the cause and apply again. Terraform marks the list as tainted, so the next plan replaces it. "+
			"This removes no one, and does not invite members or invitees again.",
		"To see only the remaining changes, run before the next plan:",
		removeTheTaint))
}

func doneAndNot(done, undone []string) string {
	return paragraphs("Done:", lines(done), "Not done:", lines(undone))
}

// The items of changedInPart.

func inviteItem(invitee neon.Invitee) string {
	return fmt.Sprintf("invite %s as %s", invitee.Email, invitee.Role)
}

func (p personChange) item() string {
	if p.to == "" {
		return "remove " + p.email
	}
	return fmt.Sprintf("give %s the role %s instead of %s", p.email, p.to, p.member.Role)
}

const (
	afterFailure   = "because of the earlier failure"
	afterPromotion = "because a promotion failed"
)

func notTried(item, why string) string { return item + " (not tried, " + why + ")" }
