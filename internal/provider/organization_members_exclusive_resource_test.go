package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const listType = "neon_organization_members_exclusive"

// seeded is everybody in a new simulator.
func seeded() map[string]string {
	return map[string]string{
		"lead@example.com": "admin", "ops@example.com": "admin", "dev@example.com": "editor",
		"data@example.com": "editor", "audit@example.com": "viewer",
	}
}

// but is a list with some people otherwise; without a role, they are left out.
func but(list map[string]string, otherwise ...string) map[string]string {
	list = maps.Clone(list)
	for _, person := range otherwise {
		email, role, _ := strings.Cut(person, "=")
		list[email] = role
		if role == "" {
			delete(list, email)
		}
	}
	return list
}

// rolesOf is who has which role in the simulator.
func rolesOf(sim *neontest.Server) map[string]string {
	roles := map[string]string{}
	for _, member := range sim.Members() {
		roles[member.Email] = member.Role
	}
	return roles
}

// adopted is the state of a list with everybody, as an import makes it, and a process for what comes next.
func adopted(t *testing.T, sim *neontest.Server) *state {
	t.Helper()
	imported, diags := admin(t, sim, nil).importState(listType, sim.OrgID())
	diags.noErrors(t)
	return &imported
}

// refreshed is a new process that has read a list.
func refreshed(t *testing.T, sim *neontest.Server, prior *state) (*process, *state, messages) {
	t.Helper()
	p := admin(t, sim, nil)
	now, diags := p.read(listType, *prior)
	diags.noErrors(t)
	return p, &now, diags
}

// applyList refreshes, plans and applies a list, and checks that the plan made again is empty.
func applyList(t *testing.T, sim *neontest.Server, prior *state, config object) (*state, plan) {
	t.Helper()
	if prior != nil {
		_, prior, _ = refreshed(t, sim, prior)
	}
	planned := admin(t, sim, nil).plan(listType, prior, config)
	planned.noErrors(t)
	p := admin(t, sim, nil)
	again := p.plan(listType, prior, config)
	again.noErrors(t)
	if problem := disagreement(planned.planned.value, again.planned.value); problem != "" {
		t.Errorf("planned again: %s", problem)
	}
	made, diags := p.apply(again)
	diags.noErrors(t)
	if problem := disagreement(again.planned.value, made.value); problem != "" {
		t.Errorf("applied: %s", problem)
	}
	made.private = nil // nothing is young: lists do not lag
	next, now, _ := refreshed(t, sim, &made)
	if empty := next.plan(listType, now, config); !empty.isEmpty() {
		t.Errorf("the next plan is not empty:\nfrom %s\nto   %s", now.value, empty.planned.value)
	}
	return now, planned
}

func wantTexts(t *testing.T, s state, attribute string, want map[string]string) {
	t.Helper()
	if got := s.texts(t, attribute); !maps.Equal(got, want) {
		t.Errorf("%s is %v, want %v", attribute, got, want)
	}
}

func TestMembersExclusiveLifeCycle(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	const address = listType + ".everybody"
	config := func(list map[string]string) string {
		var members strings.Builder
		for _, email := range slices.Sorted(maps.Keys(list)) {
			fmt.Fprintf(&members, "  %q = %q\n", email, list[email])
		}
		return asAdmin(sim, fmt.Sprintf("resource %q \"everybody\" {\n members = {\n%s }\n}", listType, members.String()))
	}
	is := func(attribute string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
	}
	changed := but(seeded(), "ops@example.com=viewer", "dev@example.com=admin", "data@example.com=", "new@example.com=viewer")
	remain := wantRoles(sim, but(changed, "new@example.com="))
	applied(
		t, remain,
		step{
			config:  config(seeded()) + fmt.Sprintf("\nimport {\n to = %s\n id = %q\n}\n", address, sim.OrgID()),
			actions: map[string]string{address: "import"},
			checks:  []statecheck.StateCheck{is("pending_members", knownvalue.SetSizeExact(0)), is("member_ids", knownvalue.MapSizeExact(5))},
		},
		step{ // swapped admins, a leaver and a newcomer
			config: config(changed), actions: map[string]string{address: "update"}, holds: remain,
			checks: []statecheck.StateCheck{is("pending_members", knownvalue.SetExact([]knownvalue.Check{text("new@example.com")}))},
		},
	)
}

