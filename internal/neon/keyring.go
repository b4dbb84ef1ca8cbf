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

// keyring is the data that a process needs to recognize its own keys with lost tokens.
//
// Neon stores no mark of ours with a key, so a key counts as ours only if all of this holds: it was not
// listed before our first create, no successful response named it, it has the name and project
// that we asked for, the caller created it, at the time of our request by Neon's clock, and it was never
// used. There must not be more such keys than creates with lost responses. It cannot detect
// one case: the same person creates a key of the same name and project elsewhere in the same seconds, and
// ours was not carried out.
type keyring struct {
	baseline cached[map[string]bool] // ids that were live before our first create

	mu    sync.Mutex
	known map[string]bool // ids of our successful creates
	names map[keyName]*namesakes
}

type keyName struct{ name, project string }

// namesakes are the creates of one name and project. They take turns; only the current one may access the other fields.
type namesakes struct {
	turn chan struct{} // holds something during a create
	lost []span        // creates whose answers were lost
}

// span is the duration of a create, by our clock.
type span struct{ sent, failed time.Time }

// take waits for the turn of a create of that name.
func (r *keyring) take(ctx context.Context, what keyName) (*namesakes, error) {
	r.mu.Lock()
	if r.names == nil {
		r.names = map[keyName]*namesakes{}
	}
	if r.names[what] == nil {
		r.names[what] = &namesakes{turn: make(chan struct{}, 1)}
	}
	same := r.names[what]
	r.mu.Unlock()
	select {
	case same.turn <- struct{}{}:
		return same, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (n *namesakes) pass() { <-n.turn }

// succeeded records a key that a response named.
func (r *keyring) succeeded(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]bool{}
	}
	r.known[id] = true
}

func (r *keyring) knows(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[id]
}

// leftBehindError is an error that leaves live keys with lost tokens.
type leftBehindError struct {
	error
	ids []string
}

func (e leftBehindError) Unwrap() error { return e.error }

// LeftBehind returns the IDs of keys that a failed create created and could not revoke.
func LeftBehind(err error) []string {
	left, _ := errors.AsType[leftBehindError](err)
	return left.ids
}

var errClosed = errors.New("terraform has left")

// CreateAPIKey creates a key. If a response with a token is lost, it finds and revokes the orphan, and repeats the
// create. An error that is still Unsettled names the keys that may remain.
func (o *Organization) CreateAPIKey(ctx context.Context, name, projectID string) (APIKey, error) {
	if err := o.client.begin(); err != nil {
		return APIKey{}, err
	}
	defer o.client.creating.Done()
	caller, err := o.client.Caller(ctx)
	if err != nil {
		return APIKey{}, err
	}
	baseline, err := o.keyring.baseline.get(ctx, time.Time{})
	if err != nil {
		return APIKey{}, err
	}
	what := keyName{name, projectID}
	same, err := o.keyring.take(ctx, what)
	if err != nil {
		return APIKey{}, err
	}
	defer same.pass()
	creation := keyCreation{org: o, caller: caller, baseline: baseline, what: what, same: same}
	if err := o.client.certainly(ctx, creation.attempt, creation.afterLoss); err != nil {
		return APIKey{}, err
	}
	return creation.afterSuccess(ctx)
}

// keyIDs returns the ids of the live keys.
func (o *Organization) keyIDs(ctx context.Context) (map[string]bool, error) {
	keys, err := o.APIKeys(ctx)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]bool, len(keys))
	for _, key := range keys {
		ids[key.ID] = true
	}
	return ids, nil
}

// keyCreation is one call of CreateAPIKey, during its turn.
type keyCreation struct {
	org      *Organization
	caller   Caller
	baseline map[string]bool
	what     keyName
	same     *namesakes

	key        APIKey   // the answer to the last attempt
	revoked    []string // ids of keys of ours whose tokens did not arrive
	unreadable int      // attempts that were carried out with an answer that cannot be read
}

// maxUnreadable is how often one create may be carried out with an unreadable response. The second time, the fault is
// systematic, so a third attempt would not help.
const maxUnreadable = 2

func (n *keyCreation) attempt(ctx context.Context) (err error) {
	if n.org.client.closing.Err() != nil {
		return errClosed
	}
	n.key, err = n.org.client.createAPIKey(ctx, n.org.ID, n.what.name, n.what.project)
	return err
}

// afterSuccess records the new key, and revokes keys that earlier attempts may have left.
func (n *keyCreation) afterSuccess(ctx context.Context) (APIKey, error) {
	key, org := n.key, n.org
	if org.client.closing.Err() != nil {
		// Terraform no longer takes the token.
		if err := org.RevokeAPIKey(context.WithoutCancel(ctx), key.ID); err != nil {
			return APIKey{}, err
		}
		return APIKey{}, errClosed
	}
	org.keyring.succeeded(key.ID)
	remembered := key
	remembered.Token = ""
	remembered.CreatedBy = User{ID: key.CreatedBy.ID}
	org.keys.wrote(key.ID, &remembered)
	if len(n.same.lost) == 0 {
		return key, nil
	}
	// An orphan that the list did not show in time may show now.
	if _, err := n.revokeOrphans(ctx); err != nil {
		return key, &Error{Method: http.MethodPost, Path: pathTo("organizations", org.ID, "api_keys"), Outcome: CarriedOut, Err: err}
	}
	return key, nil
}

