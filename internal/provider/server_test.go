package provider_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// Ctrl-C also ends what Terraform had sent a moment before, and the provider begins a moment after it; the next walk
// of a provider that serves a debugger is none of it.
func TestWhatArrivesAfterTheStopEndsAtOnce(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		sim, baseURL := simulateInMemory(t, neontest.Config{})
		w := newWorkspace(t, sim, baseURL, nil)
		seeded := len(sim.APIKeys())
		ci := object{"name": "ci"}
		p := w.process()
		planned := p.plan(keyType, nil, ci)
		planned.noErrors(t)
		sim.AddFault(neontest.Fault{Route: "*", Kind: neontest.FaultStatus, Status: 429, RetryAfter: "60", N: -1})
		if _, err := p.server.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		_, diags := p.apply(planned)
		diags.wantError(t, "Cannot ", "interrupted") // whichever request it was to begin with
		p.plan(keyType, nil, ci)
		p.data("neon_organization", object{})
		if took := time.Since(before); took > time.Second {
			t.Errorf("it took %s", took)
		}

		sim.ClearFaults()
		p.configure(w.provider).none(t)
		_, diags = p.apply(p.plan(keyType, nil, ci))
		diags.noErrors(t)
		if live := len(sim.APIKeys()) - seeded; live != 1 {
			t.Errorf("%d keys were made", live)
		}
		<-time.After(2 * time.Minute) // a list that others may want too is not given up with the call that began it
	})
}
