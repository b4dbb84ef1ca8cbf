package provider_test

import (
	"maps"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// assignment is the state of a provider that has VPC endpoints too.
func assignment(sim *neontest.Server, change object) source {
	attributes := map[string]any{
		"id": sim.OrgID() + "/" + region + "/" + vpce1, "org_id": sim.OrgID(), "region_id": region, "vpc_endpoint_id": vpce1, "label": "main",
	}
	maps.Copy(attributes, change)
	return source{"registry.terraform.io/kislerdm/neon", "neon_vpc_endpoint_assignment", 0, attributes}
}

func TestVPCEndpointMovesFromOtherProviders(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*source){
		"kislerdm":                       func(*source) {},
		"neondatabase":                   func(s *source) { s.address = "registry.opentofu.org/neondatabase/neon" },
		"an older schema, a hash as id":  func(s *source) { s.version, s.attributes["id"] = 1, "1832947" },
		"attributes that we do not know": func(s *source) { s.attributes["timeouts"] = map[string]any{"create": "5m"} },
		"another label by now":           func(s *source) { s.attributes["label"] = "old" },
		"no label":                       func(s *source) { delete(s.attributes, "label") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			sim.AddVPCEndpoint(region, vpce1, "main")
			from := assignment(sim, nil)
			change(&from)
			w := contract(t, sim, nil, nil)
			moved, diags := w.process().move(from, endpointType)
			diags.none(t)
			w.instances["a"] = instance{typ: endpointType, state: moved}
			config := configuration{"a": endpoint(vpce1, object{"org_id": sim.OrgID()})}
			if result := w.walk(config, nil); result.changes != 0 || len(result.all()) > 0 {
				t.Errorf("%d changes, %s", result.changes, result.all())
			}
			// The other provider deletes on a destroy; this one keeps.
			w.walk(configuration{}, nil).all().noErrors(t)
			wantWrites(t, sim)
			wantEndpoints(t, sim, vpce1+"=main")
		})
	}
}

func TestVPCEndpointMoveRefusals(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	for name, test := range map[string]struct {
		change  object
		typ     string
		summary string
	}{
		"a restriction":   {typ: "neon_vpc_endpoint_restriction", summary: "Cannot move a neon_vpc_endpoint_restriction here"},
		"a key":           {typ: "neon_org_api_key", summary: "Cannot move a neon_org_api_key here"},
		"no organization": {change: object{"org_id": ""}, summary: "Cannot move the VPC endpoint"},
		"no region":       {change: object{"region_id": nil}, summary: "Cannot move the VPC endpoint"},
		"AWS's region":    {change: object{"region_id": "us-east-1"}, summary: "Cannot move the VPC endpoint"},
		"no endpoint":     {change: object{"vpc_endpoint_id": "svc"}, summary: "Cannot move the VPC endpoint"},
		"a path":          {change: object{"vpc_endpoint_id": "vpce-1/../../x"}, summary: "Cannot move the VPC endpoint"},
		"another form":    {change: object{"label": []string{"x"}}, summary: "Cannot move the VPC endpoint"},
	} {
		from := assignment(sim, test.change)
		if test.typ != "" {
			from.typ = test.typ
		}
		moved, diags := admin(t, sim, nil).move(from, endpointType)
		diags.wantError(t, test.summary, "import {")
		if !moved.value.IsNull() {
			t.Errorf("%s: %v", name, moved.value)
		}
	}
}
