package neon

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	minBackoff = 250 * time.Millisecond
	maxBackoff = 15 * time.Second
	// notNeonTries is how often a request is tried if the response is not from Neon. A proxy's web page often
	// disappears; a wrong base URL does not, and should be reported soon.
	notNeonTries = 3
	// proxyPatience is how long to retry a proxy that cannot reach Neon.
	proxyPatience = 3 * time.Second
)

// do performs one operation: it sends the request, repeats it while that is safe and useful, and decodes a 2xx
// response into out. The checks validate the response. Every failure is an *Error.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, in, out any, checks ...func() error) error {
	request, err := c.newRequest(ctx, method, path, query, in)
	if err != nil {
		return &Error{Method: method, Path: path, Err: err}
	}
	read := func(raw []byte) error {
		err := decode(raw, out)
		for _, check := range checks {
			if err == nil {
				err = check()
			}
		}
		return err
	}
	var deadline time.Time // set by the first failure: waiting for one's turn does not count
	notNeons := 0          // responses that were not from Neon
	for tries := 0; ; tries++ {
		failure := c.attempt(ctx, request, path, read)
		if failure == nil {
			return nil
		}
		wait := c.backoff(failure, tries)
		switch failure.repetition() {
		case never:
			return failure
		case afterForeignAnswer:
			notNeons++
			if notNeons == notNeonTries {
				return failure
			}
		case untilRetryTimeout:
			if failure.Status == http.StatusTooManyRequests {
				c.pace.pause(wait) // Neon counts per account: all of the process slow down
			}
			if deadline.IsZero() {
				// Where nothing at all succeeds, the operations of a process wait together, not one after the other.
				deadline = c.pace.failing().Add(c.patience(failure))
			}
			if time.Now().Add(wait).After(deadline) {
				return failure
			}
		}
		if ctx.Err() != nil {
			return failure
		}
		if err := sleep(ctx, wait); err != nil {
			return &Error{Method: method, Path: path, Err: fmt.Errorf("%w while waiting to try again after: %s", err, failure.reason())}
		}
	}
}

// change is do for a change without a useful response. The response must match the request, or
// be empty (204): any other response may not be from Neon.
func (c *Client) change(ctx context.Context, method, path string, in, out any, asked func() bool) error {
	return c.changeWith(ctx, method, path, nil, in, out, asked)
}

// changeWith is change for an operation with a query.
func (c *Client) changeWith(ctx context.Context, method, path string, query url.Values, in, out any, asked func() bool) error {
	err := c.do(ctx, method, path, query, in, out, func() error {
		if !asked() {
			return errors.New("the answer is not about what was to be changed")
		}
		return nil
	})
	if e, ok := AsError(err); ok && e.Status == http.StatusNoContent {
		return nil
	}
	return err
}

// newRequest returns the request of an operation, for its attempts to copy.
func (c *Client) newRequest(ctx context.Context, method, path string, query url.Values, in any) (*http.Request, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	var body []byte
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = raw
	}
	target := c.baseURL + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// repetition is whether to repeat a request.
type repetition int

const (
	// never: it would not help, or might do something twice.
	never repetition = iota
	// untilRetryTimeout: Neon has not carried it out and may recover.
	untilRetryTimeout
	// afterForeignAnswer: something on the way has answered a read, and may let the next one pass.
	afterForeignAnswer
)

// repetition returns whether repeating a failed request is safe and useful.
func (e *Error) repetition() repetition {
	read := e.Method == http.MethodGet
	switch {
	case isHopeless(e.Err):
		return never
	case !e.answered:
		if read || !e.reached {
			return untilRetryTimeout
		}
		return never
	case isForLater(e.Status):
		return untilRetryTimeout
	case !read:
		return never
	case e.Status >= 500 && e.Status != http.StatusNotImplemented:
		return untilRetryTimeout
	case e.notNeons():
		return afterForeignAnswer
	default:
		return never
	}
}

// isForLater reports whether a status means that nothing was carried out, and to retry later.
func isForLater(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusLocked || status == http.StatusServiceUnavailable
}

// isHopeless reports whether a connection failed for a permanent reason: no such name, a
// untrusted certificate, no TLS, a refusing proxy. A retry does not help either if a response is
// too large, or if Neon or the caller has ended the operation.
func isHopeless(err error) bool {
	for _, hopeless := range []error{errAskedToWait, errTooLarge, errClosed, http.ErrSchemeMismatch} {
		if errors.Is(err, hopeless) {
			return true
		}
	}
	dns, isDNS := errors.AsType[*net.DNSError](err)
	proxy, isProxy := errors.AsType[*proxyError](err)
	_, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, isNoTLS := errors.AsType[tls.RecordHeaderError](err)
	return isDNS && dns.IsNotFound || isProxy && proxy.status < 500 || isCertificate || isNoTLS
}

// patience is how long to retry after the first failure.
func (c *Client) patience(failure *Error) time.Duration {
	if _, is := errors.AsType[*proxyError](failure.Err); is {
		return min(c.retryTimeout, proxyPatience)
	}
	return c.retryTimeout
}

// backoff is the pause that the server asks for, or one that grows with each try. Jitter separates concurrent operations.
// While the client closes, the server's pause would be too long.
func (c *Client) backoff(failure *Error, tries int) time.Duration {
	if failure.retryAfter > 0 && c.closing.Err() == nil {
		return failure.retryAfter + rand.N(100*time.Millisecond) //nolint:gosec // jitter is no secret
	}
	grown := min(maxBackoff, minBackoff<<min(tries, 10))
	return grown/2 + rand.N(grown/2+1) //nolint:gosec // jitter is no secret
}

// retryAfter is the pause that an answer asks for: seconds or an HTTP date (RFC 9110, 10.2.3). 0 is none.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 1_000_000)) * time.Second // more would overflow
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date")) // the server's clock need not be ours
	if err != nil {
		now = time.Now()
	}
	return max(at.Sub(now), 0)
}
