package neon

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer keeps a process below Neon's published limits, and stops all of it after a 429.
type pacer struct {
	all     *rate.Limiter
	creates *window
	sent    *window // creates again: those that waited for all come out of there bunched up

	patience time.Duration // how long a pause is waited for; a longer one is an error to everybody at once

	mu     sync.Mutex
	until  time.Time
	outage time.Time // since when nothing has succeeded; zero if something has
}

const (
	// maxBurst and the rate below keep any second under 40 requests (the limit of one route) and any
	// minute under requests_per_minute, with 2 % to spare for requests that bunch up on their way.
	maxBurst = 25
	// createsPerSecond API keys may be created in any second, says Neon; createsSpan has to spare what one request
	// may be later than another on its way.
	createsPerSecond = 10
	createsSpan      = 1020 * time.Millisecond
	// createsAtMost bounds what a window remembers, whatever requests_per_minute says.
	createsAtMost = 10_000
)

// newPacer keeps to a number of requests a minute. An account that may send more than Neon publishes has had its
// limits raised: bursts and the creation of API keys grow along.
func newPacer(perMinute int, patience time.Duration) *pacer {
	raised := max(1, float64(perMinute)/DefaultRequestsPerMinute)
	burst := max(1, min(int(maxBurst*raised), perMinute/20))
	steady := max((0.98*float64(perMinute)-float64(burst))/60, float64(perMinute)/120)
	creates := int(min(createsPerSecond*raised, createsAtMost))
	return &pacer{
		all:      rate.NewLimiter(rate.Limit(steady), burst),
		creates:  newWindow(creates, createsSpan),
		sent:     newWindow(creates, createsSpan),
		patience: patience,
	}
}

// window lets so many pass in any span of time. Beside a token bucket it loses nothing at the start: the first
// ones go at once, and still no window has more.
type window struct {
	lock   chan struct{} // held by the caller that is next
	span   time.Duration
	passed []time.Time // the last ones, in a ring
	oldest int
}

func newWindow(size int, span time.Duration) *window {
	return &window{lock: make(chan struct{}, 1), span: span, passed: make([]time.Time, size)}
}

func (w *window) wait(ctx context.Context) error {
	select {
	case w.lock <- struct{}{}:
		defer func() { <-w.lock }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := sleep(ctx, time.Until(w.passed[w.oldest].Add(w.span))); err != nil {
		return err
	}
	w.passed[w.oldest] = time.Now()
	w.oldest = (w.oldest + 1) % len(w.passed)
	return nil
}

// errAskedToWait is the error of a request that was not sent because Neon has asked for a longer pause.
var errAskedToWait = errors.New("not sent: Neon has asked for a longer pause than retry_timeout")

// unsentStatus is the HTTP status that stands for a request that was not sent.
func unsentStatus(err error) int {
	if errors.Is(err, errAskedToWait) {
		return http.StatusTooManyRequests
	}
	return 0
}

// turn waits until a request may be sent.
func (p *pacer) turn(ctx context.Context, createsKey bool) error {
	for {
		if err := p.paused(ctx); err != nil {
			return err
		}
		if createsKey {
			if err := p.creates.wait(ctx); err != nil {
				return err
			}
		}
		if err := p.all.Wait(ctx); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		}
		if createsKey {
			if err := p.sent.wait(ctx); err != nil {
				return err
			}
		}
		p.mu.Lock()
		open := !time.Now().Before(p.until)
		p.mu.Unlock()
		if open {
			return nil
		}
	}
}

// pause stops every request of the process for a while.
func (p *pacer) pause(wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(wait); until.After(p.until) {
		p.until = until
	}
}

// failing notes that something failed, and returns since when nothing has succeeded.
func (p *pacer) failing() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outage.IsZero() {
		p.outage = time.Now()
	}
	return p.outage
}

// recovered notes that Neon has answered.
func (p *pacer) recovered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.outage = time.Time{}
}

func (p *pacer) paused(ctx context.Context) error {
	p.mu.Lock()
	wait := time.Until(p.until)
	p.mu.Unlock()
	if wait > p.patience {
		return errAskedToWait
	}
	return sleep(ctx, wait)
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
