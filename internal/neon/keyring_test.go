package neon

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

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
		{name: "three times lost after", faults: map[string][]string{"POST api_keys": {"lost after", "lost after", "cut after"}}, creates: 4, revokes: 3},
		{name: "twice unreadable", faults: map[string][]string{"POST api_keys": {"cut after", "no token"}}, creates: 2, revokes: 2, fails: []string{"created 2 times", "revoked again: 101, 102"}},
		{name: "201", faults: map[string][]string{"POST api_keys": {"201 created"}}, creates: 1},
		{name: "201 of another form", faults: map[string][]string{"POST api_keys": {"201 after", "201 after"}}, creates: 2, revokes: 2, fails: []string{"HTTP 201", "created 2 times", "revoked again: 101, 102"}},
		{name: "a proxy's page instead of it", faults: map[string][]string{"POST api_keys": {"403 page", "403 page", "403 page"}}, creates: 3, fails: []string{"HTTP 403", "web page"}},
		{name: "lost before and after", faults: map[string][]string{"POST api_keys": {"lost before", "lost after"}}, creates: 3, revokes: 1},
		{name: "refused, then lost after", faults: map[string][]string{"POST api_keys": {"503 later", "429 slow", "lost after"}}, creates: 4, revokes: 1},
		{name: "the list lags by a second", lag: time.Second, faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "the list lags by two and a half", lag: 2500 * time.Millisecond, faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "Neon's clock is ahead", skew: 7 * time.Minute, faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "Neon's clock is behind", skew: -7 * time.Minute, faults: map[string][]string{"POST api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "the orphan's revocation is lost after", faults: map[string][]string{"POST api_keys": {"lost after"}, "DELETE api_keys": {"lost after"}}, creates: 2, revokes: 1},
		{name: "the orphan's revocation is lost before", faults: map[string][]string{"POST api_keys": {"lost after"}, "DELETE api_keys": {"lost before"}}, creates: 2, revokes: 2},
		{name: "the orphan cannot be revoked", faults: map[string][]string{"POST api_keys": {"lost after"}, "DELETE api_keys": {"403 no"}}, creates: 1, revokes: 1, fails: []string{"the API key 101 was created", "revoking it failed", "HTTP 403"}, outcome: Uncertain, left: 1},
		{name: "the key without token cannot be revoked", faults: map[string][]string{"POST api_keys": {"no token"}, "DELETE api_keys": {"403 no"}}, creates: 1, revokes: 1, fails: []string{"lacks the key's token", "the API key 101 was created", "HTTP 403"}, outcome: CarriedOut, left: 1},
		{name: "the list fails", faults: map[string][]string{"POST api_keys": {"lost after"}, "GET api_keys": {"", "403 no"}}, creates: 1, fails: []string{`"ci" may have been created`, "listing the keys failed", "HTTP 403"}, outcome: Uncertain, left: 1},
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
		{name: "mine of another time", fault: "lost before", fails: []string{"created at another time", "not revoked"}, after: func(f *fakeNeon) string { return f.addKey("ci", "", me, time.Now().Add(-time.Minute)) }},
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
