package provider_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// attached is a folder in which Terraform runs with the providers of this process. terraform-plugin-testing starts a
// dozen Terraforms for a step, each of which takes longer than all that the provider does; here a step takes three. The
// examples need no more, and are applied as they are written.
type attached struct {
	t *testing.T
	terraform.Workspace
}

// attach serves providers, by their type, from every namespace that a configuration may name.
func attach(t *testing.T, providers map[string]func() (tfprotov6.ProviderServer, error)) attached {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("needs a Terraform: run it with make test, which sets TF_ACC and TERRAFORM")
	}
	binary, err := terraform.Find()
	if err != nil {
		t.Fatal(err)
	}
	type address struct{ Network, String string }
	type reattach struct {
		Protocol        string
		ProtocolVersion int
		Pid             int
		Test            bool
		Addr            address
	}
	served := map[string]reattach{}
	for name, provider := range providers {
		ctx, stop := context.WithCancel(context.Background())
		configs, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
		go func() {
			_ = tf6server.Serve(name, func() tfprotov6.ProviderServer {
				server, err := provider()
				if err != nil {
					panic(err)
				}
				return server
			}, tf6server.WithDebug(ctx, configs, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride())
		}()
		t.Cleanup(func() {
			stop()
			<-closed
		})
		config := <-configs
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			for _, namespace := range []string{"hashicorp", "dcbae579"} {
				served[host+"/"+namespace+"/"+name] = reattach{string(config.Protocol), config.ProtocolVersion, config.Pid, config.Test, address{config.Addr.Network(), config.Addr.String()}}
			}
		}
	}
	found, err := json.Marshal(served)
	if err != nil {
		t.Fatal(err)
	}
	return attached{t, terraform.Workspace{Binary: binary, Dir: t.TempDir(), Env: terraform.Environment("TF_REATTACH_PROVIDERS=" + string(found))}}
}

// needs skips the test with a Terraform or OpenTofu older than 1.minor.
func (a attached) needs(minor, openTofuMinor int, what string) {
	a.t.Helper()
	if version, err := a.Version(a.t.Context()); err != nil || !version.Since(minor, openTofuMinor) {
		a.t.Skipf("%s is too old for %s (%v)", version.Name, what, err)
	}
}

func (a attached) writes(file, text string) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.Dir, file), []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// try runs a command and returns what it prints, on one line.
func (a attached) try(args ...string) (string, error) {
	a.t.Helper()
	out, err := a.Command(a.t.Context(), append(args, "-no-color")...).CombinedOutput()
	return strings.Join(strings.Fields(strings.ReplaceAll(string(out), "│", "")), " "), err
}

