//go:build unix

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// TestActions invokes the actions of the examples, and lets a resource trigger one, with Terraform from 1.14 on.
func TestActions(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	sim.OtherOrg().AddMember("lead@example.com", "admin")
	first := sim.AddInvitation("consultant@partner.example", "viewer")
	tf := setUp(t, sim, "")
	if tf.version.OpenTofu {
		t.Skip("OpenTofu has no actions")
	}
	tf.require(14, 0, "actions")
	for _, action := range []string{"neon_transfer_projects", "neon_revoke_organization_api_key", "neon_resend_organization_invitation"} {
		write(t, filepath.Join(tf.Dir, action+".tf"), read(t, "examples", "actions", action, "action.tf"))
	}
	invited := func() neontest.Invitation {
		t.Helper()
		open := sim.Invitations()
		if len(open) != 1 || open[0].Role != "viewer" {
			t.Fatalf("the open invitations are %+v", open)
		}
		return open[0]
	}

	tf.run("apply", "-auto-approve")
	if invited().ID != first.ID {
		t.Error("the create of the trigger, which is for updates, sent an invitation")
	}
	out := flat(tf.run("apply", "-auto-approve", "-invoke=action.neon_resend_organization_invitation.consultant"))
	second := invited()
	if second.ID == first.ID || !strings.Contains(out, "Sent the invitation of consultant@partner.example") {
		t.Errorf("the invitation was not sent again:\n%s", out)
	}
	example := read(t, "examples", "actions", "neon_resend_organization_invitation", "action.tf")
	write(t, filepath.Join(tf.Dir, "neon_resend_organization_invitation.tf"),
		strings.Replace(example, `formatdate("YYYY-MM", plantimestamp())`, `"next month"`, 1))
	out = flat(tf.run("apply", "-auto-approve"))
	if invited().ID == second.ID || !strings.Contains(out, "To be invited again: consultant@partner.example") {
		t.Errorf("the trigger did not send the invitation:\n%s", out)
	}

	out = flat(tf.run("plan", "-invoke=action.neon_transfer_projects.website"))
	if !strings.Contains(out, "To be transferred to org-elsewhere-87654321: shiny-wind-12345678") || !strings.Contains(out, "Stops working") {
		t.Errorf("the plan does not show the transfer:\n%s", out)
	}
	ids := func(projects []neontest.Project) (ids []string) {
		for _, project := range projects {
			ids = append(ids, project.ID)
		}
		return ids
	}
	if !slices.Contains(ids(sim.Projects()), "shiny-wind-12345678") {
		t.Fatal("the plan transferred the project")
	}
	tf.run("apply", "-auto-approve", "-invoke=action.neon_revoke_organization_api_key.leaked")
	if slices.ContainsFunc(sim.APIKeys(), func(key neontest.APIKey) bool { return key.ID == 1734102 }) {
		t.Error("the key was not revoked")
	}
	tf.run("apply", "-auto-approve", "-invoke=action.neon_transfer_projects.website")
	if !slices.Contains(ids(sim.OtherOrg().Projects()), "shiny-wind-12345678") {
		t.Error("the project was not transferred")
	}
}
