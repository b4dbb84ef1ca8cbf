//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// TestTwoKeys applies the documented configuration that reads with one key and makes a key with another. It takes real
// processes: in the framework's tests, all provider configurations are one.
func TestTwoKeys(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	config, err := os.ReadFile(filepath.Join("examples", "provider", "two-keys.tf"))
	if err != nil {
		t.Fatal(err)
	}
	tf := setUp(t, sim, "")
	tf.require(10, 11, "ephemeral variables")
	write(t, filepath.Join(tf.Dir, "main.tf"), string(config))
	tf.Env = append(tf.Env, "NEON_API_KEY=", "NEON_ORG_ID=", "TF_VAR_neon_organization_key="+sim.OrganizationKey(), "TF_VAR_neon_admin_key="+sim.PersonalKey())
	for _, command := range [][]string{{"apply", "-auto-approve"}, {"plan", "-detailed-exitcode"}} {
		if out, err := tf.runs(command...); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
	by := map[string]bool{}
	for _, request := range sim.Requests() {
		kind, _, _ := strings.Cut(request.Key, " ")
		by[request.Route+" by "+kind] = true
	}
	if !by["GET /organizations/{org_id}/members by organization"] || !by[create+" by personal"] || by[create+" by organization"] {
		t.Errorf("which key was used for what: %v", by)
	}
}
