package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// Whatever an apply takes away, the plan has shown. These are the situations in which that is hard: values that are not
// known yet, objects that are replaced by force, tainted and deposed, addresses that change, and a world that moves
// between plan and apply. The expectations are those of the rules, written down without a look at the code.

// contract is a workspace whose resources are in the state already.
func contract(t *testing.T, sim *neontest.Server, more object, config configuration) *workspace {
	t.Helper()
	w := newWorkspace(t, sim, sim.URL(), more)
	if config != nil {
		w.walk(config, nil).all().noErrors(t)
		sim.ResetRequests()
	}
	t.Cleanup(func() {
		for _, problem := range w.broken {
			t.Errorf("Terraform would complain: %s", problem)
		}
	})
	return w
}

func wantWrites(t *testing.T, sim *neontest.Server, want ...string) {
	t.Helper()
	var got []string
	for _, request := range sim.Requests() {
		if request.Method != "GET" {
			got = append(got, request.Route)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("writes are %v, want %v", got, want)
	}
}

const (
	removeRoute = "DELETE " + membersRoute + "/{member_id}"
	roleRoute   = "PATCH " + membersRoute + "/{member_id}"
	inviteRoute = "POST " + invitationsRoute
	revokeRoute = "DELETE " + keysRoute + "/{key_id}"
)

func everyType() configuration {
	return configuration{
		"key":        {typ: keyType, attributes: object{"name": "ci"}},
		"rotating":   {typ: rotatingType, attributes: object{"name": "r", "rotate_after": "60d"}},
		"member":     member("dev@example.com", "editor"),
		"pending":    member("new@example.com", "viewer"),
		"invitation": invitation("guest@example.com"),
		"limit":      limit(5000, removes),
		"endpoint":   endpoint(vpce1, deletes),
	}
}

func TestUnknownArgumentsWait(t *testing.T) {
	t.Parallel()
	for name, attributes := range map[string][]string{
		"key": {"org_id", "name"}, "rotating": {"org_id", "name", "rotate_after"}, "member": {"org_id", "email", "role"},
		"pending": {"org_id", "email", "role"}, "invitation": {"org_id", "email", "role"}, "list": {"org_id", "members"},
		"limit": {"org_id", "cents"}, "endpoint": {"org_id", "region_id", "vpc_endpoint_id"},
	} {
		for _, attribute := range attributes {
			t.Run(name+"/"+attribute, func(t *testing.T) {
				t.Parallel()
				sim := simulate(t)
				config := everyType()
				if name == "list" {
					config = configuration{"list": {typ: listType, attributes: object{"members": seeded()}}}
				}
				w := contract(t, sim, nil, config)
				block := config[name]
				kept := block.attributes[attribute]
				if attribute == "org_id" {
					kept = sim.OrgID()
				}
				block.attributes[attribute] = later{kept}
				result := w.walk(config, nil)
				result.planned.noErrors(t)
				result.planned.wantWarning(t, "Waits for the next plan: ", attribute)
				if result.changes != 0 {
					t.Errorf("%d changes", result.changes)
				}
				wantWrites(t, sim)
			})
		}
	}
}

func TestWaitingIsRefusedWhereItCannotBe(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"member": member("dev@example.com", "editor")})
	config := configuration{"member": member("dev@example.com", "viewer")}
	config["member"].attributes["role"] = later{"viewer"}
	config["member"].attributes["retain_on_destroy"] = true
	w.walk(config, nil).planned.wantError(t, "Cannot be planned yet: dev@example.com", "role", "retain_on_destroy", "-target")
	wantWrites(t, sim)
}

// The plan hides nothing that the apply then does: here a demotion, a removal and a stranger, beside one unknown address.
func TestListWithAnUnknownAddressWaits(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"list": {typ: listType, attributes: object{"members": seeded()}}})
	sim.AddMember("stranger@example.net", "admin")
	members := but(seeded(), "ops@example.com=editor", "audit@example.com=")
	hidden := configuration{"list": {typ: listType, attributes: object{"members": later{members}}}}
	w.walk(hidden, nil).all().noErrors(t)
	wantWrites(t, sim)
	shown := configuration{"list": {typ: listType, attributes: object{"members": members}}}
	w.walk(shown, nil).all().noErrors(t)
	wantWrites(t, sim, removeRoute, removeRoute, roleRoute)
}

