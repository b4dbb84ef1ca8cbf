package provider_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// failing refreshes, plans and applies a list, and returns what a failed apply leaves in the state.
func failing(t *testing.T, sim *neontest.Server, prior *state, config object) (*state, messages) {
	t.Helper()
	planned := admin(t, sim, nil).plan(listType, prior, config)
	planned.noErrors(t)
	made, diags := admin(t, sim, nil).apply(planned)
	made.private = nil
	return &made, diags
}

func TestMembersExclusiveRefusals(t *testing.T) {
	t.Parallel()
	patch := "PATCH /organizations/{org_id}/members/{member_id}"
	remove := "DELETE /organizations/{org_id}/members/{member_id}"
	list := but(seeded(), "ops@example.com=editor", "dev@example.com=admin", "data@example.com=", "audit@example.com=editor", "a@example.com=viewer", "b@example.com=viewer")
	for name, test := range map[string]struct {
		fault   neontest.Fault
		summary string
		parts   []string
		left    map[string]string // the organization
		pending string            // those whom the state has as pending
	}{
		"a role for one person": {
			fault: neontest.Fault{Route: patch, Kind: neontest.FaultStatus, Status: 422, Skip: 1}, summary: "Cannot give audit@example.com the role editor", parts: []string{"HTTP 422"},
			left: but(seeded(), "ops@example.com=editor", "dev@example.com=admin", "data@example.com="), pending: "a@example.com b@example.com",
		},
		"a removal": {
			fault: neontest.Fault{Route: remove, Kind: neontest.FaultStatus, Status: 409}, summary: "Cannot remove data@example.com",
			left: but(seeded(), "ops@example.com=editor", "dev@example.com=admin", "audit@example.com=editor"), pending: "a@example.com b@example.com",
		},
		"a promotion: no admin loses anything": {
			fault: neontest.Fault{Route: patch, Kind: neontest.FaultStatus, Status: 422}, summary: "Cannot give dev@example.com the role admin",
			left: but(seeded(), "data@example.com=", "audit@example.com=editor"), pending: "a@example.com b@example.com",
		},
		"not about one person: nothing more is tried": {
			fault: neontest.Fault{Route: patch, Kind: neontest.FaultStatus, Status: 401, Skip: 1, N: -1}, summary: "Cannot give audit@example.com the role editor", parts: []string{"API key"},
			left: but(seeded(), "dev@example.com=admin"), pending: "a@example.com b@example.com",
		},
		"invitations with a key that is not good": {
			fault: neontest.Fault{Route: "POST " + invitationsRoute, Kind: neontest.FaultStatus, Status: 403, N: -1}, summary: "Cannot invite a@example.com, b@example.com", parts: []string{"HTTP 403"},
			left: but(seeded(), "dev@example.com=admin"), pending: "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			prior := adopted(t, sim)
			sim.AddFault(test.fault)
			now, diags := failing(t, sim, prior, object{"members": list})
			diags.wantError(t, test.summary, test.parts...)
			inPart := diags.wantError(t, "Changed in part: the members of "+sim.OrgID(), "Done:", "give dev@example.com the role admin", "apply again")
			if strings.HasPrefix(name, "a promotion") && !strings.Contains(inPart.Detail, "give ops@example.com the role editor instead of admin (not tried, because a promotion failed)") {
				t.Errorf("the message is\n%s", inPart.Detail)
			}
			if got := rolesOf(sim); !maps.Equal(got, test.left) {
				t.Errorf("the organization is %v, want %v", got, test.left)
			}
			want, pending := but(test.left), map[string]string{}
			for email := range strings.FieldsSeq(test.pending) {
				want[email], pending[email] = "viewer", ""
			}
			wantTexts(t, *now, "members", want)
			wantTexts(t, *now, "pending_members", pending)
			sim.ClearFaults()
			// The state said what is true: nothing comes of reading it.
			_, read, diags := refreshed(t, sim, now)
			diags.none(t)
			if !read.value.Equal(now.value) {
				t.Errorf("the state said\n%s, and a read finds\n%s", now.value, read.value)
			}
			applyList(t, sim, now, object{"members": list})
			if got, want := rolesOf(sim), but(list, "a@example.com=", "b@example.com="); !maps.Equal(got, want) {
				t.Errorf("the organization is %v, want %v", got, want)
			}
			for _, problem := range doubleInvitations(sim) {
				t.Error(problem)
			}
		})
	}
}

