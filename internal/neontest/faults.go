package neontest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultKind is a kind of fault.
type FaultKind string

// The kinds of faults. Those with Before do not carry out the operation; those with After carry it out and lose the
// response; the others follow Fault.After.
const (
	// FaultStatus returns Fault.Status and an error body like Neon's.
	FaultStatus FaultKind = "status"
	// FaultResetBefore breaks the connection before the operation.
	FaultResetBefore FaultKind = "reset-before"
	// FaultResetAfter carries out the operation and breaks the connection before the response.
	FaultResetAfter FaultKind = "reset-after"
	// FaultCutShort carries the request out and breaks the connection in the middle of the body.
	FaultCutShort FaultKind = "cut-short"
	// FaultCutJSON carries the request out; HTTP is complete, but the JSON ends in the middle.
	FaultCutJSON FaultKind = "cut-json"
	// FaultHTML answers with an HTML page, status 502 or Fault.Status.
	FaultHTML FaultKind = "html"
	// FaultHTMLOK answers 200 with an HTML page.
	FaultHTMLOK FaultKind = "html-ok"
	// FaultEmpty answers 200, or Fault.Status, with an empty body.
	FaultEmpty FaultKind = "empty"
	// FaultBody answers 200, or Fault.Status, with Fault.Body.
	FaultBody FaultKind = "body"
	// FaultOtherStatus carries the request out and answers as usual, but with Fault.Status, 201 if it is 0.
	FaultOtherStatus FaultKind = "other-status"
	// FaultHuge answers 200 with a list of one JSON string, 31 MiB in all; in 31 KiB, if the client takes gzip.
	FaultHuge FaultKind = "huge"
	// FaultRedirect answers 307, or Fault.Status, with Fault.Location.
	FaultRedirect FaultKind = "redirect"
	// FaultHangBefore sends nothing until the client disconnects or Fault.For is over. It does not carry out the operation.
	FaultHangBefore FaultKind = "hang-before"
	// FaultHangAfter carries out the operation and then hangs like FaultHangBefore.
	FaultHangAfter FaultKind = "hang-after"
	// FaultDelay carries out the operation, but takes Fault.For longer.
	FaultDelay FaultKind = "delay"
)

var faultKinds = []FaultKind{
	FaultStatus, FaultResetBefore, FaultResetAfter, FaultCutShort, FaultCutJSON, FaultHTML, FaultHTMLOK, FaultEmpty,
	FaultBody, FaultOtherStatus, FaultHuge, FaultRedirect, FaultHangBefore, FaultHangAfter, FaultDelay,
}

// Fault makes requests fail.
type Fault struct {
	// ID is set by AddFault.
	ID int `json:"id"`
	// Route selects the requests: "POST /organizations/{org_id}/api_keys", or concrete,
	// "DELETE /organizations/org-example-12345678/members/<id>". The method may be *, or left out; in the path, * and
	// {anything} stand for one part and ** at the end for any number; the route "*" is every request.
	Route string    `json:"route"`
	Kind  FaultKind `json:"kind"`
	// N is how many requests fail: 0 means 1, less than 0 all.
	N int `json:"n"`
	// Skip is how many requests pass first.
	Skip int `json:"skip"`
	// After carries out the operation before the fault, for kinds without Before or After in their name.
	After bool `json:"after,omitempty"`
	// Status of the answer. For FaultStatus 500 if it is 0.
	Status int `json:"status,omitempty"`
	// Message of the error body.
	Message string `json:"message,omitempty"`
	// RetryAfter is sent in that header as it is; "date:3s" is sent as the HTTP date in three seconds.
	RetryAfter string `json:"retry_after,omitempty"`
	// Body for FaultBody.
	Body string `json:"body,omitempty"`
	// Location for FaultRedirect.
	Location string `json:"location,omitempty"`
	// For is how long FaultHangBefore and FaultHangAfter hang, a minute if 0, and by how much FaultDelay delays.
	For time.Duration `json:"for,omitempty"`
}

// String describes a fault, for the log.
func (f Fault) String() string {
	text := string(f.Kind)
	if f.Status != 0 {
		text += " " + strconv.Itoa(f.Status)
	}
	if f.After {
		text += " after"
	}
	return text
}

func (f *Fault) carriesOut() bool {
	switch f.Kind {
	case FaultResetAfter, FaultCutShort, FaultCutJSON, FaultHangAfter, FaultDelay, FaultOtherStatus:
		return true
	case FaultResetBefore, FaultHangBefore:
		return false
	default:
		return f.After
	}
}

func (f *Fault) check() error {
	// "reset before", "reset_before" and "reset-before" are the same.
	f.Kind = FaultKind(strings.NewReplacer("_", "-", " ", "-").Replace(string(f.Kind)))
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("kind: %q is none of %q", f.Kind, faultKinds)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status: %d is no HTTP status", f.Status)
	}
	if f.Route == "" {
		return fmt.Errorf("route: missing; * is every request")
	}
	if f.N == 0 {
		f.N = 1
	}
	return nil
}

