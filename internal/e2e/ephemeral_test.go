//go:build unix

package e2e

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// oneRun is a configuration that uses an ephemeral key in a provisioner. The first %s is what the provisioner does
// before it writes the token to a file, the second what it does then.
const oneRun = `
ephemeral "neon_organization_api_key" "run" {}
resource "terraform_data" "release" {
  provisioner "local-exec" {
    command     = <<-EOT
      %s
      printf %%s "$TOKEN" > token.part && mv token.part token
      %s
    EOT
    environment = { TOKEN = ephemeral.neon_organization_api_key.run.key }
  }
}
`

const (
	// waits is a provisioner that goes on when the test says so.
	waits = "while [ ! -e go ]; do sleep 0.02; done"
	// stubborn makes it ignore signals.
	stubborn = "trap '' INT TERM HUP"
)

// requireEphemeral skips the test where Terraform is too old for ephemeral resources.
func requireEphemeral(t *testing.T, tf *workspace) {
	t.Helper()
	tf.require(10, 11, "ephemeral resources")
}

// oneRunKeys are the live keys that only an ephemeral resource can have made.
func oneRunKeys(sim *neontest.Server) (live []string) {
	for _, key := range sim.APIKeys() {
		if strings.HasPrefix(key.Name, "terraform-") {
			live = append(live, fmt.Sprintf("%d %s", key.ID, key.Name))
		}
	}
	return live
}

// wantNoOneRunKeys gives the provider the moment that it has, and fails if a key is left then.
func wantNoOneRunKeys(t *testing.T, sim *neontest.Server, out fmt.Stringer) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for len(oneRunKeys(sim)) > 0 && time.Now().Before(deadline) {
		pause(t, 20*time.Millisecond)
	}
	if live := oneRunKeys(sim); len(live) > 0 {
		t.Errorf("live: %q\n%s", live, out)
	}
}

func wantNoPendingFaults(t *testing.T, sim *neontest.Server) {
	t.Helper()
	for _, f := range sim.PendingFaults() {
		t.Errorf("the fault befell nothing: %s", f)
	}
}

