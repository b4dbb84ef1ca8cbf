//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// otherProviders have API keys that can come over.
var otherProviders = []string{"kislerdm/neon", "neondatabase/neon", "kenchan0130/neon"}

// oldKey is a key in the state of another provider.
type oldKey struct {
	name     string // of the resource
	forEach  string // its key, if it has one
	key      neontest.APIKey
	idInIt   int64 // the id that the state has
	numberID bool
	more     map[string]any
}

// oldState writes a state as another provider has left it.
func (tf *workspace) oldState(sim *neontest.Server, provider, typ string, version int, keys ...oldKey) {
	tf.t.Helper()
	byName := map[string][]map[string]any{}
	for _, old := range keys {
		attributes := map[string]any{"id": fmt.Sprint(old.idInIt), "name": old.key.Name, "org_id": sim.OrgID(), "project_id": nil, "key": sim.TokenOf(old.key.ID)}
		if old.numberID {
			attributes["id"] = old.idInIt
		}
		if old.key.ProjectID != "" {
			attributes["project_id"] = old.key.ProjectID
		}
		maps.Copy(attributes, old.more)
		instance := map[string]any{"schema_version": version, "attributes": attributes, "sensitive_attributes": []any{}}
		if old.forEach != "" {
			instance["index_key"] = old.forEach
		}
		byName[old.name] = append(byName[old.name], instance)
	}
	resources := []any{}
	for name, instances := range byName {
		resource := map[string]any{
			"mode": "managed", "type": typ, "name": name, "instances": instances,
			"provider": fmt.Sprintf("provider[%q]", tf.version.Registry()+"/"+provider),
		}
		if instances[0]["index_key"] != nil {
			resource["each"] = "map"
		}
		resources = append(resources, resource)
	}
	tf.writeState(resources...)
}

// writeState writes a state with resources.
func (tf *workspace) writeState(resources ...any) {
	tf.t.Helper()
	raw, err := json.Marshal(map[string]any{
		"version": 4, "terraform_version": "1.8.0", "serial": 7, "lineage": "0a1b2c3d-0000-4000-8000-000000000000", "outputs": map[string]any{}, "resources": resources,
	})
	if err != nil {
		tf.t.Fatal(err)
	}
	write(tf.t, filepath.Join(tf.Dir, "terraform.tfstate"), string(raw))
}

// pulled is the state as somebody edits it.
func (tf *workspace) pulled() (state map[string]any) {
	tf.t.Helper()
	if err := json.Unmarshal([]byte(read(tf.t, tf.Dir, "terraform.tfstate")), &state); err != nil {
		tf.t.Fatal(err)
	}
	return state
}

func (tf *workspace) push(state map[string]any) {
	tf.t.Helper()
	raw, err := json.Marshal(state)
	if err != nil {
		tf.t.Fatal(err)
	}
	write(tf.t, filepath.Join(tf.Dir, "pushed.json"), string(raw))
	tf.run("state", "push", "pushed.json")
}

// moves applies a configuration, which must change nothing at Neon, and returns what is printed.
func (tf *workspace) moves() string {
	tf.t.Helper()
	out := tf.run("apply", "-input=false", "-auto-approve")
	if !strings.Contains(out, "Resources: 0 added, 0 changed, 0 destroyed.") {
		tf.t.Errorf("more than a move:\n%s", out)
	}
	return out
}

// taken is a key in the state as it is now.
type taken struct{ Type, ID, Key, CreatedBy string }

// kept are the keys in the state, by the name and the for_each of the resource.
func (tf *workspace) kept() map[string]taken {
	tf.t.Helper()
	resources, err := terraform.ReadState([]byte(read(tf.t, tf.Dir, "terraform.tfstate")))
	if err != nil {
		tf.t.Fatal(err)
	}
	keys := map[string]taken{}
	for _, resource := range resources {
		for _, instance := range resource.Instances {
			name, has := resource.Name, instance.Attributes
			if instance.Index != nil {
				name += fmt.Sprint("/", instance.Index)
			}
			key, _ := has["key"].(string)
			createdBy, _ := has["created_by_id"].(string)
			keys[name] = taken{resource.Type, fmt.Sprint(has["id"]), key, createdBy}
		}
	}
	return keys
}

// example reads a configuration of a guide.
func example(t *testing.T, folder string) string {
	t.Helper()
	return read(t, "examples", "guides", folder, "main.tf")
}

