package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestInvitationLifeCycle(t *testing.T) {
	t.Parallel()
	t.Attr("feature", "resources")
	t.Attr("feature", "import command")
	sim := simulate(t)
	const address = invitationType + ".guest"
	config := func(email, role string) string {
		return asAdmin(sim, fmt.Sprintf("resource %q \"guest\" {\n email = %q\n role = %q\n}", invitationType, email, role))
	}
	status := func(want string) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("status"), knownvalue.StringExact(want))}
	}
	open := func(email, role string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if list := invited(sim, email); len(list) != 1 || list[0].Role != role {
				return fmt.Errorf("open invitations of %s: %v", email, list)
			}
			return nil
		}
	}
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	accept(t,
		resource.TestStep{Config: config("guest@example.com", "member"), ConfigStateChecks: status("pending"), Check: open("guest@example.com", "member")},
		resource.TestStep{Config: config("guest@example.com", "editor"), ConfigPlanChecks: empty},
		resource.TestStep{ResourceName: address, ImportState: true, ImportStateVerify: true},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true,
			ImportStateId: sim.OrgID() + "/guest@example.com",
		},
		resource.TestStep{ // another role while pending
			Config:           config("guest@example.com", "viewer"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionReplace)}},
			Check:            open("guest@example.com", "viewer"),
		},
		resource.TestStep{ // cancelled by hand
			PreConfig: func() { sim.CancelInvitation("guest@example.com") },
			Config:    config("guest@example.com", "viewer"),
			Check:     open("guest@example.com", "viewer"),
		},
		resource.TestStep{ // accepted
			PreConfig: func() {
				if err := sim.Accept("guest@example.com"); err != nil {
					t.Error(err)
				}
			},
			Config: config("guest@example.com", "viewer"), ConfigPlanChecks: empty, ConfigStateChecks: status("accepted"),
		},
		resource.TestStep{ // history, even if the role changes
			PreConfig: func() { sim.SetRole("guest@example.com", "admin") },
			Config:    config("guest@example.com", "viewer"), ConfigPlanChecks: empty,
		},
		resource.TestStep{ // or they are removed
			PreConfig: func() { sim.RemoveMember("guest@example.com") },
			Config:    config("guest@example.com", "viewer"), ConfigPlanChecks: empty, ConfigStateChecks: status("accepted"),
			Check: func(*terraform.State) error {
				if _, member := sim.Member("guest@example.com"); member || len(invited(sim, "guest@example.com")) != 0 {
					return fmt.Errorf("invited again")
				}
				return nil
			},
		},
	)
	if n := sim.Count("DELETE /organizations/{org_id}/members/{member_id}"); n != 0 {
		t.Errorf("%d members removed", n)
	}
}

func TestInvitationOfAMember(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	planned := admin(t, sim, nil).plan(invitationType, nil, object{"email": "dev@example.com", "role": "viewer"})
	planned.wantWarning(t, "Already a member with another role: dev@example.com", "as editor", memberType)
	if planned.planned.get(t, "status") != "(unknown)" { // they may leave before the apply
		t.Errorf("planned: %v", planned.planned.value)
	}
	made, diags := admin(t, sim, nil).apply(planned)
	diags.none(t)
	if made.get(t, "status") != "accepted" || made.get(t, "role") != "viewer" || made.get(t, "id") != "" {
		t.Errorf("made: %v", made.value)
	}
	planned = admin(t, sim, nil).plan(invitationType, &made, nil)
	planned.none(t)
	_, diags = admin(t, sim, nil).apply(planned)
	diags.none(t)
	if err := hasRole(sim, "dev@example.com", "editor"); err != nil {
		t.Error(err)
	}
	if n := sim.Count("POST /organizations/{org_id}/invitations"); n != 0 {
		t.Errorf("%d invitations sent", n)
	}
}

func TestInvitationIsNeverSentTwice(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("guest@example.com", "viewer")
	made := apply2(t, sim, invitationType, nil, object{"email": "guest@example.com", "role": "viewer"})
	if made.get(t, "status") != "pending" || sim.Count("POST /organizations/{org_id}/invitations") != 0 {
		t.Errorf("made: %v", made.value)
	}
}

func TestInvitationSaysThatItStaysOpen(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	planned := admin(t, sim, nil).plan(invitationType, nil, object{"email": "guest@example.com", "role": "viewer"})
	planned.wantWarning(t, "To be invited: guest@example.com as viewer", "cannot cancel")
	made := apply2(t, sim, invitationType, nil, object{"email": "guest@example.com", "role": "viewer"})
	planned = admin(t, sim, nil).plan(invitationType, &made, nil)
	planned.wantWarning(t, "Invitation stays open: guest@example.com", "Console")
	_, diags := admin(t, sim, nil).apply(planned)
	diags.wantWarning(t, "Invitation stays open: guest@example.com")
	admin(t, sim, nil).plan(invitationType, &made, object{"email": "other@example.com", "role": "viewer"}).wantWarning(t, "Invitation stays open: guest@example.com")
}

func TestInvitationAcceptedAndStillListed(t *testing.T) {
	t.Parallel()
	sim := simulate(t, func(c *neontest.Config) { c.KeepAcceptedInvitations = true })
	made := apply2(t, sim, invitationType, nil, object{"email": "guest@example.com", "role": "viewer"})
	if err := sim.Accept("guest@example.com"); err != nil {
		t.Fatal(err)
	}
	made, diags := admin(t, sim, nil).read(invitationType, made)
	diags.none(t)
	if made.get(t, "status") != "accepted" {
		t.Errorf("read: %v", made.value)
	}
}
