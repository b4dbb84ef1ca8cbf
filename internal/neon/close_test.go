package neon

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Once Terraform has left, nothing new is sent, and what came of the creates under way is revoked in time.
func TestClose(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"", "lost after", "hang after", "hang before", "slow after", "no token"} {
		t.Run("create with "+fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				neon := newFakeNeon()
				neon.fail("POST api_keys", fault)
				o := newTestOrganization(neon, Config{})
				if _, err := o.APIKeys(t.Context()); err != nil {
					t.Fatal(err)
				}
				var group sync.WaitGroup
				group.Go(func() {
					if key, err := o.CreateAPIKey(t.Context(), "ci", ""); err == nil || key.Token != "" {
						t.Errorf("%v, %v", key, err)
					}
				})
				for neon.count("POST api_keys") == 0 {
					_ = sleep(t.Context(), time.Millisecond)
				}
				started := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				if err := o.client.Close(ctx); err != nil {
					t.Error(err)
				}
				if live := neon.liveIDs("api_keys"); len(live) != 0 || neon.count("POST api_keys") != 1 {
					t.Errorf("live: %v, %q", live, neon.log)
				}
				wantTook(t, started, 0, 1900*time.Millisecond)
				if _, err := o.CreateAPIKey(t.Context(), "other", ""); !errors.Is(err, errClosed) {
					t.Error(err)
				}
				group.Wait()
			})
		})
	}
}

func TestCloseWhilePacing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "one@example.com", "viewer")
		o := newTestOrganization(neon, Config{RequestsPerMinute: 20})
		if _, err := o.Members(t.Context()); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for _, write := range []func() error{
			func() error { return o.SetRole(t.Context(), "m1", "editor") },
			func() error { return o.RemoveMember(t.Context(), "m1") },
			func() error {
				_, err := o.Invite(t.Context(), []Invitee{{"x@example.com", "viewer"}})
				return err
			},
			func() error { _, err := o.client.createAPIKey(t.Context(), testOrg, "ci", ""); return err },
		} {
			group.Go(func() {
				err := write()
				wantOutcome(t, err, Refused)
				if !errors.Is(err, errClosed) {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if err := o.client.Close(t.Context()); err != nil {
			t.Error(err)
		}
		group.Wait()
		if n := len(neon.log); n != 1 {
			t.Errorf("%q", neon.log)
		}
	})
}

// Creates begin and end while somebody closes: no race, and whoever begins later is told.
func TestCloseAmongCreates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		o := newTestOrganization(neon, Config{})
		var mu sync.Mutex
		kept := map[string]bool{}
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				_ = sleep(t.Context(), time.Duration(i)*30*time.Millisecond)
				if key, err := o.CreateAPIKey(t.Context(), "ci", ""); err == nil {
					mu.Lock()
					defer mu.Unlock()
					kept[key.ID] = true
				}
			})
		}
		_ = sleep(t.Context(), 333*time.Millisecond)
		if err := o.client.Close(t.Context()); err != nil {
			t.Error(err)
		}
		live := neon.liveIDs("api_keys")
		group.Wait()
		if len(live) != len(kept) {
			t.Errorf("live: %v, returned: %v", live, kept)
		}
	})
}
