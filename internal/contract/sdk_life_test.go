//go:build contract

package contract_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// caller calls a simulator with one of the clients.
type caller struct {
	*sdks
	sim    *neontest.Server
	client string
	key    string
}

func (c caller) do(t *testing.T, name string, path, query params, body any) outcome {
	t.Helper()
	return c.call(t, c.sim, c.client, c.key, call{name, path, query, body})
}

// with is the same caller with another key.
func (c caller) with(key string) caller {
	c.key = key
	return c
}

// onBoth runs a test with each client, as an admin, on a simulator of its own.
func onBoth(t *testing.T, cfg neontest.Config, test func(*testing.T, caller)) {
	t.Helper()
	for _, client := range clients {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			sim := neontest.Start(t, cfg)
			test(t, caller{someSDKs(t), sim, client, sim.PersonalKey()})
		})
	}
}

func TestSDKsReadTheOrganizationAndTheCaller(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		lead := theMember(t, c.sim, "lead@example.com")
		since := when(lead.JoinedAt) // its founder
		organization := params{
			"id": c.sim.OrgID(), "name": "Example", "handle": "Example-" + c.sim.OrgID(), "plan": "scale", "managed_by": "console",
			"created_at": since, "updated_at": since, "allow_hipaa_projects": false, "require_mfa": false,
		}
		c.do(t, "getOrganization", nil, nil, nil).is(t, organization)
		for _, key := range []string{c.sim.PersonalKey(), c.sim.OrganizationKey(), c.sim.ProjectKey()} {
			c.with(key).do(t, "getCurrentUserOrganizations", nil, nil, nil).is(t, params{"organizations": []params{organization}})
		}
		// All of a person's, not paged; a key of an organization sees that one still.
		want := []string{c.sim.OrgID()}
		for range 120 {
			want = append(want, c.sim.AddOrganization("Another").OrgID())
		}
		var all struct{ Organizations []struct{ ID string } }
		c.do(t, "getCurrentUserOrganizations", nil, nil, nil).into(t, &all)
		var got []string
		for _, o := range all.Organizations {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d organizations, want %d", len(got), len(want))
		}
		c.with(c.sim.OrganizationKey()).do(t, "getCurrentUserOrganizations", nil, nil, nil).is(t, params{"organizations": []params{organization}})

		for key, want := range map[string]params{
			c.sim.PersonalKey():     {"account_id": lead.UserID, "auth_method": "api_key_user", "auth_data": "1734001"},
			c.sim.OrganizationKey(): {"account_id": c.sim.OrgID(), "auth_method": "api_key_org", "auth_data": "1734101"},
			c.sim.ProjectKey():      {"account_id": c.sim.OrgID(), "auth_method": "api_key_org", "auth_data": "1734102"},
		} {
			c.with(key).do(t, "getAuthDetails", nil, nil, nil).is(t, want)
		}
		var me struct{ ID, Email, Name string }
		c.do(t, "getCurrentUserInfo", nil, nil, nil).into(t, &me)
		if me.ID != lead.UserID || me.Email != lead.Email || me.Name != lead.Name {
			t.Errorf("the caller is %+v, want %+v", me, lead)
		}
	})
}

