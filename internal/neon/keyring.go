package neon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// keyring is what a process must remember to recognise a key of its own whose token was lost.
//
// Neon gives a key no mark of ours, so a key counts as ours only if all of this holds: it was not
// listed before our first create, no successful answer of ours named it, it has the name and project
// that we asked for, the caller made it, at the time of our request by Neon's clock, and it was never
// used. There must not be more such keys than creates whose answers were lost. One case cannot be told
// apart: the same person makes a key of the same name and project elsewhere in the same seconds, and
// ours was not carried out.
type keyring struct {
	mu       sync.Mutex
	baseline map[string]bool           // ids that were live before our first create
	known    map[string]bool           // ids of our successful creates
	names    map[keyName]chan struct{} // held during a create: one of a name at a time
	lost     map[keyName][]span        // creates of a name whose answers were lost
}

type keyName struct{ name, project string }

// span is when a create was under way, by our clock.
type span struct{ sent, failed time.Time }

// leftBehindError is an error that leaves keys of ours alive whose tokens nobody knows.
type leftBehindError struct {
	error
	ids []string
}

func (e leftBehindError) Unwrap() error { return e.error }

// LeftBehind returns the ids of keys that a failed create certainly made and could not revoke again.
func LeftBehind(err error) []string {
	left, _ := errors.AsType[leftBehindError](err)
	return left.ids
}

var errClosed = errors.New("terraform has left")

// CreateAPIKey makes a key. If an answer with a token is lost, the orphan is found, revoked, and the
// create repeated. An error that is still Unsettled names what may be left behind.
func (o *Organization) CreateAPIKey(ctx context.Context, name, projectID string) (APIKey, error) {
	if err := o.client.begin(); err != nil {
		return APIKey{}, err
	}
	defer o.client.creating.Done()
	caller, err := o.client.Caller(ctx)
	if err != nil {
		return APIKey{}, err
	}
	if err := o.prepareKeyring(ctx); err != nil {
		return APIKey{}, err
	}
	what := keyName{name, projectID}
	unlock, err := o.keyring.lock(ctx, what)
	if err != nil {
		return APIKey{}, err
	}
	defer unlock()

	var deadline time.Time // set by the first failure
	var revoked []string   // of ours, whose tokens did not arrive
	unreadable := 0
	for repeats := 0; ; repeats++ {
		if repeats > 0 && sleep(ctx, betweenWrites(repeats-1)) != nil {
			return APIKey{}, context.Cause(ctx)
		}
		if ctx.Err() != nil {
			return APIKey{}, context.Cause(ctx)
		}
		if o.client.closing.Err() != nil {
			return APIKey{}, errClosed
		}
		key, err := o.client.createAPIKey(ctx, o.ID, name, projectID)
		if err == nil {
			return o.created(ctx, caller, what, key)
		}
		failure, ok := AsError(err)
		if !ok || failure.Outcome == Refused {
			return APIKey{}, err
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(o.client.retryTimeout)
		}
		ids, err := o.undoLost(ctx, caller, what, key, failure)
		if err != nil {
			failure.Err = both(failure.Err, err)
			return APIKey{}, failure
		}
		failure.Outcome = Refused // settled: nothing of it is left
		revoked = append(revoked, ids...)
		if len(ids) > 0 && failure.Status >= 200 && failure.Status <= 299 {
			unreadable++
		}
		switch {
		case unreadable >= maxUnreadable:
			failure.Err = both(failure.Err, fmt.Errorf(
				"a key was created %d times, each time with an answer that cannot be used; what was created was revoked again: %s", unreadable, strings.Join(revoked, ", ")))
			return APIKey{}, failure
		case ctx.Err() != nil, time.Now().After(deadline), failure.notNeons() && failure.Status < 500 && repeats+1 >= notNeonTries:
			return APIKey{}, failure
		}
	}
}

// maxUnreadable is how often one create may be carried out with an answer that cannot be read. The second time it is
// no accident, and a third would not be one either.
const maxUnreadable = 2

// created takes on a new key, and revokes what earlier tries may have left.
func (o *Organization) created(ctx context.Context, caller Caller, what keyName, key APIKey) (APIKey, error) {
	if o.client.closing.Err() != nil {
		// Nobody takes the token any more.
		if err := o.RevokeAPIKey(context.WithoutCancel(ctx), key.ID); err != nil {
			return APIKey{}, err
		}
		return APIKey{}, errClosed
	}
	o.keyring.succeeded(key.ID)
	remembered := key
	remembered.Token = ""
	remembered.CreatedBy = User{ID: key.CreatedBy.ID}
	o.keys.wrote(key.ID, &remembered)
	if o.keyring.lostCount(what) == 0 {
		return key, nil
	}
	// An orphan that the list did not show in time may show now.
	look, cancel := outlive(ctx)
	defer cancel()
	if _, err := o.revokeOrphans(look, caller, what, o.client.secondLook(ctx)); err != nil {
		return key, &Error{Method: http.MethodPost, Path: pathTo("organizations", o.ID, "api_keys"), Outcome: CarriedOut, Err: err}
	}
	return key, nil
}