func TestUnknownGuardsAreClosed(t *testing.T) {
	t.Parallel()
	for name, protected := range map[string]any{"the set": unknown, "an address": []any{"lead@example.com", unknown}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"ops": member("ops@example.com", "admin")})
			w.provider["protected_members"] = protected
			w.walk(configuration{}, nil).planned.wantError(t, "Protected: ops@example.com", "protected_members")
			w.walk(configuration{"ops": member("ops@example.com", "editor")}, nil).planned.wantError(t, "Protected: ops@example.com")
			// A plan made elsewhere meets the same guard.
			delete(w.provider, "protected_members")
			removal := w.process().plan(memberType, new(w.instances["ops"].state), nil)
			removal.noErrors(t)
			w.provider["protected_members"] = protected
			_, diags := w.process().apply(removal)
			diags.wantError(t, "Protected: ops@example.com")
			wantWrites(t, sim)
		})
	}
	t.Run("read_only", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, object{"read_only": unknown}, nil)
		result := w.walk(everyType(), nil)
		result.planned.noErrors(t)
		result.applied.wantError(t, "may be read-only", "read_only")
		wantWrites(t, sim)
		// It softens no other guard, as read_only = true does for a plan with a lesser key.
		w.provider["api_key"] = sim.OrganizationKey()
		w.walk(everyType(), nil).planned.wantError(t, "needs a personal key")
		opened := w.process().open(object{"name": "x"})
		opened.wantError(t, "may be read-only")
		wantWrites(t, sim)
	})
	t.Run("allow_self_lockout", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, configuration{"lead": member("lead@example.com", "admin")})
		config := configuration{"lead": member("lead@example.com", "editor")}
		config["lead"].attributes["allow_self_lockout"] = later{true}
		w.walk(config, nil).planned.wantError(t, "You would lock yourself out: lead@example.com")
		wantWrites(t, sim)
	})
	t.Run("max_removals and unlisted members", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		for i := range 6 {
			sim.AddMember(fmt.Sprintf("p%d@example.com", i), "viewer")
		}
		all := seeded()
		for i := range 6 {
			all[fmt.Sprintf("p%d@example.com", i)] = "viewer"
		}
		w := contract(t, sim, nil, configuration{"list": {typ: listType, attributes: object{"members": all, "max_removals": 20}}})
		config := configuration{"list": {typ: listType, attributes: object{"members": seeded(), "max_removals": later{20}}}}
		w.walk(config, nil).planned.wantError(t, "More than max_removals")
		config["list"].attributes["max_removals"] = 20
		config["list"].attributes["on_unlisted"] = later{"report"}
		result := w.walk(config, nil)
		result.all().noErrors(t) // the plan shows the most that could go, the apply removes nobody
		wantWrites(t, sim)
	})
}

func TestProtectedAddressOfNobody(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, object{"protected_members": []string{"leed@example.com", "lead@example.com"}}, nil)
	result := w.walk(configuration{"dev": member("dev@example.com", "editor"), "data": member("data@example.com", "editor")}, nil)
	result.planned.wantWarning(t, "protected_members protects nobody: leed@example.com")
	if n := strings.Count(result.planned.String(), "protects nobody"); n != 1 {
		t.Errorf("said %d times", n)
	}
}

