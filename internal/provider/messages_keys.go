package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// The messages about the end of API keys.

// keyInUse warns before a key is revoked that was used in the last days.
func keyInUse(title, lastUse string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("In use: "+title, fmt.Sprintf(
		"The key will be revoked. %s Anything that still uses it stops working. Revoking cannot be undone.", lastUse))
}

// ownKey refuses to revoke the key that the run uses.
func ownKey(title string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("The provider's own key: "+title,
		"This is the key that the provider uses for this run: without it, the run would end half way. Run with another key (argument api_key or environment variable "+envAPIKey+").")
}

// perhapsOwnKey refuses to revoke an imported key that was used since the run began.
func perhapsOwnKey(title, lastUse string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Perhaps the provider's own key: "+title, fmt.Sprintf(
		"The provider runs with an organization key, and this key was imported, so that its token is not known. %s That is since this run began: it may be the very key that the run uses. "+
			"Run with a personal key, or with a key that is in the state with its token, or revoke it in the Neon Console.", lastUse))
}

// importedKey warns before an imported key is revoked with an organization key.
func importedKey(title string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Imported: "+title,
		"The key was imported, so that its token is not known, and the provider runs with an organization key. Make sure that it is not the key of this run, or of another job: Neon shows no use of it since the run began. Revoking cannot be undone.")
}
