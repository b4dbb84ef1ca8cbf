package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// asMain names a variable that makes the test program behave like neonsim.
const asMain = "NEONSIM_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// furnished is an original with something of everything.
func furnished(t *testing.T, cfg neontest.Config) *neontest.Server {
	t.Helper()
	sim := neontest.Start(t, cfg)
	sim.AddInvitation("new@example.com", "viewer")
	sim.AddMember("guest@example.com", "collaborator")
	sim.AddMember("left@example.com", "editor")
	sim.AddAPIKeyBy("left@example.com", "of-someone-who-left", "")
	sim.RemoveMember("left@example.com")
	sim.Deactivate("data@example.com")
	sim.UseAPIKey(1734102, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "192.0.2.1, 192.0.2.2")
	for project, role := range map[string]string{"shiny-wind-12345678": "viewer", "winter-boat-87654321": "admin"} {
		if err := sim.Grant(project, "guest@example.com", role); err != nil {
			t.Fatal(err)
		}
	}
	sim.SetSpendingLimit(12_500)
	sim.AddVPCEndpoint("aws-eu-central-1", "vpce-1", "office")
	sim.AcceptVPCEndpoint("aws-eu-central-1", "vpce-1")
	sim.ChangeVPCEndpoint("aws-eu-central-1", "vpce-1", func(e *neontest.VPCEndpoint) { e.RestrictedProjects = []string{"p1"} })
	return sim
}

func copied(t *testing.T, sim *neontest.Server, key, orgID string) (*neontest.Server, string, error) {
	t.Helper()
	var log bytes.Buffer
	environment := map[string]string{"NEON_API_KEY": key, "NEON_API_HOST": sim.URL(), "NEON_ORG_ID": orgID}
	c, err := copyOriginal(t.Context(), neontest.Config{}, func(name string) string { return environment[name] }, &log)
	if strings.Contains(log.String(), "napi_") || err != nil && strings.Contains(err.Error(), "napi_") {
		t.Errorf("the key is printed: %s %v", &log, err)
	}
	for _, request := range sim.Requests() {
		if request.Method != http.MethodGet {
			t.Errorf("the original got %s %s", request.Method, request.Path)
		}
	}
	if err == nil {
		if err := c.Listen("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
	}
	return c, log.String(), err
}

// answers are what a server says to a key, without what differs from one request to the next.
func answers(t *testing.T, sim *neontest.Server, key string) map[string]string {
	t.Helper()
	org := "/organizations/" + sim.OrgID()
	said := map[string]string{}
	for _, path := range []string{
		"/auth", "/users/me/organizations", org, org + "/members?limit=500", org + "/invitations", org + "/api_keys",
		"/projects?limit=400&org_id=" + sim.OrgID(), "/projects/shiny-wind-12345678", "/projects/shiny-wind-12345678/members",
		"/projects/winter-boat-87654321/members", org + "/billing/spending_limit", org + "/vpc/vpc_endpoints",
		org + "/vpc/region/aws-eu-central-1/vpc_endpoints/vpce-1", "/organizations/org-elsewhere-87654321",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, sim.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("X-Request-ID", "the-same")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		said[path] = response.Status + " " + string(body)
	}
	return said
}

// TestCopyAnswersAsTheOriginal compares the two, for each kind of key that may read everything or less.
func TestCopyAnswersAsTheOriginal(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	clock := neontest.Config{Now: func() time.Time { return now }, MaxPageSize: 2}
	for name, tc := range map[string]struct {
		key    func(*neontest.Server) string
		change func(*neontest.Config)
		unread string
	}{
		"an admin's key":              {key: (*neontest.Server).PersonalKey},
		"a viewer's key":              {key: (*neontest.Server).ViewerKey},
		"a viewer's key, seeing less": {key: (*neontest.Server).ViewerKey, change: func(c *neontest.Config) { c.HiddenFromMembers = []string{"invitations", "api_keys"} }, unread: "the API keys"},
		"project roles are off":       {key: (*neontest.Server).PersonalKey, change: func(c *neontest.Config) { c.ProjectRolesOff = true }, unread: "the roles in projects"},
		"an organization-wide key":    {key: (*neontest.Server).OrganizationKey},
		"a project-scoped key":        {key: (*neontest.Server).ProjectKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := clock
			if tc.change != nil {
				tc.change(&cfg)
			}
			sim := furnished(t, cfg)
			key := tc.key(sim)
			c, log, err := copied(t, sim, key, sim.OrgID())
			if err != nil {
				t.Fatal(err)
			}
			c.SetConfig(func(cfg *neontest.Config) { cfg.Now = clock.Now })
			sim.SetConfig(func(cfg *neontest.Config) { cfg.MaxPageSize = 0 }) // the copy has them in one page
			if tc.unread != "" && !strings.Contains(log, "may not read "+tc.unread) || tc.unread == "" && strings.Contains(log, "may not") {
				t.Errorf("logged %s", log)
			}
			got := answers(t, c, key)
			for path, want := range answers(t, sim, key) {
				if got[path] != want {
					t.Errorf("%s:\n%s\nthe original:\n%s", path, got[path], want)
				}
			}
			for _, other := range []string{sim.PersonalKey(), sim.ViewerKey(), sim.OrganizationKey(), sim.ProjectKey()} {
				if c.TokenValid(other) != (other == key) {
					t.Errorf("the copy takes another key, or not its own")
				}
			}
		})
	}
}

