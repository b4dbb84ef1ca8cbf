package neon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	minBackoff = 250 * time.Millisecond
	maxBackoff = 15 * time.Second
)

// retrier decides for one operation whether to send it again, and after how long.
type retrier struct {
	method   string
	timeout  time.Duration
	pace     *pacer
	closing  context.Context
	attempts int
	deadline time.Time // set by the first failure: waiting for one's turn does not count
	wait     time.Duration
	last     error // why it is tried again
}

// check is a retryablehttp.CheckRetry.
func (r *retrier) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		// Neon counts per account: whatever this operation does next, all of the process slow down.
		defer func() { r.pace.pause(r.wait) }()
	}
	if !r.again(resp, err) {
		if err == nil && resp.StatusCode < 500 {
			r.pace.recovered()
		}
		return false, nil
	}
	if r.deadline.IsZero() {
		// Where nothing at all succeeds, the operations of a process wait together, not one after the other.
		r.deadline = r.pace.failing().Add(r.patience(err))
	}
	r.wait = r.backoff(resp)
	r.attempts++
	if r.last = err; err == nil {
		r.last = fmt.Errorf("HTTP %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return ctx.Err() == nil && !time.Now().Add(r.wait).After(r.deadline), nil
}

// proxyPatience is how long a proxy is asked again that does not get through to Neon.
const proxyPatience = 3 * time.Second

// patience is how long to go on after a first failure.
func (r *retrier) patience(err error) time.Duration {
	if _, is := errors.AsType[*proxyError](err); is {
		return min(r.timeout, proxyPatience)
	}
	return r.timeout
}

// again reports whether sending once more is safe and may help.
func (r *retrier) again(resp *http.Response, err error) bool {
	if err != nil {
		var attempt *attemptError
		if !errors.As(err, &attempt) || isHopeless(err) || errors.Is(err, errAskedToWait) || errors.Is(err, errTooLarge) || errors.Is(err, errClosed) {
			return false
		}
		return r.method == http.MethodGet || !attempt.sent
	}
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests, status == http.StatusLocked, status == http.StatusServiceUnavailable:
		return true // not carried out, says Neon
	case status >= 500 && status != http.StatusNotImplemented:
		return r.method == http.MethodGet
	default:
		return false
	}
}

// isHopeless reports whether a server was not reached for a reason that does not pass by itself: no such name, a
// certificate that is not trusted, no TLS at all, a proxy that says no.
func isHopeless(err error) bool {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	proxy, isProxy := errors.AsType[*proxyError](err)
	_, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, isNoTLS := errors.AsType[tls.RecordHeaderError](err)
	return isDNS && dns.IsNotFound || isProxy && proxy.status < 500 || isCertificate || isNoTLS || errors.Is(err, http.ErrSchemeMismatch)
}

// backoff is what the server asks for, or grows from try to try. Jitter keeps concurrent operations apart.
// Once nobody takes results any more, what the server asks for would be too late.
func (r *retrier) backoff(resp *http.Response) time.Duration {
	if resp != nil && r.closing.Err() == nil {
		now, err := http.ParseTime(resp.Header.Get("Date")) // the server's clock need not be ours
		if err != nil {
			now = time.Now()
		}
		if wait, ok := retryAfter(resp.Header.Get("Retry-After"), now); ok {
			return wait + rand.N(100*time.Millisecond) //nolint:gosec // jitter is no secret
		}
	}
	grown := min(maxBackoff, minBackoff<<min(r.attempts, 10))
	return grown/2 + rand.N(grown/2+1) //nolint:gosec // jitter is no secret
}

// retryAfter reads a Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3).
func retryAfter(header string, now time.Time) (time.Duration, bool) {
	if header == "" {
		return 0, false
	}
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), 1_000_000)) * time.Second, true // more would overflow
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(at.Sub(now), 0), true
	}
	return 0, false
}

// pacer keeps a process below Neon's published limits, and stops all of it after a 429.
type pacer struct {
	all     *rate.Limiter
	creates *window
	sent    *window // creates again: those that waited for all come out of there bunched up

	patience time.Duration

	mu     sync.Mutex
	until  time.Time
	outage time.Time // since when nothing has succeeded; zero if something has
}

const (
	// maxBurst and the rate below keep any second under 40 requests (the limit of one route) and any
	// minute under requests_per_minute, with 2 % to spare for requests that bunch up on their way.
	maxBurst = 25
	// createsPerSecond API keys may be made in any second, says Neon; createsSpan has to spare what one request
	// may be later than another on its way.
	createsPerSecond = 10
	createsSpan      = 1020 * time.Millisecond
	// createsAtMost bounds what a window remembers, whatever requests_per_minute says.
	createsAtMost = 10_000
)

// newPacer keeps to a number of requests a minute. Whoever may send more than Neon publishes has had their
// limits raised: bursts and the creation of API keys grow along.
func newPacer(perMinute int) *pacer {
	raised := max(1, float64(perMinute)/DefaultRequestsPerMinute)
	burst := max(1, min(int(maxBurst*raised), perMinute/20))
	steady := max((0.98*float64(perMinute)-float64(burst))/60, float64(perMinute)/120)
	creates := int(min(createsPerSecond*raised, createsAtMost))
	return &pacer{
		all:     rate.NewLimiter(rate.Limit(steady), burst),
		creates: newWindow(creates, createsSpan),
		sent:    newWindow(creates, createsSpan),
	}
}

// window lets so many pass in any span of time. Beside a token bucket it loses nothing at the start: the first
// ones go at once, and still no window has more.
type window struct {
	lock   chan struct{} // held by whoever is next
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

// waitingAtMost sets how long a pause may be waited for. A longer one is an error to everybody at once.
func (p *pacer) waitingAtMost(patience time.Duration) *pacer {
	p.patience = patience
	return p
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
	if p.patience > 0 && wait > p.patience {
		return errAskedToWait
	}
	return sleep(ctx, wait)
}

// betweenWrites is how long to wait before a write is repeated for the nth time because its answer was lost.
func betweenWrites(n int) time.Duration { return min(500*time.Millisecond<<min(n, 4), 5*time.Second) }

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return ctx.Err()
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
