package neon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Any 2xx with the body that was asked for is success.
func TestAny2xxIsSuccess(t *testing.T) {
	t.Parallel()
	const key, listed = `{"id":1,"key":"abc"}`, `[{"id":1}]`
	for _, test := range []struct {
		name   string
		status int
		body   string
		call   func(context.Context, *Client) error
	}{
		{"read, 203", 203, listed, func(ctx context.Context, c *Client) error { _, err := c.listAPIKeys(ctx, testOrg); return err }},
		{"create, 201", 201, key, func(ctx context.Context, c *Client) error {
			_, err := c.createAPIKey(ctx, testOrg, "ci", "")
			return err
		}},
		{"invite, 202", 202, `{"invitations":[]}`, func(ctx context.Context, c *Client) error {
			_, err := c.invite(ctx, testOrg, []Invitee{{"a@example.com", "viewer"}})
			return err
		}},
		{"change, 201", 201, `{"id":"m1","role":"admin"}`, func(ctx context.Context, c *Client) error { return c.setRole(ctx, testOrg, "m1", "admin") }},
		{"change, 204", 204, "", func(ctx context.Context, c *Client) error { return c.setRole(ctx, testOrg, "m1", "admin") }},
		{"remove, 204", 204, "", func(ctx context.Context, c *Client) error { return c.removeMember(ctx, testOrg, "m1") }},
		{"revoke, 202", 202, `{"id":1,"revoked":true}`, func(ctx context.Context, c *Client) error { return c.revokeAPIKey(ctx, testOrg, "1") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := test.call(t.Context(), newTestClient(answerWith(test.status, test.body), Config{})); err != nil {
				t.Error(err)
			}
		})
	}
}

