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

// answer is a complete HTTP response, unless it comes with an error.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// notNeonError is a response that is not from Neon: a web page, no body, or another form than Neon's. A proxy, a
// firewall or a login page responded, so its status proves nothing.
type notNeonError struct{ what string }

func (e *notNeonError) Error() string { return e.what }

// fromNeon decodes the body of a refusal from Neon, or returns an error that describes another body.
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

// describeAnswer describes a response that is not from Neon, and its server.
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

// isNotNeon reports whether an error is a response that is not from Neon.
func isNotNeon(err error) bool {
	_, is := errors.AsType[*notNeonError](err)
	return is
}

// neonRequestID is the header from which Neon's CLI reads the request ID.
const neonRequestID = "X-Neon-Ret-Request-Id"

// requestID is the ID of an exchange for Neon's support: Neon's ID and, if it differs, ours.
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
