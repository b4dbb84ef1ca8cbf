package provider_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// writes counts the requests that could change people.
func writes(sim *neontest.Server) int {
	count := 0
	for _, request := range sim.Requests() {
		if request.Method != "GET" {
			count++
		}
	}
	return count
}

func TestTwoResourcesForOnePerson(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	copied, diags := admin(t, sim, nil).importState(memberType, "dev@example.com") // another object for the same person
	diags.none(t)
	sim.ResetRequests()
	config := func(role string) object { return object{"email": "dev@example.com", "role": role} }
	create := func(p *process) plan { return p.plan(memberType, nil, config("editor")) }
	createOther := func(p *process) plan { return p.plan(memberType, nil, config("member")) }
	createAdmin := func(p *process) plan { return p.plan(memberType, nil, config("admin")) }
	invite := func(p *process) plan { return p.plan(invitationType, nil, config("editor")) }
	keep := func(p *process) plan { return p.plan(memberType, &dev, config("editor")) }
	keepCopy := func(p *process) plan { return p.plan(memberType, &copied, config("editor")) }
	keepOther := func(p *process) plan { return p.plan(memberType, &dev, config("viewer")) }
	destroy := func(p *process) plan { return p.plan(memberType, &dev, nil) }
	const two, renamed = "Two resources for dev@example.com", "Renamed without a moved block: dev@example.com"
	movedBlock := "    moved {\n      from = " + memberType + `.NAME["dev@example.com"]` + "\n      to   = " + memberType + `.NAME["dev@example.com"]` + "\n    }"
	for _, test := range []struct {
		name          string
		first, second func(*process) plan
		summary       string
		parts         []string
	}{
		{"two creates", create, createOther, two, []string{memberType, `"editor"`, `"member"`}},
		{"a member and an invitation", create, invite, two, []string{memberType, invitationType}},
		{"two in the state", keep, keepCopy, two, []string{"terraform state rm"}},
		{"one in the state and a create", keep, create, two, nil},
		{"one in the state with another role and a create", keepOther, create, two, nil},
		{"renamed without moved", destroy, create, renamed, []string{movedBlock, "for_each"}},
		{"renamed with another role", destroy, createAdmin, "Already a member with another role: dev@example.com", []string{"as editor", `"admin"`, movedBlock, "import {", "untaint"}},
		{"a member destroyed, an invitation created", destroy, invite, "Destroyed and created in one plan: dev@example.com", []string{"removed {", invitationType}},
		{"one destroyed, one kept", destroy, keepCopy, two, []string{"terraform state rm", "import {", "destroy = false"}},
	} {
		var texts []string
		for _, order := range [][2]func(*process) plan{{test.first, test.second}, {test.second, test.first}} {
			p := admin(t, sim, nil)
			all := slices.Concat(order[0](p).messages, order[1](p).messages)
			errs := all.errors()
			if len(errs) != 1 {
				t.Errorf("%s: %d errors:\n%s", test.name, len(errs), all)
				continue
			}
			errs.wantError(t, test.summary, test.parts...)
			texts = append(texts, errs.String())
		}
		if len(texts) == 2 && texts[0] != texts[1] {
			t.Errorf("%s: the text depends on the order:\n%s\n%s", test.name, texts[0], texts[1])
		}
	}
	// What only looks like two: a replacement plans the same person twice.
	p := admin(t, sim, nil)
	first := keep(p)
	first.none(t)
	p.planAgain(first, config("editor")).none(t)
	// A person who is retained loses nothing by a rename.
	kept := apply2(t, sim, memberType, &dev, object{"email": "dev@example.com", "role": "editor", "retain_on_destroy": true})
	p = admin(t, sim, nil)
	p.plan(memberType, &kept, nil).noErrors(t)
	create(p).none(t)
	if writes(sim) != 0 {
		t.Errorf("%d writes", writes(sim))
	}
}

