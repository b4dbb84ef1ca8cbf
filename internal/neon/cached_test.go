package neon

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// What never changes is asked for once. A failure is shared for a moment only, and not that of a caller who left.
func TestCachedForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		answers := []error{errTest, errTest, nil}
		c := cached[int]{fetch: func(ctx context.Context) (int, error) {
			i := n.Add(1)
			if err := sleep(ctx, time.Second); err != nil {
				return 0, err
			}
			return int(i), answers[i-1]
		}}
		want := func(value int, wanted error, requests int32) {
			t.Helper()
			got, err := c.get(t.Context(), time.Time{})
			if got != value || !errors.Is(err, wanted) || n.Load() != requests {
				t.Errorf("%d, %v after %d requests, want %d, %v after %d", got, err, n.Load(), value, wanted, requests)
			}
		}
		want(0, errTest, 1)
		_ = sleep(t.Context(), failureTTL-time.Second)
		want(0, errTest, 1)
		_ = sleep(t.Context(), time.Second)
		want(0, errTest, 2)
		_ = sleep(t.Context(), failureTTL)

		started := time.Now()
		_, err := c.get(cancelAfter(t, 100*time.Millisecond), time.Time{})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		wantTook(t, started, 100*time.Millisecond, 100*time.Millisecond)
		want(3, nil, 3)
		_ = sleep(t.Context(), 24*time.Hour)
		want(3, nil, 3)
	})
}

// A request that waits for its turn serves all who ask before it is sent, and nobody who asks later.
func TestCachedServesWhoAsksBeforeItIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		c := cached[int]{fetch: func(ctx context.Context) (int, error) {
			time.Sleep(time.Second) // for its turn
			noteSent(ctx, time.Now())
			time.Sleep(time.Second) // for the answer
			noteSent(ctx, time.Now())
			return int(n.Add(1)), nil
		}}
		var group sync.WaitGroup
		ask := func(after time.Duration, want int) {
			group.Go(func() {
				time.Sleep(after)
				if got, err := c.get(t.Context(), time.Now()); got != want || err != nil {
					t.Errorf("who asks after %s gets %d, %v, want %d", after, got, err, want)
				}
			})
		}
		ask(0, 1)
		ask(900*time.Millisecond, 1)
		ask(1100*time.Millisecond, 2)
		ask(2900*time.Millisecond, 2)
		group.Wait()
		if n.Load() != 2 {
			t.Errorf("%d requests", n.Load())
		}
	})
}
