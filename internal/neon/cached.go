package neon

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// failureTTL is for how long those that ask next share the failure of a read. Where Neon does not answer,
// hundreds of resources must not wait for it one after the other.
const failureTTL = 5 * time.Second

// cached is a value that is fetched once for all that ask, and again for callers for which it is too old.
type cached[T any] struct {
	fetch func(context.Context) (T, error)

	flight singleflight.Group

	mu     sync.Mutex
	value  *T        // nil if there is none yet
	asked  time.Time // when the value was asked for
	err    error     // of the last fetch
	failed time.Time // when that was
}

// get returns the value as of a time or later. With the zero time any value will do.
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

// known returns the value, or else the recent failure, that is good enough for a caller: nil and nil if neither is.
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

// refresh fetches the value. A failure leaves the one that is known.
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
