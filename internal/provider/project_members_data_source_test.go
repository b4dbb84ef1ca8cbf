package provider_test

import (
	"slices"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestProjectMembersDataSource(t *testing.T) {
	t.Parallel()
	t.Attr("feature", "data sources")
	sim := crowded(t)
	const typ = "neon_project_members"
	columns := func(config object, attribute string) []string {
		t.Helper()
		config["project_id"] = website
		return listedBy(admin(t, sim, nil), typ, config, "members", attribute)
	}
	for attribute, want := range map[string][]string{
		"email":          {"audit@example.com", "data@example.com", "dev@example.com", "joined@example.com", "lead@example.com", "ops@example.com"},
		"org_role":       {"viewer", "member", "editor", "collaborator", "admin", "admin"},
		"role":           {"admin", "", "viewer", "", "editor", ""},
		"default_role":   {"viewer", "editor", "editor", "", "admin", "admin"},
		"effective_role": {"admin", "editor", "editor", "", "admin", "admin"},
		"grant_source":   {"explicit", "org_role_default", "org_role_default", "unassigned", "org_admin_override", "org_admin_override"},
	} {
		if got := columns(object{}, attribute); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", attribute, got, want)
		}
	}
	for _, test := range []struct {
		filter object
		want   []string
	}{
		{object{"effective_role": "editor"}, []string{"data@example.com", "dev@example.com"}},
		{object{"grant_source": "explicit"}, []string{"audit@example.com"}},
		{object{"grant_source": "unassigned"}, []string{"joined@example.com"}},
		{object{"effective_role": "admin", "grant_source": "org_admin_override"}, []string{"lead@example.com", "ops@example.com"}},
		{object{"effective_role": "viewer"}, []string{}},
	} {
		if got := columns(test.filter, "email"); !slices.Equal(got, test.want) {
			t.Errorf("%v: %q, want %q", test.filter, got, test.want)
		}
	}
	sim.SetConfig(func(c *neontest.Config) { c.AdminGrantSource = "org_role_default" })
	if got := columns(object{"grant_source": "org_role_default"}, "email"); len(got) != 4 {
		t.Errorf("%q", got)
	}
	// A member without the right to manage the project sees those with access only.
	viewer := admin(t, sim, object{"api_key": sim.NewPersonalKey("dev@example.com")})
	if got := listedBy(viewer, typ, object{"project_id": website}, "members", "email"); slices.Contains(got, "joined@example.com") || len(got) != 5 {
		t.Errorf("%q", got)
	}
	for _, broken := range []struct {
		config object
		parts  []string
	}{
		{object{"project_id": "no-such-1"}, []string{"no-such-1", sim.OrgID(), "the personal key of lead@example.com"}},
		{object{"project_id": sim.OtherOrg().Projects()[0].ID}, []string{sim.OrgID()}},
	} {
		admin(t, sim, nil).data(typ, broken.config).wantError(t, "Cannot list the members of project ", broken.parts...)
		results, diags := admin(t, sim, nil).list(grantType, broken.config, 0, true)
		diags.wantError(t, "Cannot list the members of project ", broken.parts...)
		if len(results) > 0 {
			t.Errorf("%d results beside the error", len(results))
		}
	}
}

func TestListedProjectRolesAreWhatAnImportBrings(t *testing.T) {
	t.Parallel()
	sim := crowded(t)
	p := admin(t, sim, nil)
	results, diags := p.list(grantType, object{"project_id": website}, 0, true)
	diags.none(t)
	if len(results) != 3 {
		t.Errorf("%d results", len(results))
	}
	for _, result := range results {
		identity := object{}
		for name, value := range p.identity(grantType, result.identity) {
			identity[name] = value
		}
		imported, diags := p.importIdentity(grantType, identity)
		diags.none(t)
		if !result.resource.Equal(imported.value) {
			t.Errorf("%s:\nlisted   %s\nimported %s", result.title, result.resource, imported.value)
		}
	}
}

func TestDefaultProjectRoles(t *testing.T) {
	t.Parallel()
	sim := crowded(t)
	sim.SetRole("ops@example.com", "owner")
	got := listedBy(admin(t, sim, nil), "neon_organization_members", object{}, "members", "default_project_role")
	if want := []string{"viewer", "editor", "editor", "", "admin", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
