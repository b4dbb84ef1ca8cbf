package neon

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// listingTTL is how old a list may be when an answer is taken from it.
	listingTTL = 30 * time.Second
	// lagAllowance is how long our own writes are believed over a list that contradicts them.
	lagAllowance = 5 * time.Second
)

// failureTTL is for how long those that ask next share the failure of a read. Where Neon does not answer,
// hundreds of resources must not wait for it one after the other.
const failureTTL = 5 * time.Second

// failedRead is the last failure of a read.
type failedRead struct {
	err error
	at  time.Time
}

// failed remembers a failure, unless it is that of whoever asked.
func failed(ctx context.Context, err error) failedRead {
	if ctx.Err() != nil {
		return failedRead{}
	}
	return failedRead{err: err, at: time.Now()}
}

func (f failedRead) recent() bool { return f.err != nil && time.Since(f.at) < failureTTL }

// listing is one collection of an organization as this process knows it: listed once for all
// concurrent callers, corrected by our own writes, and listed again when it has become old.
type listing[T any] struct {
	id    func(T) string
	email func(T) string    // nil for what has none
	newer func(a, b T) bool // which of two items with one e-mail counts
	group func(T) string    // nil, or what items are also looked up by, such as their maker
	fetch func(context.Context) ([]T, error)

	flight singleflight.Group

	mu     sync.Mutex
	at     time.Time // when the list was asked for; zero if never
	until  time.Time // when its answer was complete
	failed failedRead
	order  []string
	items  map[string]T
	emails map[string]string // e-mail to id
	groups map[string]map[string]bool
	writes map[string]write[T]
}

// write is one of our own: the item as we left it, or nil if we ended it.
type write[T any] struct {
	item *T
	at   time.Time
}

// since makes sure that the list was asked for at or after t.
func (l *listing[T]) since(ctx context.Context, t time.Time) error {
	for {
		l.mu.Lock()
		done := !l.at.IsZero() && !l.at.Before(t)
		failure := l.failed
		l.mu.Unlock()
		if done {
			return nil
		}
		if failure.recent() && failure.at.After(t) {
			return failure.err
		}
		// Whoever leaves early must not end it for the others: the request has its own deadline.
		shared := context.WithoutCancel(ctx)
		result := l.flight.DoChan("", func() (any, error) {
			// Whoever comes here just after the others' request has ended needs none of their own.
			if asked, _ := l.listed(); !asked.IsZero() && !asked.Before(t) {
				return nil, nil
			}
			return nil, l.refresh(shared)
		})
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case r := <-result:
			if r.Err != nil {
				return r.Err
			}
		}
	}
}

func (l *listing[T]) refresh(ctx context.Context) error {
	asked := time.Now()
	list, err := l.fetch(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failed = failed(ctx, err)
		return err
	}
	l.failed = failedRead{}
	l.at, l.until = asked, time.Now()
	l.items = make(map[string]T, len(list))
	l.emails = make(map[string]string, len(list))
	l.groups = nil
	l.order = l.order[:0]
	for _, item := range list {
		l.put(l.id(item), item)
	}
	// The list may have been made before a write of ours, or lag behind it.
	for _, id := range slices.SortedFunc(maps.Keys(l.writes), func(a, b string) int { return l.writes[a].at.Compare(l.writes[b].at) }) {
		w := l.writes[id]
		switch {
		case w.at.Before(asked.Add(-lagAllowance)):
			delete(l.writes, id)
		case w.item != nil:
			l.put(id, *w.item)
		default:
			l.drop(id)
		}
	}
	return nil
}

func (l *listing[T]) put(id string, item T) {
	before, known := l.items[id]
	if !known {
		l.order = append(l.order, id)
	}
	l.items[id] = item
	if l.group != nil {
		if known {
			delete(l.groups[l.group(before)], id)
		}
		group := l.group(item)
		if l.groups == nil {
			l.groups = map[string]map[string]bool{}
		}
		if l.groups[group] == nil {
			l.groups[group] = map[string]bool{}
		}
		l.groups[group][id] = true
	}
	if l.email == nil {
		return
	}
	email := l.email(item)
	if other, ok := l.items[l.emails[email]]; !ok || l.newer == nil || !l.newer(other, item) {
		l.emails[email] = id
	}
}

func (l *listing[T]) drop(id string) {
	item, known := l.items[id]
	if !known {
		return
	}
	delete(l.items, id)
	if l.group != nil {
		delete(l.groups[l.group(item)], id)
	}
	if l.email == nil || l.emails[l.email(item)] != id {
		return
	}
	delete(l.emails, l.email(item))
	if l.newer == nil {
		return
	}
	for other, candidate := range l.items { // rare: one e-mail, several items
		if l.email(candidate) == l.email(item) {
			if best, ok := l.items[l.emails[l.email(item)]]; !ok || l.newer(candidate, best) {
				l.emails[l.email(item)] = other
			}
		}
	}
}

// wrote records a write of ours: item as it is now, or nil if it is gone.
func (l *listing[T]) wrote(id string, item *T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes == nil {
		l.writes = map[string]write[T]{}
	}
	l.writes[id] = write[T]{item: item, at: time.Now()}
	if l.items == nil { // never listed: what we wrote is all that we know
		l.items, l.emails = map[string]T{}, map[string]string{}
	}
	if item == nil {
		l.drop(id)
	} else {
		l.put(id, *item)
	}
}

// forget drops what a write of ours says of an item: from the next list on, only the list counts.
func (l *listing[T]) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.writes, id)
}

// listed returns when the present list was asked for, and when it was complete.
func (l *listing[T]) listed() (asked, complete time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at, l.until
}

// fresh is the time that a list must not be older than for everyday answers.
func fresh() time.Time { return time.Now().Add(-listingTTL) }

// get returns one item by id.
func (l *listing[T]) get(id string) (T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	item, ok := l.items[id]
	return item, ok
}

// find returns one item by e-mail.
func (l *listing[T]) find(email string) (T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	item, ok := l.items[l.emails[email]]
	return item, ok
}

// grouped returns the items of one group, in no order.
func (l *listing[T]) grouped(group string) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]T, 0, len(l.groups[group]))
	for id := range l.groups[group] {
		list = append(list, l.items[id])
	}
	return list
}

// byEmail returns the item that counts for each e-mail.
func (l *listing[T]) byEmail() map[string]T {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make(map[string]T, len(l.emails))
	for email, id := range l.emails {
		list[email] = l.items[id]
	}
	return list
}

// all returns the items in Neon's order.
func (l *listing[T]) all() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]T, 0, len(l.items))
	seen := make(map[string]bool, len(l.items))
	for _, id := range l.order {
		if item, ok := l.items[id]; ok && !seen[id] {
			seen[id] = true
			list = append(list, item)
		}
	}
	return list
}
