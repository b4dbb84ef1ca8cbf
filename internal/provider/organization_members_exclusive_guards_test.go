package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// listGuards are the guards of the list: what is refused in the plan, and again in an apply of a plan that was made
// without the guard.
func TestMembersExclusiveGuards(t *testing.T) {
	t.Parallel()
	many := but(seeded())
	for i := range 6 {
		many[fmt.Sprintf("many-%d@example.com", i)] = "viewer"
	}
	for name, test := range map[string]struct {
		prepare  func(sim *neontest.Server)
		provider func(sim *neontest.Server) object
		before   map[string]string // nil for everybody
		list     map[string]string
		more     object
		summary  string
		parts    []string
		// freely is the provider with which the plan passes, for the guard in the apply; nil if it never does.
		freely func(sim *neontest.Server) object
	}{
		"yourself out of the list": {
			list: but(seeded(), "lead@example.com="), summary: "You would lock yourself out: lead@example.com", parts: []string{"removed", "allow_self_lockout"},
			freely: func(sim *neontest.Server) object { return object{"api_key": sim.NewPersonalKey("ops@example.com")} },
		},
		"your own role": {
			list: but(seeded(), "lead@example.com=editor"), summary: "You would lock yourself out: lead@example.com", parts: []string{"from admin to editor"},
			freely: func(sim *neontest.Server) object { return object{"api_key": sim.OrganizationKey()} },
		},
		"a protected member": {
			provider: func(*neontest.Server) object { return object{"protected_members": []string{"audit@example.com"}} },
			list:     but(seeded(), "audit@example.com="), summary: "Protected: audit@example.com",
			freely: func(*neontest.Server) object { return nil },
		},
		"a protected member's role, with an organization key": {
			provider: func(sim *neontest.Server) object {
				return object{"api_key": sim.OrganizationKey(), "protected_members": []string{"ops@example.com"}}
			},
			list: but(seeded(), "ops@example.com=viewer"), summary: "Protected: ops@example.com",
			freely: func(*neontest.Server) object { return nil },
		},
		"inviting with an organization key": {
			provider: func(sim *neontest.Server) object { return object{"api_key": sim.OrganizationKey()} },
			list:     but(seeded(), "new@example.com=viewer"), summary: "Inviting new@example.com needs a personal key",
			freely: func(*neontest.Server) object { return nil },
		},
		"removing with an organization key": {
			provider: func(sim *neontest.Server) object { return object{"api_key": sim.OrganizationKey()} },
			list:     but(seeded(), "dev@example.com=", "data@example.com="), summary: "Removing data@example.com, dev@example.com needs a personal key",
			freely: func(*neontest.Server) object { return nil },
		},
		"the key of somebody who is no admin": {
			provider: func(sim *neontest.Server) object { return object{"api_key": sim.NewPersonalKey("audit@example.com")} },
			list:     but(seeded(), "dev@example.com=viewer"), summary: "Changing the role of dev@example.com needs an admin",
			freely: func(*neontest.Server) object { return nil },
		},
		"read-only": {
			list: but(seeded(), "dev@example.com=viewer"), summary: "Changing the members of org-example-12345678: the provider is read-only",
			provider: func(*neontest.Server) object { return object{"read_only": true} },
			freely:   func(*neontest.Server) object { return object{"read_only": true} },
		},
		"no active admin": {
			prepare: func(sim *neontest.Server) { sim.Deactivate("ops@example.com") },
			list:    but(seeded(), "lead@example.com=editor", "boss@example.com=admin"), more: object{"allow_self_lockout": true},
			summary: "No active admin would be left in org-example-12345678", parts: []string{"lead@example.com: editor instead of admin", "deactivated"},
		},
		"too many": {
			prepare: func(sim *neontest.Server) {
				for email, role := range many {
					sim.AddMember(email, role)
				}
			},
			list: but(seeded(), "ops@example.com=viewer"), summary: "More than max_removals: 7 people",
			parts: []string{"many-0@example.com (viewer): removed", "many-5@example.com", "ops@example.com: viewer instead of admin", "max_removals = 7"},
		},
		"none at all": {
			list: but(seeded(), "dev@example.com="), more: object{"max_removals": 0}, summary: "More than max_removals: 1 people", parts: []string{"max_removals = 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			if test.prepare != nil {
				test.prepare(sim)
			}
			block := object{}
			if test.provider != nil {
				block = test.provider(sim)
			}
			prior := adopted(t, sim)
			config := object{"members": test.list}
			maps.Copy(config, test.more)
			sim.ResetRequests()
			before := rolesOf(sim)
			refused := admin(t, sim, block).plan(listType, prior, config)
			if name != "read-only" {
				refused.wantError(t, test.summary, test.parts...)
			}
			if test.freely != nil {
				planned := admin(t, sim, test.freely(sim)).plan(listType, prior, config)
				planned.noErrors(t)
				_, diags := admin(t, sim, block).apply(planned)
				diags.wantError(t, test.summary, test.parts...)
			}
			if writes(sim) != 0 || !maps.Equal(before, rolesOf(sim)) {
				t.Errorf("%d writes; the organization is %v", writes(sim), rolesOf(sim))
			}
		})
	}
}