// wantRoles fails unless the organization has exactly these members.
func wantRoles(sim *neontest.Server, list map[string]string) func() error {
	return func() error {
		if got := rolesOf(sim); !maps.Equal(got, list) {
			return fmt.Errorf("the organization is %v, want %v", got, list)
		}
		return nil
	}
}

func TestLifeOfAnExclusiveList(t *testing.T) {
	live(t, func(l life) {
		list := func(members map[string]string) object { return object{"members": members} }
		texts := func(attribute string, want map[string]string, more func() error) func() error {
			return func() error {
				wantTexts(l.t, l.instances[livedAt].state, attribute, want)
				return more()
			}
		}
		with := but(seeded(), "new@example.com=viewer")
		changed := but(with, "ops@example.com=viewer", "dev@example.com=admin", "data@example.com=")
		none := map[string]string{}
		l.through(listType, apply{
			name: "over an organization with more people", config: list(but(seeded(), "dev@example.com=")),
			fails: []string{"The organization has other members than the list", "Not in the list, would be removed: 1 member", "dev@example.com (editor)", "import {", "to = " + listType},
		})
		imported, diags := l.process().importState(listType, l.sim.OrgID())
		diags.noErrors(l.t)
		l.instances[livedAt] = instance{typ: listType, state: imported}
		l.through(
			listType,
			apply{name: "imported", config: list(seeded()), does: "", holds: texts("pending_members", none, wantRoles(l.sim, seeded()))},
			apply{name: "joins: invited", config: list(with), does: "update", holds: texts("pending_members", map[string]string{"new@example.com": ""}, wantRoles(l.sim, seeded()))},
			apply{name: "accepts: no drift", outside: func() { l.accepts("new@example.com") }, config: list(with), does: "", holds: texts("pending_members", none, wantRoles(l.sim, with))},
		)
		l.importBrings(livedAt, l.sim.OrgID())
		l.through(
			listType,
			apply{name: "swapped admins, a leaver", config: list(changed), does: "update", holds: wantRoles(l.sim, changed)},
			apply{name: "added by hand", outside: func() { l.sim.AddMember("intruder@example.com", "admin") }, config: list(changed), does: "update", holds: wantRoles(l.sim, changed)},
			apply{
				name: "adopts who is reported", outside: func() { l.sim.AddMember("temp@example.com", "viewer") },
				config: object{"members": changed, "on_unlisted": "report"}, does: "update",
				holds: texts("unlisted_members", map[string]string{"temp@example.com": "viewer"}, wantRoles(l.sim, but(changed, "temp@example.com=viewer"))),
			},
			apply{name: "destroyed", does: "destroy", holds: wantRoles(l.sim, but(changed, "temp@example.com=viewer"))},
		)
	})
}

func TestMembersExclusiveSettings(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, nil)
	for name, test := range map[string]struct {
		config    object
		attribute string
		parts     []string
	}{
		"nobody":         {object{"members": map[string]string{}}, "members", []string{"at least 1"}},
		"capital e-mail": {object{"members": map[string]string{"Dev@Example.com": "editor"}}, `ElementKeyString("Dev@Example.com")`, []string{`"dev@example.com"`}},
		"no e-mail":      {object{"members": map[string]string{"dev": "editor"}}, `ElementKeyString("dev")`, []string{"not an e-mail"}},
		"role":           {object{"members": map[string]string{"dev@example.com": "Owner"}}, `ElementKeyString("dev@example.com")`, []string{"collaborator", "Owner"}},
		"no role":        {object{"members": map[string]any{"dev@example.com": nil}}, "members", []string{"Null"}},
		"mode":           {object{"members": seeded(), "on_unlisted": "keep"}, "on_unlisted", []string{"remove", "report"}},
		"max_removals":   {object{"members": seeded(), "max_removals": -1}, "max_removals", []string{"at least 0"}},
	} {
		problem := p.validate(listType, test.config).wantError(t, "", test.parts...)
		if problem.Attribute == nil || !strings.Contains(problem.Attribute.String(), test.attribute) {
			t.Errorf("%s: the error is at %v, want %s", name, problem.Attribute, test.attribute)
		}
	}
	p.validate(listType, object{"members": unknown}).none(t)
	p.validate(listType, object{"members": map[string]any{"dev+neon@bücher.example": unknown}, "max_removals": 0}).none(t)

	// While an address or a role is not known yet, the whole list waits.
	prior := adopted(t, sim)
	for _, members := range []any{unknown, map[string]any{"lead@example.com": unknown}} {
		planned := p.plan(listType, prior, object{"members": members})
		planned.noErrors(t)
		planned.wantWarning(t, "Waits for the next plan: the members of "+sim.OrgID(), "members")
		if !planned.isEmpty() {
			t.Errorf("planned: %v", planned.planned.value)
		}
	}
	if writes(sim) != 0 {
		t.Errorf("%d writes", writes(sim))
	}
}

func TestMembersExclusivePlanShowsOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("asked@example.com", "viewer")
	prior := adopted(t, sim)
	list := but(seeded(), "asked@example.com=viewer")
	p := admin(t, sim, nil)
	if same := p.plan(listType, prior, object{"members": list}); !same.isEmpty() || len(same.messages) > 0 {
		t.Errorf("nothing differs, and the plan is %s\n%s", same.planned.value, same.messages)
	}
	// The old name of a role differs nowhere, beside the spelling that Neon has.
	p = admin(t, sim, nil)
	if same := p.plan(listType, prior, object{"members": but(list, "dev@example.com=member", "data@example.com=member")}); !same.isEmpty() {
		t.Errorf("member is editor, and the plan is %s", same.planned.value)
	}

	ids := prior.texts(t, "member_ids")
	p = admin(t, sim, nil)
	joins := p.plan(listType, prior, object{"members": but(list, "new@example.com=editor")})
	joins.wantWarning(t, "To be invited: new@example.com as editor", "cannot cancel")
	wantTexts(t, joins.planned, "member_ids", but(ids, "new@example.com=(unknown)"))
	wantTexts(t, joins.planned, "pending_members", map[string]string{"asked@example.com": "", "(unknown)": ""})
	wantTexts(t, joins.planned, "unlisted_invitations", map[string]string{})

	p = admin(t, sim, nil)
	leaves := p.plan(listType, prior, object{"members": but(list, "dev@example.com=", "asked@example.com=")})
	leaves.wantWarning(t, "Invitation stays open: asked@example.com", "Console")
	wantTexts(t, leaves.planned, "member_ids", but(ids, "dev@example.com=", "asked@example.com="))
	wantTexts(t, leaves.planned, "pending_members", map[string]string{})
	wantTexts(t, leaves.planned, "unlisted_invitations", map[string]string{"asked@example.com": ""})
	if len(leaves.messages) != 1 {
		t.Errorf("more is said than there is to say:\n%s", leaves.messages)
	}

	p = admin(t, sim, nil)
	role := p.plan(listType, prior, object{"members": but(list, "dev@example.com=admin")})
	role.none(t)
	wantTexts(t, role.planned, "member_ids", ids)
	wantTexts(t, role.planned, "pending_members", map[string]string{"asked@example.com": ""})
	p = admin(t, sim, nil)
	several := p.plan(listType, prior, object{"members": but(list, "a@example.com=viewer", "b@example.com=admin")})
	several.wantWarning(t, "To be invited: 2 people", "a@example.com as viewer", "b@example.com as admin")
}

// Invitations that are pending at an import show once, cannot be cancelled, and stay visible.
func TestMembersExclusivePendingPeople(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("asked@example.com", "viewer")
	prior := adopted(t, sim)
	wantTexts(t, *prior, "pending_members", map[string]string{"asked@example.com": ""})
	now, planned := applyList(t, sim, prior, object{"members": seeded()}) // checks that the next plan is empty
	planned.wantWarning(t, "Invitation stays open: asked@example.com")
	wantTexts(t, *now, "members", seeded())
	wantTexts(t, *now, "unlisted_invitations", map[string]string{"asked@example.com": ""})
	if writes(sim) != 0 {
		t.Errorf("%d writes", writes(sim))
	}

	// Once they join they are removed, by name.
	if err := sim.Accept("asked@example.com"); err != nil {
		t.Fatal(err)
	}
	_, now, _ = refreshed(t, sim, now)
	wantTexts(t, *now, "members", but(seeded(), "asked@example.com=viewer"))
	now, _ = applyList(t, sim, now, object{"members": seeded()})
	if _, still := sim.Member("asked@example.com"); still {
		t.Error("who joined is still a member")
	}

	// What was done by hand is told apart from what the configuration changes, once.
	sim.AddMember("intruder@example.com", "admin")
	sim.SetRole("dev@example.com", "viewer")
	_, now, diags := refreshed(t, sim, now)
	diags.wantWarning(t, "Changed outside of Terraform: dev@example.com, intruder@example.com", "intruder@example.com joined as admin", "dev@example.com has the role viewer, not editor")
	_, now, diags = refreshed(t, sim, now)
	diags.none(t)
	now, _ = applyList(t, sim, now, object{"members": seeded()})

	// Somebody else invites somebody: a warning, once it is in the state no more.
	sim.AddInvitation("friend@example.com", "viewer")
	_, now, diags = refreshed(t, sim, now)
	diags.wantWarning(t, "Invited, but not in the list: friend@example.com", "Console")
	_, now, diags = refreshed(t, sim, now)
	diags.none(t)

	// A pending person gets another role: a new invitation, and a word about the old one.
	now, planned = applyList(t, sim, now, object{"members": but(seeded(), "friend@example.com=editor")})
	planned.wantWarning(t, "To be invited: friend@example.com as editor")
	planned.wantWarning(t, "Invited before with another role: friend@example.com", "as viewer", "Console")
	// Cancelled in the Console: invited again.
	sim.CancelInvitation("friend@example.com")
	_, now, diags = refreshed(t, sim, now)
	diags.wantWarning(t, "Gone from the organization: friend@example.com")
	applyList(t, sim, now, object{"members": but(seeded(), "friend@example.com=editor")})
	if open := invited(sim, "friend@example.com"); len(open) != 1 || open[0].Role != "editor" {
		t.Errorf("open invitations: %v", open)
	}
}

