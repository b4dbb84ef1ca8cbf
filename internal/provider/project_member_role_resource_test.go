package provider_test

import (
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const (
	grantType = "neon_project_member_role"
	website   = "shiny-wind-12345678" // of the organization, as warehouse
	warehouse = "winter-boat-87654321"
	guest     = "guest@partner.example" // a collaborator, where a test adds one

	projectMembersRoute = "/projects/{project_id}/members"
	grantRoute          = "PUT " + projectMembersRoute + "/{member_id}/role"
	ungrantRoute        = "DELETE " + projectMembersRoute + "/{member_id}/role"
)

func grant(email, role string) declared {
	return declared{typ: grantType, attributes: object{"project_id": website, "email": email, "role": role}}
}

// grants are configurations of one grant.
func grants(email, role string) configuration { return configuration{"a": grant(email, role)} }

// wantGrants compares the roles that were granted in the first project.
func wantGrants(t *testing.T, sim *neontest.Server, want map[string]string) {
	t.Helper()
	if err := wantGranted(sim, want); err != nil {
		t.Error(err)
	}
}

func mustGrant(t *testing.T, sim *neontest.Server, email, role string) {
	t.Helper()
	if err := sim.Grant(website, email, role); err != nil {
		t.Fatal(err)
	}
}

// withGuest is a simulator with a collaborator.
func withGuest(t *testing.T, change ...func(*neontest.Config)) *neontest.Server {
	t.Helper()
	sim := simulate(t, change...)
	sim.AddMember(guest, "collaborator")
	return sim
}

func TestProjectRole(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	w := contract(t, sim, nil, nil)
	first := w.walk(grants(guest, "viewer"), nil)
	first.all().none(t)
	wantWrites(t, sim, grantRoute)
	wantGrants(t, sim, map[string]string{guest: "viewer"})
	member, _ := sim.Member(guest)
	for name, want := range map[string]string{
		"org_id": sim.OrgID(), "project_id": website, "email": guest, "member_id": member.ID, "user_id": member.UserID, "role": "viewer",
		"org_role": "collaborator", "default_role": "", "effective_role": "viewer", "grant_source": "explicit",
	} {
		if got := w.instances["a"].get(t, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	quiet := func() {
		t.Helper()
		again := w.walk(grants(guest, w.instances["a"].get(t, "role")), nil)
		again.all().none(t)
		if again.changes != 0 {
			t.Errorf("%d changes", again.changes)
		}
	}
	quiet()
	w.importBrings("a", sim.OrgID()+"/"+website+"/"+guest)

	sim.ResetRequests()
	w.walk(grants(guest, "admin"), nil).all().none(t)
	wantWrites(t, sim, grantRoute)
	wantGrants(t, sim, map[string]string{guest: "admin"})
	if got := w.instances["a"].get(t, "effective_role"); got != "admin" {
		t.Errorf("effective_role is %q", got)
	}
	quiet()

	// Changed by hand: the plan shows it, and the apply corrects it.
	mustGrant(t, sim, guest, "viewer")
	drift := w.walk(grants(guest, "admin"), nil)
	drift.all().none(t)
	if len(w.shown) != 1 || !w.shown[0].update || w.shown[0].plan.prior.get(t, "role") != "viewer" {
		t.Errorf("the plan shows %+v", w.shown)
	}
	wantGrants(t, sim, map[string]string{guest: "admin"})

	// Taken by hand.
	mustGrant(t, sim, guest, "")
	w.noYouth()
	w.walk(grants(guest, "admin"), nil).planned.wantWarning(t, "Project role gone: "+guest, "admin", website)
	wantGrants(t, sim, map[string]string{guest: "admin"})

	sim.ResetRequests()
	end := w.walk(configuration{}, nil)
	end.planned.noErrors(t)
	end.planned.wantWarning(t, "Loses access to project "+website+": "+guest, "does not end the membership")
	end.applied.wantWarning(t, "Rotate the credentials of project "+website)
	wantWrites(t, sim, ungrantRoute)
	wantGrants(t, sim, map[string]string{})
	if err := wantRole(sim, guest, "collaborator"); err != nil {
		t.Error(err)
	}
}

// noYouth lets the changes of the last walks be so old that no list can lag behind them.
func (w *workspace) noYouth() {
	w.t.Helper()
	for address, instance := range w.instances {
		instance.private = nil
		w.instances[address] = instance
	}
}

func TestProjectRolePlanShowsNothingOfNeon(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	planned := admin(t, sim, nil).plan(grantType, nil, grant(guest, "viewer").attributes)
	planned.none(t)
	for _, name := range []string{"member_id", "user_id", "org_role", "default_role", "effective_role", "grant_source"} {
		if got := planned.planned.get(t, name); got != "(unknown)" {
			t.Errorf("%s is planned as %q", name, got)
		}
	}
}

func TestProjectRolesThatExist(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		existing, role string
		summary        string
		parts          []string
		writes         []string
	}{
		"the same":  {"editor", "editor", "Existing project role adopted: " + guest, []string{"editor", website}, nil},
		"a lesser":  {"viewer", "editor", "Existing project role adopted and changed: " + guest + ", from viewer to editor", []string{`role = "viewer"`}, []string{grantRoute}},
		"a greater": {"admin", "viewer", "Existing project role adopted and changed: " + guest + ", from admin to viewer", []string{`role = "admin"`}, []string{grantRoute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := withGuest(t)
			mustGrant(t, sim, guest, test.existing)
			w := contract(t, sim, nil, nil)
			result := w.walk(grants(guest, test.role), nil)
			result.all().noErrors(t)
			result.planned.wantWarning(t, test.summary, test.parts...)
			wantWrites(t, sim, test.writes...)
			wantGrants(t, sim, map[string]string{guest: test.role})
		})
	}
}

func TestProjectRolesWithoutEffect(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	for _, test := range []struct{ email, role, summary, part string }{
		{"dev@example.com", "viewer", "No effect: dev@example.com as viewer in project " + website, "collaborator"},
		{"dev@example.com", "editor", "No effect: dev@example.com as editor", "editor"},
		{"ops@example.com", "admin", "Organization admin: ops@example.com", "every project"},
	} {
		planned := admin(t, sim, nil).plan(grantType, nil, grant(test.email, test.role).attributes)
		planned.noErrors(t)
		planned.wantWarning(t, test.summary, test.part)
	}
	admin(t, sim, nil).plan(grantType, nil, grant("dev@example.com", "admin").attributes).none(t)
	// An update says so too, and an object that stays does not repeat it.
	w := contract(t, sim, nil, grants("dev@example.com", "admin"))
	w.walk(grants("dev@example.com", "viewer"), nil).planned.wantWarning(t, "No effect: dev@example.com as viewer")
	w.walk(grants("dev@example.com", "viewer"), nil).all().none(t)
	// What is left after a destroy.
	end := w.walk(configuration{}, nil)
	end.all().noErrors(t)
	end.planned.wantWarning(t, "Keeps editor access to project "+website+": dev@example.com", "viewer", "editor")
}

func TestProjectRolesThatCannotBe(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("invited@example.com", "collaborator")
	other := sim.AddOrganization("Second")
	other.AddProjects(1)
	theirs := other.Projects()[0].ID
	const lookedFor = "the personal key of lead@example.com"
	for name, test := range map[string]struct {
		attributes object
		summary    string
		parts      []string
	}{
		"only invited":            {object{"email": "invited@example.com"}, "Not joined yet: invited@example.com", []string{"after they have joined", "collaborator", website}},
		"unknown":                 {object{"email": "nobody@example.com"}, "Not a member: nobody@example.com", []string{sim.OrgID(), lookedFor}},
		"unknown member ID":       {object{"member_id": "b0000000-0000-4000-8000-000000009999"}, "Not a member: b0000000-0000-4000-8000-000000009999", []string{sim.OrgID()}},
		"unknown project":         {object{"email": "dev@example.com", "project_id": "no-such-1"}, "Cannot read the role of dev@example.com in project no-such-1", []string{"no-such-1", sim.OrgID(), lookedFor, "HTTP 404"}},
		"another organization's":  {object{"email": "dev@example.com", "project_id": theirs}, "Cannot read the role of dev@example.com in project " + theirs, []string{"no member of the project is a member of the organization", theirs, sim.OrgID(), lookedFor}},
		"a stranger's, not seen":  {object{"email": "dev@example.com", "project_id": sim.OtherOrg().Projects()[0].ID}, "Cannot read the role of dev@example.com", []string{sim.OrgID(), lookedFor}},
		"oneself in another's":    {object{"email": "lead@example.com", "project_id": theirs}, "Cannot read the role of lead@example.com in project " + theirs, []string{sim.OrgID()}},
		"a malformed member's ID": {object{"member_id": "../x"}, "Not a member: ../x", nil},
	} {
		attributes := object{"project_id": website, "role": "viewer"}
		maps.Copy(attributes, test.attributes)
		planned := admin(t, sim, nil).plan(grantType, nil, attributes)
		planned.wantError(t, test.summary, test.parts...)
		// A plan that could not ask meets the same in the apply.
		blind := start(t, object{"api_key": unknown}).plan(grantType, nil, attributes)
		blind.noErrors(t)
		_, diags := admin(t, sim, nil).apply(blind)
		diags.wantError(t, test.summary, test.parts...)
		if len(sim.Requests()) == 0 {
			t.Errorf("%s: nothing was asked", name)
		}
	}
	wantWrites(t, sim)
	// A project-scoped key, and project roles that are off.
	start(t, object{"api_key": sim.ProjectKey(), "base_url": sim.URL()}).plan(grantType, nil, grant("dev@example.com", "viewer").attributes).wantError(t, "", "project")
	sim.SetConfig(func(c *neontest.Config) { c.ProjectRolesOff = true })
	admin(t, sim, nil).plan(grantType, nil, grant("dev@example.com", "viewer").attributes).wantError(t, "Cannot read the role of dev@example.com", "not enabled", website)
}

func TestInvalidProjectRoles(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, nil)
	for name, config := range map[string]object{
		"nobody":                      {"project_id": website, "role": "viewer"},
		"both":                        {"project_id": website, "role": "viewer", "email": "dev@example.com", "member_id": "b0000000-0000-4000-8000-000000000003"},
		"an unknown role":             {"project_id": website, "role": "owner", "email": "dev@example.com"},
		"a role of organizations":     {"project_id": website, "role": "collaborator", "email": "dev@example.com"},
		"a permission":                {"project_id": website, "role": "VIEWER", "email": "dev@example.com"},
		"a project with a bad ID":     {"project_id": "a/b", "role": "viewer", "email": "dev@example.com"},
		"an address with capitals":    {"project_id": website, "role": "viewer", "email": "Dev@example.com"},
		"an organization with bad ID": {"org_id": "Org", "project_id": website, "role": "viewer", "email": "dev@example.com"},
	} {
		if len(p.validate(grantType, config).errors()) == 0 {
			t.Errorf("%s is valid", name)
		}
	}
	p.validate(grantType, object{"project_id": unknown, "role": unknown, "email": unknown}).none(t)
	if sim.RequestCount() != 0 {
		t.Errorf("validating made %d requests", sim.RequestCount())
	}
}

func TestProjectRoleByMemberID(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	member, _ := sim.Member(guest)
	config := configuration{"a": {typ: grantType, attributes: object{"project_id": website, "member_id": member.ID, "role": "viewer"}}}
	w := contract(t, sim, nil, nil)
	w.walk(config, nil).all().none(t)
	wantGrants(t, sim, map[string]string{guest: "viewer"})
	if got := w.instances["a"].get(t, "email"); got != guest {
		t.Errorf("email is %q", got)
	}
	// The same person by address, and back.
	for _, again := range []configuration{grants(guest, "viewer"), config} {
		if result := w.walk(again, nil); result.changes != 0 {
			t.Errorf("%d changes: %v", result.changes, result.all())
		}
	}
	// The address is Neon's.
	sim.ChangeEmail(guest, "new@partner.example")
	result := w.walk(config, nil)
	result.all().none(t)
	if got := w.instances["a"].get(t, "email"); result.changes != 0 || got != "new@partner.example" {
		t.Errorf("%d changes, email is %q", result.changes, got)
	}
	// Another member.
	dev, _ := sim.Member("dev@example.com")
	config["a"].attributes["member_id"] = dev.ID
	result = w.walk(config, nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, "Loses access to project "+website+": new@partner.example")
	wantGrants(t, sim, map[string]string{"dev@example.com": "viewer"})
}

func TestProjectRoleOfAChangedAddress(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	w := contract(t, sim, nil, grants(guest, "viewer"))
	sim.ChangeEmail(guest, "new@partner.example")
	result := w.walk(grants(guest, "viewer"), nil)
	result.planned.wantWarning(t, "Another e-mail address at Neon: "+guest, `email = "new@partner.example"`, "moved")
	if result.changes != 0 {
		t.Errorf("%d changes", result.changes)
	}
	// Without a refresh, the state does not explain the new address.
	w.noRefresh = true
	old := w.instances["a"]
	old.private = nil
	w.instances["a"] = old
	w.walk(grants("new@partner.example", "viewer"), nil).planned.wantError(t, "Same member with a new address: new@partner.example", "-refresh=false")
	w.noRefresh = false
	w.walk(grants("new@partner.example", "viewer"), nil).all().none(t)
	if len(w.shown) != 1 || !w.shown[0].update {
		t.Errorf("the plan shows %+v", w.shown)
	}
	wantWrites(t, sim)
	wantGrants(t, sim, map[string]string{"new@partner.example": "viewer"})
}

func TestProjectRoleOfAnotherPersonOrProject(t *testing.T) {
	t.Parallel()
	for name, createFirst := range map[string]bool{"destroy first": false, "create first": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := withGuest(t)
			block := grant(guest, "viewer")
			block.createFirst = createFirst
			config := configuration{"a": block}
			w := contract(t, sim, nil, config)
			block.attributes["email"] = "audit@example.com"
			result := w.walk(config, nil)
			result.all().noErrors(t)
			result.planned.wantWarning(t, "Loses access to project "+website+": "+guest)
			wantWrites(t, sim, grantRoute, ungrantRoute)
			wantGrants(t, sim, map[string]string{"audit@example.com": "viewer"})

			sim.ResetRequests()
			block.attributes["project_id"] = warehouse
			result = w.walk(config, nil)
			result.all().noErrors(t)
			result.planned.wantWarning(t, "Keeps viewer access to project "+website+": audit@example.com")
			wantWrites(t, sim, grantRoute, ungrantRoute)
			wantGrants(t, sim, map[string]string{})
			if got := sim.Grants(warehouse); got["audit@example.com"] != "viewer" {
				t.Errorf("the grants are %v", got)
			}
		})
	}
}

