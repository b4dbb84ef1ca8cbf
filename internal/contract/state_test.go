//go:build contract

package contract_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// withTerraform runs steps with real Terraform and this provider.
func withTerraform(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"neon": providerserver.NewProtocol6WithError(provider.New("test")()),
		},
		Steps: steps,
	})
}

func configuration(sim *neontest.Server, resources string) string {
	return fmt.Sprintf("provider \"neon\" {\n  api_key  = %q\n  base_url = %q\n  org_id = %q\n}\n%s", sim.PersonalKey(), sim.URL(), sim.OrgID(), resources)
}

// writes counts the requests that change something.
func writes(sim *neontest.Server) int {
	return len(slices.DeleteFunc(sim.Requests(), func(r neontest.Request) bool { return r.Method == "GET" }))
}

// check makes a step's check of something that looks at the simulator only.
func check(f func()) resource.TestCheckFunc {
	return func(*terraform.State) error {
		f()
		return nil
	}
}

// TestStateMadeByTheCLI takes over with Terraform what was made with Neon's tool.
func TestStateMadeByTheCLI(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: time.Millisecond, MaxPageSize: 3})
	cli := func(args ...string) json.RawMessage {
		t.Helper()
		return neon(t, sim, sim.PersonalKey(), args...).succeeds(t)
	}
	var wide, scoped struct{ ID int64 }
	decode(t, cli("api-keys", "create", "--name", "deploy", "--org-id", org), &wide)
	decode(t, cli("api-keys", "create", "--name", "website", "--project-id", website), &scoped)
	cli("api", "/organizations/"+org+"/members/"+devID, "-X", "PATCH", "-F", "role=viewer")
	cli("api", "/organizations/"+org+"/invitations", "-X", "POST", "--data", `{"invitations":[{"email":"new@example.com","role":"editor"},{"email":"guest@example.com","role":"viewer"}]}`)

	resources := func(dev string) string {
		return configuration(sim, `
resource "neon_organization_api_key" "deploy" {
  name = "deploy"
}
resource "neon_organization_api_key" "website" {
  name       = "website"
  project_id = "`+website+`"
}
resource "neon_organization_member" "dev" {
  email = "dev@example.com"
  role  = "`+dev+`"
}
resource "neon_organization_member" "new" {
  email = "new@example.com"
  role  = "editor"
}
resource "neon_organization_invitation" "guest" {
  email = "guest@example.com"
  role  = "viewer"
}
`)
	}
	imports := ""
	for to, id := range map[string]string{
		"neon_organization_api_key.deploy":   org + "/" + itoa(wide.ID),
		"neon_organization_api_key.website":  itoa(scoped.ID),
		"neon_organization_member.dev":       "dev@example.com",
		"neon_organization_member.new":       org + "/new@example.com",
		"neon_organization_invitation.guest": "guest@example.com",
	} {
		imports += fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", to, id)
	}
	before := writes(sim)
	withTerraform(
		t,
		resource.TestStep{
			Config: resources("viewer") + imports,
			Check: check(func() {
				if n := writes(sim) - before; n != 0 {
					t.Errorf("an import of what is there already changed something, %d times", n)
				}
			}),
		},
		resource.TestStep{
			Config: resources("editor"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("neon_organization_member.dev", plancheck.ResourceActionUpdate),
			}},
			Check: check(func() {
				var dev struct{ Role string }
				if decode(t, cli("api", "/organizations/"+org+"/members/"+devID), &dev); dev.Role != "editor" {
					t.Errorf("Neon's tool sees the role %s", dev.Role)
				}
			}),
		},
		resource.TestStep{
			Config: configuration(sim, ""),
			Check: check(func() {
				same(t, cli("api-keys", "list", "--org-id", org), listedKeys(sim))
				for _, key := range sim.APIKeys() {
					if key.ID == wide.ID || key.ID == scoped.ID {
						t.Errorf("key %d still lives", key.ID)
					}
				}
			}),
		},
	)
}

// TestStateSeenByTheCLI looks with Neon's tool at what Terraform has made, and Terraform at what the tool changes.
func TestStateSeenByTheCLI(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: time.Millisecond, MaxPageSize: 3})
	cli := func(args ...string) json.RawMessage {
		t.Helper()
		return neon(t, sim, sim.PersonalKey(), args...).succeeds(t)
	}
	config := configuration(sim, `
resource "neon_organization_api_key" "deploy" {
  name = "deploy"
}
resource "neon_organization_member" "dev" {
  email = "dev@example.com"
  role  = "editor"
}
resource "neon_organization_member" "new" {
  email = "new@example.com"
  role  = "viewer"
}
`)
	var first string
	withTerraform(
		t,
		resource.TestStep{
			Config: config,
			Check: func(s *terraform.State) error {
				made := s.RootModule().Resources["neon_organization_api_key.deploy"].Primary
				first = made.ID
				var keys []struct {
					ID   int64
					Name string
				}
				decode(t, cli("api-keys", "list", "--org-id", org), &keys)
				if !slices.ContainsFunc(keys, func(k struct {
					ID   int64
					Name string
				},
				) bool {
					return itoa(k.ID) == first && k.Name == "deploy"
				}) {
					t.Errorf("Neon's tool does not see key %s in %v", first, keys)
				}
				neon(t, sim, made.Attributes["key"], "orgs", "list").succeeds(t) // with the token of the state
				if open := string(cli("api", "/organizations/"+org+"/invitations")); !strings.Contains(open, `"new@example.com"`) {
					t.Errorf("Neon's tool does not see the invitation in %s", open)
				}
				return nil
			},
		},
		resource.TestStep{
			PreConfig: func() {
				cli("api-keys", "revoke", first, "--org-id", org)
				cli("api", "/organizations/"+org+"/members/"+devID, "-X", "PATCH", "-F", "role=admin")
			},
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("neon_organization_api_key.deploy", plancheck.ResourceActionCreate),
				plancheck.ExpectResourceAction("neon_organization_member.dev", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("neon_organization_member.new", plancheck.ResourceActionNoop),
			}},
			Check: func(s *terraform.State) error {
				if made := s.RootModule().Resources["neon_organization_api_key.deploy"].Primary; made.ID == first || !sim.TokenValid(made.Attributes["key"]) {
					t.Errorf("the state has key %s, once %s", made.ID, first)
				}
				if dev := theMember(t, sim, "dev@example.com"); dev.Role != "editor" {
					t.Errorf("they are %s", dev.Role)
				}
				return nil
			},
		},
	)
}