func TestSDKsChangeMembers(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		c.sim.Deactivate("data@example.com") // stays listed
		everybody := func() (list []params) {
			for _, m := range slices.Backward(c.sim.Members()) { // who joined last comes first
				list = append(list, memberWithUser(m))
			}
			return list
		}
		order := params{"sort_by": "joined_at", "sort_order": "desc"}
		c.do(t, "getOrganizationMembers", nil, nil, nil).is(t, params{"members": everybody(), "pagination": order})

		dev := theMember(t, c.sim, "dev@example.com")
		c.do(t, "getOrganizationMember", params{"member_id": dev.ID}, nil, nil).is(t, memberObject(dev))
		for _, role := range []string{"viewer", "viewer", "admin", "collaborator", "member", "editor"} {
			answer := c.do(t, "updateOrganizationMember", params{"member_id": dev.ID}, nil, params{"role": role})
			dev = theMember(t, c.sim, "dev@example.com")
			answer.is(t, memberObject(dev))
			if dev.Role != role {
				t.Errorf("they are %s, want %s", dev.Role, role)
			}
			c.do(t, "getOrganizationMember", params{"member_id": dev.ID}, nil, nil).is(t, memberObject(dev))
		}
		// Who is no admin may not change anything; who was removed sees nothing; keys that they made live on.
		theirs, made := c.sim.NewPersonalKey(dev.Email), c.sim.TokenOf(c.sim.AddAPIKeyBy(dev.Email, "made by dev", "").ID)
		c.with(theirs).do(t, "updateOrganizationMember", params{"member_id": dev.ID}, nil, params{"role": "admin"}).refused(t, c, http.StatusForbidden, saysNotAdmin)
		c.do(t, "removeOrganizationMember", params{"member_id": dev.ID}, nil, nil).is(t, params{})
		c.with(theirs).do(t, "getOrganization", nil, nil, nil).refused(t, c, http.StatusForbidden, saysNotYours)
		c.with(made).do(t, "getOrganizationInvitations", nil, nil, nil).is(t, listedInvitations(c.sim))
		if _, found := c.sim.Member("dev@example.com"); found {
			t.Error("dev@example.com is still a member")
		}
		c.do(t, "getOrganizationMembers", nil, nil, nil).is(t, params{"members": everybody(), "pagination": order})
	})
}

func TestSDKsInvite(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{Accounts: []string{"known@example.com"}}, func(t *testing.T, c caller) {
		c.do(t, "getOrganizationInvitations", nil, nil, nil).is(t, params{"invitations": []params{}})

		invites := []params{}
		for _, role := range []string{"admin", "editor", "member", "viewer", "collaborator"} {
			invites = append(invites, params{"email": role + "@new.example", "role": role})
		}
		ops := theMember(t, c.sim, "ops@example.com") // who is not the organization's founder
		c.with(c.sim.NewPersonalKey(ops.Email)).do(t, "createOrganizationInvitations", nil, nil, params{"invitations": invites}).is(t, listedInvitations(c.sim))
		c.do(t, "getOrganizationInvitations", nil, nil, nil).is(t, listedInvitations(c.sim))
		open := c.sim.Invitations()
		for i, invite := range invites {
			fresh := time.Since(open[i].InvitedAt).Abs() < time.Minute
			if open[i].Email != invite["email"] || open[i].Role != invite["role"] || open[i].InvitedBy != ops.UserID || open[i].OrgID != c.sim.OrgID() || !fresh {
				t.Errorf("asked for %v, and open is %+v", invite, open[i])
			}
		}

		// Accepted, it leaves the list, and there is a member with its role.
		if err := c.sim.Accept("viewer@new.example"); err != nil {
			t.Fatal(err)
		}
		if m := theMember(t, c.sim, "viewer@new.example"); m.Role != "viewer" || len(c.sim.Invitations()) != 4 {
			t.Errorf("they are %s, and %d invitations are open", m.Role, len(c.sim.Invitations()))
		}
		var page struct{ Members []json.RawMessage }
		c.do(t, "getOrganizationMembers", nil, params{"limit": 1}, nil).into(t, &page)
		same(t, page.Members[0], memberWithUser(theMember(t, c.sim, "viewer@new.example"))) // who joined last
		c.do(t, "getOrganizationInvitations", nil, nil, nil).is(t, listedInvitations(c.sim))

		// A second invitation takes the place of the first.
		first := open[1]
		second := c.do(t, "createOrganizationInvitations", nil, nil, params{"invitations": []params{{"email": first.Email, "role": "viewer"}}})
		var answer struct {
			Invitations []struct{ ID, Email, Role string }
		}
		second.into(t, &answer)
		if got := answer.Invitations; len(got) != 1 || got[0].ID == first.ID || got[0].Email != first.Email || got[0].Role != "viewer" {
			t.Errorf("answered %+v", got)
		}
		if n := len(c.sim.Invitations()); n != 4 {
			t.Errorf("%d invitations are open, want 4", n)
		}
		c.do(t, "getOrganizationInvitations", nil, nil, nil).is(t, listedInvitations(c.sim))

		// Somebody with an account is a member at once.
		c.do(t, "createOrganizationInvitations", nil, nil, params{"invitations": []params{{"email": "known@example.com", "role": "editor"}}}).into(t, &answer)
		if got := answer.Invitations; len(got) != 1 || got[0].Email != "known@example.com" {
			t.Errorf("answered %+v", got)
		}
		if m := theMember(t, c.sim, "known@example.com"); m.Role != "editor" || len(c.sim.Invitations()) != 4 {
			t.Errorf("they are %s, and %d invitations are open", m.Role, len(c.sim.Invitations()))
		}

		// Many in one call, and in a list that is not paged.
		invites = nil
		for i := range 250 {
			invites = append(invites, params{"email": fmt.Sprintf("crowd-%03d@new.example", i), "role": "viewer"})
		}
		c.do(t, "createOrganizationInvitations", nil, nil, params{"invitations": invites}).into(t, &answer)
		if len(answer.Invitations) != len(invites) || len(c.sim.Invitations()) != 4+len(invites) {
			t.Errorf("answered %d, and open are %d", len(answer.Invitations), len(c.sim.Invitations()))
		}
		c.do(t, "getOrganizationInvitations", nil, nil, nil).is(t, listedInvitations(c.sim))
	})
}