func TestProjectRoleOfWhoLeaves(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	w := contract(t, sim, nil, grants(guest, "viewer"))
	w.noYouth()
	sim.RemoveMember(guest)
	result := w.walk(grants(guest, "viewer"), nil)
	result.planned.wantWarning(t, "Project role gone: "+guest, "no longer a member")
	result.planned.wantError(t, "Not a member: "+guest)
	w.walk(configuration{}, nil).all().noErrors(t)
	if len(w.instances) != 0 {
		t.Errorf("the state has %v", w.instances)
	}
	wantWrites(t, sim)
	// Who comes back is another member, whom nothing was granted.
	w = contract(t, sim, nil, grants("audit@example.com", "editor"))
	w.noYouth()
	sim.RemoveMember("audit@example.com")
	sim.AddMember("audit@example.com", "viewer")
	result = w.walk(grants("audit@example.com", "editor"), nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, "Project role gone: audit@example.com")
	wantGrants(t, sim, map[string]string{"audit@example.com": "editor"})
}

// Neon's 404 about a project does not say that it is gone: the list of all projects does.
func TestProjectRoleInAProjectThatIsGone(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	w := contract(t, sim, nil, grants(guest, "viewer"))
	sim.SetConfig(func(c *neontest.Config) { c.ProjectRolesOff = true })
	for _, config := range []configuration{grants(guest, "viewer"), {}} {
		w.walk(config, nil).planned.wantError(t, "Cannot read the role of "+guest, "404")
	}
	w.noRefresh = true
	w.walk(configuration{}, nil).planned.wantError(t, "Cannot read the role of "+guest, "404")
	w.noRefresh = false
	sim.SetConfig(func(c *neontest.Config) { c.ProjectRolesOff = false })
	sim.ChangeProject(website, func(p *neontest.Project) { p.Unavailable = true }) // slow, not gone
	w.walk(grants(guest, "viewer"), nil).all().none(t)
	if len(w.instances) != 1 {
		t.Fatal("the state has lost the grant")
	}

	removal := w.process().plan(grantType, new(w.instances["a"].state), nil)
	removal.noErrors(t)
	sim.RemoveProject(website)
	_, diags := w.process().apply(removal)
	diags.noErrors(t)
	result := w.walk(configuration{}, nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, "Project gone: "+website, sim.OrgID())
	if len(w.instances) != 0 {
		t.Error("the state still has the grant")
	}
	// Somebody who does not see all projects cannot tell.
	sim = withGuest(t)
	mustGrant(t, sim, guest, "admin")
	theirs := object{"api_key": sim.NewPersonalKey(guest)}
	w = contract(t, sim, nil, grants("audit@example.com", "editor"))
	sim.RemoveProject(website)
	maps.Copy(w.provider, theirs)
	w.walk(configuration{}, nil).planned.wantError(t, "Cannot read the role of audit@example.com", "the personal key of "+guest)
}

