// Package provider contains the Terraform provider: its resources, data sources, ephemeral resources and actions.
//
// Terraform calls a resource, and the resource uses the shared view of the organization (neon.Organization),
// which sends requests to Neon and shares the responses among all resources.
package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// Address is the provider's address in the registry.
const Address = "registry.terraform.io/dcbae579/neon"

// The environment variables for arguments that are not set.
const (
	envAPIKey     = "NEON_API_KEY"
	envOrgID      = "NEON_ORG_ID"
	envBaseURL    = "NEON_API_HOST"
	envReadOnly   = "NEON_READ_ONLY"
	envAPIKeyFile = "NEON_API_KEY_FILE"
	envCACertFile = "NEON_CA_CERT_FILE"

	envProtectedMembers = "NEON_PROTECTED_MEMBERS"
)

// keyTypes are the values of key_type.
var keyTypes = []string{string(neon.PersonalKey), string(neon.OrganizationKey)}

type neonProvider struct {
	version string
	clients *clients
	now     func() time.Time
}

var (
	_ provider.Provider                       = (*neonProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*neonProvider)(nil)
	_ provider.ProviderWithListResources      = (*neonProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*neonProvider)(nil)
	_ provider.ProviderWithActions            = (*neonProvider)(nil)
)

// New returns the factory of the provider. version is part of the user agent.
func New(version string) func() provider.Provider {
	factory, _ := NewSettling(version)
	return factory
}

// NewSettling is New with a function to call after serving. Until ctx ends, it undoes operations in progress that
// Terraform will not see, such as the creation of an API key, and revokes ephemeral keys that
// Terraform has not closed. The error names the keys that it could not revoke.
func NewSettling(version string) (factory func() provider.Provider, settle func(context.Context) error) {
	return NewAt(version, time.Now)
}

// NewAt is NewSettling with another clock, for tests: it decides when a rotating key is due.
func NewAt(version string, now func() time.Time) (factory func() provider.Provider, settle func(context.Context) error) {
	open := &clients{}
	return func() provider.Provider { return &neonProvider{version: version, clients: open, now: now} }, open.close
}

// clients are the clients of all provider configurations in the process.
type clients struct {
	mu   sync.Mutex
	list []*neon.Client
}

func (c *clients) add(client *neon.Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, client)
}

