//go:build contract

package openapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// rules are what Neon says in words, or shows, and a schema cannot express. Each gives what it finds wrong with an
// answer; the operation is as in problem.
var rules = []func(operation string, query url.Values, e *neontest.Exchange) []string{
	requestIDComesBack, refusalsAreErrors, bodiesAreJSON, tokensAreToldOnce, pagesEnd, revokedKeysAreRevoked, newKeysAreNew,
}

var (
	uuid  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	token = regexp.MustCompile(`^napi_[a-z0-9]{64}$`)
)

func decode(body string) (any, error) {
	var value any
	err := json.Unmarshal([]byte(body), &value)
	return value, err
}

func object(body string) map[string]any {
	value, _ := decode(body)
	fields, _ := value.(map[string]any)
	return fields
}

// The caller's X-Request-ID, or a new one, comes back, in the header and in the body of an error.
func requestIDComesBack(_ string, _ url.Values, e *neontest.Exchange) (says []string) {
	id, sent := e.Header.Get("X-Request-Id"), e.RequestHeader.Get("X-Request-Id")
	switch {
	case id == "":
		says = append(says, "no X-Request-ID")
	case sent != "" && id != sent:
		says = append(says, "X-Request-ID is not the caller's")
	case sent == "" && !uuid.MatchString(id):
		says = append(says, "X-Request-ID is no UUID")
	}
	if body := object(e.Body); e.Status >= 400 && body["message"] != nil && body["request_id"] != id {
		says = append(says, "request_id is not X-Request-ID")
	}
	return says
}

// An error has a message, and no code: what Neon answers has "" there.
func refusalsAreErrors(_ string, _ url.Values, e *neontest.Exchange) (says []string) {
	body := object(e.Body)
	if e.Status < 400 || e.Status == 406 || e.Status == 422 && body["projects"] != nil {
		return nil // the transfer of projects has bodies of its own
	}
	if body["code"] != "" {
		says = append(says, "code is not empty")
	}
	if message, _ := body["message"].(string); message == "" {
		says = append(says, "no message")
	}
	return says
}

func bodiesAreJSON(_ string, _ url.Values, e *neontest.Exchange) (says []string) {
	if is := e.Header.Get("Content-Type"); e.Body != "" && is != "application/json; charset=utf-8" && is != "application/json" {
		says = append(says, "Content-Type is "+strconv.Quote(is))
	}
	if _, err := decode(e.Body); e.Body != "" && err != nil {
		says = append(says, "no JSON: "+err.Error())
	}
	return says
}

// A token is in the answer to the creation of a key, and nowhere else.
func tokensAreToldOnce(operation string, _ url.Values, e *neontest.Exchange) (says []string) {
	if e.Status == 200 && (operation == "POST /organizations/{org_id}/api_keys" || operation == "POST /api_keys") {
		if key, _ := object(e.Body)["key"].(string); !token.MatchString(key) {
			says = append(says, "key is not napi_ and 64 lower-case letters and digits")
		}
		return says
	}
	if strings.Contains(e.Body, "napi_") {
		says = append(says, "a token is in the answer")
	}
	return says
}

// A page has no more than was asked for. The place to go on from is left out on the last page of members, not empty.
func pagesEnd(operation string, query url.Values, e *neontest.Exchange) (says []string) {
	if e.Status != 200 {
		return nil
	}
	body := object(e.Body)
	for _, list := range []string{"members", "project_members", "projects"} {
		items, is := body[list].([]any)
		if !is {
			continue
		}
		if limit, err := strconv.Atoi(query.Get("limit")); err == nil && len(items) > limit {
			says = append(says, "more than limit asks for")
		}
		pagination, _ := body["pagination"].(map[string]any)
		if next, is := pagination["next"]; is && (next == "" || len(items) == 0) {
			says = append(says, "pagination.next is empty, or behind an empty page")
		}
	}
	if operation == "GET /projects" && query.Get("limit") == "" {
		if projects, _ := body["projects"].([]any); len(projects) > 10 {
			says = append(says, "more than the 10 of a page without limit")
		}
	}
	return says
}

func revokedKeysAreRevoked(operation string, _ url.Values, e *neontest.Exchange) (says []string) {
	if e.Method == "DELETE" && strings.HasSuffix(operation, "/api_keys/{key_id}") && e.Status == 200 && object(e.Body)["revoked"] != true {
		says = append(says, "revoked is not true")
	}
	return says
}

// A new key was made at the time of the answer, by the server's own clock: that is how ours is told from another one.
func newKeysAreNew(operation string, _ url.Values, e *neontest.Exchange) (says []string) {
	date, err := http.ParseTime(e.Header.Get("Date"))
	if err != nil {
		return []string{"no Date"}
	}
	if e.Method != "POST" || !strings.HasSuffix(operation, "/api_keys") || e.Status != 200 {
		return nil
	}
	text, _ := object(e.Body)["created_at"].(string)
	if created, err := time.Parse(time.RFC3339, text); err != nil || created.Sub(date).Abs() > time.Second {
		says = append(says, "created_at is not the time of the answer")
	}
	return says
}

// checkClient is what our own client always does.
func checkClient(e *neontest.Exchange) (says []string) {
	if !strings.HasPrefix(e.RequestHeader.Get("Authorization"), "Bearer ") {
		says = append(says, "no bearer token")
	}
	if is := e.RequestHeader.Get("Accept"); is != "application/json" {
		says = append(says, "Accept is "+strconv.Quote(is))
	}
	if e.RequestHeader.Get("Cookie") != "" {
		says = append(says, "a cookie")
	}
	if e.Method == "GET" && e.RequestBody != "" {
		says = append(says, "a GET with a body")
	}
	return says
}
