package provider_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// column reads a data source, and returns one attribute of each object in its list.
func (p *process) column(typ, list, attribute string, config object) (values []string) {
	p.t.Helper()
	valueType := p.schema.DataSourceSchemas[typ].ValueType()
	block := p.dynamic(valueType, p.value(valueType, config))
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: typ, Config: block})
	if err != nil {
		p.t.Fatal(err)
	}
	messages(resp.Diagnostics).none(p.t)
	read, err := resp.State.Unmarshal(valueType)
	if err != nil {
		p.t.Fatal(err)
	}
	var objects []tftypes.Value
	if err := attributesOf(read)[list].As(&objects); err != nil {
		p.t.Fatal(err)
	}
	for _, object := range objects {
		values = append(values, attributeText(p.t, object, attribute))
	}
	return values
}

// The data source and the list resource have the same filters.
func TestAPIKeysAreFiltered(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	project := sim.Projects()[0].ID
	for _, key := range sim.APIKeys() {
		sim.RevokeAPIKey(key.ID)
	}
	sim.AddAPIKey("ci", "")
	sim.AddAPIKey("ci", project)
	sim.AddAPIKey("deploy", "")
	for _, test := range []struct {
		config object
		names  []string
	}{
		{object{}, []string{"ci", "ci", "deploy"}},
		{object{"name": "ci"}, []string{"ci", "ci"}},
		{object{"name": "c"}, nil},
		{object{"organization_wide": true}, []string{"ci", "deploy"}},
		{object{"organization_wide": false}, []string{"ci"}},
		{object{"name": "ci", "organization_wide": true}, []string{"ci"}},
		{object{"name": "ci", "project_id": project}, []string{"ci"}},
		{object{"name": "deploy", "project_id": project}, nil},
		{object{"name": "deploy", "created_by_email": "lead@example.com"}, []string{"deploy"}},
		{object{"name": "deploy", "created_by_email": "dev@example.com"}, nil},
	} {
		p := admin(t, sim, nil)
		if names := p.column("neon_organization_api_keys", "api_keys", "name", test.config); !slices.Equal(names, test.names) {
			t.Errorf("%v: the data source has %v, want %v", test.config, names, test.names)
		}
		if test.config["created_by_email"] != nil { // the list resource does not have it
			continue
		}
		results, diags := p.list(keyType, test.config, 0, false)
		diags.none(t)
		if len(results) != len(test.names) {
			t.Errorf("%v: the list resource has %v, want %v", test.config, titles(results), test.names)
		}
	}
	p := admin(t, sim, nil)
	valueType := p.schema.DataSourceSchemas["neon_organization_api_keys"].ValueType()
	resp, err := p.server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: "neon_organization_api_keys",
		Config:   p.dynamic(valueType, p.value(valueType, object{"project_id": project, "organization_wide": true})),
	})
	if err != nil {
		t.Fatal(err)
	}
	messages(resp.Diagnostics).wantError(t, "Invalid Attribute Combination", "organization_wide", "project_id")
}

// Lists are in an order that does not depend on Neon's.
func TestListsHaveAStableOrder(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	for range 6 { // their IDs are random
		sim.AddOrganization("One more")
	}
	sim.AddFault(neontest.Fault{
		Route: "GET /organizations/{org_id}/api_keys", Kind: neontest.FaultBody, N: -1,
		Body: `[{"id": 10, "name": "c"}, {"id": 9, "name": "b"}, {"id": 111, "name": "a"}]`,
	})
	sim.AddFault(neontest.Fault{
		Route: "GET /projects", Kind: neontest.FaultBody, N: -1,
		Body: `{"projects": [{"id": "old-moon-2", "name": "a"}, {"id": "bold-sun-1", "name": "b"}], "unavailable_project_ids": ["z-3", "y-4"]}`,
	})
	p := admin(t, sim, nil)
	if ids := p.column("neon_organization_api_keys", "api_keys", "id", object{}); !slices.Equal(ids, []string{"9", "10", "111"}) {
		t.Errorf("API keys are in the order %v", ids)
	}
	if ids := p.column("neon_projects", "projects", "id", object{}); !slices.Equal(ids, []string{"bold-sun-1", "old-moon-2"}) {
		t.Errorf("projects are in the order %v", ids)
	}
	if ids := p.column("neon_organizations", "organizations", "org_id", object{}); len(ids) < 6 || !slices.IsSorted(ids) {
		t.Errorf("organizations are in the order %v", ids)
	}
	results, diags := p.list(keyType, object{}, 0, false)
	diags.none(t)
	if found := titles(results); !slices.Equal(found, []string{"b (9)", "c (10)", "a (111)"}) {
		t.Errorf("the list resource has the order %v", found)
	}
}
