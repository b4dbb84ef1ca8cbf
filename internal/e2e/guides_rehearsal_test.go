//go:build unix

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// walkRehearsal applies a change to a copy of the organization, by the guide's script, and then looks at the original.
func walkRehearsal(w *walk) {
	w.t.Helper()
	mirror, err := terraform.MirrorConfig(w.t.TempDir(), testTools(w.t).installed)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Env = append(w.Env, mirror)
	w.attached = nil // installed by init, as the script does it
	w.exits(0, "init", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	state := read(w.t, w.Dir, "terraform.tfstate")

	w.edits("main.tf", `"ops@example.com"   = "admin"`, `"ops@example.com"   = "editor"`)
	w.edits("main.tf", "    \"data@example.com\"  = \"editor\"\n", "    \"new@example.com\"   = \"viewer\"\n")
	w.edits("main.tf", `name = "reports"`, "name       = \"reports\"\n  project_id = \"shiny-wind-12345678\"")
	before := w.sim.State().Organizations[0]
	w.sim.ResetRequests()

	// The script finds terraform on PATH, and neonsim by a variable.
	programs := w.t.TempDir()
	if err := os.Symlink(w.Binary, filepath.Join(programs, "terraform")); err != nil {
		w.t.Fatal(err)
	}
	neonsim := filepath.Join(programs, "neonsim")
	if out, err := exec.CommandContext(w.t.Context(), "go", "build", "-ldflags=-s -w", "-o", neonsim, "./internal/neontest/neonsim").CombinedOutput(); err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(w.t.Context(), "sh", "rehearse.sh")
	cmd.Dir = w.Dir
	cmd.Env = slices.Concat(w.Env, []string{"NEONSIM=" + neonsim, "PATH=" + programs + string(filepath.ListSeparator) + os.Getenv("PATH"), "TF_CLI_ARGS=-no-color"})
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		w.t.Fatalf("%v\n%s\n%s", err, &out, &said)
	}
	if strings.Contains(out.String()+said.String(), "napi_") {
		w.t.Error("a key is printed")
	}
	w.finds(said.String(), "copied Example (org-example-12345678) with", "rehearse an apply with a copy of the state only")
	w.finds(out.String(), "Apply complete!", "| data@example.com | editor | – | lost |")
	w.keeps("after", from(out.String(), "## Rehearsal"))

	if after := w.sim.State().Organizations[0]; len(after.Members) != len(before.Members) || len(after.OpenInvitations) != 0 || len(after.APIKeys) != len(before.APIKeys) {
		w.t.Errorf("the original has changed: %+v", after)
	}
	w.has("ops@example.com", "admin")
	w.has("data@example.com", "editor")
	wantOnlyReads(w.t, w.sim)
	if read(w.t, w.Dir, "terraform.tfstate") != state {
		w.t.Error("the original's state has changed")
	}
	if _, err := os.Stat(filepath.Join(w.Dir, "rehearsal")); err == nil {
		w.t.Error("the copy of the state is left behind")
	}
}
