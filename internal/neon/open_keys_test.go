package neon

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// leave closes a client as main does: Terraform leaves 2 seconds, of which 1.8 are ours.
func leave(t *testing.T, c *Client) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 1800*time.Millisecond)
	defer cancel()
	return c.Close(ctx)
}

// forEver is a fault of more requests than a test makes.
func forEver(fault string) []string { return slices.Repeat([]string{fault}, 100) }

// Whatever befalls the revocations in the moment that is left, no open key outlives the process.
func TestCloseRevokesWhatIsOpen(t *testing.T) {
	t.Parallel()
	for _, faults := range [][]string{
		{},
		{"lost before"},
		{"lost after"},
		{"hang before"},
		{"hang after"},
		{"slow after"},
		{"500 after"},
		{"html after"},
		{"500 oops", "502 oops", "504 oops"},
		{"503 busy", "503 busy"},
		{"423 locked"},
		{"429 slow down"},
		{"404 API key not found"}, // which does not prove it
		{"401 no", "403 no"},
		{"lost after", "lost before", "404 API key not found"},
	} {
		t.Run(strings.Join(faults, ", "), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				neon := newFakeNeon()
				neon.addKey("other", "", somebody, time.Now())
				o := newTestOrganization(neon, Config{})
				if _, err := o.OpenAPIKey(t.Context(), "one-run", ""); err != nil {
					t.Fatal(err)
				}
				if live := neon.liveIDs("api_keys"); len(live) != 2 {
					t.Fatalf("live: %v", live)
				}
				neon.fail("DELETE api_keys", faults...)
				started := time.Now()
				if err := leave(t, o.client); err != nil {
					t.Error(err)
				}
				wantTook(t, started, 0, 1800*time.Millisecond)
				if live := neon.live("api_keys", 0); len(live) != 1 || live[0]["name"] != "other" {
					t.Errorf("live: %v", live)
				}
			})
		})
	}
}

func TestCloseNamesTheKeysThatItCannotRevoke(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		o := newTestOrganization(neon, Config{})
		first, err := o.OpenAPIKey(t.Context(), "one-run", "")
		if err != nil {
			t.Fatal(err)
		}
		second, err := o.OpenAPIKey(t.Context(), "one-run", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := o.CloseAPIKey(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		neon.fail("DELETE api_keys", forEver("500 oops")...)
		err = leave(t, o.client)
		if err == nil || strings.Contains(err.Error(), first.ID) {
			t.Fatal(err)
		}
		wantContains(t, err.Error(), second.ID, testOrg)
		if n := neon.count("DELETE api_keys"); n < 5 || n > 30 {
			t.Errorf("%d revocations were sent", n)
		}
	})
}

// A run may have many open keys; none of them waits for its turn when Terraform leaves.
func TestCloseRevokesManyOpenKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		o := newTestOrganization(neon, Config{})
		for range 60 {
			if _, err := o.OpenAPIKey(t.Context(), "one-run", ""); err != nil {
				t.Fatal(err)
			}
		}
		o.client.pace.pause(time.Minute)
		if err := leave(t, o.client); err != nil || len(neon.liveIDs("api_keys")) > 0 {
			t.Errorf("%v, live: %v", err, neon.liveIDs("api_keys"))
		}
	})
}

// Keys are opened and closed while somebody closes the client: nothing is left, and no race.
func TestCloseAmongOpenKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		o := newTestOrganization(neon, Config{})
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				_ = sleep(t.Context(), time.Duration(i)*50*time.Millisecond)
				key, err := o.OpenAPIKey(t.Context(), "one-run", "")
				if err != nil {
					return
				}
				_ = sleep(t.Context(), 200*time.Millisecond)
				if err := o.CloseAPIKey(t.Context(), key.ID); err != nil {
					t.Error(err)
				}
			})
		}
		_ = sleep(t.Context(), 555*time.Millisecond)
		if err := leave(t, o.client); err != nil {
			t.Error(err)
		}
		live, made := neon.liveIDs("api_keys"), neon.count("POST api_keys")
		group.Wait()
		if len(live) != 0 || made < 3 || made == 20 || neon.count("POST api_keys") != made {
			t.Errorf("%d were made, live: %v", made, live)
		}
	})
}

