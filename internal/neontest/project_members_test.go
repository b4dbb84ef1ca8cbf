package neontest_test

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const (
	website  = "shiny-wind-12345678"
	roleless = "guest@example.com" // a collaborator
)

// grants is a simulator with a collaborator who has no access to any project.
func grants(t *testing.T, switches neontest.Switches) *neontest.Server {
	t.Helper()
	s := neontest.Start(t, neontest.Config{Switches: switches})
	s.AddMember(roleless, "collaborator")
	return s
}

func rolePath(t *testing.T, s *neontest.Server, email string) string {
	t.Helper()
	m, found := s.Member(email)
	if !found {
		t.Fatalf("%s is not a member", email)
	}
	return "/projects/" + website + "/members/" + m.ID + "/role"
}

// whoHasWhat is a project's members as a caller sees them: effective, default, explicit permission and their source.
func whoHasWhat(t *testing.T, s *neontest.Server, token string) map[string]string {
	t.Helper()
	found, cursor := map[string]string{}, ""
	for {
		var page struct {
			Members []struct {
				Email     string
				Role      string  `json:"project_role"`
				Effective *string `json:"effective_project_permission"`
				Default   string  `json:"org_default_project_permission"`
				Explicit  string  `json:"explicit_project_permission"`
				Source    string  `json:"grant_source"`
			} `json:"project_members"`
			Pagination struct{ Next string }
		}
		do(t, s, token, "GET", "/projects/"+website+"/members?limit=2&cursor="+url.QueryEscape(cursor), "").json(t, &page)
		for _, m := range page.Members {
			effective := "null"
			if m.Effective != nil {
				effective = *m.Effective
			}
			found[m.Email] = fmt.Sprintf("%s %s default=%s explicit=%s %s", m.Role, effective, m.Default, m.Explicit, m.Source)
		}
		if cursor = page.Pagination.Next; cursor == "" {
			return found
		}
	}
}