func TestProjectRoleGuards(t *testing.T) {
	t.Parallel()
	t.Run("protected", func(t *testing.T) {
		t.Parallel()
		sim := withGuest(t)
		w := contract(t, sim, object{"protected_members": []string{guest}}, grants(guest, "editor"))
		for name, config := range map[string]configuration{
			"lessened": grants(guest, "viewer"), "taken": {}, "given to another": grants("audit@example.com", "editor"),
		} {
			if !t.Run(name, func(t *testing.T) {
				w.walk(config, nil).planned.wantError(t, "Protected: "+guest, website)
			}) {
				continue
			}
		}
		w.mustReplace = map[string]bool{"a": true}
		w.walk(grants(guest, "editor"), nil).planned.wantError(t, "Protected: "+guest)
		w.mustReplace = nil
		wantWrites(t, sim)
		w.walk(grants(guest, "admin"), nil).all().noErrors(t)
		// A plan made without the guard meets it in the apply.
		delete(w.provider, "protected_members")
		removal, change := w.process().plan(grantType, new(w.instances["a"].state), nil), w.process().plan(grantType, new(w.instances["a"].state), grant(guest, "viewer").attributes)
		w.provider["protected_members"] = unknown
		for _, planned := range []plan{removal, change} {
			planned.noErrors(t)
			_, diags := w.process().apply(planned)
			diags.wantError(t, "Protected: "+guest)
		}
		wantGrants(t, sim, map[string]string{guest: "admin"})
	})
	t.Run("oneself", func(t *testing.T) {
		t.Parallel()
		sim := withGuest(t)
		mustGrant(t, sim, guest, "admin")
		w := contract(t, sim, object{"api_key": sim.NewPersonalKey(guest)}, nil)
		w.walk(grants(guest, "admin"), nil).all().noErrors(t)
		for _, config := range []configuration{grants(guest, "editor"), {}, grants("audit@example.com", "admin")} {
			w.walk(config, nil).planned.wantError(t, "You would demote yourself: "+guest, "allow_self_demotion")
		}
		w.mustReplace = map[string]bool{"a": true}
		w.walk(grants(guest, "admin"), nil).planned.wantError(t, "You would demote yourself: "+guest)
		w.mustReplace = nil
		wantWrites(t, sim)
		allowed := grants(guest, "admin")
		allowed["a"].attributes["allow_self_demotion"] = later{true} // unknown is closed
		allowed["a"].attributes["role"] = "editor"
		w.walk(allowed, nil).planned.wantError(t, "You would demote yourself: "+guest)
		allowed["a"].attributes["allow_self_demotion"] = true
		result := w.walk(allowed, nil)
		result.all().noErrors(t)
		result.planned.wantWarning(t, "You demote yourself: "+guest)
		wantGrants(t, sim, map[string]string{guest: "editor"})
		for _, request := range sim.Requests() {
			if request.Method == "PUT" && request.Query != "confirm_self_demotion=true" {
				t.Errorf("the query is %q", request.Query)
			}
		}
		// From now on the key cannot change the project's roles.
		w.walk(configuration{}, nil).planned.wantError(t, "Changing the project role of "+guest+" needs an admin of the project", "editor")
	})
	t.Run("a destroy of one's own", func(t *testing.T) {
		t.Parallel()
		sim := withGuest(t)
		mustGrant(t, sim, guest, "admin")
		config := grants(guest, "admin")
		config["a"].attributes["allow_self_demotion"] = true
		w := contract(t, sim, object{"api_key": sim.NewPersonalKey(guest)}, config)
		w.walk(configuration{}, nil).all().noErrors(t)
		wantGrants(t, sim, map[string]string{})
	})
	t.Run("an admin of the organization loses nothing", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, object{"protected_members": []string{"lead@example.com"}}, grants("lead@example.com", "editor"))
		w.walk(grants("lead@example.com", "viewer"), nil).all().noErrors(t)
		w.walk(configuration{}, nil).all().noErrors(t)
		for _, request := range sim.Requests() {
			if request.Query == "confirm_self_demotion=true" || request.Query == "confirm_self_lockout=true" {
				t.Errorf("%s was confirmed", request.Method)
			}
		}
	})
	t.Run("a key of a lesser member", func(t *testing.T) {
		t.Parallel()
		sim := withGuest(t)
		lesser := object{"api_key": sim.ViewerKey()}
		config := grant(guest, "viewer").attributes
		admin(t, sim, lesser).plan(grantType, nil, config).wantError(t, "Changing the project role of "+guest+" needs an admin of the project", "audit@example.com", "viewer")
		lesser["read_only"] = true
		planned := admin(t, sim, lesser).plan(grantType, nil, config)
		planned.noErrors(t)
		planned.wantWarning(t, "This plan cannot be applied with the key in use", "audit@example.com")
		_, diags := admin(t, sim, object{"read_only": true}).apply(planned)
		diags.wantError(t, "Changing the project role of "+guest+": the provider is read-only")
		_, diags = admin(t, sim, object{"read_only": unknown}).apply(planned)
		diags.wantError(t, "may be read-only")
		wantWrites(t, sim)
	})
	t.Run("an organization key", func(t *testing.T) {
		t.Parallel()
		for _, hidden := range []bool{false, true} { // does it see who has no access?
			sim := withGuest(t, func(c *neontest.Config) { c.UnassignedHiddenFromKeys = hidden })
			w := contract(t, sim, object{"api_key": sim.OrganizationKey()}, nil)
			w.walk(grants(guest, "viewer"), nil).all().none(t)
			w.walk(grants(guest, "viewer"), nil).all().none(t)
			wantGrants(t, sim, map[string]string{guest: "viewer"})
			w.noYouth()
			mustGrant(t, sim, guest, "")
			w.walk(grants(guest, "viewer"), nil).planned.wantWarning(t, "Project role gone: "+guest, "revoked outside of Terraform")
			w.walk(configuration{}, nil).all().noErrors(t)
			wantGrants(t, sim, map[string]string{})
		}
	})
}

