package provider_test

import (
	"errors"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestLifeOfAnInvitation(t *testing.T) {
	live(t, func(l life) {
		guest := func(role string) object { return object{"email": "guest@example.com", "role": role} }
		status := func(status string) map[string]string { return map[string]string{"status": status} }
		open := func(role string) func() error {
			return func() error { return wantInvitation(l.sim, "guest@example.com", role) }
		}
		l.through(invitationType, apply{name: "invited", config: guest("member"), does: "create", wants: status("pending"), holds: open("member")})
		l.importBrings(livedAt, "guest@example.com")
		l.importBrings(livedAt, l.sim.OrgID()+"/guest@example.com")
		l.importBrings(livedAt, l.get("id"))
		l.through(
			invitationType,
			apply{name: "the old name of the role", config: guest("editor"), does: "", holds: open("member")},
			apply{name: "another role while pending", config: guest("viewer"), does: "replace", holds: open("viewer")},
			apply{name: "cancelled by hand", outside: func() { l.sim.CancelInvitation("guest@example.com") }, config: guest("viewer"), does: "create", holds: open("viewer")},
			apply{name: "accepted", outside: func() { l.accepts("guest@example.com") }, config: guest("viewer"), does: "", wants: status("accepted")},
			apply{name: "history, even if the role changes", outside: func() { l.sim.SetRole("guest@example.com", "admin") }, config: guest("viewer"), does: ""},
			apply{
				name: "or they are removed", outside: func() { l.sim.RemoveMember("guest@example.com") }, config: guest("viewer"), does: "", wants: status("accepted"),
				holds: func() error {
					if _, member := l.sim.Member("guest@example.com"); member || len(invited(l.sim, "guest@example.com")) != 0 {
						return errors.New("invited again")
					}
					return nil
				},
			},
			apply{name: "destroyed", does: "destroy"},
		)
		if n := l.sim.Count(removeRoute); n != 0 {
			l.t.Errorf("%d members removed", n)
		}
	})
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
	if err := wantRole(sim, "dev@example.com", "editor"); err != nil {
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
