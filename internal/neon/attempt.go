package neon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

var (
	errTimeout  = errors.New("no complete answer in time")
	errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
)

// attempt sends a request once: it waits for the rate limit, signs, sends, and reads the complete response within a deadline.
// read takes over the body of a 2xx answer.
func (c *Client) attempt(ctx context.Context, template *http.Request, path string, read func(raw []byte) error) *Error {
	method := template.Method
	if err := c.admit(ctx, method, path); err != nil {
		return &Error{Method: method, Path: path, Status: unsentStatus(err), Err: cleanError(c.key, err)}
	}

	sending, end := c.deadline(ctx, method)
	defer end()
	var reached atomic.Bool
	request := template.Clone(httptrace.WithClientTrace(sending, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { reached.Store(true) },
	}))
	if template.GetBody != nil {
		request.Body, _ = template.GetBody() // of bytes, which never fails
	}
	id := newRequestID()
	request.Header.Set("X-Request-ID", id)
	request.Header.Set("Authorization", "Bearer "+string(c.key))

	seen := Attempt{Method: method, Path: path, RequestID: id}
	sent := time.Now()
	got, err := exchange(c.base, request)
	seen.Duration = time.Since(sent)
	if got != nil {
		seen.Status = got.status
		seen.NeonRequestID = quote(c.key, got.header.Get(neonRequestID))
		c.clock.observe(got.header, sent, sent.Add(seen.Duration))
	}
	if err != nil {
		seen.Err = c.explain(sending, request.URL.Hostname(), err)
	}
	if c.observe != nil {
		c.observe(ctx, seen)
	}

	var failure *Error
	switch {
	case err != nil:
		failure = unanswered(seen, reached.Load())
	case got.status < 200 || got.status > 299:
		failure = c.refused(seen, got)
	default:
		failure = c.unreadable(seen, got, read(got.body))
	}
	if err == nil && seen.Status < 500 && !isForLater(seen.Status) {
		c.pace.recovered()
	}
	if failure != nil {
		failure.sent = sent
	}
	return failure
}

// admit waits until a request may be sent. While the client closes, it does not wait, and admits only
// reads and revocations.
func (c *Client) admit(ctx context.Context, method, path string) error {
	if c.closing.Err() == nil {
		createsKey := method == http.MethodPost && strings.HasSuffix(path, "/api_keys")
		if err := c.pace.turn(ctx, createsKey); err != nil {
			return err
		}
	}
	revokesKey := method == http.MethodDelete && strings.Contains(path, "/api_keys/")
	if c.closing.Err() != nil && method != http.MethodGet && !revokesKey {
		return errClosed
	}
	return nil
}

// deadline bounds an attempt. A write outlives its context briefly, because its response may be in transit.
func (c *Client) deadline(ctx context.Context, method string) (context.Context, func()) {
	if method == http.MethodGet {
		return context.WithTimeoutCause(ctx, c.requestTimeout, errTimeout)
	}
	ctx, endOutliving := outlive(ctx)
	ctx, endClosing := endWith(ctx, c.closing, closeGrace)
	ctx, cancel := context.WithTimeoutCause(ctx, c.requestTimeout, errTimeout)
	return ctx, func() {
		cancel()
		endClosing()
		endOutliving()
	}
}

// exchange sends the request and reads the response. It returns an incomplete response with its error.
func exchange(base http.RoundTripper, request *http.Request) (*answer, error) {
	resp, err := base.RoundTrip(request) // redirects are not followed: they could carry the key to another host
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	got := &answer{status: resp.StatusCode, header: resp.Header}
	got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return got, fmt.Errorf("%w: %w", errCutShort, err)
	case len(got.body) > maxAnswer:
		return got, errTooLarge
	}
	if requestID(got.header) == "" {
		got.header.Set("X-Request-ID", request.Header.Get("X-Request-ID"))
	}
	return got, nil
}

