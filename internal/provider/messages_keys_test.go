package provider

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var errSample = errors.New("the sample failed")

// keyMessages are the messages of messages_keys.go and messages_provider.go, by the function that returns each, and with
// what the summary must name.
func keyMessages() map[string]struct {
	names   string
	message diag.Diagnostic
} {
	const org, email, used = "org-1", "dev@example.com", "It was last used at 2026-11-01T00:00:00Z."
	at, err := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), errSample
	title := keyTitle("ci", "17")
	moved := apiKeyModel{Name: types.StringValue("ci"), ProjectID: types.StringValue("shiny-wind-1")}
	moved.ID = types.StringValue("17")
	key := neon.Key{KeyType: neon.OrganizationKey, OrgID: org}
	found := []neon.APIKey{{ID: "17", Name: "ci", CreatedAt: at, LastUsedAt: at}, {ID: "18", Name: "ci", ProjectID: "shiny-wind-1"}}
	return map[string]struct {
		names   string
		message diag.Diagnostic
	}{
		"cannotListKeys":            {org, cannotListKeys(org, err)},
		"cannotReadKey":             {title, cannotReadKey(title, err)},
		"cannotRevokeKey":           {title, cannotRevokeKey(title, err)},
		"cannotImportKey":           {"17", cannotImportKey("17", err)},
		"cannotCreateKey":           {"ci", cannotCreateKey("ci", at, err)},
		"noSuchKey":                 {"17", noSuchKey(org, "17")},
		"invalidKeyImportID":        {"import", invalidKeyImportID("ci")},
		"revokedOutside":            {title, revokedOutside(org, title)},
		"rotatingKeyRevokedOutside": {title, rotatingKeyRevokedOutside(org, title)},
		"revokingUsedKey":           {title, revokingUsedKey(title, used)},
		"ownKey":                    {title, ownKey(title)},
		"perhapsOwnKey":             {title, perhapsOwnKey(title, used)},
		"revokingImportedKey":       {title, revokingImportedKey(title)},
		"overlapTooLong":            {"overlap", overlapTooLong(path.Root("overlap"), "7d", "8d", "")},
		"toBeRotated":               {title, toBeRotated(title, []string{becauseDue(at.String(), 61*day, "60d")}, oldKeyOverlaps("7d"))},
		"toBeRevoked":               {title, toBeRevoked(title, becauseOverlapOver(at.String(), "7d"), stopsWorking(used))},
		"mayBeRotated":              {title, mayBeRotated(title, at)},
		"mayBeRevoked":              {title, mayBeRevoked(title, at)},
		"cannotMoveHere":            {"neon_api_key", cannotMoveHere("neon_api_key")},
		"cannotMoveState":           {"neon_org_api_key", cannotMoveState("neon_org_api_key")},
		"cannotMoveUnverified":      {title, cannotMoveUnverified(title)},
		"cannotCheckKey":            {title, cannotCheckKey(title, err)},
		"unverifiedKey":             {title, unverifiedKey(moved, severalKeysFit, found)},
		"ephemeralArgumentsUnknown": {"Ephemeral API key", ephemeralArgumentsUnknown()},
		"unknownEphemeralKey":       {"ephemeral API key", unknownEphemeralKey(err)},
		"cannotRevokeEphemeralKey":  {title, cannotRevokeEphemeralKey(title, "https://neon.example/1", err)},

		"noAPIKey":                   {"API key", noAPIKey()},
		"emptyAPIKey":                {"API key", emptyAPIKey(setByArgument("api_key"))},
		"quotedAPIKey":               {"API key", quotedAPIKey(setByEnvironment(envAPIKey))},
		"malformedAPIKey":            {"API key", malformedAPIKey(setByFile("key"))},
		"keyAndFile":                 {"api_key_file", keyAndFile()},
		"unreadableKeyFile":          {"API key", unreadableKeyFile(setByArgument("api_key_file"), "key", err)},
		"readableByAnyone":           {"API key", readableByAnyone("key", 0o644)},
		"unreadableCertificates":     {"ca_cert_file", unreadableCertificates(setByArgument("ca_cert_file"), "ca.pem", err)},
		"wrongBaseURL":               {"base URL", wrongBaseURL(setByArgument("base_url"), baseURLProblem("neon"))},
		"unencryptedBaseURL":         {"base URL", unencryptedBaseURL(setByArgument("base_url"), "http://neon.example")},
		"invalidOrgIDVariable":       {"organization ID", invalidOrgIDVariable("Org")},
		"invalidOrgIDInState":        {"organization ID", invalidOrgIDInState("Org")},
		"invalidReadOnly":            {"read-only", invalidReadOnly("perhaps")},
		"invalidProtectedMember":     {"protected member", invalidProtectedMember(emailProblem("dev"))},
		"invalidDuration":            {"duration", invalidDuration(path.Root("overlap"), `"1x" is not a duration`, "must be a duration like 7d")},
		"argumentUnknown":            {"api_key", argumentUnknown("api_key")},
		"defaultOrgUnknown":          {"org_id", defaultOrgUnknown()},
		"unknownUntilApply":          {"api_key", unknownUntilApply("api_key", "Or take the value from a variable.")},
		"refreshSkipped":             {"api_key", refreshSkipped("api_key")},
		"unidentifiedKey":            {"API key", unidentifiedKey(err)},
		"wrongKeyType":               {"key_type", wrongKeyType(neon.PersonalKey, neon.Caller{Key: key})},
		"projectScopedKey":           {"API key", projectScopedKey(neon.Key{KeyType: neon.ProjectKey, OrgID: org})},
		"keyOfAnotherOrganization":   {"API key", keyOfAnotherOrganization("org-2", key)},
		"noOrganization":             {email, noOrganization(email)},
		"orgIDRequired":              {email, orgIDRequired(email, []neon.OrganizationInfo{{ID: org, Name: "One"}, {ID: "org-2", Name: "Two"}})},
		"sameProblem":                {"API key", sameProblem(projectScopedKey(key))},
		"cannotListOwnOrganizations": {email, cannotListOwnOrganizations(email, err)},
		"cannotListOrganizations":    {"organizations", cannotListOrganizations(err)},
		"cannotReadOrganization":     {org, cannotReadOrganization(org, err)},
		"cannotListProjects":         {org, cannotListProjects(org, err)},
		"cannotListMembers":          {org, cannotListMembers(org, err)},
	}
}