func TestProjectRoleArgumentsThatAreUnknownWait(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"org_id", "project_id", "email", "role"} {
		sim := withGuest(t)
		config := grants(guest, "viewer")
		w := contract(t, sim, nil, config)
		kept := config["a"].attributes[attribute]
		if attribute == "org_id" {
			kept = sim.OrgID()
		}
		config["a"].attributes[attribute] = later{kept}
		result := w.walk(config, nil)
		result.planned.noErrors(t)
		result.planned.wantWarning(t, "Waits for the next plan: "+guest, attribute)
		if result.changes != 0 {
			t.Errorf("%d changes", result.changes)
		}
		wantWrites(t, sim)
	}
	// A create that does not know for whom it is.
	sim := withGuest(t)
	w := contract(t, sim, nil, nil)
	config := grants(guest, "viewer")
	config["a"].attributes["email"] = later{guest}
	w.walk(config, nil).all().none(t)
	wantGrants(t, sim, map[string]string{guest: "viewer"})
}

func TestOneOwnerForAProjectRole(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	member, _ := sim.Member(guest)
	one := apply2(t, sim, grantType, nil, grant(guest, "editor").attributes)
	copied, diags := admin(t, sim, nil).importState(grantType, website+"/"+guest) // another object for the same grant
	diags.none(t)
	sim.ResetRequests()
	byID := object{"project_id": website, "member_id": member.ID, "role": "viewer"}
	elsewhere := object{"project_id": warehouse, "email": guest, "role": "viewer"}
	create := func(p *process) plan { return p.plan(grantType, nil, grant(guest, "editor").attributes) }
	createByID := func(p *process) plan { return p.plan(grantType, nil, byID) }
	keep := func(p *process) plan { return p.plan(grantType, &one, grant(guest, "editor").attributes) }
	keepCopy := func(p *process) plan { return p.plan(grantType, &copied, grant(guest, "editor").attributes) }
	destroy := func(p *process) plan { return p.plan(grantType, &one, nil) }
	const two, renamed = "Two project roles for " + guest, "Renamed without a moved block: " + guest
	for _, test := range []struct {
		name          string
		first, second func(*process) plan
		summary       string
		parts         []string
	}{
		{"two creates", create, createByID, two, []string{`"editor"`, `"viewer"`}},
		{"two in the state", keep, keepCopy, two, []string{"terraform state rm"}},
		{"one in the state and a create", keep, createByID, two, nil},
		{"renamed without moved", destroy, create, renamed, []string{"moved {", grantType + `.NAME["` + guest + `"]`, "for_each"}},
		{"renamed with another role, by ID", destroy, createByID, renamed, nil},
		{"one destroyed, one kept", destroy, keepCopy, two, []string{"terraform state rm", "destroy = false"}},
	} {
		var texts []string
		for _, order := range [][2]func(*process) plan{{test.first, test.second}, {test.second, test.first}} {
			p := admin(t, sim, nil)
			errs := append(order[0](p).errors(), order[1](p).errors()...)
			if len(errs) != 1 {
				t.Errorf("%s: %d errors:\n%s", test.name, len(errs), errs)
				continue
			}
			errs.wantError(t, test.summary, test.parts...)
			texts = append(texts, errs.String())
		}
		if len(texts) == 2 && texts[0] != texts[1] {
			t.Errorf("%s: the text depends on the order:\n%s\n%s", test.name, texts[0], texts[1])
		}
	}
	// The same person in another project is another grant.
	p := admin(t, sim, nil)
	keep(p).none(t)
	p.plan(grantType, nil, elsewhere).noErrors(t)
	wantWrites(t, sim)
	wantGrants(t, sim, map[string]string{guest: "editor"})
	// Two objects of the state, of which one leaves the configuration: the grant stays with the other.
	w := contract(t, sim, nil, nil)
	w.instances["one"], w.instances["two"] = instance{typ: grantType, state: one}, instance{typ: grantType, state: copied}
	result := w.walk(configuration{"two": grant(guest, "editor")}, nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, guest+" keeps the project role")
	wantWrites(t, sim)
	wantGrants(t, sim, map[string]string{guest: "editor"})
}