func TestMembersExclusiveWhatGuardsAllow(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddMember("boss@example.com", "admin")
	prior := adopted(t, sim)
	everybody := but(seeded(), "boss@example.com=admin")
	// An organization key is nobody's, and may change roles: also the role of whoever has made the plan.
	p := admin(t, sim, object{"api_key": sim.OrganizationKey()})
	planned := p.plan(listType, prior, object{"members": but(everybody, "lead@example.com=editor", "audit@example.com=editor")})
	planned.noErrors(t)
	after, diags := p.apply(planned)
	diags.noErrors(t)
	if err := firstError(wantRole(sim, "lead@example.com", "editor"), wantRole(sim, "audit@example.com", "editor")); err != nil {
		t.Error(err)
	}
	sim.SetRole("lead@example.com", "admin")

	// Read-only plans with a lesser key say once that they cannot be applied.
	p = admin(t, sim, object{"api_key": sim.OrganizationKey(), "read_only": true})
	planned = p.plan(listType, prior, object{"members": but(everybody, "dev@example.com=", "new@example.com=viewer")})
	planned.noErrors(t)
	planned.wantWarning(t, "This plan cannot be applied with the key in use")

	// Locking oneself out comes last: after it, the key changes nothing any more.
	sim.ResetRequests()
	_, now, _ := refreshed(t, sim, &after)
	config := object{"members": but(everybody, "lead@example.com=viewer", "audit@example.com=", "dev@example.com=viewer", "new@example.com=viewer"), "allow_self_lockout": true}
	p = admin(t, sim, nil)
	planned = p.plan(listType, now, config)
	planned.noErrors(t)
	planned.wantWarning(t, "You lock yourself out: lead@example.com")
	_, diags = p.apply(planned)
	diags.noErrors(t)
	if got, want := rolesOf(sim), but(everybody, "lead@example.com=viewer", "audit@example.com=", "dev@example.com=viewer"); !maps.Equal(got, want) {
		t.Errorf("the organization is %v, want %v", got, want)
	}
}

// carried are the writes of the simulator's log, in their order.
func carried(sim *neontest.Server) (list []string) {
	names := map[string]string{}
	for _, member := range sim.Members() {
		names[member.ID] = member.Email
	}
	for _, request := range sim.Requests() {
		if request.Method == http.MethodGet {
			continue
		}
		path := request.Path[strings.LastIndex(request.Path, "/")+1:]
		if name, ok := names[path]; ok {
			path = name
		}
		list = append(list, request.Method+" "+path+" "+request.Body)
	}
	return list
}

