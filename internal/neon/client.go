// Package neon is a client for the organization part of Neon's API v2: one request path
// (authentication, pacing, retry, deadline, typed errors), one file per API object, and
// Organization, the view of an organization that a process shares.
package neon

import (
	"context"
	"crypto/x509"
	"net/http"
	"strings"
	"sync"
	"time"
)

// DefaultBaseURL is the address of Neon's API.
const DefaultBaseURL = "https://console.neon.tech/api/v2"

// DefaultRetryTimeout bounds how long one operation waits for Neon to recover.
const DefaultRetryTimeout = 2 * time.Minute

// DefaultRequestsPerMinute is the rate limit that Neon publishes for one account.
const DefaultRequestsPerMinute = 700

const (
	// requestTimeout is the deadline of one attempt, from the connection to the last byte of the answer.
	requestTimeout = 30 * time.Second
	// interruptGrace is how long a write without a response outlives its context:
	// ending it immediately would leave behind the object that it created.
	interruptGrace = 5 * time.Second
	// closeGrace is the same while the client closes. Terraform allows 2 seconds in total.
	closeGrace = 800 * time.Millisecond
	// maxAnswer bounds a response after decompression. The largest expected one, 10,000 API keys, is below 4 MiB.
	maxAnswer = 8 << 20
	// maxHeader bounds its header.
	maxHeader = 256 << 10
	// pingAfter is how long an HTTP/2 connection may be silent during a request, and pingTimeout how long its
	// response to a ping may take. After that, the client closes the connection.
	pingAfter, pingTimeout = 5 * time.Second, 5 * time.Second
)

// Config is the configuration of a Client.
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
	// Observe, if set, is called for every attempt. It never receives a secret.
	Observe func(context.Context, Attempt)
}

// Attempt is one HTTP exchange, for logging.
type Attempt struct {
	// Method and Path are the request line without the base URL's path.
	Method, Path string
	// RequestID is the X-Request-ID that was sent, and NeonRequestID is Neon's ID of the request, if it returns one.
	RequestID, NeonRequestID string
	// Status is the HTTP status, 0 without a response.
	Status int
	// Duration covers everything from sending to the last byte.
	Duration time.Duration
	// Err is the reason for a missing response.
	Err error
}

// Client performs operations of the API. It is safe for concurrent use.
type Client struct {
	baseURL        string
	key            Secret
	userAgent      string
	retryTimeout   time.Duration
	requestTimeout time.Duration
	base           http.RoundTripper
	pace           *pacer
	clock          *clock
	observe        func(context.Context, Attempt)
	closing        context.Context // done when nobody takes results any more
	close          context.CancelFunc
	creating       sync.WaitGroup // API keys that are being created

	usedKey cached[Key]
	caller  cached[Caller]
	own     cached[[]OrganizationInfo]

	mu            sync.Mutex
	organizations map[string]*Organization
	open          map[openKey]bool // and whether Close is at it
}

// NewClient returns a client. It sends no request.
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
	closing, closeIt := context.WithCancel(context.Background())
	c := &Client{
		baseURL:        strings.TrimRight(cfg.BaseURL, "/"),
		key:            cfg.APIKey,
		userAgent:      cfg.UserAgent,
		retryTimeout:   cfg.RetryTimeout,
		requestTimeout: cfg.RequestTimeout,
		base:           newBase(cfg.RootCAs),
		pace:           newPacer(cfg.RequestsPerMinute, cfg.RetryTimeout),
		clock:          &clock{},
		observe:        cfg.Observe,
		closing:        closing,
		close:          closeIt,
		organizations:  map[string]*Organization{},
	}
	c.usedKey.fetch, c.caller.fetch, c.own.fetch = c.findKey, c.findCaller, c.Organizations
	return c
}

// Close undoes the operations in progress, because Terraform has ended and takes no more results.
// It sends no new requests, waits briefly for outstanding responses, and revokes the API keys
// that they created and the open keys. It returns when that is done, or when ctx ends;
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
		c.revokeOpen(ctx) // what has just been created
		now.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	return c.leftOpen()
}

// begin counts a create, unless Close is already waiting for creates.
func (c *Client) begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing.Err() != nil {
		return errClosed
	}
	c.creating.Add(1)
	return nil
}

// URL returns the address of an API path, for a message.
func (c *Client) URL(path ...string) string { return c.baseURL + pathTo(path...) }

// UsedSince reports whether Neon shows a use of a key since a time by our clock.
func (c *Client) UsedSince(key APIKey, since time.Time) bool {
	earliest, _ := c.clock.window(since, since)
	return !key.LastUsedAt.IsZero() && !key.LastUsedAt.Before(earliest)
}

// Uses reports whether secret is the client's own key.
func (c *Client) Uses(secret Secret) bool { return secret != "" && secret == c.key }

// UsesFingerprint is Uses for the fingerprint of a secret.
func (c *Client) UsesFingerprint(fingerprint string) bool {
	return fingerprint != "" && fingerprint == c.key.Fingerprint()
}
