package provider_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// source is a state of another provider, as Terraform hands it over.
type source struct {
	address, typ string
	version      int64
	attributes   map[string]any
}

// byName is the state of a provider that finds keys by name.
func byName(sim *neontest.Server, key neontest.APIKey, id int64) source {
	return source{"registry.terraform.io/kislerdm/neon", "neon_org_api_key", 1, map[string]any{
		"id": fmt.Sprint(id), "org_id": sim.OrgID(), "name": key.Name, "project_id": key.ProjectID, "key": sim.TokenOf(key.ID),
	}}
}

// move moves a state to a type of ours.
func (p *process) move(from source, to string) (state, messages) {
	p.t.Helper()
	raw, err := json.Marshal(from.attributes)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := p.server.MoveResourceState(p.t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: from.address, SourceTypeName: from.typ, SourceSchemaVersion: from.version,
		SourceState: &tfprotov6.RawState{JSON: raw}, TargetTypeName: to,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	valueType := p.schema.ResourceSchemas[to].ValueType()
	moved := state{value: tftypes.NewValue(valueType, nil), private: resp.TargetPrivate}
	if resp.TargetState != nil {
		if moved.value, err = resp.TargetState.Unmarshal(valueType); err != nil {
			p.t.Fatal(err)
		}
	}
	return moved, resp.Diagnostics
}

func TestAPIKeyMovesFromOtherProviders(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*source){
		"kislerdm":                       func(*source) {},
		"neondatabase":                   func(s *source) { s.address = "registry.terraform.io/neondatabase/neon" },
		"a mirror":                       func(s *source) { s.address = "registry.example.com/acme/neon" },
		"our own address":                func(s *source) { s.address = "registry.terraform.io/dcbae579/neon" },
		"another registry":               func(s *source) { s.address = "registry.opentofu.org/kislerdm/neon" },
		"an older schema":                func(s *source) { s.version = 0 },
		"no project":                     func(s *source) { s.attributes["project_id"] = nil },
		"attributes that we do not know": func(s *source) { s.attributes["timeouts"] = map[string]any{"create": "5m"} },
		"a number as id":                 func(s *source) { s.attributes["id"] = json.Number(s.attributes["id"].(string)) },
		"a type of our own type's name":  func(s *source) { s.typ, s.address, s.version = keyType, "registry.terraform.io/kenchan0130/neon", 0 },
		"attributes that are not there":  func(s *source) { delete(s.attributes, "project_id") },
		"with the time when it was made": func(s *source) { s.attributes["created_at"] = "2026-01-02T03:04:05+01:00" },
		"made before a token was kept":   func(s *source) { s.attributes["key"] = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			made := sim.AddAPIKey("ci", "")
			from := byName(sim, made, made.ID)
			change(&from)
			process := admin(t, sim, nil)
			moved, diags := process.move(from, keyType)
			diags.none(t)
			if strings.Contains(string(moved.private), "napi_") {
				t.Errorf("the private data has the token: %s", moved.private)
			}
			read, diags := process.read(keyType, moved)
			diags.none(t)
			token, _ := from.attributes["key"].(string)
			if read.get(t, "key") != token || read.get(t, "id") != fmt.Sprint(made.ID) || read.get(t, "name") != "ci" || read.get(t, "created_by_id") == "" {
				t.Errorf("after the move: %v", read.value)
			}
			if at, ok := from.attributes["created_at"]; ok && read.get(t, "created_at") != at {
				t.Errorf("created_at is %s", read.get(t, "created_at"))
			}
			config := object{"name": "ci", "org_id": sim.OrgID()}
			planned := process.plan(keyType, &read, config)
			planned.none(t)
			if !planned.isEmpty() {
				t.Errorf("the plan is %v, and replaces because of %v", planned.planned.value, planned.replace)
			}
			// Another key of that name does not matter any more: the id is checked.
			other := sim.AddAPIKey("ci", "")
			destroy := admin(t, sim, nil).plan(keyType, &read, nil)
			destroy.none(t)
			_, diags = admin(t, sim, nil).apply(destroy)
			diags.none(t)
			if keys := liveKeys(sim, "ci"); len(keys) != 1 || keys[0].ID != other.ID {
				t.Errorf("after the destroy, live are %v", keys)
			}
		})
	}
}

func TestAPIKeyMoveRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(*source)
		summary string
		parts   []string
	}{
		"another type":      {func(s *source) { s.typ = "neon_api_key" }, "Cannot move a neon_api_key here", []string{"kislerdm/neon", "import"}},
		"no id":             {func(s *source) { s.attributes["id"] = "" }, "Cannot move the API key", []string{"import"}},
		"an id like a path": {func(s *source) { s.attributes["id"] = "1/../2" }, "Cannot move the API key", nil},
		"no organization":   {func(s *source) { delete(s.attributes, "org_id") }, "Cannot move the API key", nil},
		"no name":           {func(s *source) { s.attributes["name"] = nil }, "Cannot move the API key", nil},
		"another form":      {func(s *source) { s.attributes["name"] = []string{"ci"} }, "Cannot move the API key", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			made := sim.AddAPIKey("ci", "")
			from := byName(sim, made, made.ID)
			test.change(&from)
			moved, diags := admin(t, sim, nil).move(from, keyType)
			diags.wantError(t, test.summary, test.parts...)
			if !moved.value.IsNull() || strings.Contains(diags.String(), "napi_") {
				t.Errorf("%v, %s", moved.value, diags)
			}
		})
	}
}

// The other provider takes the first key of a name for the one that it has made. Then nothing is adopted, and
// nothing is revoked, whatever is planned or applied, with a refresh or without.
func TestAPIKeyMovedWithTheIDOfAnother(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		others func(*neontest.Server, neontest.APIKey) (id int64) // makes the other keys, and tells the id in the state
		parts  []string
	}{
		"an older key of the name": {func(sim *neontest.Server, _ neontest.APIKey) int64 {
			return sim.AddAPIKey("ci", "shiny-wind-12345678").ID
		}, []string{"several"}},
		"the right one of several": {func(sim *neontest.Server, made neontest.APIKey) int64 {
			sim.AddAPIKey("ci", "shiny-wind-12345678")
			return made.ID
		}, []string{"several"}},
		"another project's":     {func(sim *neontest.Server, _ neontest.APIKey) int64 { return sim.AddAPIKey("ci", "").ID }, []string{"another name or project"}},
		"a key of another name": {func(sim *neontest.Server, _ neontest.APIKey) int64 { return sim.AddAPIKey("deploy", "").ID }, []string{"another name or project", `"deploy"`}},
		"a key that is gone":    {func(*neontest.Server, neontest.APIKey) int64 { return 1 }, []string{"no live key has the ID"}},
		"ours is gone, not theirs": {func(sim *neontest.Server, made neontest.APIKey) int64 {
			sim.RevokeAPIKey(made.ID)
			return sim.AddAPIKey("ci", "").ID
		}, []string{"another name or project"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			made := sim.AddAPIKey("ci", "shiny-wind-12345678")
			id := test.others(sim, made)
			before := fmt.Sprint(sim.APIKeys())
			process := admin(t, sim, nil)
			moved, diags := process.move(byName(sim, made, id), keyType)
			diags.none(t)
			parts := append([]string{fmt.Sprint(id), "Migrate from other Neon providers", "terraform state rm"}, test.parts...)
			for _, key := range liveKeys(sim, "ci") {
				parts = append(parts, fmt.Sprintf("    \"ci\" (%d)", key.ID))
			}
			summary := fmt.Sprintf("Cannot verify the ID of migrated API key \"ci\" (%d)", id)
			read, diags := process.read(keyType, moved)
			diags.wantError(t, summary, parts...)
			if !read.value.Equal(moved.value) {
				t.Errorf("the state is now %v", read.value)
			}
			for what, config := range map[string]object{
				"keep":    {"name": "ci", "project_id": "shiny-wind-12345678"},
				"replace": {"name": "other"},
				"destroy": nil,
			} {
				p := admin(t, sim, nil)
				planned := p.plan(keyType, &moved, config) // without a refresh
				planned.wantError(t, summary, parts...)
				if what == "destroy" {
					kept, diags := p.apply(planned)
					diags.wantError(t, summary, parts...)
					if !kept.value.Equal(moved.value) {
						t.Errorf("the state is now %v", kept.value)
					}
				}
			}
			if after := fmt.Sprint(sim.APIKeys()); after != before {
				t.Errorf("the keys were %s, and are %s", before, after)
			}
		})
	}
}