// A bridge that plans a create twice in one process is told by its version.
func TestCreatesAreNotComparedWherePlansAreMadeTwice(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := object{"email": "dev@example.com", "role": "editor"}
	p := admin(t, sim, nil)
	p.version = "pulumi-terraform-bridge"
	p.configure(object{"api_key": sim.PersonalKey(), "base_url": sim.URL(), "org_id": sim.OrgID()}).none(t)
	p.plan(memberType, nil, config).none(t)
	again := p.plan(memberType, nil, config)
	again.none(t)
	made, diags := p.apply(again)
	diags.none(t)
	removal := p.plan(memberType, &made, nil)
	removal.noErrors(t)
	_, diags = p.apply(removal)
	diags.noErrors(t)
	if _, still := sim.Member("dev@example.com"); still {
		t.Error("a destroy that is planned in the process that carries it out removed nobody")
	}
}

// Two of them would send an e-mail at every apply, each putting its own role in the place of the other's.
func TestTwoInvitationsForOnePerson(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	first := apply2(t, sim, invitationType, nil, object{"email": "guest@example.com", "role": "editor"})
	copied, diags := admin(t, sim, nil).importState(invitationType, "guest@example.com")
	diags.none(t)
	config := object{"email": "guest@example.com", "role": "editor"}
	keep := func(p *process) plan { return p.plan(invitationType, &first, config) }
	create := func(p *process) plan {
		return p.plan(invitationType, nil, object{"email": "guest@example.com", "role": "viewer"})
	}
	p := admin(t, sim, nil)
	keep(p).none(t)
	create(p).wantError(t, "Two resources for guest@example.com", `"editor"`, `"viewer"`)
	p = admin(t, sim, nil)
	create(p).noErrors(t)
	keep(p).wantError(t, "Two resources for guest@example.com", `"editor"`, `"viewer"`)
	p = admin(t, sim, nil)
	keep(p).none(t)
	p.plan(invitationType, &copied, config).wantError(t, "Two resources for guest@example.com", "terraform state rm")
	// What only looks like two: a replacement plans the same invitation twice.
	p = admin(t, sim, nil)
	other := object{"email": "guest@example.com", "role": "viewer"}
	replaced := p.plan(invitationType, &first, other)
	replaced.noErrors(t)
	p.planAgain(replaced, other).noErrors(t)
}

func TestSwappedAddressesAreNotARemoval(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	data := apply2(t, sim, memberType, nil, object{"email": "data@example.com", "role": "editor"})
	p := admin(t, sim, nil)
	// Terraform plans the destroy half of a replacement only as part of the first call.
	first := p.plan(memberType, &dev, object{"email": "data@example.com", "role": "editor"})
	first.noErrors(t)
	p.planAgain(first, object{"email": "data@example.com", "role": "editor"}).noErrors(t)
	p.plan(memberType, &data, object{"email": "dev@example.com", "role": "editor"}).wantError(t, "Renamed without a moved block: data@example.com", "for_each", "count")
}

func TestRenameWithoutMovedIsStoppedInThePlan(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"old": member("dev@example.com", "editor")})
	renamed := configuration{"new": member("dev@example.com", "editor")}
	w.walk(renamed, nil).planned.wantError(t, "Renamed without a moved block: dev@example.com", "moved {")
	// What the block does to the state.
	w.instances["new"] = w.instances["old"]
	delete(w.instances, "old")
	if result := w.walk(renamed, nil); result.changes != 0 || len(result.all()) != 0 {
		t.Errorf("moved: %d changes\n%s", result.changes, result.all())
	}
	wantWrites(t, sim)
}

// A person moves to another resource with another role. There is one error, also if both are planned at the same time.
func TestMoveToAnotherRoleIsOneError(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	for range 100 {
		p := admin(t, sim, nil)
		var created, destroyed messages
		var both sync.WaitGroup
		both.Go(func() {
			created = p.plan(memberType, nil, object{"email": "dev@example.com", "role": "admin"}).messages
		})
		both.Go(func() { destroyed = p.plan(memberType, &dev, nil).messages })
		both.Wait()
		errs := append(created.errors(), destroyed.errors()...)
		if len(errs) != 1 || errs[0].Summary != "Already a member with another role: dev@example.com" {
			t.Fatalf("%d errors:\n%s\n%s", len(errs), created, destroyed)
		}
	}
}

