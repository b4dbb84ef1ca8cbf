//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// builtIn is what TestMain removes.
var builtIn string

// built is a folder with the provider's binary, made once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "terraform-provider-neon-test-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "terraform-provider-neon"), ".").CombinedOutput(); err != nil {
		return dir, fmt.Errorf("%w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// terraform is a working directory with a built provider.
type terraform struct {
	t      *testing.T
	binary string
	dir    string
	env    []string
}

// setUp builds the provider and writes a configuration for it.
func setUp(t *testing.T, sim *neontest.Server, config string) *terraform {
	t.Helper()
	binary := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if os.Getenv("TF_ACC") == "" || binary == "" {
		t.Skip("needs a Terraform binary: run it with make test, which sets TF_ACC and TF_ACC_TERRAFORM_PATH")
	}
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	// Where a state is moved from another provider, that one has to be there, but is not asked for anything: any will do.
	var overrides strings.Builder
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		for _, name := range append([]string{"dcbae579/neon"}, otherProviders...) {
			fmt.Fprintf(&overrides, "    %q = %q\n", host+"/"+name, dir)
		}
	}
	work := t.TempDir()
	// A provider that is killed leaves its socket, whose path may not be long.
	sockets, err := os.MkdirTemp("", "tf") //nolint:usetesting // which makes long ones
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	write(t, filepath.Join(work, "terraform.rc"), "provider_installation {\n  dev_overrides {\n"+overrides.String()+"  }\n  direct {}\n}\n")
	write(t, filepath.Join(work, "main.tf"), "terraform {\n  required_providers {\n    neon = { source = \"dcbae579/neon\" }\n  }\n}\n"+config)
	return &terraform{t: t, binary: binary, dir: work, env: append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(work, "terraform.rc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TMPDIR="+sockets,
		"NEON_API_KEY="+sim.PersonalKey(), "NEON_API_HOST="+sim.URL(), "NEON_ORG_ID="+sim.OrgID(), "NEON_READ_ONLY=")}
}

// require skips the test where Terraform is older than 1.minor, or OpenTofu than 1.openTofuMinor.
func (tf *terraform) require(minor, openTofuMinor int, forWhat string) {
	tf.t.Helper()
	out, err := exec.CommandContext(tf.t.Context(), tf.binary, "version").Output()
	found := regexp.MustCompile(`v1\.(\d+)`).FindSubmatch(out)
	if err != nil || found == nil {
		tf.t.Fatalf("%s version: %v\n%s", tf.binary, err, out)
	}
	if tf.registry() == "registry.opentofu.org" {
		minor = openTofuMinor
	}
	if has, _ := strconv.Atoi(string(found[1])); has < minor {
		tf.t.Skipf("%s is too old for %s", found[0], forWhat)
	}
}

// registry is where providers come from that are written without a host.
func (tf *terraform) registry() string {
	if host := os.Getenv("TF_ACC_PROVIDER_HOST"); host != "" {
		return host
	}
	return "registry.terraform.io"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start begins a command in a process group of its own, as a shell does.
func (tf *terraform) start(args ...string) (*exec.Cmd, *bytes.Buffer) {
	tf.t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(tf.t.Context(), tf.binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = tf.dir, tf.env, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		tf.t.Fatal(err)
	}
	tf.t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }) // ours, if it is still there
	return cmd, &out
}