func TestRolesThatNobodyKnows(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.SetRole("audit@example.com", "owner")
	sim.SetRole("lead@example.com", "owner")
	w := contract(t, sim, object{"protected_members": []string{"audit@example.com"}}, nil)
	list := func(more ...string) configuration {
		return configuration{"list": {typ: listType, attributes: object{"members": but(seeded(), append([]string{"audit@example.com=owner", "lead@example.com=owner"}, more...)...)}}}
	}
	imported, diags := w.process().importState(listType, sim.OrgID())
	diags.noErrors(t)
	w.instances["list"] = instance{typ: listType, state: imported}
	w.walk(list(), nil).all().noErrors(t) // a list can keep whom it has
	wantWrites(t, sim)
	// Leaving a role that may be anything counts as a loss, for protected people and for oneself.
	w.walk(list("audit@example.com=admin"), nil).planned.wantError(t, "Protected: audit@example.com")
	w.walk(list("lead@example.com=editor"), nil).planned.wantError(t, "You would lock yourself out: lead@example.com")
	w.walk(list("dev@example.com=boss"), nil).planned.wantError(t, `Unknown role "boss" for dev@example.com`)
	admin(t, sim, nil).plan(memberType, nil, object{"email": "new@example.com", "role": "boss"}).wantError(t, `Unknown role "boss" for new@example.com`, "admin")
	admin(t, sim, nil).plan(memberType, nil, object{"email": "new@example.com", "role": "owner"}).noErrors(t) // somebody has it
	// Where the plan could not ask, the create does.
	planned := start(t, object{"api_key": unknown}).plan(invitationType, nil, object{"email": "new@example.com", "role": "boss"})
	planned.noErrors(t)
	_, diags = admin(t, sim, nil).apply(planned)
	diags.wantError(t, `Unknown role "boss" for new@example.com`)
	wantWrites(t, sim)
}

func TestChangedAddressesOfACompany(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]int{"at once": nil, "one by one": {0}, "backwards": {3, 2, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			before, after, moved := configuration{}, configuration{}, map[string]string{}
			for _, who := range []string{"dev", "data"} {
				before[who+"@example.com"] = member(who+"@example.com", "editor")
				after[who+"@example.org"] = member(who+"@example.org", "editor")
				moved[who+"@example.com"] = who + "@example.org"
			}
			w := contract(t, sim, nil, before)
			for old, now := range moved {
				sim.ChangeEmail(old, now)
			}
			w.oneByOne = order
			result := w.walk(after, nil)
			errs := result.planned.errors()
			if len(errs) != len(moved) {
				t.Errorf("%d errors for %d people:\n%s", len(errs), len(moved), errs)
			}
			for old, now := range moved {
				errs.wantError(t, "Renamed without a moved block: "+old+", now "+now, fmt.Sprintf("from = %s.NAME[%q]\n      to   = %s.NAME[%q]", memberType, old, memberType, now))
			}
			for old, now := range moved { // what the blocks do
				w.instances[now] = w.instances[old]
				delete(w.instances, old)
			}
			w.walk(after, nil).all().noErrors(t)
			if again := w.walk(after, nil); again.changes != 0 {
				t.Errorf("not empty: %s", again.all())
			}
			wantWrites(t, sim)
		})
	}
}

func TestTaintedMember(t *testing.T) {
	t.Parallel()
	for name, noRefresh := range map[string]bool{"refreshed": false, "not refreshed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t, func(c *neontest.Config) { c.NobodyJoinsAtOnce = true })
			config := configuration{"dev": member("dev@example.com", "editor")}
			w := contract(t, sim, nil, config)
			taint(w, "dev")
			w.noRefresh = noRefresh
			result := w.walk(config, nil)
			result.all().noErrors(t)
			if !noRefresh {
				result.planned.wantWarning(t, "To be removed and invited again: dev@example.com", "untaint")
			}
			result.applied.wantWarning(t, "Removed: dev@example.com")
			if len(invited(sim, "dev@example.com")) != 1 {
				t.Error("dev@example.com is not invited")
			}
			wantWrites(t, sim, removeRoute, inviteRoute)
		})
	}
	t.Run("protected", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		config := configuration{"dev": member("dev@example.com", "editor")}
		w := contract(t, sim, object{"protected_members": []string{"dev@example.com"}}, config)
		taint(w, "dev")
		w.walk(config, nil).planned.wantError(t, "Protected: dev@example.com")
		w.noRefresh = true // the plan cannot know that the object exists
		w.walk(config, nil).applied.wantError(t, "Protected: dev@example.com")
		wantWrites(t, sim)
	})
}

func taint(w *workspace, address string) {
	tainted := w.instances[address]
	tainted.tainted = true
	w.instances[address] = tainted
}

