package provider

import (
	"sync"
)

// things ensures that only one resource in a process manages the spending limit of an organization, and each of its VPC
// endpoints. It is the rule of ownership for objects with a fixed name.
type things struct {
	plansTwice bool // see ownership

	mu      sync.Mutex
	claims  map[thing][]*thingClaim
	read    map[thing]map[string]bool // the nonces of the objects that the state has for it
	unnamed map[string]bool           // types of which a resource is planned whose name is not known yet
}

// thing is the object that a resource manages. name identifies it within its type and organization.
type thing struct{ typ, orgID, name string }

// thingClaim is a plan's claim on a thing.
type thingClaim struct {
	kind   claimKind
	object string // the nonce; empty for a create
	ends   bool   // a destroy that takes it away at Neon

	forgotten bool // a destroy that takes nothing away: another object keeps it
	done      bool // a create that has finished
}

// clash is the conflict between claims of several objects.
type clash int

const (
	noClash clash = iota
	// twoOwners: two resources manage it.
	twoOwners
	// endsAndCreates: one resource ends it, and another one creates it in the same plan.
	endsAndCreates
	// mayBeIt: one resource ends it, and another one is for what is not known yet.
	mayBeIt
	// endsAndKeeps: one resource ends it, and another one of the state keeps it.
	endsAndKeeps
	// keptByOther: a destroy must not remove it, because another resource in the state keeps it.
	keptByOther
)

func newThings() *things {
	return &things{claims: map[thing][]*thingClaim{}, read: map[thing]map[string]bool{}, unnamed: map[string]bool{}}
}

// claim records a plan's claim on a thing, and compares it with other claims on it.
func (o *things) claim(what thing, next thingClaim) clash {
	o.mu.Lock()
	defer o.mu.Unlock()
	found := noClash
	if next.kind == destroys && next.ends && o.unnamed[what.typ] {
		found = mayBeIt
	}
	for _, earlier := range o.claims[what] {
		if found != noClash {
			break
		}
		if earlier.object == "" || earlier.object != next.object {
			found = o.compare(what, earlier, &next)
		}
	}
	if found == noClash && next.kind == destroys && next.ends && o.keptInState(what, next.object) {
		found = keptByOther
	}
	next.forgotten = found == keptByOther
	o.claims[what] = append(o.claims[what], &next)
	return found
}

// claimUnnamed records a resource for an unknown thing, which may be any thing that the same plan ends. It returns
// one of these.
func (o *things) claimUnnamed(typ string) (ended thing, isEnded bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unnamed[typ] = true
	for what, claims := range o.claims {
		for _, c := range claims {
			if what.typ == typ && c.kind == destroys && c.ends && !c.forgotten {
				return what, true
			}
		}
	}
	return thing{}, false
}

// compare is for two claims of different objects. The caller holds the mutex.
func (o *things) compare(what thing, earlier, next *thingClaim) clash {
	destroy, other := earlier, next
	if next.kind == destroys {
		destroy, other = next, earlier
	}
	switch {
	case destroy.kind != destroys:
		if o.plansTwice && (earlier.kind == creates || next.kind == creates) {
			return noClash
		}
		return twoOwners
	case other.kind == destroys, !destroy.ends, destroy.forgotten:
		return noClash
	case other.kind == creates:
		return endsAndCreates
	case destroy == next && (other.done || o.read[what][other.object]):
		return keptByOther
	default:
		return endsAndKeeps
	}
}

// keptInState reports whether the state has another object for a thing, which no plan has ended so far. The caller holds
// the mutex.
func (o *things) keptInState(what thing, object string) bool {
	for other := range o.read[what] {
		ended := false
		for _, c := range o.claims[what] {
			ended = ended || c.object == other && c.kind == destroys
		}
		if other != object && !ended {
			return true
		}
	}
	return false
}

// markRead records that the state has an object for a thing.
func (o *things) markRead(what thing, object string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.read[what] == nil {
		o.read[what] = map[string]bool{}
	}
	o.read[what][object] = true
}

// markCreated records that a create of this run has finished: its object keeps the thing from now on.
func (o *things) markCreated(what thing, object string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.claims[what] {
		if c.kind == creates {
			c.kind, c.object, c.done = keeps, object, true
			return
		}
	}
	o.claims[what] = append(o.claims[what], &thingClaim{kind: keeps, object: object, done: true})
}

// creating counts the other things in which a plan has a create, of those that count.
func (o *things) creating(counts func(thing) bool) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for what, claims := range o.claims {
		for _, c := range claims {
			if c.kind == creates && counts(what) {
				n++
				break
			}
		}
	}
	return n
}

// mayEnd reports whether a Delete may remove a thing at Neon: the plan showed it, and no object keeps it. A Delete
// without a plan, as for tainted objects, never removes anything; nor does that of a deposed object, which is planned in
// the process that deletes it, so that its plan may not have been shown.
func (o *things) mayEnd(what thing, object string, promised promise, walk string) bool {
	if !promised.Shown || promised.Forget || promised.deposed(walk, o.plansTwice) {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.claims[what] {
		if c.done && c.object != object {
			return false
		}
	}
	return true
}
