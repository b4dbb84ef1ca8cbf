package neon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	for _, slash := range []string{"", "/"} {
		t.Run("base URL with"+slash, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var seen []*http.Request
			var bodies []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				seen, bodies = append(seen, r), append(bodies, string(body))
				first := len(seen) == 1
				mu.Unlock()
				if first {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				_, _ = io.WriteString(w, `{"id":7,"key":"`+testToken("a")+`"}`)
			}))
			t.Cleanup(server.Close)
			c := NewClient(Config{BaseURL: server.URL + "/api/v2" + slash, APIKey: "secret", UserAgent: "terraform-provider-neon/1 terraform/2"})

			if _, err := c.createAPIKey(t.Context(), testOrg, "ci & cd", ""); err != nil {
				t.Fatal(err)
			}
			if err := c.revokeAPIKey(t.Context(), testOrg, "7"); err != nil {
				t.Fatal(err)
			}
			if len(seen) != 3 {
				t.Fatalf("%d requests, want 3", len(seen))
			}
			ids := map[string]bool{}
			for _, r := range seen {
				for name, want := range map[string]string{"Authorization": "Bearer secret", "User-Agent": "terraform-provider-neon/1 terraform/2", "Accept": "application/json"} {
					if got := r.Header.Get(name); got != want {
						t.Errorf("%s is %q, want %q", name, got, want)
					}
				}
				id := r.Header.Get("X-Request-ID")
				if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
					t.Errorf("X-Request-ID %q is no UUID", id)
				}
				ids[id] = true
			}
			if len(ids) != 3 {
				t.Errorf("%d request ids for 3 attempts", len(ids))
			}
			for _, r := range seen[:2] { // the retry repeats all of it
				if r.Header.Get("Content-Type") != "application/json" || r.URL.EscapedPath() != "/api/v2/organizations/"+testOrg+"/api_keys" {
					t.Errorf("%s %s, Content-Type %q", r.Method, r.URL.EscapedPath(), r.Header.Get("Content-Type"))
				}
			}
			if want := `{"key_name":"ci \u0026 cd"}`; bodies[0] != want || bodies[1] != want {
				t.Errorf("bodies %q, want %s", bodies[:2], want)
			}
			if r := seen[2]; r.URL.EscapedPath() != "/api/v2/organizations/"+testOrg+"/api_keys/7" || r.Header.Get("Content-Type") != "" || bodies[2] != "" {
				t.Errorf("%s %s, Content-Type %q, body %q", r.Method, r.URL.EscapedPath(), r.Header.Get("Content-Type"), bodies[2])
			}
		})
	}
}

// answerWith always answers so.
func answerWith(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// reset cuts the connection hard, after the request was read.
func reset(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hang never answers.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client leaves
	<-r.Context().Done()
}

// resettingListener cuts every connection hard before the request is read.
type resettingListener struct{ net.Listener }

func (l resettingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		go func() {
			_, _ = conn.Read(make([]byte, 1)) // or else the client may not even have noticed that it is connected
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
		}()
	}
}