func TestForcedReplacements(t *testing.T) {
	t.Parallel()
	config := configuration{"dev": member("dev@example.com", "editor"), "ops": member("ops@example.com", "admin"), "lead": member("lead@example.com", "admin"), "ci": {typ: keyType, attributes: object{"name": "ci"}}}
	t.Run("guards", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, object{"protected_members": []string{"ops@example.com"}}, config)
		w.mustReplace = map[string]bool{"dev": true, "ops": true, "lead": true}
		planned := w.walk(config, nil).planned
		planned.wantError(t, "Protected: ops@example.com")
		planned.wantError(t, "You would lock yourself out: lead@example.com")
		wantWrites(t, sim)
	})
	t.Run("warnings", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, config)
		sim.AddAPIKeyBy("dev@example.com", "left", "")
		var ci neontest.APIKey
		for _, key := range sim.APIKeys() {
			if key.Name == "ci" {
				ci = key
			}
		}
		sim.UseAPIKey(ci.ID, time.Now(), "192.0.2.1")
		w.mustReplace = map[string]bool{"dev": true, "ci": true}
		applied := w.walk(config, nil).applied
		applied.noErrors(t)
		applied.wantWarning(t, "Removed: dev@example.com")
		applied.wantWarning(t, "dev@example.com leaves 1 working API key", `"left"`)
		applied.wantWarning(t, "Revoking a key used in the last 7 days: API key \"ci\"", "192.0.2.1")
	})
	t.Run("the provider's own key", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, config)
		w.provider["api_key"] = w.instances["ci"].get(t, "key")
		w.mustReplace = map[string]bool{"ci": true}
		w.walk(configuration{"ci": config["ci"]}, nil).planned.wantError(t, "Refusing to revoke the key this run uses")
		wantWrites(t, sim)
	})
	t.Run("send again", func(t *testing.T) {
		t.Parallel()
		for _, createFirst := range []bool{false, true} {
			sim := simulate(t)
			pending := configuration{"member": member("new@example.com", "viewer"), "invitation": invitation("guest@example.com")}
			w := contract(t, sim, nil, pending)
			w.mustReplace = map[string]bool{"member": true, "invitation": true}
			for address, block := range pending {
				block.createFirst = createFirst
				pending[address] = block
			}
			result := w.walk(pending, nil)
			result.all().noErrors(t)
			if createFirst { // the create comes first, and finds an open invitation
				wantWrites(t, sim)
				result.applied.wantWarning(t, "Open invitation adopted: new@example.com", "no e-mail")
				result.applied.wantWarning(t, "Open invitation adopted: guest@example.com", "no e-mail")
			} else {
				wantWrites(t, sim, inviteRoute, inviteRoute)
			}
		}
	})
	t.Run("tainted and pending", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		pending := configuration{"member": member("new@example.com", "viewer"), "invitation": invitation("guest@example.com")}
		w := contract(t, sim, nil, pending)
		taint(w, "member")
		taint(w, "invitation")
		result := w.walk(pending, nil)
		result.planned.wantWarning(t, "To be invited again: new@example.com")
		result.planned.wantWarning(t, "To be invited again: guest@example.com")
		result.all().noErrors(t)
		wantWrites(t, sim, inviteRoute, inviteRoute)
	})
}

// An invitation that another resource gives up is taken over, and not sent twice.
func TestInvitationBecomesAMember(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"invitation": invitation("guest@example.com")})
	result := w.walk(configuration{"member": member("guest@example.com", "viewer")}, nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, "Open invitation adopted: guest@example.com")
	wantWrites(t, sim)
}

