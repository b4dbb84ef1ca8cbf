package provider_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestLifeOfAMember(t *testing.T) {
	live(t, func(l life) {
		person := func(email, role string) object { return object{"email": email, "role": role} }
		newcomer := func(role string) object { return person("new@example.com", role) }
		is := func(email, role string) func() error { return func() error { return wantRole(l.sim, email, role) } }
		open := func(email, role string) func() error {
			return func() error { return wantInvitation(l.sim, email, role) }
		}
		pending, active := map[string]string{"status": "pending", "member_id": "", "invitation_id": "*"}, map[string]string{"status": "active", "member_id": "*", "user_id": "*", "joined_at": "*"}
		l.through(
			memberType,
			apply{name: "invited", config: newcomer("viewer"), does: "create", wants: pending, holds: open("new@example.com", "viewer")},
			apply{name: "accepted: no drift", outside: func() { l.accepts("new@example.com") }, config: newcomer("viewer"), does: "", wants: active},
		)
		l.importBrings(livedAt, "new@example.com", "invitation_id")
		l.importBrings(livedAt, l.sim.OrgID()+"/"+l.get("member_id"), "invitation_id")
		l.through(
			memberType,
			apply{name: "a role", config: newcomer("editor"), does: "update", holds: is("new@example.com", "editor")},
			apply{name: "its old name", config: newcomer("member"), does: "", holds: is("new@example.com", "editor")},
			apply{name: "drift", outside: func() { l.sim.SetRole("new@example.com", "admin") }, config: newcomer("editor"), does: "update", holds: is("new@example.com", "editor")},
			apply{ // this one joins at once, having an account
				name: "removed by hand: invited again", outside: func() { l.sim.RemoveMember("new@example.com") },
				config: newcomer("editor"), does: "create", wants: active, holds: is("new@example.com", "editor"),
			},
			apply{name: "a new address of the same member", outside: func() { l.sim.ChangeEmail("new@example.com", "newer@example.com") }, config: newcomer("editor"), does: ""},
			apply{name: "the new address", config: person("newer@example.com", "editor"), does: "update", holds: is("newer@example.com", "editor")},
			apply{name: "another person", config: person("other@example.com", "viewer"), does: "replace", wants: pending, holds: func() error {
				return firstError(wantRole(l.sim, "newer@example.com", ""), wantInvitation(l.sim, "other@example.com", "viewer"))
			}},
			apply{
				name: "the invitation cancelled by hand", outside: func() { l.sim.CancelInvitation("other@example.com") },
				config: person("other@example.com", "viewer"), does: "create", holds: open("other@example.com", "viewer"),
			},
			apply{name: "another role while pending", config: person("other@example.com", "editor"), does: "update", holds: open("other@example.com", "editor")},
			apply{name: "accepted", outside: func() { l.accepts("other@example.com") }, config: person("other@example.com", "editor"), does: "", wants: active},
			apply{name: "destroyed", does: "destroy", holds: func() error { return wantRole(l.sim, "other@example.com", "") }},
		)
		if len(l.sim.Members()) != 5 {
			l.t.Errorf("members after the destroy: %v", l.sim.Members())
		}
	})
}

func TestMemberGoneSaysSoAndIsInvitedAgain(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	sim.RemoveMember("dev@example.com")
	read, diags := admin(t, sim, nil).read(memberType, made)
	diags.wantWarning(t, "Gone from the organization: dev@example.com", "is no longer a member")
	if !read.value.IsNull() {
		t.Error("still in the state")
	}
}

func TestMemberNotFoundProvesNothing(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"GET /organizations/{org_id}/members", "GET /organizations/{org_id}/invitations"} {
		for name, fault := range map[string]neontest.Fault{
			"404":           {Kind: neontest.FaultStatus, Status: 404, Message: "not found"},
			"401":           {Kind: neontest.FaultStatus, Status: 401, Message: "supplied credentials do not pass authentication"},
			"empty list":    {Kind: neontest.FaultBody, Body: `{"members": []}`},
			"no list":       {Kind: neontest.FaultBody, Body: `{}`},
			"html":          {Kind: neontest.FaultHTMLOK},
			"another's":     {Kind: neontest.FaultBody, Body: `{"members": [{"member": {"id": "x", "user_id": "y", "org_id": "org-elsewhere-1", "role": "admin"}, "user": {"email": "x@example.com"}}]}`},
			"second page":   {Kind: neontest.FaultStatus, Status: 404, Skip: 1},
			"cut-short":     {Kind: neontest.FaultCutShort},
			"endless pages": {Kind: neontest.FaultBody, Body: `{"members": [{"member": {"id": "x", "role": "admin"}, "user": {"email": "x@example.com"}}], "pagination": {"next": "again"}}`},
		} {
			if strings.HasSuffix(route, "invitations") && (fault.Skip > 0 || strings.Contains(fault.Body, "[")) {
				continue
			}
			t.Run(route+" "+name, func(t *testing.T) {
				t.Parallel()
				sim := simulate(t)
				made := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
				fault.Route, fault.N = route, -1
				sim.AddFault(fault)
				read, diags := admin(t, sim, object{"retry_timeout": "1s"}).read(memberType, made)
				diags.wantError(t, "Cannot read the membership of dev@example.com")
				if !read.value.Equal(made.value) {
					t.Errorf("the state is now %v", read.value)
				}
			})
		}
	}
}

