package neon

import (
	"net/http"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, skew := range []time.Duration{0, 300 * time.Millisecond, 7 * time.Minute, -7 * time.Minute, -3*time.Hour + 999*time.Millisecond} {
		for _, latency := range []time.Duration{0, 20 * time.Millisecond, 3 * time.Second} {
			c := &clock{}
			// Answers at all sorts of moments; the server stamps half way.
			for i := range 50 {
				sent := start.Add(time.Duration(i) * 1370 * time.Millisecond)
				header := http.Header{"Date": {sent.Add(latency/2 + skew).Format(http.TimeFormat)}}
				c.observe(header, sent, sent.Add(latency))

				// Whatever happens in between is in the window, even if its time is told in full seconds.
				from, to := sent.Add(100*time.Millisecond), sent.Add(400*time.Millisecond)
				low, high := c.window(from, to)
				for _, at := range []time.Time{from.Add(skew), to.Add(skew), from.Add(skew).Truncate(time.Second), to.Add(skew).Truncate(time.Second)} {
					if at.Before(low) || at.After(high) {
						t.Fatalf("skew %s, latency %s, answer %d: %s is not in %s to %s", skew, latency, i, at, low, high)
					}
				}
				// And not much more than that.
				if slack := high.Sub(low) - to.Sub(from); slack > 2*time.Second+latency+2*clockSlack {
					t.Fatalf("skew %s, latency %s, answer %d: the window is %s too wide", skew, latency, i, slack)
				}
			}
			// Many answers tell more than the last one.
			if low, high := c.window(start, start); high.Sub(low) > 1100*time.Millisecond+latency+2*clockSlack {
				t.Errorf("skew %s, latency %s: after many answers the window is still %s", skew, latency, high.Sub(low))
			}
		}
	}
}

func TestClockUnknown(t *testing.T) {
	t.Parallel()
	c := &clock{}
	now := time.Now()
	c.observe(http.Header{"Date": {"soon"}}, now, now)
	c.observe(http.Header{}, now, now)
	low, high := c.window(now, now)
	if now.Sub(low) < unknownClock || high.Sub(now) < unknownClock || high.Sub(low) > 2*unknownClock+time.Second {
		t.Errorf("%s to %s", low, high)
	}
}

// A clock that is set while we look is followed.
func TestClockThatIsSet(t *testing.T) {
	t.Parallel()
	c := &clock{}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, skew := range []time.Duration{0, time.Hour, -time.Minute} {
		at := now.Add(skew)
		c.observe(http.Header{"Date": {at.Format(http.TimeFormat)}}, now, now.Add(10*time.Millisecond))
		if low, high := c.window(now, now); at.Before(low) || at.After(high) {
			t.Errorf("skew %s: %s is not in %s to %s", skew, at, low, high)
		}
	}
}