// A change whose answer is about something else may have been answered by anybody.
func TestAnswerToAChangeOfAnotherForm(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"ok":true}`, `{"id":2}`, `[]`, `"x"`, `{"code":"","message":"done"}`} {
		c := newTestClient(answerWith(200, body), Config{})
		wantOutcome(t, c.revokeAPIKey(t.Context(), testOrg, "1"), Uncertain)
		wantOutcome(t, c.setRole(t.Context(), testOrg, "m1", "admin"), Uncertain)
		_, err := c.invite(t.Context(), testOrg, []Invitee{{"a@example.com", "viewer"}})
		wantOutcome(t, err, Uncertain)
		if !strings.HasPrefix(body, "{") {
			wantOutcome(t, c.removeMember(t.Context(), testOrg, "m1"), Uncertain)
		}
	}
}

// What is answered, but not by Neon, is asked for again a few times, and says nothing about the key.
func TestNotNeonsWord(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 407, 409, 418, 500, 502} {
		for name, body := range map[string]string{
			"HTML": "<html><title>Sign in\u202e &amp; go</title>", "empty": "", "a gateway's JSON": `{"message":"not allowed for organization API keys"}`, "other JSON": `["x"]`, "text": "no",
		} {
			t.Run(fmt.Sprintf("%d %s", status, name), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					requests, wrong := 0, 2
					c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if requests++; requests <= wrong {
							w.Header().Set("Server", "box\x1b/1")
							if status < 500 {
								w.Header().Set("Retry-After", "3600") // is not Neon's wish
							}
							answerWith(status, body)(w, r)
							return
						}
						answerWith(200, `[{"id":1}]`)(w, r)
					}), Config{})
					if keys, err := c.listAPIKeys(t.Context(), testOrg); err != nil || len(keys) != 1 {
						t.Errorf("twice: %v, %v", keys, err)
					}
					requests, wrong = 0, 1_000_000
					started := time.Now()
					_, err := c.listAPIKeys(t.Context(), testOrg)
					e, ok := AsError(err)
					if !ok || e.Refusal() != NotNeon || e.Message != "" || unknownToNeon(err) || refusesToTell(err) {
						t.Errorf("for ever: %v", err)
					}
					if status < 500 && (requests != notNeonTries || time.Since(started) > 5*time.Second) {
						t.Errorf("%d requests in %s", requests, time.Since(started))
					}
					wantContains(t, err.Error(), fmt.Sprint("HTTP ", status), `calls itself "box/1"`)
					if name == "HTML" {
						wantContains(t, err.Error(), `titled "Sign in & go"`)
					}
				})
			})
		}
	}
}

// A removal that something else than Neon answers is looked after: neither believed nor repeated for long.
func TestWriteThatNeonDidNotAnswer(t *testing.T) {
	t.Parallel()
	for _, carriedOut := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			fake := newFakeNeon()
			id := fake.addKey("ci", "", me, time.Now())
			sent := 0
			o := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodDelete {
					fake.ServeHTTP(w, r)
					return
				}
				if sent++; carriedOut {
					fake.end("api_keys", id)
				}
				answerWith(404, "")(w, r)
			}), Config{}).Organization(testOrg)
			started := time.Now()
			err := o.RevokeAPIKey(t.Context(), id)
			if carriedOut && (err != nil || sent != 1) {
				t.Errorf("carried out: %v after %d", err, sent)
			}
			if !carriedOut {
				wantOutcome(t, err, Refused)
				wantContains(t, err.Error(), "HTTP 404", "the answer is empty")
				if sent != notNeonTries || time.Since(started) > 15*time.Second {
					t.Errorf("%d requests in %s", sent, time.Since(started))
				}
			}
		})
	}
}

// Only what Neon documents says whose key it is.
func TestCallerOfAnotherForm(t *testing.T) {
	t.Parallel()
	for auth, want := range map[string]string{
		`{}`: "auth_method is", `{"auth_method":null}`: "auth_method is", `{"auth_method":"api_key_super"}`: `"api_key_super"`,
		`{"auth_method":"API_KEY_USER"}`: "auth_method is", `[]`: "unexpected form",
	} {
		_, err := newTestClient(answerWith(200, auth), Config{}).Key(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", auth, err)
		}
	}
	for user, works := range map[string]bool{
		`{}`: false, `{"id":"u1"}`: false, `{"email":"a@example.com"}`: false, `{"id":"","email":"a@example.com"}`: false,
		`{"id":"u1","email":" "}`: false, `{"id":"u1","email":"a@example.com"}`: true,
	} {
		caller, err := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/auth") {
				answerWith(200, `{"auth_method":"api_key_user"}`)(w, r)
				return
			}
			answerWith(200, user)(w, r)
		}), Config{}).Caller(t.Context())
		if works != (err == nil) || works != (caller.Email != "") {
			t.Errorf("%s: %+v, %v", user, caller, err)
		}
	}
}

// An organization key whose list of organizations is refused belongs to the account that GET /auth names.
func TestKeyOfAnAccount(t *testing.T) {
	t.Parallel()
	for _, list := range []string{`404`, `{"organizations":[]}`} {
		c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/auth"):
				answerWith(200, `{"auth_method":"api_key_org","account_id":"`+testOrg+`"}`)(w, r)
			case !strings.HasSuffix(r.URL.Path, "/users/me/organizations"):
				answerWith(200, `{"id":"`+testOrg+`"}`)(w, r)
			case list == "404":
				answerWith(404, `{"code":"","message":"no"}`)(w, r)
			default:
				answerWith(200, list)(w, r)
			}
		}), Config{})
		if key, err := c.Key(t.Context()); err != nil || key != (Key{KeyType: OrganizationKey, OrgID: testOrg}) {
			t.Errorf("%s: %+v, %v", list, key, err)
		}
	}
}

// The refusal of a project-scoped key says for which project it is, or does not.
func TestProjectOfAKey(t *testing.T) {
	t.Parallel()
	const refusal = "not allowed to perform actions outside the project this key is scoped to"
	for message, project := range map[string]string{
		refusal: "",
		refusal + `; subject_project_id:"damp-dream-12345678"`:         "damp-dream-12345678",
		refusal + `; subject_project_id:damp-dream-12345678; more:"x"`: "damp-dream-12345678",
		refusal + `; subject_project_id:"../../etc"`:                   "",
		`not found; subject_project_id:"damp-dream-12345678"`:          "",
	} {
		c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/auth"):
				answerWith(200, `{"auth_method":"api_key_org","account_id":"`+testOrg+`"}`)(w, r)
			case strings.HasSuffix(r.URL.Path, "/users/me/organizations"):
				answerWith(200, `{"organizations":[{"id":"`+testOrg+`"}]}`)(w, r)
			default:
				text, _ := json.Marshal(message)
				answerWith(404, `{"code":"","message":`+string(text)+`}`)(w, r)
			}
		}), Config{})
		key, err := c.Key(t.Context())
		if err != nil || key.KeyType != ProjectKey || key.ProjectID != project {
			t.Errorf("%s: %+v, %v", message, key, err)
		}
	}
}

// No id leads to another path than the one that is meant, and what is no id is not sent.
func TestPaths(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Method+" "+r.URL.EscapedPath())
		answerWith(200, `{}`)(w, r)
	}), Config{})
	for _, id := range []string{"", ".", "..", "...", "../api_keys", "1/../2", "a/b", `a\b`, "%2e%2e", "a b", "a?b", "a#b", "a;b", "a\nb", "ä", "a_b", strings.Repeat("a", 65)} {
		for name, call := range map[string]func() error{
			"organization": func() error { _, err := c.OrganizationInfo(t.Context(), id); return err },
			"members":      func() error { _, err := c.listMembers(t.Context(), id); return err },
			"invitations":  func() error { _, err := c.listInvitations(t.Context(), id); return err },
			"keys":         func() error { _, err := c.listAPIKeys(t.Context(), id); return err },
			"key":          func() error { return c.revokeAPIKey(t.Context(), testOrg, id) },
			"member":       func() error { return c.removeMember(t.Context(), testOrg, id) },
			"role":         func() error { return c.setRole(t.Context(), testOrg, id, "admin") },
			"invite":       func() error { _, err := c.invite(t.Context(), id, nil); return err },
			"create":       func() error { _, err := c.createAPIKey(t.Context(), id, "ci", ""); return err },
			"revoke now":   func() error { return c.Organization(testOrg).RevokeAPIKey(t.Context(), id) },
		} {
			err := call()
			if e, ok := AsError(err); !ok || e.Refusal() != MalformedID || e.Outcome != Refused {
				t.Errorf("%s %q: %v", name, id, err)
			}
		}
	}
	if len(seen) > 0 {
		t.Errorf("sent: %q", seen)
	}
	if err := c.removeMember(t.Context(), testOrg, "0198c0de-AB"); err != nil || !slices.Equal(seen, []string{"DELETE /api/v2/organizations/" + testOrg + "/members/0198c0de-AB"}) {
		t.Errorf("%v, %q", err, seen)
	}
}

// An answer with an id that is none is refused, so that no message has it.
func TestIDsInAnswers(t *testing.T) {
	t.Parallel()
	for answer, out := range map[string]any{
		`{"id":"$(reboot)"}`: &APIKey{},
		`{"id":"../7"}`:      &APIKey{},
		`{"id":-1}`:          &APIKey{},
		`{"id":1e3}`:         &APIKey{},
		`{"id":"org\u0000"}`: &OrganizationInfo{},
		`{"id":"a b"}`:       &OrganizationInfo{},
		`{"member":{"id":".."},"user":{"email":"a"}}`: &Member{},
	} {
		if err := decode([]byte(answer), out); err == nil {
			t.Errorf("%s is accepted: %+v", answer, out)
		}
	}
}

// A list has an end, in pages, in items and in time.
func TestEndlessLists(t *testing.T) {
	t.Parallel()
	endless := func(delay time.Duration) http.Handler {
		page := 0
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if page++; sleep(r.Context(), delay) != nil {
				panic(http.ErrAbortHandler)
			}
			answerWith(200, fmt.Sprintf(`{"members":[%s],"projects":[{"id":"p%d"}],"pagination":{"next":"%d","cursor":"%d"}}`,
				strings.ReplaceAll(oneMember, "m1", fmt.Sprint("m", page)), page, page, page))(w, r)
		})
	}
	for name, list := range map[string]func(context.Context, *Client) error{
		"members":  func(ctx context.Context, c *Client) error { _, err := c.Organization(testOrg).Members(ctx); return err },
		"projects": func(ctx context.Context, c *Client) error { _, _, err := c.Projects(ctx, testOrg, ""); return err },
	} {
		synctest.Test(t, func(t *testing.T) {
			err := list(t.Context(), newTestClient(endless(0), Config{}))
			if !errors.Is(err, errTooManyPages) {
				t.Errorf("%s, without end: %v", name, err)
			}
			started := time.Now()
			err = list(t.Context(), newTestClient(endless(25*time.Second), Config{}))
			if !errors.Is(err, errListTooSlow) || time.Since(started) > listTimeout+DefaultRetryTimeout+time.Second {
				t.Errorf("%s, slowly: %v after %s", name, err, time.Since(started))
			}
		})
	}
}

// Neon's id of a request is in the error, whichever header has it.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		header map[string]string
		body   string
		want   string
	}{
		{map[string]string{"X-Neon-Ret-Request-Id": "ret-1"}, `{"code":"","message":"no"}`, "(request id ret-1)"},
		{map[string]string{"X-Neon-Ret-Request-Id": "ret-1", "X-Request-Id": "req-1"}, `{"code":"","message":"no"}`, "(request id ret-1, X-Request-ID req-1)"},
		{map[string]string{"X-Request-Id": "req-1"}, `{"code":"","message":"no"}`, "(request id req-1)"},
		{map[string]string{"X-Request-Id": "req-1"}, `{"request_id":"body-1","code":"","message":"no"}`, "(request id body-1)"},
		{map[string]string{"X-Neon-Ret-Request-Id": "ret\u202e\x07-1"}, `<html>`, "(request id ret-1)"},
	} {
		var logged Attempt
		c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for name, value := range test.header {
				w.Header().Set(name, value)
			}
			answerWith(422, test.body)(w, r)
		}), Config{Observe: func(_ context.Context, a Attempt) { logged = a }})
		_, err := c.listAPIKeys(t.Context(), testOrg)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
		if has := test.header["X-Neon-Ret-Request-Id"] != ""; has != strings.HasPrefix(logged.NeonRequestID, "ret") || strings.ContainsRune(logged.NeonRequestID, '\u202e') {
			t.Errorf("logged %+v", logged)
		}
	}
}
