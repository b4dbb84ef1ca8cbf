package neon

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Outcome is the outcome of a failed write.
type Outcome int

const (
	// Refused means that nothing was carried out: Neon refused, or the request never reached it.
	Refused Outcome = iota
	// CarriedOut means that Neon accepted the write, but its response could not be read.
	CarriedOut
	// Uncertain means that only the lists can show the outcome.
	Uncertain
)

// String names the outcome.
func (o Outcome) String() string {
	switch o {
	case CarriedOut:
		return "carried out"
	case Uncertain:
		return "uncertain"
	default:
		return "refused"
	}
}

// Error is the failure of an operation.
type Error struct {
	// Method and Path are the operation's request line.
	Method, Path string
	// Status is the HTTP status, 0 without a response.
	Status int
	// Message is Neon's message.
	Message string
	// RequestID is the request ID for Neon's support.
	RequestID string
	// Outcome is the outcome of a write. Reads are always Refused.
	Outcome Outcome
	// Err is the cause, if it is not Neon's message.
	Err error

	// Of the last attempt:
	sent       time.Time     // when it began
	reached    bool          // a connection was open, so Neon may have acted
	answered   bool          // the answer is complete
	unreadable bool          // it is a 2xx that could not be decoded
	retryAfter time.Duration // the pause that it asks for
}

// Error returns one line: the request, the status, the message and the request ID.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Method, e.Path)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %s", e.Err)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request id %s)", e.RequestID)
	}
	return b.String()
}

// reason returns a short form of the error.
func (e *Error) reason() string {
	if e.answered {
		return fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	return e.Err.Error()
}

// notNeons reports whether the response does not seem to come from Neon.
func (e *Error) notNeons() bool { return e.unreadable || isNotNeon(e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Unsettled reports whether err is a write that may have been carried out.
func Unsettled(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Outcome != Refused
}

// both joins two errors in one line.
func both(first, second error) error {
	if first == nil {
		return second
	}
	return fmt.Errorf("%w; %w", first, second)
}

// unknownToNeon reports whether Neon refused because it does not know what the request is about, and not
// because of the key in use. It does not prove that the object is gone: only a list does.
func unknownToNeon(err error) bool {
	e, ok := AsError(err)
	if !ok || e.Status != http.StatusNotFound {
		return false
	}
	switch e.Refusal() {
	case NeedsPersonalKey, OutsideProject, NotOrganizationMember, NotNeon:
		return false
	default:
		return true
	}
}

// Refusal is Neon's reason for a refusal, derived from status and message.
type Refusal int

const (
	// OtherRefusal is any other response.
	OtherRefusal Refusal = iota
	// InvalidCredentials is a missing, wrong or revoked key.
	InvalidCredentials
	// NeedsPersonalKey is an organization key on a call that only personal keys may make.
	NeedsPersonalKey
	// OutsideProject is a project-scoped key outside of its own project.
	OutsideProject
	// NotOrganizationMember is an organization to which the key's owner does not belong.
	NotOrganizationMember
	// NotPermitted is a caller who is not an admin.
	NotPermitted
	// ProjectNotFound is a project that does not exist, or that the key may not see.
	ProjectNotFound
	// RateLimited is a 429 that lasted longer than the retry timeout.
	RateLimited
	// NotNeon is a response that is not from Neon. It proves nothing about the key.
	NotNeon
	// ProxyRefused is a proxy that refuses to connect to Neon.
	ProxyRefused
	// UntrustedCertificate is a server with an untrusted certificate, or a network that inspects encrypted traffic.
	UntrustedCertificate
	// MalformedID is an ID that was not sent, because it does not have the form of an ID.
	MalformedID
)

// Refusal returns why Neon refused. Neon returns 404 and an empty code for most refusals,
// so only the message shows the reason.
func (e *Error) Refusal() Refusal {
	message := strings.ToLower(e.Message)
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(message, part) {
				return true
			}
		}
		return false
	}
	_, proxy := errors.AsType[*proxyError](e.Err)
	_, certificate := errors.AsType[*certificateError](e.Err)
	_, malformed := errors.AsType[badIDError](e.Err)
	switch {
	case proxy:
		return ProxyRefused
	case certificate:
		return UntrustedCertificate
	case malformed:
		return MalformedID
	case e.Status == http.StatusTooManyRequests:
		return RateLimited
	case isNotNeon(e.Err):
		return NotNeon
	case e.Status == http.StatusUnauthorized:
		return InvalidCredentials
	case has("not allowed for organization api keys", "requires a personal api key"):
		return NeedsPersonalKey
	case has("outside the project this key is scoped to"):
		return OutsideProject
	case has("not an organization member"):
		return NotOrganizationMember
	case e.Status == http.StatusForbidden:
		return NotPermitted
	case e.Status == http.StatusNotFound && has("project not found"):
		return ProjectNotFound
	default:
		return OtherRefusal
	}
}

// AsError returns err as an *Error, if it is one.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
