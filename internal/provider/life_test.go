package provider_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// apply is one "terraform apply" in the life of a resource, and what must be true of it.
type apply struct {
	name    string
	outside func()            // what happens at Neon before it
	config  object            // nil: the block is not in the configuration any more
	does    string            // what the plan shows: "create", "update", "replace", "destroy", or "" for nothing
	fails   []string          // an error of the plan: its summary, and parts of its detail; nothing is applied then
	wants   map[string]string // attributes of the state, as text: "" is null, "*" is anything else
	holds   func() error
}

// life is a resource in a bubble, where time passes at no cost. Each apply is in processes of its own, as Terraform has
// them, and the plan made again is empty. What only Terraform itself can show is in the tests of its life cycle.
type life struct {
	*workspace
	sim *neontest.Server
}

const livedAt = "it"

func live(t *testing.T, story func(l life)) {
	t.Helper()
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		sim, baseURL := simulateInMemory(t, neontest.Config{Latency: 2 * time.Millisecond, MaxPageSize: 3})
		w := newWorkspace(t, sim, baseURL, nil)
		story(life{w, sim})
		for _, problem := range w.broken {
			t.Errorf("Terraform would complain: %s", problem)
		}
	})
}

func (l life) through(typ string, turns ...apply) {
	l.t.Helper()
	for _, next := range turns {
		pass(time.Minute) // nothing is young any more
		if next.outside != nil {
			next.outside()
		}
		config := configuration{}
		if next.config != nil {
			config[livedAt] = declared{typ: typ, attributes: next.config}
		}
		result := l.walk(config, nil)
		if next.fails != nil {
			result.planned.wantError(l.t, next.fails[0], next.fails[1:]...)
			continue
		}
		result.all().noErrors(l.t)
		if did := l.did(); did != next.does {
			l.t.Errorf("%s: the plan is to %q, want %q", next.name, did, next.does)
		}
		if again := l.walk(config, nil); again.changes > 0 || len(again.all().errors()) > 0 {
			l.t.Errorf("%s: the plan made again has %d changes\n%s", next.name, again.changes, again.all())
		}
		for name, want := range next.wants {
			if got := l.get(name); got != want && (want != "*" || got == "") {
				l.t.Errorf("%s: %s is %q, want %q", next.name, name, got, want)
			}
		}
		if next.holds != nil {
			if err := next.holds(); err != nil {
				l.t.Errorf("%s: %v", next.name, err)
			}
		}
	}
}

// get is an attribute in the state, as text.
func (l life) get(name string) string { return l.instances[livedAt].get(l.t, name) }

// accepts has a person accept an invitation.
func (l life) accepts(email string) {
	l.t.Helper()
	if err := l.sim.Accept(email); err != nil {
		l.t.Error(err)
	}
}

// did is what the last plan has shown.
func (l life) did() string {
	if len(l.shown) == 0 {
		return ""
	}
	switch change := l.shown[0]; {
	case change.config == nil:
		return "destroy"
	case change.update:
		return "update"
	case change.old != nil:
		return "replace"
	default:
		return "create"
	}
}

// importBrings fails unless an import brings what is in the state, but for some attributes.
func (w *workspace) importBrings(address, id string, but ...string) {
	w.t.Helper()
	kept := w.instances[address]
	imported, diags := w.process().importState(kept.typ, id)
	diags.noErrors(w.t)
	now := attributesOf(imported.value)
	for name, value := range attributesOf(kept.value) {
		if !slices.Contains(but, name) && !now[name].Equal(value) {
			w.t.Errorf("imported by %s: %s is %s, want %s", id, name, now[name], value)
		}
	}
}
