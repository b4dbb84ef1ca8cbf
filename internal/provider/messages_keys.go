package provider

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages about API keys: what a plan means for a key, and why it cannot be carried out.

const (
	keysInConsole = "Neon Console > Organization > Settings > API keys"
	importInstead = "Remove the moved block, and import the key by its organization and ID. Its token is not imported:\n\n" +
		"    import {\n      to = neon_organization_api_key.NAME\n      id = \"ORG_ID/ID\"\n    }\n"
)

// keyTitle is a key in messages: summaries must differ from key to key.
func keyTitle(name, id string) string { return fmt.Sprintf("API key %q (%s)", name, id) }

// The operations on a key, for the guards' messages.

func creatingKey(name string) string { return fmt.Sprintf("Creating the API key %q", name) }

func creatingEphemeralKey(name string) string {
	return fmt.Sprintf("Creating the ephemeral API key %q", name)
}
func rotatingKey(title string) string { return "Rotating the " + title }
func revokingKey(title string) string { return "Revoking the " + title }

// lastUse is a sentence about when a key was last used and, if Neon returns that, from where.
func lastUse(key neon.APIKey) string {
	switch {
	case key.LastUsedAt.IsZero():
		return "Neon has no record of its use."
	case key.LastUsedFrom == "":
		return fmt.Sprintf("It was last used at %s.", key.LastUsedAt.UTC().Format(time.RFC3339))
	default:
		return fmt.Sprintf("It was last used at %s from %s.", key.LastUsedAt.UTC().Format(time.RFC3339), key.LastUsedFrom)
	}
}

// describeKey is a line about a key, to tell it from others of its name.
func describeKey(key neon.APIKey) string {
	text := fmt.Sprintf("%q (%s)", key.Name, key.ID)
	if key.ProjectID != "" {
		text += ", project " + key.ProjectID
	}
	if !key.CreatedAt.IsZero() {
		text += ", created at " + key.CreatedAt.UTC().Format(time.RFC3339)
		if creator := cmp.Or(key.CreatedBy.Name, key.CreatedBy.ID); creator != "" {
			text += " by " + creator
		}
	}
	switch {
	case key.LastUsedAt.IsZero():
		return text + ", no recorded use"
	case key.LastUsedFrom == "":
		return text + ", last used at " + key.LastUsedAt.UTC().Format(time.RFC3339)
	default:
		return text + ", last used at " + key.LastUsedAt.UTC().Format(time.RFC3339) + " from " + key.LastUsedFrom
	}
}

// Failed reads and writes.

func cannotListKeys(orgID string, err error) diag.Diagnostic {
	return failure("Cannot list the API keys of "+orgID, err)
}

func cannotReadKey(title string, err error) diag.Diagnostic {
	return failure("Cannot read the "+title, err)
}

func cannotRevokeKey(title string, err error) diag.Diagnostic {
	return failure("Cannot revoke the "+title, err)
}

func cannotImportKey(id string, err error) diag.Diagnostic {
	return failure("Cannot import the API key "+id, err)
}

// cannotCreateKey says that a key was not created, and how to find a key that may remain.
func cannotCreateKey(name string, began time.Time, err error) diag.Diagnostic {
	problem := failure(fmt.Sprintf("Cannot create the API key %q", name), err)
	if !neon.Unsettled(err) {
		return problem
	}
	return withAdvice(problem, fmt.Sprintf(
		"A key with a lost token may remain. The data source neon_organization_api_keys and the Neon Console (%s) show "+
			"when each key was created, and who created it. Revoke a key named %q that was created since %s and is in no state.",
		keysInConsole, name, began.UTC().Format(time.RFC3339)))
}

// noSuchKey refuses to import a key that does not exist.
func noSuchKey(orgID, id string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("No such API key: "+id, fmt.Sprintf(
		"%s has no live API key with the ID %s. The data source neon_organization_api_keys lists its keys.", orgID, id))
}

// invalidKeyImportID refuses an import ID that is not a key's.
func invalidKeyImportID(id string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Invalid import ID", fmt.Sprintf("%q is not %s.", id, keyImportForm))
}

// keyImportForm says how a key is named in an import.
const keyImportForm = "the ID of an API key, a number as in 165434 (the data source neon_organization_api_keys lists them)"

// revokedOutside says that a key of the state is gone.
func revokedOutside(orgID, title string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Revoked outside of Terraform: "+title, fmt.Sprintf(
		"%s no longer has a live API key with this ID, so the provider removes it from the state. "+
			"While the configuration has the resource, the plan creates a new key with a new token. Remove the resource if the key is not needed.", orgID))
}

// rotatingKeyRevokedOutside is revokedOutside for a resource that outlives its keys.
func rotatingKeyRevokedOutside(orgID, title string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Revoked outside of Terraform: "+title, fmt.Sprintf(
		"%s no longer has a live API key with this ID. "+
			"While the configuration has the resource, the next apply creates a new key with a new token.", orgID))
}