// A tainted object ends in no plan that the provider sees. If that fails, no second object has the same role.
func TestProjectRoleBesideATaintedOneThatStays(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	w := contract(t, sim, nil, grants(guest, "editor"))
	taint(w, "a")
	elsewhere := grant(guest, "editor")
	elsewhere.attributes["project_id"] = warehouse
	config := configuration{"a": elsewhere, "b": grant(guest, "editor")}
	w.oneByOne = []int{0} // a first
	result := w.walk(config, func() {
		sim.AddFault(neontest.Fault{Route: ungrantRoute, Kind: neontest.FaultStatus, Status: 422, N: 1})
	})
	result.planned.noErrors(t)
	result.applied.wantError(t, "Cannot revoke the project role of "+guest)
	result.applied.wantError(t, "Not created: another resource still has "+guest, website, "untaint", "moved")
	wantGrants(t, sim, map[string]string{guest: "editor"})
	w.walk(config, nil).all().noErrors(t)
	wantGrants(t, sim, map[string]string{guest: "editor"})
	if again := w.walk(config, nil); again.changes != 0 {
		t.Errorf("%d changes", again.changes)
	}
}

func TestProjectRoleThatIsReplacedByForce(t *testing.T) {
	t.Parallel()
	for name, createFirst := range map[string]bool{"destroy first": false, "create first": true} {
		for _, tainted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, tainted=%t", name, tainted), func(t *testing.T) {
				t.Parallel()
				sim := withGuest(t)
				block := grant(guest, "editor")
				block.createFirst = createFirst
				config := configuration{"a": block}
				w := contract(t, sim, nil, config)
				if tainted {
					taint(w, "a")
				} else {
					w.mustReplace = map[string]bool{"a": true}
				}
				result := w.walk(config, nil)
				result.all().noErrors(t)
				if createFirst {
					wantWrites(t, sim)
					result.applied.wantWarning(t, guest+" keeps the project role")
				} else {
					wantWrites(t, sim, ungrantRoute, grantRoute)
					result.applied.wantWarning(t, "Project role revoked: "+guest, "editor")
				}
				wantGrants(t, sim, map[string]string{guest: "editor"})
				w.mustReplace = nil
				if again := w.walk(config, nil); again.changes != 0 {
					t.Errorf("%d changes", again.changes)
				}
			})
		}
	}
	t.Run("tainted and protected", func(t *testing.T) {
		t.Parallel()
		sim := withGuest(t)
		w := contract(t, sim, object{"protected_members": []string{guest}}, grants(guest, "editor"))
		taint(w, "a")
		w.walk(grants(guest, "editor"), nil).planned.wantError(t, "Protected: "+guest)
		wantWrites(t, sim)
	})
	t.Run("deposed", func(t *testing.T) {
		t.Parallel()
		sim := withGuest(t)
		block := grant(guest, "editor")
		block.createFirst = true
		config := configuration{"a": block}
		w := contract(t, sim, nil, config)
		block.dependentFails, block.attributes = true, grant("audit@example.com", "editor").attributes
		config["a"] = block
		w.walk(config, nil).planned.noErrors(t)
		if len(w.deposed) != 1 {
			t.Fatalf("%d deposed objects", len(w.deposed))
		}
		// A later run does not know whether another role takes its place.
		block.dependentFails = false
		config["a"] = block
		result := w.walk(config, nil)
		result.all().noErrors(t)
		result.applied.wantWarning(t, guest+" keeps the project role", "deposed", "import {", sim.OrgID()+"/"+website+"/"+guest)
		wantGrants(t, sim, map[string]string{guest: "editor", "audit@example.com": "editor"})
		if len(w.deposed) != 0 {
			t.Error("it is still deposed")
		}
	})
}

