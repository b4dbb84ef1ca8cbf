package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// The messages of the guards: what a key may not do, and what a plan must not take away.

// The operations of the guards, as the beginning of a summary.
func inviteOperation(emails ...string) string { return "Inviting " + naming(emails) }
func removeOperation(emails ...string) string { return "Removing " + naming(emails) }
func roleOperation(emails ...string) string   { return "Changing the role of " + naming(emails) }
func listOperation(orgID string) string       { return "Changing the members of " + orgID }

const (
	useReadOnly = "To plan with this key and apply with another one, set read_only = true in the planning job."
	useAlias    = "Give this resource a provider alias with such a key."
)

func needsPersonalKey(operation, key string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(operation+" needs a personal key", paragraphs(
		fmt.Sprintf("The provider uses %s. Neon accepts only the personal key of an admin for this.", key),
		choose(
			"Create a personal key in the Neon Console (Account settings > API keys), and set it as the environment variable "+envAPIKey+".",
			useAlias, useReadOnly, whenDestroying)))
}

func needsAdmin(operation, key, orgID, role string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(operation+" needs an admin", paragraphs(
		fmt.Sprintf("The provider uses %s, and the owner's role in %s is %s. Neon lets only admins change an organization.", key, orgID, role),
		choose(
			"Use the key of an admin (argument api_key or environment variable "+envAPIKey+").",
			useAlias, useReadOnly, whenDestroying)))
}

// lesserKey says that a plan needs another key to be applied.
func lesserKey(key string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("This plan cannot be applied with the key in use", fmt.Sprintf(
		"The provider uses %s, and read_only = true allows it to plan. "+
			"Creating API keys, inviting people and removing members require the personal key of an admin, "+
			"and changing project roles requires an admin of the project. Apply with such a key.", key))
}

// withRole is a key and its owner's role, for lesserKey.
func withRole(key, orgID, role string) string {
	return fmt.Sprintf("%s, whose owner's role in %s is %s", key, orgID, role)
}

func readOnly(operation string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(operation+": the provider is read-only",
		"The provider has read_only = true (argument or environment variable "+envReadOnly+"), so nothing was sent to Neon. "+
			"Apply with a provider configuration that allows changes.")
}

func readOnlyUnknown(operation string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(operation+": the provider may be read-only", paragraphs(
		"The provider's argument read_only depends on a value that is known only after apply, so nothing was sent to Neon.",
		choose(
			"Apply what read_only depends on first: "+targetAnAddress+".",
			"Take the value from a variable, or set the environment variable "+envReadOnly+".")))
}

// fate is what a change does to a person, after "would be".
func (p personChange) fate() string {
	if p.to == "" {
		return "removed from the organization"
	}
	return fmt.Sprintf("changed from %s to %s", p.member.Role, p.to)
}

// forgetDeposed is the way out of a removal that is refused: a deposed object cannot be changed.
func (p personChange) forgetDeposed() string {
	if p.to != "" {
		return ""
	}
	return "If this is a deposed object, forget it, and then import the other object with its address:\n\n" + forgetTheObject
}

func protectedPerson(change personChange) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Protected: "+change.email, paragraphs(
		fmt.Sprintf("%s would be %s. The address is in protected_members "+
			"(provider argument, or environment variable %s): the provider never removes or demotes these people.",
			change.email, change.fate(), envProtectedMembers),
		"If this is intended, remove the address from protected_members first.",
		change.forgetDeposed()))
}

func everyoneProtected(change personChange) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Protected: "+change.email, paragraphs(
		fmt.Sprintf("%s would be %s. The provider's argument protected_members is known only after apply; until then everyone is protected.",
			change.email, change.fate()),
		choose(
			"Apply what protected_members depends on first: "+targetAnAddress+".",
			"Take the addresses from a variable.",
			"For a destroy, omit -refresh=false.")))
}

func lockedOut(change personChange) diag.Diagnostic {
	return diag.NewWarningDiagnostic("You lock yourself out: "+change.email, fmt.Sprintf(
		"%s owns the API key of this run, and will be %s. allow_self_lockout permits it. Use another admin's key for the next run.",
		change.email, change.fate()))
}

func wouldLockOut(change personChange) diag.Diagnostic {
	return diag.NewErrorDiagnostic("You would lock yourself out: "+change.email, paragraphs(
		fmt.Sprintf("%s owns the API key of this run, and would be %s. The run could not apply any later change.",
			change.email, change.fate()),
		choose(
			"Use another admin's key.",
			"If this is intended, set allow_self_lockout = true on this resource. Before a destroy, apply it first."),
		change.forgetDeposed()))
}

// onlyActiveAdmin warns in a plan: other resources of the plan cannot be seen.
func onlyActiveAdmin(orgID string, change personChange) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Last active admin: "+change.email, fmt.Sprintf(
		"%s would be %s, and is the only active admin of %s. Neon refuses this unless the same apply promotes another member. "+
			"Promote another member to admin in this configuration.", change.email, change.fate(), orgID))
}

// lastAdminRefused explains Neon's refusal for the last active admin. failed is the message of the change.
func lastAdminRefused(failed diag.Diagnostic, orgID, email string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic(failed.Summary()+": last active admin", paragraphs(
		fmt.Sprintf("%s is the only active admin of %s. Neon does not allow an organization without one.", email, orgID),
		choose(
			"Promote another member to admin. Both changes can be in one apply.",
			"If the promotion is in this apply, run apply again, or name the resource of the new admin in depends_on."),
		err.Error()))
}

// protectsNobody says that addresses in protected_members match no person.
func protectsNobody(orgID string, emails []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("protected_members protects nobody: "+naming(emails), fmt.Sprintf(
		"No member and no open invitation of %s has this address:\n\n%s\n"+
			"Check the spelling. If an address has changed at Neon, write the new one: the person is not protected under the old one.",
		orgID, lines(emails)))
}
