//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// liveWorkspace is a folder with a configuration, in which Terraform runs.
type liveWorkspace struct{ terraform.Workspace }

// workspace makes a folder and lets Terraform install the provider in it. Terraform too passes the gate.
func (v *visit) workspace(ctx context.Context, config string) (*liveWorkspace, error) {
	dir, err := os.MkdirTemp(v.folder, "work-")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(useNeon+config), 0o600); err != nil {
		return nil, err
	}
	w := &liveWorkspace{terraform.Workspace{Binary: v.tools.binary, Dir: dir, Env: terraform.Environment(
		"NEON_API_KEY="+v.settings.apiKey, "NEON_ORG_ID="+v.settings.orgID, "NEON_API_HOST="+v.gate.url())}}
	if v.attach != nil {
		if more := v.attach(config, w.Env); len(more) > 0 {
			w.Env = append(w.Env, more...)
			return w, nil
		}
	}
	mirror, err := terraform.MirrorConfig(dir, v.tools.installed)
	if err != nil {
		return nil, err
	}
	w.Env = append(w.Env, mirror)
	_, err = w.terraform(ctx, 0, "init", "-input=false")
	return w, err
}

// terraform runs a command, and fails unless the exit code is the expected one.
func (w *liveWorkspace) terraform(ctx context.Context, want int, args ...string) (string, error) {
	cmd := w.Command(ctx, append(args, "-no-color")...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	code, err := terraform.Run(ctx, cmd)
	if err == nil && code != want {
		err = fmt.Errorf("terraform %s: exit code %d, expected %d\n%s%s", args[0], code, want, out.String(), problems.String())
	}
	return out.String(), err
}

// planned says, by exit code, whether a plan has changes.
func (w *liveWorkspace) planned(ctx context.Context, changes bool) error {
	want := 0
	if changes {
		want = 2
	}
	_, err := w.terraform(ctx, want, "plan", "-input=false", "-detailed-exitcode")
	return err
}

func (w *liveWorkspace) apply(ctx context.Context) error {
	_, err := w.terraform(ctx, 0, "apply", "-input=false", "-auto-approve")
	return err
}

// state is the file, which holds secrets.
func (w *liveWorkspace) state() ([]byte, error) {
	return os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
}

// attributes are those of the only resource in the state, as far as they are strings. They hold secrets.
func (w *liveWorkspace) attributes() (map[string]string, error) {
	raw, err := w.state()
	if err != nil {
		return nil, err
	}
	resources, err := terraform.ReadState(raw)
	if err != nil {
		return nil, err
	}
	if len(resources) != 1 || len(resources[0].Instances) != 1 {
		return nil, errors.New("the state does not hold exactly one resource")
	}
	texts := map[string]string{}
	for name, value := range resources[0].Instances[0].Attributes {
		if text, is := value.(string); is {
			texts[name] = text
		}
	}
	return texts, nil
}

// outputs are the numbers that a configuration puts out.
func (w *liveWorkspace) outputs() (map[string]int, error) {
	raw, err := w.state()
	if err != nil {
		return nil, err
	}
	var state struct {
		Outputs map[string]struct {
			Value int `json:"value"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, err
	}
	numbers := map[string]int{}
	for name, output := range state.Outputs {
		numbers[name] = output.Value
	}
	return numbers, nil
}
