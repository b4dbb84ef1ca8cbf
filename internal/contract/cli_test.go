//go:build contract

package contract_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// The tool is started anew for every call, which takes Node.js a second or two: each test makes few of them.

func TestCLIListsOrganizationsWithEveryKindOfKey(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	for kind, key := range map[string]string{"personal": sim.PersonalKey(), "organization": sim.OrganizationKey(), "project": sim.ProjectKey()} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var organizations []struct{ ID, Name, Plan string }
			neon(t, sim, key, "orgs", "list").succeeds(t, &organizations)
			if len(organizations) != 1 || organizations[0].ID != sim.OrgID() || organizations[0].Name == "" || organizations[0].Plan == "" {
				t.Errorf("got %+v, want the organization %s", organizations, sim.OrgID())
			}
		})
	}
}

func TestCLIListsAllPagesOfProjects(t *testing.T) {
	t.Parallel()
	const extra = 120 // the tool asks for 100 a page
	sim := neontest.Start(t, neontest.Config{ExtraProjects: extra})
	var projects []struct {
		ID    string
		OrgID string `json:"org_id"`
	}
	neon(t, sim, sim.PersonalKey(), "projects", "list", "--org-id", sim.OrgID()).succeeds(t, &projects)
	var got, want []string
	for _, project := range projects {
		got = append(got, project.ID)
	}
	for _, project := range sim.Org(sim.OrgID()).Projects() {
		want = append(want, project.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %d projects, want each of the %d once", len(got), len(want))
	}
}

type apiKey struct {
	ID        int64
	Key       string
	Name      string
	ProjectID string `json:"project_id"`
	Revoked   bool
	CreatedBy any `json:"created_by"`
}

func TestCLICreatesListsAndRevokesAnOrganizationWideKey(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	org, key := sim.Org(sim.OrgID()), sim.PersonalKey()

	var created apiKey
	neon(t, sim, key, "api-keys", "create", "--name", "made by the CLI", "--org-id", sim.OrgID()).succeeds(t, &created)
	if created.Name != "made by the CLI" || created.ProjectID != "" || !sim.TokenValid(created.Key) {
		t.Errorf("created %+v, want a live organization-wide key", created)
	}

	var listed []apiKey
	neon(t, sim, key, "api-keys", "list", "--org-id", sim.OrgID()).succeeds(t, &listed)
	if !slices.ContainsFunc(listed, func(k apiKey) bool { return k.ID == created.ID && k.Name == created.Name && k.Key == "" }) {
		t.Errorf("listed %+v, want %d among them, without its token", listed, created.ID)
	}

	var revoked apiKey
	neon(t, sim, key, "api-keys", "revoke", fmt.Sprint(created.ID), "--org-id", sim.OrgID()).succeeds(t, &revoked)
	if revoked.ID != created.ID || !revoked.Revoked || sim.TokenValid(created.Key) {
		t.Errorf("revoked %+v, want %d dead", revoked, created.ID)
	}
	if slices.ContainsFunc(org.APIKeys(), func(k neontest.APIKey) bool { return k.ID == created.ID }) {
		t.Errorf("key %d still lives", created.ID)
	}
	neon(t, sim, key, "api-keys", "revoke", fmt.Sprint(created.ID), "--org-id", sim.OrgID()).fails(t, "No API key with id")
}

func TestCLICreatesAProjectScopedKey(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	project := sim.Org(sim.OrgID()).Projects()[0].ID

	var created apiKey
	neon(t, sim, sim.PersonalKey(), "api-keys", "create", "--name", "scoped", "--project-id", project).succeeds(t, &created)
	if created.ProjectID != project || !sim.TokenValid(created.Key) {
		t.Errorf("created %+v, want a live key for %s", created, project)
	}

	var listed []apiKey
	neon(t, sim, sim.PersonalKey(), "api-keys", "list", "--org-id", sim.OrgID()).succeeds(t, &listed)
	if !slices.ContainsFunc(listed, func(k apiKey) bool { return k.ID == created.ID && k.ProjectID == project }) {
		t.Errorf("listed %+v, want %d for %s among them", listed, created.ID, project)
	}
}

func TestCLIIsRefused(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	revoked := sim.NewPersonalKey("ops@example.com")
	sim.RevokeToken(revoked)
	keysBefore := len(sim.Org(sim.OrgID()).APIKeys())

	create := []string{"api-keys", "create", "--name", "x", "--org-id", sim.OrgID()}
	list := []string{"api-keys", "list", "--org-id", sim.OrgID()}
	for name, tc := range map[string]struct {
		key  string
		args []string
		says string
	}{
		"creating a key with an organization key": {sim.OrganizationKey(), create, "personal API key"},
		"creating a key with a project key":       {sim.ProjectKey(), create, "project"},
		"creating a key as somebody not an admin": {sim.ViewerKey(), create, ""},
		"listing keys with a project key":         {sim.ProjectKey(), list, "project"},
		"a wrong key":                             {"napi_" + strings.Repeat("0", 64), list, "Authentication failed"},
		"a revoked key":                           {revoked, list, "Authentication failed"},
		"an organization of others":               {sim.PersonalKey(), []string{"api-keys", "list", "--org-id", sim.OtherOrg().OrgID()}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			neon(t, sim, tc.key, tc.args...).fails(t, tc.says)
		})
	}
	t.Cleanup(func() {
		if n := len(sim.Org(sim.OrgID()).APIKeys()); n != keysBefore {
			t.Errorf("%d live keys, want the %d from before", n, keysBefore)
		}
	})
}

