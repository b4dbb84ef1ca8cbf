package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// latency is what an answer takes while Neon's limits hold. Without limits there is none.
const latency = 50 * time.Millisecond

var phases = []string{"apply", "plan", "destroy"}

// result is one phase of one kind.
type result struct {
	cost
	requests, bytes, refused int
	routes                   string
}

// row is all that was measured of N of a kind.
type row struct {
	kind    kind
	n       int
	results map[string]result
}

// trial is where one kind is measured: an organization of its own, and a folder for Terraform.
type trial struct {
	kind kind
	sim  *neontest.Server
	work string
	env  []string
	row  row

	state *httptest.Server // nil if the state is in a file
}

// setting is how a table is measured.
type setting struct {
	limits bool // Neon's published ones, and latency
	remote bool // the state is behind HTTP: Terraform writes a file after every resource, and a remote state now and then
}

func (s setting) String() string {
	switch {
	case s.limits:
		return "under Neon's limits"
	case s.remote:
		return "with a remote state"
	default:
		return "without limits"
	}
}

// remoteState keeps a state as Terraform's http backend wants it, without locks.
type remoteState struct {
	mu    sync.Mutex
	state []byte
}

func (r *remoteState) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case req.Method == http.MethodPost:
		r.state, _ = io.ReadAll(req.Body) // Terraform notices what is missing
	case req.Method == http.MethodGet && r.state == nil:
		w.WriteHeader(http.StatusNotFound)
	case req.Method == http.MethodGet:
		_, _ = w.Write(r.state)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// measure runs the phases for N of every kind. Plans take turns, so that a busy moment of the machine does not
// befall the repetitions of one kind only.
func (b *bench) measure(ctx context.Context, kinds []kind, n int, in setting) (rows []row, err error) {
	var all []*trial
	defer func() {
		for _, t := range all {
			if t.sim != nil {
				t.sim.Close()
			}
			if t.state != nil {
				t.state.Close()
			}
			err = errors.Join(err, os.RemoveAll(t.work))
		}
	}()
	for _, k := range kinds {
		t, err := b.open(ctx, k, n, in)
		if t != nil {
			all = append(all, t)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, phase := range phases {
		rounds := 1
		if phase == "plan" {
			rounds = b.rounds
		}
		for round := range rounds {
			for _, t := range all {
				fmt.Fprintf(os.Stderr, "%s of %d %s, %s\n", phase, n, t.kind.name, in)
				measured, err := b.runPhase(ctx, t, phase)
				if err != nil {
					return nil, err
				}
				if best, ok := t.row.results[phase]; round > 0 && ok && best.requests != measured.requests {
					return nil, fmt.Errorf("plans of %d %s sent %d and %d requests", n, t.kind.name, best.requests, measured.requests)
				} else if !ok || measured.wall < best.wall {
					t.row.results[phase] = measured
				}
			}
		}
	}
	for _, t := range all {
		rows = append(rows, t.row)
	}
	return rows, nil
}

func (b *bench) open(ctx context.Context, k kind, n int, in setting) (*trial, error) {
	work, err := os.MkdirTemp(b.folder, "work-")
	if err != nil {
		return nil, err
	}
	t := &trial{kind: k, work: work, row: row{kind: k, n: n, results: map[string]result{}}}
	if err := os.WriteFile(filepath.Join(work, "main.tf"), []byte(k.written(n, in.limits)), 0o600); err != nil {
		return t, err
	}
	if in.remote {
		t.state = httptest.NewServer(&remoteState{})
		backend := fmt.Sprintf("terraform {\n  backend \"http\" {\n    address = %q\n  }\n}\n", t.state.URL)
		if err := os.WriteFile(filepath.Join(work, "backend.tf"), []byte(backend), 0o600); err != nil {
			return t, err
		}
	}
	if !k.compared() {
		config := neontest.Config{Limits: in.limits, ExtraMembers: b.organization}
		if in.limits {
			config.Latency = latency
		}
		if k.existing {
			config.ExtraMembers += n
		}
		t.sim = neontest.New(config)
		if err := t.sim.Listen("127.0.0.1:0"); err != nil {
			return t, err
		}
		t.env = []string{"NEON_API_HOST=" + t.sim.URL(), "NEON_ORG_ID=" + t.sim.OrgID(), "NEON_API_KEY=" + t.sim.PersonalKey()}
	}
	_, _, err = b.terraform(ctx, work, nil, "init", "-input=false", "-no-color", "-plugin-dir="+terraform.Mirror(b.folder))
	return t, err
}

// runPhase runs one phase and checks that it did what it was to do.
func (b *bench) runPhase(ctx context.Context, t *trial, phase string) (result, error) {
	args := []string{phase, "-input=false", "-no-color", fmt.Sprintf("-parallelism=%d", b.parallelism)}
	if phase != "plan" {
		args = append(args, "-auto-approve")
	}
	refused := 0
	if t.sim != nil {
		t.sim.ResetRequests()
		refused = t.sim.RateLimited()
	}
	took, out, err := b.terraform(ctx, t.work, t.env, args...)
	if err != nil {
		return result{}, err
	}
	if phase == "plan" && !strings.Contains(out, "No changes.") {
		return result{}, fmt.Errorf("the plan of %d %s is not empty:\n%s", t.row.n, t.kind.name, out)
	}
	measured := result{cost: took}
	if t.sim == nil {
		return measured, nil
	}
	measured.requests, measured.routes, measured.refused = t.sim.RequestCount(), routes(t.sim.Counts()), t.sim.RateLimited()-refused
	for _, request := range t.sim.Requests() {
		measured.bytes += request.Bytes
	}
	return measured, t.kind.check(t.sim, t.row.n, phase == "destroy")
}
