package neon

import (
	"net/http"
	"sync"
	"time"
)

// clock estimates how far Neon's clock is ahead of ours, from the Date headers of its answers.
type clock struct {
	mu       sync.Mutex
	known    bool
	min, max time.Duration
}

const (
	// unknownClock is the allowance before the first response with the server's time.
	unknownClock = 5 * time.Second
	// clockSlack allows for differences between the clocks of Neon's machines.
	clockSlack = 250 * time.Millisecond
)

// observe narrows the estimate with one response: its Date, in full seconds, is between sent and received.
func (c *clock) observe(header http.Header, sent, received time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	low, high := date.Sub(received), date.Add(time.Second).Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && low <= c.max && high >= c.min {
		low, high = max(low, c.min), min(high, c.max)
	}
	c.known, c.min, c.max = true, low, high
}

// window returns the times, by Neon's clock and in full seconds, of an event that
// happened between two times of ours.
func (c *clock) window(from, to time.Time) (time.Time, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	low, high := -unknownClock, unknownClock
	if c.known {
		low, high = c.min-clockSlack, c.max+clockSlack
	}
	return from.Add(low).Truncate(time.Second), to.Add(high)
}
