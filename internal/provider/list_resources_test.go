package provider_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// found is one result of a list.
type found struct {
	title    string
	identity state         // of which only the identity is set
	resource tftypes.Value // the zero value unless it was asked for
}

// list lists as terraform query does: as many as limit, 0 for all.
func (p *process) list(typ string, config object, limit int64, whole bool) (results []found, diags messages) {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the provider cannot list")
	}
	valueType := p.schema.ListResourceSchemas[typ].ValueType()
	block := p.dynamic(valueType, p.value(valueType, config))
	valid, err := server.ValidateListResourceConfig(p.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: typ, Config: block})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return nil, valid.Diagnostics
	}
	stream, err := server.ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{TypeName: typ, Config: block, Limit: limit, IncludeResource: whole})
	if err != nil {
		p.t.Fatal(err)
	}
	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)
		if len(result.Diagnostics) > 0 {
			continue
		}
		one := found{title: result.DisplayName, identity: state{identity: result.Identity}}
		if result.Resource != nil {
			if one.resource, err = result.Resource.Unmarshal(p.schema.ResourceSchemas[typ].ValueType()); err != nil {
				p.t.Fatal(err)
			}
		}
		results = append(results, one)
	}
	return results, diags
}

func titles(results []found) (titles []string) {
	for _, result := range results {
		titles = append(titles, result.title)
	}
	return titles
}

// crowded is an organization with something for every filter.
func crowded(t *testing.T) *neontest.Server {
	t.Helper()
	sim := simulate(t, func(c *neontest.Config) { c.KeepAcceptedInvitations = true })
	sim.AddAPIKey("website-ci", "")
	sim.AddInvitation("new@example.com", "viewer")
	sim.AddInvitation("old@example.com", "member")
	sim.AddInvitation("old@example.com", "editor")
	sim.AddInvitation("joined@example.com", "collaborator")
	if err := sim.Accept("joined@example.com"); err != nil {
		t.Fatal(err)
	}
	sim.SetRole("data@example.com", "member")
	sim.Deactivate("audit@example.com")
	sim.AddVPCEndpoint(region, vpce3, "staging")
	sim.AddVPCEndpoint(region, vpce1, "main")
	sim.AddVPCEndpoint("aws-eu-central-1", vpce2, "old")
	for email, role := range map[string]string{"dev@example.com": "viewer", "audit@example.com": "admin", "lead@example.com": "editor"} {
		mustGrant(t, sim, email, role)
	}
	return sim
}

func TestListResources(t *testing.T) {
	t.Parallel()
	sim := crowded(t)
	website := sim.Projects()[0].ID
	key := fmt.Sprint(liveKeys(sim, "website-ci")[1].ID)
	for _, c := range []struct {
		typ    string
		config object
		limit  int64
		want   []string
	}{
		{keyType, object{}, 0, []string{"pull-requests (1734101)", "website-ci (1734102, " + website + ")", "website-ci (" + key + ")"}},
		{keyType, object{"org_id": sim.OrgID()}, 1, []string{"pull-requests (1734101)"}},
		{keyType, object{"name": "website-ci"}, 0, []string{"website-ci (1734102, " + website + ")", "website-ci (" + key + ")"}},
		{keyType, object{"name": "website-ci"}, 1, []string{"website-ci (1734102, " + website + ")"}},
		{keyType, object{"name": "website"}, 0, nil},
		{keyType, object{"project_id": website}, 0, []string{"website-ci (1734102, " + website + ")"}},
		{keyType, object{"organization_wide": true}, 0, []string{"pull-requests (1734101)", "website-ci (" + key + ")"}},
		{keyType, object{"organization_wide": false}, 100, []string{"website-ci (1734102, " + website + ")"}},
		{memberType, object{}, 0, []string{
			"audit@example.com (viewer, deactivated)", "data@example.com (member)", "dev@example.com (editor)", "joined@example.com (collaborator)",
			"lead@example.com (admin)", "new@example.com (viewer, pending)", "old@example.com (editor, pending)", "ops@example.com (admin)",
		}},
		{memberType, object{"role": "editor"}, 0, []string{"data@example.com (member)", "dev@example.com (editor)", "old@example.com (editor, pending)"}},
		{memberType, object{"role": "member", "status": "active"}, 0, []string{"data@example.com (member)", "dev@example.com (editor)"}},
		{memberType, object{"status": "pending"}, 0, []string{"new@example.com (viewer, pending)", "old@example.com (editor, pending)"}},
		{memberType, object{"status": "deactivated"}, 0, []string{"audit@example.com (viewer, deactivated)"}},
		{memberType, object{"role": "admin"}, 1, []string{"lead@example.com (admin)"}},
		{endpointType, object{}, 0, []string{"old (" + vpce2 + ", aws-eu-central-1)", "main (" + vpce1 + ", aws-us-east-1)", "staging (" + vpce3 + ", aws-us-east-1)"}},
		{endpointType, object{"region_id": region}, 1, []string{"main (" + vpce1 + ", aws-us-east-1)"}},
		{endpointType, object{"region_id": "aws-us-west-2"}, 0, nil},
		{invitationType, object{}, 0, []string{"joined@example.com (collaborator, accepted)", "new@example.com (viewer, pending)", "old@example.com (editor, pending)"}},
		{invitationType, object{"status": "accepted"}, 0, []string{"joined@example.com (collaborator, accepted)"}},
		{invitationType, object{"role": "member"}, 0, []string{"old@example.com (editor, pending)"}},
		{invitationType, object{"role": "member", "status": "accepted"}, 0, nil},
		{grantType, object{"project_id": website}, 0, []string{"audit@example.com (admin)", "dev@example.com (viewer)", "lead@example.com (editor)"}},
		{grantType, object{"project_id": website, "role": "viewer"}, 0, []string{"dev@example.com (viewer)"}},
		{grantType, object{"project_id": website, "org_id": sim.OrgID()}, 1, []string{"audit@example.com (admin)"}},
		{grantType, object{"project_id": warehouse}, 0, nil},
	} {
		results, diags := admin(t, sim, nil).list(c.typ, c.config, c.limit, false)
		diags.none(t)
		if got := titles(results); !slices.Equal(got, c.want) {
			t.Errorf("%s %v, at most %d: %q, want %q", c.typ, c.config, c.limit, got, c.want)
		}
		for _, result := range results {
			if !result.resource.IsNull() {
				t.Errorf("%s: the whole resource, which nobody has asked for", c.typ)
			}
		}
	}
}

