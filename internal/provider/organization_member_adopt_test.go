package provider_test

import (
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestMemberWithTheRoleIsAdopted(t *testing.T) {
	t.Parallel()
	for name, echo := range map[string]string{"as stored": "", "always editor": "editor", "always member": "member"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t, func(c *neontest.Config) { c.EchoMember = echo })
			dev, _ := sim.Member("dev@example.com")
			for _, role := range []string{"editor", "member"} {
				config := object{"email": "dev@example.com", "role": role}
				planned := admin(t, sim, nil).plan(memberType, nil, config)
				planned.none(t)
				for _, name := range []string{"status", "member_id", "user_id", "joined_at"} { // all of it may change before the apply
					if planned.planned.get(t, name) != "(unknown)" {
						t.Errorf("planned: %v", planned.planned.value)
					}
				}
				made := apply2(t, sim, memberType, nil, config)
				if made.get(t, "status") != "active" || made.get(t, "member_id") != dev.ID || made.get(t, "user_id") != dev.UserID {
					t.Errorf("made: %v", made.value)
				}
				read, diags := admin(t, sim, nil).read(memberType, made)
				diags.none(t)
				if planned := admin(t, sim, nil).plan(memberType, &read, config); !planned.isEmpty() {
					t.Errorf("not empty: %v", planned.planned.value)
				}
			}
			if n := sim.Count("POST /organizations/{org_id}/invitations") + sim.Count("PATCH /organizations/{org_id}/members/{member_id}"); n != 0 {
				t.Errorf("%d writes", n)
			}
		})
	}
}

func TestMemberWithAnotherRoleMustBeImported(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := object{"email": "dev@example.com", "role": "admin"}
	planned := admin(t, sim, nil).plan(memberType, nil, config)
	problem := planned.wantError(t, "dev@example.com", "import {", `id = "`+sim.OrgID()+`/dev@example.com"`, `role = "editor"`, "-refresh=false")
	if problem.Attribute == nil || !strings.Contains(problem.Attribute.String(), "role") {
		t.Errorf("the error is at %v", problem.Attribute)
	}
	// The role changes between plan and apply: nothing is sent.
	planned = admin(t, sim, nil).plan(memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	sim.SetRole("dev@example.com", "viewer")
	_, diags := admin(t, sim, nil).apply(planned)
	diags.wantError(t, "dev@example.com", "import {")
	// After the import the plan shows the change.
	imported, diags := admin(t, sim, nil).importState(memberType, sim.OrgID()+"/dev@example.com")
	diags.none(t)
	planned = admin(t, sim, nil).plan(memberType, &imported, config)
	planned.none(t)
	if planned.isEmpty() || len(planned.replace) != 0 || planned.planned.get(t, "role") != "admin" || planned.planned.get(t, "member_id") != imported.get(t, "member_id") {
		t.Errorf("planned: %v", planned.planned.value)
	}
}

func TestMemberWithAPendingInvitationIsAdopted(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("Guest@Example.com", "member")
	made := apply2(t, sim, memberType, nil, object{"email": "guest@example.com", "role": "editor"})
	if made.get(t, "status") != "pending" || made.get(t, "role") != "editor" || made.get(t, "invitation_id") == "" {
		t.Errorf("made: %v", made.value)
	}
	if n := sim.Count("POST /organizations/{org_id}/invitations"); n != 0 {
		t.Errorf("%d invitations sent", n)
	}
	// Another role is another invitation.
	sim.AddInvitation("second@example.com", "viewer")
	planned := admin(t, sim, nil).plan(memberType, nil, object{"email": "second@example.com", "role": "editor"})
	planned.wantWarning(t, "To be invited: second@example.com as editor")
	apply2(t, sim, memberType, nil, object{"email": "second@example.com", "role": "editor"})
	if open := invited(sim, "second@example.com"); len(open) != 1 || open[0].Role != "editor" {
		t.Errorf("open: %v", open)
	}
}

func TestMemberWhoIsDeactivatedIsAdoptedAndSaysSo(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.Deactivate("dev@example.com")
	made := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	if made.get(t, "status") != "deactivated" {
		t.Errorf("status %q", made.get(t, "status"))
	}
}

func TestMemberJoinsMeanwhile(t *testing.T) {
	t.Parallel()
	for _, behaviour := range []string{"conflict", "ignore", "invite"} {
		t.Run(behaviour, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t, func(c *neontest.Config) { c.InviteMember = behaviour })
			config := object{"email": "new@example.com", "role": "viewer"}
			p := admin(t, sim, nil)
			planned := p.plan(memberType, nil, config)
			planned.wantWarning(t, "To be invited: new@example.com as viewer")
			sim.AddMember("new@example.com", "viewer") // by domain; the lists that p has do not know it
			made, diags := p.apply(planned)
			diags.noErrors(t)
			if made.get(t, "status") != "active" {
				t.Errorf("made: %v", made.value)
			}
		})
	}
}