// revokingUsedKey warns before a key is revoked that was used in the last days.
func revokingUsedKey(title, lastUse string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Revoking a key used in the last 7 days: "+title,
		lastUse+" Everything that uses it stops working. Revoking a key cannot be undone. Check who uses it before you apply.")
}

// ownKey refuses to revoke the key that the run uses.
func ownKey(title string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Refusing to revoke the key this run uses: "+title,
		"The provider uses this key, so the run could not finish. Run with another key ("+keySetting+").")
}

// perhapsOwnKey refuses to revoke an imported key that was used since the run began.
func perhapsOwnKey(title, lastUse string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Refusing to revoke a key this run may use: "+title, fmt.Sprintf(
		"The provider runs with an organization key, and this key was imported, so its token is not known. %s "+
			"This is after the run began, so it may be the key of the run. Choose one:\n\n"+
			"  1. Run with a personal key.\n"+
			"  2. Run with an organization key whose token is in the state.\n"+
			"  3. Revoke the key in the Neon Console (%s).\n", lastUse, keysInConsole))
}

// revokingImportedKey warns before an imported key is revoked with an organization key.
func revokingImportedKey(title string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Revoking an imported key: "+title,
		"The provider runs with an organization key, and this key was imported, so its token is not known. "+
			"Neon shows no use of it since the run began. Check that neither this run nor another job uses it. Revoking a key cannot be undone.")
}

// Rotating keys.

// overlapTooLong refuses durations that do not fit together; from says where overlap comes from.
func overlapTooLong(at path.Path, rotateAfter, overlap, from string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "overlap is not shorter than rotate_after", fmt.Sprintf(
		"rotate_after is %s, and overlap is %s%s: the next rotation would happen before the previous key is revoked. "+
			"Choose a shorter overlap, or a longer rotate_after.", rotateAfter, overlap, from))
}

// Why a key is rotated.

func becauseRevoked() string  { return "the old one was revoked outside of Terraform" }
func becauseTriggers() string { return "rotation_triggers have changed" }

func becauseTriggersUnknown() string {
	return "rotation_triggers is known only after apply; without a change, the key is not rotated"
}

func becauseDue(rotatedAt string, age time.Duration, rotateAfter string) string {
	return fmt.Sprintf("the old one was created at %s, %s ago, and rotate_after is %s", rotatedAt, ageInWords(age), rotateAfter)
}

func becauseRenamed(name string) string {
	return fmt.Sprintf("the name changes to %q, and Neon cannot rename a key", name)
}

func becauseOtherProject(from, to string) string {
	return fmt.Sprintf("the project changes from %s to %s, and Neon cannot change that of a key", cmp.Or(from, "none"), cmp.Or(to, "none"))
}

// ageInWords is a duration in days, or exactly.
func ageInWords(d time.Duration) string {
	if d >= 2*day {
		return counted(int(d/day), "day")
	}
	return d.Truncate(time.Second).String()
}

// The end of the old key.

func oldKeyEnds(overlap string) string {
	return "The apply then revokes the old key, because overlap is " + overlap + "."
}

func oldKeyOverlaps(overlap string) string {
	return "The old key keeps working for " + overlap + " (overlap). The next apply after that revokes it."
}

// toBeRotated is the plan's warning of a rotation; oldKey says what becomes of the old key.
func toBeRotated(title string, reasons []string, oldKey string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Rotating the "+title, strings.TrimSpace(
		"The apply creates a new key, because "+strings.Join(reasons, "; ")+". "+oldKey))
}

// toBeRevoked is the plan's warning of the end of a key that a rotation has replaced.
func toBeRevoked(title, why, lastUse string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Revoking the "+title, strings.TrimSpace(why+" "+lastUse)+" Revoking a key cannot be undone.")
}

// Why such a key is revoked.

func becauseRevokingFailed() string { return "An earlier apply could not revoke it." }

func becauseReplacedAgain(until string) string {
	return "The current key is rotated now, and only one previous key can overlap. The overlap of this key would have lasted " +
		"until " + until + "."
}

func becauseOverlapOver(rotatedAt, overlap string) string {
	return fmt.Sprintf("The key was rotated at %s, and the overlap of %s is over.", rotatedAt, overlap)
}

// The effect of revoking a key, from its last use.

func alreadyRevoked() string { return "It is revoked already." }

func stopsWorking(lastUse string) string {
	return lastUse + " Everything that uses it then stops working."
}

// mayBeRotated says that a plan cannot show whether a key will be due.
func mayBeRotated(title string, due time.Time) diag.Diagnostic {
	at := due.Format(time.RFC3339)
	return diag.NewWarningDiagnostic(fmt.Sprintf("May rotate at apply: %s (due at %s)", title, at), fmt.Sprintf(
		"rotate_after is shorter than before, so the key is due at %s. An apply after that rotates it; an earlier one does not.", at))
}

