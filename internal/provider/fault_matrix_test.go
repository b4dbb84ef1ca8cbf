package provider_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

var update = flag.Bool("update", false, "rewrite the generated page about faults")

// faultsPath is the generated page; make generate copies it to docs/guides.
var faultsPath = filepath.Join("..", "..", "templates", "guides", "faults.md")

// outcome is what became of an operation that met a fault.
type outcome string

const (
	done      outcome = "Done. If the response was lost, the lists showed the change."
	doneAgain outcome = "Done after a retry."
	refused   outcome = "An error; nothing changed, and nothing is left behind."
	suspects  outcome = "An error that names what may exist."
)

const (
	keysRoute        = "/organizations/{org_id}/api_keys"
	membersRoute     = "/organizations/{org_id}/members"
	invitationsRoute = "/organizations/{org_id}/invitations"
)

// TestFaultMatrix lets every operation meet every fault, once and for ever, and looks at the simulator's
// state afterwards. The time is that of a bubble, so deadlines and patience are those of the provider.
// The outcomes are a page of the documentation: -update rewrites it. FAULTS=all meets all of it, as -update does; else
// every tenth fault befalls each operation, another tenth the next one, in turn once and for ever.
func TestFaultMatrix(t *testing.T) { //nolint:tparallel // the page is made when all cells are over
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	outcomes := map[string]outcome{}
	all := *update || os.Getenv("FAULTS") == "all"
	cells, missed := 0, 0
	complete := t.Run("cells", func(t *testing.T) {
		for i, op := range operations() {
			for j, fault := range matrixFaults() {
				if !op.meets(fault) {
					continue
				}
				for _, forEver := range []bool{false, true} {
					if !all && ((i+j)%10 != 0 || forEver != ((i+j)%20 == 0)) {
						missed++
						continue
					}
					cells++
					cell := cellName(op, fault, forEver)
					t.Run(cell, func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							result := meet(t, op, fault, forEver)
							mu.Lock()
							defer mu.Unlock()
							outcomes[cell] = result
						})
					})
				}
			}
		}
	})
	page := faultsPage(outcomes)
	t.Logf("%d cells, and %d for FAULTS=all\n%s", len(outcomes), missed, page)
	if !complete || !all || len(outcomes) != cells {
		return // failed, or only some of them were to run
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(faultsPath), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(faultsPath, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := os.ReadFile(faultsPath); err != nil || string(written) != page {
		t.Errorf("%s does not say what happens (%v). See what changed and, if it is meant:\n\n    go test ./internal/provider -run TestFaultMatrix -update && make generate", faultsPath, err)
	}
}

func cellName(op operation, fault namedFault, forEver bool) string {
	often := "once"
	if forEver {
		often = "for ever"
	}
	return op.name + "/" + fault.name + "/" + often
}

// faultsPage is the outcomes as a page of the documentation.
func faultsPage(outcomes map[string]outcome) string {
	var b strings.Builder
	b.WriteString(`---
page_title: "Appendix: fault matrix"
description: |-
  What each operation does when Neon or the network fails: a table that the provider's tests write.
---

# Appendix: fault matrix

<!-- Written by a test: go test ./internal/provider -run TestFaultMatrix -update -->

The test combines each operation with each fault, once (left of the slash) and repeatedly (right of it), with a simulated Neon and the provider's default deadlines.

| | |
|---|---|
`)
	for _, result := range []outcome{done, doneAgain, refused, suspects} {
		fmt.Fprintf(&b, "| **%s** | %s |\n", outcomeSigns[result], result)
	}
	b.WriteString(`
In every cell, the test checks the state of the simulated Neon:

- the live keys are those in the state, and their tokens work;
- nobody is invited twice, and nobody loses a configured membership or role;
- a failed list removes nothing from the state;
- an error names the person or key, Neon's status, and what to do;
- after the fault, one apply carries out the configuration, and the next plan is empty.

In a cell with **?**, a live key with a lost token may remain. The error names it. Revoke it by hand.
`)
	for _, group := range []struct {
		title string
		of    func(operation) bool
	}{
		{"Changes", func(op operation) bool { return op.writes() && op.alsoFails == "" }},
		{"Reading", func(op operation) bool { return !op.writes() }},
		{"Changes While the Lists Fail for Good", func(op operation) bool { return op.alsoFails != "" }},
	} {
		var names []string
		for _, op := range operations() {
			if group.of(op) {
				names = append(names, op.name)
			}
		}
		fmt.Fprintf(&b, "\n## %s\n\n| | %s |\n|---|%s\n", group.title, strings.Join(names, " | "), strings.Repeat(":-:|", len(names)))
		for _, fault := range matrixFaults() {
			var cells []string
			for _, op := range operations() {
				if group.of(op) && op.meets(fault) {
					once, forEver := outcomes[cellName(op, fault, false)], outcomes[cellName(op, fault, true)]
					cells = append(cells, outcomeSigns[once]+" / "+outcomeSigns[forEver])
				}
			}
			if len(cells) > 0 {
				fmt.Fprintf(&b, "| %s | %s |\n", fault.name, strings.Join(cells, " | "))
			}
		}
	}
	return b.String()
}

var outcomeSigns = map[outcome]string{done: "✓", doneAgain: "↻", refused: "✗", suspects: "?", "": "–"}

// meet is one cell of the matrix.
func meet(t *testing.T, op operation, fault namedFault, forEver bool) outcome {
	t.Helper()
	sim, baseURL := simulateInMemory(t, neontest.Config{Latency: 4 * time.Millisecond, MaxPageSize: 3, Switches: neontest.Switches{InviteAgain: "add"}})
	others := map[int64]bool{}
	for _, key := range sim.APIKeys() {
		others[key.ID] = true
	}
	w := newWorkspace(t, sim, baseURL, nil)
	w.walk(op.before, nil).all().noErrors(t)
	pass(time.Minute) // nothing is young any more
	rolesBefore := membership(sim)
	keysBefore, invitationsBefore := len(sim.APIKeys()), len(sim.Invitations())
	stateBefore := w.summary()

	fault.Route, fault.N = op.route, 1
	if forEver {
		fault.N = -1
	}
	sim.ResetRequests()
	var interrupted time.Time
	inject := func() {
		if fault.ctrlC {
			stop, cancel := context.WithCancel(t.Context())
			w.stop = stop
			time.AfterFunc(time.Second, func() {
				interrupted = time.Now()
				cancel()
			})
		}
		sim.AddFault(fault.Fault)
		if op.alsoFails != "" {
			sim.AddFault(neontest.Fault{Route: op.alsoFails, Kind: neontest.FaultStatus, Status: 500, N: -1, Skip: op.passFirst})
		}
	}
	var result walked
	if op.atPlan {
		inject()
		result = w.walk(op.after, nil)
	} else {
		result = w.walk(op.after, inject)
	}
	w.stop = nil
	if took := time.Since(interrupted); fault.ctrlC && op.alsoFails == "" && took > 6*time.Second {
		t.Errorf("over %s after Ctrl-C", took)
	}
	struck := 0
	for _, request := range sim.Requests() {
		if request.Fault != "" {
			struck++
		}
	}
	if struck == 0 {
		t.Fatal("the fault befell nothing")
	}
	sent := sim.Count(op.route)
	errs := result.all().errors()
	t.Logf("%d requests after %s:\n%s", sent, time.Since(time.Date(2000, 1, 1, 0, 1, 0, 0, time.UTC)), errs)

	// What happened?
	var got outcome
	text := errs.String()
	mayExist := strings.Contains(text, "may have carried this out") || strings.Contains(text, "may have been created") || strings.Contains(text, "accepted the request")
	changed := len(sim.APIKeys()) != keysBefore || len(sim.Invitations()) != invitationsBefore || membership(sim) != rolesBefore
	switch {
	case len(errs) == 0 && (sent > 1 || !op.writes()) && fault.Kind != neontest.FaultOtherStatus:
		got = doneAgain
	case len(errs) == 0:
		got = done
	case mayExist:
		got = suspects
	default:
		got = refused
	}

	// What must hold, whatever happened.
	for _, problem := range w.broken {
		t.Errorf("Terraform would complain: %s", problem)
	}
	for _, problem := range doubleInvitations(sim) {
		t.Error(problem)
	}
	if len(errs) == 0 && !op.reached(sim) {
		t.Errorf("no error, and not what the configuration says: %v %v %v", sim.APIKeys(), sim.Members(), sim.Invitations())
	}
	if got == refused && changed {
		t.Errorf("refused, but something changed: keys %v, invitations %v, members %s", sim.APIKeys(), sim.Invitations(), membership(sim))
	}
	if got == refused && w.summary() != stateBefore {
		t.Errorf("refused, but the state changed\nfrom %s\nto   %s", stateBefore, w.summary())
	}
	for _, problem := range w.liveAndKept(others) {
		if got != suspects {
			t.Error(problem)
		}
	}
	for address := range with(nil) {
		_, was := op.before[address]
		if _, ok := w.instances[address]; !ok && was {
			t.Errorf("the state has lost %s", address)
		}
	}
	if wantRole(sim, "ops@example.com", "admin") != nil || wantRole(sim, "audit@example.com", "viewer") != nil || len(invited(sim, "steady@example.com")) != 1 || len(liveKeys(sim, "steady")) != 1 {
		t.Error("a bystander lost something")
	}
	if op.writes() && sent > 100 { // in two minutes, of one change that fails for ever
		t.Errorf("%d requests: Neon is not given time to recover", sent)
	}
	if len(errs) > 0 {
		w.checkErrors(errs, op, fault)
	}

	// Without faults, one apply ends as configured.
	sim.ClearFaults()
	mayBeLeft := got == suspects && len(w.liveAndKept(others)) > 0
	for round := range 2 {
		pass(time.Minute)
		result = w.walk(op.after, nil)
		if len(result.all().errors()) > 0 {
			t.Errorf("without faults:\n%s", result.all())
		}
		if result.changes == 0 {
			break
		}
		if round == 1 {
			t.Errorf("after an apply without faults, the next plan is not empty: %s", result.all())
		}
	}
	for _, problem := range doubleInvitations(sim) {
		t.Error(problem)
	}
	problems := w.liveAndKept(others)
	switch {
	case mayBeLeft && len(problems) == 1: // the one that the error has named
	case len(problems) > 0:
		t.Errorf("at the end: %v", problems)
	case !op.reached(sim):
		t.Errorf("at the end not what the configuration says: %v %v %v", sim.APIKeys(), sim.Members(), sim.Invitations())
	}
	return got
}

// checkErrors checks that the message says about whom, what Neon answered, and what to do.
func (w *workspace) checkErrors(errs messages, op operation, fault namedFault) {
	w.t.Helper()
	about, statusTold := false, fault.status == 0
	for _, d := range errs {
		about = about || strings.Contains(d.Summary, op.about)
		statusTold = statusTold || strings.Contains(d.Detail, fmt.Sprintf("HTTP %d %s", fault.status, http.StatusText(fault.status)))
		advice := false
		for _, word := range []string{"Check ", "Use ", "try again", "retry later", "raise retry_timeout", "Compare with", "lan again", "orrect the"} {
			advice = advice || strings.Contains(d.Detail, word)
		}
		if !advice {
			w.t.Errorf("the message does not say what to do:\n%s", messages{d})
		}
		if strings.Contains(d.Detail, "napi_") {
			w.t.Error("the message has a token")
		}
	}
	if !about {
		w.t.Errorf("no summary has %q:\n%s", op.about, errs)
	}
	if !statusTold {
		w.t.Errorf("no message tells the status %d:\n%s", fault.status, errs)
	}
}

// membership is who has which role, in the organization and in a project, and what else the organization has once: its
// spending limit and its VPC endpoints.
func membership(sim *neontest.Server) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n", sim.Grants(website))
	for _, member := range sim.Members() {
		fmt.Fprintf(&b, "%s %s %s\n", member.Email, member.Role, member.ID)
	}
	if cents := sim.SpendingLimit(); cents != nil {
		fmt.Fprintf(&b, "%d cents\n", *cents)
	}
	for _, e := range sim.VPCEndpoints() {
		fmt.Fprintf(&b, "%s %s %s\n", e.RegionID, e.ID, e.Label)
	}
	return b.String()
}

// summary is the state as text, without what Terraform does not show.
func (w *workspace) summary() string {
	lines := []string{}
	for address, resource := range w.instances {
		lines = append(lines, fmt.Sprintf("%s: %s tainted=%t", address, resource.value, resource.tainted))
	}
	return strings.Join(sorted(lines), "\n")
}
