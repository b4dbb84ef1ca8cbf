package provider

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// ownership ensures that only one resource in a process manages a person. Grants have a separate ownership, in which a
// project replaces the organization.
//
// Terraform does not send addresses to a provider. So each object in the state has a nonce in its private state, and a
// plan claims a person for that object. An apply claims too: a finished create keeps its person.
// Creates and removals of one person wait for each other.
type ownership struct {
	// plansTwice is set for Pulumi's bridge, which plans a create in Diff and again in Update, in one process.
	plansTwice bool

	mu      sync.Mutex
	locks   map[personKey]chan struct{}
	claims  map[personKey][]*claim
	objects map[personKey][]object // read from the state
	again   map[personKey]bool     // open invitations that a destroy of this run is to send again
	stays   map[personKey]bool     // persons whose destroy has failed in this run: its object is still in the state
	lists   map[string][]listClaim // by organization
}

// personKey is a person in an organization, by member id or by e-mail address.
type personKey struct{ orgID, who string }

type claimKind int

const (
	keeps claimKind = iota
	creates
	destroys
)

// claim is a plan's claim on one person.
type claim struct {
	kind     claimKind
	object   string // the nonce; empty for a create
	by       string // the resource's type
	role     string
	email    string
	memberID string // empty for a person who is not a member

	replacement bool // half of a replacement
	reported    bool // an error has told about it
	forgotten   bool // a destroy that removes nobody
	done        bool // a create that has finished: the object keeps the person
	followed    bool // a deposed object has been removed instead of this one
}

// object is a resource in the state for a person.
type object struct {
	nonce, by       string
	email, memberID string
	retained        bool
}

func newOwnership() *ownership {
	return &ownership{
		locks: map[personKey]chan struct{}{}, claims: map[personKey][]*claim{}, objects: map[personKey][]object{},
		again: map[personKey]bool{}, stays: map[personKey]bool{}, lists: map[string][]listClaim{},
	}
}

// samePerson compares member ids first: an address can change at Neon, and then belong to another person.
func samePerson(email, memberID, otherEmail, otherID string) bool {
	if memberID != "" && otherID != "" {
		return memberID == otherID
	}
	return email == otherEmail
}

func keysOf(orgID, email, memberID string) []personKey {
	keys := []personKey{{orgID, email}}
	if memberID != "" {
		keys = append(keys, personKey{orgID, memberID})
	}
	return keys
}

// claimed returns the claims on a person, the earliest first. The caller holds the mutex.
func (o *ownership) claimed(orgID, email, memberID string) []*claim {
	var found []*claim
	for _, key := range keysOf(orgID, email, memberID) {
		for _, c := range o.claims[key] {
			if samePerson(email, memberID, c.email, c.memberID) && !slices.Contains(found, c) {
				found = append(found, c)
			}
		}
	}
	return found
}

// verdict is the result of a claim.
type verdict struct {
	problem diag.Diagnostic
	// forget says that a destroy must remove nobody: another object keeps the person.
	forget bool
}

// claim records a plan's claim on a person, and compares it with other claims on the same person.
// shared says that the last read has seen another object of the state for the person.
func (o *ownership) claim(orgID string, next claim, shared bool) verdict {
	o.mu.Lock()
	defer o.mu.Unlock()
	var v verdict
	for _, earlier := range o.claimed(orgID, next.email, next.memberID) {
		if earlier.object != "" && earlier.object == next.object {
			continue
		}
		found := o.conflict(orgID, earlier, &next, shared)
		v.forget = v.forget || found.forget
		if found.problem != nil {
			v.problem = found.problem
			break
		}
	}
	if v.problem == nil && next.kind == destroys && !v.forget {
		v.forget = o.keptByOthers(orgID, next, shared)
	}
	if v.problem == nil {
		v.problem = o.conflictWithLists(orgID, next)
	}
	next.forgotten, next.reported = v.forget, next.reported || v.problem != nil
	o.note(orgID, &next)
	return v
}

// conflictWithLists compares a claim with the exclusive lists. The caller holds the mutex.
func (o *ownership) conflictWithLists(orgID string, next claim) diag.Diagnostic {
	for _, list := range o.lists[orgID] {
		problem := list.conflict(orgID, next)
		if problem != nil {
			return problem
		}
	}
	return nil
}

// keptByOthers reports whether the person of a destroy stays with another object of the state. Where nothing was read in
// this process, as in an apply, what the last read has seen counts: shared. The caller holds the mutex.
func (o *ownership) keptByOthers(orgID string, destroy claim, shared bool) bool {
	others := o.others(orgID, object{nonce: destroy.object, by: destroy.by, email: destroy.email, memberID: destroy.memberID})
	if len(others) == 0 {
		return shared && !slices.ContainsFunc(o.claimed(orgID, destroy.email, destroy.memberID), func(c *claim) bool {
			return c.kind == destroys && c.object != destroy.object
		})
	}
	return slices.ContainsFunc(others, func(other object) bool { return !o.destroyed(orgID, other) })
}