func TestMembersExclusiveCreate(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("asked@example.com", "viewer")
	sim.AddInvitation("listed@example.com", "viewer")
	p := func() *process { return admin(t, sim, nil) }
	refusal := p().plan(listType, nil, object{"members": but(seeded(), "dev@example.com=", "audit@example.com=", "data@example.com=viewer")})
	refusal.wantError(t, "The organization has other members than the list: "+sim.OrgID(),
		"Not in the list, would be removed: 2 members", "audit@example.com (viewer)", "dev@example.com (editor)", "Listed with another role: 1 member", "data@example.com: editor, listed as viewer",
		"to = "+listType+".", `id = "`+sim.OrgID()+`"`, "-refresh=false")
	refusal = p().plan(listType, nil, object{"members": but(seeded(), "data@example.com=viewer"), "on_unlisted": "report"})
	refusal.wantError(t, "The organization has other members", "data@example.com")

	// Reporting needs no import, and says who is not listed.
	reports := p().plan(listType, nil, object{"members": but(seeded(), "dev@example.com="), "on_unlisted": "report"})
	reports.noErrors(t)
	reports.wantWarning(t, "In the organization, but not in the list: dev@example.com (editor)")

	list := but(seeded(), "new@example.com=viewer", "listed@example.com=viewer", "dev@example.com=member")
	sim.ResetRequests()
	now, planned := applyList(t, sim, nil, object{"members": list})
	planned.wantWarning(t, "Invited, but not in the list: asked@example.com", "Console")
	planned.wantWarning(t, "To be invited: new@example.com as viewer")
	wantTexts(t, *now, "members", list)
	wantTexts(t, *now, "pending_members", map[string]string{"new@example.com": "", "listed@example.com": ""})
	wantTexts(t, *now, "unlisted_invitations", map[string]string{"asked@example.com": ""})
	if writes(sim) != 1 || len(invited(sim, "new@example.com")) != 1 {
		t.Errorf("%d writes, invitations %v", writes(sim), sim.Invitations())
	}

	// Somebody joins between plan and apply: the create is planned again, and refused.
	p2 := p()
	stale := p2.plan(listType, nil, object{"members": list})
	stale.noErrors(t)
	sim.AddMember("intruder@example.com", "admin")
	_, diags := p().apply(stale)
	diags.wantError(t, "The organization has other members", "intruder@example.com (admin)")
}

