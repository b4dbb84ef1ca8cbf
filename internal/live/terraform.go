package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// tools is a Terraform and a built provider.
type tools struct {
	binary  string // path of Terraform or OpenTofu
	version string // what it says of itself
	config  string // CLI configuration that installs the provider
	folder  string // for what is written
}

// prepare finds Terraform and builds the provider.
func prepare(ctx context.Context, folder string) (tools, error) {
	binary, err := terraform.Find()
	if err != nil {
		return tools{}, err
	}
	out, err := exec.CommandContext(ctx, binary, "version").Output()
	if err != nil {
		return tools{}, fmt.Errorf("%s version: %w", binary, err)
	}
	version, _, _ := strings.Cut(string(out), "\n")
	if _, err := terraform.Install(ctx, folder, "", provider.Address); err != nil {
		return tools{}, err
	}
	config, err := terraform.Config(folder)
	return tools{binary, version, config, folder}, err
}

// workspace is a folder with a configuration, in which Terraform runs.
type workspace struct {
	v   *visit
	dir string
}

// workspace makes a folder and lets Terraform install the provider in it.
func (v *visit) workspace(ctx context.Context, config string) (*workspace, error) {
	dir, err := os.MkdirTemp(v.tools.folder, "work-")
	if err != nil {
		return nil, err
	}
	w := &workspace{v, dir}
	const provider = "terraform {\n  required_providers {\n    neon = { source = \"dcbae579/neon\" }\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(provider+config), 0o600); err != nil {
		return nil, err
	}
	_, err = w.terraform(ctx, 0, "init", "-input=false")
	return w, err
}

// terraform runs a command, and fails unless the exit code is the expected one.
func (w *workspace) terraform(ctx context.Context, want int, args ...string) (string, error) {
	if args[0] != "state" { // which knows no colors
		args = slices.Insert(args, 1, "-no-color")
	}
	cmd := exec.CommandContext(ctx, w.v.tools.binary, args...)
	cmd.Dir = w.dir
	cmd.Env = append(terraform.Environment(), "TF_CLI_CONFIG_FILE="+w.v.tools.config,
		"NEON_API_KEY="+w.v.settings.apiKey, "NEON_ORG_ID="+w.v.settings.orgID, "NEON_API_HOST="+w.v.gate.url())
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	terraform.EndWithUs(cmd)
	cmd.WaitDelay = 30 * time.Second // after an interrupt, for what is under way at Neon
	err := cmd.Run()
	if ctx.Err() != nil {
		if cmd.Process != nil {
			terraform.EndRest(cmd)
		}
		return "", ctx.Err()
	}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return "", err
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		return "", fmt.Errorf("terraform %s: exit code %d, expected %d\n%s%s", args[0], code, want, out.String(), problems.String())
	}
	return out.String(), nil
}

// planned says, by exit code, whether a plan has changes.
func (w *workspace) planned(ctx context.Context, changes bool) error {
	want := 0
	if changes {
		want = 2
	}
	_, err := w.terraform(ctx, want, "plan", "-input=false", "-detailed-exitcode")
	return err
}

func (w *workspace) apply(ctx context.Context) error {
	_, err := w.terraform(ctx, 0, "apply", "-input=false", "-auto-approve")
	return err
}

// attributes are those of the only resource in the state, as far as they are strings. They hold secrets.
func (w *workspace) attributes(ctx context.Context) (map[string]string, error) {
	out, err := w.terraform(ctx, 0, "state", "pull")
	if err != nil {
		return nil, err
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes map[string]any `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal([]byte(out), &state); err != nil {
		return nil, err
	}
	if len(state.Resources) != 1 || len(state.Resources[0].Instances) != 1 {
		return nil, errors.New("the state does not hold exactly one resource")
	}
	texts := map[string]string{}
	for name, value := range state.Resources[0].Instances[0].Attributes {
		if text, is := value.(string); is {
			texts[name] = text
		}
	}
	return texts, nil
}

// outputs are the numbers that a configuration puts out.
func (w *workspace) outputs(ctx context.Context) (map[string]int, error) {
	out, err := w.terraform(ctx, 0, "output", "-json")
	if err != nil {
		return nil, err
	}
	var values map[string]struct {
		Value int `json:"value"`
	}
	if err := json.Unmarshal([]byte(out), &values); err != nil {
		return nil, err
	}
	numbers := map[string]int{}
	for name, value := range values {
		numbers[name] = value.Value
	}
	return numbers, nil
}