func (c *clients) close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	errs := make([]error, len(c.list))
	var wait sync.WaitGroup
	for i, client := range c.list {
		wait.Go(func() { errs[i] = client.Close(ctx) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

type providerModel struct {
	APIKey               types.String `tfsdk:"api_key"`
	APIKeyFile           types.String `tfsdk:"api_key_file"`
	CACertFile           types.String `tfsdk:"ca_cert_file"`
	KeyType              types.String `tfsdk:"key_type"`
	OrgID                types.String `tfsdk:"org_id"`
	ProtectedMembers     types.Set    `tfsdk:"protected_members"`
	ReadOnly             types.Bool   `tfsdk:"read_only"`
	BaseURL              types.String `tfsdk:"base_url"`
	AllowInsecureBaseURL types.Bool   `tfsdk:"allow_insecure_base_url"`
	RetryTimeout         types.String `tfsdk:"retry_timeout"`
	RequestsPerMinute    types.Int64  `tfsdk:"requests_per_minute"`
}

func (p *neonProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "neon"
	resp.Version = p.version
}

func (p *neonProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a [Neon](https://neon.com) organization: its members and their roles, " +
			"invitations, API keys, project roles, spending limit and VPC endpoints.",
		Attributes: map[string]schema.Attribute{
			"api_key": schema.StringAttribute{
				MarkdownDescription: "The Neon API key that authenticates every request. " +
					"To create API keys, and to invite and remove people, it must be the personal key of an admin of the organization; " +
					"an organization key can do the rest. Default: the environment variable `" + envAPIKey + "`, which is recommended, because " +
					"saved plans store a value in the configuration or in a variable that is not ephemeral. The key is never logged.",
				Optional:  true,
				Sensitive: true,
			},
			"api_key_file": schema.StringAttribute{
				MarkdownDescription: "The path of a file that contains only the API key; leading and trailing blanks and line breaks " +
					"are ignored. " +
					"It conflicts with `api_key`. Default, if `" + envAPIKey + "` is not set: the environment variable `" + envAPIKeyFile + "`. " +
					"The provider reads the file once in each run.",
				Optional: true,
			},
			"ca_cert_file": schema.StringAttribute{
				MarkdownDescription: "The path of a PEM file with certificates of authorities to trust in addition to the system's, " +
					"for networks that inspect encrypted traffic. Default: the environment variable `" + envCACertFile + "`.",
				Optional: true,
			},
			"key_type": schema.StringAttribute{
				MarkdownDescription: "The type of the API key: " + wordList(keyTypes) + ". " +
					"If set, a key of another type is an error when the first resource uses the key. Default: the type that Neon returns (`GET /auth`).",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(keyTypes...)},
			},
			"org_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the organization, as in `org-example-12345678` (Neon Console > Organization > Settings), " +
					"for every resource and data source that does not set `org_id`. Default: the environment variable `" + envOrgID + "`, " +
					"then the organization of the organization key, or the only organization of the personal key's owner. " +
					"Required if the owner belongs to several organizations.",
				Optional:   true,
				Validators: []validator.String{orgIDValidator()},
			},
			"protected_members": schema.SetAttribute{
				MarkdownDescription: "E-mail addresses, in lower case, of people that this provider never removes or demotes, " +
					"regardless of the configuration and the key. A plan that would do so fails. " +
					"While the argument, or an address in it, is unknown, everyone is protected. " +
					"The environment variable `" + envProtectedMembers + "` adds more addresses, separated by commas. Default: none.",
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.Set{setvalidator.ValueStringsAre(emailValidator{})},
			},
			"read_only": schema.BoolAttribute{
				MarkdownDescription: "Whether to refuse every change of the organization. Plans work, even with a key " +
					"that cannot apply them " +
					"(a warning says so). Every change at apply is an error, and so is an enabled ephemeral API key. " +
					"Use it in jobs that plan pull requests. " +
					"The environment variable `" + envReadOnly + "` (`true`, `false`, `1`, `0`) has the same effect: the provider is read-only if " +
					"either is true. Default: `false`.",
				Optional: true,
			},
			"base_url": schema.StringAttribute{
				MarkdownDescription: "The address of Neon's API, with its path. It must be an `https` address; " +
					"`http` is accepted for this machine only (`127.0.0.1`, `localhost`, `[::1]`). " +
					"Default: the environment variable `" + envBaseURL + "`, as in Neon's CLI, then `" + neon.DefaultBaseURL + "`.",
				Optional:   true,
				Validators: []validator.String{baseURLValidator{}},
			},
			"allow_insecure_base_url": schema.BoolAttribute{
				MarkdownDescription: "Whether `base_url` may be an `http` address of another machine. The provider then sends the API key unencrypted. " +
					"Default: `false`.",
				Optional: true,
			},
			"retry_timeout": schema.StringAttribute{
				MarkdownDescription: "How long an operation keeps trying after its first failure, as a duration like `30s` or `5m`. " +
					"The provider repeats reads, changes that Neon refused with 429, 423 or 503, " +
					"and changes without a response, if Neon's lists show that they were not carried out. " +
					"Within this time, it honors Neon's `Retry-After` header. Default: `2m`.",
				Optional:   true,
				Validators: []validator.String{durationValidator{}},
			},
			"requests_per_minute": schema.Int64Attribute{
				MarkdownDescription: "How many requests a minute this provider configuration may send. Default: " +
					"`700`, the limit that Neon publishes for an account. " +
					"Lower it if other programs or provider configurations use the same account at the same time. " +
					"Raise it only if Neon has raised your limits: the rate of creating API keys, just under 10 a second, rises in " +
					"proportion. At least 1.",
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
		},
	}
}

// ValidateConfig checks combinations and the presence of arguments.
func (p *neonProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var config providerModel
	diags := &resp.Diagnostics
	diags.Append(req.Config.Get(ctx, &config)...)
	if diags.HasError() {
		return
	}
	if !config.APIKey.IsNull() && !config.APIKey.IsUnknown() {
		diags.Append(checkAPIKey(config.APIKey.ValueString(), setByArgument("api_key"))...)
	}
	if !config.APIKey.IsNull() && !config.APIKeyFile.IsNull() {
		diags.Append(keyAndFile())
	}
	if !config.BaseURL.IsNull() && !config.BaseURL.IsUnknown() && !config.AllowInsecureBaseURL.IsUnknown() {
		diags.Append(checkInsecure(config.BaseURL.ValueString(), setByArgument("base_url"), config.AllowInsecureBaseURL.ValueBool())...)
	}
}

// Configure sends no request, and does not fail for values that are still unknown.
func (p *neonProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	diags := &resp.Diagnostics
	diags.Append(req.Config.Get(ctx, &config)...)
	if diags.HasError() {
		return
	}
	key, keyUnknown, keyDiags := configuredAPIKey(config)
	roots, rootsUnknown, rootsDiags := configuredCertificates(config.CACertFile)
	baseURL, baseURLUnknown, baseURLDiags := configuredBaseURL(config)
	orgID, orgDiags := configuredOrgID(config)
	conn := &connection{
		unknown: cmp.Or(baseURLUnknown, rootsUnknown, keyUnknown),
		keyType: neon.KeyType(config.KeyType.ValueString()), orgID: orgID,
		owners: newOwnership(), grants: newOwnership(), things: newThings(), now: p.now, walk: newNonce(), began: time.Now(),
	}
	// Its bridge calls itself so in the Terraform version, and plans a create twice in one process.
	conn.owners.plansTwice = strings.Contains(req.TerraformVersion, "pulumi-terraform-bridge")
	conn.grants.plansTwice = conn.owners.plansTwice
	conn.things.plansTwice = conn.owners.plansTwice
	for _, found := range []diag.Diagnostics{keyDiags, rootsDiags, baseURLDiags, orgDiags, conn.configureGuards(config)} {
		diags.Append(found...)
	}
	if diags.HasError() {
		return
	}
	if conn.unknown == "" {
		conn.client = neon.NewClient(neon.Config{
			BaseURL:           baseURL,
			APIKey:            key,
			UserAgent:         fmt.Sprintf("terraform-provider-neon/%s terraform/%s", p.version, req.TerraformVersion),
			RetryTimeout:      durationOf(config.RetryTimeout), // zero means the default
			RequestsPerMinute: int(config.RequestsPerMinute.ValueInt64()),
			RootCAs:           roots,
			Observe:           logAttempt,
		})
		p.clients.add(conn.client)
	}
	resp.ResourceData = conn
	resp.DataSourceData = conn
	resp.ListResourceData = conn
	resp.EphemeralResourceData = conn
	resp.ActionData = conn
}

// configuredBaseURL is empty for Neon's own.
func configuredBaseURL(config providerModel) (address, unknown string, diags diag.Diagnostics) {
	value, from := orEnv(config.BaseURL, envBaseURL), setByArgument("base_url")
	if config.BaseURL.IsNull() {
		from = setByEnvironment(envBaseURL)
	}
	switch {
	case value.IsUnknown():
		return "", "base_url", nil
	case value.IsNull():
		return "", "", nil
	}
	address = value.ValueString()
	if problem := baseURLProblem(address); problem != "" {
		return "", "", diag.Diagnostics{wrongBaseURL(from, problem)}
	}
	return address, "", checkInsecure(address, from, config.AllowInsecureBaseURL.ValueBool())
}

// checkInsecure refuses to send the API key to another machine unencrypted.
func checkInsecure(address, from string, allowed bool) diag.Diagnostics {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || allowed {
		return nil
	}
	if host := u.Hostname(); host == "localhost" || net.ParseIP(host).IsLoopback() {
		return nil
	}
	return diag.Diagnostics{unencryptedBaseURL(from, address)}
}

// configuredOrgID may be null or unknown.
func configuredOrgID(config providerModel) (types.String, diag.Diagnostics) {
	orgID := orEnv(config.OrgID, envOrgID)
	if config.OrgID.IsNull() && !orgID.IsNull() && !orgIDPattern.MatchString(orgID.ValueString()) {
		return orgID, diag.Diagnostics{invalidOrgIDVariable(orgID.ValueString())}
	}
	return orgID, nil
}

// configureGuards reads the settings of the guards. If an argument and an environment variable are both
// set, the stricter one wins: a pull request must not switch a job's safety off.
func (c *connection) configureGuards(config providerModel) (diags diag.Diagnostics) {
	c.readOnly = config.ReadOnly.ValueBool()
	if text := os.Getenv(envReadOnly); text != "" {
		value, err := strconv.ParseBool(text)
		if err != nil {
			diags.Append(invalidReadOnly(text))
		}
		c.readOnly = c.readOnly || value
	}
	c.readOnlyUnknown = config.ReadOnly.IsUnknown() && !c.readOnly
	c.protected = map[string]bool{}
	c.protectsAll = config.ProtectedMembers.IsUnknown()
	for _, element := range config.ProtectedMembers.Elements() {
		email, ok := element.(types.String)
		if !ok || email.IsUnknown() {
			c.protectsAll = true
			continue
		}
		c.protected[email.ValueString()] = true
	}
	for part := range strings.SplitSeq(os.Getenv(envProtectedMembers), ",") {
		email := strings.TrimSpace(part)
		if email == "" {
			continue
		}
		if problem := emailProblem(email); problem != "" {
			diags.Append(invalidProtectedMember(problem))
		}
		c.protected[email] = true
	}
	return diags
}

func (p *neonProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newAPIKeyResource,
		newRotatingAPIKeyResource,
		newMemberResource,
		newMembersExclusiveResource,
		newInvitationResource,
		newProjectMemberRoleResource,
		newSpendingLimitResource,
		newVPCEndpointResource,
	}
}

func (p *neonProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		func() list.ListResource { return &apiKeyResource{} },
		func() list.ListResource { return &memberResource{} },
		func() list.ListResource { return &invitationResource{} },
		func() list.ListResource { return &projectMemberRoleResource{} },
		func() list.ListResource { return &vpcEndpointResource{} },
	}
}

