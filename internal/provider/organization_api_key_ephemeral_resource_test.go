package provider_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// opened is what Terraform keeps of an ephemeral resource until it closes it.
type opened struct {
	state
	messages
}

// open validates an ephemeral API key and opens it. As in Terraform, nothing of it is there after an error.
func (p *process) open(config object) opened {
	p.t.Helper()
	valueType := p.schema.EphemeralResourceSchemas[keyType].ValueType()
	value := p.dynamic(valueType, p.value(valueType, config))
	valid, err := p.server.ValidateEphemeralResourceConfig(p.t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: keyType, Config: value})
	if err != nil {
		p.t.Fatal(err)
	}
	if diags := messages(valid.Diagnostics); len(diags.errors()) > 0 {
		return opened{state{value: tftypes.NewValue(valueType, nil)}, diags}
	}
	resp, err := p.server.OpenEphemeralResource(p.context(), &tfprotov6.OpenEphemeralResourceRequest{
		TypeName: keyType, Config: value, ClientCapabilities: &tfprotov6.OpenEphemeralResourceClientCapabilities{},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	diags := append(messages(valid.Diagnostics), resp.Diagnostics...)
	if len(diags.errors()) > 0 {
		return opened{state{value: tftypes.NewValue(valueType, nil)}, diags}
	}
	result, err := resp.Result.Unmarshal(valueType)
	if err != nil {
		p.t.Fatal(err)
	}
	if !result.IsFullyKnown() {
		p.t.Errorf("not fully known: %s", result)
	}
	if strings.Contains(string(resp.Private), "napi_") {
		p.t.Errorf("the private data has the token: %s", resp.Private)
	}
	return opened{state{value: result, private: resp.Private}, diags}
}

func (p *process) closeKey(of opened) messages {
	p.t.Helper()
	resp, err := p.server.CloseEphemeralResource(p.t.Context(), &tfprotov6.CloseEphemeralResourceRequest{TypeName: keyType, Private: of.private})
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.Diagnostics
}

// leave is Terraform's leaving.
func (p *process) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), 1800*time.Millisecond)
	defer cancel()
	return p.settle(ctx)
}

func TestEphemeralAPIKeyLifeCycle(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	website := sim.Projects()[0].ID
	process := admin(t, sim, nil)

	first := process.open(object{})
	first.none(t)
	name, token := first.get(t, "name"), first.get(t, "key")
	if !regexp.MustCompile(`^terraform-[a-z2-7]{12}$`).MatchString(name) || first.get(t, "org_id") != sim.OrgID() || first.get(t, "project_id") != "" {
		t.Errorf("opened: %v", first.value)
	}
	if err := wantKey(sim, name, ""); err != nil || !sim.TokenValid(token) {
		t.Errorf("%v, the token is valid: %t", err, sim.TokenValid(token))
	}
	if id := fmt.Sprint(liveKeys(sim, name)[0].ID); first.get(t, "id") != id {
		t.Errorf("the id is %s, want %s", first.get(t, "id"), id)
	}
	if _, err := time.Parse(time.RFC3339, first.get(t, "created_at")); err != nil {
		t.Error(err)
	}

	second := process.open(object{"name": "release", "project_id": website, "enabled": true})
	second.none(t)
	if err := wantKey(sim, "release", website); err != nil || second.get(t, "name") != "release" {
		t.Errorf("%v: %v", err, second.value)
	}
	// Somebody else's key of the same name: only the id decides.
	other := sim.AddAPIKey("release", website)
	process.closeKey(second).none(t)
	if keys := liveKeys(sim, "release"); len(keys) != 1 || keys[0].ID != other.ID {
		t.Errorf("live: %v", keys)
	}
	if sim.TokenValid(second.get(t, "key")) || !sim.TokenValid(token) {
		t.Error("the wrong key was revoked")
	}
	process.closeKey(first).none(t)
	process.closeKey(first).none(t) // revoked already
	if err := firstError(wantKeys(sim, "pull-requests", "website-ci", "release"), process.leave()); err != nil {
		t.Error(err)
	}
}

