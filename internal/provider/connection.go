package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// connection is what Configure hands to the types: one for each provider configuration and walk.
type connection struct {
	client    *neon.Client // nil while unknown names the argument that is not known yet
	unknown   string
	keyType   neon.KeyType // as configured; empty if Neon is to tell
	orgID     types.String // as configured; may be null or unknown
	protected map[string]bool
	owners    *ownership
	now       func() time.Time
	walk      string    // names this walk
	began     time.Time // when it was configured
	readOnly  bool

	protectsAll     bool // protected_members is not known yet: everyone is
	readOnlyUnknown bool // nothing is written, and no guard is softened

	mu            sync.Mutex
	told          map[string]bool
	unknownOnce   sync.Once
	lesserOnce    sync.Once
	protectedOnce sync.Once
}

// known reports whether requests can be made at all.
func (c *connection) known() bool { return c != nil && c.client != nil }

// key returns what kind of key it is, after checking that the provider's configuration agrees.
func (c *connection) key(ctx context.Context) (neon.Key, diag.Diagnostics) {
	var diags diag.Diagnostics
	if !c.known() {
		diags.AddError("Provider argument not known yet", fmt.Sprintf("The provider's argument %s depends on something that is known only after apply, so Neon cannot be asked now. "+
			"Apply what it depends on first (terraform apply -target=...), or take the value from a variable or the environment.", c.unknown))
		return neon.Key{}, diags
	}
	key, err := c.client.Key(ctx)
	switch {
	case err != nil:
		diags.Append(failure("Cannot find out whose Neon API key this is", err))
	case c.keyType != "" && key.KeyType != c.keyType:
		caller, err := c.client.Caller(ctx)
		if err != nil {
			caller.Key = key
		}
		c.problem(&diags, "Wrong key_type", fmt.Sprintf("The provider is configured with key_type = %q, but Neon says that the key is %s. "+
			"Correct key_type, or leave it out, or use another key (argument api_key or environment variable %s).", c.keyType, keyWords(caller), envAPIKey))
	}
	return key, diags
}

// caller returns whose key it is, after checking that the provider's configuration agrees. It is for what
// depends on the person: the kind of key is cheaper to find out.
func (c *connection) caller(ctx context.Context) (neon.Caller, diag.Diagnostics) {
	_, diags := c.key(ctx)
	if diags.HasError() {
		return neon.Caller{}, diags
	}
	caller, err := c.client.Caller(ctx)
	if err != nil {
		diags.Append(failure("Cannot find out whose Neon API key this is", err))
	}
	return caller, diags
}

// problem reports what is wrong with the provider's configuration: in full once, and in short to every
// further resource that meets it.
func (c *connection) problem(diags *diag.Diagnostics, summary, detail string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told[summary] {
		detail = "The same problem of the provider's configuration that is explained with another resource or data source of this run."
	} else if c.told == nil {
		c.told = map[string]bool{}
	}
	c.told[summary] = true
	diags.AddError(summary, detail)
}

func keyWords(caller neon.Caller) string {
	switch {
	case caller.KeyType == neon.PersonalKey && caller.Email == "":
		return "a personal key"
	case caller.KeyType == neon.PersonalKey:
		return "the personal key of " + caller.Email
	case caller.KeyType == neon.OrganizationKey:
		return "an organization key of " + caller.OrgID
	default:
		return "a project-scoped key of " + caller.OrgID
	}
}

// organization returns the view of the organization that a resource or data source names, or of the
// provider's. What cannot work with this key is told here, before anything else is asked.
func (c *connection) organization(ctx context.Context, named types.String) (*neon.Organization, diag.Diagnostics) {
	if id := named.ValueString(); id != "" && !orgIDPattern.MatchString(id) { // validated in a configuration, but not in a state
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Invalid organization id", fmt.Sprintf(
			"The state or the import has the organization id %q, and an organization id %s. Nothing was sent to Neon. Check the state for changes by hand.", id, orgIDForm))}
	}
	key, diags := c.key(ctx)
	if diags.HasError() {
		return nil, diags
	}
	if key.KeyType == neon.ProjectKey {
		c.problem(&diags, "Project-scoped API key", fmt.Sprintf("The provider's key is %s. Such a key sees only its own project: it can neither read nor change the organization. "+
			"Use the personal key of an admin, or an organization-wide key (argument api_key or environment variable %s).", keyWords(neon.Caller{Key: key}), envAPIKey))
		return nil, diags
	}
	id, orgDiags := c.resolveOrgID(ctx, named, key)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return nil, diags
	}
	if key.OrgID != "" && id != key.OrgID {
		c.problem(&diags, "API key of another organization", fmt.Sprintf("The organization is %s, but the provider's key is %s, and an organization key works for its own organization only. "+
			"Correct org_id (argument or environment variable %s), or use a key of %s or a personal key.", id, keyWords(neon.Caller{Key: key}), envOrgID, id))
		return nil, diags
	}
	return c.client.Organization(id), diags
}

func (c *connection) resolveOrgID(ctx context.Context, named types.String, key neon.Key) (string, diag.Diagnostics) {
	var diags diag.Diagnostics
	for _, id := range []types.String{named, c.orgID} {
		if id.ValueString() != "" {
			return id.ValueString(), nil
		}
	}
	if key.OrgID != "" {
		return key.OrgID, nil
	}
	if c.orgID.IsUnknown() {
		diags.AddError("Provider argument not known yet", "The provider's argument org_id depends on something that is known only after apply. "+
			"Apply that first (terraform apply -target=...), or name the organization here with org_id.")
		return "", diags
	}
	caller, err := c.client.Caller(ctx)
	if err != nil {
		diags.Append(failure("Cannot find out whose Neon API key this is", err))
		return "", diags
	}
	organizations, err := c.client.OwnOrganizations(ctx)
	if err != nil {
		diags.Append(failure("Cannot list the organizations of "+caller.Email, err))
		return "", diags
	}
	const choose = "Set org_id in the provider block, or the environment variable " + envOrgID + "."
	switch len(organizations) {
	case 0:
		c.problem(&diags, "No organization", fmt.Sprintf("No organization is configured, and %s belongs to none. Check whose key it is (argument api_key or environment variable %s).", caller.Email, envAPIKey))
	case 1:
		return organizations[0].ID, diags
	default:
		lines := make([]string, len(organizations))
		for i, organization := range organizations {
			lines[i] = fmt.Sprintf("    org_id = %q  # %s", organization.ID, organization.Name)
		}
		c.problem(&diags, "Several organizations", fmt.Sprintf("No organization is configured, and %s belongs to %d:\n\n%s\n\n%s", caller.Email, len(organizations), strings.Join(lines, "\n"), choose))
	}
	return "", diags
}

// warnUnknown tells once that states are kept as they are.
func (c *connection) warnUnknown(diags *diag.Diagnostics) {
	c.unknownOnce.Do(func() {
		diags.AddWarning("Neon was not asked: provider argument "+c.unknown+" is not known yet",
			"It depends on something that is known only after apply. Resources keep what the state says of them, changes made outside of Terraform do not show, and nothing is checked until the apply.")
	})
}