// A tainted object ends in no plan that the provider sees. If that fails, no second object has the same person.
func TestMemberBesideATaintedOneThatStays(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"a": member("dev@example.com", "editor")})
	taint(w, "a")
	config := configuration{"a": member("new@example.com", "viewer"), "b": member("dev@example.com", "editor")}
	w.oneByOne = []int{0} // a first
	result := w.walk(config, func() {
		sim.AddFault(neontest.Fault{Route: removeRoute, Kind: neontest.FaultStatus, Status: 422, N: 1})
	})
	result.planned.noErrors(t)
	result.applied.wantError(t, "Cannot remove dev@example.com")
	result.applied.wantError(t, "Not created: another resource still has dev@example.com", "untaint", "moved")
	if _, created := w.instances["b"]; created {
		t.Error("two objects for one person")
	}
	if err := wantRole(sim, "dev@example.com", "editor"); err != nil || len(sim.Invitations()) != 0 {
		t.Errorf("%v, open: %v", err, sim.Invitations())
	}
}

// A plan in which the e-mail was not known yet cannot be stopped; the apply settles it.
func TestRenameThatThePlanCouldNotSee(t *testing.T) {
	t.Parallel()
	for name, createFirst := range map[string]bool{"create first": true, "destroy first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t, func(c *neontest.Config) {
				c.RouteLatency = map[string]time.Duration{"DELETE /organizations/{org_id}/members/{member_id}": 300 * time.Millisecond}
			})
			config := object{"email": "dev@example.com", "role": "editor"}
			dev := apply2(t, sim, memberType, nil, config)
			removal := admin(t, sim, nil).plan(memberType, &dev, nil)
			removal.noErrors(t)
			p := admin(t, sim, nil) // the apply
			var wait sync.WaitGroup
			remove := func() {
				_, diags := p.apply(removal)
				diags.noErrors(t)
			}
			if createFirst {
				_, diags := p.apply(p.plan(memberType, nil, config))
				diags.noErrors(t)
				remove()
			} else {
				wait.Go(remove)
				until(t, func() bool { return sim.Count("DELETE /organizations/{org_id}/members/{member_id}") > 0 })
				planned := p.plan(memberType, nil, config)
				planned.noErrors(t)
				_, diags := p.apply(planned)
				diags.noErrors(t)
			}
			wait.Wait()
			_, member := sim.Member("dev@example.com")
			if !member && len(invited(sim, "dev@example.com")) == 0 {
				t.Error("dev@example.com is neither a member nor invited")
			}
			if createFirst && sim.Count("DELETE /organizations/{org_id}/members/{member_id}") != 0 {
				t.Error("a person whom this run had adopted was removed")
			}
		})
	}
}

func TestReplacementOfTheSamePerson(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		createFirst bool
		writes      []string
	}{
		"destroy first": {false, []string{removeRoute, inviteRoute}},
		"create first":  {true, nil}, // the create adopts, so the destroy that comes after it has nobody to remove
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			dev := member("dev@example.com", "editor")
			dev.createFirst = test.createFirst
			w := contract(t, sim, nil, configuration{"dev": dev})
			w.mustReplace = map[string]bool{"dev": true}
			w.walk(configuration{"dev": dev}, nil).all().noErrors(t)
			w.mustReplace = nil
			if again := w.walk(configuration{"dev": dev}, nil); again.changes != 0 {
				t.Errorf("planned again: %d changes\n%s", again.changes, again.all())
			}
			wantWrites(t, sim, test.writes...)
			if err := wantRole(sim, "dev@example.com", "editor"); err != nil {
				t.Error(err)
			}
		})
	}
}