// createdFirst sets create_before_destroy.
func createdFirst(config configuration) configuration {
	for name, block := range config {
		block.createFirst = true
		config[name] = block
	}
	return config
}

// The plan is the contract: what happens between plan and apply is not taken away by surprise.
func TestProjectRoleThatChangesAfterThePlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		after     configuration
		meanwhile string
		fails     bool
		want      string
	}{
		"destroy, raised":    {configuration{}, "admin", true, "admin"},
		"destroy, lowered":   {configuration{}, "viewer", false, ""},
		"destroy, taken":     {configuration{}, "", false, ""},
		"lowered, raised":    {grants(guest, "viewer"), "admin", true, "admin"},
		"lowered, lowered":   {grants(guest, "viewer"), "viewer", false, "viewer"},
		"raised, lowered":    {grants(guest, "admin"), "viewer", false, "admin"},
		"raised, taken":      {grants(guest, "admin"), "", false, "admin"},
		"to another, raised": {grants("audit@example.com", "viewer"), "admin", true, "admin"},
		"create first":       {createdFirst(grants("audit@example.com", "viewer")), "admin", true, "admin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := withGuest(t)
			before := grants(guest, "editor")
			if test.after["a"].createFirst {
				createdFirst(before)
			}
			w := contract(t, sim, nil, before)
			result := w.walk(test.after, func() { mustGrant(t, sim, guest, test.meanwhile) })
			result.planned.noErrors(t)
			if test.fails {
				result.applied.wantError(t, "Project role changed since the plan: "+guest, "editor", test.meanwhile, "Plan again")
			} else {
				result.applied.noErrors(t)
			}
			if got := sim.Grants(website)[guest]; got != test.want {
				t.Errorf("%s has %q, want %q", guest, got, test.want)
			}
			w.walk(test.after, nil).all().noErrors(t)
			if again := w.walk(test.after, nil); again.changes != 0 {
				t.Errorf("%d changes: %v", again.changes, again.all())
			}
		})
	}
	t.Run("who has left and come back", func(t *testing.T) {
		t.Parallel()
		sim := withGuest(t)
		w := contract(t, sim, nil, grants(guest, "editor"))
		w.walk(configuration{}, func() {
			sim.RemoveMember(guest)
			sim.AddMember(guest, "collaborator")
			mustGrant(t, sim, guest, "viewer")
		}).all().noErrors(t)
		wantGrants(t, sim, map[string]string{guest: "viewer"})
	})
}