// came checks that keys came over as they are.
func (tf *workspace) came(sim *neontest.Server, keys ...oldKey) {
	tf.t.Helper()
	kept := tf.kept()
	for _, old := range keys {
		name := strings.TrimSuffix(old.name+"/"+old.forEach, "/")
		if got := kept[name]; got.Type != "neon_organization_api_key" || got.ID != fmt.Sprint(old.key.ID) || got.Key != sim.TokenOf(old.key.ID) || got.CreatedBy == "" {
			tf.t.Errorf("%s is now %+v", name, got)
		}
		if !sim.TokenValid(sim.TokenOf(old.key.ID)) {
			tf.t.Errorf("the token of %s does not work any more", name)
		}
	}
	if len(kept) != len(keys) || sim.Count(create)+sim.Count(revoke) != 0 {
		tf.t.Errorf("%d keys are in the state, %d were made and %d revoked", len(kept), sim.Count(create), sim.Count(revoke))
	}
}

// goes checks that the plan after a migration is empty, then that a destroy revokes the keys, and no others.
func (tf *workspace) goes(sim *neontest.Server, keys ...oldKey) {
	tf.t.Helper()
	tf.run("plan", "-input=false", "-detailed-exitcode") // fails unless it is empty
	bystander := sim.AddAPIKey(keys[0].key.Name, keys[0].key.ProjectID)
	tf.run("destroy", "-input=false", "-auto-approve")
	for _, old := range keys {
		if sim.TokenValid(sim.TokenOf(old.key.ID)) {
			tf.t.Errorf("%s is live after the destroy", old.name)
		}
	}
	if !sim.TokenValid(sim.TokenOf(bystander.ID)) {
		tf.t.Error("a key of the same name was revoked")
	}
}

func TestMigratingByMoved(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"kislerdm/neon", "neondatabase/neon"} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond})
			tf := attach(t, sim, "")
			tf.require(8, 12, "moved blocks from one type to another")
			write(t, filepath.Join(tf.Dir, "main.tf"), strings.Replace(example(t, "migrating-by-moved"), "kislerdm/neon", provider, 1))
			ci := sim.AddAPIKey("ci", "")
			website := sim.AddAPIKey("deploy-website", "shiny-wind-12345678")
			warehouse := sim.AddAPIKey("deploy-warehouse", "winter-boat-87654321")
			keys := []oldKey{
				{name: "ci", key: ci, idInIt: ci.ID},
				{name: "deploy", forEach: "website", key: website, idInIt: website.ID},
				{name: "deploy", forEach: "warehouse", key: warehouse, idInIt: warehouse.ID},
			}
			tf.oldState(sim, provider, "neon_org_api_key", 1, keys...)
			tf.Env = append(tf.Env, "NEON_API_KEY="+sim.OrganizationKey(), "NEON_READ_ONLY=true") // good enough, says the guide
			before := tf.pulled()
			if out := tf.moves(); strings.Count(out, "has moved to") != len(keys) || strings.Contains(out, "napi_") {
				t.Errorf("the apply:\n%s", out)
			}
			tf.came(sim, keys...)
			if provider != "kislerdm/neon" {
				return // from here on, it is the same for both
			}
			// There and back again.
			before["serial"] = tf.pulled()["serial"].(float64) + 1
			tf.push(before)
			if now := tf.kept(); now["ci"].Type != "neon_org_api_key" {
				t.Errorf("after going back: %v", now)
			}
			tf.moves()
			tf.came(sim, keys...)
			tf.Env = append(tf.Env, "NEON_API_KEY="+sim.PersonalKey(), "NEON_READ_ONLY=")
			tf.goes(sim, keys...)
		})
	}
}

// A VPC endpoint comes over without a request that changes anything, and a destroy keeps it.
func TestMigratingVPCEndpoints(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond})
	const region, id = "aws-us-east-1", "vpce-0123456789abcdef0"
	sim.AddVPCEndpoint(region, id, "production")
	tf := attach(t, sim, "")
	tf.require(8, 12, "moved blocks from one type to another")
	write(t, filepath.Join(tf.Dir, "main.tf"), example(t, "migrating-vpc-endpoints"))
	tf.writeState(map[string]any{
		"mode": "managed", "type": "neon_vpc_endpoint_assignment", "name": "production",
		"provider": fmt.Sprintf("provider[%q]", tf.version.Registry()+"/kislerdm/neon"),
		"instances": []any{map[string]any{"schema_version": 0, "sensitive_attributes": []any{}, "attributes": map[string]any{
			"id": sim.OrgID() + "/" + region + "/" + id, "org_id": sim.OrgID(), "region_id": region, "vpc_endpoint_id": id, "label": "production",
		}}},
	})
	if out := tf.moves(); !strings.Contains(out, "has moved to") {
		t.Errorf("the apply:\n%s", out)
	}
	tf.run("plan", "-input=false", "-detailed-exitcode") // fails unless it is empty
	tf.run("destroy", "-input=false", "-auto-approve")
	wantOnlyReads(t, sim)
	if left := sim.VPCEndpoints(); len(left) != 1 || left[0].ID != id {
		t.Errorf("left are %v", left)
	}
}