func TestMemberTolerated(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	sim.AddFault(neontest.Fault{Route: "GET /organizations/{org_id}/members", Kind: neontest.FaultBody, Body: `{"new_field": 1, "members": [
		{"member": {"id": 17, "user_id": "user-abc", "role": "auditor"}, "user": {"email": "Dev@Example.COM", "has_mfa": null, "deactivated_at": null}}]}`})
	read, diags := admin(t, sim, nil).read(memberType, made)
	diags.none(t)
	if read.get(t, "role") != "auditor" || read.get(t, "member_id") != "17" || read.get(t, "email") != "dev@example.com" {
		t.Errorf("read: %v", read.value)
	}
}

func TestMemberGuards(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	lead := apply2(t, sim, memberType, nil, object{"email": "lead@example.com", "role": "admin"})
	ops := apply2(t, sim, memberType, nil, object{"email": "ops@example.com", "role": "admin"})
	protect := object{"protected_members": []string{"ops@example.com"}}
	key := object{"api_key": sim.OrganizationKey(), "base_url": sim.URL(), "protected_members": []string{"ops@example.com"}}
	for _, test := range []struct {
		name    string
		process func() *process
		prior   state
		config  object
		summary string
		parts   []string
	}{
		{"demote oneself", func() *process { return admin(t, sim, nil) }, lead, object{"email": "lead@example.com", "role": "editor"}, "You would lock yourself out: lead@example.com", []string{"allow_self_lockout"}},
		{"remove oneself", func() *process { return admin(t, sim, nil) }, lead, nil, "You would lock yourself out: lead@example.com", []string{"allow_self_lockout", "Before a destroy, apply it first"}},
		{"replace oneself", func() *process { return admin(t, sim, nil) }, lead, object{"email": "other@example.com", "role": "admin"}, "You would lock yourself out: lead@example.com", nil},
		{"demote the protected", func() *process { return admin(t, sim, protect) }, ops, object{"email": "ops@example.com", "role": "viewer"}, "Protected: ops@example.com", []string{"protected_members"}},
		{"remove the protected", func() *process { return admin(t, sim, protect) }, ops, nil, "Protected: ops@example.com", nil},
		{"demote the protected with an organization key", func() *process { return start(t, key) }, ops, object{"email": "ops@example.com", "role": "viewer"}, "Protected: ops@example.com", nil},
	} {
		planned := test.process().plan(memberType, &test.prior, test.config)
		planned.wantError(t, test.summary, test.parts...)
		if len(planned.replace) > 0 {
			planned = test.process().plan(memberType, &test.prior, nil) // its destroy half
		}
		// A plan that was made otherwise is judged again.
		_, diags := test.process().apply(planned)
		diags.wantError(t, test.summary, test.parts...)
	}
	for _, email := range []string{"lead@example.com", "ops@example.com"} {
		if err := wantRole(sim, email, "admin"); err != nil {
			t.Error(err)
		}
	}
	if n := sim.Count("PATCH /organizations/{org_id}/members/{member_id}") + sim.Count("DELETE /organizations/{org_id}/members/{member_id}"); n != 0 {
		t.Errorf("%d writes", n)
	}

	// Overridden, and no check at all with a key that is nobody's.
	allowed := admin(t, sim, nil).plan(memberType, &lead, object{"email": "lead@example.com", "role": "editor", "allow_self_lockout": true})
	allowed.noErrors(t)
	allowed.wantWarning(t, "You lock yourself out: lead@example.com")
	start(t, object{"api_key": sim.OrganizationKey(), "base_url": sim.URL()}).plan(memberType, &lead, object{"email": "lead@example.com", "role": "editor"}).noErrors(t)
	applied := apply2(t, sim, memberType, &lead, object{"email": "lead@example.com", "role": "admin", "allow_self_lockout": true})
	admin(t, sim, nil).plan(memberType, &applied, nil).noErrors(t)
}

