package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// TestLifeCycles takes an object of every type through a real Terraform, all in one configuration, because each Terraform
// costs more than all that the provider does: created, updated or replaced, destroyed, with an empty plan after each
// apply. TestExamplesOfImportBlocks imports them. All else in their lives needs no Terraform, and has its tests in
// virtual time: see life_test.go. Beside the exclusive list there can be no other resource for people, so it has its own.
func TestLifeCycles(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	sim := simulate(t, func(c *neontest.Config) { c.Now = clock.now })
	sim.AddMember(guest, "collaborator")
	for typ := range admin(t, sim, nil).schema.ResourceSchemas {
		if block := fmt.Sprintf("resource %q \"it\"", typ); !strings.Contains(lifeCycleBefore, block) && typ != listType {
			t.Errorf("there is no %s", block)
		}
	}
	a := attach(t, clock.factories())
	at := func(typ, attribute string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(typ+".it", tfjsonpath.New(attribute), value)
	}
	// works fails unless that many keys of a name live, and the last one is that of the state.
	works := func(typ, id, name string, count int) error {
		keys, kept := liveKeys(sim, name), a.attributes(typ+".it")
		if len(keys) != count || kept[id] != fmt.Sprint(keys[count-1].ID) || !sim.TokenValid(kept["key"].(string)) {
			return fmt.Errorf("live: %v, in the state: %v", keys, kept[id])
		}
		return nil
	}
	// live fails unless that many keys live beside those that were there before.
	others := len(sim.APIKeys())
	live := func(count int) error {
		if keys := sim.APIKeys(); len(keys) != others+count {
			return fmt.Errorf("live: %v", keys)
		}
		return nil
	}
	var first neontest.APIKey // of the rotating one
	lead := sim.Members()[0].UserID
	a.applies(
		func() error {
			if _, still := sim.Member("new@example.com"); still || len(sim.Members()) != 6 || len(sim.VPCEndpoints()) > 0 || sim.SpendingLimit() != nil {
				return fmt.Errorf("left: %v, %v, %v", sim.Members(), sim.VPCEndpoints(), sim.SpendingLimit())
			}
			return firstError(wantKeys(sim), wantGranted(sim, map[string]string{}))
		},
		step{
			config: asAdmin(sim, lifeCycleBefore),
			holds: func() error {
				if err := works(rotatingType, "key_id", "nightly", 1); err != nil {
					return err
				}
				first = liveKeys(sim, "nightly")[0]
				return firstError(works(keyType, "id", "ci", 1), live(2),
					wantInvitation(sim, "new@example.com", "viewer"), wantInvitation(sim, "invited@example.com", "member"),
					wantGranted(sim, map[string]string{guest: "viewer"}), wantNetworks(sim, 5000, vpce1+"=main"))
			},
			checks: []statecheck.StateCheck{
				at(keyType, "org_id", text(sim.OrgID())), at(keyType, "project_id", knownvalue.Null()), at(keyType, "created_by_id", text(lead)),
				at(rotatingType, "org_id", text(sim.OrgID())), at(rotatingType, "created_by_id", text(lead)), at(rotatingType, "unrevoked_key_ids", knownvalue.SetExact(nil)),
				at(memberType, "status", text("pending")), at(memberType, "member_id", knownvalue.Null()), at(memberType, "invitation_id", knownvalue.NotNull()),
				at(invitationType, "status", text("pending")), at(grantType, "effective_role", text("viewer")),
			},
		},
		step{ // an invitation that is accepted is no drift; time is enough for a rotation
			before: func() {
				clock.pass(60 * day)
				if err := sim.Accept("new@example.com"); err != nil {
					t.Error(err)
				}
			},
			config: asAdmin(sim, lifeCycleAfter),
			actions: map[string]string{
				keyType + ".it": "replace", rotatingType + ".it": "update", memberType + ".it": "update", invitationType + ".it": "replace",
				grantType + ".it": "update", limitType + ".it": "update", endpointType + ".it": "update",
			},
			holds: func() error {
				if !slices.Contains(sim.APIKeys(), first) { // the overlap has begun
					return fmt.Errorf("live: %v", sim.APIKeys())
				}
				return firstError(works(keyType, "id", "deploy", 1), works(rotatingType, "key_id", "nightly", 2), wantKey(sim, "deploy", website), live(3),
					wantRole(sim, "new@example.com", "editor"), wantInvitation(sim, "invited@example.com", "viewer"),
					wantGranted(sim, map[string]string{guest: "editor"}), wantNetworks(sim, 9000, vpce1+"=other"))
			},
			checks: []statecheck.StateCheck{
				at(memberType, "status", text("active")), at(memberType, "member_id", knownvalue.NotNull()), at(memberType, "user_id", knownvalue.NotNull()),
				at(memberType, "joined_at", knownvalue.NotNull()), at(invitationType, "status", text("pending")), at(grantType, "effective_role", text("editor")),
				statecheck.ExpectKnownOutputValue("rotating", knownvalue.StringFunc(func(id string) error {
					if id != a.attributes(rotatingType + ".it")["key_id"] {
						return fmt.Errorf("the output is %s", id)
					}
					return nil
				})),
			},
		},
	)
}

const lifeCycleBefore = `
resource "neon_organization_api_key" "it" { name = "ci" }
resource "neon_organization_rotating_api_key" "it" {
  name         = "nightly"
  rotate_after = "60d"
  overlap      = "7d"
}
output "rotating" { value = neon_organization_rotating_api_key.it.key_id }
resource "neon_organization_member" "it" {
  email = "new@example.com"
  role  = "viewer"
}
resource "neon_organization_invitation" "it" {
  email = "invited@example.com"
  role  = "member"
}
resource "neon_project_member_role" "it" {
  project_id = "shiny-wind-12345678"
  email      = "guest@partner.example"
  role       = "viewer"
}
resource "neon_organization_spending_limit" "it" {
  cents      = 5000
  on_destroy = "remove"
}
resource "neon_organization_vpc_endpoint" "it" {
  region_id       = "aws-us-east-1"
  vpc_endpoint_id = "vpce-0000000000000001"
  label           = "main"
  on_destroy      = "delete"
}
`

var lifeCycleAfter = strings.NewReplacer(
	`{ name = "ci" }`, "{\n  name       = \"deploy\"\n  project_id = \"shiny-wind-12345678\"\n}",
	`role  = "viewer"`, `role  = "editor"`,
	`role  = "member"`, `role  = "viewer"`,
	`role       = "viewer"`, `role       = "editor"`,
	"5000", "9000",
	`"main"`, `"other"`,
).Replace(lifeCycleBefore)
