//go:build unix

package e2e

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// token is what an API key looks like.
var token = regexp.MustCompile(`napi_[a-z0-9]{8,}`)

const lifeCycle = `
variable "generation" {
  default = "1"
}
resource "neon_organization_api_key" "ci" {
  name              = "ci"
  rotation_triggers = { generation = var.generation }
}
resource "neon_organization_member" "new" {
  email = "new@example.com"
  role  = "viewer"
}
data "neon_organization_api_keys" "all" {}
data "neon_caller_identity" "me" {}
output "key" {
  value     = neon_organization_api_key.ci.key
  sensitive = true
}
`

// TestSecretsStayWhereTheyBelong runs a life cycle with faults, with all logs on, and looks for keys in
// everything that Terraform and the provider wrote, but for the state of the resource that keeps one.
func TestSecretsStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond})
	tf := setUp(t, sim, lifeCycle)
	log := filepath.Join(tf.Dir, "trace.log")
	tf.Env = append(tf.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	var written strings.Builder
	run := func(wantSuccess bool, args ...string) {
		t.Helper()
		out, err := tf.try(args...)
		written.WriteString(out)
		if (err == nil) != wantSuccess {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	echo := neontest.Fault{Kind: neontest.FaultStatus, Status: 400, Message: "Authorization: Bearer " + sim.PersonalKey()}
	for _, fault := range []neontest.Fault{
		{Route: create, Kind: neontest.FaultResetAfter},
		{Route: create, Kind: neontest.FaultCutShort, Skip: 1},
		{Route: create, Kind: neontest.FaultCutJSON, Skip: 4}, // the create of the second apply with generation=2: two in a row would be given up
		{Route: "GET /organizations/{org_id}/members", Kind: neontest.FaultStatus, Status: 500},
		{Route: "POST /organizations/{org_id}/invitations", Kind: neontest.FaultResetAfter},
	} {
		sim.AddFault(fault)
	}
	run(true, "plan", "-input=false", "-out=saved.tfplan")
	run(true, "apply", "-input=false", "saved.tfplan")
	if live := sim.APIKeys(); len(live) != 3 || sim.Count(create) != 3 {
		t.Errorf("%d creates, live: %v", sim.Count(create), live)
	}
	echo.Route = create
	sim.AddFault(echo)
	run(false, "apply", "-input=false", "-auto-approve", "-var=generation=2")
	run(true, "apply", "-input=false", "-auto-approve", "-var=generation=2")
	run(true, "show")
	wantNoPendingFaults(t, sim)
	echo.Route, echo.N = "GET /organizations/{org_id}/api_keys", -1
	sim.AddFault(echo)
	run(false, "plan", "-input=false", "-var=generation=2")
	sim.ClearFaults()
	run(true, "destroy", "-input=false", "-auto-approve")

	// An answer that echoes the key shows that the looking below would find something.
	if !strings.Contains(written.String(), "Authorization: Bearer (redacted)") {
		t.Errorf("the echo is not in the output:\n%s", written.String())
	}
	wantNoKey(t, sim, "the output", written.String())
	trace, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(trace), "Neon API request") {
		t.Fatalf("the log lacks the provider's lines: %v", err)
	}
	wantNoKey(t, sim, "the log", string(trace))
	for _, request := range sim.Requests() {
		wantNoKey(t, sim, "the request line of "+request.Path, request.Path+" "+request.Query)
	}
}

// wantNoKey fails if a text has a key in it.
func wantNoKey(t *testing.T, sim *neontest.Server, where, text string) {
	t.Helper()
	if found := token.FindString(text); found != "" || strings.Contains(text, sim.PersonalKey()) {
		at := strings.Index(text, found)
		t.Errorf("a key is in %s: …%s…", where, text[max(0, at-200):at])
	}
}

// TestEphemeralTokensStayInTheRun opens ephemeral keys, with faults and all logs on, and looks for tokens in
// what Terraform leaves behind.
func TestEphemeralTokensStayInTheRun(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond})
	tf := setUp(t, sim, fmt.Sprintf(oneRun, "", "true"))
	requireEphemeral(t, tf)
	tf.Env = append(tf.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(tf.Dir, "trace.log"))
	for _, fault := range []neontest.Fault{
		{Route: create, Kind: neontest.FaultCutShort},
		{Route: create, Kind: neontest.FaultCutJSON, Skip: 2},                                                                    // in the apply: two in a row would be given up
		{Route: revoke, Kind: neontest.FaultStatus, Status: 400, Message: "Authorization: Bearer " + sim.PersonalKey(), Skip: 4}, // the last Close
	} {
		sim.AddFault(fault)
	}
	var written strings.Builder
	for _, test := range []struct {
		succeeds bool
		args     []string
	}{
		{true, []string{"plan", "-input=false", "-out=saved.tfplan"}},
		{true, []string{"apply", "-input=false", "saved.tfplan"}},
		{false, []string{"apply", "-input=false", "-auto-approve", "-replace=terraform_data.release"}},
	} {
		out, err := tf.try(test.args...)
		written.WriteString(out)
		if (err == nil) != test.succeeds {
			t.Fatalf("%v: %v\n%s", test.args, err, out)
		}
	}
	for _, part := range []string{"Cannot revoke the ephemeral API key \"terraform-", "Bearer (redacted)", "curl -X DELETE"} {
		if !strings.Contains(written.String(), part) {
			t.Errorf("the output lacks %q:\n%s", part, &written)
		}
	}
	wantNoKey(t, sim, "the output", written.String())
	for _, name := range []string{"trace.log", "terraform.tfstate"} {
		text, err := os.ReadFile(filepath.Join(tf.Dir, name))
		if err != nil || len(text) == 0 {
			t.Errorf("%s: %v", name, err)
		}
		wantNoKey(t, sim, name, string(text))
	}
	wantNoKeyInPlan(t, sim, filepath.Join(tf.Dir, "saved.tfplan"))
	if used, err := os.ReadFile(filepath.Join(tf.Dir, "token")); err != nil || !token.Match(used) {
		t.Errorf("the provisioner had no token: %q, %v", used, err)
	}
	wantNoPendingFaults(t, sim)
	wantNoOneRunKeys(t, sim, &written)
}

// wantNoKeyInPlan fails if a saved plan, which is a ZIP file, has a key in it.
func wantNoKeyInPlan(t *testing.T, sim *neontest.Server, path string) {
	t.Helper()
	saved, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = saved.Close() }()
	if len(saved.File) < 3 {
		t.Errorf("%s has %d files", path, len(saved.File))
	}
	for _, file := range saved.File {
		opened, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(opened)
		_ = opened.Close()
		if err != nil {
			t.Fatal(err)
		}
		wantNoKey(t, sim, path+"/"+file.Name, string(text))
	}
}