func TestLastAdmin(t *testing.T) {
	t.Parallel()
	for _, status := range []int{422, 400, 403, 409} { // what Neon answers is open
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			sim := simulate(t, func(c *neontest.Config) { c.LastAdminStatus = status })
			sim.Deactivate("ops@example.com")
			lead := apply2(t, sim, memberType, nil, object{"email": "lead@example.com", "role": "admin"})
			dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
			down := object{"email": "lead@example.com", "role": "editor", "allow_self_lockout": true}
			up := object{"email": "dev@example.com", "role": "admin"}
			p := admin(t, sim, nil)
			demotion := p.plan(memberType, &lead, down)
			demotion.wantWarning(t, "Last active admin: lead@example.com")
			promotion := p.plan(memberType, &dev, up)
			promotion.none(t)

			// The demotion first, the promotion while it waits.
			var wait sync.WaitGroup
			var diags messages
			wait.Go(func() { _, diags = p.apply(demotion) })
			until(t, func() bool { return sim.Count("PATCH /organizations/{org_id}/members/{member_id}") > 0 })
			_, more := p.apply(promotion)
			wait.Wait()
			more.noErrors(t)
			diags.noErrors(t)
			if err := wantRole(sim, "lead@example.com", "editor"); err != nil {
				t.Error(err)
			}
			if err := wantRole(sim, "dev@example.com", "admin"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMemberRemovalNamesTheKeysThatOutliveIt(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	dev := apply2(t, sim, memberType, nil, object{"email": "ops@example.com", "role": "admin"})
	other := start(t, object{"api_key": sim.NewPersonalKey("ops@example.com"), "base_url": sim.URL(), "org_id": sim.OrgID()})
	planned := other.plan(keyType, nil, object{"name": "left-behind"})
	planned.none(t)
	_, diags := other.apply(planned)
	diags.none(t)
	admin(t, sim, nil).plan(memberType, &dev, nil).wantWarning(t, "ops@example.com leaves 1 working API key", fmt.Sprint(liveKeys(sim, "left-behind")[0].ID))
}

func TestMemberDestroyOfPendingAndRetained(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	pending := apply2(t, sim, memberType, nil, object{"email": "new@example.com", "role": "viewer"})
	planned := admin(t, sim, nil).plan(memberType, &pending, nil)
	planned.wantWarning(t, "Invitation stays open: new@example.com", "Console", "People")
	_, diags := admin(t, sim, nil).apply(planned)
	diags.wantWarning(t, "Invitation stays open: new@example.com")

	kept := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor", "retain_on_destroy": true})
	planned = admin(t, sim, nil).plan(memberType, &kept, nil)
	planned.wantWarning(t, "dev@example.com stays in the organization", "editor")
	_, diags = admin(t, sim, nil).apply(planned)
	diags.none(t)
	if err := wantRole(sim, "dev@example.com", "editor"); err != nil {
		t.Error(err)
	}

	// Accepted since the state was written, and destroyed without a refresh: removed all the same.
	late := apply2(t, sim, memberType, nil, object{"email": "late@example.com", "role": "viewer"})
	if err := sim.Accept("late@example.com"); err != nil {
		t.Fatal(err)
	}
	planned = admin(t, sim, nil).plan(memberType, &late, nil)
	planned.wantWarning(t, "To be removed: late@example.com", "viewer")
	_, diags = admin(t, sim, nil).apply(planned)
	diags.none(t)
	if _, still := sim.Member("late@example.com"); still {
		t.Error("late@example.com is still a member")
	}
}

func TestMemberWithANewAddressAtNeon(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := object{"email": "dev@example.com", "role": "editor"}
	made := apply2(t, sim, memberType, nil, config)
	sim.ChangeEmail("dev@example.com", "dev.new@example.com")
	made, diags := admin(t, sim, nil).read(memberType, made)
	diags.none(t)
	planned := admin(t, sim, nil).plan(memberType, &made, config)
	planned.wantWarning(t, "dev@example.com", `email = "dev.new@example.com"`)
	if !planned.isEmpty() {
		t.Errorf("planned: %v", planned.planned.value)
	}
	planned = admin(t, sim, nil).plan(memberType, &made, object{"email": "dev.new@example.com", "role": "editor"})
	planned.none(t)
	if len(planned.replace) > 0 || planned.planned.get(t, "member_id") != made.get(t, "member_id") {
		t.Errorf("replaces: %v, planned %v", planned.replace, planned.planned.value)
	}
	made, diags = admin(t, sim, nil).apply(planned)
	diags.none(t)
	if made.get(t, "email") != "dev.new@example.com" {
		t.Errorf("made: %v", made.value)
	}
}

func TestReplacementByAnotherPersonTellsBothHalves(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	planned := admin(t, sim, nil).plan(memberType, &dev, object{"email": "new@example.com", "role": "editor"})
	planned.wantWarning(t, "To be invited: new@example.com as editor")
	if len(planned.replace) != 1 {
		t.Errorf("replaces because of %v", planned.replace)
	}
	guest := apply2(t, sim, invitationType, nil, object{"email": "guest@example.com", "role": "viewer"})
	planned = admin(t, sim, nil).plan(invitationType, &guest, object{"email": "guest@example.com", "role": "editor"})
	planned.wantWarning(t, "To be invited: guest@example.com as editor")
	planned.wantWarning(t, "Invitation stays open: guest@example.com")
}
