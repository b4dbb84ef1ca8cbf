package neon

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wantTook fails unless between least and most has passed since started.
func wantTook(t *testing.T, started time.Time, least, most time.Duration) {
	t.Helper()
	if took := time.Since(started); took < least || took > most {
		t.Errorf("took %s, want %s to %s", took, least, most)
	}
}

// onceThen answers the first request with one handler and the others with an empty list.
func onceThen(first http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			first(w, r)
			return
		}
		if r.Method == http.MethodDelete {
			answerWith(200, `{"id":1}`)(w, r)
			return
		}
		answerWith(200, `[]`)(w, r)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const skew = 10 * time.Minute
	forms := map[string]func(w http.ResponseWriter){
		"seconds": func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7") },
		"date": func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", time.Now().Add(7*time.Second).UTC().Format(http.TimeFormat))
		},
		"date of a clock that is ahead": func(w http.ResponseWriter) {
			w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
			w.Header().Set("Retry-After", time.Now().Add(skew+7*time.Second).UTC().Format(http.TimeFormat))
		},
	}
	for _, status := range []int{429, 423, 503} {
		for name, form := range forms {
			t.Run(http.StatusText(status)+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newTestClient(onceThen(func(w http.ResponseWriter, _ *http.Request) {
						form(w)
						w.WriteHeader(status)
					}), Config{})
					started := time.Now()
					if err := c.revokeAPIKey(t.Context(), testOrg, "1"); err != nil {
						t.Fatal(err)
					}
					wantTook(t, started, 7*time.Second, 7200*time.Millisecond)
				})
			})
		}
	}
}

func TestRetryAfterTooLong(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"3600", "99999999999", "Sat, 01 Jan 2050 00:00:00 GMT"} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int32
				c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					n.Add(1)
					w.Header().Set("Retry-After", value)
					answerWith(429, `{"message":"slow down"}`)(w, r)
				}), Config{RetryTimeout: time.Minute})
				started := time.Now()
				err := c.revokeAPIKey(t.Context(), testOrg, "1")
				wantOutcome(t, err, Refused)
				if e, _ := AsError(err); e.Refusal() != RateLimited || n.Load() != 1 {
					t.Errorf("%v after %d requests", err, n.Load())
				}
				wantTook(t, started, 0, time.Second)
			})
		})
	}
}

func TestRetryAfterUnreadable(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"soon", "-5", "1.5", "99999999999999999999"} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newTestClient(onceThen(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Retry-After", value)
					w.WriteHeader(423)
				}), Config{})
				started := time.Now()
				if _, err := c.listAPIKeys(t.Context(), testOrg); err != nil {
					t.Fatal(err)
				}
				wantTook(t, started, 0, time.Second)
			})
		})
	}
}

func TestRetryTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		var last time.Time
		c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			last = time.Now()
			w.WriteHeader(503)
		}), Config{RetryTimeout: 90 * time.Second})
		started := time.Now()
		wantOutcome(t, c.revokeAPIKey(t.Context(), testOrg, "1"), Refused)
		wantTook(t, started, 90*time.Second-maxBackoff, 90*time.Second)
		if last.Sub(started) < 90*time.Second-maxBackoff || n.Load() < 8 || n.Load() > 25 {
			t.Errorf("%d requests, the last after %s", n.Load(), last.Sub(started))
		}
	})
}

func TestTooManyRequestsPauseEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		c := newTestClient(onceThen(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "10")
			w.WriteHeader(429)
		}), Config{})
		var group sync.WaitGroup
		for i := range 5 {
			group.Go(func() {
				_ = sleep(t.Context(), time.Duration(i)*time.Second)
				if _, err := c.listAPIKeys(t.Context(), testOrg); err != nil {
					t.Error(err)
				}
				wantTook(t, started, 10*time.Second, 10200*time.Millisecond)
			})
		}
		group.Wait()
	})
}

