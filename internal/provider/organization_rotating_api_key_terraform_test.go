package provider_test

import (
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// calendar is a clock that a test sets forward.
type calendar struct{ ahead atomic.Int64 }

func (c *calendar) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *calendar) pass(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *calendar) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	factory, _ := provider.NewAt("test", c.now)
	return map[string]func() (tfprotov6.ProviderServer, error){"neon": providerserver.NewProtocol6WithError(factory())}
}

func TestRotatingKeyLifeCycle(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	sim := simulate(t, func(c *neontest.Config) { c.Now = clock.now })
	const address = rotatingType + ".ci"
	config := func(name, more string) string {
		return asAdmin(sim, fmt.Sprintf("resource %q \"ci\" {\n name = %q\n rotate_after = \"60d\"\n overlap = \"7d\"\n %s\n}\n output \"id\" {\n value = %s.key_id\n}", rotatingType, name, more, address))
	}
	before := len(sim.APIKeys())
	var first, second string
	alive := func(name string, ids ...*string) resource.TestCheckFunc {
		return func(s *terraform.State) error {
			keys, attributes := liveKeys(sim, name), s.RootModule().Resources[address].Primary.Attributes
			if len(keys) != len(ids) {
				return fmt.Errorf("live: %v", keys)
			}
			for i, id := range ids {
				if live := strconv.FormatInt(keys[i].ID, 10); *id == "" {
					*id = live
				} else if *id != live {
					return fmt.Errorf("live: %v, want %s", keys, *id)
				}
			}
			if attributes["key_id"] != *ids[len(ids)-1] || !sim.TokenValid(attributes["key"]) || s.RootModule().Outputs["id"].Value != attributes["key_id"] {
				return fmt.Errorf("state: %v", attributes)
			}
			return nil
		}
	}
	updates := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: clock.factories(), Steps: []resource.TestStep{
		{
			Config: config("ci", ""),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("org_id"), knownvalue.StringExact(sim.OrgID())),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("key"), knownvalue.StringRegexp(regexp.MustCompile(`^napi_[a-z0-9]{64}$`))),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("created_by_id"), knownvalue.StringExact(sim.Members()[0].UserID)),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("unrevoked_key_ids"), knownvalue.SetExact(nil)),
			},
			Check: alive("ci", &first),
		},
		{PreConfig: func() { clock.pass(60 * day) }, Config: config("ci", ""), ConfigPlanChecks: updates(plancheck.ResourceActionUpdate), Check: alive("ci", &first, &second)},
		{
			ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "key_id",
			ImportStateIdFunc: func(*terraform.State) (string, error) { return sim.OrgID() + "/" + second, nil },
			// What only this resource knows; the simulator's clock is a second or two behind.
			ImportStateVerifyIgnore: []string{"key", "overlap", "rotated_at", "next_rotation_at", "previous_key_id", "previous_key_revocation_at"},
		},
	}})
	if len(sim.APIKeys()) != before {
		t.Errorf("after the destroy these keys are live: %v", sim.APIKeys())
	}
}

func TestRotatingKeyMovedFromAKey(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	sim := simulate(t, func(c *neontest.Config) { c.Now = clock.now })
	const from, to = keyType + ".ci", rotatingType + ".ci"
	moved := fmt.Sprintf("moved {\n from = %s\n to = %s\n}\n", from, to)
	block := func(more string) string {
		return asAdmin(sim, moved+fmt.Sprintf("resource %q \"ci\" {\n name = \"ci\"\n rotation_triggers = { a = \"b\" }\n %s\n}", rotatingType, more))
	}
	var id int64
	var token string
	same := func(s *terraform.State) error {
		attributes := s.RootModule().Resources[to].Primary.Attributes
		if keys := liveKeys(sim, "ci"); len(keys) != 1 || keys[0].ID != id || attributes["key"] != token || attributes["key_id"] != strconv.FormatInt(id, 10) ||
			attributes["rotated_at"] != keys[0].CreatedAt.Format(time.RFC3339) {
			return fmt.Errorf("live: %v, state: %v", keys, attributes)
		}
		return nil
	}
	action := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(to, action)}}
	}
	needs := []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)} // moved blocks across types
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: clock.factories(), TerraformVersionChecks: needs, Steps: []resource.TestStep{
		{
			Config: asAdmin(sim, fmt.Sprintf("resource %q \"ci\" {\n name = \"ci\"\n rotation_triggers = { a = \"b\" }\n}", keyType)),
			Check: func(s *terraform.State) error {
				id, token = liveKeys(sim, "ci")[0].ID, s.RootModule().Resources[from].Primary.Attributes["key"]
				return nil
			},
		},
		{PreConfig: func() { clock.pass(20 * day) }, Config: block(`rotate_after = "60d"`), ConfigPlanChecks: action(plancheck.ResourceActionNoop), Check: same},
		{
			PreConfig: func() { clock.pass(10 * day) }, Config: block(`rotate_after = "30d"`), ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check: func(s *terraform.State) error {
				if keys := liveKeys(sim, "ci"); len(keys) != 2 || !sim.TokenValid(token) || s.RootModule().Resources[to].Primary.Attributes["key"] == token {
					return fmt.Errorf("live: %v", keys)
				}
				return nil
			},
		},
	}})
}