// afterLoss revokes the key of an attempt without a token. The key is then
// created again.
func (n *keyCreation) afterLoss(ctx context.Context, failure *Error) (done bool, err error) {
	if failure.Outcome == Refused {
		return false, nil
	}
	revoked, err := n.undo(ctx, failure)
	if err != nil {
		return false, err
	}
	n.revoked = append(n.revoked, revoked...)
	if len(revoked) > 0 && failure.Status >= 200 && failure.Status <= 299 {
		n.unreadable++
	}
	if n.unreadable < maxUnreadable {
		return false, nil
	}
	failure.Outcome = Refused // nothing of it is left
	return false, fmt.Errorf("a key was created %d times, each time with an answer that cannot be used; "+
		"what was created was revoked again: %s", n.unreadable, strings.Join(n.revoked, ", "))
}

// undo revokes the keys of the last attempt, and returns their IDs.
func (n *keyCreation) undo(ctx context.Context, failure *Error) ([]string, error) {
	id := n.key.ID
	if id == "" {
		n.same.lost = append(n.same.lost, span{failure.sent, time.Now()})
		return n.revokeOrphans(ctx)
	}
	n.org.keyring.succeeded(id)
	look, cancel := outlive(ctx)
	defer cancel()
	if err := n.org.RevokeAPIKey(look, id); err != nil {
		return nil, leftBehindError{fmt.Errorf("the API key %s was created and could not be revoked again: %w", id, err), []string{id}}
	}
	return []string{id}, nil
}

// revokeOrphans looks for keys whose tokens were lost, revokes them, and returns their ids.
func (n *keyCreation) revokeOrphans(ctx context.Context) ([]string, error) {
	look, cancel := outlive(ctx)
	defer cancel()
	mayBeMade := fmt.Sprintf("an API key named %q may have been created", n.what.name)
	for first := true; ; first = false {
		if err := n.org.keys.since(look, time.Now()); err != nil {
			return nil, fmt.Errorf("%s, and listing the keys failed: %w", mayBeMade, err)
		}
		ours, unclear := n.suspects()
		switch {
		case len(ours) > len(n.same.lost):
			return nil, fmt.Errorf("%s, but %d keys look like it, so none was revoked: %s", mayBeMade, len(ours), strings.Join(ours, ", "))
		case len(ours) > 0:
			return n.revokeThese(look, ours)
		case len(unclear) > 0:
			return nil, fmt.Errorf("%s: %s looks like it, but may be another one, created at another time or by another person, "+
				"so it was not revoked", mayBeMade, strings.Join(unclear, ", "))
		case !first:
			return nil, nil
		}
		if err := sleep(look, n.org.client.secondLook(ctx)); err != nil {
			return nil, fmt.Errorf("%s; looking for it was interrupted: %w", mayBeMade, err)
		}
	}
}

// suspects returns the IDs of keys that match our creates with lost responses, and of keys that
// match except for the time.
func (n *keyCreation) suspects() (ours, unclear []string) {
	for _, key := range n.org.keys.all() {
		wanted := key.Name == n.what.name && key.ProjectID == n.what.project
		foreign := key.CreatedBy.ID != "" && key.CreatedBy.ID != n.caller.UserID
		switch {
		case !wanted || foreign || !key.LastUsedAt.IsZero() || n.baseline[key.ID] || n.org.keyring.knows(key.ID):
		case key.CreatedBy.ID != "" && n.madeInTime(key):
			ours = append(ours, key.ID)
		default:
			unclear = append(unclear, key.ID)
		}
	}
	return ours, unclear
}

func (n *keyCreation) madeInTime(key APIKey) bool {
	for _, when := range n.same.lost {
		from, to := n.org.client.clock.window(when.sent, when.failed)
		if !key.CreatedAt.Before(from) && !key.CreatedAt.After(to) {
			return true
		}
	}
	return false
}

// revokeThese revokes orphans, the keys of lost creates.
func (n *keyCreation) revokeThese(ctx context.Context, orphans []string) ([]string, error) {
	for i, id := range orphans {
		if err := n.org.RevokeAPIKey(ctx, id); err != nil {
			left := orphans[i:]
			err = fmt.Errorf("the API key %s was created, its token is lost, and revoking it failed: %w", strings.Join(left, ", "), err)
			return nil, leftBehindError{err, left}
		}
	}
	n.same.lost = n.same.lost[len(orphans):]
	return orphans, nil
}
