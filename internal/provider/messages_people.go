package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages about one person, as a member or an invitee: what a plan means for them, and why it cannot be
// carried out.

// retained says that a destroy leaves the person in the organization.
func retained(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(email+" stays in the organization", fmt.Sprintf(
		"retain_on_destroy is set, so this destroy removes %[1]s from the state only. They keep access to %[2]s as %[3]s. "+
			"To end the access, remove the person in the %[4]s.", email, orgID, role, console))
}

// keptByAnother says that a destroy leaves the person in the organization because another object keeps them.
func keptByAnother(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(email+" stays in the organization", fmt.Sprintf(
		"The state has another resource for %s, which keeps the person in %s. This destroy removes the object from the state only. %s",
		email, orgID, noAction))
}

// deposedStays says that a deposed object is forgotten.
func deposedStays(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(email+" stays in the organization", fmt.Sprintf(
		"This is a deposed object: an earlier create_before_destroy replaced it and was interrupted. "+
			"This run created no resource for another person in its place, so the destroy removes %[1]s from the state only. They keep access to %[2]s.\n\n"+
			"To end the access, remove the person in the %[3]s, or import the membership and destroy it:\n\n%[4]s",
		email, orgID, console, importPerson(memberType, orgID, email)))
}

// acceptedSince refuses to remove a person whose invitation was open in the plan.
func acceptedSince(orgID, email string, member neon.Member) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Joined since the plan: "+email, fmt.Sprintf(
		"In the plan, the invitation of %[1]s was open. Since then, %[1]s has accepted it, "+
			"and is a member of %[2]s with role %[3]q. %[4]s",
		email, orgID, member.Role, planAgain))
}

// cameBack refuses to change or remove a person who is another member than the plan says.
func cameBack(orgID, email string, member neon.Member) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Left and rejoined: "+email, fmt.Sprintf(
		"The membership of %s in %s that the plan shows has ended. The person has rejoined since, as %s with role %q. %s",
		email, orgID, member.ID, member.Role, planAgain))
}

// leftSince refuses to change the role of a person who is not a member any more.
func leftSince(orgID, email string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("No longer a member: "+email, fmt.Sprintf(
		"In the state, %s is a member of %s. Neon no longer lists this member, so the apply cannot change the role. "+
			"The plan does not show an invitation, so it sends none. %s", email, orgID, planAgain))
}

// moreRights refuses to reduce rights that the prior state does not show.
func moreRights(orgID, email, was, is, wanted string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Role changed since the plan: "+email, fmt.Sprintf(
		"The plan changes the role of %s in %s from %s to %s. The role is now %s. %s", email, orgID, was, wanted, is, planAgain))
}

// moreRightsThanRemoved is moreRights for a member that the plan removes.
func moreRightsThanRemoved(orgID, email, was, is string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Role changed since the plan: "+email, fmt.Sprintf(
		"The plan removes %s from %s, with the role %s. The role is now %s. %s", email, orgID, was, is, planAgain))
}

// addressHasChanged refuses a replacement that a refresh would turn into an update in place.
func addressHasChanged(was, is string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("email"), "Same member with a new address: "+is, fmt.Sprintf(
		"At Neon, the address of %s is now %s, but the state has the old address. The replacement would remove the member. "+
			"Plan with a refresh (without -refresh=false): the plan then updates the resource in place.", was, is))
}

// replacedUnderOldAddress refuses to replace an object under an address that is not the person's any more.
func replacedUnderOldAddress(orgID, was, is string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("email"), "Replaced under an old address: "+was, fmt.Sprintf(
		"At Neon, the address of %[1]s is now %[2]s. Replacing the resource would end the membership in %[3]s and invite the old address.\n\n"+
			"Write the new address:\n\n    email = %[2]q\n\n"+
			"or keep the membership: plan without the replacement or, if the resource is tainted:\n\n%[4]s", was, is, orgID, removeTheTaint))
}

// newAddress says that the configuration has a person's old address.
func newAddress(memberID, was, is string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("email"), "Another e-mail address at Neon: "+was, fmt.Sprintf(
		"Neon now lists the member %[1]s as %[2]s. Write the new address; this sends no request:\n\n    email = %[2]q\n\n"+
			"If the address is a for_each key, also add the moved block:\n\n%[3]s", memberID, is, movedBlock(memberType, was, is)))
}

// toBeInvited is the plan's warning about an invitation, which cannot be cancelled.
func toBeInvited(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("To be invited: %s as %s", email, role), fmt.Sprintf(
		"Neon sends %[1]s an e-mail. If %[1]s already has a Neon account, they become a member of %[2]s immediately. "+
			"The API cannot cancel an invitation. Check the address and the role before you apply.", email, orgID))
}

// invitedAgain is toBeInvited for a person whose invitation is open.
func invitedAgain(orgID, email, role, oldRole string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("To be invited again: %s as %s", email, role), fmt.Sprintf(
		"%s has not accepted the invitation as %s yet. Neon sends another one. The API cannot cancel the old one, which may still be accepted: "+
			"the next plan then shows its role and corrects it. %s (organization %s).",
		email, oldRole, cancelInvitation, orgID))
}