func TestProjectRoleImports(t *testing.T) {
	t.Parallel()
	sim := withGuest(t)
	mustGrant(t, sim, guest, "editor")
	mustGrant(t, sim, "dev@example.com", "admin")
	member, _ := sim.Member(guest)
	for _, id := range []string{
		sim.OrgID() + "/" + website + "/" + guest, website + "/" + guest, website + "/" + member.ID, sim.OrgID() + "/" + website + "/" + member.ID,
		website + "/Guest@Partner.example",
	} {
		p := admin(t, sim, nil)
		imported, diags := p.importState(grantType, id)
		diags.none(t)
		for _, config := range []object{grant(guest, "editor").attributes, {"project_id": website, "member_id": member.ID, "role": "editor"}} {
			planned := admin(t, sim, nil).plan(grantType, &imported, config)
			planned.none(t)
			if !planned.isEmpty() {
				t.Errorf("imported by %s, the plan is %v", id, planned.planned.value)
			}
		}
	}
	for id, want := range map[string][2]string{
		"": {"Invalid import ID", "too few parts"}, website: {"Invalid import ID", "too few parts"}, website + "/": {"Invalid import ID", "PROJECT_ID/MEMBER"},
		"a/b/c/d":                             {"Invalid import ID", "too many parts"},
		"Web/" + guest:                        {"Invalid import ID", `"Web"`},
		"Org/" + website + "/x":               {"Invalid import ID", "not an organization ID"},
		website + "/nobody@example.com":       {"No project role to import: nobody@example.com", "neon_project_members"},
		website + "/audit@example.com":        {"No project role to import: audit@example.com", "organization role"},
		"no-such-1/" + guest:                  {"Cannot import " + guest, "no-such-1"},
		website + "/" + member.ID[:35] + "x0": {"No project role to import", ""},
	} {
		_, diags := admin(t, sim, nil).importState(grantType, id)
		diags.wantError(t, want[0], want[1])
	}
	p := admin(t, sim, nil)
	for _, identity := range []object{{"email": guest}, {"email": guest, "project_id": ""}, {"email": guest, "project_id": "A/B"}, {"project_id": website}} {
		_, diags := p.importIdentity(grantType, identity)
		diags.wantError(t, "Invalid import identity")
	}
}