// A moved key that is really gone is made again, as any other.
func TestAPIKeyMovedAndGone(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := sim.AddAPIKey("ci", "")
	from := byName(sim, made, made.ID)
	sim.RevokeAPIKey(made.ID)
	process := admin(t, sim, nil)
	moved, diags := process.move(from, keyType)
	diags.none(t)
	read, diags := process.read(keyType, moved)
	diags.wantWarning(t, "Revoked outside of Terraform", "ci")
	if !read.value.IsNull() {
		t.Errorf("the state is %v", read.value)
	}
}

// While Neon cannot be asked, a moved key stays unchecked.
func TestAPIKeyMovedWhileTheProviderIsUnknown(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := sim.AddAPIKey("ci", "")
	from := byName(sim, made, sim.AddAPIKey("ci", "").ID)
	moved, diags := admin(t, sim, nil).move(from, keyType)
	diags.none(t)
	read, diags := admin(t, sim, object{"api_key": unknown}).read(keyType, moved)
	diags.wantWarning(t, "Refresh skipped: ")
	_, diags = admin(t, sim, nil).read(keyType, read)
	diags.wantError(t, "Cannot verify the ID of migrated")
	if text := diags.String(); strings.Contains(text, "napi_") {
		t.Errorf("a message has the token:\n%s", text)
	}
	sim.AddFault(neontest.Fault{Route: "GET " + keysRoute, Kind: neontest.FaultStatus, Status: 403, N: -1})
	_, diags = admin(t, sim, nil).read(keyType, read)
	diags.wantError(t, `Cannot check the API key "ci"`, "HTTP 403")
}

// A state of a type of our own type's name decodes as it is: that is all that terraform state replace-provider does.
func TestAPIKeyStateOfAnotherProviderDecodes(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := sim.AddAPIKey("ci", "shiny-wind-12345678")
	process := admin(t, sim, nil)
	raw := fmt.Sprintf(`{"id": %d, "org_id": %q, "name": "ci", "project_id": "shiny-wind-12345678", "key": %q, "created_at": "2026-01-02T03:04:05+01:00", "unknown": {"a": [1]}}`,
		made.ID, sim.OrgID(), sim.TokenOf(made.ID))
	resp, err := process.server.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: keyType, Version: 0, RawState: &tfprotov6.RawState{JSON: []byte(raw)}})
	if err != nil {
		t.Fatal(err)
	}
	messages(resp.Diagnostics).none(t)
	value, err := resp.UpgradedState.Unmarshal(process.schema.ResourceSchemas[keyType].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	read, diags := process.read(keyType, state{value: value})
	diags.none(t)
	planned := process.plan(keyType, &read, object{"name": "ci", "project_id": "shiny-wind-12345678"})
	planned.none(t)
	if !planned.isEmpty() || read.get(t, "id") != fmt.Sprint(made.ID) || read.get(t, "key") != sim.TokenOf(made.ID) || read.get(t, "created_at") != "2026-01-02T03:04:05+01:00" {
		t.Errorf("after the read: %v, planned: %v", read.value, planned.planned.value)
	}
}

// The rotating key takes over what is checked only.
func TestRotatingKeyDoesNotTakeOverAnUncheckedKey(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := sim.AddAPIKey("ci", "")
	process := admin(t, sim, nil)
	moved, diags := process.move(byName(sim, made, made.ID), keyType)
	diags.none(t)
	read, diags := process.read(keyType, moved)
	diags.none(t)
	for _, test := range []struct {
		private []byte
		refused bool
	}{{moved.private, true}, {read.private, false}} {
		resp, err := process.server.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
			SourceProviderAddress: "registry.terraform.io/dcbae579/neon", SourceTypeName: keyType, SourcePrivate: test.private, TargetTypeName: rotatingType,
			SourceState: &tfprotov6.RawState{JSON: fmt.Appendf(nil, `{"id": "%d", "org_id": %q, "name": "ci"}`, made.ID, sim.OrgID())},
		})
		if err != nil {
			t.Fatal(err)
		}
		if refused := len(messages(resp.Diagnostics).errors()) > 0; refused != test.refused {
			t.Errorf("refused: %t\n%s", refused, messages(resp.Diagnostics))
		}
	}
}