var (
	// saysWhatToDo is a step that a reader can take, or what happens without one.
	saysWhatToDo = regexp.MustCompile(`\b(apply|[Cc]heck|[Cc]hoose|[Cc]orrect|[Cc]reate|export|lists its keys|must be|Plan|plan creates|` +
		`is not|[Rr]emove|Restrict|Revoke|Revoking a key cannot be undone|Run with|see its first|[Ss]et|[Uu]se|[Ww]rite|take the value)\b`)
	// otherWords are those that the style replaces.
	otherWords = regexp.MustCompile(`(?i)\b(somebody|someone|whoever|whom|maker|made|goes on|neon tells|alive|has not the)\b|  |%!`)
)

// TestMessagesOfKeys prints the messages with -v, and holds each to the form that a reader relies on.
func TestMessagesOfKeys(t *testing.T) {
	t.Parallel()
	messages := keyMessages()
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		summary, detail := messages[name].message.Summary(), messages[name].message.Detail()
		t.Logf("%s\n%s: %s\n\n%s\n", name, messages[name].message.Severity(), summary, detail)
		if !strings.Contains(summary, messages[name].names) {
			t.Errorf("%s: the summary %q does not name %q", name, summary, messages[name].names)
		}
		if strings.ContainsAny(summary, "\n") || strings.HasSuffix(summary, ".") {
			t.Errorf("%s: the summary is not a title: %q", name, summary)
		}
		if !strings.Contains(detail, errSample.Error()) && !saysWhatToDo.MatchString(detail) { // else as the function failure says
			t.Errorf("%s: the detail does not say what to do:\n%s", name, detail)
		}
		for line := range strings.Lines(summary + "\n" + detail) {
			if found := otherWords.FindString(strings.TrimSpace(line)); found != "" && !strings.HasPrefix(line, "    ") {
				t.Errorf("%s: %q is in %q", name, found, line)
			}
		}
	}
	for _, file := range []string{"messages_keys.go", "messages_provider.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range tree.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || len(f.Type.Results.List) != 1 {
				continue
			}
			result, ok := f.Type.Results.List[0].Type.(*ast.SelectorExpr)
			if _, sampled := messages[f.Name.Name]; ok && result.Sel.Name == "Diagnostic" && !sampled {
				t.Errorf("the function %s of %s is not among the messages", f.Name.Name, file)
			}
		}
	}
}
