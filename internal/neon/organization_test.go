package neon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// newTestOrganization returns the view of a fake Neon's organization.
func newTestOrganization(neon *fakeNeon, cfg Config) *Organization {
	return newTestClient(neon, cfg).Organization(testOrg)
}

func TestCreateAPIKey(t *testing.T) {
	t.Parallel()
	// What happens to the successive requests of a route, and what is to come of it.
	for _, test := range []struct {
		name    string
		faults  map[string][]string
		lag     time.Duration
		skew    time.Duration
		creates int
		revokes int
		fails   []string // parts of the error
		outcome Outcome
		left    int // keys that nobody knows of
	}{
		{name: "nothing unusual", creates: 1},
		{name: "lost after", faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "lost before", faults: map[string][]string{"POST api_keys": {"lost before"}}, creates: 2},
		{name: "500 after", faults: map[string][]string{"POST api_keys": {"500 after"}}, creates: 2, revokes: 1},
		{name: "500 before", faults: map[string][]string{"POST api_keys": {"500 oops"}}, creates: 2},
		{name: "web page after", faults: map[string][]string{"POST api_keys": {"html after"}}, creates: 2, revokes: 1},
		{name: "empty after", faults: map[string][]string{"POST api_keys": {"empty after"}}, creates: 2, revokes: 1},
		{name: "not JSON after", faults: map[string][]string{"POST api_keys": {"text after"}}, creates: 2, revokes: 1},
		{name: "cut short after", faults: map[string][]string{"POST api_keys": {"cut after"}}, creates: 2, revokes: 1},
		{name: "hang after", faults: map[string][]string{"POST api_keys": {"hang after"}}, creates: 2, revokes: 1},
		{name: "hang before", faults: map[string][]string{"POST api_keys": {"hang before"}}, creates: 2},
		{name: "no token", faults: map[string][]string{"POST api_keys": {"no token"}}, creates: 2, revokes: 1},
		{name: "three times lost after", faults: map[string][]string{"POST api_keys": {"lost after", "cut after", "no token"}}, creates: 4, revokes: 3},
		{name: "lost before and after", faults: map[string][]string{"POST api_keys": {"lost before", "lost after"}}, creates: 3, revokes: 1},
		{name: "refused, then lost after", faults: map[string][]string{"POST api_keys": {"503 later", "429 slow", "lost after"}}, creates: 4, revokes: 1},
		{name: "the list lags by a second", lag: time.Second, faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "the list lags by two and a half", lag: 2500 * time.Millisecond, faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "Neon's clock is ahead", skew: 7 * time.Minute, faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "Neon's clock is behind", skew: -7 * time.Minute, faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "the orphan's revocation is lost after", faults: map[string][]string{"POST api_keys": {"lost after"}, "DELETE api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "the orphan's revocation is lost before", faults: map[string][]string{"POST api_keys": {"lost after"}, "DELETE api_keys": {"lost before"}}, creates: 2, revokes: 2},
		{name: "the orphan cannot be revoked", faults: map[string][]string{"POST api_keys": {"lost after"}, "DELETE api_keys": {"403 no"}}, creates: 1, revokes: 1, fails: []string{"the API key 101 was made", "revoking it failed", "HTTP 403"}, outcome: Uncertain, left: 1},
		{name: "the key without token cannot be revoked", faults: map[string][]string{"POST api_keys": {"no token"}, "DELETE api_keys": {"403 no"}}, creates: 1, revokes: 1, fails: []string{"lacks the key's token", "the API key 101 was made", "HTTP 403"}, outcome: CarriedOut, left: 1},
		{name: "the list fails", faults: map[string][]string{"POST api_keys": {"lost after"}, "GET api_keys": {"", "403 no"}}, creates: 1, fails: []string{`"ci" may have been made`, "listing the keys failed", "HTTP 403"}, outcome: Uncertain, left: 1},
		{name: "refused", faults: map[string][]string{"POST api_keys": {"422 no"}}, creates: 1, fails: []string{"HTTP 422", "no"}},
		{name: "lost before, then refused", faults: map[string][]string{"POST api_keys": {"lost before", "403 no"}}, creates: 2, fails: []string{"HTTP 403"}},
		{name: "the first list fails", faults: map[string][]string{"GET api_keys": {"404 no"}}, fails: []string{"GET", "HTTP 404"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				neon := newFakeNeon()
				neon.lag, neon.skew, neon.faults = test.lag, test.skew, maps.Clone(test.faults)
				if neon.faults == nil {
					neon.faults = map[string][]string{}
				}
				o := newTestOrganization(neon, Config{})
				key, err := o.CreateAPIKey(t.Context(), "ci", "")
				if got := neon.count("POST api_keys"); got != test.creates {
					t.Errorf("%d creates, want %d: %q", got, test.creates, neon.log)
				}
				if got := neon.count("DELETE api_keys"); got != test.revokes {
					t.Errorf("%d revocations, want %d: %q", got, test.revokes, neon.log)
				}
				live := neon.liveIDs("api_keys")
				if test.fails != nil {
					wantOutcome(t, err, test.outcome)
					wantContains(t, err.Error(), test.fails...)
					if strings.Contains(err.Error(), "\n") {
						t.Errorf("not one line: %q", err)
					}
					if len(live) != test.left || key.Token != "" {
						t.Errorf("key %v; live: %v", key, live)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if key.Token == "" || !slices.Equal(live, []string{key.ID}) {
					t.Errorf("live: %v, returned: %v with token %t", live, key.ID, key.Token != "")
				}
				if listed, err := o.APIKeys(t.Context()); err != nil || len(listed) != 1 || listed[0].ID != key.ID || listed[0].Token != "" {
					t.Errorf("the view has %v, %v", listed, err)
				}
			})
		})
	}
}

func TestCreateAPIKeysOfOneName(t *testing.T) {
	t.Parallel()
	for name, concurrent := range map[string]bool{"in sequence": false, "concurrently": true} {
		for _, faults := range [][]string{{"lost after", "", "lost after"}, {"lost after", "lost after"}, {"lost before", "lost after"}, {"cut after", "lost before", "", "no token"}} {
			t.Run(name+"/"+strings.Join(faults, ", "), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					neon := newFakeNeon()
					neon.fail("POST api_keys", faults...)
					o := newTestOrganization(neon, Config{})
					var mu sync.Mutex
					var ids []string
					create := func() {
						key, err := o.CreateAPIKey(t.Context(), "ci", "p1")
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						ids = append(ids, key.ID)
					}
					var group sync.WaitGroup
					for range 3 {
						if concurrent {
							group.Go(create)
						} else {
							create()
						}
					}
					group.Wait()
					slices.Sort(ids)
					if live := neon.liveIDs("api_keys"); !slices.Equal(live, ids) || len(slices.Compact(ids)) != 3 {
						t.Errorf("live %v, returned %v: %q", live, ids, neon.log)
					}
				})
			})
		}
	}
}

