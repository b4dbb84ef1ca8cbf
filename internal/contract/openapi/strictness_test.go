//go:build contract

package openapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// TestTheValidatorSees breaks exchanges of the simulator in all the ways that the validator is there for. What it lets
// through here it would let through everywhere.
func TestTheValidatorSees(t *testing.T) {
	c := readContract(t)
	sim := neontest.New(neontest.Config{NotRecorded: true})
	org, dev := "/organizations/"+sim.OrgID(), sim.Members()[2].ID

	members := exchange(t, sim, "GET", org+"/members?limit=2&sort_by=email", "")
	keys := exchange(t, sim, "GET", org+"/api_keys", "")
	created := exchange(t, sim, "POST", org+"/api_keys", `{"key_name":"x","project_id":"shiny-wind-12345678"}`)
	revoked := exchange(t, sim, "DELETE", org+"/api_keys/"+strconv.FormatInt(sim.APIKeys()[2].ID, 10), "")
	changed := exchange(t, sim, "PATCH", org+"/members/"+dev, `{"role":"viewer"}`)
	invited := exchange(t, sim, "POST", org+"/invitations", `{"invitations":[{"email":"new@example.com","role":"viewer"}]}`)
	removed := exchange(t, sim, "DELETE", org+"/members/"+dev, "")
	refused := exchange(t, sim, "DELETE", org+"/members/"+dev, "")
	organization := exchange(t, sim, "GET", org, "")
	projects := exchange(t, sim, "GET", "/projects?org_id="+sim.OrgID(), "")
	caller := exchange(t, sim, "GET", "/auth", "")
	endpoint := exchange(t, sim, "POST", org+"/vpc/region/aws-eu-central-1/vpc_endpoints/vpce-1", `{"label":"x"}`)
	limit := exchange(t, sim, "GET", org+"/billing/spending_limit", "")
	role := exchange(t, sim, "PUT", "/projects/shiny-wind-12345678/members/"+sim.Members()[0].ID+"/role?confirm_self_demotion=true", `{"role":"viewer"}`)
	for _, e := range []neontest.Exchange{members, keys, created, revoked, changed, invited, removed, refused, organization, projects, caller, endpoint, limit, role} {
		for _, e := range []neontest.Exchange{e, ours(e)} {
			if found := c.check(&e); len(found) > 0 {
				t.Fatalf("whole, and found wrong: %v\n%+v", found, e)
			}
		}
	}

	for what, broken := range map[string]neontest.Exchange{
		"a field is missing":                  put(members, "members.0.member.user_id", nothing),
		"a field is renamed":                  put(put(members, "members.0.user.email", nothing), "members.0.user.mail", "dev@example.com"),
		"a field is new":                      put(members, "members.0.member.email", "dev@example.com"),
		"a field is new at the top":           put(members, "total", 5),
		"a field is null, not left out":       put(members, "members.0.user.deactivated_at", nil),
		"a time is not written as one":        put(members, "members.0.member.joined_at", "2025-01-01 00:00:00"),
		"a time is a number":                  put(members, "members.0.member.joined_at", 1735689600),
		"an id is no UUID":                    put(members, "members.0.member.id", "7"),
		"an unknown role":                     put(members, "members.1.member.role", "owner"),
		"an e-mail that is none":              put(members, "members.1.user.email", "dev"),
		"an empty next page":                  put(members, "pagination.next", ""),
		"a next page that is null":            put(members, "pagination.next", nil),
		"a cursor under the projects' name":   put(members, "pagination.cursor", "x"),
		"more members than asked for":         put(members, "members", []any{member(members), member(members), member(members)}),
		"a list under another name":           put(put(members, "members", nothing), "items", []any{}),
		"a bare list":                         put(members, "", []any{member(members)}),
		"an object where a bare list belongs": put(keys, "", map[string]any{"api_keys": []any{}}),
		"a creator that is a string":          put(keys, "0.created_by", sim.Members()[0].UserID),
		"an id that is a string":              put(keys, "0.id", "1734101"),
		"an id that is no integer":            put(keys, "0.id", 1.5),
		"a project that is empty":             put(keys, "0.project_id", ""),
		"a project that is null":              put(keys, "0.project_id", nil),
		"a key's token in the list":           put(keys, "0.key", "napi_x"),
		"a token elsewhere in the list":       put(keys, "0.name", "napi_"+strings.Repeat("a", 64)),
		"no last_used_from_addr":              put(keys, "0.last_used_from_addr", nothing),
		"a creator that is an object":         put(created, "created_by", map[string]any{"id": sim.Members()[0].UserID, "name": "", "image": ""}),
		"a token with another beginning":      put(created, "key", "neon_"+strings.Repeat("a", 64)),
		"a token that is too short":           put(created, "key", "napi_"+strings.Repeat("a", 63)),
		"a token with capitals":               put(created, "key", "napi_"+strings.Repeat("A", 64)),
		"no token":                            put(created, "key", nothing),
		"a use of a new key":                  put(created, "last_used_at", nil),
		"a new key of yesterday":              put(created, "created_at", "2020-01-01T00:00:00Z"),
		"no date":                             header(organization, "Date", ""),
		"201 for a new key":                   status(created, http.StatusCreated),
		"204 for a removal":                   status(removed, http.StatusNoContent),
		"202 for a change":                    status(changed, http.StatusAccepted),
		"a revoked key that is not":           put(revoked, "revoked", false),
		"a revoked key that does not say":     put(revoked, "revoked", nothing),
		"a changed member with their e-mail":  put(changed, "email", "dev@example.com"),
		"an invitation with a status":         put(invited, "invitations.0.status", "pending"),
		"an invitation by an e-mail":          put(invited, "invitations.0.invited_by", "lead@example.com"),
		"one invitation without a list":       put(invited, "", map[string]any{"id": dev}),
		"a removal that says more":            put(removed, "removed", true),
		"a removal that says nothing":         withBody(removed, ""),
		"an error without a message":          put(refused, "message", nothing),
		"an error with an empty message":      put(refused, "message", ""),
		"an error without a code":             put(refused, "code", nothing),
		"an error with a code":                put(refused, "code", "NOT_FOUND"),
		"an error that says more":             put(refused, "error", "x"),
		"an error with another request id":    put(refused, "request_id", "x"),
		"an error without a request id":       put(refused, "request_id", nothing),
		"an error in plain text":              header(withBody(refused, "not found"), "Content-Type", "text/plain"),
		"no request id":                       header(organization, "X-Request-Id", ""),
		"the same request id for everybody":   header(organization, "X-Request-Id", "1"),
		"another content type":                header(organization, "Content-Type", "text/html"),
		"no content type":                     header(organization, "Content-Type", ""),
		"cut short":                           withBody(organization, organization.Body[:40]),
		"an organization without a plan":      put(organization, "plan", nothing),
		"an organization inside another":      put(organization, "", map[string]any{"organization": map[string]any{}}),
		"projects without a cursor":           put(projects, "pagination", map[string]any{}),
		"a project without its region":        put(projects, "projects.0.region_id", nothing),
		"a project of the details' form":      put(projects, "projects.0.active_time_seconds", 0),
		"an unknown kind of caller":           put(caller, "auth_method", "api_key_project"),
		"a body where there is none":          header(withBody(endpoint, "{}"), "Content-Type", "application/json"),
		"a limit that is missing, not null":   put(limit, "spending_limit_cents", nothing),
		"a grant where the SDK has none":      put(role, "grant_source", "explicit"),
		"a permission in another spelling":    put(role, "effective_project_permission", "CAN_VIEW"),
	} {
		if found := c.check(&broken); len(found) == 0 {
			t.Errorf("%s: the validator sees nothing in %s", what, broken.Body)
		}
	}

	// What the client may not send, and what the simulator may not accept.
	for what, wrong := range map[string]neontest.Exchange{
		"a field that there is not":      ours(request(created, `{"key_name":"x","expires":1}`)),
		"a field of the wrong type":      ours(request(created, `{"key_name":1}`)),
		"no name":                        ours(request(created, `{}`)),
		"a name that is too long":        ours(request(created, `{"key_name":"`+strings.Repeat("x", 65)+`"}`)),
		"a null":                         ours(request(created, `{"key_name":"x","project_id":null}`)),
		"an unknown role, sent":          ours(request(changed, `{"role":"owner"}`)),
		"an e-mail that is none, sent":   ours(request(invited, `{"invitations":[{"email":"x","role":"viewer"}]}`)),
		"no body":                        ours(request(changed, "")),
		"a body where there is none":     ours(request(members, "{}")),
		"a parameter that there is not":  ours(at(members, org+"/members?page=2")),
		"too large a limit":              ours(at(members, org+"/members?limit=501")),
		"a limit that is no number":      ours(at(members, org+"/members?limit=x")),
		"an order that there is not":     ours(at(members, org+"/members?sort_by=name")),
		"a path that there is not":       ours(at(members, "/organizations/members")),
		"a method that there is not":     ours(method(changed, "PUT")),
		"a member by e-mail":             ours(at(changed, org+"/members/dev@example.com")),
		"no key":                         ours(requestHeader(members, "Authorization", "")),
		"no content type, sent":          ours(requestHeader(changed, "Content-Type", "")),
		"too large a limit, accepted":    at(members, org+"/members?limit=501"),
		"an unknown role, accepted":      request(changed, `{"role":"owner"}`),
		"too long a name, accepted":      request(created, `{"key_name":"`+strings.Repeat("x", 65)+`"}`),
		"no content type, accepted":      requestHeader(changed, "Content-Type", ""),
		"a malformed member, accepted":   at(changed, org+"/members/x"),
		"a path that does not, answered": at(members, "/organizations/"+sim.OrgID()+"/people"),
	} {
		if found := c.check(&wrong); len(found) == 0 {
			t.Errorf("%s: the validator sees nothing in %s %s %s", what, wrong.Method, wrong.URL, wrong.RequestBody)
		}
	}
}

