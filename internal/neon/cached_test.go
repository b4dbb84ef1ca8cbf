package neon

import (
	"context"
	"errors"
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