// keysInState are the ids of the API keys in the state file, if it can be read.
func (tf *terraform) keysInState() (ids []int64, readable bool) {
	tf.t.Helper()
	raw, err := os.ReadFile(filepath.Join(tf.dir, "terraform.tfstate"))
	if os.IsNotExist(err) {
		return nil, true
	}
	if err != nil {
		tf.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct {
				Attributes struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		// The second Ctrl-C ends Terraform at once, now and then in the middle of writing this very file.
		tf.t.Logf("Terraform has left a state file of %d bytes that nobody can read: %v", len(raw), err)
		return nil, false
	}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			if id, err := strconv.ParseInt(instance.Attributes.ID, 10, 64); err == nil {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids, true
}

var reported = regexp.MustCompile(`Creation complete after \S+ \[id=(\d+)\]`)

// keysTaken are the API keys that Terraform has taken over: those in the state. After a second Ctrl-C it ends at once
// and warns of the loss of data, which is its own: what it has reported counts too where the state cannot be read, and
// with OpenTofu, whose state lacks some of that (1.12.6).
func (tf *terraform) keysTaken(said string, twice bool) []int64 {
	tf.t.Helper()
	ids, readable := tf.keysInState()
	if twice && (!readable || tf.registry() == "registry.opentofu.org") {
		for _, match := range reported.FindAllStringSubmatch(said, -1) {
			if id, err := strconv.ParseInt(match[1], 10, 64); err == nil && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

func liveKeys(sim *neontest.Server) (ids []int64) {
	for _, key := range sim.APIKeys() {
		if strings.HasPrefix(key.Name, "interrupted-") {
			ids = append(ids, key.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

const create = "POST /organizations/{org_id}/api_keys"

const fiftyKeys = "resource \"neon_organization_api_key\" \"many\" {\n  count = 50\n  name  = \"interrupted-${count.index}\"\n}\n"

// TestInterruptedApplyLeavesNoKeyBehind interrupts an apply of 50 keys at random moments. Whatever way it is
// told to stop, what lives afterwards is what the state has.
func TestInterruptedApplyLeavesNoKeyBehind(t *testing.T) {
	t.Parallel()
	rounds := 2
	if text := os.Getenv("INTERRUPT_ROUNDS"); text != "" {
		rounds, _ = strconv.Atoi(text)
	}
	for name, signals := range map[string][]syscall.Signal{
		"SIGINT":  {syscall.SIGINT},
		"SIGINTs": {syscall.SIGINT, syscall.SIGINT},
		"SIGTERM": {syscall.SIGTERM},
	} {
		for round := range rounds {
			t.Run(fmt.Sprintf("%s %d", name, round), func(t *testing.T) {
				t.Parallel()
				sim := neontest.Start(t, neontest.Config{Latency: time.Duration(20+rand.IntN(200)) * time.Millisecond})
				tf := setUp(t, sim, fiftyKeys)
				cmd, out := tf.start("apply", "-auto-approve", "-input=false", "-no-color")
				exited := make(chan error, 1)
				go func() { exited <- cmd.Wait() }()
				await(t, exited, out, func() bool { return sim.Count(create) > 0 })
				pause(t, time.Duration(rand.IntN(3000))*time.Millisecond)
				for i, signal := range signals {
					if i > 0 {
						pause(t, time.Duration(rand.IntN(400))*time.Millisecond)
					}
					if err := syscall.Kill(-cmd.Process.Pid, signal); err != nil {
						t.Logf("signal %d: %v", i+1, err)
					}
				}
				select {
				case err := <-exited:
					if err == nil && sim.Count(create) < 50 {
						t.Errorf("an interrupted apply succeeded:\n%s", out)
					}
				case <-time.After(30 * time.Second):
					t.Fatalf("still running:\n%s", out)
				}
				// The provider has until its parent's grace is over.
				deadline := time.Now().Add(3 * time.Second)
				taken := tf.keysTaken(out.String(), len(signals) > 1)
				for !slices.Equal(taken, liveKeys(sim)) && time.Now().Before(deadline) {
					pause(t, 50*time.Millisecond)
				}
				if live := liveKeys(sim); !slices.Equal(taken, live) {
					t.Errorf("Terraform has:  %v\nlive at Neon: %v\n%s", taken, live, out)
				}
				t.Logf("%d creates were sent, %d keys are live and Terraform's", sim.Count(create), len(liveKeys(sim)))
			})
		}
	}
}

// TestInterruptWhileWaiting interrupts an apply that waits for a server that has asked for patience.
func TestInterruptWhileWaiting(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond})
	sim.AddFault(neontest.Fault{Route: create, Kind: neontest.FaultStatus, Status: 429, RetryAfter: "60", N: -1})
	tf := setUp(t, sim, fiftyKeys)
	cmd, out := tf.start("apply", "-auto-approve", "-input=false", "-no-color")
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	await(t, exited, out, func() bool { return sim.Count(create) > 0 })
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select { // far below the minute that the server asks for; how far is for a benchmark
	case err := <-exited:
		if err == nil {
			t.Errorf("an interrupted apply succeeded:\n%s", out)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("still running:\n%s", out)
	}
	if live := liveKeys(sim); len(live) != 0 {
		t.Errorf("live: %v", live)
	}
}

// await polls until something has happened, or the command has ended.
func await(t *testing.T, exited <-chan error, out *bytes.Buffer, happened func() bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for !happened() {
		select {
		case err := <-exited:
			t.Fatalf("ended early: %v\n%s", err, out)
		case <-deadline:
			t.Fatal("nothing happened")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
