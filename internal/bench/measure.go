package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// theatre is where one kind is measured: an organization of its own, and a folder for Terraform.
type theatre struct {
	kind kind
	sim  *neontest.Server
	work string
	env  []string
	row  row
}

// measure runs the phases for N of every kind. Plans take turns, so that a busy moment of the machine does not
// befall the repetitions of one kind only.
func (s *stage) measure(ctx context.Context, kinds []kind, n int, limits bool) (rows []row, err error) {
	var all []*theatre
	defer func() {
		for _, t := range all {
			if t.sim != nil {
				t.sim.Close()
			}
			err = errors.Join(err, os.RemoveAll(t.work))
		}
	}()
	for _, k := range kinds {
		t, err := s.open(ctx, k, n, limits)
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
			rounds = s.rounds
		}
		for round := range rounds {
			for _, t := range all {
				fmt.Fprintf(os.Stderr, "%s of %d %s%s\n", phase, n, t.kind.name, map[bool]string{true: ", with limits"}[limits])
				measured, err := s.play(ctx, t, phase)
				if err != nil {
					return nil, err
				}
				if best, ok := t.row.results[phase]; round > 0 && ok && best.requests != measured.requests {
					return nil, fmt.Errorf("plans of %d %s made %d and %d requests", n, t.kind.name, best.requests, measured.requests)
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

func (s *stage) open(ctx context.Context, k kind, n int, limits bool) (*theatre, error) {
	work, err := os.MkdirTemp(s.folder, "work-")
	if err != nil {
		return nil, err
	}
	t := &theatre{kind: k, work: work, row: row{kind: k, n: n, results: map[string]result{}}}
	if err := os.WriteFile(filepath.Join(work, "main.tf"), []byte(k.written(n, limits)), 0o600); err != nil {
		return t, err
	}
	if !k.compared() {
		config := neontest.Config{Limits: limits, ExtraMembers: s.organization}
		if limits {
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
	_, _, err = s.terraform(ctx, work, nil, "init", "-input=false", "-no-color", "-plugin-dir="+terraform.Mirror(s.folder))
	return t, err
}

// play runs one phase and checks that it did what it was to do.
func (s *stage) play(ctx context.Context, t *theatre, phase string) (result, error) {
	args := []string{phase, "-input=false", "-no-color", fmt.Sprintf("-parallelism=%d", s.parallelism)}
	if phase != "plan" {
		args = append(args, "-auto-approve")
	}
	refused := 0
	if t.sim != nil {
		t.sim.ResetRequests()
		refused = t.sim.RateLimited()
	}
	took, out, err := s.terraform(ctx, t.work, t.env, args...)
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
