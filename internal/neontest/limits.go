package neontest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// limiter counts requests in sliding windows. Requests that it refuses do not count. It is stricter than Neon in that
// it counts all of a server's keys together.
type limiter struct {
	all     []time.Time
	byRoute map[string][]time.Time
	refused int
}

// grade: docs — the limits are 700 requests a minute, 40 a second per route, 10 a second for creating API keys.
// grade: guess — the limits' windows slide, and a refused request does not count.
const (
	requestsPerMinute      = 700
	requestsPerRouteSecond = 40
	keyCreationsPerSecond  = 10
	keyCreationRoute       = "POST /organizations/{org_id}/api_keys"
)

// refuse gives the 429 that a request gets, or counts it.
func (l *limiter) refuse(route string, now time.Time, retryAfter string) *answer {
	if l.byRoute == nil {
		l.byRoute = map[string][]time.Time{}
	}
	l.all = since(l.all, now.Add(-time.Minute))
	l.byRoute[route] = since(l.byRoute[route], now.Add(-time.Second))

	perRoute := requestsPerRouteSecond
	if route == keyCreationRoute {
		perRoute = keyCreationsPerSecond
	}
	var wait time.Duration
	if len(l.all) >= requestsPerMinute {
		wait = l.all[0].Add(time.Minute).Sub(now)
	}
	if times := l.byRoute[route]; len(times) >= perRoute {
		wait = max(wait, times[0].Add(time.Second).Sub(now))
	}
	if wait == 0 {
		l.all = append(l.all, now)
		l.byRoute[route] = append(l.byRoute[route], now)
		return nil
	}
	l.refused++
	// grade: docs — what exceeds a limit gets 429.
	// grade: guess — the words of a 429 are `rate limit exceeded`.
	refusal := refuse(http.StatusTooManyRequests, "rate limit exceeded")
	// Rounded up to whole seconds: the header knows no others.
	wait = (wait + time.Second - 1).Truncate(time.Second)
	// grade: guess — a 429 carries Retry-After, which is documented nowhere: Switches.RetryAfter.
	switch retryAfter {
	case "", "seconds":
		refusal.header = map[string]string{"Retry-After": strconv.Itoa(int(wait.Seconds()))}
	case "date":
		refusal.header = map[string]string{"Retry-After": now.Add(wait + time.Second - 1).Format(http.TimeFormat)}
	}
	return refusal
}

// since drops the times up to a moment.
func since(times []time.Time, moment time.Time) []time.Time {
	return slices.DeleteFunc(times, func(t time.Time) bool { return !t.After(moment) })
}

// RateLimited is how many requests Config.Limits refused with 429.
func (s *Server) RateLimited() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limits.refused
}
