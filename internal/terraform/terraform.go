// Package terraform runs a real Terraform or OpenTofu with this provider: for the end-to-end tests, the demo, the live
// run, the benchmark and the tests of a release.
package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Workspace is a folder with a configuration, in which Terraform runs.
type Workspace struct {
	Binary string   // path of Terraform or OpenTofu
	Dir    string   // the folder
	Env    []string // the whole environment of every command
}

// Find returns the path of the Terraform or OpenTofu in the environment variable TERRAFORM, or of the terraform
// on PATH.
func Find() (string, error) {
	name := os.Getenv("TERRAFORM")
	if name == "" {
		name = "terraform"
	}
	binary, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("no Terraform: %w (internal/tools/terraform.sh finds or builds one)", err)
	}
	return filepath.Abs(binary)
}

// Environment is this process's environment, without variables that redirect Terraform or the provider, without the caller's
// keys, and with the settings for use by a program. TF_DISABLE_PLUGIN_TLS stays, because it saves "make test" time.
func Environment(more ...string) []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if name == "TF_DISABLE_PLUGIN_TLS" || !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "NEON_") {
			kept = append(kept, variable)
		}
	}
	kept = append(kept, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1") // the second leaves out the advice on what to type next
	return append(kept, more...)
}

// Command prepares a command, in a process group of its own as a shell does. The end of the context is one interrupt
// for Terraform.
func (w Workspace) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.Binary, args...)
	cmd.Dir, cmd.Env = w.Dir, w.Env
	interruptible(cmd)
	cmd.WaitDelay = 30 * time.Second // after an interrupt, for what is under way at Neon
	return cmd
}

// Run runs a command and returns its exit code. It returns an error if the command did not finish.
func Run(ctx context.Context, cmd *exec.Cmd) (code int, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	return Wait(ctx, cmd)
}

// Wait waits for a command that has started, like Run.
func Wait(ctx context.Context, cmd *exec.Cmd) (code int, err error) {
	err = cmd.Wait()
	if ctx.Err() != nil {
		Kill(cmd)
		return 0, fmt.Errorf("interrupted: %w", ctx.Err())
	}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return 0, err
	}
	return cmd.ProcessState.ExitCode(), nil
}

// Version is the version of a Terraform or OpenTofu.
type Version struct {
	Name         string // such as "Terraform v1.11.4"
	OpenTofu     bool
	major, minor int
}

// Version returns the version.
func (w Workspace) Version(ctx context.Context) (v Version, err error) {
	out, err := w.Command(ctx, "version").Output()
	if err != nil {
		return v, fmt.Errorf("%s version: %w", w.Binary, err)
	}
	v.Name, _, _ = strings.Cut(string(out), "\n")
	product, number, _ := strings.Cut(v.Name, " v")
	v.OpenTofu = product == "OpenTofu"
	if _, err := fmt.Sscanf(number, "%d.%d", &v.major, &v.minor); err != nil {
		return v, fmt.Errorf("%q is no version: %w", v.Name, err)
	}
	return v, nil
}

// Since reports whether this is Terraform 1.minor, or OpenTofu 1.openTofuMinor, or later.
func (v Version) Since(minor, openTofuMinor int) bool {
	if v.OpenTofu {
		minor = openTofuMinor
	}
	return v.major > 1 || v.minor >= minor
}

// Registry is the default registry of this Terraform or OpenTofu.
func (v Version) Registry() string {
	if v.OpenTofu {
		return registries[1]
	}
	return registries[0]
}

// Resource is a resource in a state.
type Resource struct {
	Type      string `json:"type"`
	Name      string `json:"name"`
	Instances []struct {
		Index      any            `json:"index_key"` // of count or for_each
		Attributes map[string]any `json:"attributes"`
	} `json:"instances"`
}

// ReadState reads a state, as it is in a file and as "state pull" prints it.
func ReadState(raw []byte) ([]Resource, error) {
	var state struct {
		Resources []Resource `json:"resources"`
	}
	err := json.Unmarshal(raw, &state)
	return state.Resources, err
}

// ReadPlan reads what "show -json" prints of a saved plan: the actions, such as "delete, create", by address.
func ReadPlan(raw []byte) (map[string]string, error) {
	var plan struct {
		Changes []struct {
			Address string `json:"address"`
			Change  struct {
				Actions []string `json:"actions"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(raw, &plan); err != nil {
		return nil, err
	}
	actions := map[string]string{}
	for _, c := range plan.Changes {
		actions[c.Address] = strings.Join(c.Change.Actions, ", ")
	}
	return actions, nil
}