// Who is interrupted while a key is being made never has it, and nothing is left of it.
func TestOpenAPIKeyInterrupted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ create, revoke []string }{
		{},
		{create: []string{"lost after"}},
		{create: []string{"hang after"}},
		{create: []string{"no token"}},
		{create: []string{"slow after"}},
		{revoke: []string{"lost before"}},
		{revoke: []string{"500 oops"}},
		{revoke: []string{"503 busy", "503 busy"}},
	} {
		t.Run(strings.Join(append(test.create, test.revoke...), ", "), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				neon := newFakeNeon()
				neon.fail("POST api_keys", test.create...)
				neon.fail("DELETE api_keys", test.revoke...)
				o := newTestOrganization(neon, Config{})
				ctx, interrupt := context.WithCancel(t.Context())
				var interrupted time.Time
				neon.onSeen = func(route string) {
					if route == "POST api_keys" {
						interrupted = time.Now()
						interrupt()
					}
				}
				key, err := o.OpenAPIKey(ctx, "one-run", "")
				if err == nil || key.ID != "" || !errors.Is(err, context.Canceled) && neon.count("POST api_keys") != 1 {
					t.Errorf("%v, %v, %q", key, err, neon.log)
				}
				if live := neon.liveIDs("api_keys"); len(live) != 0 {
					t.Errorf("live: %v", live)
				}
				wantTook(t, interrupted, 0, 8*time.Second)
				if err := leave(t, o.client); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// What Open cannot undo is tried once more when Terraform leaves.
func TestOpenAPIKeyThatCannotBeUndone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		o := newTestOrganization(neon, Config{})
		ctx, interrupt := context.WithCancel(t.Context())
		neon.onSeen = func(route string) {
			if route == "POST api_keys" {
				interrupt()
			}
		}
		neon.fail("DELETE api_keys", forEver("500 oops")...)
		_, err := o.OpenAPIKey(ctx, "one-run", "")
		wantOutcome(t, err, CarriedOut)
		id := neon.liveIDs("api_keys")
		if len(id) != 1 {
			t.Fatalf("live: %v", id)
		}
		wantContains(t, err.Error(), id[0], http.StatusText(http.StatusInternalServerError))
		neon.faults = map[string][]string{}
		if err := leave(t, o.client); err != nil || len(neon.liveIDs("api_keys")) > 0 {
			t.Errorf("%v, live: %v", err, neon.liveIDs("api_keys"))
		}
	})
}

// A key that cannot be revoked stays open, and is revoked when Terraform leaves.
func TestCloseAPIKeyFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		o := newTestOrganization(neon, Config{})
		key, err := o.OpenAPIKey(t.Context(), "one-run", "")
		if err != nil {
			t.Fatal(err)
		}
		neon.fail("DELETE api_keys", "403 no")
		wantOutcome(t, o.CloseAPIKey(t.Context(), key.ID), Refused)
		if err := leave(t, o.client); err != nil || len(neon.liveIDs("api_keys")) > 0 {
			t.Errorf("%v, live: %v", err, neon.liveIDs("api_keys"))
		}
	})
}

// A key that is held ends with the client, and one that was kept in time does not. Nothing is retired for a key
// that nobody takes.
func TestHeldKey(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			neon := newFakeNeon()
			o := newTestOrganization(neon, Config{})
			old, err := o.CreateAPIKey(t.Context(), "ci", "")
			if err != nil {
				t.Fatal(err)
			}
			key, keep, err := o.HoldAPIKey(t.Context(), "ci", "")
			if err != nil {
				t.Fatal(err)
			}
			want := []string{old.ID}
			if kept {
				keep()
				want = append(want, key.ID)
			}
			if err := o.client.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if err := o.RetireAPIKey(t.Context(), old.ID); !errors.Is(err, errClosed) {
				t.Errorf("retired: %v", err)
			}
			live := neon.liveIDs("api_keys")
			slices.Sort(live)
			slices.Sort(want)
			if !slices.Equal(live, want) {
				t.Errorf("kept: %t, live: %v, want %v", kept, live, want)
			}
		})
	}
}