// invitedAfterLeaving is toBeInvited for a person whose membership has ended.
func invitedAfterLeaving(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("To be invited again: %s as %s", email, role), fmt.Sprintf(
		"%s is no longer a member of %s: they left or were removed outside of Terraform. Neon sends another e-mail. "+
			"If this is intended, remove the person from the configuration.", email, orgID))
}

// removedAndInvited says what the replacement of an active member means.
func removedAndInvited(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("To be removed and invited again: "+email, fmt.Sprintf(
		"The resource is tainted. Its replacement ends the membership of %[1]s in %[2]s, and then invites %[1]s as %[3]s. "+
			"The person has no access until they accept.\n\nTo keep the membership, remove the taint:\n\n%[4]s", email, orgID, role, removeTheTaint))
}

// adoptedInvitation says that a create sends nothing.
func adoptedInvitation(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Open invitation adopted: "+email, fmt.Sprintf(
		"%s already has an open invitation to %s as %s. The resource adopts it, and Neon sends no e-mail. %s",
		email, orgID, role, noAction))
}

// staysInvited is the warning that an open invitation outlives its resource.
func staysInvited(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Invitation stays open: "+email, fmt.Sprintf(
		"%s has not accepted yet. The API cannot cancel an invitation, so it can still be accepted. %s (organization %s).",
		email, cancelInvitation, orgID))
}

// toBeRemoved says that a destroy ends a membership that the state does not show.
func toBeRemoved(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("To be removed: "+email, fmt.Sprintf(
		"The person has joined since the state was written. The destroy ends the membership of %s (%s) in %s. "+
			"If the person should stay, keep the resource.", email, role, orgID))
}

// removedByReplacement says who is removed, where no plan has shown it.
func removedByReplacement(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Removed: "+email, fmt.Sprintf(
		"The replacement of the resource ends the membership of %s (%s) in %s. %s", email, role, orgID, noAction))
}

// noLongerMember says that a member of the state has left or was removed.
func noLongerMember(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Gone from the organization: "+email, fmt.Sprintf(
		"%s is no longer a member of %s: they left or were removed outside of Terraform. The next plan invites the person again. "+
			"If this is intended, remove the person from the configuration.", email, orgID))
}

// noLongerInvited says that an invitee of the state is neither invited nor a member.
func noLongerInvited(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Gone from the organization: "+email, fmt.Sprintf(
		"%s is neither a member of %s nor invited: the invitation was cancelled outside of Terraform. The next plan invites the person again. "+
			"If this is intended, remove the person from the configuration.", email, orgID))
}

// keysUnknown says that the keys of a person who is removed cannot be named.
func keysUnknown(email string, err error) diag.Diagnostic {
	return diag.NewWarningDiagnostic("API keys of "+email+" unknown", fmt.Sprintf(
		"%s may have created API keys, which keep working. The provider could not list the organization's API keys: %s\n\n"+
			"Look at the data source neon_organization_api_keys, and revoke the keys that are not needed.", email, err))
}

// leavesKeys names the working API keys that a person who is removed has created.
func leavesKeys(orgID, email string, keys []neon.APIKey) diag.Diagnostic {
	list := make([]string, len(keys))
	for i, key := range keys {
		list[i] = describeKey(key)
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("%s leaves %s", email, counted(len(keys), "working API key")), fmt.Sprintf(
		"API keys outlive their creator. Anyone who has a token keeps access to %s. Revoke the keys that are not needed:\n\n%s",
		orgID, lines(list)))
}

// acceptedAlready says that an invitation which was accepted cannot give another role.
func acceptedAlready(email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Already accepted: "+email,
		"The invitation was accepted, so another role changes nothing at Neon. Use neon_organization_member to manage the role of a member.")
}

// memberAlready says that an invitation is not sent to a member.
func memberAlready(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Already a member with another role: "+email, fmt.Sprintf(
		"%s belongs to %s as %s. The resource sends no invitation and does not change the role. Use neon_organization_member to manage the role of a member.",
		email, orgID, role))
}

// invitationGone says that an open invitation was cancelled.
func invitationGone(orgID, email string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Invitation gone: "+email, fmt.Sprintf(
		"Neon no longer lists an invitation of %[1]s to %[2]s, and %[1]s is not a member: the invitation was cancelled outside of Terraform. "+
			"The next plan sends a new one. If this is intended, remove the resource.", email, orgID))
}

// noSuchMember is the error of the data source for one member. wanted is the value of its attribute.
func noSuchMember(orgID, attribute, wanted string, members int) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "No such member: "+wanted, fmt.Sprintf(
		"None of the %s of %s has the %s %q. An invitee is not a member before they accept. "+
			"Check the value, and look for an invitation with the data source neon_organization_invitations.",
		counted(members, "member"), orgID, attribute, wanted))
}
