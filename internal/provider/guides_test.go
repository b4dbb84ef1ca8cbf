package provider_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// guides are the configurations of the guides, by their folder in examples/guides, with a test for each. It
// gets the text of all the folder's .tf files; the environment points the provider at the simulator.
var guides = map[string]func(t *testing.T, sim *neontest.Server, config string){
	"import-existing": guideImportExisting,
}

func TestExamplesOfGuides(t *testing.T) { // not parallel: the environment is the process's
	root := filepath.Join("..", "..", "examples", "guides")
	texts := map[string]string{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" {
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
	for folder := range texts {
		if guides[folder] == nil {
			t.Errorf("examples/guides/%s has no test", folder)
		}
	}
	for folder, test := range guides {
		t.Run(folder, func(t *testing.T) {
			sim := simulate(t)
			inEnvironment(t, sim)
			test(t, sim, unsourced(t, texts[folder]))
		})
	}
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
	accept(t, resource.TestStep{
		Config:            config,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("imports", knownvalue.StringFunc(check))},
	})
}