func TestMembersExclusiveOrder(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddMember("leaves@example.com", "viewer")
	prior := adopted(t, sim)
	sim.ResetRequests()
	applyList(t, sim, prior, object{"members": but(seeded(), "dev@example.com=admin", "ops@example.com=editor", "a@example.com=viewer", "b@example.com=admin", "audit@example.com=collaborator")})
	want := []string{
		`PATCH dev@example.com {"role":"admin"}`,
		`POST invitations {"invitations":[{"email":"a@example.com","role":"viewer"},{"email":"b@example.com","role":"admin"}]}`,
		`PATCH audit@example.com {"role":"collaborator"}`,
		`PATCH ops@example.com {"role":"editor"}`,
	}
	if got := carried(sim); len(got) != 5 || !slices.Equal(got[:4], want) || !strings.HasPrefix(got[4], "DELETE ") {
		t.Errorf("the requests are\n%s\nwant\n%s\nand a DELETE", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The address of a member changes at Neon: the person is the same.
func TestMembersExclusiveAddressChangedAtNeon(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	now, _ := applyList(t, sim, adopted(t, sim), object{"members": seeded()})
	id := now.texts(t, "member_ids")["dev@example.com"]
	sim.ChangeEmail("dev@example.com", "dev@new.example")
	p, now, diags := refreshed(t, sim, now)
	diags.none(t)
	wantTexts(t, *now, "members", seeded())
	planned := p.plan(listType, now, object{"members": seeded()})
	planned.wantWarning(t, "Another e-mail address at Neon: dev@example.com", `"dev@new.example" = "editor"`)
	if !planned.isEmpty() {
		t.Errorf("the plan is %s", planned.planned.value)
	}
	sim.ResetRequests()
	now, planned = applyList(t, sim, now, object{"members": but(seeded(), "dev@example.com=", "dev@new.example=editor"), "max_removals": 0})
	planned.none(t)
	if writes(sim) != 0 || now.texts(t, "member_ids")["dev@new.example"] != id {
		t.Errorf("%d writes, the ids are %v", writes(sim), now.texts(t, "member_ids"))
	}
	// Changed again, and taken out under the old address: removed, as that is who it is.
	sim.ChangeEmail("dev@new.example", "dev@newest.example")
	now, _ = applyList(t, sim, now, object{"members": but(seeded(), "dev@example.com=")})
	if len(sim.Members()) != 4 {
		t.Errorf("members are %v", rolesOf(sim))
	}
	// Changed to an address that is listed as well: the one is the member, the other is invited.
	sim.ChangeEmail("audit@example.com", "audit@new.example")
	applyList(t, sim, now, object{"members": but(seeded(), "dev@example.com=", "audit@new.example=viewer")})
	if open := invited(sim, "audit@example.com"); len(open) != 1 || rolesOf(sim)["audit@new.example"] != "viewer" {
		t.Errorf("invitations are %v, members %v", sim.Invitations(), rolesOf(sim))
	}
}

// Who is who: deactivated people, people of a domain, another address than the invited one, plus-addresses,
// addresses that are not ASCII, roles that nobody knows.
func TestMembersExclusiveWhoIsWho(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.Deactivate("audit@example.com")
	sim.AddMember("domain@example.com", "editor")
	sim.AddMember("dev+neon@example.com", "viewer")
	sim.AddMember("jo@bücher.example", "viewer")
	sim.AddMember("Mixed@Example.com", "viewer")
	sim.AddMember("god@example.com", "owner")
	prior := adopted(t, sim)
	list := but(seeded(), "domain@example.com=editor", "dev+neon@example.com=viewer", "jo@bücher.example=viewer", "mixed@example.com=viewer", "god@example.com=owner")
	wantTexts(t, *prior, "members", list)
	// A deactivated member is a member: gets a role, and is removed.
	list = but(list, "audit@example.com=editor", "god@example.com=viewer")
	now, _ := applyList(t, sim, prior, object{"members": list})
	if err := firstError(wantRole(sim, "audit@example.com", "editor"), wantRole(sim, "god@example.com", "viewer")); err != nil {
		t.Error(err)
	}
	list = but(list, "audit@example.com=", "dev+neon@example.com=", "domain@example.com=", "jo@bücher.example=")
	now, _ = applyList(t, sim, now, object{"members": list})
	if got, want := rolesOf(sim), but(seeded(), "audit@example.com=", "Mixed@Example.com=viewer", "god@example.com=viewer"); !maps.Equal(got, want) {
		t.Errorf("the organization is %v, want %v", got, want)
	}

	// Invited at one address, joined with another: two people, and the message says what to write.
	list = but(list, "work@example.com=viewer")
	now, _ = applyList(t, sim, now, object{"members": list})
	sim.CancelInvitation("work@example.com")
	sim.AddMember("home@example.net", "viewer")
	_, now, diags := refreshed(t, sim, now)
	diags.wantWarning(t, "Gone from the organization: work@example.com", "Write the address that they joined with")
	wantTexts(t, *now, "members", but(list, "work@example.com=", "home@example.net=viewer"))
	sim.ResetRequests()
	applyList(t, sim, now, object{"members": but(list, "work@example.com=", "home@example.net=viewer")})
	if writes(sim) != 0 {
		t.Errorf("%d writes", writes(sim))
	}
}

// Neon goes on listing invitations after they were accepted: whoever was removed by hand is invited again.
func TestMembersExclusiveAcceptedInvitationsStayListed(t *testing.T) {
	t.Parallel()
	sim := simulate(t, func(c *neontest.Config) { c.KeepAcceptedInvitations = true })
	list := but(seeded(), "new@example.com=viewer")
	now, _ := applyList(t, sim, adopted(t, sim), object{"members": list})
	if err := sim.Accept("new@example.com"); err != nil {
		t.Fatal(err)
	}
	sim.SetConfig(func(c *neontest.Config) { c.ClockOffset = time.Minute }) // some time later
	now, _ = applyList(t, sim, now, object{"members": list})
	wantTexts(t, *now, "pending_members", map[string]string{})
	sim.RemoveMember("new@example.com")
	p, now, diags := refreshed(t, sim, now)
	diags.wantWarning(t, "Gone from the organization: new@example.com")
	sim.SetConfig(func(c *neontest.Config) { c.NobodyJoinsAtOnce = true })
	planned := p.plan(listType, now, object{"members": list})
	planned.wantWarning(t, "To be invited: new@example.com as viewer")
	now, _ = applyList(t, sim, now, object{"members": list})
	wantTexts(t, *now, "pending_members", map[string]string{"new@example.com": ""})
	if open := invited(sim, "new@example.com"); len(open) != 1 {
		t.Errorf("open invitations: %v", open)
	}
}

func TestMembersExclusiveDestroy(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	prior := adopted(t, sim)
	sim.ResetRequests()
	p := admin(t, sim, nil)
	planned := p.plan(listType, prior, nil)
	planned.wantWarning(t, "No longer managed: the members of "+sim.OrgID())
	p.plan(listType, nil, object{"members": seeded()}).wantWarning(t, "Renamed without a moved block", "moved {")
	_, diags := p.apply(planned)
	diags.none(t)
	if writes(sim) != 0 || len(sim.Members()) != 5 {
		t.Errorf("%d writes, members %v", writes(sim), rolesOf(sim))
	}
}
