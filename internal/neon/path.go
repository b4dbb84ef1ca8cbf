package neon

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// idPattern is the form of every id that is sent in a path. It has no dot and no slash, so that none can name
// another path than the one that is meant.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// keyIDPattern is the form of an API key's id.
var keyIDPattern = regexp.MustCompile(`^[0-9]{1,20}$`)

// pathWords are the words in paths that are no ids and do not look like one.
var pathWords = []string{"api_keys", "spending_limit", "vpc_endpoints"}

// pathTo is the path to something at Neon.
func pathTo(parts ...string) string {
	var path strings.Builder
	for _, part := range parts {
		path.WriteString("/" + url.PathEscape(part))
	}
	return path.String()
}

// checkPath makes sure that every part of a path is a word of ours or an id. Every request passes it: a state may
// have been tampered with, and an id may come from an answer.
func checkPath(path string) error {
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if !idPattern.MatchString(part) && !slices.Contains(pathWords, part) {
			return badIDError{part}
		}
	}
	return nil
}

// badIDError is an id that is not sent, because it is not of the form of an id.
type badIDError struct{ id string }

func (e badIDError) Error() string {
	return fmt.Sprintf("nothing was sent: %q is not a Neon ID, which has 1 to 64 letters, digits and hyphens", quote("", e.id))
}
