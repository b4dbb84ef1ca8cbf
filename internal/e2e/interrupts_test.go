//go:build unix

package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// keysInState are the ids of the API keys in the state file, if it can be read.
func (tf *workspace) keysInState() (ids []int64, readable bool) {
	tf.t.Helper()
	raw, err := os.ReadFile(filepath.Join(tf.Dir, "terraform.tfstate"))
	if os.IsNotExist(err) {
		return nil, true
	}
	if err != nil {
		tf.t.Fatal(err)
	}
	resources, err := terraform.ReadState(raw)
	if err != nil {
		// The second Ctrl-C ends Terraform at once, now and then in the middle of writing this very file.
		tf.t.Logf("Terraform has left a state file of %d bytes that nobody can read: %v", len(raw), err)
		return nil, false
	}
	for _, resource := range resources {
		for _, instance := range resource.Instances {
			if id, err := strconv.ParseInt(fmt.Sprint(instance.Attributes["id"]), 10, 64); err == nil {
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
func (tf *workspace) keysTaken(said string, twice bool) []int64 {
	tf.t.Helper()
	ids, readable := tf.keysInState()
	if twice && (!readable || tf.version.OpenTofu) {
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

const fiftyKeys = "resource \"neon_organization_api_key\" \"many\" {\n  count = 50\n  name  = \"interrupted-${count.index}\"\n}\n"

// TestInterruptedApplyLeavesNoKeyBehind interrupts an apply of 50 keys at random moments. Whatever way it is
// told to stop, what lives afterwards is what the state has.
func TestInterruptedApplyLeavesNoKeyBehind(t *testing.T) {
	t.Parallel()
	rounds := 1
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
