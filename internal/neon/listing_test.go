package neon

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type thing struct{ id, email, role string }

// newThings returns a listing of what fetch returns a second after it is asked for, and the number of requests.
func newThings(fetch func() ([]thing, error)) (*listing[thing], *atomic.Int32) {
	var n atomic.Int32
	id, email := func(x thing) string { return x.id }, func(x thing) string { return x.email }
	return newListing(id, email, func(ctx context.Context) ([]thing, error) {
		n.Add(1)
		list, err := fetch()
		if e := sleep(ctx, time.Second); e != nil {
			return nil, e
		}
		return list, err
	}), &n
}

func (x thing) String() string { return x.id + x.role }

func wantThings(t *testing.T, l *listing[thing], want ...string) {
	t.Helper()
	got := []string{}
	for _, x := range l.all() {
		got = append(got, x.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("things are %q, want %q", got, want)
	}
}

func TestListingIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, n := newThings(func() ([]thing, error) { return []thing{{id: "a"}}, nil })
		var group sync.WaitGroup
		for i := range 50 {
			group.Go(func() {
				_ = sleep(t.Context(), time.Duration(i)*time.Millisecond)
				if err := l.since(t.Context(), fresh()); err != nil {
					t.Error(err)
				}
				wantThings(t, l, "a")
			})
		}
		group.Wait()
		if n.Load() != 1 {
			t.Errorf("%d requests for 50 callers", n.Load())
		}
		_ = sleep(t.Context(), listingTTL-2*time.Second)
		_ = l.since(t.Context(), fresh())
		if n.Load() != 1 {
			t.Errorf("%d requests before it is old", n.Load())
		}
		_ = sleep(t.Context(), 2*time.Second)
		_ = l.since(t.Context(), fresh())
		if n.Load() != 2 {
			t.Errorf("%d requests after it is old", n.Load())
		}
	})
}

// Whoever needs a list of now is not content with one that was asked for earlier.
func TestListingOfNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var list atomic.Pointer[[]thing]
		list.Store(&[]thing{{id: "a"}})
		l, n := newThings(func() ([]thing, error) { return *list.Load(), nil })
		var group sync.WaitGroup
		group.Go(func() { _ = l.since(t.Context(), fresh()) })
		_ = sleep(t.Context(), 500*time.Millisecond)
		list.Store(&[]thing{{id: "b"}})
		for range 5 { // all while the first request is under way
			group.Go(func() {
				if err := l.since(t.Context(), time.Now()); err != nil {
					t.Error(err)
				}
				wantThings(t, l, "b")
			})
		}
		group.Wait()
		if n.Load() != 2 {
			t.Errorf("%d requests", n.Load())
		}
	})
}

func TestListingFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fails := true
		l, n := newThings(func() ([]thing, error) {
			if fails {
				return nil, errTest
			}
			return []thing{{id: "a"}}, nil
		})
		if err := l.since(t.Context(), fresh()); !errors.Is(err, errTest) {
			t.Error(err)
		}
		// Who asks next shares the failure, but who needs to know what is true now does not, nor does anybody later.
		if err := l.since(t.Context(), fresh()); !errors.Is(err, errTest) || n.Load() != 1 {
			t.Errorf("%v after %d requests", err, n.Load())
		}
		if err := l.since(t.Context(), time.Now()); !errors.Is(err, errTest) || n.Load() != 2 {
			t.Errorf("%v after %d requests", err, n.Load())
		}
		fails = false
		_ = sleep(t.Context(), failureTTL)
		if err := l.since(t.Context(), fresh()); err != nil || n.Load() != 3 {
			t.Errorf("%v after %d requests", err, n.Load())
		}
		fails = true // a failure leaves what is known
		if err := l.since(t.Context(), time.Now()); !errors.Is(err, errTest) {
			t.Error(err)
		}
		wantThings(t, l, "a")
	})
}

func TestListingLeftEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, n := newThings(func() ([]thing, error) { return []thing{{id: "a"}}, nil })
		started := time.Now()
		var group sync.WaitGroup
		group.Go(func() {
			if err := l.since(cancelAfter(t, 300*time.Millisecond), fresh()); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			wantTook(t, started, 300*time.Millisecond, 300*time.Millisecond)
		})
		group.Go(func() {
			_ = sleep(t.Context(), 100*time.Millisecond)
			if err := l.since(t.Context(), fresh()); err != nil {
				t.Error(err)
			}
			wantTook(t, started, time.Second, time.Second)
		})
		group.Wait()
		if n.Load() != 1 {
			t.Errorf("%d requests", n.Load())
		}
	})
}

func TestListingKnowsOurWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := []thing{{id: "a", role: "1"}, {id: "b", role: "1"}, {id: "c", role: "1"}}
		l, _ := newThings(func() ([]thing, error) { return slices.Clone(server), nil })
		if err := l.since(t.Context(), fresh()); err != nil {
			t.Fatal(err)
		}
		write := func() {
			l.wrote("a", &thing{id: "a", role: "2"})
			l.wrote("b", nil)
			l.wrote("d", &thing{id: "d", role: "2"})
		}
		write()
		wantThings(t, l, "a2", "c1", "d2")

		// A list that lags does not undo them.
		_ = sleep(t.Context(), lagAllowance-time.Second)
		_ = l.since(t.Context(), time.Now())
		wantThings(t, l, "a2", "c1", "d2")

		// After a while only the list counts.
		_ = sleep(t.Context(), time.Second)
		_ = l.since(t.Context(), time.Now())
		wantThings(t, l, "a1", "b1", "c1")

		// A list that was asked for before a write and answered after it does not undo it.
		var group sync.WaitGroup
		group.Go(func() { _ = l.since(t.Context(), time.Now()) })
		_ = sleep(t.Context(), 500*time.Millisecond)
		write()
		group.Wait()
		wantThings(t, l, "a2", "c1", "d2")

		// What we take back is the list's again.
		l.forget("b")
		_ = l.since(t.Context(), time.Now())
		wantThings(t, l, "a2", "b1", "c1", "d2")
	})
}

func TestListingWrittenFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, n := newThings(func() ([]thing, error) { return []thing{{id: "b"}}, nil })
		l.wrote("a", &thing{id: "a", email: "a@example.com"})
		l.wrote("c", nil)
		if _, ok := l.find("a@example.com"); !ok {
			t.Error("our own write is not known")
		}
		if err := l.since(t.Context(), fresh()); err != nil || n.Load() != 1 {
			t.Errorf("%v after %d requests", err, n.Load())
		}
		wantThings(t, l, "b", "a")
	})
}

// Of several items with one e-mail the last one counts.
func TestListingByEmail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, _ := newThings(func() ([]thing, error) {
			return []thing{{id: "old", email: "x"}, {id: "y", email: "y"}, {id: "new", email: "x"}}, nil
		})
		if _, ok := l.find("x"); ok {
			t.Error("something is found before it is listed")
		}
		_ = l.since(t.Context(), fresh())
		want := func(email, id string) {
			t.Helper()
			got, ok := l.find(email)
			if got.id != id || ok != (id != "") {
				t.Errorf("%s is %v, want %q", email, got, id)
			}
			if counts, ok := l.byEmail()[email]; counts.id != id || ok != (id != "") {
				t.Errorf("%s is %v among all, want %q", email, counts, id)
			}
		}
		want("x", "new")
		want("y", "y")
		want("", "")
		l.wrote("newest", &thing{id: "newest", email: "x"})
		want("x", "newest")

		// An item whose e-mail differs from what we remember of it is found by both, and by neither once it is gone.
		l.wrote("y", &thing{id: "y", email: "z"})
		want("y", "y")
		want("z", "y")
		l.wrote("y", nil)
		want("y", "")
		want("z", "")
		if _, ok := l.get("y"); ok {
			t.Error("y is still there")
		}
		wantThings(t, l, "old", "new", "newest")
	})
}

// The last of several writes with equal times counts, in whatever order a map gives them.
func TestListingOfEqualTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, _ := newThings(func() ([]thing, error) { return nil, nil })
		for i, id := range []string{"a", "b", "c", "d", "e", "f"} {
			l.wrote(id, &thing{id: id, email: "x"})
			_ = sleep(t.Context(), time.Duration(i)*time.Millisecond)
		}
		for range 20 {
			_ = l.since(t.Context(), time.Now())
			if got, _ := l.find("x"); got.id != "f" {
				t.Fatalf("found %s", got.id)
			}
			l.mu.Lock()
			for id, w := range l.writes { // as if no time had passed
				w.at = w.at.Add(time.Second)
				l.writes[id] = w
			}
			l.mu.Unlock()
		}
	})
}

// Callers that come while the shared answer is being taken over are content with it: hundreds of them at
// once, and still one request.
func TestListingIsSharedByThoseWhoComeLate(t *testing.T) {
	t.Parallel()
	for range 200 {
		l, n := newThings(func() ([]thing, error) { return []thing{{id: "a"}}, nil })
		l.fetch = func(context.Context) ([]thing, error) {
			n.Add(1)
			return []thing{{id: "a"}}, nil
		}
		var group sync.WaitGroup
		wanted := fresh()
		for range 50 {
			group.Go(func() {
				if err := l.since(t.Context(), wanted); err != nil {
					t.Error(err)
				}
			})
		}
		if group.Wait(); n.Load() != 1 {
			t.Fatalf("%d requests", n.Load())
		}
	}
}