// Neon refuses all invitations for the sake of one: that one is found, the others are invited.
func TestMembersExclusiveRefusedInvitation(t *testing.T) {
	t.Parallel()
	for name, partly := range map[string]bool{"all or nothing": false, "partly": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t, func(c *neontest.Config) { c.InvitePartly, c.InviteAgain = partly, "conflict" })
			sim.AddInvitation("new-17@example.com", "editor")
			list := but(seeded())
			for i := range 40 {
				list[fmt.Sprintf("new-%02d@example.com", i)] = "viewer"
			}
			prior := adopted(t, sim)
			now, diags := failing(t, sim, prior, object{"members": list})
			diags.wantError(t, "Cannot invite new-17@example.com as viewer", "HTTP 409", "already invited")
			diags.wantError(t, "Changed in part", "invite new-16@example.com as viewer")
			if len(diags.errors()) != 2 {
				t.Errorf("%d errors:\n%s", len(diags.errors()), diags)
			}
			if open := sim.Invitations(); len(open) != 40 {
				t.Errorf("%d invitations are open", len(open))
			}
			wantTexts(t, *now, "members", but(list, "new-17@example.com=editor"))
			if sent := sim.Count("POST " + invitationsRoute); sent > 15 {
				t.Errorf("%d requests to find one of 40", sent)
			}
			sim.SetConfig(func(c *neontest.Config) { c.InviteAgain = "" })
			applyList(t, sim, now, object{"members": list})
			if open := sim.Invitations(); len(open) != 40 {
				t.Errorf("%d invitations are open", len(open))
			}
		})
	}
}

// A role that the organization does not have is refused for everybody who is to get it.
func TestMembersExclusiveRefusedForMany(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AcceptRoles("admin", "editor", "viewer")
	list := but(seeded())
	for i := range 100 {
		list[fmt.Sprintf("new-%02d@example.com", i)] = "collaborator"
	}
	prior := adopted(t, sim)
	_, diags := failing(t, sim, prior, object{"members": list})
	diags.wantError(t, "Cannot invite", "and", "more", "not valid for this organization")
	if sent := sim.Count("POST " + invitationsRoute); sent > 24 || len(sim.Invitations()) != 0 {
		t.Errorf("%d requests, %d invitations", sent, len(sim.Invitations()))
	}
}

func TestMembersExclusiveCreateInPart(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AcceptRoles("admin", "editor", "viewer")
	list := but(seeded(), "a@example.com=viewer", "b@example.com=collaborator")
	made, diags := failing(t, sim, nil, object{"members": list})
	diags.wantError(t, "Cannot invite b@example.com as collaborator")
	diags.wantError(t, "Changed in part: the members of "+sim.OrgID(), "invite a@example.com as viewer", "tainted", "removes no one", "terraform untaint ADDRESS")
	wantTexts(t, *made, "members", but(list, "b@example.com="))

	// Where nothing was done, there is no state, and nothing to untaint.
	nothing, diags := failing(t, sim, nil, object{"members": list})
	diags.wantError(t, "Cannot invite b@example.com as collaborator")
	if !nothing.value.IsNull() || len(diags.errors()) != 1 {
		t.Errorf("the state is %s\n%s", nothing.value, diags)
	}

	// Tainted: replaced. Untainted: what is left.
	sim.AcceptRoles("admin", "editor", "viewer", "collaborator")
	p, now, _ := refreshed(t, sim, made)
	p.plan(listType, nil, object{"members": list}).noErrors(t)
	untainted := admin(t, sim, nil).plan(listType, now, object{"members": list})
	wantTexts(t, untainted.planned, "pending_members", map[string]string{"a@example.com": "", "(unknown)": ""})
	applyList(t, sim, nil, object{"members": list})
	for _, problem := range doubleInvitations(sim) {
		t.Error(problem)
	}
	if len(sim.Invitations()) != 2 {
		t.Errorf("invitations are %v", sim.Invitations())
	}
}

