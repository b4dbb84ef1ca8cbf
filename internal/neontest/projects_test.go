package neontest_test

import (
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

type projectPage struct {
	Projects                   []struct{ ID, Name string }
	Unavailable                []string `json:"unavailable_project_ids"`
	Applications, Integrations map[string][]string
	Pagination                 *struct{ Cursor string }
}

func projects(t *testing.T, s *neontest.Server, token, query string) projectPage {
	t.Helper()
	var page projectPage
	do(t, s, token, "GET", "/projects?org_id={org}&"+query, "").json(t, &page)
	return page
}

func TestProjectPages(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{ExtraProjects: 22})
	all := s.Projects()
	first := projects(t, s, s.PersonalKey(), "")
	if len(first.Projects) != 10 || first.Pagination.Cursor != all[9].ID || first.Applications == nil || first.Integrations == nil {
		t.Errorf("%+v", first)
	}
	second := projects(t, s, s.OrganizationKey(), "limit=10&cursor="+first.Pagination.Cursor)
	last := projects(t, s, s.OrganizationKey(), "limit=10&cursor="+second.Pagination.Cursor)
	if len(last.Projects) != 4 || last.Pagination == nil || last.Pagination.Cursor != all[23].ID {
		t.Errorf("%+v", last)
	}
	beyond := projects(t, s, s.OrganizationKey(), "cursor="+last.Pagination.Cursor)
	if len(beyond.Projects) != 0 || beyond.Pagination == nil || beyond.Pagination.Cursor != last.Pagination.Cursor {
		t.Errorf("%+v", beyond)
	}
	if full := projects(t, s, s.PersonalKey(), "limit=400"); len(full.Projects) != 24 || full.Pagination == nil {
		t.Errorf("%+v", full)
	}
	for _, query := range []string{"limit=0", "limit=401", "cursor=nothing-like-it", "org_id=NO"} {
		expect(t, do(t, s, s.OrganizationKey(), "GET", "/projects?"+query, ""), 400, "in query has an error")
	}
	expect(t, do(t, s, s.OrganizationKey(), "GET", "/projects?org_id=org-elsewhere-87654321", ""), 403, "not an organization member")
	s.SetConfig(func(c *neontest.Config) { c.MaxProjectPageSize = 3; c.MaxPageSize = 2 })
	if page := projects(t, s, s.PersonalKey(), "limit=400"); len(page.Projects) != 3 {
		t.Errorf("%+v", page)
	}
}

func TestProjectSearchAndUnavailable(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	if page := projects(t, s, s.PersonalKey(), "search=WEB"); len(page.Projects) != 1 || page.Projects[0].Name != "website" {
		t.Errorf("%+v", page)
	}
	if page := projects(t, s, s.PersonalKey(), "search=winter-b"); len(page.Projects) != 1 || page.Projects[0].Name != "warehouse" {
		t.Errorf("%+v", page)
	}
	if page := projects(t, s, s.PersonalKey(), "search=nothing"); len(page.Projects) != 0 || page.Pagination != nil {
		t.Errorf("%+v", page)
	}
	s.ChangeProject("shiny-wind-12345678", func(p *neontest.Project) { p.Unavailable = true })
	page := projects(t, s, s.PersonalKey(), "")
	if len(page.Projects) != 1 || len(page.Unavailable) != 1 || page.Unavailable[0] != "shiny-wind-12345678" {
		t.Errorf("%+v", page)
	}
	if page := projects(t, s, s.ProjectKey(), ""); len(page.Projects) != 0 || len(page.Unavailable) != 1 {
		t.Errorf("%+v", page)
	}
	r := do(t, s, s.OrganizationKey(), "GET", "/projects/shiny-wind-12345678", "")
	if !strings.Contains(r.body, `"org_id":"org-example-12345678"`) || strings.Contains(r.body, "org_name") {
		t.Error(r.body)
	}
	s.RemoveProject("shiny-wind-12345678")
	expect(t, do(t, s, s.ProjectKey(), "GET", "/projects/shiny-wind-12345678", ""), 404, "project not found")
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	second := s.AddOrganization("Second")
	transfer := func(body string) reply {
		return do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/projects/transfer", strings.ReplaceAll(body, "SECOND", second.OrgID()))
	}
	expect(t, transfer(`{"destination_org_id":"SECOND","project_ids":[]}`), 400, "project_ids")
	expect(t, transfer(`{"destination_org_id":"org-elsewhere-87654321","project_ids":["winter-boat-87654321"]}`), 403, "not an organization member")
	expect(t, transfer(`{"destination_org_id":"SECOND","project_ids":["quiet-lake-11112222"]}`), 404, "project not found")
	s.ChangeProject("shiny-wind-12345678", func(p *neontest.Project) { p.Integration = "github" })
	r := transfer(`{"destination_org_id":"SECOND","project_ids":["winter-boat-87654321","shiny-wind-12345678"]}`)
	if r.status != 422 || !strings.Contains(r.body, `{"id":"shiny-wind-12345678","integration":"github"}`) || len(s.Projects()) != 2 {
		t.Error(r.status, r.body)
	}
	if r := transfer(`{"destination_org_id":"SECOND","project_ids":["winter-boat-87654321"]}`); r.status != 200 || strings.TrimSpace(r.body) != "{}" {
		t.Error(r.status, r.body)
	}
	if len(s.Projects()) != 1 || len(second.Projects()) != 1 {
		t.Error(s.Projects(), second.Projects())
	}
	second.SetPlan("free")
	second.AddProjects(99)
	s.ChangeProject("shiny-wind-12345678", func(p *neontest.Project) { p.Integration = "" })
	if r := transfer(`{"destination_org_id":"SECOND","project_ids":["shiny-wind-12345678"]}`); r.status != 406 || !strings.Contains(r.body, "projects_count") {
		t.Error(r.status, r.body)
	}
}

