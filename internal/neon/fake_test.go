package neon

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testOrg  = "org-test-1"
	me       = "11111111-1111-4111-8111-111111111111"
	somebody = "22222222-2222-4222-8222-222222222222"
)

// testToken is a token in Neon's form.
func testToken(letter string) string { return "napi_" + strings.Repeat(letter, 64) }

// inMemory serves requests by calling a handler, without a network, as synctest needs it. A handler
// that panics with http.ErrAbortHandler cuts the connection, as it does in a real server.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	served := req.Clone(req.Context())
	served.Body = http.NoBody
	if req.Body != nil {
		raw, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		_ = req.Body.Close()
		served.Body = io.NopCloser(bytes.NewReader(raw))
	}
	recorder := httptest.NewRecorder()
	defer func() {
		switch cause := recover(); {
		case cause == nil:
		case cause != http.ErrAbortHandler: //nolint:errorlint // what a handler panics with is this very value
			panic(cause)
		case req.Context().Err() != nil:
			resp, err = nil, req.Context().Err()
		case recorder.Body.Len() > 0:
			resp = recorder.Result()
			resp.Body = io.NopCloser(io.MultiReader(resp.Body, brokenReader{}))
		default:
			resp, err = nil, io.EOF
		}
	}()
	m.handler.ServeHTTP(recorder, served)
	return recorder.Result(), nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// newTestClient returns a client whose requests a handler answers without a network.
func newTestClient(handler http.Handler, cfg Config) *Client {
	cfg.BaseURL = "https://neon.test/api/v2"
	cfg.APIKey = cmp.Or(cfg.APIKey, Secret(testToken("k")))
	c := NewClient(cfg)
	setBase(c, inMemory{handler})
	return c
}

func setBase(c *Client, base http.RoundTripper) {
	c.base = base
}

// row is something that exists from a time on, and perhaps until a time.
type row struct {
	born, died time.Time
	data       map[string]any
}

func (r row) id() string { return fmt.Sprint(r.data["id"]) }

// fakeNeon is just enough of Neon for the writes: keys, members, invitations, and faults on command.
type fakeNeon struct {
	skew time.Duration // how far its clock is ahead
	lag  time.Duration // how far its lists lag behind

	mu     sync.Mutex
	nextID int
	rows   map[string][]row    // by collection
	faults map[string][]string // by route: what happens to the next requests
	log    []string            // routes, in order
	onSeen func(route string)  // called for each request before it is carried out
}

func newFakeNeon() *fakeNeon {
	f := &fakeNeon{nextID: 100, rows: map[string][]row{}, faults: map[string][]string{}}
	f.addMember("m-me", "me@example.com", "admin")
	return f
}

func (f *fakeNeon) now() time.Time { return time.Now().Add(f.skew) }

func (f *fakeNeon) add(collection string, data map[string]any) row {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := row{born: time.Now(), data: data}
	f.rows[collection] = append(f.rows[collection], r)
	return r
}

func (f *fakeNeon) addKey(name, project, creator string, created time.Time) string {
	f.mu.Lock()
	f.nextID++
	id := f.nextID
	f.mu.Unlock()
	data := map[string]any{"id": id, "name": name, "created_at": created.UTC().Format(time.RFC3339), "created_by": map[string]any{"id": creator, "name": "x"}, "last_used_at": nil}
	if project != "" {
		data["project_id"] = project
	}
	f.add("api_keys", data)
	return strconv.Itoa(id)
}

func (f *fakeNeon) addMember(id, email, role string) {
	f.add("members", map[string]any{"id": id, "email": email, "role": role})
}

func (f *fakeNeon) addInvitation(email, role string) map[string]any {
	f.mu.Lock()
	f.nextID++
	id := f.nextID
	f.mu.Unlock()
	return f.add("invitations", map[string]any{"id": fmt.Sprintf("inv-%d", id), "email": email, "role": role, "invited_at": f.now().UTC().Format(time.RFC3339Nano)}).data
}