// What is listed is what an import would bring, so that Terraform can write the configuration of it.
func TestListedResourcesAreWhatAnImportBrings(t *testing.T) {
	t.Parallel()
	sim := crowded(t)
	for _, typ := range []string{keyType, memberType, invitationType, endpointType} {
		p := admin(t, sim, nil)
		results, diags := p.list(typ, object{}, 0, true)
		diags.none(t)
		if len(results) < 3 {
			t.Errorf("%s: %d results", typ, len(results))
		}
		for _, result := range results {
			identity := object{}
			for name, value := range p.identity(typ, result.identity) {
				identity[name] = value
			}
			imported, diags := p.importIdentity(typ, identity)
			diags.none(t)
			if !result.resource.Equal(imported.value) {
				t.Errorf("%s %s:\nlisted   %s\nimported %s", typ, result.title, result.resource, imported.value)
			}
		}
	}
}

// The simulator's pages have three members.
func TestListResourcesPagesAndSharesRequests(t *testing.T) {
	t.Parallel()
	sim := simulate(t, func(c *neontest.Config) { c.ExtraMembers = 20 })
	sim.AddInvitation("new@example.com", "viewer")
	p := admin(t, sim, nil)
	var blocks sync.WaitGroup
	for _, role := range []any{nil, "admin", "editor", "viewer"} {
		for _, typ := range []string{memberType, invitationType} {
			blocks.Go(func() {
				results, diags := p.list(typ, object{"role": role}, 0, true)
				if len(diags) > 0 || typ == memberType && role == nil && len(results) != 26 {
					t.Errorf("%s: %d results, %v", typ, len(results), diags)
				}
			})
		}
		blocks.Go(func() {
			if _, diags := p.list(keyType, object{}, 0, true); len(diags) > 0 {
				t.Error(diags)
			}
		})
	}
	blocks.Wait()
	for route, want := range map[string]int{
		"GET /organizations/{org_id}/members":     9, // 25 people by 3
		"GET /organizations/{org_id}/invitations": 1,
		"GET /organizations/{org_id}/api_keys":    1,
	} {
		if n := sim.Count(route); n != want {
			t.Errorf("%s: %d requests, want %d", route, n, want)
		}
	}
}

func TestListErrorsAreResults(t *testing.T) {
	t.Parallel()
	for typ, summaries := range map[string]map[string]string{
		keyType:        {"GET /organizations/{org_id}/api_keys": "Cannot list the API keys of org-example-12345678"},
		memberType:     {"GET /organizations/{org_id}/members": "Cannot list the members of org-example-12345678", "GET /organizations/{org_id}/invitations": "Cannot list the invitations of org-example-12345678"},
		endpointType:   {endpointsList: "Cannot list the VPC endpoints of org-example-12345678"},
		invitationType: {"GET /organizations/{org_id}/members": "Cannot list the members of org-example-12345678", "GET /organizations/{org_id}/invitations": "Cannot list the invitations of org-example-12345678"},
	} {
		for route, summary := range summaries {
			sim := simulate(t)
			sim.AddInvitation("new@example.com", "viewer")
			sim.AddFault(neontest.Fault{Route: route, Kind: neontest.FaultStatus, Status: 404, Message: "not found", N: -1})
			results, diags := admin(t, sim, nil).list(typ, object{}, 0, true)
			diags.wantError(t, summary, "the state stays unchanged")
			if len(results) > 0 || len(diags) != 1 {
				t.Errorf("%s: %d results beside the error, %v", typ, len(results), diags)
			}
		}
		sim := simulate(t)
		_, diags := start(t, object{"api_key": unknown}).list(typ, object{}, 0, false)
		diags.wantError(t, "Provider argument not known yet", "api_key")
		_, diags = start(t, object{"api_key": sim.ProjectKey(), "base_url": sim.URL()}).list(typ, object{}, 0, false)
		diags.wantError(t, "Project-scoped API key")
		_, diags = admin(t, sim, nil).list(typ, object{"org_id": "Example"}, 0, false)
		diags.wantError(t, "Invalid Attribute Value", "org_id")
	}
	sim := simulate(t)
	p := admin(t, sim, nil)
	_, diags := p.list(keyType, object{"project_id": "shiny-wind-12345678", "organization_wide": true}, 0, false)
	diags.wantError(t, "Invalid Attribute Combination", "project_id")
	for _, typ := range []string{memberType, invitationType} {
		for _, config := range []object{{"role": "Owner"}, {"status": "gone"}} {
			_, diags := p.list(typ, config, 0, false)
			diags.wantError(t, "Invalid Attribute Value")
		}
	}
}