// Ctrl-C ends the waiting, the state has what was done.
func TestMembersExclusiveInterrupted(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		sim, baseURL := simulateInMemory(t, neontest.Config{})
		w := newWorkspace(t, sim, baseURL, nil)
		prior, diags := w.process().importState(listType, sim.OrgID())
		diags.none(t)
		w.instances["list"] = instance{typ: listType, state: prior}
		sim.AddFault(neontest.Fault{Route: "DELETE " + membersRoute + "/{member_id}", Kind: neontest.FaultHangBefore, Skip: 1})
		list := but(seeded(), "audit@example.com=", "data@example.com=", "dev@example.com=")
		config := configuration{"list": {typ: listType, attributes: object{"members": list}}}
		stop, cancel := context.WithCancel(t.Context())
		result := w.walk(config, func() {
			w.stop = stop
			time.AfterFunc(time.Second, cancel)
		})
		w.stop = nil
		result.applied.wantError(t, "Cannot remove data@example.com", "interrupted")
		result.applied.wantError(t, "Changed in part", "remove audit@example.com", "remove dev@example.com (not tried")
		wantTexts(t, w.instances["list"].state, "members", but(seeded(), "audit@example.com="))
		sim.ClearFaults()
		w.walk(config, nil).all().noErrors(t)
		if got := rolesOf(sim); !maps.Equal(got, list) {
			t.Errorf("the organization is %v, want %v", got, list)
		}
	})
}

// Lists that lag behind the last apply are no drift: the next plan looks again before it says so.
func TestMembersExclusiveListsLag(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		sim, baseURL := simulateInMemory(t, neontest.Config{Switches: neontest.Switches{ListLag: 3 * time.Second}})
		w := newWorkspace(t, sim, baseURL, nil)
		imported, diags := w.process().importState(listType, sim.OrgID())
		diags.none(t)
		w.instances["list"] = instance{typ: listType, state: imported}
		config := configuration{"list": {typ: listType, attributes: object{"members": but(seeded(), "dev@example.com=viewer", "data@example.com=", "new@example.com=viewer")}}}
		w.walk(config, nil).all().noErrors(t)
		sim.ResetRequests()
		if again := w.walk(config, nil); again.changes != 0 || len(again.all()) > 0 || writes(sim) > 0 {
			t.Errorf("%d changes:\n%s", again.changes, again.all())
		}
	})
}

// Two single members swap the admin role with -parallelism=1, and Terraform comes to the demotion first: it waits in
// vain, says so, the promotion is done all the same, and the next apply ends it.
func TestSwapOfAdminsOneAtATime(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		sim, baseURL := simulateInMemory(t, neontest.Config{})
		sim.Deactivate("ops@example.com")
		w := newWorkspace(t, sim, baseURL, object{"api_key": sim.OrganizationKey()})
		w.walk(configuration{"a": member("lead@example.com", "admin"), "b": member("dev@example.com", "editor")}, nil).all().noErrors(t)
		p := w.process()
		lead, dev := w.instances["a"].state, w.instances["b"].state
		demotion := p.plan(memberType, &lead, object{"email": "lead@example.com", "role": "editor"})
		demotion.wantWarning(t, "Last active admin: lead@example.com", "the same apply promotes another member")
		begun := time.Now()
		_, diags := p.apply(demotion)
		diags.wantError(t, "Cannot change the role of lead@example.com: last active admin", "Promote another member", "run apply again", "depends_on")
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("it waited for %s", took)
		}
		_, diags = p.apply(p.plan(memberType, &dev, object{"email": "dev@example.com", "role": "admin"}))
		diags.noErrors(t)
		result := w.walk(configuration{"a": member("lead@example.com", "editor"), "b": member("dev@example.com", "admin")}, nil)
		result.all().noErrors(t)
		if err := firstError(wantRole(sim, "lead@example.com", "editor"), wantRole(sim, "dev@example.com", "admin")); err != nil {
			t.Error(err)
		}
	})
}