func TestEphemeralKeysDoNotOutliveTheRun(t *testing.T) {
	t.Parallel()
	type fault = neontest.Fault
	lost := func(route string, skip int) fault {
		return fault{Route: route, Kind: neontest.FaultResetAfter, Skip: skip}
	}
	// elsewhere fails while the key is in use.
	const elsewhere = "resource \"terraform_data\" \"other\" {\n  provisioner \"local-exec\" {\n    command = \"while [ ! -e token ]; do sleep 0.02; done; exit 1\"\n  }\n}\n"
	for name, test := range map[string]struct {
		often       bool   // without FAULTS=all too: the others meet faults that the provider's own tests meet, or end in another's way
		first, then string // what the provisioner does
		more        string // configuration
		faults      []fault
		signals     []syscall.Signal // while the provisioner runs
		fails       bool
	}{
		"success":                           {then: "true"},
		"the provisioner fails":             {then: "exit 1", fails: true},
		"something else fails":              {then: waits, more: elsewhere, fails: true},
		"the create's answer is lost":       {then: "true", faults: []fault{lost(create, 0), lost(create, 2)}},
		"the create has a problem":          {often: true, then: "true", faults: []fault{{Route: create, Kind: neontest.FaultStatus, Status: 503}, {Route: create, Kind: neontest.FaultStatus, Status: 500, After: true, Skip: 1}}},
		"the create is refused":             {then: "true", faults: []fault{{Route: create, Kind: neontest.FaultStatus, Status: 422}}, fails: true},
		"the create hangs, is refused":      {then: "true", faults: []fault{{Route: create, Kind: neontest.FaultHangAfter, For: time.Second}, {Route: create, Kind: neontest.FaultStatus, Status: 422, Skip: 1}}, fails: true},
		"the revocation's answer is lost":   {then: "true", faults: []fault{lost(revoke, 0), lost(revoke, 1)}},
		"the revocation has problems":       {then: "true", faults: []fault{{Route: revoke, Kind: neontest.FaultStatus, Status: 500}, {Route: revoke, Kind: neontest.FaultStatus, Status: 503, Skip: 1}, {Route: revoke, Kind: neontest.FaultResetBefore, Skip: 2}}},
		"the revocation is refused":         {then: "true", faults: []fault{{Route: revoke, Kind: neontest.FaultStatus, Status: 403}}, fails: true},
		"all fails, the revocation too":     {often: true, then: "exit 1", faults: []fault{{Route: revoke, Kind: neontest.FaultStatus, Status: 500, Skip: 1, N: 2}, {Route: revoke, Kind: neontest.FaultResetBefore, Skip: 3}}, fails: true},
		"all fails, Neon asks for patience": {then: "exit 1", faults: []fault{{Route: revoke, Kind: neontest.FaultStatus, Status: 429, RetryAfter: "60", Skip: 1}}, fails: true},
		"all fails, no answer":              {then: "exit 1", faults: []fault{{Route: revoke, Kind: neontest.FaultHangBefore, Skip: 1}}, fails: true},
		"Ctrl-C":                            {then: waits, signals: []syscall.Signal{syscall.SIGINT}, fails: true},
		"Ctrl-C, stubborn":                  {first: stubborn, then: waits, signals: []syscall.Signal{syscall.SIGINT}, fails: true},
		"Ctrl-C twice":                      {then: waits, signals: []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, fails: true},
		"Ctrl-C twice, stubborn":            {often: true, first: stubborn, then: waits, signals: []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, fails: true},
		"Ctrl-C twice, faults":              {first: stubborn, then: waits, signals: []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, faults: []fault{{Route: revoke, Kind: neontest.FaultStatus, Status: 500, Skip: 1, N: 2}}, fails: true},
		"SIGTERM":                           {often: true, then: waits, signals: []syscall.Signal{syscall.SIGTERM}, fails: true},
		"SIGTERM twice":                     {first: stubborn, then: waits, signals: []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, fails: true},
		"the terminal is closed":            {often: true, first: stubborn, then: waits, signals: []syscall.Signal{syscall.SIGHUP}, fails: true},
		"as GitHub Actions cancels":         {often: true, first: stubborn, then: waits, signals: []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, fails: true},
	} {
		if !test.often && os.Getenv("FAULTS") != "all" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := neontest.Start(t, neontest.Config{Latency: 20 * time.Millisecond})
			for _, f := range test.faults {
				sim.AddFault(f)
			}
			tf := setUp(t, sim, fmt.Sprintf(oneRun, test.first, test.then)+test.more)
			requireEphemeral(t, tf)
			if slices.Contains(test.signals, syscall.SIGHUP) && signal.Ignored(syscall.SIGHUP) {
				t.Skip("nohup or its like has started this test, and Terraform too ignores that its terminal is closed")
			}
			t.Cleanup(func() { write(t, filepath.Join(tf.Dir, "go"), "") }) // nothing waits any more
			cmd, out := tf.start("apply", "-auto-approve", "-input=false", "-no-color")
			exited := make(chan error, 1)
			go func() { exited <- cmd.Wait() }()
			token := filepath.Join(tf.Dir, "token")
			if test.then != "true" {
				await(t, exited, out, func() bool { _, err := os.Stat(token); return err == nil })
			}
			if test.then == waits {
				used, err := os.ReadFile(token)
				if err != nil || !sim.TokenValid(string(used)) {
					t.Errorf("%v, the token works while it is in use: %t", err, sim.TokenValid(string(used)))
				}
			}
			for i, signal := range test.signals {
				if i > 0 {
					pause(t, 300*time.Millisecond)
				}
				if err := syscall.Kill(-cmd.Process.Pid, signal); err != nil {
					t.Logf("signal %d: %v", i+1, err) // it was faster
				}
			}
			if test.more != "" {
				pause(t, 300*time.Millisecond)
				write(t, filepath.Join(tf.Dir, "go"), "")
			}
			select {
			case err := <-exited:
				if (err != nil) != test.fails {
					t.Errorf("ended with: %v\n%s", err, out)
				}
			case <-time.After(60 * time.Second):
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				err := <-exited // it writes no more
				t.Fatalf("still running, until killed (%v):\n%s", err, out)
			}
			wantNoOneRunKeys(t, sim, out)
			if sim.Count(create) == 0 {
				t.Error("no key was ever made")
			}
			if strings.Contains(out.String(), "napi_") {
				t.Errorf("the output has a token:\n%s", out)
			}
			if state, err := os.ReadFile(filepath.Join(tf.Dir, "terraform.tfstate")); err == nil && strings.Contains(string(state), "napi_") {
				t.Errorf("the state has a token:\n%s", state)
			}
			wantNoPendingFaults(t, sim)
		})
	}
}