// mayBeRevoked says that a plan cannot show whether a key's overlap will be over.
func mayBeRevoked(title string, until time.Time) diag.Diagnostic {
	at := until.Format(time.RFC3339)
	return diag.NewWarningDiagnostic(fmt.Sprintf("May be revoked at apply: %s (due at %s)", title, at), fmt.Sprintf(
		"overlap is shorter than before, so it is over at %s. An apply after that revokes the key; an earlier one does not.", at))
}

// Keys that are moved.

// cannotMoveHere refuses a type that is not an API key's.
func cannotMoveHere(sourceType string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Cannot move a "+sourceType+" here",
		"A neon_organization_api_key can be moved from a neon_org_api_key of kislerdm/neon or neondatabase/neon, "+
			"and from a neon_organization_api_key of another provider. "+importInstead)
}

// cannotMoveState refuses a state that is not an API key's.
func cannotMoveState(sourceType string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Cannot move the API key of a "+sourceType, "The source state lacks id, org_id or name. "+importInstead)
}

// cannotMoveUnverified refuses to turn a key into a rotating one before its ID is verified.
func cannotMoveUnverified(title string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Cannot move yet: "+title,
		"The key was migrated from a provider that finds keys by name, and its ID has not been verified since. "+
			"Plan and apply it as a neon_organization_api_key first, without -refresh=false.")
}

// cannotCheckKey says that the ID of a migrated key could not be verified yet.
func cannotCheckKey(title string, err error) diag.Diagnostic {
	return failure("Cannot check the "+title, err)
}

// Why the ID of a migrated key is in doubt.
const (
	severalKeysFit  = "several live keys have the name and the project of the state"
	otherKeyFits    = "no live key has the ID of the state, but another one has its name and project"
	keyDoesNotMatch = "the live key with the ID of the state has another name or project"
)

// unverifiedKey refuses to work with an ID that may be another key's.
func unverifiedKey(state apiKeyModel, why string, candidates []neon.APIKey) diag.Diagnostic {
	scope := "the whole organization"
	if project := state.ProjectID.ValueString(); project != "" {
		scope = "the project " + project
	}
	var list strings.Builder
	for _, key := range candidates {
		list.WriteString("    " + describeKey(key) + "\n")
	}
	return diag.NewErrorDiagnostic("Cannot verify the ID of migrated "+state.title(), fmt.Sprintf(
		"The state comes from a provider that finds keys by name, so its ID may be that of another key: %s (name %q, for %s, ID %s). "+
			"Nothing is adopted or revoked until the ID is verified. The candidates:\n\n%s\n"+
			"Find the one whose token is in the state: compare who created it, when, and its last use. Then choose one:\n\n"+
			"  1. Keep the token: write the ID into the state, as the guide \"Migrate from other Neon providers\" shows, and plan again.\n"+
			"  2. Give up the token: remove the moved block, forget the old resource with terraform state rm ADDRESS, "+
			"and import the key by its ID.\n",
		why, state.Name.ValueString(), scope, state.ID.ValueString(), list.String()))
}

// Ephemeral keys.

// ephemeralArgumentsUnknown refuses to open a key too early. Terraform waits for its arguments by itself.
func ephemeralArgumentsUnknown() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Ephemeral API key: arguments not known yet",
		"An argument is known only after apply, so the provider cannot create the key now. "+applyFirst+"Or take the value from a variable.")
}

// openedInPlans adds to the problems of opening a key that Terraform opens it in plans too. A request fails at any time.
func openedInPlans(problems diag.Diagnostics) (advised diag.Diagnostics) {
	for _, problem := range problems {
		if _, failed := problem.(failedRequest); !failed && problem.Severity() == diag.SeverityError {
			problem = withAdvice(problem, "Terraform also opens an ephemeral resource in plans and refreshes, including those of a destroy. "+
				"With enabled = terraform.applying, only an apply creates the key.")
		}
		advised.Append(problem)
	}
	return advised
}

// unknownEphemeralKey says that a key cannot be revoked, because its record is not readable.
func unknownEphemeralKey(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Cannot identify the ephemeral API key to revoke", fmt.Sprintf(
		"Terraform's record of the key cannot be read: %s. The provider revokes the key when this run ends. "+
			"Check afterwards that it is no longer listed (%s).", err, keysInConsole))
}

// cannotRevokeEphemeralKey says how to revoke a key that no state has.
func cannotRevokeEphemeralKey(title, url string, err error) diag.Diagnostic {
	return withAdvice(cannotRevokeKey(title, err), fmt.Sprintf(
		"The provider tries again when this run ends, but cannot report the result. "+
			"If the key is still listed after that (data source neon_organization_api_keys; %s), revoke it in the Neon Console, or with\n\n"+
			"    curl -X DELETE -H \"Authorization: Bearer $%s\" %s\n", keysInConsole, envAPIKey, shellQuote(url)))
}