func TestDeposedObjects(t *testing.T) {
	t.Parallel()
	createFirst := func(email string, broken bool) configuration {
		block := member(email, "editor")
		block.createFirst, block.dependentFails = true, broken
		return configuration{"a": block}
	}
	// The same person: another object keeps them.
	t.Run("the same person", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, createFirst("dev@example.com", false))
		w.mustReplace = map[string]bool{"a": true}
		w.walk(createFirst("dev@example.com", true), nil).all().noErrors(t)
		if len(w.deposed) != 1 {
			t.Fatalf("%d deposed objects", len(w.deposed))
		}
		w.mustReplace = nil
		// A new person in the same run is not "instead" of somebody whom another object keeps.
		config := createFirst("dev@example.com", false)
		config["new"] = member("new@example.com", "editor")
		result := w.walk(config, nil)
		result.all().noErrors(t)
		result.planned.wantWarning(t, "dev@example.com stays in the organization")
		result.applied.wantWarning(t, "dev@example.com stays in the organization")
		if len(w.deposed) != 0 {
			t.Error("the deposed object is still there")
		}
		wantWrites(t, sim, inviteRoute)
		if again := w.walk(config, nil); again.changes != 0 || len(again.all().errors()) > 0 {
			t.Errorf("not empty: %s", again.all())
		}
	})
	t.Run("the same person, one after the other", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, createFirst("dev@example.com", false))
		w.mustReplace = map[string]bool{"a": true}
		w.walk(createFirst("dev@example.com", true), nil).all().noErrors(t)
		w.mustReplace, w.oneByOne = nil, []int{0}
		// The deposed object is planned before anybody has read the other: an error that says how to go on.
		w.walk(createFirst("dev@example.com", false), nil).planned.wantError(t, "Two resources for dev@example.com", "terraform state rm", "import {")
		wantWrites(t, sim)
	})
	t.Run("another person", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, createFirst("dev@example.com", false))
		result := w.walk(createFirst("new@example.com", false), nil)
		result.all().noErrors(t)
		result.planned.wantWarning(t, "To be invited: new@example.com as editor")
		wantWrites(t, sim, inviteRoute, removeRoute)
	})
	t.Run("another person, interrupted", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, createFirst("dev@example.com", false))
		w.walk(createFirst("new@example.com", true), nil).all().noErrors(t)
		result := w.walk(createFirst("new@example.com", false), nil)
		result.all().noErrors(t)
		result.applied.wantWarning(t, "dev@example.com stays in the organization", "deposed", "import {")
		wantWrites(t, sim, inviteRoute)
	})
}

// The world moves between plan and apply: what the plan did not show is an error, and the next plan shows it.
func TestWorldMovesBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before, after configuration
		meanwhile     func(*neontest.Server)
		summary       string
		writes        []string
	}{
		"accepted before the destroy": {
			configuration{"a": member("new@example.com", "admin")},
			configuration{},
			func(sim *neontest.Server) { _ = sim.Accept("new@example.com") }, "Joined since the plan: new@example.com", nil,
		},
		"came back before the destroy": {
			configuration{"a": member("dev@example.com", "editor")},
			configuration{},
			func(sim *neontest.Server) {
				sim.RemoveMember("dev@example.com")
				sim.AddMember("dev@example.com", "admin")
			}, "Left and rejoined: dev@example.com", nil,
		},
		"left before the change of role": {
			configuration{"a": member("dev@example.com", "editor")},
			configuration{"a": member("dev@example.com", "viewer")},
			func(sim *neontest.Server) { sim.RemoveMember("dev@example.com") }, "No longer a member: dev@example.com", nil,
		},
		"promoted before the change of role": {
			configuration{"a": member("dev@example.com", "viewer")},
			configuration{"a": member("dev@example.com", "editor")},
			func(sim *neontest.Server) { sim.SetRole("dev@example.com", "admin") }, "Role changed since the plan: dev@example.com", nil,
		},
		"demoted before the change of role": {
			configuration{"a": member("dev@example.com", "editor")},
			configuration{"a": member("dev@example.com", "admin")},
			func(sim *neontest.Server) { sim.SetRole("dev@example.com", "viewer") }, "",
			[]string{roleRoute},
		},
		"left before the list demotes": {
			configuration{"l": {typ: listType, attributes: object{"members": seeded()}}},
			configuration{"l": {typ: listType, attributes: object{"members": but(seeded(), "dev@example.com=viewer")}}},
			func(sim *neontest.Server) { sim.RemoveMember("dev@example.com") }, "No longer a member: dev@example.com", nil,
		},
		"promoted before the list removes": {
			configuration{"l": {typ: listType, attributes: object{"members": seeded()}}},
			configuration{"l": {typ: listType, attributes: object{"members": but(seeded(), "dev@example.com=")}}},
			func(sim *neontest.Server) { sim.SetRole("dev@example.com", "admin") }, "Role changed since the plan: dev@example.com", nil,
		},
		"came back before the list removes": {
			configuration{"l": {typ: listType, attributes: object{"members": seeded()}}},
			configuration{"l": {typ: listType, attributes: object{"members": but(seeded(), "dev@example.com=")}}},
			func(sim *neontest.Server) {
				sim.RemoveMember("dev@example.com")
				sim.AddMember("dev@example.com", "admin")
			}, "Joined since the plan: dev@example.com", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			if role := test.before["a"].attributes["role"]; role != nil && test.before["a"].attributes["email"] == "dev@example.com" {
				sim.SetRole("dev@example.com", role.(string))
			}
			w := contract(t, sim, nil, test.before)
			result := w.walk(test.after, func() { test.meanwhile(sim) })
			result.planned.noErrors(t)
			if test.summary == "" {
				result.applied.noErrors(t)
			} else if !strings.Contains(result.applied.String(), test.summary) {
				t.Errorf("no %q in:\n%s", test.summary, result.applied)
			}
			wantWrites(t, sim, test.writes...)
			// Nothing is lost: the next plan shows what is left to do, and does it.
			sim.ResetRequests()
			next := w.walk(test.after, nil)
			next.all().noErrors(t)
			if test.summary != "" && next.changes == 0 {
				t.Error("the next plan shows nothing")
			}
		})
	}
	t.Run("adopted, and deactivated or removed since", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, nil)
		w.walk(configuration{"a": member("dev@example.com", "editor"), "b": invitation("audit@example.com")}, func() {
			sim.Deactivate("dev@example.com")
			sim.RemoveMember("audit@example.com")
		}).all().noErrors(t)
		wantWrites(t, sim, inviteRoute)
	})
}

