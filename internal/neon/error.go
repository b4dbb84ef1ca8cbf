package neon

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Outcome is what became of a write that failed.
type Outcome int

const (
	// Refused means that nothing was carried out: Neon said no, or the request never reached it.
	Refused Outcome = iota
	// CarriedOut means that Neon said yes, but its answer could not be read.
	CarriedOut
	// Uncertain means that nobody knows without looking.
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

// Error is every failure of an operation.
type Error struct {
	// Method and Path are the operation's request line.
	Method, Path string
	// Status is the HTTP status, 0 without an answer.
	Status int
	// Message is Neon's own text.
	Message string
	// RequestID is Neon's id of the exchange, for its support.
	RequestID string
	// Outcome says what became of a write. Reads are always Refused.
	Outcome Outcome
	// Err is the cause where it is not Neon's message.
	Err error

	// Of the last attempt:
	sent       time.Time     // when it began
	reached    bool          // a connection was open, so Neon may have acted
	answered   bool          // the answer is complete
	unreadable bool          // it is a 2xx that could not be decoded
	retryAfter time.Duration // the pause that it asks for
}

// Error is one line: the request, the status, the message, the request id.
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

// reason is the error in a few words.
func (e *Error) reason() string {
	if e.answered {
		return fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	return e.Err.Error()
}

// notNeons reports whether something else than Neon seems to have answered.
func (e *Error) notNeons() bool { return e.unreadable || isNotNeon(e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Unsettled reports whether err is a write that may have been carried out.
func Unsettled(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Outcome != Refused
}

// both is one line that tells two errors.
func both(first, second error) error {
	if first == nil {
		return second
	}
	return fmt.Errorf("%w; %w", first, second)
}

// unknownToNeon reports whether Neon refused because it does not know what the request is about, and not
// because of the key in use. It does not prove that the thing is gone: only a list does.
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

// Refusal is a reason for which Neon says no, as far as it can be told from status and message.
type Refusal int

const (
	// OtherRefusal is any answer that is not one of the others.
	OtherRefusal Refusal = iota
	// InvalidCredentials is a missing, wrong or revoked key.
	InvalidCredentials
	// NeedsPersonalKey is an organization key on a call that only personal keys may make.
	NeedsPersonalKey
	// OutsideProject is a project-scoped key on anything but its own project.
	OutsideProject
	// NotOrganizationMember is an organization to which the key's owner does not belong.
	NotOrganizationMember
	// NotPermitted is a caller who is not an admin.
	NotPermitted
	// ProjectNotFound is a project that Neon does not know, or not for this key.
	ProjectNotFound
	// RateLimited is a 429 that did not pass in time.
	RateLimited
	// NotNeon is an answer that is not Neon's word. It tells nothing about the key.
	NotNeon
	// ProxyRefused is a proxy that does not connect to Neon.
	ProxyRefused
	// UntrustedCertificate is a server that cannot prove to be Neon, or a network that inspects what is encrypted.
	UntrustedCertificate
	// MalformedID is an id that was not sent, because it is not of the form of an id.
	MalformedID
)

// Refusal tells why Neon refused. Neon answers most refusals with 404 and an empty code,
// so the message is all there is to go by.
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