func TestProjectMembers(t *testing.T) {
	t.Parallel()
	s := grants(t, neontest.Switches{})
	for email, role := range map[string]string{"dev@example.com": "viewer", "data@example.com": "editor", "audit@example.com": "admin", "ops@example.com": "viewer"} {
		if err := s.Grant(website, email, role); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{
		"lead@example.com":  "admin ADMIN default=ADMIN explicit= org_admin_override",
		"ops@example.com":   "admin ADMIN default=ADMIN explicit=VIEWER org_admin_override",
		"dev@example.com":   "editor EDITOR default=EDITOR explicit=VIEWER org_role_default",
		"data@example.com":  "editor EDITOR default=EDITOR explicit=EDITOR org_role_default",
		"audit@example.com": "admin ADMIN default=VIEWER explicit=ADMIN explicit",
		roleless:            " null default= explicit= unassigned",
	}
	with := func(change func(map[string]string)) string {
		changed := maps.Clone(want)
		change(changed)
		return fmt.Sprint(changed)
	}
	same := func(map[string]string) {}
	withoutGuest := func(m map[string]string) { delete(m, roleless) }
	for _, test := range []struct {
		who, token string
		want       string
		change     func(*neontest.Config)
	}{
		{"an organization admin", s.PersonalKey(), with(same), nil},
		{"an Admin of the project", s.NewPersonalKey("audit@example.com"), with(same), nil},
		{"an Editor", s.NewPersonalKey("dev@example.com"), with(withoutGuest), nil},
		{"an organization-wide key", s.OrganizationKey(), with(same), nil},
		{"an organization-wide key that sees less", s.OrganizationKey(), with(withoutGuest), func(c *neontest.Config) { c.UnassignedHiddenFromKeys = true }},
		{"admins by default", s.PersonalKey(), strings.ReplaceAll(with(same), "org_admin_override", "org_role_default"), func(c *neontest.Config) { c.AdminGrantSource = "org_role_default" }},
	} {
		if test.change != nil {
			s.SetConfig(test.change)
		}
		if got := fmt.Sprint(whoHasWhat(t, s, test.token)); got != test.want {
			t.Errorf("%s sees\n%s\nwant\n%s", test.who, got, test.want)
		}
	}
	s.SetConfig(func(c *neontest.Config) { c.ProjectRolesOff = true })
	expect(t, do(t, s, s.PersonalKey(), "GET", "/projects/"+website+"/members", ""), 404, "not enabled")
}

func TestSetProjectRole(t *testing.T) {
	t.Parallel()
	s := grants(t, neontest.Switches{})
	change := func(method, email, body string) string {
		t.Helper()
		r := do(t, s, s.PersonalKey(), method, rolePath(t, s, email), body)
		if r.status != 200 {
			t.Fatal(r.status, r.body)
		}
		_, rest, _ := strings.Cut(strings.TrimSpace(r.body), `"org_role":`)
		return rest
	}
	for _, step := range []struct{ method, email, body, want string }{
		{"PUT", roleless, `{"role":"editor"}`, `"collaborator","project_role":"editor","explicit_project_permission":"EDITOR","effective_project_permission":"EDITOR"}`},
		{"PUT", roleless, `{"role":"editor"}`, `"collaborator","project_role":"editor","explicit_project_permission":"EDITOR","effective_project_permission":"EDITOR"}`},
		{"PUT", roleless, `{"role":"viewer"}`, `"collaborator","project_role":"viewer","explicit_project_permission":"VIEWER","effective_project_permission":"VIEWER","credential_rotation_recommended":true,"org_api_key_rotation_recommended":false}`},
		{"DELETE", roleless, "", `"collaborator","project_role":null,"effective_project_permission":null,"credential_rotation_recommended":true,"org_api_key_rotation_recommended":false}`},
		{"DELETE", roleless, "", `"collaborator","project_role":null,"effective_project_permission":null}`},
		{"PUT", "dev@example.com", `{"role":"viewer"}`, `"editor","project_role":"editor","org_default_project_permission":"EDITOR","explicit_project_permission":"VIEWER","effective_project_permission":"EDITOR"}`},
		{"PUT", "dev@example.com", `{"role":"admin"}`, `"editor","project_role":"admin","org_default_project_permission":"EDITOR","explicit_project_permission":"ADMIN","effective_project_permission":"ADMIN"}`},
	} {
		if got := change(step.method, step.email, step.body); got != step.want {
			t.Errorf("%s %s %s:\n%s, want\n%s", step.method, step.email, step.body, got, step.want)
		}
	}
	s.AddAPIKeyBy("dev@example.com", "of-dev", website)
	if got, want := change("DELETE", "dev@example.com", ""), `"editor","project_role":"editor","org_default_project_permission":"EDITOR","effective_project_permission":"EDITOR","credential_rotation_recommended":true,"org_api_key_rotation_recommended":true}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if len(s.Grants(website)) != 0 {
		t.Error(s.Grants(website))
	}
	expect(t, do(t, s, s.PersonalKey(), "PUT", rolePath(t, s, roleless), `{"role":"owner"}`), 400, "role")
	expect(t, do(t, s, s.PersonalKey(), "PUT", "/projects/"+website+"/members/"+"c0000000-0000-4000-8000-000000000001/role", `{"role":"viewer"}`), 404, "member not found")
	expect(t, do(t, s, s.OrganizationKey(), "PUT", rolePath(t, s, roleless), `{"role":"viewer"}`), 200, "")
}

// TestOwnProjectRole: who would lose the right to manage has to confirm it. An organization's admin never does.
func TestOwnProjectRole(t *testing.T) {
	t.Parallel()
	s := grants(t, neontest.Switches{})
	lead := rolePath(t, s, "lead@example.com")
	expect(t, do(t, s, s.PersonalKey(), "PUT", lead, `{"role":"viewer"}`), 200, "")
	expect(t, do(t, s, s.PersonalKey(), "DELETE", lead, ""), 200, "")

	dev, key := rolePath(t, s, "dev@example.com"), s.NewPersonalKey("dev@example.com")
	if err := s.Grant(website, "dev@example.com", "admin"); err != nil {
		t.Fatal(err)
	}
	expect(t, do(t, s, key, "PUT", dev, `{"role":"admin"}`), 200, "")
	expect(t, do(t, s, key, "PUT", dev, `{"role":"editor"}`), 409, "confirm_self_demotion=true")
	expect(t, do(t, s, key, "DELETE", dev, ""), 409, "confirm_self_lockout=true")
	if got := s.Grants(website)["dev@example.com"]; got != "admin" {
		t.Errorf("refused, and now %q", got)
	}
	expect(t, do(t, s, key, "DELETE", dev+"?confirm_self_lockout=true", ""), 200, "")
	expect(t, do(t, s, key, "DELETE", dev+"?confirm_self_lockout=true", ""), 403, "only project admins")
}
