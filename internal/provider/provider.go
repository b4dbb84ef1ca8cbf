// Package provider is everything Terraform sees: the provider, its resources, data sources and ephemeral resources.
//
// Data flows one way: Terraform calls a resource, the resource asks the organization's one view
// (neon.Organization), and that asks Neon for what it does not know yet, or no longer.
package provider

import (
	"context"
	"crypto/x509"
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
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
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

// The environment variables that stand in for arguments.
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
)

// New returns the factory of the provider; version goes into the user agent.
func New(version string) func() provider.Provider {
	factory, _ := NewSettling(version)
	return factory
}

// NewSettling is New, and a function for the time after serving: until ctx ends, it undoes what is under way and
// will not reach Terraform any more, such as the creation of an API key, and revokes the ephemeral keys that
// Terraform has not closed. The error names those that it could not revoke.
func NewSettling(version string) (factory func() provider.Provider, settle func(context.Context) error) {
	return NewAt(version, time.Now)
}

// NewAt is NewSettling with another clock, for tests: it decides when a rotating key is due.
func NewAt(version string, now func() time.Time) (factory func() provider.Provider, settle func(context.Context) error) {
	open := &clients{}
	return func() provider.Provider { return &neonProvider{version: version, clients: open, now: now} }, open.close
}

// clients are those of all provider configurations that the process has seen.
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
		MarkdownDescription: "Manages a [Neon](https://neon.com) organization: its API keys, its people and their roles, its invitations.",
		Attributes: map[string]schema.Attribute{
			"api_key": schema.StringAttribute{
				MarkdownDescription: "The Neon API key that authenticates every request. Creating API keys, inviting and removing people need the personal key of an " +
					"admin of the organization; an organization key can do the rest. Left out, the environment variable `" + envAPIKey + "` is used, which is the better place: " +
					"a value in the configuration, or in a variable that is not ephemeral, stands in every saved plan. The key is never logged.",
				Optional:  true,
				Sensitive: true,
			},
			"api_key_file": schema.StringAttribute{
				MarkdownDescription: "The path of a file that holds the API key and nothing else; blanks and line breaks around the key are ignored. It conflicts with `api_key`. " +
					"Left out, and without `" + envAPIKey + "`, the environment variable `" + envAPIKeyFile + "` is used. The file is read once in each run of the provider.",
				Optional: true,
			},
			"ca_cert_file": schema.StringAttribute{
				MarkdownDescription: "The path of a PEM file with certificates of authorities to trust beside those of the system, for networks that inspect encrypted traffic. " +
					"Left out, the environment variable `" + envCACertFile + "` is used.",
				Optional: true,
			},
			"key_type": schema.StringAttribute{
				MarkdownDescription: "The kind of key that `api_key` is: " + wordList(keyTypes) + ". Left out, Neon is asked (`GET /auth`) when the first resource needs it. " +
					"If given, it is checked then, and a key of another kind is an error.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(keyTypes...)},
			},
			"org_id": schema.StringAttribute{
				MarkdownDescription: "The id of the organization, as in `org-example-12345678` (Neon Console, Organization settings), for every resource and data source that does not name one itself. " +
					"Left out, the environment variable `" + envOrgID + "` is used. Without either, it is the organization that owns the organization key, or the only " +
					"organization of the person whose personal key it is; somebody with several must choose.",
				Optional:   true,
				Validators: []validator.String{orgIDValidator()},
			},
			"protected_members": schema.SetAttribute{
				MarkdownDescription: "E-mail addresses, in lower case, of people whom this provider never removes and never gives a lesser role, whatever the configuration says and whichever key is used. " +
					"A plan that would is an error. While the argument, or an address in it, is not known yet, everyone is protected. " +
					"The addresses in the environment variable `" + envProtectedMembers + "`, separated by commas, are protected as well. Default: none.",
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.Set{setvalidator.ValueStringsAre(emailValidator{})},
			},
			"read_only": schema.BoolAttribute{
				MarkdownDescription: "Whether to send nothing that changes the organization. Plans work as ever, and also with a key that could not apply them (one warning says so); every change at apply is refused. " +
					"Meant for jobs that plan pull requests. The environment variable `" + envReadOnly + "` (`true`, `false`, `1`, `0`) does the same: if either says so, the provider is read-only. Default: `false`.",
				Optional: true,
			},
			"base_url": schema.StringAttribute{
				MarkdownDescription: "The address of Neon's API, with its path. Left out, the environment variable `" + envBaseURL + "` is used, as in Neon's own CLI. Default: `" + neon.DefaultBaseURL + "`. " +
					"It must be an `https` address; `http` is accepted for this machine only (`127.0.0.1`, `localhost`, `[::1]`).",
				Optional:   true,
				Validators: []validator.String{baseURLValidator{}},
			},
			"allow_insecure_base_url": schema.BoolAttribute{
				MarkdownDescription: "Whether `base_url` may be an `http` address of another machine. The API key then travels unencrypted. Default: `false`.",
				Optional:            true,
			},
			"retry_timeout": schema.StringAttribute{
				MarkdownDescription: "How long an operation goes on trying after its first failure, as a duration like `30s` or `5m`. Only what Neon has not carried out is tried again: " +
					"reads, and changes answered with 429, 423 or 503. A `Retry-After` of Neon's is honoured within it. Default: `2m`.",
				Optional:   true,
				Validators: []validator.String{durationValidator{}},
			},
			"requests_per_minute": schema.Int64Attribute{
				MarkdownDescription: "How many requests a minute this provider configuration may send. Default: `700`, the limit that Neon publishes for an account. " +
					"Choose less where other programs, or further provider configurations, use the same account at the same time, and more only if Neon has raised your limits: " +
					"the creation of API keys, just under 10 a second, then grows along. At least 1.",
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
		},
	}
}

