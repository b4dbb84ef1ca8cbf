package provider_test

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// secretStore stands in for AWS Secrets Manager: as much of its provider as the guides use, with the behaviour
// that matters. The value of a secret is write-only, another version of it replaces the resource of the
// version, and the end of that resource leaves the secret its value.
type secretStore struct {
	mu     sync.Mutex
	values map[string]string // by the name of the secret
	writes int
	closed bool
}

func newSecretStore() *secretStore { return &secretStore{values: map[string]string{}} }

// close makes writing fail.
func (s *secretStore) close(closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = closed
}

// secrets are the values by name.
func (s *secretStore) secrets() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values)
}

func (s *secretStore) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "aws"
}
func (s *secretStore) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (s *secretStore) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}
func (s *secretStore) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (s *secretStore) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return &storedSecret{s} },
		func() resource.Resource { return &storedVersion{s} },
	}
}

var fixed = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}

// storedSecret is aws_secretsmanager_secret.
type storedSecret struct{ store *secretStore }

func (r *storedSecret) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "aws_secretsmanager_secret"
}

func (r *storedSecret) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name": schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"id":   schema.StringAttribute{Computed: true, PlanModifiers: fixed},
	}}
}

func (r *storedSecret) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var name types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), name)...)
}
func (r *storedSecret) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}
func (r *storedSecret) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (r *storedSecret) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var name types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("name"), &name)...)
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	delete(r.store.values, name.ValueString())
}

// storedVersion is aws_secretsmanager_secret_version.
type storedVersion struct{ store *secretStore }

type storedVersionModel struct {
	SecretID types.String `tfsdk:"secret_id"`
	Value    types.String `tfsdk:"secret_string_wo"`
	Version  types.Int64  `tfsdk:"secret_string_wo_version"`
	ID       types.String `tfsdk:"id"`
}

func (r *storedVersion) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "aws_secretsmanager_secret_version"
}

func (r *storedVersion) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"secret_id":                schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"secret_string_wo":         schema.StringAttribute{Optional: true, Sensitive: true, WriteOnly: true},
		"secret_string_wo_version": schema.Int64Attribute{Optional: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()}},
		"id":                       schema.StringAttribute{Computed: true, PlanModifiers: fixed},
	}}
}

func (r *storedVersion) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan storedVersionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...) // only the configuration has what is write-only
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	if r.store.closed {
		resp.Diagnostics.AddError("The store is closed", plan.SecretID.ValueString())
		return
	}
	r.store.values[plan.SecretID.ValueString()] = config.Value.ValueString()
	r.store.writes++
	plan.ID = types.StringValue(fmt.Sprintf("%s|%d", plan.SecretID.ValueString(), r.store.writes))
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}
func (r *storedVersion) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}
func (r *storedVersion) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}
func (r *storedVersion) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