// AddFault makes requests fail from now on and returns the fault's ID. It panics for an unknown kind. Of several
// faults that match a request, the first one acts, and all that still skip requests count it.
func (s *Server) AddFault(f Fault) int {
	id, err := s.addFault(f)
	if err != nil {
		panic("neontest: " + err.Error())
	}
	return id
}

func (s *Server) addFault(f Fault) (int, error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	f.ID = s.nextID
	s.faults = append(s.faults, &f)
	return f.ID, nil
}

// ClearFaults removes all faults. Requests that hang keep hanging.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// PendingFaults lists the faults that still wait for requests.
func (s *Server) PendingFaults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending := []Fault{}
	for _, f := range s.faults {
		pending = append(pending, *f)
	}
	return pending
}

// nextFault returns the fault of a request.
func (s *Server) nextFault(method, path string) *Fault {
	var acting *Fault
	for _, f := range s.faults {
		switch {
		case !routeMatches(f.Route, method, path):
		case f.Skip > 0:
			f.Skip--
		case acting == nil:
			copied := *f
			acting = &copied
			if f.N > 0 {
				f.N--
			}
		}
	}
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool { return f.N == 0 })
	return acting
}

const htmlPage = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>" +
	"<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>\n"

func hugeAnswer() []byte {
	return slices.Concat([]byte(`["`), bytes.Repeat([]byte("x"), 31<<20-4), []byte(`"]`))
}

// packedAnswer is hugeAnswer in a few KiB.
var packedAnswer = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(hugeAnswer()) // into memory
	_ = writer.Close()
	return packed.Bytes()
})

// applyFault gives the status and body that a fault makes of an answer, or does away with the connection itself and
// says that it has finished. It changes header.
func (s *Server) applyFault(w http.ResponseWriter, r *http.Request, x *exchange, header http.Header, body []byte) (int, []byte, bool) {
	f := x.fault
	if f.RetryAfter != "" {
		value := f.RetryAfter
		if wait, isDate := strings.CutPrefix(value, "date:"); isDate {
			d, _ := time.ParseDuration(wait)
			value = x.date.Add(d).Format(http.TimeFormat)
		}
		header.Set("Retry-After", value)
	}
	switch f.Kind {
	case FaultDelay:
		return x.answer.status, body, false
	case FaultStatus:
		status := orElse(f.Status, http.StatusInternalServerError)
		header.Set("Content-Type", "application/json; charset=utf-8")
		message := orElse(f.Message, strings.ToLower(orElse(http.StatusText(status), "unknown error")))
		if status == http.StatusUnauthorized && f.Message == "" {
			message = saysNoSuchKey
		}
		return status, refuse(status, "%s", message).encode(x.requestID), false
	case FaultHTML, FaultHTMLOK:
		header.Set("Content-Type", "text/html")
		if f.Kind == FaultHTMLOK {
			return http.StatusOK, []byte(htmlPage), false
		}
		return orElse(f.Status, http.StatusBadGateway), []byte(htmlPage), false
	case FaultEmpty:
		header.Del("Content-Type")
		return orElse(f.Status, http.StatusOK), nil, false
	case FaultBody:
		header.Set("Content-Type", "application/json; charset=utf-8")
		return orElse(f.Status, http.StatusOK), []byte(f.Body), false
	case FaultHuge:
		header.Set("Content-Type", "application/json; charset=utf-8")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			return http.StatusOK, hugeAnswer(), false
		}
		header.Set("Content-Encoding", "gzip")
		return http.StatusOK, packedAnswer(), false
	case FaultOtherStatus:
		return orElse(f.Status, http.StatusCreated), body, false
	case FaultRedirect:
		header.Set("Location", f.Location)
		return orElse(f.Status, http.StatusTemporaryRedirect), nil, false
	case FaultCutJSON:
		return x.answer.status, body[:len(body)/2], false
	}

	// From here on there is no complete answer.
	var first []byte
	switch f.Kind {
	case FaultHangBefore, FaultHangAfter:
		ctx, cancel := context.WithTimeout(r.Context(), orElse(f.For, time.Minute))
		s.wait(ctx, time.Hour)
		cancel()
	case FaultCutShort:
		header.Set("Content-Length", strconv.Itoa(len(body)+1)) // even a body of one byte is cut
		var head bytes.Buffer
		fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", x.answer.status, http.StatusText(x.answer.status))
		_ = header.Write(&head)
		first = slices.Concat(head.Bytes(), []byte("\r\n"), body[:len(body)/2])
		s.mu.Lock()
		x.log.Status, x.log.Bytes = x.answer.status, len(body)/2
		s.mu.Unlock()
	}
	s.hangUp(w, first, f.Kind != FaultCutShort)
	return 0, nil, true
}
