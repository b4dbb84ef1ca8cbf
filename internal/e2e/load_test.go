//go:build unix

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const crowd = `
resource "neon_organization_api_key" "many" {
  count = 70
  name  = "interrupted-${count.index}"
}
resource "neon_organization_member" "known" {
  count = 40
  email = format("person-%05d@example.com", count.index + 6)
  role  = ["editor", "viewer", "editor", "collaborator"][(count.index + 6) % 4]
}
resource "neon_organization_member" "new" {
  count = 40
  email = "new-${count.index}@example.com"
  role  = "viewer"
}
`

// TestFiftyAtOnce applies 70 keys and 80 people with -parallelism=50 to a server that enforces Neon's
// published limits.
func TestFiftyAtOnce(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Limits: true, Latency: 20 * time.Millisecond, ExtraMembers: 40})
	tf := attach(t, sim, crowd)
	tf.run("apply", "-auto-approve", "-input=false", "-parallelism=50")
	// None, on a machine that has time for it; the tests of the pace prove it with a clock of their own.
	t.Logf("%d requests were over the limits, and were sent again", sim.RateLimited())
	if keys, open := len(liveKeys(sim)), len(sim.Invitations()); keys != 70 || open != 40 || sim.Count(create) > 70+sim.RateLimited() {
		t.Errorf("%d keys after %d creates, %d invitations", keys, sim.Count(create), open)
	}
	sim.ResetRequests()
	if out := tf.run("plan", "-detailed-exitcode", "-input=false", "-parallelism=50"); !strings.Contains(out, "No changes.") {
		t.Errorf("the second plan:\n%s", out)
	}
	// One list of keys, one page of members, one list of invitations, and what kind of key it is.
	if sim.RequestCount() != 4 {
		t.Errorf("a plan of 150 resources made %d requests: %v", sim.RequestCount(), sim.Counts())
	}
}