func (p *neonProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newOrganizationDataSource,
		newOrganizationsDataSource,
		newMembersDataSource,
		newMemberDataSource,
		newInvitationsDataSource,
		newAPIKeysDataSource,
		newProjectsDataSource,
		newProjectMembersDataSource,
		newSpendingLimitDataSource,
		newVPCEndpointsDataSource,
		newCallerIdentityDataSource,
	}
}

func (p *neonProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		newResendInvitationAction,
		newRevokeAPIKeyAction,
		newTransferProjectsAction,
	}
}

func (p *neonProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		newAPIKeyEphemeralResource,
	}
}

// orEnv is an argument, or its environment variable, or null. An empty variable counts as not set.
func orEnv(argument types.String, name string) types.String {
	if argument.IsNull() {
		if value := os.Getenv(name); value != "" {
			return types.StringValue(value)
		}
	}
	return argument
}

// logAttempt writes one line for each HTTP exchange to Terraform's log (TF_LOG=DEBUG).
func logAttempt(ctx context.Context, attempt neon.Attempt) {
	fields := map[string]any{
		"method": attempt.Method, "path": attempt.Path, "status": attempt.Status,
		"request_id": attempt.RequestID, "neon_request_id": attempt.NeonRequestID, "duration_ms": attempt.Duration.Milliseconds(),
	}
	if attempt.Err != nil {
		fields["error"] = attempt.Err.Error()
	}
	tflog.Debug(ctx, "Neon API request", fields)
}

// wordList renders values for a description: `a`, `b` or `c`.
func wordList(words []string) string {
	quoted := slices.Clone(words)
	for i := range quoted {
		quoted[i] = "`" + quoted[i] + "`"
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
}