func TestMigratingTheSameType(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*workspace){
		"the provider argument": func(*workspace) {},
		"replace-provider": func(tf *workspace) {
			text, err := os.ReadFile(filepath.Join(tf.Dir, "main.tf"))
			if err != nil {
				tf.t.Fatal(err)
			}
			config := strings.NewReplacer("    neon    = { source = \"kenchan0130/neon\" } # the provider that has the keys now\n", "", "neonorg", "neon").Replace(string(text))
			write(tf.t, filepath.Join(tf.Dir, "main.tf"), config)
			tf.run("state", "replace-provider", "-auto-approve", "kenchan0130/neon", "dcbae579/neon")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond})
			tf := attach(t, sim, "")
			write(t, filepath.Join(tf.Dir, "main.tf"), example(t, "migrating-same-type"))
			ci := sim.AddAPIKey("ci", "")
			keys := []oldKey{{name: "ci", key: ci, idInIt: ci.ID, numberID: true, more: map[string]any{"created_at": "2026-01-02T03:04:05+01:00"}}}
			tf.oldState(sim, "kenchan0130/neon", "neon_organization_api_key", 0, keys...)
			prepare(tf)
			tf.moves()
			tf.came(sim, keys...)
			if name == "the provider argument" { // from here on, it is the same for both
				tf.goes(sim, keys...)
			}
		})
	}
}

// The other provider has taken another key of the name for its own. The plan says so, and the guide's way out
// keeps the token.
func TestMigratingWithTheIDOfAnotherKey(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond})
	tf := attach(t, sim, "")
	tf.require(8, 12, "moved blocks from one type to another")
	write(t, filepath.Join(tf.Dir, "main.tf"), strings.NewReplacer(
		`{ website = "shiny-wind-12345678", warehouse = "winter-boat-87654321" }`, "{}").Replace(example(t, "migrating-by-moved")))
	older := sim.AddAPIKey("ci", "")
	ci := sim.AddAPIKey("ci", "")
	keys := []oldKey{{name: "ci", key: ci, idInIt: older.ID}}
	tf.oldState(sim, "kislerdm/neon", "neon_org_api_key", 1, keys...)
	before := fmt.Sprint(tf.kept())
	for _, args := range [][]string{
		{"plan", "-input=false", "-refresh=false"},
		{"apply", "-input=false", "-auto-approve"},
		{"destroy", "-input=false", "-auto-approve", "-refresh=false"},
	} {
		out, err := tf.try(args...)
		if err == nil || !strings.Contains(out, fmt.Sprintf("Cannot verify the ID of migrated API key \"ci\" (%d)", older.ID)) || !strings.Contains(out, fmt.Sprintf("\"ci\" (%d), created at", ci.ID)) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	if now := fmt.Sprint(tf.kept()); now != before || sim.Count(revoke)+sim.Count(create) != 0 || len(sim.APIKeys()) != 4 {
		t.Errorf("the state was %s and is %s; %d keys were revoked", before, now, sim.Count(revoke))
	}

	// The way out: the state is corrected, as the guide says, and the moved block goes.
	state := tf.pulled()
	state["serial"] = state["serial"].(float64) + 1
	resource := state["resources"].([]any)[0].(map[string]any)
	resource["type"] = "neon_organization_api_key"
	resource["provider"] = fmt.Sprintf("provider[%q]", tf.version.Registry()+"/dcbae579/neon")
	instance := resource["instances"].([]any)[0].(map[string]any)
	instance["schema_version"] = 0
	instance["attributes"].(map[string]any)["id"] = fmt.Sprint(ci.ID)
	tf.push(state)
	config, err := os.ReadFile(filepath.Join(tf.Dir, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	withoutMoved, _, _ := strings.Cut(string(config), "moved {")
	write(t, filepath.Join(tf.Dir, "main.tf"), withoutMoved)
	tf.moves()
	tf.came(sim, keys...)
	tf.goes(sim, keys...)
}
