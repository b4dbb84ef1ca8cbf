package provider_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// The documented examples are applied as they are written, so that what a reader copies works.

// exampleFile reads a file of examples/.
func exampleFile(t *testing.T, name ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "examples"}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// examples joins the files of one name in the folders of examples/resources and its like, but for the
// exclusive list, which bears no other resource for people beside it.
func examples(t *testing.T, kind, file string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("..", "..", "examples", kind))
	if err != nil {
		t.Fatal(err)
	}
	var joined strings.Builder
	for _, entry := range entries {
		if entry.Name() == listType {
			continue
		}
		joined.WriteString(exampleFile(t, kind, entry.Name(), file))
	}
	return joined.String()
}

// inEnvironment points the provider at the simulator in the way that users do. Such a test cannot be parallel.
func inEnvironment(t *testing.T, sim *neontest.Server) {
	t.Helper()
	t.Setenv("NEON_API_HOST", sim.URL())
	t.Setenv("NEON_API_KEY", sim.PersonalKey())
	t.Setenv("NEON_ORG_ID", sim.OrgID())
}

// wantRole fails unless somebody is a member with that role; "" means no member.
func wantRole(sim *neontest.Server, email, role string) error {
	if member, _ := sim.Member(email); member.Role != role {
		return fmt.Errorf("%s has the role %q, not %q", email, member.Role, role)
	}
	return nil
}

// wantInvitation fails unless there is exactly one open invitation of somebody, with that role.
func wantInvitation(sim *neontest.Server, email, role string) error {
	if open := invited(sim, email); len(open) != 1 || open[0].Role != role {
		return fmt.Errorf("open invitations of %s: %v, want one as %s", email, open, role)
	}
	return nil
}

// wantKey fails unless there is exactly one live key of that name, limited to that project ("" means to none).
func wantKey(sim *neontest.Server, name, projectID string) error {
	if keys := liveKeys(sim, name); len(keys) != 1 || keys[0].ProjectID != projectID {
		return fmt.Errorf("live keys %q: %v, want one with project %q", name, keys, projectID)
	}
	return nil
}

// wantGranted fails unless exactly these roles were granted in the first project.
func wantGranted(sim *neontest.Server, want map[string]string) error {
	if got := sim.Grants(website); !maps.Equal(got, want) {
		return fmt.Errorf("the grants are %v, want %v", got, want)
	}
	return nil
}

// wantKeys fails unless exactly these keys are live; none named means those that the simulator starts with.
func wantKeys(sim *neontest.Server, want ...string) error {
	if want == nil {
		want = []string{"pull-requests", "website-ci"}
	}
	var names []string
	for _, key := range sim.APIKeys() {
		names = append(names, key.Name)
	}
	if !slices.Equal(names, want) {
		return fmt.Errorf("live keys: %q, want %q", names, want)
	}
	return nil
}