// With report, nobody is removed, whatever leaves the list; with remove again, everybody who is reported shows.
func TestMembersExclusiveReport(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddMember("intruder@example.com", "viewer")
	prior := adopted(t, sim)
	reporting := func(list map[string]string) object {
		return object{"members": list, "on_unlisted": "report"}
	}
	now, planned := applyList(t, sim, prior, reporting(seeded()))
	planned.wantWarning(t, "Not removed: intruder@example.com", `on_unlisted = "report"`)
	wantTexts(t, *now, "members", seeded())
	wantTexts(t, *now, "unlisted_members", map[string]string{"intruder@example.com": "viewer"})
	now, planned = applyList(t, sim, now, reporting(but(seeded(), "dev@example.com=")))
	wantTexts(t, planned.planned, "unlisted_members", map[string]string{"intruder@example.com": "viewer", "dev@example.com": "editor"})
	sim.AddMember("another@example.com", "admin")
	p, now, _ := refreshed(t, sim, now)
	p.plan(listType, now, reporting(but(seeded(), "dev@example.com="))).wantWarning(t, "In the organization, but not in the list", "intruder@example.com (viewer)", "dev@example.com (editor)", "another@example.com (admin)")
	if writes(sim) != 0 {
		t.Errorf("%d writes", writes(sim))
	}
	// Whoever is listed is dealt with all the same, also with another role than they have.
	now, _ = applyList(t, sim, now, reporting(but(seeded(), "dev@example.com=", "another@example.com=viewer", "audit@example.com=editor")))
	if err := firstError(wantRole(sim, "another@example.com", "viewer"), wantRole(sim, "audit@example.com", "editor"), wantRole(sim, "dev@example.com", "editor")); err != nil {
		t.Error(err)
	}
	now, planned = applyList(t, sim, now, object{"members": but(seeded(), "dev@example.com=", "another@example.com=viewer", "audit@example.com=editor")})
	wantTexts(t, planned.planned, "unlisted_members", map[string]string{})
	planned.wantWarning(t, "To be removed: dev@example.com, intruder@example.com", "dev@example.com (editor)", "intruder@example.com (viewer)")
	if got, want := rolesOf(sim), but(seeded(), "dev@example.com=", "another@example.com=viewer", "audit@example.com=editor"); !maps.Equal(got, want) {
		t.Errorf("the organization is %v, want %v", got, want)
	}
	wantTexts(t, *now, "unlisted_members", map[string]string{})
}

// Only what a plan shows is done.
func TestMembersExclusiveDoesNotTouchWhatThePlanDoesNotShow(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	prior := adopted(t, sim)
	config := object{"members": but(seeded(), "dev@example.com=")}
	planned := admin(t, sim, nil).plan(listType, prior, config)
	sim.AddMember("late@example.com", "admin")
	sim.SetRole("data@example.com", "admin")
	p := admin(t, sim, nil)
	again := p.plan(listType, prior, config)
	if problem := disagreement(planned.planned.value, again.planned.value); problem != "" {
		t.Error(problem)
	}
	made, diags := p.apply(again)
	diags.none(t)
	if got, want := rolesOf(sim), but(seeded(), "dev@example.com=", "late@example.com=admin", "data@example.com=admin"); !maps.Equal(got, want) {
		t.Errorf("the organization is %v, want %v", got, want)
	}
	made.private = nil
	_, now, _ := refreshed(t, sim, &made)
	wantTexts(t, *now, "members", but(seeded(), "dev@example.com=", "late@example.com=admin", "data@example.com=admin"))
}

func TestMembersExclusiveIdentity(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	want := map[string]string{"org_id": sim.OrgID()}
	check := func(p *process, of state, after string) {
		t.Helper()
		if got := p.identity(listType, of); !maps.Equal(got, want) {
			t.Errorf("the identity after %s is %v", after, got)
		}
	}
	config := object{"members": seeded()}
	created := apply2(t, sim, listType, nil, config)
	p := admin(t, sim, nil)
	check(p, created, "a create")
	older := created
	older.identity = nil
	read, _ := p.read(listType, older)
	check(p, read, "a read of an older state")
	read, _ = start(t, object{"api_key": unknown}).read(listType, older)
	check(p, read, "a read that asks nobody")
	check(p, apply2(t, sim, listType, &older, object{"members": but(seeded(), "dev@example.com=viewer")}), "an update")
	imported, diags := p.importIdentity(listType, object{"org_id": sim.OrgID()})
	diags.none(t)
	check(p, imported, "an import by identity")
	imported, diags = p.importState(listType, sim.OrgID())
	diags.none(t)
	check(p, imported, "an import by id")
	for _, wrong := range []string{"", "Org", sim.OrgID() + "/lead@example.com"} {
		_, diags = p.importState(listType, wrong)
		diags.wantError(t, "Invalid import ID", "org-example-12345678")
	}
	_, diags = p.importIdentity(listType, object{"org_id": "Org"})
	diags.wantError(t, "Invalid import ID", `"Org"`)
	_, diags = p.importState(listType, "org-nobody-00000000")
	diags.wantError(t, "Cannot read the members of org-nobody-00000000", "does not belong to this organization")
}