// The creates of different names do not wait for each other.
func TestCreateAPIKeysConcurrently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.fail("POST api_keys", "hang before")
		o := newTestOrganization(neon, Config{})
		if _, err := o.APIKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		var group sync.WaitGroup
		group.Go(func() { _, _ = o.CreateAPIKey(t.Context(), "slow", "") })
		synctest.Wait()
		_ = sleep(t.Context(), time.Second)
		if _, err := o.CreateAPIKey(t.Context(), "fast", ""); err != nil {
			t.Error(err)
		}
		wantTook(t, started, time.Second, 2*time.Second)
		// Whoever waits for a name leaves when told to.
		if _, err := o.CreateAPIKey(cancelAfter(t, time.Second), "slow", ""); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		wantTook(t, started, 2*time.Second, 3*time.Second)
		group.Wait()
	})
}

// Keys that look like an orphan of ours and are not.
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		before  func(*fakeNeon) string // before the process lists the keys for the first time
		after   func(*fakeNeon) string // while the create is under way
		fault   string
		fails   []string
		revokes int
	}{
		{name: "there before", fault: "lost after", revokes: 1, before: func(f *fakeNeon) string { return f.addKey("ci", "", me, time.Now()) }},
		{name: "there before, nothing carried out", fault: "lost before", before: func(f *fakeNeon) string { return f.addKey("ci", "", me, time.Now()) }},
		{name: "somebody else's", fault: "lost after", revokes: 1, after: func(f *fakeNeon) string { return f.addKey("ci", "", somebody, time.Now()) }},
		{name: "somebody else's, nothing carried out", fault: "lost before", after: func(f *fakeNeon) string { return f.addKey("ci", "", somebody, time.Now()) }},
		{name: "another project's", fault: "lost after", revokes: 1, after: func(f *fakeNeon) string { return f.addKey("ci", "p1", me, time.Now()) }},
		{name: "another name's", fault: "lost after", revokes: 1, after: func(f *fakeNeon) string { return f.addKey("CI", "", me, time.Now()) }},
		{name: "used already", fault: "lost before", after: func(f *fakeNeon) string {
			id := f.addKey("ci", "", me, time.Now())
			f.set("api_keys", id, "last_used_at", time.Now().UTC().Format(time.RFC3339))
			return id
		}},
		{name: "mine of another time", fault: "lost before", fails: []string{"made at another time", "not revoked"}, after: func(f *fakeNeon) string { return f.addKey("ci", "", me, time.Now().Add(-time.Minute)) }},
		{name: "mine of another time beside the orphan", fault: "lost after", revokes: 1, after: func(f *fakeNeon) string { return f.addKey("ci", "", me, time.Now().Add(-time.Minute)) }},
		{name: "mine of this very second beside the orphan", fault: "lost after", fails: []string{"2 keys look like it", "none was revoked"}, after: func(f *fakeNeon) string { return f.addKey("ci", "", me, time.Now()) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				neon := newFakeNeon()
				foreign := ""
				if test.before != nil {
					foreign = test.before(neon)
				}
				neon.fail("POST api_keys", test.fault)
				var once sync.Once
				neon.onSeen = func(route string) {
					if route == "POST api_keys" && test.after != nil {
						once.Do(func() { foreign = test.after(neon) })
					}
				}
				key, err := newTestOrganization(neon, Config{}).CreateAPIKey(t.Context(), "ci", "")
				live := neon.liveIDs("api_keys")
				if !slices.Contains(live, foreign) {
					t.Errorf("the foreign key %s was revoked: %q", foreign, neon.log)
				}
				if n := neon.count("DELETE api_keys"); n != test.revokes {
					t.Errorf("%d revocations, want %d", n, test.revokes)
				}
				if test.fails != nil {
					wantOutcome(t, err, Uncertain)
					wantContains(t, err.Error(), append(test.fails, foreign)...)
				} else if err != nil || len(live) != 2 || !slices.Contains(live, key.ID) {
					t.Errorf("%v, %v, live: %v", key, err, live)
				}
			})
		})
	}
}

