package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TestEverythingIsDescribed walks the schema of everything that Terraform sees.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	p := start(t, object{"api_key": "napi_x"})
	var attributes func(where string, list []*tfprotov6.SchemaAttribute)
	attributes = func(where string, list []*tfprotov6.SchemaAttribute) {
		for _, attribute := range list {
			at := where + "." + attribute.Name
			if len(attribute.Description) < 10 || attribute.DescriptionKind != tfprotov6.StringKindMarkdown {
				t.Errorf("%s has the description %q", at, attribute.Description)
			}
			if attribute.NestedType != nil {
				attributes(at, attribute.NestedType.Attributes)
			}
		}
	}
	block := func(where string, schema *tfprotov6.Schema) {
		if len(schema.Block.Description) < 40 {
			t.Errorf("%s has the description %q", where, schema.Block.Description)
		}
		attributes(where, schema.Block.Attributes)
	}
	block("provider", p.schema.Provider)
	for name, schema := range p.schema.ResourceSchemas {
		block(name, schema)
	}
	for name, schema := range p.schema.DataSourceSchemas {
		block("data."+name, schema)
	}
	for name, schema := range p.schema.EphemeralResourceSchemas {
		block("ephemeral."+name, schema)
	}
	if len(p.schema.EphemeralResourceSchemas) != 1 {
		t.Errorf("%d ephemeral resources", len(p.schema.EphemeralResourceSchemas))
	}
	for name, schema := range p.schema.ActionSchemas {
		block("action."+name, schema.Schema)
	}
	if len(p.schema.ActionSchemas) != 3 {
		t.Errorf("%d actions", len(p.schema.ActionSchemas))
	}
	for name, schema := range p.schema.ListResourceSchemas {
		block("list."+name, schema)
	}
	if len(p.schema.ListResourceSchemas) != 5 {
		t.Errorf("%d list resources", len(p.schema.ListResourceSchemas))
	}
	if len(p.schema.ResourceSchemas) != 8 || len(p.schema.DataSourceSchemas) != 11 {
		t.Errorf("%d resources and %d data sources", len(p.schema.ResourceSchemas), len(p.schema.DataSourceSchemas))
	}
}
