// Package provider is everything Terraform sees: the provider, its resources and its data sources.
package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Address is the provider's address in the registry.
const Address = "registry.terraform.io/dcbae579/neon"

type neonProvider struct {
	version string
}

var _ provider.Provider = (*neonProvider)(nil)

// New returns the factory of the provider; version goes into the user agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &neonProvider{version: version} }
}

func (p *neonProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "neon"
	resp.Version = p.version
}

func (p *neonProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p *neonProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *neonProvider) Resources(context.Context) []func() resource.Resource { return nil }

func (p *neonProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }
