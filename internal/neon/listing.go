package neon

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// listingTTL is the maximum age of a list.
	listingTTL = 30 * time.Second
	// lagAllowance is how long our own writes override a list that contradicts them.
	lagAllowance = 5 * time.Second
)

// fresh is the oldest acceptable time of a list for ordinary reads.
func fresh() time.Time { return time.Now().Add(-listingTTL) }

// listing is one collection of an organization in this process: listed once for all
// concurrent callers, updated by our own writes, and listed again when it is too old.
type listing[T any] struct {
	id    func(T) string
	email func(T) string // nil for what has none; of several items with one e-mail, the last one counts
	fetch func(context.Context) ([]T, error)

	list cached[struct{}] // says how old the items are; they are here, for our writes to correct

	mu       sync.Mutex
	asked    time.Time // when the list was asked for; zero if never
	complete time.Time // when its answer was complete
	items    []*T      // in the order of the list; nil for one that is gone
	places   map[string]int
	emails   map[string]int
	writes   map[string]ownWrite[T]
}

// ownWrite is the item after our own write, or nil if we ended it.
type ownWrite[T any] struct {
	item *T
	at   time.Time
}

func newListing[T any](id, email func(T) string, fetch func(context.Context) ([]T, error)) *listing[T] {
	l := &listing[T]{id: id, email: email, fetch: fetch, places: map[string]int{}, emails: map[string]int{}, writes: map[string]ownWrite[T]{}}
	l.list.fetch = l.takeOver
	return l
}

// since makes sure that the list was asked for at or after t.
func (l *listing[T]) since(ctx context.Context, t time.Time) error {
	_, err := l.list.get(ctx, t)
	return err
}

// takeOver fetches the list and applies our own writes, because the list may be older than a write, or lag behind it.
func (l *listing[T]) takeOver(ctx context.Context) (none struct{}, err error) {
	asked := time.Now()
	list, err := l.fetch(ctx)
	if err != nil {
		return none, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked, l.complete = asked, time.Now()
	l.items = make([]*T, 0, len(list))
	l.places = make(map[string]int, len(list))
	l.emails = make(map[string]int, len(list))
	for _, item := range list {
		l.put(l.id(item), item)
	}
	byTime := func(a, b string) int { return l.writes[a].at.Compare(l.writes[b].at) }
	for _, id := range slices.SortedFunc(maps.Keys(l.writes), byTime) {
		own := l.writes[id]
		switch {
		case own.at.Before(asked.Add(-lagAllowance)):
			delete(l.writes, id)
		case own.item != nil:
			l.put(id, *own.item)
		default:
			l.drop(id)
		}
	}
	return none, nil
}

func (l *listing[T]) put(id string, item T) {
	place, known := l.places[id]
	if !known {
		place = len(l.items)
		l.places[id] = place
		l.items = append(l.items, nil)
	}
	l.items[place] = &item
	if l.email != nil {
		l.emails[l.email(item)] = place
	}
}

func (l *listing[T]) drop(id string) {
	place, known := l.places[id]
	if !known {
		return
	}
	if l.email != nil {
		email := l.email(*l.items[place])
		if l.emails[email] == place {
			delete(l.emails, email)
		}
	}
	delete(l.places, id)
	l.items[place] = nil
}

// wrote records our own write: the new item, or nil if it is gone.
func (l *listing[T]) wrote(id string, item *T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes[id] = ownWrite[T]{item: item, at: time.Now()}
	if item == nil {
		l.drop(id)
	} else {
		l.put(id, *item)
	}
}

// forget drops our own write of an item: from the next list on, only the list counts.
func (l *listing[T]) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.writes, id)
}

// listed returns when the current list was requested, and when it was complete.
func (l *listing[T]) listed() (asked, complete time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked, l.complete
}

// get returns one item by id.
func (l *listing[T]) get(id string) (item T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	place, known := l.places[id]
	return l.at(place, known)
}

// find returns one item by e-mail.
func (l *listing[T]) find(email string) (item T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	place, known := l.emails[email]
	return l.at(place, known)
}

func (l *listing[T]) at(place int, known bool) (item T, ok bool) {
	if !known || l.items[place] == nil {
		return item, false
	}
	return *l.items[place], true
}

// byEmail returns the item that counts for each e-mail.
func (l *listing[T]) byEmail() map[string]T {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make(map[string]T, len(l.emails))
	for email, place := range l.emails {
		item, ok := l.at(place, true)
		if ok {
			list[email] = item
		}
	}
	return list
}

// all returns the items in the order of the list.
func (l *listing[T]) all() []T { return l.those(func(T) bool { return true }) }

// those returns the items that are as wanted, in the order of the list.
func (l *listing[T]) those(wanted func(T) bool) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []T{}
	for _, item := range l.items {
		if item != nil && wanted(*item) {
			list = append(list, *item)
		}
	}
	return list
}