// ValidateConfig checks what needs more than one argument, or what only an argument's presence can tell.
func (p *neonProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !config.APIKey.IsNull() && !config.APIKey.IsUnknown() {
		checkAPIKey(config.APIKey.ValueString(), "The argument api_key", &resp.Diagnostics)
	}
	if !config.APIKey.IsNull() && !config.APIKeyFile.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("api_key_file"), "api_key and api_key_file are both set",
			"The API key can come from one of them. Remove the other, or leave both out and set the environment variable "+envAPIKey+".")
	}
	if !config.BaseURL.IsNull() && !config.BaseURL.IsUnknown() && !config.AllowInsecureBaseURL.IsUnknown() {
		checkInsecure(config.BaseURL.ValueString(), "The argument base_url", config.AllowInsecureBaseURL.ValueBool(), &resp.Diagnostics)
	}
}

// Configure makes no request, and does not fail for what may be known later.
func (p *neonProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	conn := &connection{owners: newOwnership(), protected: map[string]bool{}, now: p.now, walk: newNonce(), began: time.Now()}
	// Its bridge calls itself so in the Terraform version, and plans a create twice in one process.
	conn.owners.plansTwice = strings.Contains(req.TerraformVersion, "pulumi-terraform-bridge")
	diags := &resp.Diagnostics

	key := findKey(config, diags)
	baseURL := orEnv(config.BaseURL, envBaseURL)
	switch {
	case key.unknown != "":
		conn.unknown = key.unknown
	case diags.HasError(): // its file cannot be read
	case key.value.IsNull():
		diags.AddAttributeError(path.Root("api_key"), "No Neon API key",
			"The provider needs an API key, and has none: neither the argument api_key nor api_key_file is set, and neither is the environment variable "+envAPIKey+" or "+envAPIKeyFile+".\n\n"+
				"Create a personal API key in the Neon Console (Account settings, API keys) and set\n\n    export "+envAPIKey+"=...\n")
	default:
		checkAPIKey(key.value.ValueString(), key.from, diags)
	}
	roots := (*x509.CertPool)(nil)
	if config.CACertFile.IsUnknown() {
		conn.unknown = "ca_cert_file"
	} else {
		roots = findCertificates(config.CACertFile, diags)
	}
	switch {
	case baseURL.IsUnknown():
		conn.unknown = "base_url"
	case !baseURL.IsNull():
		from := source(config.BaseURL, "base_url", envBaseURL)
		if problem := baseURLProblem(baseURL.ValueString()); problem != "" {
			diags.AddAttributeError(path.Root("base_url"), "Invalid base URL", from+" "+problem)
		} else {
			checkInsecure(baseURL.ValueString(), from, config.AllowInsecureBaseURL.ValueBool(), diags)
		}
	}

	conn.orgID = orEnv(config.OrgID, envOrgID)
	if config.OrgID.IsNull() && !conn.orgID.IsNull() && !orgIDPattern.MatchString(conn.orgID.ValueString()) {
		diags.AddAttributeError(path.Root("org_id"), "Invalid organization id", fmt.Sprintf("The environment variable %s %s, not %q.", envOrgID, orgIDForm, conn.orgID.ValueString()))
	}
	conn.keyType = neon.KeyType(config.KeyType.ValueString())
	conn.configureGuards(config, diags)
	retryTimeout, _ := time.ParseDuration(config.RetryTimeout.ValueString()) // validated; zero means the default
	if diags.HasError() {
		return
	}

	if conn.unknown == "" {
		conn.client = neon.NewClient(neon.Config{
			BaseURL:           baseURL.ValueString(),
			APIKey:            neon.Secret(key.value.ValueString()),
			UserAgent:         fmt.Sprintf("terraform-provider-neon/%s terraform/%s", p.version, req.TerraformVersion),
			RetryTimeout:      retryTimeout,
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
}

// configureGuards reads what keeps the provider from writing. Where an argument and an environment variable both
// speak, the stricter one wins: a pull request must not switch a job's safety off.
func (c *connection) configureGuards(config providerModel, diags *diag.Diagnostics) {
	c.readOnly = config.ReadOnly.ValueBool()
	if text := os.Getenv(envReadOnly); text != "" {
		value, err := strconv.ParseBool(text)
		if err != nil {
			diags.AddAttributeError(path.Root("read_only"), "Invalid read-only setting", fmt.Sprintf("The environment variable %s must be true or false, not %q.", envReadOnly, text))
		}
		c.readOnly = c.readOnly || value
	}
	c.readOnlyUnknown = config.ReadOnly.IsUnknown() && !c.readOnly
	c.protectsAll = config.ProtectedMembers.IsUnknown()
	for _, element := range config.ProtectedMembers.Elements() {
		email, ok := element.(types.String)
		if !ok || email.IsUnknown() {
			c.protectsAll = true
			continue
		}
		c.protected[email.ValueString()] = true
	}
	for _, part := range strings.Split(os.Getenv(envProtectedMembers), ",") {
		email := strings.TrimSpace(part)
		if email == "" {
			continue
		}
		if problem := emailProblem(email); problem != "" {
			diags.AddAttributeError(path.Root("protected_members"), "Invalid protected member", fmt.Sprintf("In the environment variable %s, %s", envProtectedMembers, problem))
		}
		c.protected[email] = true
	}
}

func (p *neonProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newAPIKeyResource,
		newRotatingAPIKeyResource,
		newMemberResource,
		newMembersExclusiveResource,
		newInvitationResource,
	}
}

func (p *neonProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		func() list.ListResource { return &apiKeyResource{} },
		func() list.ListResource { return &memberResource{} },
		func() list.ListResource { return &invitationResource{} },
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
		newCallerIdentityDataSource,
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

// source names where a value came from, for the beginning of a sentence.
func source(argument types.String, name, env string) string {
	if argument.IsNull() {
		return "The environment variable " + env
	}
	return "The argument " + name
}

func checkAPIKey(key, from string, diags *diag.Diagnostics) {
	switch {
	case key == "":
		diags.AddAttributeError(path.Root("api_key"), "Empty Neon API key",
			from+" is an empty string. Often a CI variable or secret of that name does not exist, or is not passed to this job.")
	case strings.ContainsAny(key[:1]+key[len(key)-1:], "\"'`"):
		diags.AddAttributeError(path.Root("api_key"), "Neon API key in quotes",
			from+" begins or ends with a quotation mark, which is not part of any API key. Often a .env file or a CI secret was written with quotes, which are taken literally there. Remove them.")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		diags.AddAttributeError(path.Root("api_key"), "Malformed Neon API key",
			from+" contains a space, a line break or another character that no API key has. Often the line break at the end of a file came along; trimspace() removes it.")
	}
}

func checkInsecure(rawURL, from string, allowed bool, diags *diag.Diagnostics) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "http" || allowed {
		return
	}
	if host := u.Hostname(); host == "localhost" || net.ParseIP(host).IsLoopback() {
		return
	}
	diags.AddAttributeError(path.Root("base_url"), "Unencrypted base URL",
		fmt.Sprintf("%s is %q: the API key would travel to another machine unencrypted, so nothing is sent. Use an https address. "+
			"If you are sure that the network is trustworthy, set allow_insecure_base_url = true.", from, rawURL))
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