// conflict compares two claims of different objects. The caller holds the mutex.
func (o *ownership) conflict(orgID string, earlier, next *claim, shared bool) verdict {
	first, second := earlier, next
	if first.kind > second.kind {
		first, second = second, first
	}
	switch [2]claimKind{first.kind, second.kind} {
	case [2]claimKind{destroys, destroys}:
		return verdict{}
	case [2]claimKind{creates, destroys}:
		return o.createBesideDestroy(orgID, earlier, next, shared)
	case [2]claimKind{keeps, destroys}:
		return o.keepBesideDestroy(orgID, earlier, next, shared)
	case [2]claimKind{keeps, creates}, [2]claimKind{creates, creates}:
		if o.plansTwice {
			return verdict{}
		}
	}
	return verdict{problem: twoResources(orgID, *earlier, *next)}
}

// createBesideDestroy is conflict for an object that is created, and another one that is destroyed.
func (o *ownership) createBesideDestroy(orgID string, earlier, next *claim, shared bool) verdict {
	switch {
	case earlier.kind == creates && earlier.reported, earlier.forgotten:
		return verdict{}
	case next.kind == destroys && shared:
		return verdict{forget: true}
	case next.kind == destroys:
		return verdict{problem: destroyedAndCreated(orgID, *next, *earlier)}
	default:
		return verdict{problem: destroyedAndCreated(orgID, *earlier, *next)}
	}
}

// keepBesideDestroy is conflict for an object that is kept, and another one that is destroyed.
func (o *ownership) keepBesideDestroy(orgID string, earlier, next *claim, shared bool) verdict {
	switch {
	case next.kind == destroys && (shared || earlier.done || o.wasRead(orgID, earlier)):
		return verdict{forget: true}
	case earlier.forgotten:
		return verdict{}
	case next.kind == destroys:
		return verdict{problem: destroyedAndKept(orgID, *next, *earlier)}
	default:
		return verdict{problem: destroyedAndKept(orgID, *earlier, *next)}
	}
}

// wasRead reports whether the object of a claim was read in this process. The caller holds the mutex.
func (o *ownership) wasRead(orgID string, c *claim) bool {
	for _, key := range keysOf(orgID, c.email, c.memberID) {
		if slices.ContainsFunc(o.objects[key], func(read object) bool { return read.nonce == c.object }) {
			return true
		}
	}
	return false
}

// note records a claim. The caller holds the mutex.
func (o *ownership) note(orgID string, c *claim) {
	for _, key := range keysOf(orgID, c.email, c.memberID) {
		o.claims[key] = append(o.claims[key], c)
	}
}

// markCreated records that a create of this run has finished: its object keeps the person from now on.
func (o *ownership) markCreated(orgID, by, email, memberID, nonce string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	planned := false
	for _, c := range o.claimed(orgID, email, memberID) {
		if c.kind != creates || c.by != by {
			continue
		}
		planned = true
		c.kind, c.object, c.done = keeps, nonce, true
		if memberID != "" && c.memberID == "" {
			c.memberID = memberID
			key := personKey{orgID, memberID}
			o.claims[key] = append(o.claims[key], c)
		}
	}
	if !planned {
		o.note(orgID, &claim{kind: keeps, object: nonce, by: by, email: email, memberID: memberID, done: true})
	}
}

// markDestroyFailed records that the state still has an object for the person. The plan of another object cannot know it:
// Terraform does not send the plan of a tainted object's end.
func (o *ownership) markDestroyFailed(orgID, email, memberID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, key := range keysOf(orgID, email, memberID) {
		o.stays[key] = true
	}
}

// destroyFailed reports whether the destroy of an object for the person has failed in this run.
func (o *ownership) destroyFailed(orgID, email, memberID string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(keysOf(orgID, email, memberID), func(key personKey) bool { return o.stays[key] })
}

// adopted reports whether a create of this run has finished, of another object of the type, that keeps the person.
func (o *ownership) adopted(orgID, by, email, memberID, nonce string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.claimed(orgID, email, memberID), func(c *claim) bool {
		return c.done && c.by == by && c.object != nonce
	})
}

// createdInstead reports, once for each create, whether this run has created another object of the type: another
// person's or, for a grant, in another project too. The deposed object of a replacement makes room for it.
func (o *ownership) createdInstead(orgID, by, email, memberID string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, claims := range o.claims {
		for _, c := range claims {
			elsewhere := key.orgID != orgID
			if !c.done || c.by != by || c.followed || elsewhere && by != projectMemberRoleType {
				continue
			}
			if elsewhere || !samePerson(email, memberID, c.email, c.memberID) {
				c.followed = true
				return true
			}
		}
	}
	return false
}

