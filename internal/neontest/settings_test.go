package neontest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestSpendingLimit(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	path := "/organizations/{org}/billing/spending_limit"
	for _, step := range [][3]string{
		{"GET", "", `{"spending_limit_cents":null}`},
		{"PUT", `{"spending_limit_cents":12500}`, `{"spending_limit_cents":12500}`},
		{"GET", "", `{"spending_limit_cents":12500}`},
		{"DELETE", "", `{}`},
		{"DELETE", "", `{}`},
		{"GET", "", `{"spending_limit_cents":null}`},
	} {
		if got := strings.TrimSpace(do(t, s, s.PersonalKey(), step[0], path, step[1]).body); got != step[2] {
			t.Errorf("%v: %s", step, got)
		}
	}
	s.SetSpendingLimit(700)
	if got := strings.TrimSpace(do(t, s, s.ViewerKey(), "GET", path, "").body); got != `{"spending_limit_cents":700}` {
		t.Error(got)
	}
	expect(t, do(t, s, s.PersonalKey(), "PUT", path, `{"spending_limit_cents":0}`), 400, "at least 1")
	s.SetConfig(func(c *neontest.Config) { c.SettingsNeedPersonalKey = true })
	expect(t, do(t, s, s.OrganizationKey(), "PUT", path, `{"spending_limit_cents":5}`), 404, personalOnly)
	expect(t, do(t, s, s.OrganizationKey(), "DELETE", path, ""), 404, personalOnly)
	expect(t, do(t, s, s.OrganizationKey(), "GET", path, ""), 200, "")
	if got := s.SpendingLimit(); got == nil || *got != 700 {
		t.Error(got)
	}
	s.SetPlan("free")
	expect(t, do(t, s, s.PersonalKey(), "GET", path, ""), 403, "Launch and Scale")
	expect(t, do(t, s, s.PersonalKey(), "DELETE", path, ""), 403, "Launch and Scale")
}