// undoLost revokes what a create has made whose token did not arrive, and returns the ids. key is what the answer
// told of it, if anything.
func (o *Organization) undoLost(ctx context.Context, caller Caller, what keyName, key APIKey, failure *Error) ([]string, error) {
	look, cancel := outlive(ctx)
	defer cancel()
	if key.ID == "" {
		o.keyring.lose(what, span{failure.sent, time.Now()})
		return o.revokeOrphans(look, caller, what, o.client.secondLook(ctx))
	}
	o.keyring.succeeded(key.ID)
	if err := o.RevokeAPIKey(look, key.ID); err != nil {
		return nil, leftBehindError{
			fmt.Errorf("the API key %s was made and could not be revoked again: %w", key.ID, err), []string{key.ID},
		}
	}
	return []string{key.ID}, nil
}

// prepareKeyring lists the keys once before the process makes its first.
func (o *Organization) prepareKeyring(ctx context.Context) error {
	o.keyring.mu.Lock()
	ready := o.keyring.baseline != nil
	o.keyring.mu.Unlock()
	if ready {
		return nil
	}
	keys, err := o.APIKeys(ctx)
	if err != nil {
		return err
	}
	o.keyring.mu.Lock()
	defer o.keyring.mu.Unlock()
	if o.keyring.baseline == nil {
		baseline := make(map[string]bool, len(keys))
		for _, key := range keys {
			baseline[key.ID] = true
		}
		o.keyring.baseline = baseline
	}
	return nil
}

// revokeOrphans looks for keys whose tokens were lost, revokes them, and returns their ids.
func (o *Organization) revokeOrphans(ctx context.Context, caller Caller, what keyName, delay time.Duration) (revoked []string, err error) {
	for attempt := 0; ; attempt++ {
		if err := o.keys.since(ctx, time.Now()); err != nil {
			return nil, fmt.Errorf("an API key named %q may have been made, and listing the keys failed: %w", what.name, err)
		}
		ours, unclear := o.keyring.suspects(o.keys.all(), o.client.clock, caller, what)
		switch {
		case len(ours) > o.keyring.lostCount(what):
			return nil, fmt.Errorf("an API key named %q may have been made, but %d keys look like it, so none was revoked: %s", what.name, len(ours), keyIDs(ours))
		case len(ours) > 0:
			for i, orphan := range ours {
				if err := o.RevokeAPIKey(ctx, orphan.ID); err != nil {
					left := leftBehindError{error: fmt.Errorf("the API key %s was made, its token is lost, and revoking it failed: %w", keyIDs(ours[i:]), err)}
					for _, key := range ours[i:] {
						left.ids = append(left.ids, key.ID)
					}
					return revoked, left
				}
				revoked = append(revoked, orphan.ID)
			}
			o.keyring.found(what, len(ours))
			return revoked, nil
		case len(unclear) > 0:
			return nil, fmt.Errorf("an API key named %q may have been made: %s looks like it, but may be another one, made at another time or by somebody else, so it was not revoked", what.name, keyIDs(unclear))
		case attempt == 1:
			return nil, nil
		}
		if err := sleep(ctx, delay); err != nil {
			return nil, fmt.Errorf("an API key named %q may have been made; looking for it was interrupted: %w", what.name, err)
		}
	}
}

func keyIDs(keys []APIKey) string {
	var text strings.Builder
	for i, key := range keys {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(key.ID)
	}
	return text.String()
}

// lock waits until nobody else creates a key of that name.
func (r *keyring) lock(ctx context.Context, what keyName) (unlock func(), err error) {
	r.mu.Lock()
	if r.names == nil {
		r.names = map[keyName]chan struct{}{}
	}
	if r.names[what] == nil {
		r.names[what] = make(chan struct{}, 1)
	}
	held := r.names[what]
	r.mu.Unlock()
	select {
	case held <- struct{}{}:
		return func() { <-held }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (r *keyring) succeeded(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]bool{}
	}
	r.known[id] = true
}

func (r *keyring) lose(what keyName, when span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost == nil {
		r.lost = map[keyName][]span{}
	}
	r.lost[what] = append(r.lost[what], when)
}

func (r *keyring) found(what keyName, count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost[what] = r.lost[what][min(count, len(r.lost[what])):]
}

func (r *keyring) lostCount(what keyName) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.lost[what])
}

// suspects returns the keys that look like creates of ours whose answers were lost, and those that
// would if they had been made at another time.
func (r *keyring) suspects(live []APIKey, neonTime *clock, caller Caller, what keyName) (ours, unclear []APIKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range live {
		if r.baseline[key.ID] || r.known[key.ID] || key.Name != what.name || key.ProjectID != what.project ||
			!key.LastUsedAt.IsZero() || key.CreatedBy.ID != "" && key.CreatedBy.ID != caller.UserID {
			continue
		}
		inTime := false
		for _, when := range r.lost[what] {
			from, to := neonTime.window(when.sent, when.failed)
			inTime = inTime || !key.CreatedAt.Before(from) && !key.CreatedAt.After(to)
		}
		if inTime && key.CreatedBy.ID != "" {
			ours = append(ours, key)
		} else {
			unclear = append(unclear, key)
		}
	}
	return ours, unclear
}