func TestSDKsLimitSpending(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		none := params{"spending_limit_cents": nil}
		c.do(t, "getOrganizationSpendingLimit", nil, nil, nil).is(t, none)
		c.do(t, "setOrganizationSpendingLimit", nil, nil, params{"spending_limit_cents": 12_500}).is(t, params{"spending_limit_cents": 12_500})
		c.do(t, "getOrganizationSpendingLimit", nil, nil, nil).is(t, params{"spending_limit_cents": 12_500})
		for range 2 { // it does not matter whether there is one
			c.do(t, "deleteOrganizationSpendingLimit", nil, nil, nil).is(t, params{})
			c.do(t, "getOrganizationSpendingLimit", nil, nil, nil).is(t, none)
		}
	})
}

func TestSDKsAssignVPCEndpoints(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		here, there := params{"region_id": "aws-eu-central-1", "vpc_endpoint_id": "vpce-1"}, params{"region_id": "aws-us-east-1", "vpc_endpoint_id": "vpce-2"}
		all := func(want ...params) {
			t.Helper()
			if want == nil {
				want = []params{}
			}
			c.do(t, "listOrganizationVpcEndpointsAllRegions", nil, nil, nil).is(t, params{"endpoints": want})
		}
		all()
		c.do(t, "assignOrganizationVpcEndpoint", here, nil, params{"label": "office"}).empty(t)
		c.do(t, "assignOrganizationVpcEndpoint", there, nil, params{"label": "plant"}).empty(t)
		all(params{"vpc_endpoint_id": "vpce-1", "label": "office", "region_id": "aws-eu-central-1"}, params{"vpc_endpoint_id": "vpce-2", "label": "plant", "region_id": "aws-us-east-1"})
		c.do(t, "listOrganizationVpcEndpoints", here, nil, nil).is(t, params{"endpoints": []params{{"vpc_endpoint_id": "vpce-1", "label": "office"}}})
		c.do(t, "assignOrganizationVpcEndpoint", here, nil, params{"label": "home"}).empty(t)
		details := func(state string, number int, examples ...string) {
			t.Helper()
			c.do(t, "getOrganizationVpcEndpointDetails", here, nil, nil).is(t, params{
				"vpc_endpoint_id": "vpce-1", "label": "home", "state": state, "num_restricted_projects": number, "example_restricted_projects": examples,
			})
		}
		details("new", 0, []string{}...)
		c.sim.AcceptVPCEndpoint("aws-eu-central-1", "vpce-1")
		c.sim.ChangeVPCEndpoint("aws-eu-central-1", "vpce-1", func(e *neontest.VPCEndpoint) { e.RestrictedProjects = []string{"p-1", "p-2", "p-3", "p-4"} })
		details("accepted", 4, "p-1", "p-2", "p-3")
		c.do(t, "deleteOrganizationVpcEndpoint", here, nil, nil).empty(t)
		all(params{"vpc_endpoint_id": "vpce-2", "label": "plant", "region_id": "aws-us-east-1"})
		c.do(t, "getOrganizationVpcEndpointDetails", here, nil, nil).refused(t, c, http.StatusNotFound, "VPC endpoint not found")
		c.do(t, "assignOrganizationVpcEndpoint", here, nil, params{"label": "again"}).refused(t, c, http.StatusConflict, "VPC endpoint was deleted and cannot be added back")
	})
}