// exchange calls the simulator, as an admin.
func exchange(t *testing.T, sim *neontest.Server, method, path, body string) neontest.Exchange {
	t.Helper()
	request := httptest.NewRequest(method, "/api/v2"+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+sim.PersonalKey())
	request.Header.Set("Accept", "application/json")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer := httptest.NewRecorder()
	sim.ServeHTTP(answer, request)
	return neontest.Exchange{
		Method: method, URL: "/api/v2" + path, RequestHeader: request.Header, RequestBody: body,
		Status: answer.Code, Header: answer.Header(), Body: answer.Body.String(),
	}
}

// nothing takes a field away.
var nothing = new(int)

// put changes a place in the answer's body, written like members.0.role; "" is all of it.
func put(e neontest.Exchange, place string, value any) neontest.Exchange {
	body, err := decode(e.Body)
	if err != nil {
		panic(err)
	}
	if place == "" {
		body = value
	} else {
		names := strings.Split(place, ".")
		inside := body
		for _, name := range names[:len(names)-1] {
			switch outer := inside.(type) {
			case []any:
				i, _ := strconv.Atoi(name)
				inside = outer[i]
			case map[string]any:
				inside = outer[name]
			}
		}
		object, last := inside.(map[string]any), names[len(names)-1]
		if value == nothing {
			delete(object, last)
		} else {
			object[last] = value
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return withBody(e, string(text))
}

func withBody(e neontest.Exchange, body string) neontest.Exchange {
	e.Body = body
	return e
}

// member is the first one of a list.
func member(e neontest.Exchange) any { return object(e.Body)["members"].([]any)[0] }

func status(e neontest.Exchange, status int) neontest.Exchange {
	e.Status = status
	return e
}

func header(e neontest.Exchange, name, value string) neontest.Exchange {
	e.Header = e.Header.Clone()
	e.Header.Set(name, value)
	return e
}

func requestHeader(e neontest.Exchange, name, value string) neontest.Exchange {
	e.RequestHeader = e.RequestHeader.Clone()
	if e.RequestHeader.Set(name, value); value == "" {
		e.RequestHeader.Del(name)
	}
	return e
}

func request(e neontest.Exchange, body string) neontest.Exchange {
	e.RequestBody = body
	return e
}

func at(e neontest.Exchange, path string) neontest.Exchange {
	e.URL = "/api/v2" + path
	return e
}

func method(e neontest.Exchange, method string) neontest.Exchange {
	e.Method = method
	return e
}

// ours makes it an exchange of the provider's client.
func ours(e neontest.Exchange) neontest.Exchange {
	return requestHeader(e, "User-Agent", "terraform-provider-neon/test")
}
