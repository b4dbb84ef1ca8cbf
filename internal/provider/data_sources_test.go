package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func text(s string) knownvalue.Check { return knownvalue.StringExact(s) }

func TestDataSources(t *testing.T) {
	t.Parallel()
	sim := simulate(t, func(c *neontest.Config) { c.ExtraMembers, c.ExtraProjects, c.MaxProjectPageSize = 8, 5, 2 })
	lead, _ := sim.Member("lead@example.com")
	sim.Deactivate("data@example.com")
	sim.AddInvitation("guest@example.com", "member")
	key := sim.AddAPIKey("used", sim.Projects()[0].ID)
	sim.UseAPIKey(key.ID, time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), "192.0.2.7")
	gone := sim.AddMember("gone@example.com", "admin")
	theirs := start(t, object{"api_key": sim.NewPersonalKey("gone@example.com"), "base_url": sim.URL(), "org_id": sim.OrgID()})
	_, diags := theirs.apply(theirs.plan(keyType, nil, object{"name": "left-behind"}))
	diags.none(t)
	sim.RemoveMember("gone@example.com")

	at, output := statecheck.ExpectKnownValue, statecheck.ExpectKnownOutputValue
	config := asAdmin(sim, fmt.Sprintf(`
data "neon_organization" "it" {}
data "neon_organizations" "mine" {}
data "neon_organization_members" "all" {}
data "neon_organization_members" "editors" { role = "member" }
data "neon_organization_member" "by_email" { email = "lead@example.com" }
data "neon_organization_member" "by_member_id" { member_id = %[1]q }
data "neon_organization_member" "by_user_id" { user_id = %[2]q }
data "neon_organization_invitations" "open" { status = "pending" }
data "neon_organization_api_keys" "all" {}
data "neon_organization_api_keys" "website" { project_id = %[3]q }
data "neon_organization_api_keys" "leads" { created_by_email = "lead@example.com" }
data "neon_projects" "all" {}
data "neon_projects" "warehouse" { search = "ware" }
data "neon_caller_identity" "me" {}

output "roles" { value = { for m in data.neon_organization_members.all.members : m.email => m.role } }
output "editors" { value = sort([for m in data.neon_organization_members.editors.members : m.email if !startswith(m.email, "person")]) }
output "deactivated" { value = [for m in data.neon_organization_members.all.members : m.email if m.deactivated_at != null] }
output "without_mfa" { value = [for m in data.neon_organization_members.all.members : m.email if m.has_mfa == false] }
output "orphaned_keys" { value = { for k in data.neon_organization_api_keys.all.api_keys : k.name => k.created_by.user_id if k.created_by.status == "gone" } }
output "leads_keys" { value = length(data.neon_organization_api_keys.leads.api_keys) }
`, lead.ID, lead.UserID, key.ProjectID))

	list := func(values ...string) knownvalue.Check {
		checks := make([]knownvalue.Check, len(values))
		for i, value := range values {
			checks[i] = text(value)
		}
		return knownvalue.ListExact(checks)
	}
	const keys = "data.neon_organization_api_keys.website"
	checks := []statecheck.StateCheck{
		at("data.neon_organization.it", tfjsonpath.New("name"), text("Example")),
		at("data.neon_organization.it", tfjsonpath.New("plan"), text("scale")),
		at("data.neon_organization.it", tfjsonpath.New("managed_by"), text("console")),
		at("data.neon_organizations.mine", tfjsonpath.New("organizations").AtSliceIndex(0).AtMapKey("org_id"), text(sim.OrgID())),
		at("data.neon_organization_members.all", tfjsonpath.New("members"), knownvalue.ListSizeExact(len(sim.Members()))),
		at("data.neon_organization_member.by_email", tfjsonpath.New("member_id"), text(lead.ID)),
		at("data.neon_organization_member.by_email", tfjsonpath.New("has_mfa"), knownvalue.Bool(true)),
		at("data.neon_organization_member.by_member_id", tfjsonpath.New("email"), text("lead@example.com")),
		at("data.neon_organization_member.by_user_id", tfjsonpath.New("role"), text("admin")),
		at("data.neon_organization_invitations.open", tfjsonpath.New("invitations"), knownvalue.ListSizeExact(1)),
		at("data.neon_organization_invitations.open", tfjsonpath.New("invitations").AtSliceIndex(0).AtMapKey("email"), text("guest@example.com")),
		at("data.neon_organization_api_keys.all", tfjsonpath.New("api_keys"), knownvalue.ListSizeExact(len(sim.APIKeys()))),
		at(keys, tfjsonpath.New("api_keys"), knownvalue.ListSizeExact(2)),
		at(keys, tfjsonpath.New("api_keys").AtSliceIndex(0).AtMapKey("last_used_at"), knownvalue.Null()),
		at(keys, tfjsonpath.New("api_keys").AtSliceIndex(1).AtMapKey("last_used_at"), text("2026-11-01T10:00:00Z")),
		at(keys, tfjsonpath.New("api_keys").AtSliceIndex(1).AtMapKey("last_used_from"), text("192.0.2.7")),
		at(keys, tfjsonpath.New("api_keys").AtSliceIndex(1).AtMapKey("created_by").AtMapKey("email"), text("lead@example.com")),
		at(keys, tfjsonpath.New("api_keys").AtSliceIndex(1).AtMapKey("created_by").AtMapKey("status"), text("active")),
		at("data.neon_projects.all", tfjsonpath.New("projects"), knownvalue.ListSizeExact(len(sim.Projects()))),
		at("data.neon_projects.warehouse", tfjsonpath.New("projects").AtSliceIndex(0).AtMapKey("name"), text("warehouse")),
		at("data.neon_caller_identity.me", tfjsonpath.New("key_type"), text("personal")),
		at("data.neon_caller_identity.me", tfjsonpath.New("email"), text("lead@example.com")),
		at("data.neon_caller_identity.me", tfjsonpath.New("role"), text("admin")),
		output("editors", list("data@example.com", "dev@example.com")),
		output("deactivated", list("data@example.com")),
		output("without_mfa", list("dev@example.com")),
		output("orphaned_keys", knownvalue.MapExact(map[string]knownvalue.Check{"left-behind": text(gone.UserID)})),
		output("leads_keys", knownvalue.Int64Exact(int64(len(sim.APIKeys())-1))),
		output("roles", knownvalue.MapPartial(map[string]knownvalue.Check{"ops@example.com": text("admin"), "audit@example.com": text("viewer")})),
	}
	applied(t, nil, step{config: config, checks: checks})
}