func TestMemberWhoAcceptsAnotherRoleIsPutRight(t *testing.T) {
	t.Parallel()
	sim := simulate(t, func(c *neontest.Config) { c.InviteAgain, c.OldInvitationCounts = "add", true })
	made := apply2(t, sim, memberType, nil, object{"email": "new@example.com", "role": "viewer"})
	config := object{"email": "new@example.com", "role": "editor"}
	planned := admin(t, sim, nil).plan(memberType, &made, config)
	planned.wantWarning(t, "To be invited again: new@example.com as editor", "invitation as viewer", "may still be accepted")
	made, diags := admin(t, sim, nil).apply(planned)
	diags.noErrors(t)
	if err := sim.Accept("new@example.com"); err != nil {
		t.Fatal(err)
	}
	made, diags = admin(t, sim, nil).read(memberType, made)
	diags.none(t)
	planned = admin(t, sim, nil).plan(memberType, &made, config)
	if made.get(t, "role") != "viewer" || planned.isEmpty() {
		t.Fatalf("read: %v", made.value)
	}
	_, diags = admin(t, sim, nil).apply(planned)
	diags.noErrors(t)
	if err := wantRole(sim, "new@example.com", "editor"); err != nil {
		t.Error(err)
	}
}

func TestMemberAcceptsBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := apply2(t, sim, memberType, nil, object{"email": "new@example.com", "role": "viewer"})
	planned := admin(t, sim, nil).plan(memberType, &made, object{"email": "new@example.com", "role": "editor"})
	if err := sim.Accept("new@example.com"); err != nil {
		t.Fatal(err)
	}
	made, diags := admin(t, sim, nil).apply(planned)
	diags.noErrors(t)
	if made.get(t, "status") != "active" {
		t.Errorf("made: %v", made.value)
	}
	if err := wantRole(sim, "new@example.com", "editor"); err != nil {
		t.Error(err)
	}
}

func TestMemberRemovedWhileNeonGoesOnListingTheInvitation(t *testing.T) {
	t.Parallel()
	sim := simulate(t, func(c *neontest.Config) { c.KeepAcceptedInvitations = true })
	config := object{"email": "new@example.com", "role": "viewer"}
	made := apply2(t, sim, memberType, nil, config)
	if err := sim.Accept("new@example.com"); err != nil {
		t.Fatal(err)
	}
	made, diags := admin(t, sim, nil).read(memberType, made)
	diags.none(t)
	if planned := admin(t, sim, nil).plan(memberType, &made, config); !planned.isEmpty() || made.get(t, "status") != "active" {
		t.Fatalf("after acceptance: %v, plan %v", made.value, planned.planned.value)
	}
	sim.RemoveMember("new@example.com")
	made, diags = admin(t, sim, nil).read(memberType, made)
	diags.wantWarning(t, "Gone from the organization: new@example.com")
	planned := admin(t, sim, nil).plan(memberType, &made, config)
	planned.wantWarning(t, "To be invited again: new@example.com as viewer")
	before := sim.Count("POST /organizations/{org_id}/invitations")
	made, diags = admin(t, sim, nil).apply(planned)
	diags.noErrors(t)
	if sim.Count("POST /organizations/{org_id}/invitations") != before+1 || made.get(t, "status") == "removed" {
		t.Errorf("made: %v", made.value)
	}
}

func TestMemberImport(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("guest@example.com", "viewer")
	dev, _ := sim.Member("dev@example.com")
	p := admin(t, sim, nil)
	for _, id := range []string{"dev@example.com", "Dev@Example.com", dev.ID, sim.OrgID() + "/dev@example.com", sim.OrgID() + "/" + dev.ID} {
		imported, diags := p.importState(memberType, id)
		diags.none(t)
		if imported.get(t, "email") != "dev@example.com" || imported.get(t, "member_id") != dev.ID || imported.get(t, "status") != "active" {
			t.Errorf("%s: %v", id, imported.value)
		}
		for _, role := range []string{"editor", "member"} {
			if planned := p.plan(memberType, &imported, object{"email": "dev@example.com", "role": role}); !planned.isEmpty() && len(planned.messages) == 0 {
				t.Errorf("%s: planned %v", id, planned.planned.value)
			}
			p = admin(t, sim, nil)
		}
	}
	imported, diags := p.importState(memberType, "guest@example.com")
	diags.none(t)
	if imported.get(t, "status") != "pending" || imported.get(t, "role") != "viewer" {
		t.Errorf("guest: %v", imported.value)
	}
}