func TestCreateAPIKeyInterrupted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		fault   string
		most    time.Duration
		created bool
	}{
		{"answered in time", "slow after", 4 * time.Second, true},
		{"no answer, carried out", "hang after", 7 * time.Second, false},
		{"no answer, not carried out", "hang before", 7 * time.Second, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				neon := newFakeNeon()
				neon.fail("POST api_keys", test.fault)
				o := newTestOrganization(neon, Config{})
				if _, err := o.APIKeys(t.Context()); err != nil {
					t.Fatal(err)
				}
				started := time.Now()
				key, err := o.CreateAPIKey(cancelAfter(t, time.Second), "ci", "")
				wantTook(t, started, time.Second, test.most)
				live := neon.liveIDs("api_keys")
				if test.created {
					if err != nil || !slices.Equal(live, []string{key.ID}) {
						t.Errorf("%v, %v, live: %v", key, err, live)
					}
					return
				}
				wantOutcome(t, err, Refused) // nothing is left of it
				if !errors.Is(err, context.Canceled) || len(live) != 0 || neon.count("POST api_keys") != 1 {
					t.Errorf("%v, live: %v, %q", err, live, neon.log)
				}
			})
		})
	}
}

// Every answer is lost, for ever: it ends, and nothing is left behind.
func TestCreateAPIKeyNeverAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.fail("POST api_keys", slices.Repeat([]string{"lost after"}, 10_000)...)
		started := time.Now()
		_, err := newTestOrganization(neon, Config{RetryTimeout: 20 * time.Second}).CreateAPIKey(t.Context(), "ci", "")
		wantOutcome(t, err, Refused)
		wantTook(t, started, 20*time.Second, 25*time.Second)
		if live := neon.liveIDs("api_keys"); len(live) != 0 {
			t.Errorf("live: %v", live)
		}
	})
}

