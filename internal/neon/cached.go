package neon

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// failureTTL is how long later callers share the failure of a read. If Neon does not respond,
// hundreds of resources must not wait for it one after the other.
const failureTTL = 5 * time.Second

// cached is a value that is fetched once for all callers, and again for callers that need a newer one.
type cached[T any] struct {
	fetch func(context.Context) (T, error)

	flight singleflight.Group

	mu     sync.Mutex
	value  *T        // nil if there is none yet
	asked  time.Time // when the value was asked for
	err    error     // of the last fetch
	failed time.Time // when that was
}

// get returns the value as of a time or later. The zero time accepts any value.
func (c *cached[T]) get(ctx context.Context, notBefore time.Time) (T, error) {
	var none T
	for {
		value, err := c.known(notBefore)
		switch {
		case err != nil:
			return none, err
		case value != nil:
			return *value, nil
		}
		// A caller that leaves early must not end it for the others: the request has its own deadline.
		shared := context.WithoutCancel(ctx)
		flight := c.flight.DoChan("", func() (any, error) {
			value, err := c.known(notBefore)
			if value != nil || err != nil { // the others' request has just ended
				return nil, err
			}
			return nil, c.refresh(shared)
		})
		select {
		case <-ctx.Done():
			return none, context.Cause(ctx)
		case result := <-flight:
			if result.Err != nil {
				return none, result.Err
			}
		}
	}
}

// known returns the value, or the recent failure, that is new enough for a caller; nil and nil if there is neither.
func (c *cached[T]) known(notBefore time.Time) (*T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.value != nil && !c.asked.Before(notBefore) {
		return c.value, nil
	}
	if c.err != nil && c.failed.After(notBefore) && time.Since(c.failed) < failureTTL {
		return nil, c.err
	}
	return nil, nil
}

// refresh fetches the value. A failure keeps the previous value.
func (c *cached[T]) refresh(ctx context.Context) error {
	asked := time.Now()
	value, err := c.fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err, c.failed = err, time.Now()
	if err == nil {
		c.value, c.asked = &value, asked
	}
	return err
}