func TestEphemeralAPIKeyThatIsNotEnabled(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	for name, config := range map[string]object{
		"read-only":     {"read_only": true},
		"unknown key":   {"api_key": unknown},
		"lesser key":    {"api_key": sim.OrganizationKey()},
		"admin":         {},
		"rejected key":  {"api_key": "napi_wrong"},
		"nothing known": {"api_key": unknown, "base_url": unknown, "org_id": unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			process := admin(t, sim, config)
			result := process.open(object{"name": "release", "enabled": false})
			result.none(t)
			for _, attribute := range []string{"id", "key", "created_at"} {
				if value := result.get(t, attribute); value != "" {
					t.Errorf("%s is %q", attribute, value)
				}
			}
			if result.get(t, "name") != "release" {
				t.Errorf("the result is %v", result.value)
			}
			process.closeKey(result).none(t)
			if err := process.leave(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() {
		if sim.RequestCount() > 0 {
			t.Errorf("%d requests were made", sim.RequestCount())
		}
	})
}

func TestEphemeralAPIKeyRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		provider func(*neontest.Server) object
		config   object
		summary  string
		parts    []string
	}{
		"organization key": {
			provider: func(sim *neontest.Server) object { return object{"api_key": sim.OrganizationKey()} },
			summary:  `Creating the ephemeral API key "release" needs a personal key`, parts: []string{"NEON_API_KEY", "enabled = terraform.applying"},
		},
		"project key": {
			provider: func(sim *neontest.Server) object { return object{"api_key": sim.ProjectKey()} },
			summary:  "Project-scoped API key", parts: []string{"enabled = terraform.applying"},
		},
		"not an admin": {
			provider: func(sim *neontest.Server) object { return object{"api_key": sim.ViewerKey()} },
			summary:  `Cannot create the API key "release"`, parts: []string{"only an admin", "HTTP 403"},
		},
		"read-only": {
			provider: func(*neontest.Server) object { return object{"read_only": true} },
			summary:  `Creating the ephemeral API key "release": the provider is read-only`, parts: []string{"enabled = terraform.applying"},
		},
		"unknown api_key": {
			provider: func(*neontest.Server) object { return object{"api_key": unknown} },
			summary:  "Provider argument not known yet", parts: []string{"api_key", "enabled = terraform.applying"},
		},
		"unknown base_url": {
			provider: func(*neontest.Server) object { return object{"base_url": unknown} },
			summary:  "Provider argument not known yet", parts: []string{"base_url"},
		},
		"unknown provider org_id": {
			provider: func(*neontest.Server) object { return object{"org_id": unknown} },
			summary:  "Provider argument not known yet", parts: []string{"org_id"},
		},
		"unknown argument":     {config: object{"enabled": unknown}, summary: "Ephemeral API key: arguments not known yet"},
		"empty name":           {config: object{"name": ""}, summary: "Invalid Attribute Value", parts: []string{"name"}},
		"long name":            {config: object{"name": strings.Repeat("x", 65)}, summary: "Invalid Attribute Value", parts: []string{"name"}},
		"empty project":        {config: object{"project_id": ""}, summary: "Invalid Attribute Value", parts: []string{"project_id"}},
		"malformed org":        {config: object{"org_id": "Org Example"}, summary: "Invalid Attribute Value", parts: []string{"org_id"}},
		"unknown project":      {config: object{"project_id": "no-such-project-1"}, summary: `Cannot create the API key "release"`, parts: []string{"Check project_id"}},
		"another organization": {config: object{"org_id": "org-nobody-1"}, summary: `Cannot create the API key "release"`, parts: []string{"Check org_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			more, config := object{}, object{"name": "release"}
			if test.provider != nil {
				more = test.provider(sim)
			}
			maps.Copy(config, test.config)
			process := admin(t, sim, more)
			result := process.open(config)
			result.wantError(t, test.summary, test.parts...)
			if err := firstError(wantKeys(sim), process.leave()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Whatever befalls the create and the revocation, once or for ever, whether Terraform closes the key, leaves
// without, or is interrupted while it opens: no key is left, or an error has named it.
func TestEphemeralAPIKeyMeetsFaults(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	for i, route := range []string{"POST " + keysRoute, "DELETE " + keysRoute + "/{key_id}", "GET " + keysRoute} {
		for j, fault := range matrixFaults() {
			if fault.ctrlC {
				continue
			}
			for k, ending := range []string{"closed", "left", "interrupted"} {
				for l, n := range []int{1, 2, -1} {
					if (i+j+k+l)%5 != 0 && os.Getenv("FAULTS") != "all" { // as in TestFaultMatrix
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/%s/%d", route, fault.name, ending, n), func(t *testing.T) {
						t.Parallel()
						fault := fault.Fault
						fault.Route, fault.N = route, n
						synctest.Test(t, func(t *testing.T) { ephemeralKeyMeets(t, fault, ending) })
					})
				}
			}
		}
	}
}

func ephemeralKeyMeets(t *testing.T, fault neontest.Fault, ending string) {
	t.Helper()
	sim, baseURL := simulateInMemory(t, neontest.Config{Latency: 10 * time.Millisecond})
	process := admin(t, sim, object{"base_url": baseURL})
	process.open(object{"enabled": true, "name": "warm-up"}).none(t) // stays open, and meets the fault too when Terraform leaves
	pass(time.Minute)
	create := "POST " + keysRoute
	sent := sim.Count(create)
	sim.AddFault(fault)
	if ending == "interrupted" {
		stop, interrupt := context.WithCancel(t.Context())
		process.stop = stop
		go func() {
			for sim.Count(create) == sent && stop.Err() == nil {
				pass(time.Millisecond)
			}
			interrupt()
		}()
		defer interrupt()
	}
	result := process.open(object{"name": "release"})
	said := result.messages
	if ending == "closed" && len(said) == 0 {
		said = append(said, process.closeKey(result)...)
	}
	started := time.Now()
	left := process.leave()
	if took := time.Since(started); took > 1800*time.Millisecond {
		t.Errorf("leaving took %s", took)
	}
	pass(5 * time.Minute) // no process ends here: what is still asked for others comes to its end
	if strings.Contains(said.String(), "napi_") {
		t.Errorf("a message has the token:\n%s", said)
	}
	if ending == "closed" && fault.N > 0 && len(said.errors()) > 0 && !refusedForGood(fault) {
		t.Errorf("a fault that passes is an error:\n%s", said)
	}
	for _, name := range []string{"warm-up", "release"} {
		for _, key := range liveKeys(sim, name) {
			id := fmt.Sprint(key.ID)
			named := left != nil && strings.Contains(left.Error(), id) || strings.Contains(said.String(), id) || strings.Contains(said.String(), "may have been created")
			if fault.N > 0 && !slowest(fault) || !named {
				t.Errorf("the key %s %q is live; said: %s; and when Terraform left: %v", id, name, said, left)
			}
		}
	}
}

// refusedForGood reports whether a fault is an answer that nobody would repeat, or not twice: that of a create that
// was carried out and cannot be read.
func refusedForGood(fault neontest.Fault) bool {
	switch fault.Status {
	case 401, 403, 404, 409, 422:
		return true
	}
	unreadable := fault.Status/100 == 2
	switch fault.Kind {
	case neontest.FaultHuge:
		return true
	case neontest.FaultHTMLOK, neontest.FaultEmpty:
		unreadable = fault.After
	case neontest.FaultCutShort, neontest.FaultCutJSON:
		unreadable = true
	}
	return unreadable && fault.N == 2
}

// slowest reports whether two such faults take all of the time that Terraform leaves.
func slowest(fault neontest.Fault) bool {
	return fault.N == 2 && (fault.Kind == neontest.FaultHangBefore || fault.Kind == neontest.FaultHangAfter)
}

// A plan's key is no cause of a request that fails: there, the advice about plans would mislead.
func TestEphemeralAPIKeyAdvisesNothingWhenARequestFails(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddFault(neontest.Fault{Route: "*", Kind: neontest.FaultStatus, Status: 400, N: -1})
	problem := admin(t, sim, nil).open(object{"name": "release"}).wantError(t, "Cannot identify the Neon API key", "HTTP 400")
	if strings.Contains(problem.Detail, "terraform.applying") {
		t.Errorf("it advises a request that fails to be made later: %s", problem.Detail)
	}
}
