// Command schemajson prints the provider's schema in the form of "terraform providers schema -json".
//
// It asks the provider in-process, so that the documentation can be generated without a Terraform binary, and
// with what older ones leave out (identities, list resources and actions).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

func main() {
	address := flag.String("address", provider.Address, "provider address to print the schema under (tfplugindocs looks for the bare name)")
	flag.Parse()
	server := providerserver.NewProtocol6(provider.New("dev")())()
	if err := run(context.Background(), server, *address, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, server tfprotov6.ProviderServer, address string, out io.Writer) error {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return err
	}
	for _, d := range append(schemas.Diagnostics, identities.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	// Rather nothing than documentation that lacks a part.
	if len(schemas.Functions)+len(schemas.StateStoreSchemas) > 0 {
		return errors.New("the provider has functions or state stores: teach schemajson to print them")
	}

	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas: map[string]*tfjson.ProviderSchema{address: {
			ConfigSchema:             schema(schemas.Provider),
			ResourceSchemas:          each(schemas.ResourceSchemas, schema),
			DataSourceSchemas:        each(schemas.DataSourceSchemas, schema),
			EphemeralResourceSchemas: each(schemas.EphemeralResourceSchemas, schema),
			ListResourceSchemas:      each(schemas.ListResourceSchemas, schema),
			ActionSchemas:            each(schemas.ActionSchemas, action),
			ResourceIdentitySchemas:  each(identities.IdentitySchemas, identity),
		}},
	})
}

func each[In, Out any](in map[string]*In, convert func(*In) *Out) map[string]*Out {
	out := make(map[string]*Out, len(in))
	for name, v := range in {
		out[name] = convert(v)
	}
	return out
}

func schema(in *tfprotov6.Schema) *tfjson.Schema {
	return &tfjson.Schema{Version: uint64(in.Version), Block: block(in.Block)} //nolint:gosec // versions count from 0
}

func action(in *tfprotov6.ActionSchema) *tfjson.ActionSchema {
	return &tfjson.ActionSchema{Block: block(in.Schema.Block)}
}

func block(in *tfprotov6.SchemaBlock) *tfjson.SchemaBlock {
	blocks := make(map[string]*tfjson.SchemaBlockType, len(in.BlockTypes))
	for _, b := range in.BlockTypes {
		blocks[b.TypeName] = &tfjson.SchemaBlockType{
			NestingMode: tfjson.SchemaNestingMode(strings.ToLower(b.Nesting.String())), Block: block(b.Block),
			MinItems: uint64(b.MinItems), MaxItems: uint64(b.MaxItems), //nolint:gosec // numbers of blocks
		}
	}
	return &tfjson.SchemaBlock{
		Attributes: attributes(in.Attributes), NestedBlocks: blocks,
		Description: in.Description, DescriptionKind: kind(in.DescriptionKind), Deprecated: in.Deprecated,
	}
}

func attributes(in []*tfprotov6.SchemaAttribute) map[string]*tfjson.SchemaAttribute {
	out := make(map[string]*tfjson.SchemaAttribute, len(in))
	for _, a := range in {
		out[a.Name] = &tfjson.SchemaAttribute{
			Description: a.Description, DescriptionKind: kind(a.DescriptionKind), Deprecated: a.Deprecated,
			Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		}
		if a.NestedType == nil {
			out[a.Name].AttributeType = typeOf(a.Type)
			continue
		}
		out[a.Name].AttributeNestedType = &tfjson.SchemaNestedAttributeType{
			Attributes: attributes(a.NestedType.Attributes), NestingMode: tfjson.SchemaNestingMode(strings.ToLower(a.NestedType.Nesting.String())),
		}
	}
	return out
}

func identity(in *tfprotov6.ResourceIdentitySchema) *tfjson.IdentitySchema {
	attributes := map[string]*tfjson.IdentityAttribute{}
	out := &tfjson.IdentitySchema{Version: uint64(in.Version), Attributes: attributes} //nolint:gosec // versions count from 0
	for _, a := range in.IdentityAttributes {
		out.Attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType: typeOf(a.Type), Description: a.Description,
			RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport,
		}
	}
	return out
}

func kind(k tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	return tfjson.SchemaDescriptionKind(strings.ToLower(k.String()))
}

// typeOf is the same type in the words of another library. Both write it into JSON as Terraform does.
func typeOf(in tftypes.Type) (out cty.Type) {
	text, err := json.Marshal(in)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic(err) // a type that Terraform does not know
	}
	return out
}