func TestVPCEndpoints(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	region := "/organizations/{org}/vpc/region/aws-eu-central-1/vpc_endpoints"
	for _, label := range []string{"first", "renamed"} {
		if r := do(t, s, s.PersonalKey(), "POST", region+"/vpce-1", `{"label":"`+label+`"}`); r.status != 200 || r.body != "" {
			t.Error(r.status, r.body)
		}
	}
	is := func(path, want string) {
		t.Helper()
		if got := strings.TrimSpace(do(t, s, s.ViewerKey(), "GET", path, "").body); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	is("/organizations/{org}/vpc/vpc_endpoints", `{"endpoints":[{"vpc_endpoint_id":"vpce-1","label":"renamed","region_id":"aws-eu-central-1"}]}`)
	is(region, `{"endpoints":[{"vpc_endpoint_id":"vpce-1","label":"renamed"}]}`)
	is("/organizations/{org}/vpc/region/aws-us-east-1/vpc_endpoints", `{"endpoints":[]}`)
	is(region+"/vpce-1", `{"vpc_endpoint_id":"vpce-1","label":"renamed","state":"new","num_restricted_projects":0,"example_restricted_projects":[]}`)

	s.AcceptVPCEndpoint("aws-eu-central-1", "vpce-1")
	s.ChangeVPCEndpoint("aws-eu-central-1", "vpce-1", func(e *neontest.VPCEndpoint) { e.RestrictedProjects = []string{"p1", "p2", "p3", "p4"} })
	is(region+"/vpce-1", `{"vpc_endpoint_id":"vpce-1","label":"renamed","state":"accepted","num_restricted_projects":4,"example_restricted_projects":["p1","p2","p3"]}`)

	s.SetConfig(func(c *neontest.Config) { c.RestrictedEndpointStatus = 422; c.SettingsNeedPersonalKey = true })
	expect(t, do(t, s, s.OrganizationKey(), "DELETE", region+"/vpce-1", ""), 404, personalOnly)
	expect(t, do(t, s, s.PersonalKey(), "DELETE", region+"/vpce-1", ""), 422, "restricted")
	s.SetConfig(func(c *neontest.Config) { c.RestrictedEndpointStatus = 0 })
	if r := do(t, s, s.PersonalKey(), "DELETE", region+"/vpce-1", ""); r.status != 200 || r.body != "" {
		t.Error(r.status, r.body)
	}
	expect(t, do(t, s, s.PersonalKey(), "DELETE", region+"/vpce-1", ""), 404, "not found")
	expect(t, do(t, s, s.PersonalKey(), "GET", region+"/vpce-1", ""), 404, "not found")
	expect(t, do(t, s, s.PersonalKey(), "POST", region+"/vpce-1", `{"label":"again"}`), 409, "cannot be added back")
	if len(s.VPCEndpoints()) != 0 || len(s.State().Organizations[0].DeletedVPCEndpoints) != 1 {
		t.Error(s.VPCEndpoints())
	}
}

func TestVPCEndpointsRefused(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	post := func(region string, id int, body string) reply {
		return do(t, s, s.PersonalKey(), "POST", fmt.Sprintf("/organizations/{org}/vpc/region/%s/vpc_endpoints/vpce-%d", region, id), body)
	}
	expect(t, post("aws-us-east-1", 1, `{}`), 400, "label")
	expect(t, post("aws-us-east-1", 1, `{"label":""}`), 400, "label")
	expect(t, post("azure-gwc", 1, `{"label":"x"}`), 422, "Azure")
	expect(t, post("aws-us-est-1", 1, `{"label":"x"}`), 404, "region not found")
	for i := range 10 {
		expect(t, post("aws-us-east-1", i, `{"label":"x"}`), 200, "")
	}
	expect(t, post("aws-us-east-1", 11, `{"label":"x"}`), 422, "at most 10")
	expect(t, post("aws-us-east-1", 3, `{"label":"y"}`), 200, "")
	expect(t, post("aws-us-east-2", 11, `{"label":"x"}`), 200, "")
	s.RemoveVPCEndpoint("aws-us-east-1", "vpce-3")
	expect(t, post("aws-us-east-1", 11, `{"label":"x"}`), 200, "")
	s.SetPlan("free")
	expect(t, post("aws-us-east-1", 4, `{"label":"x"}`), 403, "paid plans")
	if got := len(s.VPCEndpoints()); got != 11 {
		t.Errorf("%d endpoints", got)
	}
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	type world struct {
		*neontest.Server
		second *neontest.Organization
	}
	start := func(t *testing.T, switches neontest.Switches) (world, func(key, to string, ids ...string) reply) {
		t.Helper()
		s := neontest.Start(t, neontest.Config{Switches: switches})
		second := s.AddOrganization("Second")
		return world{s, second}, func(key, to string, ids ...string) reply {
			return do(t, s, key, "POST", "/organizations/{org}/projects/transfer",
				fmt.Sprintf(`{"destination_org_id":%q,"project_ids":[%s]}`, to, `"`+strings.Join(ids, `","`)+`"`))
		}
	}
	const warehouse = "winter-boat-87654321"
	holds := func(t *testing.T, w world, first, second int) {
		t.Helper()
		if len(w.Projects()) != first || len(w.second.Projects()) != second {
			t.Errorf("%d and %d projects, want %d and %d", len(w.Projects()), len(w.second.Projects()), first, second)
		}
	}
	t.Run("all or none", func(t *testing.T) {
		t.Parallel()
		w, transfer := start(t, neontest.Switches{})
		expect(t, do(t, w.Server, w.PersonalKey(), "POST", "/organizations/{org}/projects/transfer", `{"destination_org_id":"`+w.second.OrgID()+`","project_ids":[]}`), 400, "project_ids")
		expect(t, transfer(w.PersonalKey(), w.OrgID(), website), 400, "there already")
		expect(t, transfer(w.PersonalKey(), "org-elsewhere-87654321", website), 403, "not an organization member")
		expect(t, transfer(w.PersonalKey(), w.second.OrgID(), warehouse, "quiet-lake-11112222"), 404, "project not found")
		w.ChangeProject(website, func(p *neontest.Project) { p.Integration = "github" })
		if r := transfer(w.PersonalKey(), w.second.OrgID(), warehouse, website); r.status != 422 || !strings.Contains(r.body, `{"projects":[{"id":"shiny-wind-12345678","integration":"github"}]}`) {
			t.Error(r.status, r.body)
		}
		holds(t, w, 2, 0)
		w.ChangeProject(website, func(p *neontest.Project) { p.Integration = "" })
		w.second.SetPlan("free")
		w.second.AddProjects(99)
		if r := transfer(w.PersonalKey(), w.second.OrgID(), warehouse, website); r.status != 406 || !strings.Contains(r.body, `{"limits":[{"actual":"101","expected":"100","name":"projects_count"}]}`) {
			t.Error(r.status, r.body)
		}
		holds(t, w, 2, 99)
	})
	t.Run("what it can", func(t *testing.T) {
		t.Parallel()
		w, transfer := start(t, neontest.Switches{TransferPartly: true})
		w.ChangeProject(website, func(p *neontest.Project) { p.Integration = "github" })
		expect(t, transfer(w.PersonalKey(), w.second.OrgID(), website, warehouse), 422, "")
		holds(t, w, 1, 1)
		w.ChangeProject(website, func(p *neontest.Project) { p.Integration = "" })
		extra := w.AddProject("extra")
		w.second.SetPlan("free")
		w.second.AddProjects(98)
		expect(t, transfer(w.PersonalKey(), w.second.OrgID(), website, extra.ID), 406, "")
		holds(t, w, 1, 100)
	})
	t.Run("keys and grants stay behind", func(t *testing.T) {
		t.Parallel()
		w, transfer := start(t, neontest.Switches{})
		if err := w.Grant(website, "dev@example.com", "admin"); err != nil {
			t.Fatal(err)
		}
		if r := transfer(w.PersonalKey(), w.second.OrgID(), website, website); r.status != 200 || strings.TrimSpace(r.body) != "{}" {
			t.Error(r.status, r.body)
		}
		holds(t, w, 1, 1)
		expect(t, do(t, w.Server, w.ProjectKey(), "GET", "/projects/"+website, ""), 401, badKey)
		if len(w.APIKeys()) != 1 || len(w.second.Projects()[0].Grants) != 0 {
			t.Error(w.APIKeys(), w.second.Projects())
		}
	})
	t.Run("who may", func(t *testing.T) {
		t.Parallel()
		w, transfer := start(t, neontest.Switches{})
		w.second.AddMember("ops@example.com", "viewer")
		ops := w.NewPersonalKey("ops@example.com")
		w.SetConfig(func(c *neontest.Config) { c.TransferNeedsDestinationAdmin = true })
		expect(t, transfer(ops, w.second.OrgID(), website), 403, notAdmin)
		w.SetConfig(func(c *neontest.Config) { c.TransferNeedsDestinationAdmin = false })
		expect(t, transfer(ops, w.second.OrgID(), website), 200, "")
		holds(t, w, 1, 1)
	})
}

// TestSmallSwitches tries those that change one field or one status.
func TestSmallSwitches(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{NotRecorded: true, Switches: neontest.Switches{PostStatus: 201, InvitedByEmail: true, OuterBlanks: "trim"}})
	create := func(name string) reply {
		return do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/api_keys", `{"key_name":"`+name+`"}`)
	}
	if r := create(" blank "); r.status != 201 || !strings.Contains(r.body, `"name":"blank"`) {
		t.Error(r.status, r.body)
	}
	s.SetConfig(func(c *neontest.Config) { c.OuterBlanks = "refuse" })
	expect(t, create(" blank"), 400, "blanks")
	s.SetConfig(func(c *neontest.Config) { c.OuterBlanks, c.PostStatus = "", 0 })
	if r := create(" blank "); r.status != 200 || !strings.Contains(r.body, `"name":" blank "`) {
		t.Error(r.status, r.body)
	}
	s.AddInvitation("new@example.com", "viewer")
	if r := do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/invitations", ""); !strings.Contains(r.body, `"invited_by":"lead@example.com"`) {
		t.Error(r.body)
	}
}