func (f *fakeNeon) limit(lag time.Duration) map[string]any {
	answer := map[string]any{"spending_limit_cents": nil}
	for _, row := range f.live("billing", lag) {
		answer["spending_limit_cents"] = row["cents"]
	}
	return answer
}

func (f *fakeNeon) setLimit(cents int64) {
	if !f.set("billing", "limit", "cents", cents) {
		f.add("billing", map[string]any{"id": "limit", "cents": cents})
	}
}

// endpointOf is the place of a VPC endpoint in a request, as in aws-us-east-1/vpce-1.
func endpointOf(r *http.Request) string {
	_, place, _ := strings.Cut(r.URL.Path, "/vpc/region/")
	return strings.ReplaceAll(place, "/vpc_endpoints", "")
}

func (f *fakeNeon) assignEndpoint(place, label string) {
	if !f.set("vpc", place, "label", label) {
		region, id, _ := strings.Cut(place, "/")
		f.add("vpc", map[string]any{"id": place, "region_id": region, "vpc_endpoint_id": id, "label": label})
	}
}

// end makes something be gone from now on.
func (f *fakeNeon) end(collection, id string) (map[string]any, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, r := range f.rows[collection] {
		if r.id() == id && r.died.IsZero() {
			f.rows[collection][i].died = time.Now()
			return r.data, true
		}
	}
	return nil, false
}

// set changes a field of something.
func (f *fakeNeon) set(collection, id, field string, value any) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, r := range f.rows[collection] {
		if r.id() == id && r.died.IsZero() {
			changed := map[string]any{}
			maps.Copy(changed, r.data)
			changed[field] = value
			f.rows[collection][i].died = time.Now()
			f.rows[collection] = append(f.rows[collection], row{born: time.Now(), data: changed})
			return true
		}
	}
	return false
}

// live returns what exists (or existed lag ago).
func (f *fakeNeon) live(collection string, lag time.Duration) []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := time.Now().Add(-lag)
	list := []map[string]any{}
	for _, r := range f.rows[collection] {
		if !r.born.After(at) && (r.died.IsZero() || r.died.After(at)) {
			list = append(list, r.data)
		}
	}
	return list
}

func (f *fakeNeon) liveIDs(collection string) []string {
	ids := []string{}
	for _, data := range f.live(collection, 0) {
		ids = append(ids, fmt.Sprint(data["id"]))
	}
	slices.Sort(ids)
	return ids
}

// fail says what happens to the next requests of a route, in order:
//
//	""                  nothing unusual
//	"lost before/after" the connection is cut before or after the request is carried out
//	"hang before/after" no answer until the client gives up
//	"slow after"        carried out, answered 3 s later
//	"html after", "empty after", "text after", "cut after", "500 after", "no token": carried out, answered so
//	"500 …"             refused with that status and message
//	"403 page"          refused by something that is not Neon
//	"201 created"       carried out and answered so
//	"201 after"         carried out, answered so with another body
func (f *fakeNeon) fail(route string, faults ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[route] = append(f.faults[route], faults...)
}

func (f *fakeNeon) count(route string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.log {
		if r == route {
			n++
		}
	}
	return n
}

