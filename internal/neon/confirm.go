package neon

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	// confirmDelay is the pause before the second look at a list that may lag.
	confirmDelay = 1500 * time.Millisecond
	// interruptedDelay is the same after Ctrl-C.
	interruptedDelay = 400 * time.Millisecond
)

// secondLook is how long to wait before looking again.
func (c *Client) secondLook(ctx context.Context) time.Duration {
	if ctx.Err() != nil || c.closing.Err() != nil {
		return interruptedDelay
	}
	return confirmDelay
}

// betweenWrites is how long to wait before a write is repeated for the nth time because its answer was lost.
func betweenWrites(n int) time.Duration { return min(500*time.Millisecond<<min(n, 4), 5*time.Second) }

// certainly repeats a write until its outcome is certain. After each failure, clarify
// reports whether the write was carried out. If clarify fails, the failure keeps its outcome.
func (c *Client) certainly(
	ctx context.Context, send func(context.Context) error, clarify func(context.Context, *Error) (done bool, err error),
) error {
	var deadline time.Time // set by the first failure
	for repeats := 0; ; repeats++ {
		err := send(ctx)
		failure, ok := AsError(err)
		if !ok {
			return err
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(c.retryTimeout)
		}
		refused := failure.Outcome == Refused
		done, err := clarify(ctx, failure)
		switch {
		case err != nil:
			failure.Err = both(failure.Err, err)
			return failure
		case done:
			return nil
		case refused:
			return failure
		}
		failure.Outcome = Refused // we looked: it was not carried out
		notNeons := failure.notNeons() && failure.Status < 500
		if ctx.Err() != nil || time.Now().After(deadline) || notNeons && repeats+1 >= notNeonTries {
			return failure
		}
		if err := sleep(ctx, betweenWrites(repeats)); err != nil {
			return err
		}
	}
}

// write performs a write with a visible effect. confirm checks for that effect.
func (c *Client) write(ctx context.Context, send func(context.Context) error, confirm func(context.Context) (bool, error)) error {
	return c.certainly(ctx, send, func(ctx context.Context, failure *Error) (bool, error) {
		inDoubt := failure.Outcome != Refused
		if !inDoubt && !mayBeDone(failure.Status) {
			return false, nil
		}
		look, cancel := outlive(ctx)
		defer cancel()
		done, err := confirm(look)
		if inDoubt && err == nil && !done {
			interrupted := sleep(look, c.secondLook(ctx))
			if interrupted == nil {
				done, err = confirm(look) // lists may lag
			}
		}
		switch {
		case err == nil:
			return done, nil
		case inDoubt:
			return false, fmt.Errorf("looking whether it was carried out failed: %w", err)
		default:
			return false, nil // the refusal says more
		}
	})
}

// mayBeDone reports whether a refusal can mean that the wanted state already exists: gone (404),
// already a member or invited (400, 409, 422).
func mayBeDone(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
		return true
	default:
		return false
	}
}
