//go:build unix

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestLiveWhatALostAnswerLeavesIsRevoked(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	sim.AddFault(neontest.Fault{Route: create, Kind: neontest.FaultResetAfter})
	v := visitTo(t, sim, nil)
	v.only("one request at a time")
	if err := v.live(t.Context()); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("got %v", err)
	}
	if n := sim.Count(create); n != 1 || len(v.left) > 0 {
		t.Errorf("%d creates, left: %q", n, v.left)
	}
	harmless(t, v, sim)
}

func TestLiveWhatCannotBeRevokedIsSaid(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	sim.AddAPIKey(prefix+"earlier-terraform", "")
	sim.AddFault(neontest.Fault{Route: "DELETE /organizations/{org_id}/api_keys/{key_id}", Kind: neontest.FaultStatus, Status: 500, N: -1})
	v := visitTo(t, sim, nil)
	v.only("one request at a time")
	if err := v.live(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot revoke the API key") {
		t.Errorf("got %v", err)
	}
	for _, key := range sim.APIKeys() {
		if row := fmt.Sprintf("the API key %d, `%s`", key.ID, key.Name); strings.HasPrefix(key.Name, prefix) != strings.Contains(v.report(), row) {
			t.Errorf("the report on %q:\n%s", key.Name, v.report())
		}
	}
	if len(v.left) != 2 {
		t.Errorf("left: %q", v.left)
	}
}

func TestLiveInterruptedRunCleansUp(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"one request at a time", "creates, imports and revokes an API key"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			interrupted(t, word)
		})
	}
}

// interrupted ends a run while the answer to a creation is outstanding.
func interrupted(t *testing.T, word string) {
	t.Helper()
	sim := neontest.Start(t, neontest.Config{RouteLatency: map[string]time.Duration{create: time.Second}})
	v := visitTo(t, sim, nil)
	v.attach = nil // processes, as in a real run
	v.only(word)
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.live(ctx) }()
	until(t, func() bool { return sim.Count(create) > 0 })
	interrupt()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("got %v", err)
	}
	until(t, func() bool { // Neon does what it has received, even if nobody waits for the answer
		return slices.ContainsFunc(sim.Requests(), func(r neontest.Request) bool { return r.Method == "POST" && r.CarriedOut })
	})
	harmless(t, v, sim)
}

// until waits for something to happen.
func until(t *testing.T, happened func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !happened() {
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			t.Fatal("it did not happen")
		}
	}
}

func TestLiveGate(t *testing.T) {
	t.Parallel()
	v, err := newVisit(settings{orgID: "org-1", host: "http://127.0.0.1:1", inviteEmail: "tester@example.com"}, tools{}, t.TempDir(), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.gate.close)
	v.gate.note(exchange{method: "POST", path: "/organizations/org-1/api_keys", status: 200, body: []byte(`{"id": 1, "name": "` + v.name + `-x"}`)})
	v.gate.note(exchange{method: "GET", path: "/organizations/org-1/api_keys", status: 200, body: []byte(`[{"id": 2, "name": "` + v.name + `-y"}, {"id": 3, "name": "ci"}]`)})
	for request, passes := range map[[3]string]bool{
		{"GET", "/organizations/org-1/members", ""}:                                                                                    true,
		{"POST", "/organizations/org-1/api_keys", `{"key_name": "` + v.name + `-x"}`}:                                                  true,
		{"POST", "/organizations/org-1/api_keys", `{"key_name": "` + prefix + `other-x"}`}:                                             false,
		{"POST", "/organizations/org-1/api_keys", `nonsense`}:                                                                          false,
		{"POST", "/organizations/org-2/api_keys", `{"key_name": "` + v.name + `-x"}`}:                                                  false,
		{"POST", "/api_keys", `{"key_name": "` + v.name + `-x"}`}:                                                                      false,
		{"DELETE", "/organizations/org-1/api_keys/1", ""}:                                                                              true,
		{"DELETE", "/organizations/org-1/api_keys/2", ""}:                                                                              true,
		{"DELETE", "/organizations/org-1/api_keys/3", ""}:                                                                              false,
		{"DELETE", "/organizations/org-1/api_keys/0", ""}:                                                                              false,
		{"DELETE", "/organizations/org-1/members/b0000000-0000-4000-8000-000000000001", ""}:                                            false,
		{"PATCH", "/organizations/org-1/members/b0000000-0000-4000-8000-000000000001", `{"role": "viewer"}`}:                           false,
		{"POST", "/organizations/org-1/invitations", `{"invitations": [{"email": "Tester@example.com"}]}`}:                             true,
		{"POST", "/organizations/org-1/invitations", `{"invitations": [{"email": "tester@example.com"}, {"email": "x@example.com"}]}`}: false,
		{"POST", "/organizations/org-1/invitations", `{"invitations": []}`}:                                                            false,
		{"PUT", "/organizations/org-1/billing/spending_limit", `{"spending_limit_cents": 1}`}:                                          false,
		{"DELETE", "/projects/p", ""}:                                                                                                  false,
	} {
		if err := v.gate.allow(request[0], request[1], []byte(request[2])); (err == nil) != passes {
			t.Errorf("%v: %v", request, err)
		}
	}
	if v.gate.settings.inviteEmail = ""; v.gate.allow("POST", "/organizations/org-1/invitations", []byte(`{"invitations": [{"email": ""}]}`)) == nil {
		t.Error("somebody without an address is invited")
	}
}

// What the gate refuses reaches nobody, and ends the run with an error.
func TestLiveGateStopsARun(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	v := visitTo(t, sim, nil)
	v.scenarios = []scenario{everyScenario[0], {"Terraform removes a member", func(v *visit, ctx context.Context) error {
		r, err := v.call(ctx, v.settings.apiKey, "DELETE", v.organization()+"/members/"+sim.Members()[1].ID, nil)
		if err == nil && r.status != 403 {
			err = fmt.Errorf("answered: %s", r.said())
		}
		return err
	}}}
	if err := v.live(t.Context()); err == nil || !strings.Contains(err.Error(), "the run wanted to send what it must not: DELETE") {
		t.Errorf("got %v", err)
	}
	harmless(t, v, sim)
}