func TestProjectRolesInOneList(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{ExtraMembers: 200})
	var emails []string
	for _, member := range sim.Members() {
		if member.Role != "admin" && len(emails) < 200 {
			emails = append(emails, member.Email)
		}
	}
	config := func(i int) object {
		return object{"project_id": website, "email": emails[i], "role": "admin"}
	}
	states := make([]state, len(emails))
	p := admin(t, sim, object{"requests_per_minute": 1_000_000})
	sim.ResetRequests()
	tenAtOnce(len(states), func(i int) {
		made, messages := p.apply(p.plan(grantType, nil, config(i)))
		messages.none(t)
		made.private = nil
		states[i] = made
	})
	const list = "GET " + projectMembersRoute
	if sim.Count(list) != 1 || sim.Count(grantRoute) != 200 || sim.RequestCount() > 204 {
		t.Errorf("granting them made the requests %v", sim.Counts())
	}
	if different := walkOver(t, sim, grantType, states, config); different != 0 {
		t.Errorf("%d grants differ", different)
	}
	if sim.Count(list) != 1 || sim.Count("GET "+membersRoute) != 1 || sim.RequestCount() > 3 { // and what kind of key it is
		t.Errorf("a plan of 200 grants made the requests %v", sim.Counts())
	}
	p = admin(t, sim, nil)
	removals := make([]plan, len(states))
	tenAtOnce(len(states), func(i int) { removals[i] = p.plan(grantType, &states[i], nil) })
	sim.ResetRequests()
	p = admin(t, sim, object{"requests_per_minute": 1_000_000})
	tenAtOnce(len(states), func(i int) {
		_, messages := p.apply(removals[i])
		messages.noErrors(t)
	})
	if sim.Count(list) != 1 || sim.Count(ungrantRoute) != 200 || len(sim.Grants(website)) != 0 {
		t.Errorf("taking them made the requests %v", sim.Counts())
	}
}

// A list of Neon's may lag behind a change of the last run.
func TestProjectRoleInAListThatLags(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim, baseURL := simulateInMemory(t, neontest.Config{Switches: neontest.Switches{ListLag: 3 * time.Second}})
		sim.AddMember(guest, "collaborator")
		pass(4 * time.Second) // until the lists have the guest
		w := newWorkspace(t, sim, baseURL, nil)
		w.walk(grants(guest, "viewer"), nil).all().none(t)
		again := w.walk(grants(guest, "viewer"), nil)
		again.all().none(t)
		if again.changes != 0 {
			t.Errorf("%d changes", again.changes)
		}
		wantGrants(t, sim, map[string]string{guest: "viewer"})
	})
}