// A planned invitation is no adoption: the destroy of the membership ends it.
func TestDestroyBesideAPlannedInvitation(t *testing.T) {
	t.Parallel()
	for _, order := range [][]int{{0}, {1, 0}} {
		sim := simulate(t)
		w := contract(t, sim, nil, configuration{"dev": member("dev@example.com", "editor")})
		config := configuration{"z": invitation("dev@example.com")}
		config["z"].attributes["email"] = later{"dev@example.com"}
		w.oneByOne = order
		w.walk(config, nil).all().noErrors(t)
		if n := sim.Count(removeRoute); n != 1 {
			t.Errorf("%v: %d removals", order, n)
		}
	}
}

func TestManyPeopleLeaveTheListWhilePending(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	all := seeded()
	for i := range 60 {
		all[fmt.Sprintf("n%d@example.com", i)] = "viewer"
	}
	w := contract(t, sim, nil, configuration{"list": {typ: listType, attributes: object{"members": all}}})
	result := w.walk(configuration{"list": {typ: listType, attributes: object{"members": seeded()}}}, nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, "Invitations stay open: n0@example.com", "n59@example.com")
	if len(result.planned) > 1 {
		t.Errorf("%d messages", len(result.planned))
	}
}

func TestTaintedListSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := configuration{"list": {typ: listType, attributes: object{"members": seeded()}}}
	w := contract(t, sim, nil, config)
	taint(w, "list")
	sim.SetRole("dev@example.com", "viewer")
	w.walk(config, nil).planned.wantError(t, "The organization has other members than the list", "terraform untaint")
	wantWrites(t, sim)
}

// An imported key has no token: what tells is that it was used since the run began.
func TestImportedKeyOfTheRun(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	id, ok := sim.KeyIDByToken(sim.OrganizationKey())
	if !ok {
		t.Fatal("the organization key has no id")
	}
	other := sim.AddAPIKeyBy("ops@example.com", "other", "")
	w := contract(t, sim, object{"api_key": sim.OrganizationKey()}, nil)
	for address, id := range map[string]int64{"own": id, "other": other.ID} {
		imported, diags := w.process().importState(keyType, fmt.Sprint(id))
		diags.noErrors(t)
		w.instances[address] = instance{typ: keyType, state: imported}
	}
	planned := w.walk(configuration{}, nil).planned
	planned.wantError(t, "Refusing to revoke a key this run may use", fmt.Sprint(id))
	planned.wantWarning(t, `Revoking an imported key: API key "other"`)
	delete(w.instances, "own")
	w.walk(configuration{}, nil).all().noErrors(t)
	wantWrites(t, sim, revokeRoute)
}