// The writes that can be looked for: each is to be done once, whatever happens to the answer.
func TestUncertainWrites(t *testing.T) {
	t.Parallel()
	type operation struct {
		route, list string
		prepare     func(*fakeNeon)
		do          func(context.Context, *Organization) error
		done        func(*fakeNeon) bool
		doneAnyway  func(*fakeNeon) // by somebody else
	}
	has := func(f *fakeNeon, collection, field, value string) bool {
		n := 0
		for _, data := range f.live(collection, 0) {
			if data[field] == value {
				n++
			}
		}
		return n == 1
	}
	invite := func(people ...Invitee) func(context.Context, *Organization) error {
		return func(ctx context.Context, o *Organization) error {
			known, err := o.Invite(ctx, people)
			if err != nil {
				return err
			}
			for _, p := range people {
				if !known[p.Email].Has(p.Role) {
					return errors.New(p.Email + " is not known afterwards")
				}
			}
			return nil
		}
	}
	operations := map[string]operation{
		"revoke": {
			route: "DELETE api_keys", list: "GET api_keys",
			prepare:    func(f *fakeNeon) { f.addKey("ci", "", somebody, time.Now()) },
			do:         func(ctx context.Context, o *Organization) error { return o.RevokeAPIKey(ctx, "101") },
			done:       func(f *fakeNeon) bool { return len(f.liveIDs("api_keys")) == 0 },
			doneAnyway: func(f *fakeNeon) { f.end("api_keys", "101") },
		},
		"set role": {
			route: "PATCH members", list: "GET members",
			prepare:    func(f *fakeNeon) { f.addMember("m1", "one@example.com", "viewer") },
			do:         func(ctx context.Context, o *Organization) error { return o.SetRole(ctx, "m1", "editor") },
			done:       func(f *fakeNeon) bool { return has(f, "members", "role", "editor") },
			doneAnyway: func(f *fakeNeon) { f.set("members", "m1", "role", "editor") },
		},
		"remove": {
			route: "DELETE members", list: "GET members",
			prepare:    func(f *fakeNeon) { f.addMember("m1", "one@example.com", "viewer") },
			do:         func(ctx context.Context, o *Organization) error { return o.RemoveMember(ctx, "m1") },
			done:       func(f *fakeNeon) bool { return len(f.liveIDs("members")) == 1 },
			doneAnyway: func(f *fakeNeon) { f.end("members", "m1") },
		},
		"invite one": {
			route: "POST invitations", list: "GET invitations",
			do:         invite(Invitee{"new@example.com", "viewer"}),
			done:       func(f *fakeNeon) bool { return has(f, "invitations", "email", "new@example.com") },
			doneAnyway: func(f *fakeNeon) { f.addInvitation("new@example.com", "viewer") },
		},
		"invite many": {
			route: "POST invitations", list: "GET invitations",
			do: invite(Invitee{"new@example.com", "viewer"}, Invitee{"other@example.com", "editor"}),
			done: func(f *fakeNeon) bool {
				return has(f, "invitations", "email", "new@example.com") && has(f, "invitations", "email", "other@example.com")
			},
			doneAnyway: func(f *fakeNeon) {
				f.addInvitation("new@example.com", "viewer")
				f.addInvitation("other@example.com", "member") // the same role
			},
		},
	}
	tests := []struct {
		name     string
		faults   []string
		list     []string
		lag      time.Duration
		anyway   bool
		requests int // writes
		fails    []string
		outcome  Outcome
		undone   bool
	}{
		{name: "nothing unusual", requests: 1},
		{name: "lost after", faults: []string{"lost after"}, requests: 1},
		{name: "500 after", faults: []string{"500 after"}, requests: 1},
		{name: "web page after", faults: []string{"html after"}, requests: 1},
		{name: "empty after", faults: []string{"empty after"}, requests: 1},
		{name: "cut short after", faults: []string{"cut after"}, requests: 1},
		{name: "hang after", faults: []string{"hang after"}, requests: 1},
		{name: "lost after, and the list lags", faults: []string{"lost after"}, lag: time.Second, requests: 1},
		{name: "lost before", faults: []string{"lost before"}, requests: 2},
		{name: "500 before", faults: []string{"500 oops"}, requests: 2},
		{name: "hang before", faults: []string{"hang before"}, requests: 2},
		{name: "lost before, then after", faults: []string{"lost before", "lost after"}, requests: 2},
		{name: "lost before, while it is done by somebody else", faults: []string{"lost before"}, anyway: true, requests: 1},
		{name: "404 when done already", faults: []string{"404 not found"}, anyway: true, requests: 1},
		{name: "404 otherwise", faults: []string{"404 not found"}, requests: 1, fails: []string{"HTTP 404", "not found"}, undone: true},
		{name: "409 when done already", faults: []string{"409 conflict"}, anyway: true, requests: 1},
		{name: "422 otherwise", faults: []string{"422 no such role"}, requests: 1, fails: []string{"HTTP 422", "no such role"}, undone: true},
		{name: "403 in any case", faults: []string{"403 not allowed"}, anyway: true, requests: 1, fails: []string{"HTTP 403"}},
		{name: "404, and the list fails", faults: []string{"404 not found"}, list: []string{"403 no list"}, requests: 1, fails: []string{"HTTP 404"}, undone: true},
		{name: "lost after, and the list fails", faults: []string{"lost after"}, list: []string{"403 no list"}, requests: 1, fails: []string{"looking whether it was carried out failed", "no list"}, outcome: Uncertain},
		{name: "lost before, and the second look fails", faults: []string{"lost before"}, list: []string{"", "403 no list"}, requests: 1, fails: []string{"no list"}, outcome: Uncertain, undone: true},
		{name: "lost before for ever", faults: slices.Repeat([]string{"lost before"}, 1000), requests: -1, undone: true, fails: []string{"EOF"}},
	}
	for what, op := range operations {
		for _, test := range tests {
			t.Run(what+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					neon := newFakeNeon()
					if op.prepare != nil {
						op.prepare(neon)
					}
					neon.lag = test.lag
					_ = sleep(t.Context(), 10*time.Second)
					o := newTestOrganization(neon, Config{RetryTimeout: 20 * time.Second})
					if test.anyway {
						neon.onSeen = func(route string) {
							if route == op.route && !op.done(neon) {
								op.doneAnyway(neon)
							}
						}
					}
					neon.fail(op.route, test.faults...)
					neon.fail(op.list, test.list...)
					err := op.do(t.Context(), o)
					if n := neon.count(op.route); n != test.requests && test.requests >= 0 {
						t.Errorf("%d requests, want %d: %q", n, test.requests, neon.log)
					}
					if done := op.done(neon); done == test.undone {
						t.Errorf("done: %t; %q", done, neon.log)
					}
					if test.fails == nil {
						if err != nil {
							t.Error(err)
						}
						return
					}
					if err == nil {
						t.Fatal("no error")
					}
					wantOutcome(t, err, test.outcome)
					wantContains(t, err.Error(), test.fails...)
				})
			})
		}
	}
}