func TestRetryMatrix(t *testing.T) {
	t.Parallel()
	const html = "<!DOCTYPE html><title>Bad gateway</title>"
	message := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			id, _ := json.Marshal(r.Header.Get("X-Request-ID"))
			answerWith(status, `{"request_id":`+string(id)+`,"code":"","message":"Neon's own  words"}`)(w, r)
		}
	}
	refusal := func(status string) []string { return []string{status, "Neon's own words", "request id"} }
	cutShort := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"id":`)
	}
	tests := []struct {
		name         string
		handler      http.HandlerFunc
		read, write  bool // whether it is repeated
		outcome      Outcome
		text         []string
		status       int
		closed, hard bool // no server; connections reset before anything is read
	}{
		{name: "429", handler: message(429), read: true, write: true, outcome: Refused, status: 429, text: refusal("HTTP 429 Too Many Requests")},
		{name: "423", handler: message(423), read: true, write: true, outcome: Refused, status: 423, text: refusal("HTTP 423 Locked")},
		{name: "503", handler: message(503), read: true, write: true, outcome: Refused, status: 503, text: refusal("HTTP 503")},
		{name: "500", handler: message(500), read: true, outcome: Uncertain, status: 500, text: refusal("HTTP 500")},
		{name: "502", handler: message(502), read: true, outcome: Uncertain, status: 502, text: refusal("HTTP 502")},
		{name: "504", handler: message(504), read: true, outcome: Uncertain, status: 504, text: refusal("HTTP 504")},
		{name: "400", handler: message(400), outcome: Refused, status: 400, text: refusal("HTTP 400")},
		{name: "401", handler: message(401), outcome: Refused, status: 401, text: refusal("HTTP 401 Unauthorized")},
		{name: "403", handler: message(403), outcome: Refused, status: 403, text: refusal("HTTP 403")},
		{name: "404", handler: message(404), outcome: Refused, status: 404, text: refusal("HTTP 404 Not Found")},
		{name: "409", handler: message(409), outcome: Refused, status: 409, text: refusal("HTTP 409")},
		{name: "422", handler: message(422), outcome: Refused, status: 422, text: refusal("HTTP 422")},
		{name: "502 HTML", handler: answerWith(502, html), read: true, outcome: Uncertain, status: 502, text: []string{`a web page titled "Bad gateway"`, "request id"}},
		{name: "503 empty", handler: answerWith(503, ""), read: true, write: true, outcome: Refused, status: 503, text: []string{"empty"}},
		{name: "403 HTML", handler: answerWith(403, html), read: true, outcome: Uncertain, status: 403, text: []string{"web page"}},
		{name: "404 text", handler: answerWith(404, "404 page not found"), read: true, outcome: Uncertain, status: 404, text: []string{"not JSON"}},
		{name: "401 empty", handler: answerWith(401, ""), read: true, outcome: Uncertain, status: 401, text: []string{"empty"}},
		{name: "407 HTML", handler: answerWith(407, html), read: true, outcome: Uncertain, status: 407, text: []string{"web page"}},
		{name: "403 of a gateway", handler: answerWith(403, `{"message":"Forbidden"}`), read: true, outcome: Uncertain, status: 403, text: []string{"another form"}},
		{name: "404 JSON", handler: answerWith(404, `{"error":"x"}`), read: true, outcome: Uncertain, status: 404, text: []string{"another form"}},
		{name: "200 HTML", handler: answerWith(200, html), read: true, outcome: Uncertain, status: 200, text: []string{"web page"}},
		{name: "200 empty", handler: answerWith(200, " \n"), read: true, outcome: Uncertain, status: 200, text: []string{"empty"}},
		{name: "200 text", handler: answerWith(200, "fine"), read: true, outcome: Uncertain, status: 200, text: []string{"not JSON"}},
		{name: "200 half JSON", handler: answerWith(200, `{"id":`), read: true, outcome: CarriedOut, status: 200, text: []string{"cut short"}},
		{name: "cut-short body", handler: cutShort, read: true, outcome: CarriedOut, status: 200, text: []string{"cut short", "request id"}},
		{name: "reset after", handler: reset, read: true, outcome: Uncertain, text: []string{"request id"}},
		{name: "reset before", hard: true, read: true, outcome: Uncertain, text: []string{"request id"}},
		{name: "dial refused", closed: true, read: true, write: true, outcome: Refused, text: []string{"connection refused", "request id"}},
		{name: "hang", handler: hang, read: true, outcome: Uncertain, text: []string{"no complete answer in time (200ms)", "request id"}},
	}
	operations := map[string]func(context.Context, *Client) error{
		"GET": func(ctx context.Context, c *Client) error { _, err := c.listAPIKeys(ctx, testOrg); return err },
		"POST": func(ctx context.Context, c *Client) error {
			_, err := c.createAPIKey(ctx, testOrg, "ci", "")
			return err
		},
		"PATCH":  func(ctx context.Context, c *Client) error { return c.setRole(ctx, testOrg, "m1", "admin") },
		"DELETE": func(ctx context.Context, c *Client) error { return c.revokeAPIKey(ctx, testOrg, "1") },
	}
	for _, test := range tests {
		for method, operation := range operations {
			t.Run(test.name+"/"+method, func(t *testing.T) {
				t.Parallel()
				server := httptest.NewUnstartedServer(test.handler)
				if test.hard {
					server.Listener = resettingListener{server.Listener}
				}
				server.Start()
				if test.closed {
					server.Close()
				} else {
					t.Cleanup(server.Close)
				}
				var attempts atomic.Int32
				deadline := 10 * time.Second // a busy machine answers late
				if test.name == "hang" {
					deadline = 200 * time.Millisecond
				}
				c := NewClient(Config{BaseURL: server.URL, APIKey: "secret", RetryTimeout: 400 * time.Millisecond, RequestTimeout: deadline, Observe: func(_ context.Context, a Attempt) {
					attempts.Add(1)
					if a.Method != method || a.Status != test.status || a.RequestID == "" || (a.Err != nil) != (test.status == 0 || test.name == "cut-short body") {
						t.Errorf("observed %+v", a)
					}
				}})
				err := operation(t.Context(), c)
				repeats := test.write
				outcome := test.outcome
				if method == http.MethodGet {
					repeats, outcome = test.read, Refused
				}
				if n := attempts.Load(); repeats != (n > 1) {
					t.Errorf("%d attempts, repeated should be %t", n, repeats)
				}
				wantOutcome(t, err, outcome)
				if e, _ := AsError(err); e.Status != test.status {
					t.Errorf("status is %d, want %d", e.Status, test.status)
				}
				if Unsettled(err) != (outcome != Refused) {
					t.Errorf("Unsettled is %t for %s", Unsettled(err), outcome)
				}
				wantContains(t, err.Error(), method+" /organizations/"+testOrg)
				wantContains(t, err.Error(), test.text...)
			})
		}
	}
}

func TestRepeatedUntilItWorks(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1:
			reset(w, r)
		case 2:
			answerWith(504, "<html>")(w, r)
		default:
			answerWith(200, `[{"id":1}]`)(w, r)
		}
	}))
	t.Cleanup(server.Close)
	keys, err := NewClient(Config{BaseURL: server.URL}).listAPIKeys(t.Context(), testOrg)
	if err != nil || len(keys) != 1 || n.Load() != 3 {
		t.Errorf("%v, %v after %d requests", keys, err, n.Load())
	}
}

// A name server that does not answer in time is a network error like another: its error looks like an
// expired context without being one.
func TestNameServerTimeout(t *testing.T) {
	t.Parallel()
	c := NewClient(Config{BaseURL: "http://neon.test", RetryTimeout: time.Second})
	var n atomic.Int32
	setBase(c, roundTripper(func(*http.Request) (*http.Response, error) {
		n.Add(1)
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true, UnwrapErr: context.DeadlineExceeded}}
	}))
	if err := c.revokeAPIKey(t.Context(), testOrg, "1"); err == nil || n.Load() < 2 {
		t.Errorf("%v after %d attempts", err, n.Load())
	} else {
		wantOutcome(t, err, Refused)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRedirect(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/x?token="+testToken("a"), status))
			t.Cleanup(server.Close)
			c := NewClient(Config{BaseURL: server.URL, APIKey: Secret(testToken("k"))})
			_, readErr := c.listAPIKeys(t.Context(), testOrg)
			_, writeErr := c.createAPIKey(t.Context(), testOrg, "ci", "")
			for _, err := range []error{readErr, writeErr} {
				if err == nil {
					t.Fatal("a redirect was taken for an answer")
				}
				wantOutcome(t, err, Refused)
				wantContains(t, err.Error(), "redirects", strings.TrimPrefix(elsewhere.URL, "http://"), "base_url")
			}
		})
	}
	t.Cleanup(func() {
		if n := followed.Load(); n != 0 {
			t.Errorf("%d redirects were followed", n)
		}
	})
}

func TestHugeAnswer(t *testing.T) {
	t.Parallel()
	var n, closed atomic.Int32
	c := NewClient(Config{BaseURL: "http://neon.test"})
	setBase(c, roundTripper(func(*http.Request) (*http.Response, error) {
		n.Add(1)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: endless{&closed}}, nil
	}))
	_, err := c.listAPIKeys(t.Context(), testOrg)
	if err == nil || n.Load() != 1 || closed.Load() != 1 {
		t.Fatalf("%v after %d requests, %d bodies closed", err, n.Load(), closed.Load())
	}
	wantContains(t, err.Error(), "larger than 8 MiB")
}

type endless struct{ closed *atomic.Int32 }

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (e endless) Close() error             { e.closed.Add(1); return nil }

const oneMember = `{"member":{"id":"m1","org_id":"` + testOrg + `","role":"admin"},"user":{"email":"a@example.com"}}`

func TestWrongLists(t *testing.T) {
	t.Parallel()
	members := func(ctx context.Context, c *Client) error { _, err := c.listMembers(ctx, testOrg); return err }
	keys := func(ctx context.Context, c *Client) error { _, err := c.listAPIKeys(ctx, testOrg); return err }
	invitations := func(ctx context.Context, c *Client) error { _, err := c.listInvitations(ctx, testOrg); return err }
	organizations := func(ctx context.Context, c *Client) error { _, err := c.Organizations(ctx); return err }
	projects := func(ctx context.Context, c *Client) error { _, _, err := c.Projects(ctx, testOrg, ""); return err }
	for _, test := range []struct {
		name  string
		call  func(context.Context, *Client) error
		pages []string // the last one is repeated
		text  string
	}{
		{"no members", members, []string{`{"members":[]}`}, "is empty"},
		{"no members field", members, []string{`{}`}, "no list of members"},
		{"null members", members, []string{`{"members":null}`}, "no list of members"},
		{"members is an object", members, []string{`{"members":{}}`}, "unexpected form"},
		{"another organization", members, []string{`{"members":[{"member":{"id":"m","org_id":"org-other"},"user":{"email":"a@example.com"}}]}`}, "org-other"},
		{"another organization on page two", members, []string{`{"members":[` + oneMember + `],"pagination":{"next":"2"}}`, `{"members":[{"member":{"id":"m","org_id":"org-other"},"user":{"email":"a@example.com"}}]}`}, "org-other"},
		{"repeating cursor", members, []string{`{"members":[` + oneMember + `],"pagination":{"next":"2"}}`}, "cursor repeats"},
		{"cursors in a circle", members, []string{`{"members":[` + oneMember + `],"pagination":{"next":"1"}}`, `{"members":[],"pagination":{"next":"2"}}`, `{"members":[],"pagination":{"next":"1"}}`}, "cursor repeats"},
		{"second page fails", members, []string{`{"members":[` + oneMember + `],"pagination":{"next":"2"}}`, `404`}, "HTTP 404"},
		{"second page cut short", members, []string{`{"members":[` + oneMember + `],"pagination":{"next":"2"}}`, `{"members":[`}, "cut short"},
		{"second page without members", members, []string{`{"members":[` + oneMember + `],"pagination":{"next":"2"}}`, `{}`}, "no list of members"},
		{"member without id", members, []string{`{"members":[` + oneMember + `,{"member":{},"user":{"email":"a@example.com"}}]}`}, "no id or no e-mail"},
		{"member without e-mail", members, []string{`{"members":[{"member":{"id":"x"},"user":{"email":" "}}]}`}, "no id or no e-mail"},
		{"null keys", keys, []string{`null`}, "null instead of a list"},
		{"keys in an object", keys, []string{`{"api_keys":[]}`}, "unexpected form"},
		{"key without id", keys, []string{`[{"id":1},{"name":"x"}]`}, "no id"},
		{"no invitations field", invitations, []string{`{"members":[]}`}, "no list of invitations"},
		{"invitation without e-mail", invitations, []string{`{"invitations":[{"id":"x","email":" "}]}`}, "no e-mail"},
		{"no organizations field", organizations, []string{`{}`}, "no list of organizations"},
		{"organization without id", organizations, []string{`{"organizations":[{}]}`}, "no id"},
		{"no projects field", projects, []string{`{}`}, "no list of projects"},
		{"second page of projects fails", projects, []string{`{"projects":[{"id":"p1"}],"pagination":{"cursor":"p1"}}`, `404`}, "HTTP 404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				page := test.pages[min(int(n.Add(1)), len(test.pages))-1]
				if page == "404" {
					answerWith(404, `{"code":"","message":"no"}`)(w, r)
					return
				}
				answerWith(200, page)(w, r)
			}), Config{})
			err := test.call(t.Context(), c)
			if err == nil {
				t.Fatal("no error")
			}
			wantOutcome(t, err, Refused)
			wantContains(t, err.Error(), "GET /", test.text)
		})
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var queries []string
	c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		queries = append(queries, r.URL.RawQuery)
		mu.Unlock()
		cursor := r.URL.Query().Get("cursor")
		switch {
		case strings.HasSuffix(r.URL.Path, "/members") && cursor == "":
			answerWith(200, `{"members":[`+oneMember+`],"pagination":{"next":"a b"}}`)(w, r)
		case strings.HasSuffix(r.URL.Path, "/members"):
			answerWith(200, `{"members":[`+strings.ReplaceAll(oneMember, "m1", "m2")+`],"pagination":{"sort_by":"email"}}`)(w, r)
		case cursor == "":
			answerWith(200, `{"projects":[{"id":"p1","pg_version":17}],"pagination":{"cursor":"p1"},"unavailable_project_ids":["p9"]}`)(w, r)
		case cursor == "p1":
			answerWith(200, `{"projects":[],"pagination":{"cursor":"p2"},"unavailable_project_ids":["p8"]}`)(w, r)
		case cursor == "p2":
			answerWith(200, `{"projects":[{"id":"p3"}],"pagination":{"cursor":"p3"}}`)(w, r)
		default:
			answerWith(200, `{"projects":[],"pagination":{"cursor":"p3"}}`)(w, r)
		}
	}), Config{})
	members, err := c.listMembers(t.Context(), testOrg)
	if err != nil || len(members) != 2 || members[1].ID != "m2" {
		t.Errorf("%v, %v", members, err)
	}
	projects, unavailable, err := c.Projects(t.Context(), testOrg, "shiny wind")
	if err != nil || len(projects) != 2 || projects[0].PostgresVersion != 17 || !slices.Equal(unavailable, []string{"p9", "p8"}) {
		t.Errorf("%v, %v, %v", projects, unavailable, err)
	}
	want := []string{
		"limit=500", "cursor=a+b&limit=500",
		"limit=400&org_id=org-test-1&search=shiny+wind", "cursor=p1&limit=400&org_id=org-test-1&search=shiny+wind",
		"cursor=p2&limit=400&org_id=org-test-1&search=shiny+wind", "cursor=p3&limit=400&org_id=org-test-1&search=shiny+wind",
	}
	if !slices.Equal(queries, want) {
		t.Errorf("queries %q, want %q", queries, want)
	}
}

func TestCaller(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		answers map[string]string // path to answer; a number is a status
		want    Caller
		fails   string
	}{
		{"personal", map[string]string{"/auth": `{"auth_method":"api_key_user"}`, "/users/me": `{"id":"u1","email":"A@Example.com"}`}, Caller{Key: Key{KeyType: PersonalKey}, UserID: "u1", Email: "a@example.com"}, ""},
		{"organization", map[string]string{"/auth": `{"auth_method":"api_key_org"}`, "/users/me/organizations": `{"organizations":[{"id":"o1"}]}`, "/organizations/o1": `{"id":"o1"}`}, Caller{Key: Key{KeyType: OrganizationKey, OrgID: "o1"}}, ""},
		{"project", map[string]string{"/auth": `{"auth_method":"api_key_org"}`, "/users/me/organizations": `{"organizations":[{"id":"o1"}]}`, "/organizations/o1": `404`}, Caller{Key: Key{KeyType: ProjectKey, OrgID: "o1"}}, ""},
		{"wrong key", map[string]string{"/auth": `401`}, Caller{}, "401"},
		{"organization unreadable", map[string]string{"/auth": `{"auth_method":"api_key_org"}`, "/users/me/organizations": `{"organizations":[{"id":"o1"}]}`, "/organizations/o1": `422`}, Caller{}, "422"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n.Add(1)
				answer := test.answers[strings.TrimPrefix(r.URL.Path, "/api/v2")]
				var status int
				if json.Unmarshal([]byte(answer), &status) == nil {
					answerWith(status, `{"code":"","message":"no"}`)(w, r)
					return
				}
				answerWith(200, answer)(w, r)
			}), Config{})
			var group sync.WaitGroup
			for range 5 {
				group.Go(func() {
					got, err := c.Caller(t.Context())
					if test.fails != "" {
						if err == nil || !strings.Contains(err.Error(), test.fails) {
							t.Errorf("error %v, want %s", err, test.fails)
						}
					} else if err != nil || got != test.want {
						t.Errorf("%+v, %v", got, err)
					}
				})
			}
			group.Wait()
			if test.fails == "" && int(n.Load()) != len(test.answers) {
				t.Errorf("%d requests, want %d", n.Load(), len(test.answers))
			}
		})
	}
}
