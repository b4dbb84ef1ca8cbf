//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// TestImportOfWhatIsThere goes the way of the guide, with its configuration and its commands: the import
// blocks come from the data sources, the configuration from "terraform plan -generate-config-out".
func TestImportOfWhatIsThere(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond, MaxPageSize: 3})
	sim.AddAPIKey("same", "")
	sim.AddAPIKey("same", sim.Projects()[0].ID)
	sim.AddInvitation("new@example.com", "viewer")
	sim.AddInvitation("guest@partner.example", "viewer")
	sim.SetRole("data@example.com", "member") // the old name of editor
	keys, members := sim.APIKeys(), sim.Members()

	recipe, err := os.ReadFile(filepath.Join("examples", "guides", "import-existing", "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	organizationKey := "NEON_API_KEY=" + sim.OrganizationKey() // good enough, says the guide
	reading := attach(t, sim, "")
	reading.Env = append(reading.Env, organizationKey)
	write(t, filepath.Join(reading.Dir, "main.tf"), string(recipe))
	reading.run("apply", "-auto-approve", "-input=false")
	imports := reading.run("output", "-raw", "imports")
	// The guide takes everybody as a member; the guest becomes an invitation instead.
	imports = strings.Replace(imports, "neon_organization_member.person_guest", "neon_organization_invitation.person_guest", 1)

	tf := attach(t, sim, "")
	tf.Env = append(tf.Env, organizationKey)
	tf.adopt(imports, len(keys)+len(members)+2)
	if now := sim.APIKeys(); len(now) != len(keys) {
		t.Errorf("the API keys are now %v", now)
	}
	if now := sim.Members(); !slices.EqualFunc(now, members, func(a, b neontest.Member) bool { return a.ID == b.ID && a.Role == b.Role }) {
		t.Errorf("the members are now %v", now)
	}
	wantOnlyReads(t, sim)
	if state := read(t, tf.Dir, "terraform.tfstate"); strings.Count(state, `"type": "neon_organization_api_key"`) < len(keys) || strings.Count(state, `"key": null`) < len(keys) {
		t.Errorf("not every imported key has key = null:\n%s", state)
	}
}

// TestImportOfOthers imports what the guide's recipe does not: the exclusive list, and a key that is to rotate.
func TestImportOfOthers(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond, MaxPageSize: 3})
	sim.AddInvitation("new@example.com", "viewer")
	nightly := sim.AddAPIKey("nightly", "")
	tf := attach(t, sim, "")
	tf.adopt(fmt.Sprintf("import {\n  to = neon_organization_members_exclusive.this\n  id = %q\n}\n", sim.OrgID())+
		fmt.Sprintf("import {\n  to = neon_organization_rotating_api_key.this\n  id = \"%s/%d\"\n}\n", sim.OrgID(), nightly.ID), 2)
	wantOnlyReads(t, sim)
}

func wantOnlyReads(t *testing.T, sim *neontest.Server) {
	t.Helper()
	for _, request := range sim.Requests() {
		if request.Method != "GET" {
			t.Errorf("sent: %s %s", request.Method, request.Path)
		}
	}
}

// TestQueryOfWhatIsThere goes the guide's other way, with Terraform from 1.14 on.
func TestQueryOfWhatIsThere(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond, MaxPageSize: 3, ExtraMembers: 110})
	sim.AddAPIKey("same", sim.Projects()[0].ID)
	sim.AddInvitation("new@example.com", "viewer")
	tf := attach(t, sim, "")
	if out, err := tf.try("query", "-help"); err != nil {
		t.Skipf("this Terraform has no query command: %v\n%s", err, out)
	}
	query, err := os.ReadFile(filepath.Join("examples", "guides", "import-by-query", "existing.tfquery.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(tf.Dir, "existing.tfquery.hcl"), string(query))
	sim.ResetRequests()
	found := tf.run("query", "-generate-config-out=generated.tf")
	for _, title := range []string{"lead@example.com (admin)", "new@example.com (viewer, pending)", "pull-requests (1734101)"} {
		if !strings.Contains(found, title) {
			t.Errorf("no %q in:\n%s", title, found)
		}
	}
	if keys, invitations := sim.Count("GET /organizations/{org_id}/api_keys"), sim.Count("GET /organizations/{org_id}/invitations"); keys != 1 || invitations != 1 {
		t.Errorf("the API keys were listed %d times, the invitations %d times", keys, invitations)
	}
	plan := tf.run("plan", "-input=false")
	tf.unchanged(plan, len(sim.APIKeys())+len(sim.Members())+1)
}

// adopt imports what import blocks name, with a configuration that Terraform writes: nothing changes, neither then nor in
// the next plan.
func (tf *workspace) adopt(imports string, objects int) {
	tf.t.Helper()
	write(tf.t, filepath.Join(tf.Dir, "imports.tf"), imports)
	tf.unchanged(tf.run("plan", "-input=false", "-generate-config-out=generated.tf"), objects)
}

// unchanged checks that a plan imports that many objects and changes nothing, and then that applying it is all.
func (tf *workspace) unchanged(plan string, objects int) {
	tf.t.Helper()
	want := fmt.Sprintf("Plan: %d to import, 0 to add, 0 to change, 0 to destroy.", objects)
	if !strings.Contains(plan, want) {
		tf.t.Errorf("no %q in:\n%s", want, plan)
	}
	tf.run("apply", "-auto-approve", "-input=false")
	tf.run("plan", "-input=false", "-detailed-exitcode") // fails unless it is empty
}
