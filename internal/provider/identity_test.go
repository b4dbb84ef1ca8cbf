package provider_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// made is one resource of each type, with what tells it from all others, and how to end it by hand.
type made struct {
	config   object
	identity func(*neontest.Server) map[string]string
	end      func(*neontest.Server)
}

func eachType() map[string]made {
	const email = "new@example.com"
	person := func(sim *neontest.Server) map[string]string {
		return map[string]string{"org_id": sim.OrgID(), "email": email}
	}
	return map[string]made{
		keyType: {
			config: object{"name": "ci"},
			identity: func(sim *neontest.Server) map[string]string {
				return map[string]string{"org_id": sim.OrgID(), "id": fmt.Sprint(liveKeys(sim, "ci")[0].ID)}
			},
			end: func(sim *neontest.Server) { sim.RevokeAPIKey(liveKeys(sim, "ci")[0].ID) },
		},
		rotatingType: {
			config: object{"name": "ci", "rotate_after": "60d", "overlap": "1d"},
			identity: func(sim *neontest.Server) map[string]string {
				return map[string]string{"org_id": sim.OrgID(), "id": fmt.Sprint(liveKeys(sim, "ci")[0].ID)}
			},
			end: func(sim *neontest.Server) { sim.RevokeAPIKey(liveKeys(sim, "ci")[0].ID) },
		},
		grantType: {
			config: grant("audit@example.com", "admin").attributes,
			identity: func(sim *neontest.Server) map[string]string {
				return map[string]string{"org_id": sim.OrgID(), "project_id": website, "email": "audit@example.com"}
			},
			end: func(sim *neontest.Server) { _ = sim.Grant(website, "audit@example.com", "") },
		},
		endpointType: {
			config: endpoint(vpce1, nil).attributes,
			identity: func(sim *neontest.Server) map[string]string {
				return map[string]string{"org_id": sim.OrgID(), "region_id": region, "vpc_endpoint_id": vpce1}
			},
			end: func(sim *neontest.Server) { sim.RemoveVPCEndpoint(region, vpce1) },
		},
		memberType:     {object{"email": email, "role": "viewer"}, person, func(sim *neontest.Server) { sim.CancelInvitation(email) }},
		invitationType: {object{"email": email, "role": "viewer"}, person, func(sim *neontest.Server) { sim.CancelInvitation(email) }},
	}
}

func TestEveryResourceHasAnIdentity(t *testing.T) {
	t.Parallel()
	p := start(t, object{"api_key": "napi_x"})
	for typ := range p.schema.ResourceSchemas {
		schema := p.identities[typ]
		if schema == nil {
			t.Errorf("%s has no identity", typ)
			continue
		}
		for _, attribute := range schema.IdentityAttributes {
			if len(attribute.Description) < 10 {
				t.Errorf("%s: the identity's %s has the description %q", typ, attribute.Name, attribute.Description)
			}
		}
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for typ, what := range eachType() {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			created := apply2(t, sim, typ, nil, what.config)
			want := what.identity(sim)
			p := admin(t, sim, nil)
			same := func(after string, got state) {
				t.Helper()
				if identity := p.identity(typ, got); !maps.Equal(identity, want) {
					t.Errorf("the identity after %s is %v, want %v", after, identity, want)
				}
			}
			same("the create", created)
			read, diags := p.read(typ, created)
			diags.none(t)
			same("a read", read)

			older := created
			older.identity = nil // a state that is older than identities
			read, diags = p.read(typ, older)
			diags.none(t)
			same("a read of an older state", read)
			read, diags = start(t, object{"api_key": unknown}).read(typ, older)
			diags.wantWarning(t, "Refresh skipped: ")
			same("a read that asks nobody", read)

			changed := maps.Clone(what.config)
			changed["org_id"] = sim.OrgID() // the configuration differs, the object does not
			if typ == keyType {
				changed["rotation_triggers"] = map[string]string{"a": "b"}
			}
			same("an update without refresh", apply2(t, sim, typ, &older, changed))

			what.end(sim)
			p = admin(t, sim, nil)
			old := created
			old.private = nil // long ago, so that no list can lag behind it
			read, diags = p.read(typ, old)
			diags.noErrors(t)
			if !read.value.IsNull() && typ != rotatingType { // which makes a new one
				t.Errorf("the state still has %v", read.value)
			}
			old.identity = nil
			_, diags = admin(t, sim, nil).read(typ, old)
			diags.noErrors(t)
		})
	}
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	for typ, what := range eachType() {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			apply2(t, sim, typ, nil, what.config)
			want := what.identity(sim)
			for _, withOrg := range []bool{true, false} {
				given := object{}
				for name, value := range want {
					given[name] = value
				}
				if !withOrg {
					delete(given, "org_id")
				}
				p := admin(t, sim, nil)
				imported, diags := p.importIdentity(typ, given)
				diags.none(t)
				if identity := p.identity(typ, imported); !maps.Equal(identity, want) {
					t.Errorf("imported by %v, the identity is %v, want %v", given, identity, want)
				}
				planned := p.plan(typ, &imported, what.config)
				planned.none(t)
				if !planned.isEmpty() {
					t.Errorf("imported by %v, the plan is %v", given, planned.planned.value)
				}
			}
			// The identity of an import by id is the same.
			p := admin(t, sim, nil)
			id := want["id"] + want["email"]
			if want["project_id"] != "" {
				id = want["project_id"] + "/" + id
			}
			if typ == endpointType {
				id = region + "/" + vpce1
			}
			imported, diags := p.importState(typ, id)
			diags.none(t)
			if identity := p.identity(typ, imported); !maps.Equal(identity, want) {
				t.Errorf("imported by %s, the identity is %v, want %v", id, identity, want)
			}
		})
	}
}

func TestImportByIdentityOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	other := sim.AddOrganization("Second")
	key := other.AddAPIKey("theirs", "")
	p := admin(t, sim, nil)
	imported, diags := p.importIdentity(keyType, object{"org_id": other.OrgID(), "id": fmt.Sprint(key.ID)})
	diags.none(t)
	if imported.get(t, "org_id") != other.OrgID() || imported.get(t, "name") != "theirs" {
		t.Errorf("imported: %v", imported.value)
	}
}

func TestMalformedIdentities(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, nil)
	for _, c := range []struct {
		typ      string
		identity object
		summary  string
		parts    []string
	}{
		{keyType, object{}, "Invalid import identity", []string{"a value for id"}},
		{keyType, object{"id": ""}, "Invalid import identity", []string{"a value for id"}},
		{keyType, object{"id": unknown}, "Invalid import identity", []string{"a value for id"}},
		{keyType, object{"id": "ci"}, "Invalid import ID", []string{`"ci"`, "a number"}},
		{keyType, object{"id": "1734101", "org_id": "Example Org"}, "Invalid import identity", []string{"org_id", `"Example Org"`}},
		{keyType, object{"id": "1734101", "org_id": ""}, "Invalid import identity", []string{"org_id", `""`}},
		{keyType, object{"id": "1"}, "No such API key: 1", []string{sim.OrgID()}},
		{memberType, object{"org_id": sim.OrgID()}, "Invalid import identity", []string{"a value for email"}},
		{memberType, object{"email": "Dev@Example.com"}, "Invalid import identity", []string{"lower case", `"dev@example.com"`}},
		{memberType, object{"email": "b0000000-0000-4000-8000-000000000003"}, "Invalid import identity", []string{"not an e-mail address"}},
		{memberType, object{"email": "nobody@example.com"}, "No such person: nobody@example.com", []string{sim.OrgID()}},
		{invitationType, object{"email": " dev@example.com"}, "Invalid import identity", []string{"spaces", `"dev@example.com"`}},
		{invitationType, object{"email": "nobody@example.com"}, "No such invitation: nobody@example.com", []string{sim.OrgID()}},
	} {
		_, diags := p.importIdentity(c.typ, c.identity)
		diags.wantError(t, c.summary, c.parts...)
	}

	sim.AddOrganization("Second")
	several := object{"api_key": sim.PersonalKey(), "base_url": sim.URL()}
	_, diags := start(t, several).importIdentity(memberType, object{"email": "dev@example.com"})
	diags.wantError(t, "org_id required: lead@example.com belongs to 2 organizations", sim.OrgID())
}

// Neon's address of a member may change; the member is the same.
func TestIdentityFollowsTheAddress(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	member := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	sim.ChangeEmail("dev@example.com", "dev.new@example.com")
	want := map[string]string{"org_id": sim.OrgID(), "email": "dev.new@example.com"}

	p := admin(t, sim, nil)
	read, diags := p.read(memberType, member)
	diags.none(t)
	if identity := p.identity(memberType, read); !maps.Equal(identity, want) || read.get(t, "email") != "dev@example.com" {
		t.Errorf("the identity after a read is %v, the state %v", identity, read.value)
	}
	kept, diags := start(t, object{"api_key": unknown}).read(memberType, read)
	diags.noErrors(t)
	if identity := p.identity(memberType, kept); !maps.Equal(identity, want) {
		t.Errorf("the identity after a read that asks nobody is %v", identity)
	}
	updated := apply2(t, sim, memberType, &read, object{"email": "dev.new@example.com", "role": "editor"})
	if identity := p.identity(memberType, updated); !maps.Equal(identity, want) {
		t.Errorf("the identity after the update is %v", identity)
	}
	// Without a refresh the state does not explain the address, and what Neon says today cannot be planned.
	p.plan(memberType, &member, object{"email": "dev.new@example.com", "role": "editor"}).wantError(t, "Same member with a new address: dev.new@example.com", "-refresh=false")
	if member, ok := sim.Member("dev.new@example.com"); !ok || member.Role != "editor" {
		t.Errorf("the member is now %v", member)
	}
}

