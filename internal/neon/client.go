// Package neon is the part of Neon's API v2 that concerns organizations: one request path
// (authentication, pacing, retry, deadline, typed errors), one file per API object, and
// Organization, the one view of an organization that a process shares.
package neon

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// DefaultBaseURL is where Neon serves its API.
const DefaultBaseURL = "https://console.neon.tech/api/v2"

// DefaultRetryTimeout bounds how long one operation waits for Neon to recover.
const DefaultRetryTimeout = 2 * time.Minute

// DefaultRequestsPerMinute is the rate limit that Neon publishes for one account.
const DefaultRequestsPerMinute = 700

const (
	// requestTimeout is the deadline of one attempt, from the connection to the last byte of the answer.
	requestTimeout = 30 * time.Second
	// interruptGrace is how long a write whose answer is outstanding outlives its context:
	// leaving at once would leave behind what the write made.
	interruptGrace = 5 * time.Second
	// closeGrace is the same once nobody takes results any more. Terraform leaves 2 seconds for all of it.
	closeGrace = 800 * time.Millisecond
	// maxAnswer bounds an answer after decompression. The largest honest one, 10,000 API keys, is below 4 MiB.
	maxAnswer = 8 << 20
	// maxHeader bounds its header.
	maxHeader = 256 << 10
	// pingAfter is how long an HTTP/2 connection may say nothing while it is waited for, and pingTimeout how long its
	// answer to a ping may take. A connection that a network has dropped is given up then, not used again.
	pingAfter, pingTimeout = 5 * time.Second, 5 * time.Second
)

// Config says which Neon a Client talks to, and how.
type Config struct {
	// BaseURL is the API's address, with /api/v2; empty means DefaultBaseURL.
	BaseURL string
	// APIKey authenticates every request.
	APIKey Secret
	// UserAgent names the program to Neon.
	UserAgent string
	// RetryTimeout bounds the waiting after the first failure of an operation; 0 means DefaultRetryTimeout.
	RetryTimeout time.Duration
	// RequestsPerMinute paces the client; 0 means DefaultRequestsPerMinute.
	RequestsPerMinute int
	// RequestTimeout is the deadline of one attempt; 0 means 30 seconds.
	RequestTimeout time.Duration
	// RootCAs are the authorities whose certificates are trusted; nil means those of the system.
	RootCAs *x509.CertPool
	// Observe, if set, is told of every attempt. It never sees a secret.
	Observe func(context.Context, Attempt)
}

// Attempt is one HTTP exchange, for logging.
type Attempt struct {
	// Method and Path are the request line without the base URL's path.
	Method, Path string
	// RequestID is the X-Request-ID that was sent, NeonRequestID what Neon calls the request, if it says so.
	RequestID, NeonRequestID string
	// Status is the HTTP status, 0 without an answer.
	Status int
	// Duration covers everything from sending to the last byte.
	Duration time.Duration
	// Err is why there was no answer.
	Err error
}

// Client performs single operations of the API. It is safe for concurrent use.
type Client struct {
	baseURL      string
	key          Secret
	retryTimeout time.Duration
	http         *http.Client
	pace         *pacer
	clock        *clock
	closing      context.Context // done when nobody takes results any more
	close        context.CancelFunc
	creating     sync.WaitGroup // API keys that are being made

	usedKey *foundOnce[Key]
	caller  *foundOnce[Caller]
	own     *foundOnce[[]OrganizationInfo]

	mu            sync.Mutex
	organizations map[string]*Organization
	open          map[openKey]bool // and whether Close is at it
}

