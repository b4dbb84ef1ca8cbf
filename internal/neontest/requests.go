package neontest

import (
	"maps"
	"time"
)

// Request is an entry of the log: one request to Neon's API. It holds no secrets.
type Request struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	// Path is below /api/v2.
	Path string `json:"path"`
	// Route is like "GET /organizations/{org_id}/members", or "unknown".
	Route string `json:"route"`
	Query string `json:"query,omitempty"`
	// Status is the status of the response; 0 without one.
	Status int    `json:"status"`
	Body   string `json:"body,omitempty"`
	// Key is the kind and id of the key in use, like "personal 1734001"; "revoked personal 1734001", "none", "unknown".
	Key       string `json:"key"`
	RequestID string `json:"request_id"`
	UserAgent string `json:"user_agent,omitempty"`
	// CarriedOut reports whether the operation was carried out, regardless of the response.
	CarriedOut bool `json:"carried_out"`
	// Fault that befell the request, like "status 503" or "reset-after".
	Fault string `json:"fault,omitempty"`
	// Bytes of the answer's body.
	Bytes int `json:"bytes"`
}

type requestLog struct {
	entries []*Request
	counts  map[string]int // by route
}

func (l *requestLog) add(r Request) *Request {
	if l.counts == nil {
		l.counts = map[string]int{}
	}
	l.counts[r.Route]++
	l.entries = append(l.entries, &r)
	return &r
}

// Requests lists all requests since the start or ResetRequests, including those in progress.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Request, len(s.log.entries))
	for i, r := range s.log.entries {
		list[i] = *r
	}
	return list
}

// ResetRequests empties the log and the counters.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = requestLog{}
}

// RequestCount returns the number of requests.
func (s *Server) RequestCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.log.entries)
}

// Count returns the number of requests on a route, written as in Fault.Route.
func (s *Server) Count(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.log.entries {
		if routeMatches(route, r.Method, r.Path) {
			n++
		}
	}
	return n
}

// Counts returns the number of requests by route.
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.log.counts)
}