func TestCLIChangesPeople(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	org, path := sim.Org(sim.OrgID()), "/organizations/"+sim.OrgID()

	dev, _ := org.Member("dev@example.com")
	var member struct{ ID, Role string }
	neon(t, sim, sim.PersonalKey(), "api", path+"/members/"+dev.ID, "-X", "PATCH", "-F", "role=viewer").succeeds(t, &member)
	if dev, _ = org.Member("dev@example.com"); member.ID != dev.ID || member.Role != "viewer" || dev.Role != "viewer" {
		t.Errorf("answered %+v, and they are %s", member, dev.Role)
	}

	body := `{"invitations":[{"email":"new@example.com","role":"editor"},{"email":"other@example.com","role":"viewer"}]}`
	var invited struct {
		Invitations []struct{ ID, Email, Role string }
	}
	neon(t, sim, sim.PersonalKey(), "api", path+"/invitations", "-X", "POST", "--data", body).succeeds(t, &invited)
	if len(invited.Invitations) != 2 || len(org.Invitations()) != 2 {
		t.Errorf("answered %+v, and open are %+v", invited, org.Invitations())
	}

	neon(t, sim, sim.PersonalKey(), "api", path+"/members/"+dev.ID, "-X", "DELETE").succeeds(t, new(struct{}))
	if _, found := org.Member("dev@example.com"); found {
		t.Error("dev@example.com is still a member")
	}
}

// result is how a call of the tool ended.
type result struct {
	args           []string
	code           int
	stdout, stderr string
}

// neon calls Neon's tool on the simulator.
func neon(t *testing.T, sim *neontest.Server, key string, args ...string) result {
	t.Helper()
	tool, err := filepath.Abs("../../.cache/contract/node_modules/neon/" + entryPoint(t))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{tool, "--no-analytics", "--output", "json"}, args...)...)
	cmd.Dir = t.TempDir() // the tool reads and writes a .neon file in the working directory
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "CI=true", "NO_COLOR=1", "NEON_API_HOST=" + sim.URL(), "NEON_API_KEY=" + key}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return result{args, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// entryPoint is the program that the package says is its command.
func entryPoint(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../.cache/contract/node_modules/neon/package.json")
	if err != nil {
		t.Fatal(err, "(\"make contract\" installs it)")
	}
	var manifest struct{ Bin map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil || manifest.Bin["neon"] == "" {
		t.Fatal("no command \"neon\" in the package:", err)
	}
	return manifest.Bin["neon"]
}

func (r result) String() string {
	return fmt.Sprintf("neon %s: exit code %d\n%s%s", strings.Join(r.args, " "), r.code, r.stdout, r.stderr)
}

// succeeds wants exit code 0, and JSON of the form of into.
func (r result) succeeds(t *testing.T, into any) {
	t.Helper()
	if r.code != 0 {
		t.Fatal(r)
	}
	if err := json.Unmarshal([]byte(r.stdout), into); err != nil {
		t.Fatal(r, err)
	}
}

// fails wants another exit code, nothing on standard output, and an error that says it.
func (r result) fails(t *testing.T, says string) {
	t.Helper()
	if r.code == 0 || r.stdout != "" || !strings.Contains(r.stderr, "ERROR") || !strings.Contains(r.stderr, says) {
		t.Errorf("%v\nwant a failure that says %q", r, says)
	}
}