// Where the provider cannot decide on an organization, it asks once and explains once, for however many resources.
func TestSeveralOrganizationsAreExplainedOnce(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddOrganization("Second")
	w := contract(t, sim, nil, nil)
	delete(w.provider, "org_id")
	config := configuration{}
	for i := range 50 {
		config[fmt.Sprint("key", i)] = declared{typ: keyType, attributes: object{"name": fmt.Sprint("k", i)}}
	}
	planned := w.walk(config, nil).planned
	full := 0
	for _, d := range planned.errors() {
		if strings.Contains(d.Detail, sim.OrgID()) {
			full++
		}
	}
	if len(planned.errors()) != 50 || full != 1 || sim.RequestCount() > 3 {
		t.Errorf("%d errors, %d in full, %v", len(planned.errors()), full, sim.Counts())
	}
}

func TestMovedKeyWithANullTrigger(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := configuration{"a": {typ: keyType, attributes: object{"name": "ci", "rotation_triggers": map[string]any{"a": nil, "b": "1"}}}}
	w := contract(t, sim, nil, config)
	key := w.instances["a"]
	moved, diags := w.process().move(source{"registry.terraform.io/dcbae579/neon", keyType, 0, map[string]any{
		"id": key.get(t, "id"), "org_id": sim.OrgID(), "name": "ci", "key": key.get(t, "key"), "created_at": key.get(t, "created_at"), "rotation_triggers": map[string]any{"a": nil, "b": "1"},
	}}, rotatingType)
	diags.noErrors(t)
	w.instances = map[string]instance{"a": {typ: rotatingType, state: moved}}
	first := moved.get(t, "key_id")
	w.walk(configuration{"a": {typ: rotatingType, attributes: object{"name": "ci", "rotate_after": "60d", "rotation_triggers": map[string]any{"a": nil, "b": "1"}}}}, nil).all().noErrors(t)
	if now := w.instances["a"].get(t, "key_id"); now != first {
		t.Errorf("a null in rotation_triggers has rotated the key: %s, then %s", first, now)
	}
}

// A destroy that fails leaves its promise in the private state. The next plan puts its own in its place, or none.
func TestPromiseOfAFailedDestroyIsNotKept(t *testing.T) {
	t.Parallel()
	promised := func(s state) bool { return strings.Contains(string(s.private), `"promise"`) }
	fails := func(t *testing.T, sim *neontest.Server) state {
		t.Helper()
		dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
		sim.AddFault(neontest.Fault{Route: removeRoute, Kind: neontest.FaultStatus, Status: 422})
		removal := admin(t, sim, nil).plan(memberType, &dev, nil)
		removal.noErrors(t)
		left, diags := admin(t, sim, nil).apply(removal)
		diags.wantError(t, "Cannot remove dev@example.com")
		if !promised(left) {
			t.Fatal("no promise is left: this test is about one that is")
		}
		return left
	}

	t.Run("another promise", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		left := fails(t, sim)
		// Without a refresh, which would strip it.
		again := admin(t, sim, nil).plan(memberType, &left, nil)
		again.noErrors(t)
		_, diags := admin(t, sim, nil).apply(again)
		diags.noErrors(t)
		if err := wantRole(sim, "dev@example.com", ""); err != nil {
			t.Error(err)
		}
	})
	t.Run("the plan forgets", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		left := fails(t, sim)
		retained := apply2(t, sim, memberType, &left, object{"email": "dev@example.com", "role": "editor", "retain_on_destroy": true})
		if promised(retained) {
			t.Error("an update keeps the promise")
		}
		removal := admin(t, sim, nil).plan(memberType, &retained, nil)
		_, diags := admin(t, sim, nil).apply(removal)
		diags.noErrors(t)
		if err := wantRole(sim, "dev@example.com", "editor"); err != nil {
			t.Error(err)
		}
	})
	t.Run("a refresh", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		read, diags := admin(t, sim, nil).read(memberType, fails(t, sim))
		diags.none(t)
		if promised(read) {
			t.Error("a refresh keeps the promise")
		}
	})
}