// Invitations without an id are tolerated, and nobody else's.
func TestInvitationsWithoutID(t *testing.T) {
	t.Parallel()
	client := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/members") {
			answerWith(200, `{"members":[`+oneMember+`]}`)(w, r)
			return
		}
		answerWith(200, `{"invitations":[{"email":"b@example.com","role":"viewer"},{"email":"c@example.com","role":"admin"}]}`)(w, r)
	}), Config{})
	o := client.Organization(testOrg)
	for email, role := range map[string]string{"b@example.com": "viewer", "c@example.com": "admin", "nobody@example.com": ""} {
		person, err := o.Person(t.Context(), "", email)
		if err != nil || person.Pending() != (role != "") || role != "" && !person.Has(role) {
			t.Errorf("%s: %+v, %v", email, person, err)
		}
	}
}

// Some of those invited have joined or are invited meanwhile: only the others are invited again.
func TestInviteTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		var sent [][]byte
		client := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				body, _ := readBody(r)
				sent = append(sent, body)
			}
			neon.ServeHTTP(w, r)
		}), Config{})
		neon.onSeen = func(route string) {
			if route == "POST invitations" && neon.count(route) == 1 {
				neon.addInvitation("b@example.com", "viewer")
				neon.addMember("m-c", "C@Example.com", "member")
			}
		}
		neon.fail("POST invitations", "lost before")
		people, err := client.Organization(testOrg).Invite(t.Context(), []Invitee{{"a@example.com", "viewer"}, {"b@example.com", "viewer"}, {"c@example.com", "editor"}, {"d@example.com", "viewer"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(sent) != 2 || string(sent[1]) != `{"invitations":[{"email":"a@example.com","role":"viewer"},{"email":"d@example.com","role":"viewer"}]}` {
			t.Errorf("%q", sent)
		}
		if !people["a@example.com"].Pending() || !people["b@example.com"].Pending() || people["c@example.com"].Member == nil {
			t.Errorf("%+v", people)
		}
	})
}

