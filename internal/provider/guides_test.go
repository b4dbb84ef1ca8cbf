package provider_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// guides are the configurations of the guides, by their folder in examples/guides, with a test for each. (Those of
// guides that show what Terraform prints are in TestGuides of internal/e2e instead.) It
// gets the text of all the folder's .tf files; the environment points the provider at the simulator.
var guides = map[string]func(t *testing.T, sim *neontest.Server, config string){
	"import-by-query": guideImportByQuery,
	"import-existing": guideImportExisting,
	"import-people":   guideImportPeople,
	"keys-in-ci":      guideKeysInCI,
}

func TestExamplesOfGuides(t *testing.T) { // not parallel: the environment is the process's
	root := filepath.Join("..", "..", "examples", "guides")
	texts := map[string]string{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" || filepath.Base(path) == "backend.tf" { // the workflows' tests have one
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		texts[filepath.ToSlash(folder)] += string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var elsewhere strings.Builder // with real processes
	for _, file := range []string{"guides_test.go", "migrating_test.go"} {
		text, err := os.ReadFile(filepath.Join("..", "e2e", file))
		if err != nil {
			t.Fatal(err)
		}
		elsewhere.Write(text)
	}
	for folder := range texts {
		if guides[folder] == nil && !strings.Contains(elsewhere.String(), fmt.Sprintf("%q", folder)) {
			t.Errorf("examples/guides/%s has no test", folder)
		}
	}
	for folder, test := range guides {
		t.Run(folder, func(t *testing.T) {
			sim := simulate(t)
			inEnvironment(t, sim)
			test(t, sim, texts[folder])
		})
	}
}

// The query itself is in a .tfquery.hcl file.
func guideImportByQuery(t *testing.T, sim *neontest.Server, config string) {
	t.Helper()
	sim.AddInvitation("new@example.com", "viewer")
	const people, keys = "neon_organization_member.people", "neon_organization_api_key.keys"
	a := attach(t, factories())
	if out, err := a.try("query", "-help"); err != nil {
		t.Skipf("this Terraform has no query command: %v\n%s", err, out)
	}
	a.writes("existing.tfquery.hcl", exampleFile(t, "guides", "import-by-query", "existing.tfquery.hcl"))
	a.applies(nil, step{config: config})
	found := a.run("query")
	for _, line := range []string{
		"list.neon_organization_member.people email=dev@example.com,org_id=org-example-12345678 dev@example.com (editor)",
		"list.neon_organization_member.people email=new@example.com,org_id=org-example-12345678 new@example.com (viewer, pending)",
		"list.neon_organization_api_key.keys id=1734101,org_id=org-example-12345678 pull-requests (1734101)",
	} {
		if !strings.Contains(found, line) {
			t.Errorf("no %q in: %s", line, found)
		}
	}
	for list, want := range map[string]int{people: 6, keys: 2} {
		if n := strings.Count(found, "list."+list); n != want {
			t.Errorf("%s: %d are listed, want %d: %s", list, n, want, found)
		}
	}
}

func guideImportPeople(t *testing.T, sim *neontest.Server, config string) {
	t.Helper()
	const forget = "provider \"neon\" {}\nremoved {\n  from = neon_organization_member.people\n  lifecycle {\n    destroy = false\n  }\n}\n"
	a := attach(t, factories())
	a.needs(7, 7, "removed blocks")
	a.applies(
		nil,
		step{config: config, says: []string{fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", len(sim.Members()))}},
		step{config: forget, holds: func() error { return wantRole(sim, "dev@example.com", "editor") }},
	)
}

func guideImportExisting(t *testing.T, sim *neontest.Server, config string) {
	t.Helper()
	sim.AddAPIKey(`Über "${alles}"`, "")
	sim.AddAPIKey("same", "")
	sim.AddAPIKey("same", "")
	sim.AddInvitation("new.one@example.com", "viewer")
	sim.AddInvitation("new-one@example.com", "viewer")
	check := func(imports string) error {
		for _, key := range sim.APIKeys() {
			if n := strings.Count(imports, fmt.Sprintf("\"%s/%d\"", sim.OrgID(), key.ID)); n != 1 {
				return fmt.Errorf("the key %d is imported %d times:\n%s", key.ID, n, imports)
			}
		}
		for _, line := range []string{
			"  to = neon_organization_api_key.key_pull_requests_1734101\n",
			"  to = neon_organization_member.person_lead_example_com\n  id = \"org-example-12345678/lead@example.com\"\n",
			"  to = neon_organization_member.person_new_one_example_com\n  id = \"org-example-12345678/new-one@example.com\"\n",
			"  to = neon_organization_member.person_new_one_example_com__2\n  id = \"org-example-12345678/new.one@example.com\"\n",
		} {
			if strings.Count(imports, line) != 1 {
				return fmt.Errorf("no %q in:\n%s", line, imports)
			}
		}
		return nil
	}
	a := applied(t, nil, step{config: config})
	if err := check(a.output("imports")); err != nil {
		t.Error(err)
	}
}
