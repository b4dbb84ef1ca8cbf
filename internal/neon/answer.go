package neon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"mime"
	"net/http"
	"regexp"
)

// answer is an HTTP answer that was read to its end, unless an error beside it says otherwise.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// notNeonError is an answer that is not Neon's word: a web page, no body, or another form than Neon's. A proxy, a
// firewall or a login page on the way has answered, so that nothing follows from its status.
type notNeonError struct{ what string }

func (e *notNeonError) Error() string { return e.what }

// fromNeon reads the body of a refusal as Neon writes them, or says what it is instead.
func fromNeon(key Secret, from *answer) (message, requestID string, err error) {
	var refusal struct {
		RequestID *string `json:"request_id"`
		Code      *string `json:"code"`
		Message   string  `json:"message"`
	}
	if refused := transferError(from); refused != nil {
		return "", "", refused
	}
	// Gateways answer {"message": …} too, but with neither a code nor an id of the request.
	isRefusal := json.Unmarshal(from.body, &refusal) == nil && refusal.Message != ""
	if !isRefusal || refusal.Code == nil && refusal.RequestID == nil && from.header.Get(neonRequestID) == "" {
		return "", "", &notNeonError{describeAnswer(key, from)}
	}
	if refusal.RequestID != nil {
		requestID = *refusal.RequestID
	}
	return refusal.Message, requestID, nil
}

// describeAnswer says what an answer is that is not Neon's, and of which server.
func describeAnswer(key Secret, from *answer) string {
	what := "the answer is not JSON"
	kind, _, _ := mime.ParseMediaType(from.header.Get("Content-Type"))
	switch {
	case len(bytes.TrimSpace(from.body)) == 0:
		what = "the answer is empty"
	case looksLikeHTML(from.body):
		what = "the answer is a web page, not JSON"
		if title := pageTitle.FindSubmatch(from.body[:min(len(from.body), 16<<10)]); title != nil {
			what = fmt.Sprintf("the answer is a web page titled %q, not JSON", quote(key, html.UnescapeString(string(title[1]))))
		}
	case json.Valid(from.body):
		what = "the answer is JSON of another form than Neon's"
	case kind != "":
		what = fmt.Sprintf("the answer is not JSON but %s", quote(key, kind))
	}
	if server := from.header.Get("Server"); server != "" {
		what += fmt.Sprintf(", from a server that calls itself %q", quote(key, server))
	}
	return what
}

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// isNotNeon reports whether an error is an answer that is not Neon's word.
func isNotNeon(err error) bool {
	_, is := errors.AsType[*notNeonError](err)
	return is
}

// neonRequestID is the header in which Neon's own command-line tool looks for the id of a request.
const neonRequestID = "X-Neon-Ret-Request-Id"

// requestID is the id of an exchange for Neon's support: what Neon calls it and, if that is another one, what we do.
func requestID(header http.Header) string {
	theirs, ours := header.Get(neonRequestID), header.Get("X-Request-Id")
	switch {
	case theirs == "" || theirs == ours:
		return ours
	case ours == "":
		return theirs
	default:
		return theirs + ", X-Request-ID " + ours
	}
}