// The documented import blocks, applied by a Terraform or OpenTofu that knows identities. What imports by
// an import id has its test beside the other examples.
func TestExamplesOfImportBlocksByIdentity(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("auditor@partner.example", "viewer")
	mustGrant(t, sim, "audit@example.com", "admin")
	sim.AddVPCEndpoint(region, "vpce-0123456789abcdef0", "production")
	sim.SetSpendingLimit(50_000)
	const member = `neon_organization_member.people["dev@example.com"]`
	config := func(email string) string {
		return asAdmin(sim, fmt.Sprintf(`
resource "neon_organization_spending_limit" "monthly" { cents = 50000 }
resource "neon_organization_vpc_endpoint" "main" {
  for_each        = { "vpce-0123456789abcdef0" = "production" }
  region_id       = "aws-us-east-1"
  vpc_endpoint_id = each.key
  label           = each.value
}
resource "neon_organization_api_key" "ci" { name = "pull-requests" }
resource "neon_organization_rotating_api_key" "website" {
  name         = "website-ci"
  project_id   = "shiny-wind-12345678"
  rotate_after = "365d"
}
resource "neon_organization_member" "people" {
  for_each = { "dev@example.com" = %q }
  email    = each.value
  role     = "editor"
}
resource "neon_organization_invitation" "guests" {
  for_each = toset(["auditor@partner.example"])
  email    = each.key
  role     = "viewer"
}
resource "neon_project_member_role" "website" {
  for_each   = { "audit@example.com" = "admin" }
  project_id = "shiny-wind-12345678"
  email      = each.key
  role       = each.value
}
`, email)+examples(t, "resources", "import-by-identity.tf"))
	}
	memberIs := func(email string) statecheck.StateCheck {
		return statecheck.ExpectIdentity(member, map[string]knownvalue.Check{"org_id": text(sim.OrgID()), "email": text(email)})
	}
	imported, unchanged := map[string]string{}, map[string]string{}
	for _, address := range []string{
		member, `neon_project_member_role.website["audit@example.com"]`, "neon_organization_api_key.ci", "neon_organization_spending_limit.monthly",
		`neon_organization_vpc_endpoint.main["vpce-0123456789abcdef0"]`, `neon_organization_invitation.guests["auditor@partner.example"]`,
	} {
		imported[address], unchanged[address] = "import", "no-op"
	}
	a := attach(t, factories())
	a.needs(12, 12, "identities")
	a.applies(
		func() error { return wantKeys(sim, []string{}...) },
		step{config: config("dev@example.com"), actions: imported, checks: []statecheck.StateCheck{
			statecheck.ExpectIdentity("neon_organization_api_key.ci", map[string]knownvalue.Check{"org_id": text(sim.OrgID()), "id": text("1734101")}),
			statecheck.ExpectIdentity(rotatingType+".website", map[string]knownvalue.Check{"org_id": text(sim.OrgID()), "id": text("1734102")}),
			memberIs("dev@example.com"),
		}},
		step{
			config:  strings.ReplaceAll(config("dev@example.com"), "365d", "90d"), // the identity of a rotated key
			actions: map[string]string{rotatingType + ".website": "update"},
			checks: []statecheck.StateCheck{
				statecheck.ExpectIdentityValueMatchesStateAtPath(rotatingType+".website", tfjsonpath.New("id"), tfjsonpath.New("key_id")),
			},
		},
		step{ // the address changes at Neon, and then in the configuration
			before:  func() { sim.ChangeEmail("dev@example.com", "dev.new@example.com") },
			config:  strings.ReplaceAll(config("dev@example.com"), "365d", "90d"),
			actions: unchanged,
		},
		step{
			config:  strings.ReplaceAll(config("dev.new@example.com"), "365d", "90d"),
			actions: map[string]string{member: "update"},
			checks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(member, tfjsonpath.New("member_id"), text("b0000000-0000-4000-8000-000000000003")),
				memberIs("dev.new@example.com"),
			},
		},
	)
}
