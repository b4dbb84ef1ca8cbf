package neontest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	s := neontest.Start(t, neontest.Config{Limits: true, Now: func() time.Time { return now }})
	get := func() reply { return do(t, s, s.PersonalKey(), "GET", "/auth", "") }
	until429 := func(f func() reply) (n int) {
		for n < 1000 && f().status == http.StatusOK {
			n++
		}
		return n
	}
	if n := until429(func() reply { return create(t, s) }); n != 10 {
		t.Errorf("%d keys in a second", n)
	}
	if n := until429(get); n != 40 {
		t.Errorf("%d in a second on one route", n)
	}
	r := get()
	expect(t, r, 429, "rate limit")
	if r.header.Get("Retry-After") != "1" || len(s.APIKeys()) != 12 {
		t.Error(r.header)
	}
	now = now.Add(999 * time.Millisecond)
	expect(t, get(), 429, "")
	now = now.Add(time.Millisecond)
	expect(t, get(), 200, "")
	if n := until429(func() reply { return create(t, s) }); n != 10 {
		t.Errorf("%d keys in the next second", n)
	}
	refused := s.RateLimited()
	if refused != 5 {
		t.Errorf("%d refused", refused)
	}
	total := 61
	for range 20 {
		now = now.Add(time.Second)
		total += until429(get)
	}
	if total != 700 {
		t.Errorf("%d in a minute", total)
	}
	s.SetConfig(func(c *neontest.Config) { c.RetryAfter = "date" })
	r = get()
	at, err := http.ParseTime(r.header.Get("Retry-After"))
	if err != nil || at.Before(now) || at.After(now.Add(time.Minute)) {
		t.Error(r.header)
	}
	s.SetConfig(func(c *neontest.Config) { c.RetryAfter = "none" })
	if r := get(); r.status != 429 || r.header.Get("Retry-After") != "" {
		t.Error(r.status, r.header)
	}
	now = time.Date(2026, 9, 1, 12, 1, 0, 0, time.UTC)
	if n := until429(get); n != 40 {
		t.Errorf("%d once the first are a minute old", n)
	}
	s.SetConfig(func(c *neontest.Config) { c.Limits = false })
	for range 50 {
		expect(t, get(), 200, "")
	}
}