// Whoever interrupts the making of a key has none left, in the plan half of an apply (the first create) and in the
// other one.
func TestEphemeralKeysInterruptedWhileTheyAreMade(t *testing.T) {
	t.Parallel()
	for name, signals := range map[string][]syscall.Signal{
		"Ctrl-C":       {syscall.SIGINT},
		"Ctrl-C twice": {syscall.SIGINT, syscall.SIGINT},
	} {
		for half := range 2 {
			for _, fault := range []neontest.Fault{
				{Kind: neontest.FaultDelay, For: 500 * time.Millisecond},
				{Kind: neontest.FaultHangAfter, For: 3 * time.Second},
			} {
				// Else a half of them: each signal, each half and each fault.
				if os.Getenv("FAULTS") != "all" && (len(signals) == half+1) != (fault.Kind == neontest.FaultDelay) {
					continue
				}
				t.Run(fmt.Sprintf("%s, half %d, %s", name, half, fault.Kind), func(t *testing.T) {
					t.Parallel()
					sim := neontest.Start(t, neontest.Config{Latency: 50 * time.Millisecond})
					fault.Route, fault.Skip = create, half
					sim.AddFault(fault)
					tf := setUp(t, sim, fmt.Sprintf(oneRun, "", "true"))
					requireEphemeral(t, tf)
					cmd, out := tf.start("apply", "-auto-approve", "-input=false", "-no-color")
					exited := make(chan error, 1)
					go func() { exited <- cmd.Wait() }()
					await(t, exited, out, func() bool { return sim.Count(create) > half })
					for i, signal := range signals {
						if i > 0 {
							pause(t, 100*time.Millisecond)
						}
						if err := syscall.Kill(-cmd.Process.Pid, signal); err != nil {
							t.Logf("signal %d: %v", i+1, err)
						}
					}
					select {
					case err := <-exited:
						if err == nil {
							t.Errorf("an interrupted apply succeeded:\n%s", out)
						}
					case <-time.After(60 * time.Second):
						t.Fatalf("still running:\n%s", out)
					}
					wantNoOneRunKeys(t, sim, out)
				})
			}
		}
	}
}

// When Terraform is killed, its provider is not, and notices.
func TestEphemeralKeysDoNotOutliveAKilledTerraform(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 20 * time.Millisecond})
	tf := setUp(t, sim, fmt.Sprintf(oneRun, "", waits))
	requireEphemeral(t, tf)
	t.Cleanup(func() { write(t, filepath.Join(tf.Dir, "go"), "") })
	cmd, out := tf.start("apply", "-auto-approve", "-input=false", "-no-color")
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	await(t, exited, out, func() bool { _, err := os.Stat(filepath.Join(tf.Dir, "token")); return err == nil })
	if len(oneRunKeys(sim)) == 0 {
		t.Error("no key is in use")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	wantNoOneRunKeys(t, sim, out)
}

// Plans, refreshes and destroys open the key too, unless it is for applies only.
func TestEphemeralKeyOfEachCommand(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 5 * time.Millisecond})
	tf := attach(t, sim, "variable \"applies_only\" {\n  default = false\n}\n"+
		strings.Replace(fmt.Sprintf(oneRun, "", "true"), "\"run\" {}", "\"run\" {\n  enabled = terraform.applying || !var.applies_only\n}", 1))
	requireEphemeral(t, tf)
	for _, test := range []struct {
		appliesOnly, made bool
		args              []string
	}{
		{false, false, []string{"validate"}},
		{false, true, []string{"plan", "-input=false", "-out=saved.tfplan"}},
		{true, false, []string{"plan", "-input=false"}},
		{false, true, []string{"apply", "-input=false", "-auto-approve"}},
		{true, false, []string{"destroy", "-input=false", "-auto-approve"}},
		{true, true, []string{"apply", "-input=false", "-auto-approve"}},
		{false, true, []string{"plan", "-input=false", "-refresh-only"}},
		{true, false, []string{"plan", "-input=false", "-refresh-only"}},
		{false, true, []string{"destroy", "-input=false", "-auto-approve"}},
	} {
		sim.ResetRequests()
		tf.Env = append(tf.Env, fmt.Sprintf("TF_VAR_applies_only=%t", test.appliesOnly))
		tf.run(test.args...)
		if made := sim.Count(create); (made > 0) != test.made || made != sim.Count(revoke) {
			t.Errorf("%v, applies_only = %t: %d keys were made and %d revoked", test.args, test.appliesOnly, made, sim.Count(revoke))
		}
		if live := oneRunKeys(sim); len(live) > 0 {
			t.Errorf("%v, applies_only = %t: live: %q", test.args, test.appliesOnly, live)
		}
	}
	wantNoKeyInPlan(t, sim, filepath.Join(tf.Dir, "saved.tfplan"))
}
