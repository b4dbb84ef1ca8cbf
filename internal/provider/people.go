package provider

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// people sees to it that a person has one owner in a process.
//
// In a plan it collects what the resources intend, because Terraform gives a provider no addresses.
// Five pairs can be told: two creates, two that keep, a destroy beside a create or a keep, and a keep
// after a create. A create after a keep looks exactly like a forced replacement (-replace), so it is
// only reported where the roles differ. In an apply it keeps a create and a destroy of one person apart.
type people struct {
	mu      sync.Mutex
	persons map[personKey]*person
	lists   map[string][]listIntent // by organization
}

type personKey struct{ orgID, email string }

type person struct {
	lock    chan struct{}
	intents []intent
	inState bool // a resource of the state has been read for them
	kept    bool // a create of this run made or adopted the membership
}

// intent is what a plan has for a person.
type intent struct {
	kind intentKind
	by   string // the resource's type
	role string
}

type intentKind int

const (
	keeps intentKind = iota
	creates
	destroys
)

func newPeople() *people { return &people{persons: map[personKey]*person{}} }

func (p *people) person(orgID, email string) *person {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := personKey{orgID, email}
	if p.persons[key] == nil {
		p.persons[key] = &person{lock: make(chan struct{}, 1)}
	}
	return p.persons[key]
}

// plan notes an intent and reports the conflict that it is part of, if any. One with an exclusive list may be
// only a warning.
func (p *people) plan(orgID, email string, next intent) diag.Diagnostic {
	who := p.person(orgID, email)
	p.mu.Lock()
	defer p.mu.Unlock()
	if next.kind == destroys && who.kept {
		// The other half of create_before_destroy, which Terraform plans again during the apply: the
		// create of this run has adopted the person, so there is nobody to remove.
		return nil
	}
	defer func() { who.intents = append(who.intents, next) }()
	for _, earlier := range who.intents {
		first, second := earlier, next
		if second.kind == destroys {
			first, second = second, first
		}
		switch {
		case first.kind == destroys && second.kind == destroys:
		case first.kind == destroys && second.kind == creates:
			return diag.NewErrorDiagnostic("Renamed without a moved block: "+email, fmt.Sprintf(
				"This plan destroys one %[1]s for %[2]s and creates another %[3]s for the same person. Carried out, %[2]s would lose the membership on the way. "+
					"If the resource was renamed, or moved into a module or a for_each, say so:\n\n"+
					"    moved {\n      from = %[1]s.OLD_NAME\n      to   = %[3]s.NEW_NAME\n    }\n\n"+
					"If it is to be given up by one configuration and managed by another resource, use a removed block with lifecycle { destroy = false }, or retain_on_destroy = true.",
				first.by, email, second.by))
		case first.kind == destroys && second.kind == keeps:
			return diag.NewErrorDiagnostic("Two resources for "+email, fmt.Sprintf(
				"The state has two resources for this person: a %s, which this plan destroys, and a %s, which stays. Destroying the one would remove the person whom the other keeps. "+
					"Forget it instead of destroying it:\n\n    terraform state rm ADDRESS\n\nor use a removed block with lifecycle { destroy = false }.", first.by, second.by))
		case earlier.kind == keeps && next.kind == creates && neon.SameRole(earlier.role, next.role):
			// A forced replacement looks the same. If it is a second resource, the apply adopts the person
			// without inviting anybody, and the next plan sees two that keep.
		default:
			return diag.NewErrorDiagnostic("Two resources for "+email, fmt.Sprintf(
				"Two resources of this configuration manage the membership of %s in %s: a %s with role %q and a %s with role %q. "+
					"A person can have one owner only. Remove one of them from the configuration; where it is in the state already, forget it first:\n\n    terraform state rm ADDRESS\n",
				email, orgID, earlier.by, earlier.role, next.by, next.role))
		}
	}
	for _, list := range p.lists[orgID] {
		if conflict := list.conflict(orgID, email, next); conflict != nil {
			return conflict
		}
	}
	return nil
}

// read notes that the state has a resource for the person.
func (p *people) read(orgID, email string) {
	who := p.person(orgID, email)
	p.mu.Lock()
	defer p.mu.Unlock()
	who.inState = true
}

// hasResource reports whether the state has a resource for the person, as far as this run has seen. A
// create beside it is a forced replacement, or a second resource.
func (p *people) hasResource(orgID, email string) bool {
	who := p.person(orgID, email)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, intent := range who.intents {
		if intent.kind == keeps {
			return true
		}
	}
	return who.inState
}

// willCreate reports whether a create for the person is planned or done in this run.
func (p *people) willCreate(orgID, email string) bool {
	who := p.person(orgID, email)
	p.mu.Lock()
	defer p.mu.Unlock()
	if who.kept {
		return true
	}
	for _, intent := range who.intents {
		if intent.kind == creates {
			return true
		}
	}
	return false
}

// kept notes that a create of this run made or adopted the membership.
func (p *people) kept(orgID, email string) {
	who := p.person(orgID, email)
	p.mu.Lock()
	defer p.mu.Unlock()
	who.kept = true
}

// workOn returns the organization and what Neon knows of a person, held until release is called: nobody
// else of this process changes them meanwhile. summary is for the errors.
func (c *connection) workOn(ctx context.Context, orgID, memberID types.String, email, summary string) (org *neon.Organization, person neon.Person, release func(), diags diag.Diagnostics) {
	release = func() {}
	org, diags = c.organization(ctx, orgID)
	if diags.HasError() {
		return org, person, release, diags
	}
	held, err := c.people.hold(ctx, org.ID, email)
	if err == nil {
		release = held
		person, err = org.Person(ctx, memberID.ValueString(), email)
	}
	if err != nil {
		diags.Append(failure(summary, err))
	}
	return org, person, release, diags
}

// hold waits until no other resource is at work on the person.
func (p *people) hold(ctx context.Context, orgID, email string) (release func(), err error) {
	who := p.person(orgID, email)
	select {
	case who.lock <- struct{}{}:
		return func() { <-who.lock }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// holdAll is hold for several people. Whoever holds several asks in one order, so that nobody waits in a circle.
func (p *people) holdAll(ctx context.Context, orgID string, emails []string) (release func(), err error) {
	var held []func()
	release = func() {
		for _, free := range held {
			free()
		}
	}
	emails = slices.Clone(emails)
	slices.Sort(emails)
	for _, email := range slices.Compact(emails) {
		free, err := p.hold(ctx, orgID, email)
		if err != nil {
			release()
			return nil, err
		}
		held = append(held, free)
	}
	return release, nil
}