func (f *fakeNeon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v2/"), "/")
	collection, id := parts[len(parts)-1], ""
	if parts[0] == "organizations" && len(parts) >= 3 {
		collection = parts[2]
		if len(parts) > 3 {
			id = parts[3]
		}
	}
	if parts[0] == "projects" && len(parts) >= 3 {
		collection = "project_members"
		if len(parts) > 3 {
			id = parts[3]
		}
	}
	route := r.Method + " " + collection
	f.mu.Lock()
	f.log = append(f.log, route)
	fault := ""
	if queue := f.faults[route]; len(queue) > 0 {
		fault, f.faults[route] = queue[0], queue[1:]
	}
	onSeen := f.onSeen
	f.mu.Unlock()
	if onSeen != nil {
		onSeen(route)
	}

	f.pause(r, 10*time.Millisecond)
	w.Header().Set("Date", f.now().UTC().Format(http.TimeFormat))
	word, rest, _ := strings.Cut(fault, " ")
	status, err := strconv.Atoi(word)
	refused := err == nil && rest != "after"
	switch {
	case fault == "lost before":
		panic(http.ErrAbortHandler)
	case fault == "hang before":
		f.pause(r, time.Hour)
	case rest == "page":
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>Blocked</html>")
		return
	case refused && rest != "created":
		reply(w, status, map[string]any{"code": "", "message": rest})
		return
	}
	code, answer := f.carryOut(r, collection, id)
	f.pause(r, 10*time.Millisecond)
	switch fault {
	case "lost after":
		panic(http.ErrAbortHandler)
	case "hang after":
		f.pause(r, time.Hour)
	case "slow after":
		f.pause(r, 3*time.Second)
	case "html after":
		_, _ = io.WriteString(w, "<html>Please sign in</html>")
		return
	case "text after":
		_, _ = io.WriteString(w, "fine")
		return
	case "empty after":
		return
	case "cut after":
		_, _ = io.WriteString(w, `{"id":`)
		panic(http.ErrAbortHandler)
	case "500 after":
		reply(w, http.StatusInternalServerError, map[string]any{"code": "", "message": "oops"})
		return
	case "201 after":
		reply(w, http.StatusCreated, map[string]any{"code": "", "message": "created"})
		return
	case "201 created":
		code = http.StatusCreated
	case "no token":
		delete(answer.(map[string]any), "key")
	}
	reply(w, code, answer)
}

func (f *fakeNeon) pause(r *http.Request, d time.Duration) {
	if sleep(r.Context(), d) != nil {
		panic(http.ErrAbortHandler)
	}
}