// wantNetworks fails unless these are the spending limit and the VPC endpoints, as ID=label.
func wantNetworks(sim *neontest.Server, cents int64, endpoints ...string) error {
	now := sim.SpendingLimit()
	if now == nil || *now != cents {
		return fmt.Errorf("the spending limit is %v", now)
	}
	var got []string
	for _, e := range sim.VPCEndpoints() {
		got = append(got, e.ID+"="+e.Label)
	}
	if !slices.Equal(sorted(got), endpoints) {
		return fmt.Errorf("the VPC endpoints are %q", got)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestEveryTypeHasAnExample(t *testing.T) {
	t.Parallel()
	schema := admin(t, simulate(t), nil).schema
	for name := range schema.ResourceSchemas {
		for _, file := range []string{"resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"} {
			exampleFile(t, "resources", name, file)
		}
	}
	for name := range schema.DataSourceSchemas {
		exampleFile(t, "data-sources", name, "data-source.tf")
	}
	for name := range schema.EphemeralResourceSchemas {
		exampleFile(t, "ephemeral-resources", name, "ephemeral-resource.tf")
	}
	for name := range schema.ListResourceSchemas {
		exampleFile(t, "list-resources", name, "list-resource.tfquery.hcl")
	}
	for name := range schema.ActionSchemas {
		exampleFile(t, "actions", name, "action.tf")
	}
	for folder, known := range map[string]func(string) bool{
		"actions":             func(name string) bool { return schema.ActionSchemas[name] != nil },
		"resources":           func(name string) bool { return schema.ResourceSchemas[name] != nil },
		"data-sources":        func(name string) bool { return schema.DataSourceSchemas[name] != nil },
		"list-resources":      func(name string) bool { return schema.ListResourceSchemas[name] != nil },
		"ephemeral-resources": func(name string) bool { return schema.EphemeralResourceSchemas[name] != nil },
	} {
		entries, err := os.ReadDir(filepath.Join("..", "..", "examples", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !known(entry.Name()) {
				t.Errorf("examples/%s/%s is of no type", folder, entry.Name())
			}
		}
	}
}

// The examples of all resources are applied as one configuration: each Terraform run costs seconds.
func TestExamplesOfResources(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddMember("contractor@partner.example", "collaborator")
	destroyed := func() error {
		return firstError(wantGranted(sim, map[string]string{}), wantKeys(sim), wantRole(sim, "ops@example.com", ""), wantRole(sim, "dev@example.com", ""), wantRole(sim, "data@example.com", ""),
			wantRole(sim, "lead@example.com", "admin"), wantInvitation(sim, "new@example.com", "viewer"), wantInvitation(sim, "auditor@partner.example", "viewer"),
			wantNetworks(sim, 50_000, "vpce-0123456789abcdef0=production", "vpce-0fedcba9876543210=staging")) // a destroy keeps them
	}
	applied(t, destroyed, step{
		config: asAdmin(sim, examples(t, "resources", "resource.tf")),
		holds: func() error {
			return firstError(
				wantKey(sim, "ci", ""), wantKey(sim, "deploy website", website), wantKey(sim, "deploy warehouse", warehouse),
				wantGranted(sim, map[string]string{"contractor@partner.example": "editor", "audit@example.com": "admin"}), wantKey(sim, "nightly", ""), wantKey(sim, "reports", ""),
				wantRole(sim, "ops@example.com", "admin"), wantRole(sim, "dev@example.com", "editor"), wantRole(sim, "data@example.com", "editor"),
				wantRole(sim, "lead@example.com", "admin"), wantInvitation(sim, "new@example.com", "viewer"),
				wantInvitation(sim, "auditor@partner.example", "viewer"), wantInvitation(sim, "consultant@partner.example", "viewer"),
				wantNetworks(sim, 50_000, "vpce-0123456789abcdef0=production", "vpce-0fedcba9876543210=staging"))
		},
	})
}

// The list may be created over the organization that has exactly its people, or imported.
func TestExamplesOfTheExclusiveList(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := asAdmin(sim, exampleFile(t, "resources", listType, "resource.tf"))
	everybody := func() error {
		return firstError(wantRole(sim, "lead@example.com", "admin"), wantRole(sim, "audit@example.com", "viewer"), wantInvitation(sim, "new@example.com", "viewer"))
	}
	applied(
		t, everybody,
		step{config: config, holds: everybody},
		step{config: asAdmin(sim, "")},
		step{
			config: config + exampleFile(t, "resources", listType, "import-by-string-id.tf"),
			says:   []string{"1 to import, 0 to add, 1 to change, 0 to destroy"}, // of max_removals
		},
	)
}

var importCommand = regexp.MustCompile(`(?m)^terraform import '?([^' ]+)'? (\S+)$`)

func TestExamplesOfImportBlocks(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("auditor@partner.example", "viewer")
	mustGrant(t, sim, "audit@example.com", "admin")
	sim.AddVPCEndpoint(region, "vpce-0123456789abcdef0", "production")
	sim.SetSpendingLimit(50_000)
	const config = `
resource "neon_project_member_role" "website" {
  for_each   = { "audit@example.com" = "admin" }
  project_id = "shiny-wind-12345678"
  email      = each.key
  role       = each.value
}
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
  for_each = { "dev@example.com" = "editor" }
  email    = each.key
  role     = each.value
}
resource "neon_organization_invitation" "guests" {
  for_each = toset(["auditor@partner.example"])
  email    = each.key
  role     = "viewer"
}
`
	applied(t, func() error { return wantKeys(sim, []string{}...) }, step{
		config: asAdmin(sim, config+examples(t, "resources", "import-by-string-id.tf")),
		says:   []string{fmt.Sprintf("%d to import, 0 to add, 1 to change, 0 to destroy", strings.Count(config, "resource ")), rotatingType + ".website: Modifying"}, // of rotate_after
	})
}

// An import command needs a Terraform of its own for each id, so the ids go through the protocol.
func TestExamplesOfImportCommands(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddInvitation("auditor@partner.example", "viewer")
	mustGrant(t, sim, "audit@example.com", "admin")
	sim.AddVPCEndpoint(region, "vpce-0123456789abcdef0", "production")
	sim.SetSpendingLimit(50_000)
	for name, ids := range map[string][]string{
		keyType:        {"org-example-12345678/1734101", "1734101"},
		rotatingType:   {"org-example-12345678/1734102", "1734102"},
		memberType:     {"org-example-12345678/dev@example.com", "dev@example.com", "b0000000-0000-4000-8000-000000000003"},
		invitationType: {"org-example-12345678/auditor@partner.example", "auditor@partner.example"},
		listType:       {"org-example-12345678"},
		grantType: {
			"org-example-12345678/shiny-wind-12345678/audit@example.com", "shiny-wind-12345678/audit@example.com",
			"shiny-wind-12345678/b0000000-0000-4000-8000-000000000005",
		},
		limitType:    {"org-example-12345678"},
		endpointType: {"org-example-12345678/aws-us-east-1/vpce-0123456789abcdef0", "aws-us-east-1/vpce-0123456789abcdef0"},
	} {
		var written []string
		for _, command := range importCommand.FindAllStringSubmatch(exampleFile(t, "resources", name, "import.sh"), -1) {
			if !strings.HasPrefix(command[1], name+".") {
				t.Errorf("%s: %s", name, command[0])
			}
			written = append(written, command[2])
		}
		if !slices.Equal(written, ids) {
			t.Errorf("%s: the import commands have the ids %q, want %q", name, written, ids)
		}
		for _, id := range ids {
			process := admin(t, sim, nil)
			imported, diags := process.importState(name, id)
			diags.none(t)
			_, diags = process.read(name, imported)
			diags.none(t)
		}
	}
}

// The examples of all data sources are applied as one configuration too.
func TestExamplesOfDataSources(t *testing.T) {
	t.Parallel()
	attribute := func(address string, at tfjsonpath.Path, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data."+address, at, value)
	}
	sim := simulate(t)
	sim.AddVPCEndpoint(region, vpce1, "production")
	sim.SetSpendingLimit(12_550)
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownOutputValue("spending_limit_in_dollars", knownvalue.Float64Exact(125.5)),
		statecheck.ExpectKnownOutputValue("unused_vpc_endpoints", knownvalue.ListExact([]knownvalue.Check{text(vpce1)})),
		statecheck.ExpectKnownOutputValue("waiting_for_neon", knownvalue.ListExact([]knownvalue.Check{text(vpce1)})),
		attribute("neon_organization.this", tfjsonpath.New("name"), knownvalue.StringExact("Example")),
		statecheck.ExpectKnownOutputValue("organization_ids", knownvalue.MapExact(map[string]knownvalue.Check{"org-example-12345678": knownvalue.StringExact("Example")})),
		statecheck.ExpectKnownOutputValue("dev_user_id", knownvalue.StringExact("a0000000-0000-4000-8000-000000000003")),
		attribute("neon_organization_members.all", tfjsonpath.New("members"), knownvalue.ListSizeExact(5)),
		attribute("neon_organization_members.admins", tfjsonpath.New("members"), knownvalue.ListSizeExact(2)),
		attribute("neon_organization_member.same", tfjsonpath.New("email"), knownvalue.StringExact("dev@example.com")),
		attribute("neon_organization_invitations.pending", tfjsonpath.New("invitations"), knownvalue.ListSizeExact(0)),
		attribute("neon_organization_api_keys.all", tfjsonpath.New("api_keys"), knownvalue.ListSizeExact(2)),
		attribute("neon_organization_api_keys.of_lead", tfjsonpath.New("api_keys"), knownvalue.ListSizeExact(2)),
		attribute("neon_project_members.website", tfjsonpath.New("members"), knownvalue.ListSizeExact(5)),
		attribute("neon_project_members.granted", tfjsonpath.New("members"), knownvalue.ListSizeExact(0)),
		statecheck.ExpectKnownOutputValue("website_access", knownvalue.MapPartial(map[string]knownvalue.Check{"dev@example.com": knownvalue.StringExact("editor (org_role_default)")})),
		attribute("neon_projects.website", tfjsonpath.New("projects"), knownvalue.ListSizeExact(1)),
		statecheck.ExpectKnownValue("neon_organization_api_key.website", tfjsonpath.New("project_id"), knownvalue.StringExact("shiny-wind-12345678")),
		attribute("neon_caller_identity.current", tfjsonpath.New("email"), knownvalue.StringExact("lead@example.com")),
		attribute("neon_caller_identity.current", tfjsonpath.New("role"), knownvalue.StringExact("admin")),
	}
	applied(t, nil, step{config: asAdmin(sim, examples(t, "data-sources", "data-source.tf")), checks: checks})
}

// The example calls Neon's CLI; a program of that name keeps the key that it is given.
func TestExamplesOfEphemeralResources(t *testing.T) { // not parallel: the environment is the process's
	sim := simulate(t)
	inEnvironment(t, sim)
	folder := t.TempDir()
	kept := filepath.Join(folder, "key")
	script := fmt.Sprintf("#!/bin/sh\nprintf %%s \"$NEON_API_KEY\" >'%s'\n", kept)
	if err := os.WriteFile(filepath.Join(folder, "neon"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(filepath.ListSeparator)+os.Getenv("PATH"))
	a := attach(t, factories())
	a.needs(10, 11, "ephemeral resources")
	a.applies(func() error { return wantKeys(sim) }, step{
		config: examples(t, "ephemeral-resources", "ephemeral-resource.tf"),
		holds: func() error {
			key, err := os.ReadFile(kept)
			if err != nil {
				return err
			}
			if id, known := sim.KeyIDByToken(string(key)); !known || sim.TokenValid(string(key)) {
				return fmt.Errorf("the key %d was made: %t, and is still live: %t", id, known, sim.TokenValid(string(key)))
			}
			return wantKeys(sim)
		},
	})
	made := 0
	for _, request := range sim.Requests() {
		if request.Route == "POST "+keysRoute {
			made++
			if !strings.Contains(request.Body, `"project_id":"shiny-wind-12345678"`) || !strings.Contains(request.Body, `"key_name":"terraform-`) {
				t.Errorf("made: %s", request.Body)
			}
		}
	}
	if made == 0 || made > 2 { // an apply and perhaps a destroy
		t.Errorf("%d keys were made", made)
	}
}

func TestExampleOfTheProvider(t *testing.T) { // not parallel: the environment is the process's
	sim := simulate(t)
	inEnvironment(t, sim)
	applied(t, func() error { return wantRole(sim, "dev@example.com", "") }, step{
		config: exampleFile(t, "provider", "provider.tf"),
		holds:  func() error { return wantRole(sim, "dev@example.com", "editor") },
	})
}

func TestExampleComplete(t *testing.T) { // not parallel: the environment is the process's
	sim := simulate(t)
	inEnvironment(t, sim)
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "complete", "*.tf"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files: ", err)
	}
	var whole strings.Builder
	for _, file := range files {
		whole.WriteString(exampleFile(t, "complete", filepath.Base(file)))
	}
	organization := whole.String()
	website := sim.Projects()[0].ID
	destroyed := func() error {
		return firstError(wantKeys(sim), wantRole(sim, "lead@example.com", "admin"), wantRole(sim, "ops@example.com", ""), wantRole(sim, "new@example.com", ""),
			wantInvitation(sim, "guest@partner.example", "viewer"))
	}
	applied(
		t, destroyed,
		step{ // never a key for the whole organization because a project has another name
			config:    organization,
			variables: map[string]any{"ci_project": "web"},
			fails:     true, says: []string{`There must be exactly one project with the name "web"`},
		},
		step{
			config: organization,
			holds: func() error {
				return firstError(
					wantRole(sim, "ops@example.com", "admin"), wantRole(sim, "dev@example.com", "editor"), wantRole(sim, "data@example.com", "editor"),
					wantRole(sim, "audit@example.com", "viewer"), wantInvitation(sim, "new@example.com", "editor"),
					wantInvitation(sim, "guest@partner.example", "viewer"), wantKey(sim, "terraform-plan", ""), wantKey(sim, "deploy-website", website))
			},
		},
		step{ // acceptance is no drift, not in the outputs either
			before: func() {
				if err := sim.Accept("new@example.com"); err != nil {
					t.Error(err)
				}
			},
			config: organization,
			says:   []string{"0 added, 0 changed, 0 destroyed"},
		},
		step{ // new keys, and the old ones revoked
			config:    organization,
			variables: map[string]any{"key_generation": "2"},
			holds: func() error {
				return firstError(wantKey(sim, "terraform-plan", ""), wantKey(sim, "deploy-website", website))
			},
		},
	)
}

// The first configuration of the README is the one to copy.
func TestReadmeConfiguration(t *testing.T) { // not parallel: the environment is the process's
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```hcl\n")
	block, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the README has no configuration")
	}
	sim := simulate(t)
	inEnvironment(t, sim)
	applied(t, func() error { return wantRole(sim, "ops@example.com", "") }, step{
		config: block,
		holds: func() error {
			return firstError(wantRole(sim, "ops@example.com", "admin"), wantInvitation(sim, "new@example.com", "viewer"))
		},
	})
}
