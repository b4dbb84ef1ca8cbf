package neon

import "regexp"

const redacted = "(redacted)"

// tokenPattern is what Neon's API keys look like.
var tokenPattern = regexp.MustCompile(`napi_[A-Za-z0-9_-]+`)

// Secret is an API key's token. Formatting it never shows it.
type Secret string

// String hides the secret.
func (Secret) String() string { return redacted }

// GoString hides the secret.
func (Secret) GoString() string { return redacted }