// markRead records that the state has an object for the person.
func (o *ownership) markRead(orgID string, read object) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, key := range keysOf(orgID, read.email, read.memberID) {
		known := slices.IndexFunc(o.objects[key], func(other object) bool { return other.nonce == read.nonce })
		if known >= 0 {
			o.objects[key][known] = read
			continue
		}
		o.objects[key] = append(o.objects[key], read)
	}
}

// sharesPerson reports whether the state has another object for the same person, as far as this run has seen.
func (o *ownership) sharesPerson(orgID string, this object) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.others(orgID, this)) > 0
}

// others are the other objects of the state for the same person. The caller holds the mutex.
func (o *ownership) others(orgID string, this object) []object {
	var found []object
	for _, key := range keysOf(orgID, this.email, this.memberID) {
		for _, other := range o.objects[key] {
			if other.nonce != this.nonce && other.by == this.by && samePerson(this.email, this.memberID, other.email, other.memberID) {
				found = append(found, other)
			}
		}
	}
	return found
}

// destroyed reports whether a plan destroys an object. The caller holds the mutex.
func (o *ownership) destroyed(orgID string, what object) bool {
	return slices.ContainsFunc(o.claimed(orgID, what.email, what.memberID), func(c *claim) bool {
		return c.object == what.nonce && c.kind == destroys
	})
}

// undecided returns an object of the state, of a type and for a person, that no plan of this run has claimed yet. Beside
// a create that is a tainted object, or one whose plan comes later and reports the conflict.
func (o *ownership) undecided(orgID, by, email, memberID string) (object, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	claims := o.claimed(orgID, email, memberID)
	for _, other := range o.others(orgID, object{by: by, email: email, memberID: memberID}) {
		if !slices.ContainsFunc(claims, func(c *claim) bool { return c.object == other.nonce }) {
			return other, true
		}
	}
	return object{}, false
}

// markInviteAgain records that the open invitation of a replaced object must be sent again.
func (o *ownership) markInviteAgain(orgID, email string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.again[personKey{orgID, email}] = true
}

// invitesAgain reports whether markInviteAgain was called for the person.
func (o *ownership) invitesAgain(orgID, email string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.again[personKey{orgID, email}]
}

// lock waits for other resources that work on the persons, given by address or member ID. It locks addresses
// before IDs, and both in order, so that no two resources wait for each other.
func (o *ownership) lock(ctx context.Context, orgID string, names ...string) (unlock func(), err error) {
	var held []chan struct{}
	unlock = func() {
		for _, lock := range held {
			<-lock
		}
	}
	for _, name := range inLockOrder(names) {
		lock := o.lockOf(personKey{orgID, name})
		select {
		case lock <- struct{}{}:
			held = append(held, lock)
		case <-ctx.Done():
			unlock()
			return nil, context.Cause(ctx)
		}
	}
	return unlock, nil
}

// inLockOrder are the names that are not empty, each once, addresses first.
func inLockOrder(names []string) []string {
	ordered := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	slices.SortFunc(ordered, func(a, b string) int {
		switch {
		case isAddress(a) && !isAddress(b):
			return -1
		case isAddress(b) && !isAddress(a):
			return 1
		default:
			return strings.Compare(a, b)
		}
	})
	return slices.Compact(ordered)
}

func isAddress(name string) bool { return strings.Contains(name, "@") }

func (o *ownership) lockOf(key personKey) chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.locks[key] == nil {
		o.locks[key] = make(chan struct{}, 1)
	}
	return o.locks[key]
}

// lookUp is Organization.Person, or a variant of it.
type lookUp func(ctx context.Context, memberID, email string) (neon.Person, error)

// lockPerson is lock by address, and by the member ID that Neon has for the person then: two addresses may be one
// member's.
func (c *connection) lockPerson(
	ctx context.Context, org *neon.Organization, email, memberID string, look lookUp,
) (person neon.Person, unlock func(), err error) {
	unlock, err = c.owners.lock(ctx, org.ID, email)
	if err != nil {
		return person, func() {}, err
	}
	person, err = look(ctx, memberID, email)
	if err != nil {
		return person, unlock, err
	}
	if memberID == "" && person.Member != nil {
		memberID = person.Member.ID
	}
	unlockID, err := c.owners.lock(ctx, org.ID, memberID)
	if err != nil {
		return person, unlock, err
	}
	unlockAddress := unlock
	unlock = func() { unlockID(); unlockAddress() }
	if memberID != "" { // what was running may have changed it
		person, err = org.Person(ctx, memberID, email)
	}
	return person, unlock, err
}
