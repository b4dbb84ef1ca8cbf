package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

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

// reviewRevocation says in the plan what the revocation of a key will break: a key that is in use is a
// warning, and the provider's own key an error.
func (c *connection) reviewRevocation(ctx context.Context, org *neon.Organization, title, id string, own bool) diag.Diagnostics {
	diags := guardOwnKey(title, own)
	if diags.HasError() {
		return diags
	}
	key, live, err := org.APIKey(ctx, id)
	if err != nil {
		diags.Append(failure("Cannot read the "+title, err))
		return diags
	}
	if live && c.inUse(key) {
		diags.AddWarning("In use: "+title, fmt.Sprintf(
			"The key will be revoked. %s Whatever still uses it stops working. Revoking cannot be undone.", lastUse(key)))
	}
	return diags
}

// inUse reports whether a key was used lately.
func (c *connection) inUse(key neon.APIKey) bool {
	return !key.LastUsedAt.IsZero() && c.now().Sub(key.LastUsedAt) < recentlyUsed
}

// guardOwnKey keeps the provider from revoking the key that it uses.
func guardOwnKey(title string, own bool) diag.Diagnostics {
	var diags diag.Diagnostics
	if own {
		diags.AddError("The provider's own key: "+title,
			"This is the very key that the provider uses for this run; revoking it would end the run half way. Run with another key (argument api_key or environment variable "+envAPIKey+").")
	}
	return diags
}
