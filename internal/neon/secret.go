package neon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strings"
)

const redacted = "(redacted)"

// tokenPattern matches Neon's API keys.
var tokenPattern = regexp.MustCompile(`napi_[A-Za-z0-9_-]+`)

// Secret is an API key's token. Formatting and encoding hide it.
type Secret string

// Format hides the secret for every verb.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// String hides the secret.
func (Secret) String() string { return redacted }

// MarshalText hides the secret from JSON and from structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Fingerprint compares two secrets without revealing them: 64 random characters cannot be
// found from it. It is empty for an empty secret.
func (s Secret) Fingerprint() string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

// Format hides the key: fmt does not ask the types of unexported fields how to print them.
func (c *Client) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "Neon at "+c.baseURL)
}

// hideSecrets removes the client's key, and anything like a key, from a text.
func hideSecrets(key Secret, text string) string {
	if key != "" {
		text = strings.ReplaceAll(text, string(key), redacted)
	}
	return tokenPattern.ReplaceAllString(text, redacted)
}

// cleanError is err as one short line, without a server's text: Go quotes responses that it
// cannot read.
func cleanError(key Secret, err error) error {
	if text := quote(key, err.Error()); text != err.Error() {
		return cleanedError{err, text}
	}
	return err
}

type cleanedError struct {
	error
	text string
}

func (e cleanedError) Error() string { return e.text }
func (e cleanedError) Unwrap() error { return e.error }

// Go's HTTP/2 log output with GODEBUG=http2debug: headers, and the first bytes of each frame,
// among which may be a part of a token only.
var (
	loggedHeader = regexp.MustCompile(`(?i)("?(?:proxy-)?authorization"?\s*[=:]\s*)(?:"(?:[^"\\]|\\.)*"|\S.*)`)
	loggedData   = regexp.MustCompile(`(\bdata=)"(?:[^"\\]|\\.)*"`)
)

// RedactLog returns a writer for the standard logger that removes tokens. Libraries write to that logger:
// with GODEBUG=http2debug, Go writes every header of every request.
func RedactLog(to io.Writer) io.Writer { return redactingWriter{to} }

type redactingWriter struct{ to io.Writer }

func (w redactingWriter) Write(line []byte) (int, error) {
	text := loggedHeader.ReplaceAllString(string(line), `${1}"`+redacted+`"`)
	text = loggedData.ReplaceAllString(text, `${1}"`+redacted+`"`)
	if _, err := io.WriteString(w.to, hideSecrets("", text)); err != nil {
		return 0, err
	}
	return len(line), nil
}