// An interrupted write is settled soon.
func TestInterruptedWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "one@example.com", "viewer")
		neon.fail("PATCH members", "hang before")
		started := time.Now()
		err := newTestOrganization(neon, Config{}).SetRole(cancelAfter(t, time.Second), "m1", "editor")
		wantOutcome(t, err, Refused)
		wantTook(t, started, 6*time.Second, 6600*time.Millisecond)
		if neon.count("PATCH members") != 1 {
			t.Errorf("%q", neon.log)
		}
	})
}

// What we made just now counts as there although a list lacks it, unless Neon itself says otherwise.
func TestRevokeWhatWasMadeJustNow(t *testing.T) {
	t.Parallel()
	for _, faults := range [][]string{{"lost after"}, {"lost before"}, {"lost before", "lost after"}} {
		t.Run(strings.Join(faults, ", "), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				neon := newFakeNeon()
				neon.lag = 800 * time.Millisecond
				neon.fail("DELETE api_keys", faults...)
				o := newTestOrganization(neon, Config{})
				key, err := o.CreateAPIKey(t.Context(), "ci", "")
				if err != nil {
					t.Fatal(err)
				}
				if err := o.RevokeAPIKey(t.Context(), key.ID); err != nil {
					t.Errorf("%v: %q", err, neon.log)
				}
				if live := neon.liveIDs("api_keys"); len(live) != 0 {
					t.Errorf("live: %v", live)
				}
			})
		})
	}
}

func TestRemoveWhoseRoleWasChangedJustNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "one@example.com", "admin")
		o := newTestOrganization(neon, Config{})
		if _, err := o.Members(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := o.SetRole(t.Context(), "m1", "viewer"); err != nil {
			t.Fatal(err)
		}
		neon.fail("DELETE members", "lost after")
		if err := o.RemoveMember(t.Context(), "m1"); err != nil {
			t.Errorf("%v: %q", err, neon.log)
		}
	})
}

// A key that the list lacks, because it is young or the list is wrong, is revoked all the same.
func TestRevokeWhatTheListLacks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		o := newTestOrganization(neon, Config{})
		if _, err := o.APIKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		id := neon.addKey("ci", "", me, time.Now())
		if err := o.RevokeAPIKey(t.Context(), id); err != nil || len(neon.liveIDs("api_keys")) != 0 {
			t.Errorf("%v, live: %v", err, neon.liveIDs("api_keys"))
		}
	})
}

func TestPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "One@Example.com", "member")
		neon.addInvitation("Two@Example.com", "viewer")
		_ = sleep(t.Context(), time.Second)
		neon.addInvitation("two@example.com", "admin")
		o := newTestOrganization(neon, Config{})
		look := func(id, email string) Person {
			person, err := o.Person(t.Context(), id, email)
			if err != nil {
				t.Fatal(err)
			}
			return person
		}
		if p := look("", "one@example.com"); p.Member == nil || !p.Has("editor") || p.Pending() || p.ListsAccepted {
			t.Errorf("%+v", p)
		}
		if p := look("m1", "other@example.com"); p.Member == nil || p.Member.Email != "one@example.com" {
			t.Errorf("%+v", p)
		}
		if p := look("m-gone", "one@example.com"); p.Member == nil {
			t.Errorf("%+v", p)
		}
		if p := look("", "two@example.com"); !p.Pending() || p.Invitation.Role != "admin" { // the newest counts
			t.Errorf("%+v", p)
		}
		if p := look("", "nobody@example.com"); p.Known() || p.Has("") {
			t.Errorf("%+v", p)
		}
		if n := neon.count("GET members") + neon.count("GET invitations"); n != 2 {
			t.Errorf("%d lists: %q", n, neon.log)
		}
		if others, err := o.HasOtherActiveAdmin(t.Context(), "m1"); err != nil || !others {
			t.Errorf("no other active admin, %v", err)
		}
		if err := o.RemoveMember(t.Context(), "m1"); err != nil {
			t.Fatal(err)
		}
		if p := look("m1", "one@example.com"); p.Known() {
			t.Errorf("%+v", p)
		}
	})
}

