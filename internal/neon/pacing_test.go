package neon

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCanceledWhilePacing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.Add(1); answerWith(200, `[]`)(w, r) }), Config{RequestsPerMinute: 1})
		if _, err := c.listAPIKeys(t.Context(), testOrg); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		err := c.revokeAPIKey(cancelAfter(t, time.Second), testOrg, "1")
		wantOutcome(t, err, Refused)
		if !errors.Is(err, context.Canceled) || n.Load() != 1 {
			t.Errorf("%v after %d requests", err, n.Load())
		}
		wantTook(t, started, time.Second, time.Second)
	})
}

// limits records when requests arrive, and fails the test if any window holds too many.
type limits struct {
	mu       sync.Mutex
	arrivals map[string][]time.Time
}

func (l *limits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	route := r.Method
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/api_keys") {
		route = "create"
	}
	_ = sleep(r.Context(), rand.N(18*time.Millisecond)) // some are later on their way than others
	l.mu.Lock()
	l.arrivals[route] = append(l.arrivals[route], time.Now())
	l.arrivals["all"] = append(l.arrivals["all"], time.Now())
	l.mu.Unlock()
	_ = sleep(r.Context(), 30*time.Millisecond)
	answerWith(200, `{"id":1,"key":"x"}`)(w, r)
}

func (l *limits) check(t *testing.T, route string, limit int, window time.Duration) {
	t.Helper()
	at := l.arrivals[route]
	for i := limit; i < len(at); i++ {
		if d := at[i].Sub(at[i-limit]); d < window {
			t.Errorf("%s: %d requests within %s, the limit is %d in %s", route, limit+1, d, limit, window)
			return
		}
	}
}

func (l *limits) checkAll(t *testing.T) {
	t.Helper()
	for route := range l.arrivals {
		if route != "all" {
			l.check(t, route, 40, time.Second)
		}
	}
	l.check(t, "all", 700, time.Minute)
	l.check(t, "create", 10, time.Second)
}

func TestPacing(t *testing.T) {
	t.Parallel()
	get := func(ctx context.Context, c *Client) error {
		return c.do(ctx, http.MethodGet, "/users/me", nil, nil, nil)
	}
	revoke := func(ctx context.Context, c *Client) error { return c.revokeAPIKey(ctx, testOrg, "1") }
	create := func(ctx context.Context, c *Client) error {
		_, err := c.createAPIKey(ctx, testOrg, "ci", "")
		return err
	}
	for _, test := range []struct {
		name        string
		parallelism int
		jobs        []func(context.Context, *Client) error
		counts      []int
		most        time.Duration
	}{
		{"2,000 reads", 50, []func(context.Context, *Client) error{get}, []int{2000}, 185 * time.Second},
		{"2,000 reads one by one", 1, []func(context.Context, *Client) error{get}, []int{2000}, 185 * time.Second},
		{"500 creates", 10, []func(context.Context, *Client) error{create}, []int{500}, 50100 * time.Millisecond},
		{"500 creates, 50 at a time", 50, []func(context.Context, *Client) error{create}, []int{500}, 50100 * time.Millisecond},
		{"creates after a crowd of others", 50, []func(context.Context, *Client) error{revoke, create}, []int{100, 200}, 35 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				arrived := &limits{arrivals: map[string][]time.Time{}}
				c := newTestClient(arrived, Config{})
				queue := make(chan func(context.Context, *Client) error)
				started := time.Now()
				var group sync.WaitGroup
				for range test.parallelism {
					group.Go(func() {
						for job := range queue {
							if err := job(t.Context(), c); err != nil {
								t.Error(err)
							}
						}
					})
				}
				for i, job := range test.jobs {
					for range test.counts[i] {
						queue <- job
					}
				}
				close(queue)
				group.Wait()
				wantTook(t, started, 0, test.most)
				arrived.checkAll(t)
			})
		})
	}
}

// A limit that the user sets is kept too.
func TestPacingAsConfigured(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int{1, 2, 5, 60, 300} {
		t.Run(time.Duration(perMinute).String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				arrived := &limits{arrivals: map[string][]time.Time{}}
				c := newTestClient(arrived, Config{RequestsPerMinute: perMinute})
				for range 3 * perMinute {
					_ = c.do(t.Context(), http.MethodGet, "/users/me", nil, nil, nil)
				}
				arrived.check(t, "all", perMinute, time.Minute)
			})
		})
	}
}

// Whoever may send ten times as much may also make ten times as many API keys.
func TestPacingRaised(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(answerWith(200, `{"id":1,"key":"x"}`), Config{RequestsPerMinute: 7000})
		started := time.Now()
		for range 500 {
			if _, err := c.createAPIKey(t.Context(), testOrg, "ci", ""); err != nil {
				t.Fatal(err)
			}
		}
		wantTook(t, started, 4*time.Second, 5500*time.Millisecond)
	})
}

// Whoever writes a very large number wants no pace, and no gigabytes either.
func TestPacingRaisedBeyondReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(answerWith(200, `{"id":1,"key":"x"}`), Config{RequestsPerMinute: math.MaxInt})
		if size := len(c.pace.creates.passed); size != createsAtMost {
			t.Errorf("a window remembers %d requests", size)
		}
		started := time.Now()
		for range 500 {
			if _, err := c.createAPIKey(t.Context(), testOrg, "ci", ""); err != nil {
				t.Fatal(err)
			}
		}
		wantTook(t, started, 0, time.Second)
	})
}

// Three provider configurations with one key do not know of each other: each keeps the pace, all together do
// not, and what Neon then refuses is waited for.
func TestSeveralProcessesShareTheLimits(t *testing.T) {
	t.Parallel()
	for _, retryAfter := range []string{"1", ""} {
		t.Run("Retry-After "+retryAfter, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var made []time.Time
				refused := 0
				server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_ = sleep(r.Context(), rand.N(50*time.Millisecond))
					mu.Lock()
					defer mu.Unlock()
					if len(made) >= 10 && time.Since(made[len(made)-10]) < time.Second {
						refused++
						if retryAfter != "" {
							w.Header().Set("Retry-After", retryAfter)
						}
						w.WriteHeader(http.StatusTooManyRequests)
						return
					}
					made = append(made, time.Now())
					answerWith(200, `{"id":1,"key":"x"}`)(w, r)
				})
				started := time.Now()
				var group sync.WaitGroup
				for range 3 {
					c := newTestClient(server, Config{})
					queue := make(chan struct{})
					for range 10 {
						group.Go(func() {
							for range queue {
								if _, err := c.createAPIKey(t.Context(), testOrg, "ci", ""); err != nil {
									t.Error(err)
								}
							}
						})
					}
					group.Go(func() {
						for range 200 {
							queue <- struct{}{}
						}
						close(queue)
					})
				}
				group.Wait()
				if len(made) != 600 || refused == 0 {
					t.Errorf("%d keys, %d refusals", len(made), refused)
				}
				t.Logf("600 keys of three processes took %s, with %d refusals", time.Since(started), refused)
			})
		})
	}
}