// Other refusals concern one operation: the others go on.
func TestLockedPausesNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		c := newTestClient(onceThen(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "10")
			w.WriteHeader(423)
		}), Config{})
		var group sync.WaitGroup
		group.Go(func() { _, _ = c.listAPIKeys(t.Context(), testOrg) })
		synctest.Wait()
		_, _ = c.listAPIKeys(t.Context(), testOrg)
		wantTook(t, started, 0, time.Second)
		group.Wait()
	})
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	later := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(503)
	}
	hangs := func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	answersAfter := func(d time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if sleep(r.Context(), d) != nil {
				panic(http.ErrAbortHandler)
			}
			answerWith(200, `{"id":5,"key":"x"}`)(w, r)
		}
	}
	cutAfter := func(d time.Duration) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			_ = sleep(r.Context(), d)
			panic(http.ErrAbortHandler)
		}
	}
	read := func(ctx context.Context, c *Client) error { _, err := c.listAPIKeys(ctx, testOrg); return err }
	write := func(ctx context.Context, c *Client) error {
		_, err := c.createAPIKey(ctx, testOrg, "ci", "")
		return err
	}
	// Everything is canceled after a second.
	for _, test := range []struct {
		name     string
		handler  http.HandlerFunc
		call     func(context.Context, *Client) error
		takes    time.Duration
		outcome  Outcome
		succeeds bool
		cause    error
	}{
		{name: "while a read waits for a retry", handler: later, call: read, takes: time.Second, outcome: Refused, cause: context.Canceled},
		{name: "while a write waits for a retry", handler: later, call: write, takes: time.Second, outcome: Refused, cause: context.Canceled},
		{name: "while a read is in flight", handler: hangs, call: read, takes: time.Second, outcome: Refused, cause: context.Canceled},
		{name: "while a write is in flight", handler: hangs, call: write, takes: 6 * time.Second, outcome: Uncertain, cause: context.Canceled},
		{name: "and the answer comes in time", handler: answersAfter(4 * time.Second), call: write, takes: 4 * time.Second, succeeds: true},
		{name: "and the answer comes too late", handler: answersAfter(7 * time.Second), call: write, takes: 6 * time.Second, outcome: Uncertain, cause: context.Canceled},
		{name: "and the connection breaks", handler: cutAfter(3 * time.Second), call: write, takes: 3 * time.Second, outcome: Uncertain, cause: io.EOF},
		{name: "and it was refused", handler: func(w http.ResponseWriter, r *http.Request) {
			_ = sleep(r.Context(), 3*time.Second)
			w.WriteHeader(503)
		}, call: write, takes: 3 * time.Second, outcome: Refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int32
				c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.Add(1); test.handler(w, r) }), Config{})
				started := time.Now()
				err := test.call(cancelAfter(t, time.Second), c)
				wantTook(t, started, test.takes, test.takes)
				if n.Load() != 1 {
					t.Errorf("%d requests", n.Load())
				}
				if test.succeeds {
					if err != nil {
						t.Errorf("an answer in time was lost: %v", err)
					}
					return
				}
				wantOutcome(t, err, test.outcome)
				if test.cause != nil && !errors.Is(err, test.cause) {
					t.Errorf("%v, want %v", err, test.cause)
				}
			})
		})
	}
}

func TestCanceledBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }), Config{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := c.revokeAPIKey(ctx, testOrg, "1")
		wantOutcome(t, err, Refused)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestInterruptedWaitTellsWhatItWaitedFor(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	client := NewClient(Config{BaseURL: server.URL, APIKey: "k", Observe: func(context.Context, Attempt) { time.AfterFunc(50*time.Millisecond, cancel) }})
	_, err := client.createAPIKey(ctx, testOrg, "ci", "")
	wantOutcome(t, err, Refused)
	wantContains(t, err.Error(), "context canceled", "HTTP 503")
}

func TestHostThatDoesNotExistIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	unsent := func(err error) repetition { return (&Error{Method: http.MethodGet, Err: err}).repetition() }
	if unsent(&net.DNSError{Err: "no such host", IsNotFound: true}) != never {
		t.Error("a name that does not exist is asked for again")
	}
	if unsent(&net.DNSError{Err: "server misbehaving", IsTemporary: true}) != untilRetryTimeout {
		t.Error("a name that could not be asked for is not asked for again")
	}
}

// Operations share the wait for Neon while nothing succeeds. What fails after a success has all of its own.
func TestOutageEndsWithAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := true
		c := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if broken {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			answerWith(200, `[]`)(w, r)
		}), Config{RetryTimeout: time.Minute})
		want := func(outcome string, least, most time.Duration) {
			t.Helper()
			started := time.Now()
			_, err := c.listAPIKeys(t.Context(), testOrg)
			if failed := err != nil; failed != (outcome == "fails") {
				t.Errorf("%v, want one that %s", err, outcome)
			}
			wantTook(t, started, least, most)
		}
		want("fails", time.Minute-maxBackoff, time.Minute)
		want("fails", 0, maxBackoff)
		broken = false
		want("succeeds", 0, time.Second)
		broken = true
		want("fails", time.Minute-maxBackoff, time.Minute)
	})
}
