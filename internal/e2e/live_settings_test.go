//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// settings is what the environment says.
type settings struct {
	apiKey, orgID string
	host          string // base URL of the API
	projectID     string // for keys that are limited to a project
	inviteEmail   string // who may be invited
	inviteRole    string
}

const defaultHost = "https://console.neon.tech/api/v2"

var roles = []string{"admin", "member", "editor", "viewer", "collaborator"}

const usage = `The live run works on a real Neon organization, which you choose:

  NEON_API_KEY           required: the personal key of an admin, for all of it; other keys can do less
  NEON_ORG_ID            required: the organization. Take one that is there for nothing else
  NEON_TEST_PROJECT_ID   a project of it: API keys for that project are made and revoked too
  NEON_TEST_INVITE_EMAIL an address of yours, which is invited, and invited a second time. Neon's API cannot cancel
                         that, and somebody with a Neon account joins at once: it is for you to undo in the Console
  NEON_TEST_INVITE_ROLE  the role for it (default: viewer); "member" answers one question more
  NEON_API_HOST          another address of the API (default: ` + defaultHost + `)

It makes API keys whose names begin with ` + prefix + ` and revokes them, changes nothing else, and removes and demotes nobody.`

var idPattern = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)

// readSettings reads the environment, and says everything that is wrong with it.
func readSettings(getenv func(string) string) (settings, error) {
	s := settings{
		apiKey: getenv("NEON_API_KEY"), orgID: getenv("NEON_ORG_ID"), host: strings.TrimSuffix(getenv("NEON_API_HOST"), "/"),
		projectID: getenv("NEON_TEST_PROJECT_ID"), inviteEmail: getenv("NEON_TEST_INVITE_EMAIL"), inviteRole: getenv("NEON_TEST_INVITE_ROLE"),
	}
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf("  "+format, args...)) }
	if s.apiKey == "" {
		say("NEON_API_KEY is not set.")
	}
	if s.orgID == "" {
		say("NEON_ORG_ID is not set.")
	}
	for name, id := range map[string]string{"NEON_ORG_ID": s.orgID, "NEON_TEST_PROJECT_ID": s.projectID} {
		if id != "" && !idPattern.MatchString(id) {
			say("%s is not an id: %q.", name, id)
		}
	}
	if s.inviteEmail != "" && (!strings.Contains(s.inviteEmail, "@") || s.inviteEmail != strings.ToLower(s.inviteEmail)) {
		say("NEON_TEST_INVITE_EMAIL is not an e-mail address in lower case: %q.", s.inviteEmail)
	}
	if s.inviteRole == "" {
		s.inviteRole = "viewer"
	} else if !slices.Contains(roles, s.inviteRole) {
		say("NEON_TEST_INVITE_ROLE is none of %s: %q.", strings.Join(roles, ", "), s.inviteRole)
	}
	if s.host == "" {
		s.host = defaultHost
	}
	// Everything passes a gate on this machine, so the provider's own check of the address is repeated here.
	if u, err := url.Parse(s.host); err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		say("NEON_API_HOST is not an https address: %q.", s.host)
	}
	if wrong != nil {
		return s, fmt.Errorf("%w\n\n%s", errors.Join(wrong...), usage)
	}
	return s, nil
}

func loopback(host string) bool { return host == "127.0.0.1" || host == "localhost" || host == "::1" }
