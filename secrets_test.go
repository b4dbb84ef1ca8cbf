//go:build unix

package main

import (
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
	log := filepath.Join(tf.dir, "trace.log")
	tf.env = append(tf.env, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	var written strings.Builder
	run := func(wantSuccess bool, args ...string) {
		t.Helper()
		cmd, out := tf.start(append(args, "-no-color")...)
		err := cmd.Wait()
		written.WriteString(out.String())
		if (err == nil) != wantSuccess {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	echo := neontest.Fault{Kind: neontest.FaultStatus, Status: 400, Message: "Authorization: Bearer " + sim.PersonalKey()}
	for _, fault := range []neontest.Fault{
		{Route: create, Kind: neontest.FaultResetAfter},
		{Route: create, Kind: neontest.FaultCutShort, Skip: 1},
		{Route: create, Kind: neontest.FaultCutJSON, Skip: 2},
		{Route: "GET /organizations/{org_id}/members", Kind: neontest.FaultStatus, Status: 500},
		{Route: "POST /organizations/{org_id}/invitations", Kind: neontest.FaultResetAfter},
	} {
		sim.AddFault(fault)
	}
	run(true, "plan", "-input=false", "-out=saved.tfplan")
	run(true, "show", "saved.tfplan")
	run(true, "apply", "-input=false", "saved.tfplan")
	if live := sim.APIKeys(); len(live) != 3 || sim.Count(create) != 4 {
		t.Errorf("%d creates, live: %v", sim.Count(create), live)
	}
	echo.Route = create
	sim.AddFault(echo)
	run(false, "apply", "-input=false", "-auto-approve", "-var=generation=2")
	run(true, "apply", "-input=false", "-auto-approve", "-var=generation=2")
	run(true, "show")
	echo.Route, echo.N = "GET /organizations/{org_id}/api_keys", -1
	sim.AddFault(echo)
	run(false, "plan", "-input=false", "-var=generation=2")
	sim.ClearFaults()
	run(true, "destroy", "-input=false", "-auto-approve")

	// An answer that echoes the key shows that the looking below would find something.
	if !strings.Contains(written.String(), "Authorization: Bearer (redacted)") {
		t.Errorf("the echo is not in the output:\n%s", written.String())
	}
	look := func(where, text string) {
		if found := token.FindString(text); found != "" || strings.Contains(text, sim.PersonalKey()) {
			at := strings.Index(text, found)
			t.Errorf("a key is in %s: …%s…", where, text[max(0, at-200):at])
		}
	}
	look("the output", written.String())
	trace, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(trace), "Neon API request") {
		t.Fatalf("the log lacks the provider's lines: %v", err)
	}
	look("the log", string(trace))
	for _, request := range sim.Requests() {
		look("the request line of "+request.Path, request.Path+" "+request.Query)
	}
}