// run is try for a command that must succeed.
func (a attached) run(args ...string) string {
	a.t.Helper()
	out, err := a.try(args...)
	if err != nil {
		a.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// step is a configuration that is applied. The plan made again is empty.
type step struct {
	before    func() // what happens before it
	config    string
	variables map[string]any
	plans     func(saved []byte) error // judges the plan, as "show -json" prints it
	actions   map[string]string        // what the plan does with some addresses, in Terraform's words: "replace", "no-op"
	says      []string                 // is in what Terraform prints
	fails     bool
	holds     func() error
	checks    []statecheck.StateCheck
}

// applied applies configurations, one after the other, and destroys the last one.
func applied(t *testing.T, destroyed func() error, steps ...step) attached {
	t.Helper()
	a := attach(t, factories())
	a.applies(destroyed, steps...)
	return a
}

func (a attached) applies(destroyed func() error, steps ...step) {
	a.t.Helper()
	var variables []string
	for _, step := range steps {
		if step.before != nil {
			step.before()
		}
		a.writes("main.tf", step.config)
		variables = []string{"-input=false"}
		for name, value := range step.variables {
			text, err := json.Marshal(value)
			if err != nil {
				a.t.Fatal(err)
			}
			variables = append(variables, "-var="+name+"="+strings.Trim(string(text), `"`))
		}
		apply := slices.Concat([]string{"apply", "-auto-approve"}, variables)
		if step.plans != nil {
			a.run(slices.Concat([]string{"plan", "-out=saved.tfplan"}, variables)...)
			saved, err := a.Command(a.t.Context(), "show", "-json", "saved.tfplan").Output()
			if err == nil {
				err = step.plans(saved)
			}
			if err != nil {
				a.t.Error(err)
			}
			apply = []string{"apply", "-input=false", "saved.tfplan"}
		}
		if step.actions != nil {
			apply = append(apply, "-json")
		}
		out, err := a.try(apply...)
		if (err != nil) != step.fails {
			a.t.Fatalf("%v: %v\n%s", apply, err, out)
		}
		for _, words := range step.says {
			if !strings.Contains(out, words) {
				a.t.Errorf("no %q in: %s", words, out)
			}
		}
		if step.actions != nil {
			a.wantActions(out, step.actions)
		}
		if step.holds != nil {
			if err := step.holds(); err != nil {
				a.t.Error(err)
			}
		}
		if step.checks != nil {
			a.check(step.checks)
		}
		if !step.fails {
			a.run(slices.Concat([]string{"plan", "-detailed-exitcode"}, variables)...)
		}
	}
	if destroyed != nil {
		a.run(slices.Concat([]string{"destroy", "-auto-approve"}, variables)...)
		if err := destroyed(); err != nil {
			a.t.Error(err)
		}
	}
}

// output is an output in the state.
func (a attached) output(name string) string {
	a.t.Helper()
	var state struct {
		Outputs map[string]struct{ Value any }
	}
	raw, err := os.ReadFile(filepath.Join(a.Dir, "terraform.tfstate"))
	if err == nil {
		err = json.Unmarshal(raw, &state)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return fmt.Sprint(state.Outputs[name].Value)
}

// wantActions compares what an apply has planned, by what it has printed in JSON; what is not printed is a "no-op".
func (a attached) wantActions(printed string, want map[string]string) {
	a.t.Helper()
	got := map[string]string{}
	for lines := json.NewDecoder(strings.NewReader(printed)); lines.More(); {
		var message struct {
			Type   string
			Change struct {
				Resource struct{ Addr string }
				Action   string
			}
		}
		if err := lines.Decode(&message); err != nil {
			a.t.Fatalf("%v: %s", err, printed)
		}
		if message.Type == "planned_change" {
			got[message.Change.Resource.Addr] = message.Change.Action
		}
	}
	for address, action := range want {
		if now := cmp.Or(got[address], "no-op"); now != action {
			a.t.Errorf("%s: the plan is to %s, want %s", address, now, action)
		}
	}
}

// check has the state checked by what terraform-plugin-testing has for that.
func (a attached) check(checks []statecheck.StateCheck) {
	a.t.Helper()
	var state tfjson.State
	state.UseJSONNumber(true)
	raw, err := a.Command(a.t.Context(), "show", "-json").Output()
	if err == nil {
		err = json.Unmarshal(raw, &state)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	for _, check := range checks {
		var resp statecheck.CheckStateResponse
		if check.CheckState(a.t.Context(), statecheck.CheckStateRequest{State: &state}, &resp); resp.Error != nil {
			a.t.Error(resp.Error)
		}
	}
}

// attributes are those of a resource in the state.
func (a attached) attributes(address string) map[string]any {
	a.t.Helper()
	raw, err := os.ReadFile(filepath.Join(a.Dir, "terraform.tfstate"))
	if err != nil {
		a.t.Fatal(err)
	}
	resources, err := terraform.ReadState(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, resource := range resources {
		if resource.Type+"."+resource.Name == address && len(resource.Instances) == 1 {
			return resource.Instances[0].Attributes
		}
	}
	a.t.Fatalf("%s is not in the state", address)
	return nil
}
