// Command schemajson prints the provider's schema in the form of "terraform providers schema -json".
//
// It asks the provider in-process, so that the documentation can be generated without a Terraform binary, and
// with what older ones leave out (identities and list resources).
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

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

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
	if err := firstError(append(schemas.Diagnostics, identities.Diagnostics...)); err != nil {
		return err
	}
	// Rather nothing than documentation that lacks a part.
	if len(schemas.Functions)+len(schemas.ActionSchemas)+len(schemas.StateStoreSchemas) > 0 {
		return errors.New("the provider has functions, actions or state stores: teach schemajson to print them")
	}

	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document{
		FormatVersion: "1.0",
		Providers: map[string]providerSchema{address: {
			Provider:           convertSchema(schemas.Provider),
			Resources:          convertMap(schemas.ResourceSchemas, convertSchema),
			DataSources:        convertMap(schemas.DataSourceSchemas, convertSchema),
			EphemeralResources: convertMap(schemas.EphemeralResourceSchemas, convertSchema),
			ListResources:      convertMap(schemas.ListResourceSchemas, convertSchema),
			Identities:         convertMap(identities.IdentitySchemas, convertIdentity),
		}},
	})
}

func firstError(diagnostics []*tfprotov6.Diagnostic) error {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return nil
}

// The types below have the names and the order of Terraform's own output.

type document struct {
	FormatVersion string                    `json:"format_version"`
	Providers     map[string]providerSchema `json:"provider_schemas"`
}

type providerSchema struct {
	Provider           *schema              `json:"provider,omitempty"`
	Resources          map[string]*schema   `json:"resource_schemas,omitempty"`
	DataSources        map[string]*schema   `json:"data_source_schemas,omitempty"`
	EphemeralResources map[string]*schema   `json:"ephemeral_resource_schemas,omitempty"`
	ListResources      map[string]*schema   `json:"list_resource_schemas,omitempty"`
	Identities         map[string]*identity `json:"resource_identity_schemas,omitempty"`
}

type schema struct {
	Version int64  `json:"version"`
	Block   *block `json:"block"`
}

type block struct {
	Attributes      map[string]*attribute   `json:"attributes,omitempty"`
	Blocks          map[string]*nestedBlock `json:"block_types,omitempty"`
	Description     string                  `json:"description,omitempty"`
	DescriptionKind string                  `json:"description_kind"`
	Deprecated      bool                    `json:"deprecated,omitempty"`
}

type nestedBlock struct {
	Nesting  string `json:"nesting_mode"`
	Block    *block `json:"block"`
	MinItems int64  `json:"min_items,omitempty"`
	MaxItems int64  `json:"max_items,omitempty"`
}

type attribute struct {
	Type            tftypes.Type `json:"type,omitempty"`
	Nested          *nestedType  `json:"nested_type,omitempty"`
	Description     string       `json:"description,omitempty"`
	DescriptionKind string       `json:"description_kind"`
	Deprecated      bool         `json:"deprecated,omitempty"`
	Required        bool         `json:"required,omitempty"`
	Optional        bool         `json:"optional,omitempty"`
	Computed        bool         `json:"computed,omitempty"`
	Sensitive       bool         `json:"sensitive,omitempty"`
	WriteOnly       bool         `json:"write_only,omitempty"`
}

type nestedType struct {
	Attributes map[string]*attribute `json:"attributes"`
	Nesting    string                `json:"nesting_mode"`
}

type identity struct {
	Version    int64                         `json:"version"`
	Attributes map[string]*identityAttribute `json:"attributes"`
}

type identityAttribute struct {
	Type              tftypes.Type `json:"type"`
	Description       string       `json:"description,omitempty"`
	RequiredForImport bool         `json:"required_for_import,omitempty"`
	OptionalForImport bool         `json:"optional_for_import,omitempty"`
}

func convertMap[In, Out any](in map[string]*In, convert func(*In) *Out) map[string]*Out {
	out := make(map[string]*Out, len(in))
	for name, v := range in {
		out[name] = convert(v)
	}
	return out
}

func convertSchema(in *tfprotov6.Schema) *schema {
	return &schema{Version: in.Version, Block: convertBlock(in.Block)}
}

func convertBlock(in *tfprotov6.SchemaBlock) *block {
	blocks := make(map[string]*nestedBlock, len(in.BlockTypes))
	for _, b := range in.BlockTypes {
		blocks[b.TypeName] = &nestedBlock{
			Nesting:  strings.ToLower(b.Nesting.String()),
			Block:    convertBlock(b.Block),
			MinItems: b.MinItems,
			MaxItems: b.MaxItems,
		}
	}
	return &block{
		Attributes:      convertAttributes(in.Attributes),
		Blocks:          blocks,
		Description:     in.Description,
		DescriptionKind: strings.ToLower(in.DescriptionKind.String()),
		Deprecated:      in.Deprecated,
	}
}

func convertAttributes(in []*tfprotov6.SchemaAttribute) map[string]*attribute {
	out := make(map[string]*attribute, len(in))
	for _, a := range in {
		converted := &attribute{
			Type:            a.Type,
			Description:     a.Description,
			DescriptionKind: strings.ToLower(a.DescriptionKind.String()),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
		if a.NestedType != nil {
			converted.Nested = &nestedType{
				Attributes: convertAttributes(a.NestedType.Attributes),
				Nesting:    strings.ToLower(a.NestedType.Nesting.String()),
			}
		}
		out[a.Name] = converted
	}
	return out
}

func convertIdentity(in *tfprotov6.ResourceIdentitySchema) *identity {
	attributes := make(map[string]*identityAttribute, len(in.IdentityAttributes))
	for _, a := range in.IdentityAttributes {
		attributes[a.Name] = &identityAttribute{
			Type:              a.Type,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return &identity{Version: in.Version, Attributes: attributes}
}
