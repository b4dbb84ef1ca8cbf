package provider

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// connection is the data that Configure passes to the types, one for each provider configuration and walk.
type connection struct {
	client    *neon.Client // nil while unknown names the argument that is not known yet
	unknown   string
	keyType   neon.KeyType // as configured; empty if Neon is to tell
	orgID     types.String // as configured; may be null or unknown
	protected map[string]bool
	owners    *ownership // of people
	grants    *ownership // of project roles
	things    *things
	now       func() time.Time
	walk      string    // names this walk
	began     time.Time // when it was configured
	readOnly  bool

	protectsAll     bool // protected_members is not known yet: everyone is
	readOnlyUnknown bool // nothing is written, and no guard is softened

	mu            sync.Mutex
	explained     map[string]bool // summaries of problems of the configuration
	unknownOnce   sync.Once
	lesserOnce    sync.Once
	protectedOnce sync.Once
}

// known reports whether the provider can send requests.
func (c *connection) known() bool { return c != nil && c.client != nil }

// key returns the type of the API key, after a check against the provider's configuration.
func (c *connection) key(ctx context.Context) (neon.Key, diag.Diagnostics) {
	if !c.known() {
		return neon.Key{}, diag.Diagnostics{argumentUnknown(c.unknown)}
	}
	key, err := c.client.Key(ctx)
	if err != nil {
		return key, diag.Diagnostics{unidentifiedKey(err)}
	}
	if c.keyType == "" || key.KeyType == c.keyType {
		return key, nil
	}
	caller, err := c.client.Caller(ctx)
	if err != nil {
		caller.Key = key // enough to say what is wrong
	}
	return key, c.explainOnce(wrongKeyType(c.keyType, caller))
}

// caller returns the owner of the key, after a check against the provider's configuration. Use it only
// if the person matters: the type of the key takes fewer requests.
func (c *connection) caller(ctx context.Context) (neon.Caller, diag.Diagnostics) {
	if _, diags := c.key(ctx); diags.HasError() {
		return neon.Caller{}, diags
	}
	caller, err := c.client.Caller(ctx)
	if err != nil {
		return caller, diag.Diagnostics{unidentifiedKey(err)}
	}
	return caller, nil
}

// explainOnce returns a problem of the provider's configuration: in full once, and in short for every other
// object.
func (c *connection) explainOnce(problem diag.Diagnostic) diag.Diagnostics {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.explained[problem.Summary()] {
		return diag.Diagnostics{sameProblem(problem)}
	}
	if c.explained == nil {
		c.explained = map[string]bool{}
	}
	c.explained[problem.Summary()] = true
	return diag.Diagnostics{problem}
}

// organization returns the view of the organization of a resource or data source, or of the provider's. If the key
// cannot access it, it returns an error before any other request.
func (c *connection) organization(ctx context.Context, named types.String) (*neon.Organization, diag.Diagnostics) {
	if id := named.ValueString(); id != "" && !orgIDPattern.MatchString(id) { // validated in a configuration, but not in a state
		return nil, diag.Diagnostics{invalidOrgIDInState(id)}
	}
	key, diags := c.key(ctx)
	if diags.HasError() {
		return nil, diags
	}
	if key.KeyType == neon.ProjectKey {
		return nil, c.explainOnce(projectScopedKey(key))
	}
	id, diags := c.resolveOrgID(ctx, named, key)
	if diags.HasError() {
		return nil, diags
	}
	if key.OrgID != "" && id != key.OrgID {
		return nil, c.explainOnce(keyOfAnotherOrganization(id, key))
	}
	return c.client.Organization(id), nil
}

// resolveOrgID returns the default of org_id: the provider's, then the owner of the key, then the only
// organization of the person.
func (c *connection) resolveOrgID(ctx context.Context, named types.String, key neon.Key) (string, diag.Diagnostics) {
	switch {
	case named.ValueString() != "":
		return named.ValueString(), nil
	case c.orgID.ValueString() != "":
		return c.orgID.ValueString(), nil
	case key.OrgID != "":
		return key.OrgID, nil
	case c.orgID.IsUnknown():
		return "", diag.Diagnostics{defaultOrgUnknown()}
	}
	caller, err := c.client.Caller(ctx)
	if err != nil {
		return "", diag.Diagnostics{unidentifiedKey(err)}
	}
	organizations, err := c.client.OwnOrganizations(ctx)
	if err != nil {
		return "", diag.Diagnostics{cannotListOwnOrganizations(caller.Email, err)}
	}
	switch len(organizations) {
	case 0:
		return "", c.explainOnce(noOrganization(caller.Email))
	case 1:
		return organizations[0].ID, nil
	default:
		return "", c.explainOnce(orgIDRequired(caller.Email, organizations))
	}
}

// warnUnknown warns once that the states are not refreshed.
func (c *connection) warnUnknown(diags *diag.Diagnostics) {
	c.unknownOnce.Do(func() { diags.Append(refreshSkipped(c.unknown)) })
}