func TestDataSourcesWithAnOrganizationKey(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := start(t, object{"api_key": sim.OrganizationKey(), "base_url": sim.URL()})
	for _, typ := range []string{
		"neon_organization", "neon_organizations", "neon_organization_members", "neon_organization_invitations", "neon_organization_api_keys", "neon_projects", "neon_caller_identity",
	} {
		value, diags := p.dataValue(typ, object{})
		diags.none(t)
		switch attributes := attributesOf(value); typ {
		case "neon_caller_identity":
			for name, want := range map[string]string{"key_type": "organization", "org_id": sim.OrgID(), "email": ""} {
				if got := attributeText(t, value, name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		case "neon_projects":
			var projects []tftypes.Value
			if err := attributes["projects"].As(&projects); err != nil || len(projects) != 2 {
				t.Errorf("projects are %v, %v", projects, err)
			}
		}
	}
}

func TestDataSourcesWithAProjectKey(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := start(t, object{"api_key": sim.ProjectKey(), "base_url": sim.URL()})
	value, diags := p.dataValue("neon_caller_identity", object{})
	diags.none(t)
	for name, want := range map[string]string{"key_type": "project", "project_id": sim.Projects()[0].ID} {
		if got := attributeText(t, value, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	value, diags = p.dataValue("neon_organizations", object{})
	diags.none(t)
	var organizations []tftypes.Value
	if err := attributesOf(value)["organizations"].As(&organizations); err != nil || len(organizations) != 1 || attributeText(t, organizations[0], "org_id") != sim.OrgID() {
		t.Errorf("organizations are %v, %v", organizations, err)
	}
}

func TestMemberThatIsNotThere(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, nil)
	p.data("neon_organization_member", object{"email": "nobody@example.com"}).wantError(t, "No such member: nobody@example.com", sim.OrgID(), "neon_organization_invitations")
	p.data("neon_organization_member", object{"user_id": "x"}).wantError(t, "No such member: x", "user_id")
}