// NewClient returns a client; it makes no request.
func NewClient(cfg Config) *Client {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	if cfg.RetryTimeout == 0 {
		cfg.RetryTimeout = DefaultRetryTimeout
	}
	if cfg.RequestsPerMinute == 0 {
		cfg.RequestsPerMinute = DefaultRequestsPerMinute
	}
	if cfg.RequestTimeout == 0 {
		cfg.RequestTimeout = requestTimeout
	}
	pace, serverClock := newPacer(cfg.RequestsPerMinute), &clock{}
	closing, closeIt := context.WithCancel(context.Background())
	return &Client{
		baseURL:      strings.TrimRight(cfg.BaseURL, "/"),
		key:          cfg.APIKey,
		retryTimeout: cfg.RetryTimeout,
		pace:         pace.waitingAtMost(cfg.RetryTimeout),
		clock:        serverClock,
		closing:      closing,
		close:        closeIt,
		http: &http.Client{
			Transport: &transport{
				base:      newBase(cfg.RootCAs),
				basePath:  basePath(cfg.BaseURL),
				key:       cfg.APIKey,
				userAgent: cfg.UserAgent,
				pace:      pace,
				clock:     serverClock,
				closing:   closing,
				timeout:   cfg.RequestTimeout,
				observe:   cfg.Observe,
			},
			// Neon does not redirect. Following somebody else's redirect could carry the key to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		usedKey:       newFoundOnce[Key](),
		own:           newFoundOnce[[]OrganizationInfo](),
		caller:        newFoundOnce[Caller](),
		organizations: map[string]*Organization{},
	}
}

func basePath(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.Path, "/")
}

// Close undoes what is under way: Terraform has left, or been told to leave twice, and takes no results
// any more. Nothing new is sent for anybody, an outstanding answer is waited for a moment, and API keys
// that come of it are revoked, as are those that are open. It returns when that is done, or when ctx ends;
// the error names the keys that are still open.
func (c *Client) Close(ctx context.Context) error {
	c.mu.Lock()
	c.close()
	c.mu.Unlock()
	done := make(chan struct{})
	go func() {
		var now sync.WaitGroup
		now.Go(func() { c.revokeOpen(ctx) })
		c.creating.Wait()
		c.revokeOpen(ctx) // what has just been made
		now.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	return c.leftOpen()
}

// begin counts a create, unless Close has begun to wait for them.
func (c *Client) begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing.Err() != nil {
		return errClosed
	}
	c.creating.Add(1)
	return nil
}

// URL is the address of something at Neon, for a message.
func (c *Client) URL(path ...string) string { return c.baseURL + pathTo(path...) }

// UsedSince reports whether Neon shows a use of a key since a time of ours.
func (c *Client) UsedSince(key APIKey, since time.Time) bool {
	earliest, _ := c.clock.window(since, since)
	return !key.LastUsedAt.IsZero() && !key.LastUsedAt.Before(earliest)
}

// Uses reports whether secret is the key that the client itself authenticates with.
func (c *Client) Uses(secret Secret) bool { return secret != "" && secret == c.key }

// UsesFingerprint is Uses for a secret of which only the fingerprint is known.
func (c *Client) UsesFingerprint(fingerprint string) bool {
	return fingerprint != "" && fingerprint == c.key.Fingerprint()
}

// notNeonTries is how often something is tried that is answered, but not by Neon. A proxy's web page often
// passes; a wrong base URL does not, and should not take long to tell.
const notNeonTries = 3

// do performs one operation: it sends the request, repeats it while that is safe and worthwhile, and decodes a 2xx
// answer into out. The checks say whether it is the answer that was asked for. Every failure is an *Error.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, in, out any, checks ...func() error) error {
	for try := 1; ; try++ {
		err := c.send(ctx, method, path, query, in, out, checks)
		e, ok := AsError(err)
		if !ok || method != http.MethodGet || !e.notNeons() || try == notNeonTries || sleep(ctx, minBackoff<<(try-1)) != nil {
			return err
		}
	}
}