// Whoever accepts between the lists must not be missing in both, not even if the lists are asked for
// at the same time by several.
func TestPersonWhoAccepts(t *testing.T) {
	t.Parallel()
	for name, membersFirst := range map[string]bool{"between the lists": false, "while the members are listed by another": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var accepted atomic.Bool
				client := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch {
					case strings.HasSuffix(r.URL.Path, "/members") && accepted.Load():
						answerWith(200, `{"members":[`+oneMember+`,`+strings.NewReplacer("m1", "m2", "a@", "b@").Replace(oneMember)+`]}`)(w, r)
					case strings.HasSuffix(r.URL.Path, "/members"):
						answerWith(200, `{"members":[`+oneMember+`]}`)(w, r)
					default:
						_ = sleep(r.Context(), time.Second) // the list as it is a second later
						body := `{"invitations":[{"id":"i","email":"b@example.com","role":"viewer"}]}`
						if accepted.Load() {
							body = `{"invitations":[]}`
						}
						_ = sleep(r.Context(), time.Second)
						answerWith(200, body)(w, r)
					}
				}), Config{})
				o := client.Organization(testOrg)
				var group sync.WaitGroup
				acceptedAfter := 1500 * time.Millisecond
				if membersFirst {
					acceptedAfter = 500 * time.Millisecond
				}
				group.Go(func() { _ = sleep(t.Context(), acceptedAfter); accepted.Store(true) })
				if membersFirst {
					group.Go(func() { _ = sleep(t.Context(), 100*time.Millisecond); _, _ = o.Members(t.Context()) })
				}
				person, err := o.Person(t.Context(), "", "b@example.com")
				if err != nil || person.Member == nil {
					t.Errorf("%+v, %v", person, err)
				}
				group.Wait()
			})
		})
	}
}

func TestListsAccepted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stamp := func(ago time.Duration) string { return time.Now().Add(-ago).UTC().Format(time.RFC3339) }
		member := strings.Replace(oneMember, `"role"`, `"joined_at":"`+stamp(time.Hour)+`","role"`, 1)
		for _, test := range []struct {
			invited time.Duration
			want    bool
		}{{2 * time.Hour, true}, {30 * time.Minute, false}} { // invited before or after joining
			client := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
				if strings.HasSuffix(r.URL.Path, "/members") {
					answerWith(200, `{"members":[`+member+`]}`)(w, r)
					return
				}
				answerWith(200, `{"invitations":[{"id":"i1","email":"a@example.com","invited_at":"`+stamp(test.invited)+`"},{"id":"i2","email":"b@example.com"}]}`)(w, r)
			}), Config{})
			person, err := client.Organization(testOrg).Person(t.Context(), "", "b@example.com")
			if err != nil || !person.Pending() || person.ListsAccepted != test.want {
				t.Errorf("invited %s ago: %+v, %v", test.invited, person, err)
			}
		}
	})
}

// Whoever invites 100 people one by one looks only now and then who has joined at once, and waits no longer
// for that than the invitations take.
func TestInvitationsShareTheLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "one@example.com", "admin")
		o := newTestOrganization(neon, Config{})
		queue := make(chan string)
		var group sync.WaitGroup
		started := time.Now()
		for range 10 {
			group.Go(func() {
				for email := range queue {
					if _, err := o.Invite(t.Context(), []Invitee{{email, "viewer"}}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for i := range 100 {
			queue <- fmt.Sprintf("new-%d@example.com", i)
		}
		close(queue)
		group.Wait()
		if invited, looks := neon.count("POST invitations"), neon.count("GET members"); invited != 100 || looks > 15 {
			t.Errorf("%d invitations, %d looks", invited, looks)
		}
		wantTook(t, started, 0, 14*time.Second) // 110 requests at 700 a minute
	})
}