func TestCopyRefusals(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	if _, _, err := copied(t, sim, "", sim.OrgID()); err == nil || !strings.Contains(err.Error(), "NEON_API_KEY") {
		t.Error(err)
	}
	if _, _, err := copied(t, sim, "napi_wrong", sim.OrgID()); err == nil || !strings.Contains(err.Error(), "401 supplied credentials") {
		t.Error(err)
	}
	if _, _, err := copied(t, sim, sim.PersonalKey(), "org-elsewhere-87654321"); err == nil || !strings.Contains(err.Error(), "none of the key's organizations: "+sim.OrgID()) {
		t.Error(err)
	}
	if _, _, err := copied(t, sim, sim.PersonalKey(), ""); err != nil { // there is only one
		t.Error(err)
	}
	sim.SetConfig(func(c *neontest.Config) { c.SubjectProjectHidden = true })
	if _, _, err := copied(t, sim, sim.ProjectKey(), ""); err == nil || !strings.Contains(err.Error(), "does not say which") {
		t.Error(err)
	}
	for _, kind := range []neontest.FaultKind{neontest.FaultHTMLOK, neontest.FaultRedirect, neontest.FaultHuge} {
		sim.AddFault(neontest.Fault{Route: "GET /organizations/*/members", Kind: kind, N: 1})
		if _, _, err := copied(t, sim, sim.PersonalKey(), ""); err == nil || !strings.Contains(err.Error(), "reading the members: GET /organizations/") {
			t.Errorf("%s: %v", kind, err)
		}
		sim.ClearFaults()
	}
	sim.AddFault(neontest.Fault{Route: "GET /auth", Kind: neontest.FaultStatus, Status: 503, N: 2}) // may be repeated
	if _, _, err := copied(t, sim, sim.PersonalKey(), ""); err != nil {
		t.Error(err)
	}
	for host, want := range map[string]string{"http://console.example.com/api/v2": "https", "nothing": "URL"} {
		if _, err := open(host, "x", io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestOnlyGET: the one way to the original lets nothing else through, and follows no redirect.
func TestOnlyGET(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	from, err := open(sim.URL(), sim.PersonalKey(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions} {
		request, err := http.NewRequestWithContext(t.Context(), method, sim.URL()+"/auth", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := from.client.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "only GET is allowed") {
			t.Errorf("%s: %v", method, err)
		}
	}
	if n := sim.RequestCount(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestRehearse runs a command on the copy that changes it by control calls, and reads what is printed.
func TestRehearse(t *testing.T) {
	t.Parallel()
	sim := furnished(t, neontest.Config{})
	before := sim.State().Organizations
	c, _, err := copied(t, sim, sim.PersonalKey(), "")
	if err != nil {
		t.Fatal(err)
	}
	c.SetRole("dev@example.com", "admin")
	c.Reset() // back to the copy, not to the believable organization
	if m, _ := c.Member("dev@example.com"); m.Role != "editor" {
		t.Errorf("after a reset they are %q", m.Role)
	}
	var out, log bytes.Buffer
	change := &changes{do: func() {
		c.SetRole("dev@example.com", "viewer")
		c.RemoveMember("ops@example.com")
		c.AddInvitation("a|b\u202e@example.com", "viewer")
		c.RevokeAPIKey(1734102)
		c.SetSpendingLimit(5)
		_ = c.Grant("shiny-wind-12345678", "guest@example.com", "")
	}}
	failed := rehearse(context.Background(), c, []string{"sh", "-c", "cat; exit 3"}, change, &out, &log)
	if exit, is := errors.AsType[*exec.ExitError](failed); !is || exit.ExitCode() != 3 {
		t.Errorf("ended with %v", failed)
	}
	for _, want := range []string{
		"dev@example.com | editor | viewer | changed |", "ops@example.com | admin | – | lost |", "audit@example.com | viewer | viewer | |",
		"data@example.com | editor, deactivated | editor, deactivated | |",
		`a\|b@example.com | – | viewer | gained |`, "new@example.com | viewer | viewer | |",
		"website-ci (1734102) | shiny-wind-12345678 | – | lost |", "guest@example.com in website | viewer | – | lost |",
		"guest@example.com in warehouse | admin | admin | |", "spending limit | 12500 cents | 5 cents | changed |", "A copy cannot show",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	for _, none := range []string{"VPC", "plan", "\u202e"} {
		if strings.Contains(out.String(), none) {
			t.Errorf("%q is in\n%s", none, &out)
		}
	}
	if !strings.Contains(log.String(), "sent nothing to the copy") {
		t.Errorf("logged %s", &log)
	}
	if after := sim.State().Organizations; !reflect.DeepEqual(before[0].Members, after[0].Members) || len(after[0].OpenInvitations) != len(before[0].OpenInvitations) {
		t.Error("the original has changed")
	}
}

// changes is a standard input that does something when it is read.
type changes struct{ do func() }

func (c *changes) Read([]byte) (int, error) {
	c.do()
	return 0, io.EOF
}

// TestTermination: SIGTERM to neonsim reaches the command, which is waited for; and what it has done is shown.
func TestTermination(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-copy", "sh", "-c", `trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done`)
	cmd.Env = append(os.Environ(), asMain+"=1", "NEON_API_KEY="+sim.PersonalKey(), "NEON_API_HOST="+sim.URL(), "NEON_ORG_ID="+sim.OrgID())
	var log bytes.Buffer
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	printed := bufio.NewReader(stdout)
	if line, err := printed.ReadString('\n'); line != "ready\n" {
		t.Fatalf("printed %q, %v: %s", line, err, &log)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(printed)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("ended with %v: %s", err, &log)
	}
	if !strings.Contains(string(rest), "Rehearsal on a copy of Example") || strings.Contains(string(rest)+log.String(), "napi_") {
		t.Errorf("printed %s", rest)
	}
}