// write is do for a change whose answer tells nothing new. It has to be the one that was asked for all the same, or
// none (204): with another, nobody knows who has answered.
func (c *Client) write(ctx context.Context, method, path string, in, out any, asked func() bool) error {
	err := c.do(ctx, method, path, nil, in, out, func() error {
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

// send is do without a second look at what cannot be read.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, in, out any, checks []func() error) (err error) {
	var sent time.Time
	ctx = context.WithValue(ctx, lastSent{}, &sent)
	defer func() {
		if e, ok := AsError(err); ok {
			e.sent = sent
		}
	}()
	if err := checkPath(path); err != nil {
		return &Error{Method: method, Path: path, Err: err}
	}
	var body io.ReadSeeker
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return &Error{Method: method, Path: path, Err: err}
		}
		body = bytes.NewReader(raw)
	}
	target := c.baseURL + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return &Error{Method: method, Path: path, Err: err}
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}

	retry := retrier{method: method, timeout: c.retryTimeout, pace: c.pace, closing: c.closing}
	loop := retryablehttp.Client{
		HTTPClient:   c.http,
		RetryMax:     math.MaxInt32, // time is what bounds us
		CheckRetry:   retry.check,
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return retry.wait },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := loop.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(err, context.DeadlineExceeded) && cause != nil {
			err = cause // says whose deadline it was
		}
		if ctx.Err() != nil && retry.last != nil {
			err = fmt.Errorf("%w while waiting to try again after: %s", err, retry.last.Error())
		}
		return c.unanswered(method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := all(resp)
	if err != nil {
		return c.unanswered(method, path, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.refused(method, path, resp, raw)
	}
	err = decode(raw, out)
	for _, check := range checks {
		if err == nil {
			err = check()
		}
	}
	if err != nil {
		if errors.Is(err, errHTML) || errors.Is(err, errEmpty) || errors.Is(err, errNotJSON) {
			err = &notNeonError{describeAnswer(c.key, resp, raw)}
		}
		outcome := Uncertain // something on the way may have answered for Neon
		if errors.Is(err, errCutShort) {
			outcome = CarriedOut
		}
		return &Error{
			Method: method, Path: path, Status: resp.StatusCode, RequestID: c.clean(requestID(resp)),
			Outcome: writeOutcome(method, outcome), Err: cleanError(c.key, err), unreadable: true,
		}
	}
	return nil
}

// unanswered is the error of an operation that got no complete answer.
func (c *Client) unanswered(method, path string, err error) *Error {
	e := &Error{Method: method, Path: path, Err: cleanError(c.key, err)}
	if attempt, ok := errors.AsType[*attemptError](err); ok {
		e.RequestID = attempt.requestID
		e.Status = attempt.status
		e.Err = attempt.err
		if attempt.sent {
			e.Outcome = writeOutcome(method, Uncertain)
		}
		if attempt.status >= 200 && attempt.status <= 299 {
			e.Outcome = writeOutcome(method, CarriedOut)
		}
	}
	return e
}

// refused is the error of an operation that was answered with something else than 2xx.
func (c *Client) refused(method, path string, resp *http.Response, raw []byte) *Error {
	e := &Error{Method: method, Path: path, Status: resp.StatusCode, RequestID: c.clean(requestID(resp))}
	message, id, err := fromNeon(c.key, resp, raw)
	e.Message, e.Err = c.clean(message), err
	if id != "" && resp.Header.Get(neonRequestID) == "" {
		e.RequestID = c.clean(id)
	}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		e.Err = fmt.Errorf("the server redirects to %q, which is not followed because it would carry the API key along; check base_url",
			c.clean(hostOf(resp.Header.Get("Location"))))
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusLocked, resp.StatusCode == http.StatusServiceUnavailable:
		// Not carried out, whoever says so.
	case err != nil, resp.StatusCode >= 500, resp.StatusCode == http.StatusRequestTimeout:
		// What is not Neon's word may stand where Neon's was.
		e.Outcome = writeOutcome(method, Uncertain)
	}
	return e
}

func hostOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return location
	}
	return u.Host
}

// writeOutcome is the outcome of a write; a read changes nothing whatever became of it.
func writeOutcome(method string, outcome Outcome) Outcome {
	if method == http.MethodGet {
		return Refused
	}
	return outcome
}

// clean makes a server's text fit for a message.
func (c *Client) clean(text string) string { return quote(c.key, text) }
