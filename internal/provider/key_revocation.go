package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// recentlyUsed is how lately a key must have been used for its revocation to be worth a warning.
const recentlyUsed = 7 * day

// keyTitle is a key in messages: summaries must differ from key to key.
func keyTitle(name, id string) string { return fmt.Sprintf("API key %q (%s)", name, id) }

// lastUse says when a key was last used and, if Neon tells, from where.
func lastUse(key neon.APIKey) string {
	switch {
	case key.LastUsedAt.IsZero():
		return "It was never used, as far as Neon tells."
	case key.LastUsedFrom == "":
		return fmt.Sprintf("It was last used at %s.", key.LastUsedAt.UTC().Format(time.RFC3339))
	default:
		return fmt.Sprintf("It was last used at %s from %s.", key.LastUsedAt.UTC().Format(time.RFC3339), key.LastUsedFrom)
	}
}

// reviewKeys says in the plan what the revocation of keys will break: a key that is in use is a warning, and the
// provider's own key an error.
func (c *connection) reviewKeys(ctx context.Context, promised promise) diag.Diagnostics {
	if !c.known() {
		return nil
	}
	org, diags := c.organization(ctx, types.StringValue(promised.OrgID))
	if diags.HasError() {
		return diags
	}
	for _, key := range promised.Keys {
		diags.Append(c.guardRevocation(ctx, org, key, true)...)
	}
	return diags
}

// guardRevocation keeps the provider from revoking the key that it uses, and warns of a key that is in use, if warn is
// set. An imported key has no token to compare with: its last use tells.
func (c *connection) guardRevocation(ctx context.Context, org *neon.Organization, revoked promisedKey, warn bool) diag.Diagnostics {
	diags := guardOwnKey(revoked.Title, revoked.Own)
	used, keyDiags := c.key(ctx)
	diags.Append(keyDiags...)
	maybeOwn := revoked.Imported && used.KeyType == neon.OrganizationKey
	if diags.HasError() || !warn && !maybeOwn {
		return diags
	}
	look := org.APIKey
	if maybeOwn {
		look = org.APIKeyNow
	}
	key, live, err := look(ctx, revoked.ID)
	switch {
	case err != nil:
		diags.Append(failure("Cannot read the "+revoked.Title, err))
	case !live:
	case maybeOwn && c.client.UsedSince(key, c.began):
		diags.Append(perhapsOwnKey(revoked.Title, lastUse(key)))
	case maybeOwn:
		diags.Append(importedKey(revoked.Title))
	}
	if live && warn && !diags.HasError() && c.inUse(key) {
		diags.Append(keyInUse(revoked.Title, lastUse(key)))
	}
	return diags
}

// inUse reports whether a key was used lately.
func (c *connection) inUse(key neon.APIKey) bool {
	return !key.LastUsedAt.IsZero() && c.now().Sub(key.LastUsedAt) < recentlyUsed
}

// guardOwnKey keeps the provider from revoking the key that it uses.
func guardOwnKey(title string, own bool) diag.Diagnostics {
	if !own {
		return nil
	}
	return diag.Diagnostics{ownKey(title)}
}