func TestSDKsTransferProjects(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		elsewhere := c.sim.AddOrganization("Elsewhere")
		website, warehouse := c.sim.Projects()[0].ID, c.sim.Projects()[1].ID
		transfer := func(to string, projects ...string) outcome {
			t.Helper()
			return c.do(t, "transferProjectsFromOrgToOrg", nil, nil, params{"destination_org_id": to, "project_ids": projects})
		}
		c.sim.ChangeProject(warehouse, func(p *neontest.Project) { p.Integration = "github" })
		refused := transfer(elsewhere.OrgID(), website, warehouse)
		if refused.Status != http.StatusUnprocessableEntity {
			t.Errorf("got %s", refused)
		}
		sameBody(t, refused, params{"projects": []params{{"id": warehouse, "integration": "github"}}})
		if len(c.sim.Projects()) != 2 {
			t.Errorf("the organization has %d projects, want both: it is all or none", len(c.sim.Projects()))
		}

		transfer(elsewhere.OrgID(), website).is(t, params{})
		if got := elsewhere.Projects(); len(got) != 1 || got[0].ID != website || len(c.sim.Projects()) != 1 {
			t.Errorf("elsewhere are %+v", got)
		}

		elsewhere.SetPlan("free")
		elsewhere.AddProjects(99)
		c.sim.ChangeProject(warehouse, func(p *neontest.Project) { p.Integration = "" })
		refused = transfer(elsewhere.OrgID(), warehouse)
		if refused.Status != http.StatusNotAcceptable {
			t.Errorf("got %s", refused)
		}
		sameBody(t, refused, params{"limits": []params{{"name": "projects_count", "expected": "100", "actual": "101"}}})
	})
}

