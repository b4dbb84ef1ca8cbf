package provider_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// unrevoked are the keys of a rotating key whose revocation has failed.
func unrevoked(t *testing.T, s state) (ids []string) {
	t.Helper()
	var elements []tftypes.Value
	if err := attributesOf(s.value)["unrevoked_key_ids"].As(&elements); err != nil {
		t.Fatal(err)
	}
	for _, element := range elements {
		var id string
		if err := element.As(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// rotating is a workspace with one rotating key, "key", in a bubble, where time passes at no cost.
type rotating struct {
	*workspace
	config object
	skew   time.Duration  // of the provider's clock
	others map[int64]bool // keys that are not Terraform's
}

// travel runs a test of a rotating key in a bubble.
func travel(t *testing.T, test func(r *rotating)) {
	t.Helper()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { test(newRotating(t)) })
}

func newRotating(t *testing.T) *rotating {
	t.Helper()
	sim, baseURL := simulateInMemory(t, neontest.Config{Latency: 2 * time.Millisecond})
	r := &rotating{workspace: newWorkspace(t, sim, baseURL, nil), others: map[int64]bool{}}
	r.config = object{"name": "ci", "rotate_after": "60d", "overlap": "7d"}
	r.now = func() time.Time { return time.Now().Add(r.skew) }
	for _, key := range sim.APIKeys() {
		r.others[key.ID] = true
	}
	return r
}

func (r *rotating) walked(beforeApply func()) walked {
	r.t.Helper()
	result := r.walk(configuration{"key": {typ: rotatingType, attributes: r.config}}, beforeApply)
	for _, problem := range r.broken {
		r.t.Fatalf("Terraform would complain: %s", problem)
	}
	if strings.Contains(result.all().String(), "napi_") {
		r.t.Fatalf("a message has a token:\n%s", result.all())
	}
	return result
}

// apply applies, and checks that it went well, that exactly the keys of the state live, and that nothing is left to do.
func (r *rotating) applied() walked {
	r.t.Helper()
	result := r.walked(nil)
	result.all().noErrors(r.t)
	r.settled()
	return result
}

func (r *rotating) settled() {
	r.t.Helper()
	r.consistent()
	if again := r.walked(nil); again.changes != 0 || len(again.all().errors()) > 0 {
		r.t.Fatalf("a plan after the apply has %d changes:\n%s", again.changes, again.all())
	}
	if left := unrevoked(r.t, r.instances["key"].state); len(left) > 0 {
		r.t.Fatalf("not revoked: %v", left)
	}
}

func (r *rotating) consistent() {
	r.t.Helper()
	for _, problem := range r.liveAndKept(r.others) {
		r.t.Fatal(problem)
	}
}

func (r *rotating) get(name string) string { r.t.Helper(); return r.instances["key"].get(r.t, name) }

func (r *rotating) id(name string) int64 {
	r.t.Helper()
	id, err := strconv.ParseInt(r.get(name), 10, 64)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// live are the ids of the keys that work and that are not others'.
func (r *rotating) live() (ids []string) {
	for _, key := range r.sim.APIKeys() {
		if !r.others[key.ID] {
			ids = append(ids, strconv.FormatInt(key.ID, 10))
		}
	}
	return ids
}

func (r *rotating) wantLive(ids ...string) {
	r.t.Helper()
	if live := r.live(); !slices.Equal(sorted(live), sorted(ids)) {
		r.t.Fatalf("live are %v, want %v", live, ids)
	}
}

func stamp(at time.Time) string { return at.UTC().Truncate(time.Second).Format(time.RFC3339) }
