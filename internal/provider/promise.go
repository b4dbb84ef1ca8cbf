package provider

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Private state for the rule that an apply removes only what its plan showed.
const (
	// nonceKey identifies an object, because Terraform does not send addresses to a provider.
	nonceKey = "nonce"
	// promiseKey stores what a plan showed of the end of an object. It is only in planned private data: everything that
	// returns a new state removes it.
	promiseKey = "promise"
	// neonEmailKey is the address that Neon has for a person, while it is not the state's.
	neonEmailKey = "neon_email"
	// sharedKey says that the state has another object for the same person.
	sharedKey = "shared"
)

// promise is what a plan showed of the end of an object, for its Delete. Terraform passes it on from the plan
// of a destroy, and from the second plan of a replacement.
type promise struct {
	// Walk is the process that has planned it. A deposed object is planned in the very process that deletes it.
	Walk string `json:"walk"`
	// Nonce is the object's.
	Nonce string `json:"nonce,omitempty"`
	// Shown says that the plan has shown the end, with its guards and warnings.
	Shown bool `json:"shown,omitempty"`
	// Replaced says that it is the end of a replacement, and Created that its create was planned without a prior
	// state, as that of a tainted object is.
	Replaced bool `json:"replaced,omitempty"`
	Created  bool `json:"created,omitempty"`
	// For is the address that the create half of a replacement is for, empty while it is not known.
	For string `json:"for,omitempty"`
	// Forget means that the Delete removes nobody. MemberID is the member that it may remove, if any.
	Forget   bool   `json:"forget,omitempty"`
	MemberID string `json:"member_id,omitempty"`
	// ProjectID and Role are those of a grant that ends.
	ProjectID string `json:"project_id,omitempty"`
	Role      string `json:"role,omitempty"`
	// Email and AllowSelfLockout (or the self-demotion of a grant) are the object's, for the guards of a forced replacement.
	Email            string `json:"email,omitempty"`
	AllowSelfLockout bool   `json:"allow_self_lockout,omitempty"`
	// Endpoint is the VPC endpoint that the plan has shown, and that may be deleted.
	Endpoint string `json:"endpoint,omitempty"`
	// Cents is the spending limit that the plan has shown, and that may be removed.
	Cents int64 `json:"cents,omitempty"`
	// Keys are the API keys that end, for the same.
	Keys []promisedKey `json:"keys,omitempty"`
	// OrgID is the object's organization, for the same.
	OrgID string `json:"org_id,omitempty"`
}

// promisedKey is an API key that a destroy revokes.
type promisedKey struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Own      bool   `json:"own,omitempty"`
	Imported bool   `json:"imported,omitempty"`
}

// readPromise returns a plan's promise, if any.
func readPromise(ctx context.Context, private privateReader) (p promise, ok bool) {
	raw, _ := private.GetKey(ctx, promiseKey)
	return p, raw != nil && json.Unmarshal(raw, &p) == nil
}

// deposed reports whether the promise is of a deposed object: the process that carries it out has also planned it, as only
// Pulumi's bridge does for others.
func (p promise) deposed(walk string, plansTwice bool) bool {
	return p.Shown && p.Walk == walk && !plansTwice
}

func (p promise) keep(ctx context.Context, private privateWriter) diag.Diagnostics {
	return setPrivate(ctx, private, promiseKey, p)
}

// stripPromise removes the promise from a new state.
func stripPromise(ctx context.Context, private privateWriter) diag.Diagnostics {
	return private.SetKey(ctx, promiseKey, nil)
}

// newNonce is a random name.
func newNonce() string { return rand.Text() }

// nonceOf returns an object's nonce; a new one for an object of an older state.
func nonceOf(ctx context.Context, private privateReader) string {
	nonce := privateText(ctx, private, nonceKey)
	if nonce != "" {
		return nonce
	}
	return newNonce()
}