func TestSDKsReadProjects(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{ExtraProjects: 23}, func(t *testing.T, c caller) {
		var want []string
		for _, p := range c.sim.Projects() {
			want = append(want, p.ID)
		}
		// The cursor is there even on the last page: a short page means the end.
		for _, limit := range []int{0, 1, 7, 24, 25, 26, 400} {
			query, size := params{"org_id": c.sim.OrgID()}, limit
			if limit == 0 {
				size = 10 // of a page without limit
			} else {
				query["limit"] = limit
			}
			var got []string
			for {
				var page struct {
					Projects   []struct{ ID, Name, OrgID string }
					Pagination *struct{ Cursor string }
				}
				c.do(t, "listProjects", nil, query, nil).into(t, &page)
				for _, p := range page.Projects {
					got = append(got, p.ID)
				}
				if page.Pagination == nil || page.Pagination.Cursor == "" {
					t.Fatalf("a page of %d has no cursor", len(page.Projects))
				}
				if len(page.Projects) < size {
					break
				}
				query["cursor"] = page.Pagination.Cursor
			}
			if !slices.Equal(got, want) {
				t.Errorf("in pages of %d: %d projects %v, want %d", limit, len(got), got, len(want))
			}
		}

		var found struct {
			Projects    []struct{ ID, Name, OrgID string }
			Unavailable []string `json:"unavailable_project_ids"`
		}
		c.do(t, "listProjects", nil, params{"org_id": c.sim.OrgID(), "search": "WEBSITE"}, nil).into(t, &found)
		if len(found.Projects) != 1 || found.Projects[0].Name != "website" {
			t.Errorf("found %+v", found)
		}
		c.sim.ChangeProject(want[0], func(p *neontest.Project) { p.Unavailable = true })
		c.do(t, "listProjects", nil, params{"org_id": c.sim.OrgID(), "limit": 400}, nil).into(t, &found)
		if len(found.Projects) != len(want)-1 || !slices.Equal(found.Unavailable, want[:1]) {
			t.Errorf("%d projects, unavailable %v", len(found.Projects), found.Unavailable)
		}

		// An organization's key needs no org_id; a project's own key may not list at all.
		c.with(c.sim.OrganizationKey()).do(t, "listProjects", nil, params{"limit": 400}, nil).into(t, &found)
		if len(found.Projects) != len(want)-1 {
			t.Errorf("an organization's key sees %d", len(found.Projects))
		}
		c.sim.ChangeProject(want[0], func(p *neontest.Project) { p.Unavailable = false })
		c.with(c.sim.ProjectKey()).do(t, "listProjects", nil, params{}, nil).refused(t, c, http.StatusNotFound, saysOutsideProject)

		// A collaborator sees what was granted to them.
		c.sim.AddMember("guest@example.com", "collaborator")
		if err := c.sim.Grant(want[1], "guest@example.com", "viewer"); err != nil {
			t.Fatal(err)
		}
		c.with(c.sim.NewPersonalKey("guest@example.com")).do(t, "listProjects", nil, params{"org_id": c.sim.OrgID()}, nil).into(t, &found)
		if len(found.Projects) != 1 || found.Projects[0].ID != want[1] {
			t.Errorf("a collaborator sees %+v", found.Projects)
		}
		for _, key := range []string{c.sim.PersonalKey(), c.sim.OrganizationKey(), c.sim.ProjectKey()} {
			var one struct {
				Project struct {
					ID, Name string
					OrgID    string `json:"org_id"`
				}
			}
			c.with(key).do(t, "getProject", params{"project_id": want[0]}, nil, nil).into(t, &one)
			if one.Project.ID != want[0] || one.Project.Name != "website" || one.Project.OrgID != c.sim.OrgID() {
				t.Errorf("got %+v", one)
			}
		}
		c.do(t, "listSharedProjects", nil, params{}, nil).is(t, params{"projects": []params{}})
	})
}

