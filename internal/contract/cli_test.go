//go:build contract

package contract_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// result is how a call of the tool ended.
type result struct {
	args           []string
	code           int
	stdout, stderr string
}

// neon calls Neon's tool on the simulator. It is started anew for every call, which takes a second of the processor's
// time: the tests make no more calls than they need.
func neon(t *testing.T, sim *neontest.Server, key string, args ...string) result {
	t.Helper()
	tool, err := filepath.Abs(installed + "/node_modules/neon/" + entryPoint(t))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{tool, "--no-analytics", "--output", "json"}, args...)...)
	cmd.Dir = t.TempDir() // the tool reads and writes a .neon file in the working directory
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "CI=true", "NO_COLOR=1", "NEON_API_HOST=" + sim.URL(), "NEON_API_KEY=" + key}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return result{args, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// entryPoint is the program that the package says is its command.
func entryPoint(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(installed + "/node_modules/neon/package.json")
	if err != nil {
		t.Fatal(err, "(\"make contract\" installs it)")
	}
	var manifest struct{ Bin map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil || manifest.Bin["neon"] == "" {
		t.Fatal("no command \"neon\" in the package:", err)
	}
	return manifest.Bin["neon"]
}

func (r result) String() string {
	return fmt.Sprintf("neon %s: exit code %d\n%s%s", strings.Join(r.args, " "), r.code, r.stdout, r.stderr)
}

// succeeds wants exit code 0 and returns the JSON.
func (r result) succeeds(t *testing.T) json.RawMessage {
	t.Helper()
	if r.code != 0 {
		t.Fatal(r)
	}
	if !json.Valid([]byte(r.stdout)) {
		t.Fatal(r, "\nwant JSON")
	}
	return json.RawMessage(r.stdout)
}

// fails wants exit code 1, nothing on standard output, and an error in these words.
func (r result) fails(t *testing.T, says string) {
	t.Helper()
	if r.code != 1 || r.stdout != "" || !strings.HasPrefix(r.stderr, "ERROR: "+says) {
		t.Errorf("%v\nwant exit code 1 and \"ERROR: %s\"", r, says)
	}
}
