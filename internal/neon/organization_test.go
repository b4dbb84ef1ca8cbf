package neon

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// newTestOrganization returns the view of a fake Neon's organization.
func newTestOrganization(neon *fakeNeon, cfg Config) *Organization {
	return newTestClient(neon, cfg).Organization(testOrg)
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
		"set a spending limit": {
			route: "PUT billing", list: "GET billing",
			prepare:    func(f *fakeNeon) { f.setLimit(100) },
			do:         func(ctx context.Context, o *Organization) error { return o.SetSpendingLimit(ctx, 5000) },
			done:       func(f *fakeNeon) bool { return f.limit(0)["spending_limit_cents"] == int64(5000) },
			doneAnyway: func(f *fakeNeon) { f.setLimit(5000) },
		},
		"remove a spending limit": {
			route: "DELETE billing", list: "GET billing",
			prepare:    func(f *fakeNeon) { f.setLimit(100) },
			do:         func(ctx context.Context, o *Organization) error { return o.RemoveSpendingLimit(ctx) },
			done:       func(f *fakeNeon) bool { return f.limit(0)["spending_limit_cents"] == nil },
			doneAnyway: func(f *fakeNeon) { f.end("billing", "limit") },
		},
		"assign a VPC endpoint": {
			route: "POST vpc", list: "GET vpc",
			do:         func(ctx context.Context, o *Organization) error { return o.AssignVPCEndpoint(ctx, testEndpoint) },
			done:       func(f *fakeNeon) bool { return has(f, "vpc", "label", "main") },
			doneAnyway: func(f *fakeNeon) { f.assignEndpoint("aws-us-east-1/vpce-0a", "main") },
		},
		"give a VPC endpoint another label": {
			route: "POST vpc", list: "GET vpc",
			prepare:    func(f *fakeNeon) { f.assignEndpoint("aws-us-east-1/vpce-0a", "old") },
			do:         func(ctx context.Context, o *Organization) error { return o.AssignVPCEndpoint(ctx, testEndpoint) },
			done:       func(f *fakeNeon) bool { return has(f, "vpc", "label", "main") },
			doneAnyway: func(f *fakeNeon) { f.assignEndpoint("aws-us-east-1/vpce-0a", "main") },
		},
		"delete a VPC endpoint": {
			route: "DELETE vpc", list: "GET vpc",
			prepare: func(f *fakeNeon) {
				f.assignEndpoint("aws-us-east-1/vpce-0a", "main")
				f.assignEndpoint("aws-us-west-2/vpce-0a", "the same ID elsewhere")
			},
			do: func(ctx context.Context, o *Organization) error {
				return o.DeleteVPCEndpoint(ctx, "aws-us-east-1", "vpce-0a")
			},
			done:       func(f *fakeNeon) bool { return slices.Equal(f.liveIDs("vpc"), []string{"aws-us-west-2/vpce-0a"}) },
			doneAnyway: func(f *fakeNeon) { f.end("vpc", "aws-us-east-1/vpce-0a") },
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

// Of several invitations of one person the newest counts, in whatever order Neon lists them.
func TestNewestInvitationCounts(t *testing.T) {
	t.Parallel()
	const older = `{"id":"i1","email":"b@example.com","role":"viewer","invited_at":"2026-01-02T03:04:05Z"}`
	const newer = `{"id":"i2","email":"b@example.com","role":"admin","invited_at":"2026-01-02T03:04:06Z"}`
	for _, list := range []string{older + "," + newer, newer + "," + older} {
		client := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/members") {
				answerWith(200, `{"members":[`+oneMember+`]}`)(w, r)
				return
			}
			answerWith(200, `{"invitations":[`+list+`]}`)(w, r)
		}), Config{})
		person, err := client.Organization(testOrg).Person(t.Context(), "", "b@example.com")
		if err != nil || !person.Pending() || person.Invitation.ID != "i2" {
			t.Errorf("%+v, %v", person.Invitation, err)
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
				body, _ := bodyOf(r)
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