// TestSDKSetsRolesInProjects uses the newer SDK's own methods, which are all there is for this.
func TestSDKSetsRolesInProjects(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{DefaultPageSize: 2})
	c := caller{someSDKs(t), sim, "sdk", sim.PersonalKey()}
	project, dev := sim.Projects()[0].ID, theMember(t, sim, "dev@example.com")
	sdk := func(name string, argument params) outcome {
		t.Helper()
		return c.send(t, params{"client": "sdk", "baseURL": sim.URL(), "key": c.key, "call": name, "args": []params{argument}})
	}
	whole := func(role, standard, explicit, effective string) params {
		object := params{
			"member_id": dev.ID, "user_id": dev.UserID, "email": dev.Email, "name": dev.Name, "org_role": "editor",
			"project_role": role, "org_default_project_permission": standard, "effective_project_permission": effective,
		}
		if explicit != "" {
			object["explicit_project_permission"] = explicit
		}
		return object
	}
	withProject := func(object params) params {
		object["project_id"] = project
		return object
	}
	find := func(grant string, want params) {
		t.Helper()
		var all []json.RawMessage
		sdk("projects.members.list", params{"projectId": project}).into(t, &all)
		if len(all) != len(sim.Members()) {
			t.Errorf("%d members, want %d", len(all), len(sim.Members()))
		}
		want["grant_source"] = grant
		for _, one := range all {
			var member struct {
				ID string `json:"member_id"`
			}
			if err := json.Unmarshal(one, &member); err != nil {
				t.Fatal(err)
			}
			if member.ID == dev.ID {
				same(t, one, want)
				return
			}
		}
		t.Errorf("%s is not among %s", dev.ID, all)
	}
	find("org_role_default", whole("editor", "EDITOR", "", "EDITOR"))
	set := func(role string) outcome {
		t.Helper()
		return sdk("projects.members.setRole", params{"projectId": project, "memberId": dev.ID, "role": role})
	}
	set("viewer").is(t, withProject(whole("editor", "EDITOR", "VIEWER", "EDITOR"))) // a grant only adds
	find("org_role_default", whole("editor", "EDITOR", "VIEWER", "EDITOR"))
	set("admin").is(t, withProject(whole("admin", "EDITOR", "ADMIN", "ADMIN")))
	find("explicit", whole("admin", "EDITOR", "ADMIN", "ADMIN"))
	c.sim.AddAPIKeyBy(dev.Email, "of-dev", project)
	lessened := withProject(whole("editor", "EDITOR", "", "EDITOR"))
	lessened["credential_rotation_recommended"], lessened["org_api_key_rotation_recommended"] = true, true
	sdk("projects.members.removeRole", params{"projectId": project, "memberId": dev.ID}).is(t, lessened)
	// Without a grant it does nothing.
	sdk("projects.members.removeRole", params{"projectId": project, "memberId": dev.ID}).is(t, withProject(whole("editor", "EDITOR", "", "EDITOR")))

	// An organization's admin cannot lose the right to manage; a project's own Admin can, and confirms it.
	lead := theMember(t, sim, "lead@example.com")
	sdk("projects.members.setRole", params{"projectId": project, "memberId": lead.ID, "role": "viewer"}).into(t, new(struct{}))
	sdk("projects.members.removeRole", params{"projectId": project, "memberId": lead.ID}).into(t, new(struct{}))
	set("admin").into(t, new(struct{}))
	c.key = sim.NewPersonalKey(dev.Email)
	set("viewer").refused(t, c, http.StatusConflict, "changing your own role needs confirm_self_demotion=true")
	sdk("projects.members.setRole", params{"projectId": project, "memberId": dev.ID, "role": "admin", "confirmSelfDemotion": true}).into(t, new(struct{}))
	sdk("projects.members.removeRole", params{"projectId": project, "memberId": dev.ID}).refused(t, c, http.StatusConflict, "changing your own role needs confirm_self_lockout=true")
	sdk("projects.members.removeRole", params{"projectId": project, "memberId": dev.ID, "confirmSelfLockout": true}).into(t, new(struct{}))
	set("admin").refused(t, c, http.StatusForbidden, saysNotProjectAdmin)

	// Nobody without access is listed to an Editor, and the access of such a member is null.
	c.key = sim.PersonalKey()
	guest := sim.AddMember("guest@example.com", "collaborator")
	nothing := params{
		"project_id": project, "member_id": guest.ID, "user_id": guest.UserID, "email": guest.Email, "name": guest.Name,
		"org_role": "collaborator", "project_role": nil, "effective_project_permission": nil,
	}
	sdk("projects.members.removeRole", params{"projectId": project, "memberId": guest.ID}).is(t, nothing)
	for key, want := range map[string]int{sim.PersonalKey(): 6, sim.OrganizationKey(): 6, sim.NewPersonalKey("data@example.com"): 5, sim.ViewerKey(): 5} {
		c.key = key
		var all []json.RawMessage
		sdk("projects.members.list", params{"projectId": project}).into(t, &all)
		if len(all) != want {
			t.Errorf("%d members, want %d", len(all), want)
		}
	}
	sim.SetConfig(func(cfg *neontest.Config) { cfg.ProjectRolesOff = true })
	sdk("projects.members.list", params{"projectId": project}).refused(t, c, http.StatusNotFound, "project permissions are not enabled for this organization")
}
