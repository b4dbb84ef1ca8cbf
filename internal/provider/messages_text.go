package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Shared parts of the messages. A summary says what happened to which object. A detail says what happened, why,
// and what to do next: one thought a sentence, a command or a block on lines of its own.

const (
	console        = "Neon Console > Organization > People"
	whenDestroying = "To destroy without creating this resource first, use terraform destroy -refresh=false."
	planAgain      = "Nothing was changed. Plan again, with a refresh: the next plan shows the current state."
	noAction       = "No action is needed."

	forgetTheObject  = "    terraform state rm ADDRESS\n"
	removeTheTaint   = "    terraform untaint ADDRESS\n"
	targetAnAddress  = "terraform apply -target=ADDRESS"
	cancelInvitation = "To cancel it, use the " + console
)

// choose is a list of ways to continue.
func choose(ways ...string) string {
	return "Do one of the following:\n\n- " + strings.Join(ways, "\n- ")
}

// paragraphs joins the parts of a detail that are not empty.
func paragraphs(parts ...string) string {
	var present []string
	for _, part := range parts {
		if part != "" {
			present = append(present, strings.TrimSuffix(part, "\n"))
		}
	}
	return strings.Join(present, "\n\n")
}

// naming is a few people for a summary.
func naming(emails []string) string {
	const few = 3
	if len(emails) <= few {
		return strings.Join(emails, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(emails[:few], ", "), len(emails)-few)
}

// lines are indented lines for a detail.
func lines(texts []string) string {
	return "    " + strings.Join(texts, "\n    ") + "\n"
}

// movedBlock is ready to paste where the resources have a for_each over addresses.
func movedBlock(typ, from, to string) string {
	return fmt.Sprintf("    moved {\n      from = %[1]s.NAME[%[2]q]\n      to   = %[1]s.NAME[%[3]q]\n    }\n", typ, from, to)
}

// movedNames is movedBlock for resources without for_each.
func movedNames(typ string) string {
	return fmt.Sprintf("    moved {\n      from = %[1]s.OLD_NAME\n      to   = %[1]s.NEW_NAME\n    }\n", typ)
}

func importBlock(typ, id string) string {
	return fmt.Sprintf("    import {\n      to = %s.NAME\n      id = %q\n    }\n", typ, id)
}

func removedBlock(typ string) string {
	return fmt.Sprintf("    removed {\n      from = %s.NAME\n      lifecycle {\n        destroy = false\n      }\n    }\n", typ)
}

// importPerson is the import block of a member or an invitation.
func importPerson(typ, orgID, email string) string { return importBlock(typ, orgID+"/"+email) }

// cannotWritePrivateState reports a bug of this provider.
func cannotWritePrivateState(key string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Cannot write the private state: "+key, paragraphs(
		err.Error(), "This is a bug in the provider. Please report it, with the log of TF_LOG=DEBUG."))
}
