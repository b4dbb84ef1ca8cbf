//go:build unix

package e2e

import (
	"regexp"
	"strings"
	"testing"
)

func TestLiveRedact(t *testing.T) {
	t.Parallel()
	v := &visit{settings: settings{apiKey: "an-old-key", orgID: "org-1", projectID: "shiny-wind-1"}}
	text := "an-old-key napi_abc123 of <lead@example.com> and email=dev@example.com, b0000000-0000-4000-8000-000000000003 in org-1 and shiny-wind-1"
	if got, want := v.redact(text), "(key) (key) of <(address)> and email=(address), (id) in (organization) and (project)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLiveSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env  map[string]string
		says string
	}{
		"nothing":        {nil, `NEON_API_KEY is not set\.\s+NEON_ORG_ID is not set`},
		"no key":         {map[string]string{"NEON_ORG_ID": "org-1"}, "NEON_API_KEY is not set"},
		"no id":          {map[string]string{"NEON_API_KEY": "napi_secret", "NEON_ORG_ID": "My Org"}, "NEON_ORG_ID is not an id"},
		"capitals":       {map[string]string{"NEON_API_KEY": "napi_secret", "NEON_ORG_ID": "org-1", "NEON_TEST_INVITE_EMAIL": "A@example.com"}, "lower case"},
		"no such role":   {map[string]string{"NEON_API_KEY": "napi_secret", "NEON_ORG_ID": "org-1", "NEON_TEST_INVITE_ROLE": "owner"}, "NEON_TEST_INVITE_ROLE"},
		"in plain text":  {map[string]string{"NEON_API_KEY": "napi_secret", "NEON_ORG_ID": "org-1", "NEON_API_HOST": "http://neon.example"}, "https"},
		"no such server": {map[string]string{"NEON_API_KEY": "napi_secret", "NEON_ORG_ID": "org-1", "NEON_API_HOST": "neon"}, "https"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readSettings(func(name string) string { return test.env[name] })
			if err == nil || !regexp.MustCompile(test.says).MatchString(err.Error()) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		})
	}
	s, err := readSettings(func(name string) string { return map[string]string{"NEON_API_KEY": "k", "NEON_ORG_ID": "org-1"}[name] })
	if err != nil || s.host != "https://console.neon.tech/api/v2" || s.inviteRole != "viewer" {
		t.Errorf("%+v, %v", s, err)
	}
}
