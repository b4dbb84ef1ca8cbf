package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// recentlyUsed is the age of the last use up to which a revocation warns. The message names it.
const recentlyUsed = 7 * day

// warnRevocations reports the effect of revoking keys in the plan: a warning for a key in use, and an error for the key
// of the run.
func (c *connection) warnRevocations(ctx context.Context, promised promise) diag.Diagnostics {
	if !c.known() {
		return nil
	}
	org, diags := c.organization(ctx, types.StringValue(promised.OrgID))
	if diags.HasError() {
		return diags
	}
	for _, key := range promised.Keys {
		diags.Append(c.warnRevocation(ctx, org, key)...)
	}
	return diags
}

// promiseRevocations is warnRevocations, and records for the apply that the plan showed them.
func (c *connection) promiseRevocations(ctx context.Context, promised promise, private privateWriter) diag.Diagnostics {
	promised.Shown = true
	diags := c.warnRevocations(ctx, promised)
	diags.Append(promised.keep(ctx, private)...)
	return diags
}

// guardRevocation prevents the provider from revoking its own key. An imported key has no token to compare:
// its last use decides.
func (c *connection) guardRevocation(ctx context.Context, org *neon.Organization, revoked promisedKey) diag.Diagnostics {
	if revoked.Own {
		return diag.Diagnostics{ownKey(revoked.Title)}
	}
	used, diags := c.key(ctx)
	if diags.HasError() || !revoked.Imported || used.KeyType != neon.OrganizationKey {
		return diags
	}
	key, live, err := org.APIKeyNow(ctx, revoked.ID)
	switch {
	case err != nil:
		diags.Append(cannotReadKey(revoked.Title, err))
	case !live:
	case c.client.UsedSince(key, c.began):
		diags.Append(perhapsOwnKey(revoked.Title, lastUse(key)))
	default:
		diags.Append(revokingImportedKey(revoked.Title))
	}
	return diags
}

// guardEnd is for the end of a key: a warning only if no plan has shown it.
func (c *connection) guardEnd(ctx context.Context, org *neon.Organization, revoked promisedKey, isShown bool) diag.Diagnostics {
	if isShown {
		return c.guardRevocation(ctx, org, revoked)
	}
	return c.warnRevocation(ctx, org, revoked)
}

// warnRevocation is guardRevocation, and a warning of a key that is in use.
func (c *connection) warnRevocation(ctx context.Context, org *neon.Organization, revoked promisedKey) diag.Diagnostics {
	diags := c.guardRevocation(ctx, org, revoked)
	if diags.HasError() {
		return diags
	}
	key, live, err := org.APIKey(ctx, revoked.ID)
	switch {
	case err != nil:
		diags.Append(cannotReadKey(revoked.Title, err))
	case live && c.inUse(key):
		diags.Append(revokingUsedKey(revoked.Title, lastUse(key)))
	}
	return diags
}

// inUse reports whether a key was used recently.
func (c *connection) inUse(key neon.APIKey) bool {
	return !key.LastUsedAt.IsZero() && c.now().Sub(key.LastUsedAt) < recentlyUsed
}
