package neontest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const createRoute = "POST /organizations/{org_id}/api_keys"

func create(t *testing.T, s *neontest.Server) reply {
	t.Helper()
	return do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/api_keys", `{"key_name":"faulty"}`)
}

// TestFaultKinds looks at each kind as a bare client sees it, and whether the key was made.
func TestFaultKinds(t *testing.T) {
	t.Parallel()
	is := func(wanted error) func(reply) bool { return func(r reply) bool { return errors.Is(r.err, wanted) } }
	for name, test := range map[string]struct {
		fault neontest.Fault
		made  bool
		sees  func(reply) bool
	}{
		"status":        {neontest.Fault{Kind: neontest.FaultStatus, Status: 503}, false, func(r reply) bool { return r.status == 503 && r.message() == "service unavailable" }},
		"status after":  {neontest.Fault{Kind: neontest.FaultStatus, Status: 504, After: true, Message: "slow"}, true, func(r reply) bool { return r.status == 504 && r.message() == "slow" }},
		"no status":     {neontest.Fault{Kind: neontest.FaultStatus}, false, func(r reply) bool { return r.status == 500 }},
		"retry seconds": {neontest.Fault{Kind: neontest.FaultStatus, Status: 429, RetryAfter: "7"}, false, func(r reply) bool { return r.status == 429 && r.header.Get("Retry-After") == "7" }},
		"retry date": {neontest.Fault{Kind: neontest.FaultStatus, Status: 423, RetryAfter: "date:5s"}, false, func(r reply) bool {
			at, err := http.ParseTime(r.header.Get("Retry-After"))
			date, _ := http.ParseTime(r.header.Get("Date"))
			return err == nil && r.status == 423 && at.Sub(date) == 5*time.Second
		}},
		"reset before": {neontest.Fault{Kind: neontest.FaultResetBefore}, false, is(syscall.ECONNRESET)},
		"reset after":  {neontest.Fault{Kind: neontest.FaultResetAfter}, true, is(syscall.ECONNRESET)},
		"cut short": {neontest.Fault{Kind: neontest.FaultCutShort}, true, func(r reply) bool {
			return r.status == 200 && errors.Is(r.err, io.ErrUnexpectedEOF) && strings.HasPrefix(r.body, "{")
		}},
		"cut JSON": {neontest.Fault{Kind: neontest.FaultCutJSON}, true, func(r reply) bool { return r.status == 200 && r.err == nil && !strings.Contains(r.body, "}") }},
		"html": {neontest.Fault{Kind: neontest.FaultHTML}, false, func(r reply) bool {
			return r.status == 502 && strings.Contains(r.body, "<html>") && r.header.Get("Content-Type") == "text/html"
		}},
		"html after":  {neontest.Fault{Kind: neontest.FaultHTML, After: true}, true, func(r reply) bool { return r.status == 502 }},
		"html ok":     {neontest.Fault{Kind: neontest.FaultHTMLOK}, false, func(r reply) bool { return r.status == 200 && strings.Contains(r.body, "<html>") }},
		"empty":       {neontest.Fault{Kind: neontest.FaultEmpty}, false, func(r reply) bool { return r.status == 200 && r.body == "" && r.err == nil }},
		"empty after": {neontest.Fault{Kind: neontest.FaultEmpty, After: true}, true, func(r reply) bool { return r.status == 200 && r.body == "" }},
		"body":        {neontest.Fault{Kind: neontest.FaultBody, Body: "[]"}, false, func(r reply) bool { return r.status == 200 && r.body == "[]" }},
		"redirect":    {neontest.Fault{Kind: neontest.FaultRedirect, Location: "https://example.net/"}, false, func(r reply) bool { return r.status == 307 && r.header.Get("Location") == "https://example.net/" }},
		"hang before": {neontest.Fault{Kind: neontest.FaultHangBefore, For: 20 * time.Millisecond}, false, is(syscall.ECONNRESET)},
		"hang after":  {neontest.Fault{Kind: neontest.FaultHangAfter, For: 20 * time.Millisecond}, true, is(syscall.ECONNRESET)},
		"other status": {neontest.Fault{Kind: neontest.FaultOtherStatus}, true, func(r reply) bool {
			return r.status == 201 && strings.Contains(r.body, `"key":`)
		}},
		"delay": {neontest.Fault{Kind: neontest.FaultDelay, For: 20 * time.Millisecond}, true, func(r reply) bool { return r.status == 200 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := neontest.Start(t, neontest.Config{Latency: time.Millisecond})
			test.fault.Route = createRoute
			s.AddFault(test.fault)
			expect(t, do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/api_keys", ""), 200, "")
			r := create(t, s)
			if !test.sees(r) {
				t.Errorf("saw %d %.300q %v %v", r.status, r.body, r.header, r.err)
			}
			if made := len(s.APIKeys()) == 3; made != test.made {
				t.Errorf("made: %t", made)
			}
			log := s.Requests()[1]
			if log.Fault == "" || log.CarriedOut != test.made || log.Key != "personal 1734001" || log.Route != createRoute {
				t.Errorf("log: %+v", log)
			}
			if r := create(t, s); r.status != 200 || len(s.PendingFaults()) != 0 {
				t.Errorf("second request: %d %v", r.status, r.err)
			}
		})
	}
}

func TestHuge(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	s.AddFault(neontest.Fault{Route: "*", Kind: neontest.FaultHuge})
	response, err := http.Get(s.URL() + "/auth")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if n, err := io.Copy(io.Discard, response.Body); response.StatusCode != http.StatusOK || n != 31<<20 || err != nil {
		t.Error(response.Status, n, err)
	}
}

func TestFaultCounts(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	s.AddFault(neontest.Fault{Route: createRoute, Kind: neontest.FaultStatus, Status: 500, Skip: 1, N: 2})
	s.AddFault(neontest.Fault{Route: "POST /organizations/*/api_keys", Kind: neontest.FaultStatus, Status: 503, Skip: 4, N: -1})
	for i, want := range []int{200, 500, 500, 200, 503, 503} {
		if r := create(t, s); r.status != want {
			t.Errorf("request %d: %d, want %d", i, r.status, want)
		}
	}
	if pending := s.PendingFaults(); len(pending) != 1 || pending[0].N != -1 {
		t.Errorf("%+v", pending)
	}
	s.ClearFaults()
	if r := create(t, s); r.status != 200 {
		t.Error(r.status)
	}
	if s.Count(createRoute) != 7 || s.Count("* /organizations/"+s.OrgID()+"/api_keys") != 7 || s.Count("GET **") != 0 || s.RequestCount() != 7 {
		t.Error(s.Counts())
	}
	s.ResetRequests()
	if s.RequestCount() != 0 || s.Count("*") != 0 || len(s.Counts()) != 0 {
		t.Error(s.Requests())
	}
}

func TestFaultRoutes(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	m, _ := s.Member("dev@example.com")
	concrete := "/organizations/" + s.OrgID() + "/members/" + m.ID
	for route, matches := range map[string]bool{
		"*":                         true,
		"DELETE *":                  true,
		"* **":                      true,
		"DELETE " + concrete:        true,
		"delete " + concrete:        true,
		concrete:                    true,
		"DELETE /api/v2" + concrete: true,
		"DELETE /organizations/{org_id}/members/{member_id}": true,
		"DELETE /organizations/*/members/*":                  true,
		"DELETE /organizations/**":                           true,
		"GET " + concrete:                                    false,
		"DELETE /organizations/*/members":                    false,
		"DELETE /organizations/*":                            false,
		"DELETE /organizations/*/members/*/role":             false,
		"DELETE /organizations/*/members/" + s.OrgID():       false,
	} {
		s.AddFault(neontest.Fault{Route: route, Kind: neontest.FaultStatus, Status: 599, N: -1})
		if got := do(t, s, s.OrganizationKey(), "DELETE", concrete, "").status == 599; got != matches {
			t.Errorf("%s: %t", route, got)
		}
		s.ClearFaults()
	}
}

// A client that gives up does not undo what it sent.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{Latency: time.Second})
	for _, kind := range []neontest.FaultKind{"", neontest.FaultHangAfter} {
		before, requests := len(s.APIKeys()), s.RequestCount()
		if kind != "" {
			s.AddFault(neontest.Fault{Route: createRoute, Kind: kind})
		}
		ctx, cancel := context.WithCancel(t.Context())
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/organizations/"+s.OrgID()+"/api_keys", strings.NewReader(`{"key_name":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+s.PersonalKey())
		request.Header.Set("Content-Type", "application/json")
		givenUp := make(chan struct{})
		go func() {
			defer close(givenUp)
			if response, err := http.DefaultClient.Do(request); err == nil {
				_ = response.Body.Close()
				t.Error("answered:", response.Status)
			}
		}()
		until(t, func() bool { return s.RequestCount() > requests })
		cancel()
		<-givenUp
		until(t, func() bool { return len(s.APIKeys()) == before+1 })
	}
}

func TestCloseEndsHanging(t *testing.T) {
	t.Parallel()
	s := neontest.New(neontest.Config{})
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.AddFault(neontest.Fault{Route: "*", Kind: neontest.FaultHangBefore})
	done := make(chan reply)
	go func() { done <- create(t, s) }()
	until(t, func() bool { return s.RequestCount() == 1 })
	s.Close()
	select {
	case r := <-done:
		if r.err == nil {
			t.Error(r)
		}
	case <-time.After(5 * time.Second):
		t.Error("still hangs")
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{Latency: 20 * time.Millisecond, RouteLatency: map[string]time.Duration{createRoute: 60 * time.Millisecond}})
	took := func(f func()) time.Duration { start := time.Now(); f(); return time.Since(start) }
	if d := took(func() { do(t, s, s.PersonalKey(), "GET", "/auth", "") }); d < 20*time.Millisecond {
		t.Error(d)
	}
	if d := took(func() { create(t, s) }); d < 80*time.Millisecond {
		t.Error(d)
	}
}
