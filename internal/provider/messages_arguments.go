package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages about invalid arguments.

func invalidEmail(at path.Path, email, problem string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, fmt.Sprintf("Invalid e-mail address %q", email), problem)
}

func notLowerCase(email, lower string) string {
	return fmt.Sprintf("%q must be in lower case, without leading or trailing spaces. Write %q. "+
		"Neon treats both as the same address.", email, lower)
}

func notAnAddress(email string) string {
	return fmt.Sprintf("%q is not an e-mail address. Write the bare address, as in dev@example.com.", email)
}

func paddedKeyName(at path.Path, name string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, fmt.Sprintf("Invalid API key name %q", name), fmt.Sprintf(
		"%q begins or ends with a blank. Write %q.", name, strings.TrimSpace(name)))
}

func unprintableKeyName(at path.Path, name string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, fmt.Sprintf("Invalid API key name %q", name), fmt.Sprintf(
		"%q contains a line break, another control or invisible character, or text that CI jobs take for a command "+
			"(a word that begins with ::, or ##[). Write the name without it.", name))
}

func invalidBaseURL(at path.Path, problem string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Invalid base URL", "The argument base_url "+problem)
}

func notAnAbsoluteURL(text string) string {
	return fmt.Sprintf(
		"must be an absolute https address with the API's path, not %q. Write it as in https://console.neon.tech/api/v2.", text)
}

const notAPlainURL = "must be a plain address. Write it without user, query or fragment."

// unknownRole refuses a role that neither Neon's documentation nor the organization has.
func unknownRole(at path.Path, orgID, role, email string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, fmt.Sprintf("Unknown role %q for %s", role, email), fmt.Sprintf(
		"Neon documents the roles %s. The provider accepts another role only if this person, another member of %s, "+
			"or an open invitation already has it. Check the spelling.", strings.Join(neon.Roles, ", "), orgID))
}

// waitsForNextPlan says that an object stays as it is in this plan.
func waitsForNextPlan(at path.Path, title, unknown string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at, "Waits for the next plan: "+title, fmt.Sprintf(
		"The value of %[1]s is known only after apply, so this plan leaves %[2]s unchanged. "+
			"Plan again after the apply.\n\n"+
			"If every plan shows this warning, take the value of %[1]s from a variable, "+
			"or from a data source without depends_on.", unknown, title))
}

// cannotWait says that an object can neither be planned nor wait.
func cannotWait(at path.Path, title, unknown, changed string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Cannot be planned yet: "+title, paragraphs(
		fmt.Sprintf("The value of %s is known only after apply, so the provider cannot plan %s. "+
			"It cannot stay unchanged either, because the configuration adds or removes the argument %s.", unknown, title, changed),
		choose(
			fmt.Sprintf("Apply what %s depends on first: %s.", unknown, targetAnAddress),
			fmt.Sprintf("Take the value of %s from a variable.", unknown))))
}
