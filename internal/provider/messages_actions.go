package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages of the actions.

// transferOperation is a transfer as the beginning of a summary.
func transferOperation(projects []string, destination string) string {
	return fmt.Sprintf("Transferring %s to %s", naming(projects), destination)
}

// actionUndecided refuses an action with unknown arguments.
func actionUndecided(name string, arguments []string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(arguments[0]),
		fmt.Sprintf("%s needs known values: %s", name, strings.Join(arguments, ", ")), paragraphs(
			"The value is known only after apply, so the plan cannot show what the action would do. An action does only what its plan shows.",
			choose(
				"Apply what the value depends on first: "+targetAnAddress+".",
				"Take the value from a variable.",
				"Invoke the action on its own after the apply: terraform apply -invoke=action.TYPE.NAME.")))
}

func actionRevokes(key neon.APIKey) diag.Diagnostic {
	return diag.NewWarningDiagnostic("To be revoked: "+keyTitle(key.Name, key.ID), paragraphs(
		"The action revokes the key "+describeKey(key)+".",
		"Revoking a key cannot be undone. If a resource manages this key, the next plan creates a new key with a new token. "+
			"Check who uses the key before you apply."))
}

func nothingToRevoke(orgID, id string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("No live API key to revoke: "+id, fmt.Sprintf(
		"%s has no live API key with the ID %s, so the action does nothing. If the ID is wrong, correct it: "+
			"the data source neon_organization_api_keys lists the keys.", orgID, id))
}

func toBeSentAgain(orgID, email, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("To be invited again: "+email, fmt.Sprintf(
		"The action resends the open invitation to %s, with the role %s. Neon sends another e-mail. "+
			"No action is needed.", orgID, role))
}

func joinedAlready(orgID, email, role string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("email"), "No invitation to send again: "+email, fmt.Sprintf(
		"%s is a member of %s, with the role %s. Remove the action.", email, orgID, role))
}

func noOpenInvitation(orgID, email string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("email"), "No invitation to send again: "+email, paragraphs(
		fmt.Sprintf("%s has no open invitation for %s.", orgID, email),
		choose(
			"Check the address: the data source neon_organization_invitations lists the open invitations.",
			"To invite the person, use neon_organization_member or neon_organization_invitation.")))
}

func transferToItself(orgID string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("destination_org_id"), "Transfer to the same organization: "+orgID,
		"destination_org_id is the organization that has the projects. Set it to the organization that should receive them, or correct org_id.")
}

func notInDestination(destination, email string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("destination_org_id"), "Cannot transfer to "+destination, paragraphs(
		fmt.Sprintf("The provider's key belongs to %s, who is not a member of %s. Neon transfers projects only to organizations "+
			"of the key's owner.", email, destination),
		choose(
			"Check destination_org_id.", "Invite "+email+" to "+destination+" first.",
			"Use the key of a person who belongs to both organizations (argument provider of the action).")))
}

func notInOrganization(orgID string, projects []string, key string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("project_ids"), fmt.Sprintf("No project of %s: %s", orgID, naming(projects)), paragraphs(
		fmt.Sprintf("The list of projects of %s, read with %s, does not include:", orgID, key), lines(projects),
		"Nothing is transferred. Check the IDs and org_id: the data source neon_projects lists the projects."))
}

func transferredBefore(destination string, projects []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Already in "+destination+": "+naming(projects), paragraphs(
		"The action skips these projects:", lines(projects), noAction))
}

func toBeTransferred(t transfer) diag.Diagnostic {
	described := make([]string, len(t.projects))
	for i, id := range t.projects {
		described[i] = id
		if name := t.here[id].Name; name != "" && name != id {
			described[i] = fmt.Sprintf("%s (%s)", id, name)
		}
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("To be transferred to %s: %s", t.destination, naming(t.projects)), paragraphs(
		fmt.Sprintf("The action transfers these projects from %s to %s:", t.org.ID, t.destination), lines(described),
		fmt.Sprintf("The members of %s then have the access of their organization roles, and %s pays for the projects. "+
			"Check both before you apply.",
			t.destination, t.destination)))
}

// scopedKeysEnd warns about project-scoped API keys of a transferred project.
func scopedKeysEnd(keys []neon.APIKey) diag.Diagnostic {
	names, described := make([]string, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		names[i], described[i] = keyTitle(key.Name, key.ID), describeKey(key)
	}
	return diag.NewWarningDiagnostic("Stops working: "+naming(names), paragraphs(
		"These project-scoped API keys stop working when their project is transferred:", lines(described),
		"Create keys in the other organization first, and use them instead."))
}

func scopedKeysUnknown(orgID string, err error) diag.Diagnostic {
	problem := cannotListKeys(orgID, err)
	return diag.NewWarningDiagnostic("API keys of the transferred projects are not known: "+orgID,
		"Project-scoped API keys stop working when their project is transferred. Check them in the Neon Console ("+keysInConsole+
			").\n\n"+problem.Detail())
}

// whereTheyAre lists the location of each project after a transfer.
func whereTheyAre(t transfer, where neon.Whereabouts) string {
	if where.Err != nil {
		return "It is not known where the projects are now: " + where.Err.Error() + "."
	}
	var parts []string
	part := func(text string, projects []string) {
		if len(projects) > 0 {
			parts = append(parts, text+":\n\n"+lines(projects))
		}
	}
	part("Moved to "+t.destination, where.There)
	part("Still in "+t.org.ID, where.Here)
	part("In neither list", where.Unknown)
	return paragraphs(parts...)
}

func cannotTransfer(t transfer, where neon.Whereabouts, err error) diag.Diagnostic {
	advice := []string{whereTheyAre(t, where)}
	if e, ok := neon.AsError(err); ok {
		if refusal := e.TransferError(); refusal != nil {
			advice = append(advice, obstacles(t, refusal))
		}
	}
	if len(where.There) > 0 {
		advice = append(advice, "Invoke the action again to transfer the rest. It skips projects that have moved.")
	}
	title := "Cannot transfer projects to " + t.destination + ": " + naming(slices.Concat(where.Here, where.Unknown))
	return withAdvice(failure(title, err), paragraphs(advice...))
}

// obstacles are what Neon names in a refusal, one on a line.
func obstacles(t transfer, refusal *neon.TransferError) string {
	var limits, integrations []string
	for _, limit := range refusal.Limits {
		limits = append(limits, fmt.Sprintf("%s: at most %s, with the transfer %s", limit.Name, limit.Expected, limit.Actual))
	}
	for _, project := range refusal.Integrations {
		integrations = append(integrations, fmt.Sprintf("%s: %s", project.ProjectID, project.Integration))
	}
	var parts []string
	if len(limits) > 0 {
		parts = append(parts, "Limits of "+t.destination+":", lines(limits),
			"Change the plan of "+t.destination+", or transfer fewer projects.")
	}
	if len(integrations) > 0 {
		parts = append(parts, "Projects with an integration, which Neon does not transfer:", lines(integrations),
			"Disconnect the integrations (Neon Console > Project > Integrations), or remove these projects from project_ids.")
	}
	return paragraphs(parts...)
}

// transferUnseen says that Neon has accepted a transfer whose result the lists do not show.
func transferUnseen(t transfer, where neon.Whereabouts) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Transfer not confirmed: "+naming(slices.Concat(where.Here, where.Unknown)), paragraphs(
		"Neon accepted the transfer to "+t.destination+", but its lists do not show all projects there.", whereTheyAre(t, where),
		"Lists may lag behind. Check the data source neon_projects in a minute. If a project has not moved by then, invoke the action again."))
}