func TestProjectRoles(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	path := "/projects/shiny-wind-12345678/members"
	dev, _ := s.Member("dev@example.com")
	lead, _ := s.Member("lead@example.com")
	set := fields(t, do(t, s, s.PersonalKey(), "PUT", path+"/"+dev.ID+"/role", `{"role":"viewer"}`))
	if set["project_role"] != "viewer" || set["grant_source"] != nil || set["project_id"] != "shiny-wind-12345678" || set["effective_project_permission"] != "VIEWER" {
		t.Error(set)
	}
	list := do(t, s, s.PersonalKey(), "GET", path+"?limit=2", "")
	if list.status != 200 || !strings.Contains(list.body, `"next"`) || !strings.Contains(list.body, `"grant_source"`) || !strings.Contains(list.body, `"project_members":[{`) {
		t.Error(list.body)
	}
	expect(t, do(t, s, s.PersonalKey(), "PUT", path+"/"+lead.ID+"/role", `{"role":"viewer"}`), 409, "confirm_self_demotion")
	expect(t, do(t, s, s.PersonalKey(), "DELETE", path+"/"+lead.ID+"/role?confirm_self_lockout=true", ""), 200, "")
	expect(t, do(t, s, s.ViewerKey(), "PUT", path+"/"+dev.ID+"/role", `{"role":"admin"}`), 403, notAdmin)
	if removed := fields(t, do(t, s, s.PersonalKey(), "DELETE", path+"/"+dev.ID+"/role", "")); removed["project_role"] != "editor" || removed["grant_source"] != nil {
		t.Error(removed)
	}
	s.SetConfig(func(c *neontest.Config) { c.ProjectRolesOff = true })
	expect(t, do(t, s, s.PersonalKey(), "GET", path, ""), 404, "not enabled")
}

func TestSpendingLimit(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	path := "/organizations/{org}/billing/spending_limit"
	body := func(method, body string) string {
		return strings.TrimSpace(do(t, s, s.PersonalKey(), method, path, body).body)
	}
	for _, step := range [][3]string{
		{"GET", "", `{"spending_limit_cents":null}`},
		{"PUT", `{"spending_limit_cents":12500}`, `{"spending_limit_cents":12500}`},
		{"GET", "", `{"spending_limit_cents":12500}`},
		{"DELETE", "", `{}`},
		{"DELETE", "", `{}`},
		{"GET", "", `{"spending_limit_cents":null}`},
	} {
		if got := body(step[0], step[1]); got != step[2] {
			t.Errorf("%v: %s", step, got)
		}
	}
	expect(t, do(t, s, s.PersonalKey(), "PUT", path, `{"spending_limit_cents":0}`), 400, "at least 1")
	expect(t, do(t, s, s.ViewerKey(), "PUT", path, `{"spending_limit_cents":5}`), 403, notAdmin)
	s.SetPlan("free")
	expect(t, do(t, s, s.PersonalKey(), "GET", path, ""), 403, "Launch and Scale")
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
	for path, want := range map[string]string{
		"/organizations/{org}/vpc/vpc_endpoints": `{"endpoints":[{"vpc_endpoint_id":"vpce-1","label":"renamed","region_id":"aws-eu-central-1"}]}`,
		region:                                   `{"endpoints":[{"vpc_endpoint_id":"vpce-1","label":"renamed"}]}`,
		"/organizations/{org}/vpc/region/aws-us-east-1/vpc_endpoints": `{"endpoints":[]}`,
		region + "/vpce-1": `{"example_restricted_projects":[],"label":"renamed","num_restricted_projects":0,"state":"accepted","vpc_endpoint_id":"vpce-1"}`,
	} {
		if got := strings.TrimSpace(do(t, s, s.PersonalKey(), "GET", path, "").body); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if r := do(t, s, s.PersonalKey(), "DELETE", region+"/vpce-1", ""); r.status != 200 || r.body != "" {
		t.Error(r.status, r.body)
	}
	expect(t, do(t, s, s.PersonalKey(), "DELETE", region+"/vpce-1", ""), 404, "not found")
	expect(t, do(t, s, s.PersonalKey(), "POST", region+"/vpce-1", `{"label":"again"}`), 409, "cannot be added back")
}
