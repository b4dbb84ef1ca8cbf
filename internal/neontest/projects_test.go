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
	if r := do(t, s, s.PersonalKey(), "GET", "/projects?org_id={org}", ""); !strings.Contains(r.body, `"org_name":"Example"`) {
		t.Error(r.body)
	}
	s.SetConfig(func(c *neontest.Config) { c.OrgNameAbsent = true })
	if r := do(t, s, s.PersonalKey(), "GET", "/projects?org_id={org}", ""); r.status != 200 || strings.Contains(r.body, "org_name") {
		t.Error(r.body)
	}
	r := do(t, s, s.OrganizationKey(), "GET", "/projects/shiny-wind-12345678", "")
	if !strings.Contains(r.body, `"org_id":"org-example-12345678"`) || strings.Contains(r.body, "org_name") {
		t.Error(r.body)
	}
	s.RemoveProject("shiny-wind-12345678")
	expect(t, do(t, s, s.ProjectKey(), "GET", "/projects/shiny-wind-12345678", ""), 404, "project not found")
}

// TestProjectKeySuffix: the refusal of a project-scoped key says which project the key is for.
func TestProjectKeySuffix(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	for _, path := range []string{"/projects", "/projects?org_id={org}", "/projects/shared", "/projects/winter-boat-87654321", "/projects/shiny-wind-12345678/members", "/organizations/{org}"} {
		if r := do(t, s, s.ProjectKey(), "GET", path, ""); r.status != 404 || r.message() != outside+`; subject_project_id:"shiny-wind-12345678"` {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	s.SetConfig(func(c *neontest.Config) { c.SubjectProjectHidden = true })
	if r := do(t, s, s.ProjectKey(), "GET", "/projects", ""); r.status != 404 || r.message() != outside {
		t.Error(r.status, r.body)
	}
}

// TestCollaborators: a collaborator sees the projects that were granted to them, and no others.
func TestCollaborators(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	s.AddMember("guest@example.com", "collaborator")
	guest := s.NewPersonalKey("guest@example.com")
	if page := projects(t, s, guest, ""); len(page.Projects) != 0 {
		t.Errorf("%+v", page)
	}
	expect(t, do(t, s, guest, "GET", "/projects/winter-boat-87654321", ""), 404, "project not found")
	expect(t, do(t, s, guest, "GET", "/projects/winter-boat-87654321/members", ""), 404, "project not found")
	if err := s.Grant("winter-boat-87654321", "guest@example.com", "viewer"); err != nil {
		t.Fatal(err)
	}
	if page := projects(t, s, guest, ""); len(page.Projects) != 1 || page.Projects[0].ID != "winter-boat-87654321" {
		t.Errorf("%+v", page)
	}
	expect(t, do(t, s, guest, "GET", "/projects/winter-boat-87654321", ""), 200, "")
	expect(t, do(t, s, guest, "GET", "/projects/shiny-wind-12345678", ""), 404, "project not found")
	s.RemoveMember("guest@example.com")
	if len(s.Grants("winter-boat-87654321")) != 0 {
		t.Error("a grant outlives its member")
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	r := do(t, s, s.PersonalKey(), "GET", "/regions?org_id={org}", "")
	if r.status != 200 || !strings.Contains(r.body, `{"region_id":"aws-eu-central-1",`) {
		t.Error(r.status, r.body)
	}
	expect(t, do(t, s, s.OrganizationKey(), "GET", "/regions", ""), 404, personalOnly)
	expect(t, do(t, s, s.PersonalKey(), "GET", "/regions?org_id=org-elsewhere-87654321", ""), 403, "not an organization member")
}