func reply(w http.ResponseWriter, code int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if answer != nil { // else Neon answers with no body
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func (f *fakeNeon) carryOut(r *http.Request, collection, id string) (int, any) {
	notFound := func(message string) (int, any) {
		return http.StatusNotFound, map[string]any{"code": "", "message": message}
	}
	var in struct {
		Name        string    `json:"key_name"`
		Project     string    `json:"project_id"`
		Role        string    `json:"role"`
		Invitations []Invitee `json:"invitations"`
		Cents       int64     `json:"spending_limit_cents"`
		Label       string    `json:"label"`
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	switch r.Method + " " + collection {
	case "GET auth":
		return http.StatusOK, map[string]any{"auth_method": "api_key_user"}
	case "GET me":
		return http.StatusOK, map[string]any{"id": me, "email": "Me@Example.com"}
	case "GET api_keys":
		return http.StatusOK, f.live("api_keys", f.lag)
	case "POST api_keys":
		id := f.addKey(in.Name, in.Project, me, f.now())
		number, _ := strconv.Atoi(id)
		answer := map[string]any{"id": number, "name": in.Name, "key": testToken("t"), "created_at": f.now().UTC().Format(time.RFC3339), "created_by": me}
		if in.Project != "" {
			answer["project_id"] = in.Project
		}
		return http.StatusOK, answer
	case "DELETE api_keys":
		data, ok := f.end("api_keys", id)
		if !ok {
			return notFound("API key not found")
		}
		return http.StatusOK, map[string]any{"id": data["id"], "name": data["name"], "revoked": true, "created_by": me}
	case "GET members":
		if id != "" { // one member, which is as late as the list
			for _, row := range f.live("members", f.lag) {
				if row["id"] == id {
					return http.StatusOK, map[string]any{"id": id, "role": row["role"], "org_id": testOrg}
				}
			}
			return notFound("member not found")
		}
		list := []any{}
		for _, m := range f.live("members", f.lag) {
			list = append(list, map[string]any{
				"member": map[string]any{"id": m["id"], "user_id": "u-" + fmt.Sprint(m["id"]), "org_id": testOrg, "role": m["role"]},
				"user":   map[string]any{"email": m["email"]},
			})
		}
		return http.StatusOK, map[string]any{"members": list}
	case "PATCH members":
		if !f.set("members", id, "role", in.Role) {
			return notFound("member not found")
		}
		return http.StatusOK, map[string]any{"id": id, "role": in.Role}
	case "DELETE members":
		if _, ok := f.end("members", id); !ok {
			return notFound("member not found")
		}
		return http.StatusOK, map[string]any{}
	case "GET billing":
		return http.StatusOK, f.limit(f.lag)
	case "PUT billing":
		f.setLimit(in.Cents)
		return http.StatusOK, f.limit(0)
	case "DELETE billing":
		f.end("billing", "limit")
		return http.StatusOK, map[string]any{}
	case "GET vpc":
		if id == "vpc_endpoints" {
			return http.StatusOK, map[string]any{"endpoints": f.live("vpc", f.lag)}
		}
		for _, row := range f.live("vpc", 0) {
			if row["id"] == endpointOf(r) {
				return http.StatusOK, map[string]any{
					"vpc_endpoint_id": row["vpc_endpoint_id"], "label": row["label"], "state": "accepted",
					"num_restricted_projects": 1, "example_restricted_projects": []string{"a-project-1"},
				}
			}
		}
		return notFound("VPC endpoint not found")
	case "POST vpc":
		f.assignEndpoint(endpointOf(r), in.Label)
		return http.StatusOK, nil
	case "DELETE vpc":
		if _, ok := f.end("vpc", endpointOf(r)); !ok {
			return notFound("VPC endpoint not found")
		}
		return http.StatusOK, nil
	case "GET project_members":
		list := []any{}
		for _, m := range f.live("members", f.lag) {
			list = append(list, f.projectMember(m, f.lag))
		}
		return http.StatusOK, map[string]any{"project_members": list}
	case "PUT project_members", "DELETE project_members":
		for _, m := range f.live("members", 0) {
			if m["id"] != id {
				continue
			}
			f.end("grants", id)
			if in.Role != "" {
				f.add("grants", map[string]any{"id": id, "role": in.Role})
			}
			answer := f.projectMember(m, 0)
			answer["project_id"], answer["credential_rotation_recommended"] = "shiny-wind-1", r.Method == http.MethodDelete
			return http.StatusOK, answer
		}
		return notFound("organization member not found")
	case "GET invitations":
		return http.StatusOK, map[string]any{"invitations": f.live("invitations", f.lag)}
	case "POST invitations":
		list := []any{}
		for _, invitee := range in.Invitations {
			list = append(list, f.addInvitation(invitee.Email, invitee.Role))
		}
		return http.StatusOK, map[string]any{"invitations": list}
	}
	return notFound("no such route")
}

// projectMember is a member as a project sees them.
func (f *fakeNeon) projectMember(member map[string]any, lag time.Duration) map[string]any {
	one := map[string]any{"member_id": member["id"], "user_id": "u-" + fmt.Sprint(member["id"]), "email": member["email"], "org_role": member["role"]}
	for _, grant := range f.live("grants", lag) {
		if grant["id"] == member["id"] {
			one["explicit_project_permission"] = strings.ToUpper(fmt.Sprint(grant["role"]))
			one["grant_source"] = "explicit"
		}
	}
	return one
}

// wantContains fails unless text contains every part.
func wantContains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
}

// wantOutcome fails unless err is an *Error with that outcome.
func wantOutcome(t *testing.T, err error, want Outcome) {
	t.Helper()
	e, ok := AsError(err)
	if !ok {
		t.Fatalf("%v is no *Error", err)
	}
	if e.Outcome != want {
		t.Errorf("outcome is %s, want %s: %v", e.Outcome, want, err)
	}
}

// cancelAfter returns a context that is canceled after a while.
func cancelAfter(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(d, cancel)
	t.Cleanup(func() { timer.Stop(); cancel() })
	return ctx
}

var errTest = errors.New("test failure")

// bodyOf reads a request's body and leaves it to be read again.
func bodyOf(r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	return raw, err
}