// explain returns why an attempt has no complete response.
func (c *Client) explain(ctx context.Context, host string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	err = describeTLS(c.key, host, err)
	if errors.Is(err, errTimeout) {
		err = fmt.Errorf("%w (%s)", errTimeout, c.requestTimeout)
	}
	return cleanError(c.key, err)
}

// unanswered is the failure of an attempt without a complete response.
func unanswered(seen Attempt, reached bool) *Error {
	e := &Error{Method: seen.Method, Path: seen.Path, Status: seen.Status, RequestID: seen.RequestID, Err: seen.Err, reached: reached}
	switch {
	case seen.Status >= 200 && seen.Status <= 299:
		e.Outcome = writeOutcome(seen.Method, CarriedOut)
	case reached:
		e.Outcome = writeOutcome(seen.Method, Uncertain)
	}
	return e
}

// refused is the failure of an attempt with a status other than 2xx.
func (c *Client) refused(seen Attempt, got *answer) *Error {
	e := &Error{
		Method: seen.Method, Path: seen.Path, Status: seen.Status, RequestID: c.clean(requestID(got.header)),
		reached: true, answered: true,
	}
	message, id, err := fromNeon(c.key, got)
	e.Message, e.Err = c.clean(message), err
	if id != "" && got.header.Get(neonRequestID) == "" {
		e.RequestID = c.clean(id)
	}
	if isForLater(e.Status) || e.Status >= 500 {
		e.retryAfter = retryAfter(got.header)
	}
	switch {
	case e.Status >= 300 && e.Status < 400:
		e.Err = fmt.Errorf("the server redirects to %q, which is not followed because it would carry the API key along; check base_url",
			c.clean(hostOf(got.header.Get("Location"))))
	case isForLater(e.Status):
		// Not carried out, even if a proxy says so.
	case isNotNeon(err), e.Status >= 500, e.Status == http.StatusRequestTimeout:
		// A proxy may have replaced Neon's response.
		e.Outcome = writeOutcome(e.Method, Uncertain)
	}
	return e
}

// unreadable is the failure of an attempt with an unexpected 2xx response, or nil if err is nil.
func (c *Client) unreadable(seen Attempt, got *answer, err error) *Error {
	if err == nil {
		return nil
	}
	outcome := Uncertain // something on the way may have answered for Neon
	if errors.Is(err, errCutShort) {
		outcome = CarriedOut
	}
	if errors.Is(err, errHTML) || errors.Is(err, errEmpty) || errors.Is(err, errNotJSON) {
		err = &notNeonError{describeAnswer(c.key, got)}
	}
	return &Error{
		Method: seen.Method, Path: seen.Path, Status: seen.Status, RequestID: c.clean(requestID(got.header)), Err: cleanError(c.key, err),
		Outcome: writeOutcome(seen.Method, outcome), reached: true, answered: true, unreadable: true,
	}
}

func hostOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return location
	}
	return u.Host
}

// writeOutcome is the outcome of a write. A read never changes anything.
func writeOutcome(method string, outcome Outcome) Outcome {
	if method == http.MethodGet {
		return Refused
	}
	return outcome
}

// clean makes a server's text safe for a message.
func (c *Client) clean(text string) string { return quote(c.key, text) }

// outlive returns a context that ends interruptGrace after ctx does.
func outlive(ctx context.Context) (context.Context, func()) {
	return endWith(context.WithoutCancel(ctx), ctx, interruptGrace)
}

// endWith returns ctx, ending grace after another context at the latest.
func endWith(ctx, other context.Context, grace time.Duration) (context.Context, func()) {
	ending, cancel := context.WithCancelCause(ctx)
	var timer atomic.Pointer[time.Timer]
	stop := context.AfterFunc(other, func() {
		timer.Store(time.AfterFunc(grace, func() { cancel(context.Cause(other)) }))
	})
	return ending, func() {
		stop()
		if t := timer.Load(); t != nil {
			t.Stop()
		}
		cancel(nil)
	}
}

// newRequestID returns a random UUID.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
