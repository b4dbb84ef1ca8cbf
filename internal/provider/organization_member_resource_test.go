package provider_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// hasRole checks the role that the simulator has for a member.
func hasRole(sim *neontest.Server, email, role string) error {
	if member, ok := sim.Member(email); !ok || member.Role != role {
		return fmt.Errorf("%s is a member: %t, as %q, want %q", email, ok, member.Role, role)
	}
	return nil
}

func TestMemberLifeCycle(t *testing.T) {
	t.Parallel()
	t.Attr("feature", "resources")
	t.Attr("feature", "import command")
	sim := simulate(t)
	const address = memberType + ".new"
	config := func(email, role, more string) string {
		return asAdmin(sim, fmt.Sprintf("resource %q \"new\" {\n email = %q\n role = %q\n %s\n}", memberType, email, role, more))
	}
	is := func(attribute string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
	}
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	accept(t,
		resource.TestStep{ // invited
			Config:            config("new@example.com", "viewer", ""),
			ConfigStateChecks: []statecheck.StateCheck{is("status", knownvalue.StringExact("pending")), is("member_id", knownvalue.Null()), is("invitation_id", knownvalue.NotNull())},
			Check: func(*terraform.State) error {
				if open := invited(sim, "new@example.com"); len(open) != 1 || open[0].Role != "viewer" {
					return fmt.Errorf("open invitations: %v", open)
				}
				return nil
			},
		},
		resource.TestStep{ // accepted: no drift
			PreConfig:         func() { must(sim.Accept("new@example.com")) },
			Config:            config("new@example.com", "viewer", ""),
			ConfigPlanChecks:  empty,
			ConfigStateChecks: []statecheck.StateCheck{is("status", knownvalue.StringExact("active")), is("member_id", knownvalue.NotNull()), is("user_id", knownvalue.NotNull()), is("joined_at", knownvalue.NotNull())},
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "email",
			ImportStateId: "new@example.com", ImportStateVerifyIgnore: []string{"invitation_id"},
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "email",
			ImportStateIdFunc: func(s *terraform.State) (string, error) {
				return sim.OrgID() + "/" + s.RootModule().Resources[address].Primary.Attributes["member_id"], nil
			}, ImportStateVerifyIgnore: []string{"invitation_id"},
		},
		resource.TestStep{ // a role
			Config:           config("new@example.com", "editor", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)}},
			Check:            func(*terraform.State) error { return hasRole(sim, "new@example.com", "editor") },
		},
		resource.TestStep{ // its old name
			Config:           config("new@example.com", "member", ""),
			ConfigPlanChecks: empty,
			Check:            func(*terraform.State) error { return hasRole(sim, "new@example.com", "editor") },
		},
		resource.TestStep{ // drift
			PreConfig:        func() { sim.SetRole("new@example.com", "admin") },
			Config:           config("new@example.com", "editor", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)}},
			Check:            func(*terraform.State) error { return hasRole(sim, "new@example.com", "editor") },
		},
		resource.TestStep{ // removed by hand: invited again, and this one joins at once, having an account
			PreConfig:         func() { sim.RemoveMember("new@example.com") },
			Config:            config("new@example.com", "editor", ""),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)}},
			ConfigStateChecks: []statecheck.StateCheck{is("status", knownvalue.StringExact("active")), is("member_id", knownvalue.NotNull())},
			Check:             func(*terraform.State) error { return hasRole(sim, "new@example.com", "editor") },
		},
		resource.TestStep{ // a new address of the same member
			PreConfig:        func() { sim.ChangeEmail("new@example.com", "newer@example.com") },
			Config:           config("new@example.com", "editor", ""),
			ConfigPlanChecks: empty,
		},
		resource.TestStep{
			Config:           config("newer@example.com", "editor", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)}},
			Check:            func(*terraform.State) error { return hasRole(sim, "newer@example.com", "editor") },
		},
		resource.TestStep{ // somebody else
			Config:           config("other@example.com", "viewer", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionReplace)}},
			Check: func(*terraform.State) error {
				if _, still := sim.Member("newer@example.com"); still || len(invited(sim, "other@example.com")) != 1 {
					return fmt.Errorf("newer is still a member: %t, invitations: %v", still, sim.Invitations())
				}
				return nil
			},
		},
		resource.TestStep{ // the invitation cancelled by hand
			PreConfig: func() { sim.CancelInvitation("other@example.com") },
			Config:    config("other@example.com", "viewer", ""),
			Check: func(*terraform.State) error {
				if open := invited(sim, "other@example.com"); len(open) != 1 {
					return fmt.Errorf("open invitations: %v", open)
				}
				return nil
			},
		},
		resource.TestStep{ // another role while pending
			Config: config("other@example.com", "editor", ""),
			Check: func(*terraform.State) error {
				if open := invited(sim, "other@example.com"); len(open) != 1 || open[0].Role != "editor" {
					return fmt.Errorf("open invitations: %v", open)
				}
				return nil
			},
		},
		resource.TestStep{
			PreConfig: func() { must(sim.Accept("other@example.com")) },
			Config:    config("other@example.com", "editor", ""),
		},
	)
	if _, still := sim.Member("other@example.com"); still {
		t.Error("still a member after the destroy")
	}
	if len(sim.Members()) != 5 {
		t.Errorf("members after the destroy: %v", sim.Members())
	}
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
		if err := hasRole(sim, email, "admin"); err != nil {
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
			if err := hasRole(sim, "lead@example.com", "editor"); err != nil {
				t.Error(err)
			}
			if err := hasRole(sim, "dev@example.com", "admin"); err != nil {
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
	if err := hasRole(sim, "dev@example.com", "editor"); err != nil {
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
