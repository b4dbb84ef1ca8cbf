package neon

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// transport performs one attempt of a request: it waits for its turn, signs, sends, and reads the
// whole answer within a deadline, so that everything that can be retried happens inside of it.
type transport struct {
	base      http.RoundTripper
	basePath  string
	key       Secret
	userAgent string
	pace      *pacer
	clock     *clock
	closing   context.Context
	timeout   time.Duration
	observe   func(context.Context, Attempt)
}

// lastSent is the context key of where an operation is told when its last attempt began.
type lastSent struct{}

// attemptError is an attempt without a complete answer.
type attemptError struct {
	err       error
	sent      bool // a connection was open, so Neon may have acted
	status    int  // of an answer that was cut short
	requestID string
}

func (e *attemptError) Error() string { return e.err.Error() }
func (e *attemptError) Unwrap() error { return e.err }

var (
	errTimeout  = errors.New("no complete answer in time")
	errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
)

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	path := strings.TrimPrefix(req.URL.Path, t.basePath)
	createsKey := req.Method == http.MethodPost && strings.HasSuffix(path, "/api_keys")
	if t.closing.Err() == nil { // else there is no time to wait, and little to send
		if err := t.pace.turn(req.Context(), createsKey); err != nil {
			return nil, &attemptError{err: err, status: unsentStatus(err)}
		}
	}

	revokesKey := req.Method == http.MethodDelete && strings.Contains(path, "/api_keys/")
	if t.closing.Err() != nil && req.Method != http.MethodGet && !revokesKey {
		return nil, &attemptError{err: errClosed}
	}

	ctx := req.Context()
	if req.Method != http.MethodGet {
		var stop func()
		ctx, stop = outlive(ctx)
		defer stop()
		ctx, stop = endWith(ctx, t.closing, closeGrace)
		defer stop()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, t.timeout, errTimeout)
	defer cancel()
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})

	out := req.Clone(ctx)
	id := newRequestID()
	out.Header.Set("X-Request-ID", id)
	out.Header.Set("Authorization", "Bearer "+string(t.key))
	out.Header.Set("Accept", "application/json")
	out.Header.Set("User-Agent", t.userAgent)

	attempt := Attempt{Method: req.Method, Path: path, RequestID: id}
	started := time.Now()
	if last, ok := req.Context().Value(lastSent{}).(*time.Time); ok {
		*last = started
	}
	resp, err := t.exchange(out)
	attempt.Duration = time.Since(started)
	if resp != nil {
		attempt.Status = resp.StatusCode
		attempt.NeonRequestID = quote(t.key, resp.Header.Get(neonRequestID))
		t.clock.observe(resp.Header, started, started.Add(attempt.Duration))
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		err = describeTLS(t.key, req.URL.Hostname(), err)
		if errors.Is(err, errTimeout) {
			err = fmt.Errorf("%w (%s)", errTimeout, t.timeout)
		}
		err = cleanError(t.key, err)
		attempt.Err = err
	}
	if t.observe != nil {
		t.observe(req.Context(), attempt)
	}
	if err != nil {
		return nil, &attemptError{err: err, sent: sent.Load(), status: attempt.Status, requestID: id}
	}
	if requestID(resp) == "" {
		resp.Header.Set("X-Request-ID", id)
	}
	return resp, nil
}

// exchange sends and reads everything. An answer that is cut short is returned beside its error.
func (t *transport) exchange(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close()
	resp.Body = &readBody{*bytes.NewReader(raw), raw}
	switch {
	case err != nil:
		return resp, fmt.Errorf("%w: %w", errCutShort, err)
	case len(raw) > maxAnswer:
		return resp, errTooLarge
	}
	return resp, nil
}

// readBody is a body that has been read already. Nobody needs to copy it, for it may be large.
type readBody struct {
	bytes.Reader
	raw []byte
}

// Close does nothing.
func (*readBody) Close() error { return nil }

// all is the whole body of an answer.
func all(resp *http.Response) ([]byte, error) {
	if body, ok := resp.Body.(*readBody); ok {
		return body.raw, nil
	}
	return io.ReadAll(resp.Body)
}

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
