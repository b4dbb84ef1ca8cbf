package neon

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// settleDelay is how long a second look waits for a list that may lag behind.
const settleDelay = 1500 * time.Millisecond

// interruptedDelay is the same for somebody who has pressed Ctrl-C or left.
const interruptedDelay = 400 * time.Millisecond

// secondLook is how long to wait before looking again.
func (c *Client) secondLook(ctx context.Context) time.Duration {
	if ctx.Err() != nil || c.closing.Err() != nil {
		return interruptedDelay
	}
	return settleDelay
}

// gathering lets calls that invite people one by one share the look at who has joined at once: a list for
// each would double the requests.
type gathering struct {
	mu       sync.Mutex
	underWay int           // invitations without an answer
	none     chan struct{} // closed when there are none; nil if nobody waits for that
}

const (
	// gatherAtLeast is the time within which those share a look that come one after the other.
	gatherAtLeast = 100 * time.Millisecond
	// gatherAtMost bounds the waiting for those that are under way, and may wait for their turn.
	gatherAtMost = time.Second
)

func (g *gathering) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay++
}

func (g *gathering) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.underWay--; g.underWay == 0 && g.none != nil {
		close(g.none)
		g.none = nil
	}
}

// wait returns when it is time to look.
func (g *gathering) wait(ctx context.Context) error {
	if err := sleep(ctx, time.Until(time.Now().Truncate(gatherAtLeast).Add(gatherAtLeast))); err != nil {
		return err
	}
	g.mu.Lock()
	if g.underWay == 0 {
		g.mu.Unlock()
		return nil
	}
	if g.none == nil {
		g.none = make(chan struct{})
	}
	none := g.none
	g.mu.Unlock()
	timer := time.NewTimer(gatherAtMost)
	defer timer.Stop()
	select {
	case <-none:
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// Organization is what this process knows of one organization: every collection listed once, shared
// by all that ask, and kept true by our own writes. Its writes end in certainty wherever looking can
// bring it: an error that is still Unsettled says that even looking failed.
type Organization struct {
	// ID is the organization's id.
	ID string

	client      *Client
	members     *listing[Member]
	invitations *listing[Invitation]
	keys        *listing[APIKey]
	keyring     keyring
	inviting    gathering

	mu       sync.Mutex
	judged   time.Time // the invitation list that accepted was found from
	accepted bool
}

// Organization returns the view of one organization, the same for every caller.
func (c *Client) Organization(id string) *Organization {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o, ok := c.organizations[id]; ok {
		return o
	}
	o := &Organization{
		ID: id, client: c,
		members: newListing(
			func(m Member) string { return m.ID },
			func(m Member) string { return m.Email },
			func(ctx context.Context) ([]Member, error) { return c.listMembers(ctx, id) }),
		invitations: newListing(
			func(i Invitation) string { return cmp.Or(i.ID, i.Email) }, // tolerate one without id
			func(i Invitation) string { return i.Email },
			func(ctx context.Context) ([]Invitation, error) { return c.listInvitations(ctx, id) }),
		keys: newListing(
			func(k APIKey) string { return k.ID },
			nil,
			func(ctx context.Context) ([]APIKey, error) { return c.listAPIKeys(ctx, id) }),
	}
	c.organizations[id] = o
	return o
}

// Members returns everybody who belongs to the organization.
func (o *Organization) Members(ctx context.Context) ([]Member, error) {
	if err := o.members.since(ctx, fresh()); err != nil {
		return nil, err
	}
	return o.members.all(), nil
}

// Invitations returns the listed invitations, the oldest first. Accepted ones may be among them: the members decide.
func (o *Organization) Invitations(ctx context.Context) ([]Invitation, error) {
	if err := o.invitations.since(ctx, fresh()); err != nil {
		return nil, err
	}
	return o.invitations.all(), nil
}

// APIKeys returns the live keys.
func (o *Organization) APIKeys(ctx context.Context) ([]APIKey, error) {
	if err := o.keys.since(ctx, fresh()); err != nil {
		return nil, err
	}
	return o.keys.all(), nil
}

// APIKeysMadeBy returns the live keys that a user made.
func (o *Organization) APIKeysMadeBy(ctx context.Context, userID string) ([]APIKey, error) {
	if err := o.keys.since(ctx, fresh()); err != nil {
		return nil, err
	}
	keys := o.keys.those(func(key APIKey) bool { return key.CreatedBy.ID == userID })
	slices.SortFunc(keys, func(a, b APIKey) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return keys, nil
}

// APIKey looks a live key up.
func (o *Organization) APIKey(ctx context.Context, id string) (APIKey, bool, error) {
	if err := o.keys.since(ctx, fresh()); err != nil {
		return APIKey{}, false, err
	}
	key, ok := o.keys.get(id)
	return key, ok, nil
}

// APIKeyNow is APIKey from a list that is asked for now.
func (o *Organization) APIKeyNow(ctx context.Context, id string) (APIKey, bool, error) {
	if err := o.keys.since(ctx, time.Now()); err != nil {
		return APIKey{}, false, err
	}
	return o.APIKey(ctx, id)
}

// RevokeAPIKey ends a key. A key that is gone already is success.
func (o *Organization) RevokeAPIKey(ctx context.Context, id string) error {
	if o.client.closing.Err() != nil {
		return o.revokeNow(ctx, id)
	}
	return o.revoke(ctx, id)
}

// RetireAPIKey is RevokeAPIKey for a key that was replaced by one that is held: once the client is closed,
// that one ends, and so nothing more is sent to end this one.
func (o *Organization) RetireAPIKey(ctx context.Context, id string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(o.client.closing, func() { cancel(errClosed) })()
	if o.client.closing.Err() != nil {
		return errClosed
	}
	return o.revoke(ctx, id)
}

func (o *Organization) revoke(ctx context.Context, id string) error {
	err := o.settle(ctx,
		func(ctx context.Context) error {
			err := o.client.revokeAPIKey(ctx, o.ID, id)
			if unknownToNeon(err) {
				o.keys.forget(id) // that we made it just now does not mean that it lives
			}
			return err
		},
		func(ctx context.Context) (bool, error) {
			_, live, err := o.APIKeyNow(ctx, id)
			return !live, err
		})
	if err == nil {
		o.keys.wrote(id, nil)
	}
	return err
}

// SetRole gives a member another role.
func (o *Organization) SetRole(ctx context.Context, memberID, role string) error {
	err := o.settle(ctx,
		func(ctx context.Context) error { return o.client.setRole(ctx, o.ID, memberID, role) },
		func(ctx context.Context) (bool, error) {
			now, err := o.client.memberRole(ctx, o.ID, memberID)
			return SameRole(now, role), err
		})
	if err != nil {
		return err
	}
	if member, ok := o.members.get(memberID); ok {
		member.Role = role
		o.members.wrote(memberID, &member)
	}
	return nil
}

// RemoveMember ends a membership. Somebody who is gone already is success.
func (o *Organization) RemoveMember(ctx context.Context, memberID string) error {
	err := o.settle(ctx,
		func(ctx context.Context) error {
			err := o.client.removeMember(ctx, o.ID, memberID)
			if unknownToNeon(err) {
				o.members.forget(memberID) // a role that we gave just now does not mean that they are there
			}
			return err
		},
		func(ctx context.Context) (bool, error) {
			if err := o.members.since(ctx, time.Now()); err != nil {
				return false, err
			}
			_, still := o.members.get(memberID)
			return !still, nil
		})
	if err == nil {
		o.members.wrote(memberID, nil)
	}
	return err
}

// Invite invites people in one call and returns what Neon then knows of each, by e-mail. Who has
// joined or been invited with that role meanwhile counts as done.
func (o *Organization) Invite(ctx context.Context, invitees []Invitee) (map[string]Person, error) {
	missing := invitees
	before := make(map[string]string, len(invitees)) // a listed invitation is not the one that we send
	for _, invitee := range invitees {
		if invitation, ok := o.invitations.find(invitee.Email); ok {
			before[invitee.Email] = invitation.ID
		}
	}
	o.inviting.begin()
	err := o.settle(ctx,
		func(ctx context.Context) error {
			sent, err := o.client.invite(ctx, o.ID, missing)
			for _, invitation := range sent {
				if invitation.ID != "" {
					o.invitations.wrote(invitation.ID, &invitation)
				}
			}
			return err
		},
		func(ctx context.Context) (bool, error) {
			now := time.Now()
			if err := o.invitations.since(ctx, now); err != nil {
				return false, err
			}
			var still []Invitee
			for _, invitee := range missing {
				person, err := o.Person(ctx, "", invitee.Email)
				if err != nil {
					return false, err
				}
				if !person.Has(invitee.Role) || person.Pending() && person.Invitation.ID == before[invitee.Email] {
					still = append(still, invitee)
				}
			}
			missing = still
			return len(still) == 0, nil
		})
	o.inviting.end()
	if err != nil {
		return nil, err
	}
	// Whoever has an account joins at once, which only the members list tells. Invitations that are
	// sent at about the same time share one look; that it fails changes nothing about what was sent.
	look, cancel := outlive(ctx)
	defer cancel()
	if answered := time.Now(); o.inviting.wait(look) == nil {
		_ = o.members.since(look, answered)
	}
	people := make(map[string]Person, len(invitees))
	for _, invitee := range invitees {
		people[invitee.Email] = o.person("", invitee.Email)
	}
	return people, nil
}

// settle performs a write until it is certain that it was carried out or refused: send does it, done
// looks whether its effect is there.
func (o *Organization) settle(ctx context.Context, send func(context.Context) error, done func(context.Context) (bool, error)) error {
	var deadline time.Time // set by the first failure, as in do
	for repeats := 0; ; repeats++ {
		if repeats > 0 && sleep(ctx, betweenWrites(repeats-1)) != nil {
			return context.Cause(ctx)
		}
		err := send(ctx)
		if err == nil {
			return nil
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(o.client.retryTimeout)
		}
		refusal, ok := AsError(err)
		switch {
		case !ok:
			return err
		case refusal.Outcome == Refused && !mayBeDone(refusal.Status):
			return err
		}
		look, cancel := outlive(ctx)
		effective, lookErr := done(look)
		if lookErr == nil && !effective && refusal.Outcome != Refused && sleep(look, o.client.secondLook(ctx)) == nil {
			effective, lookErr = done(look) // lists may lag
		}
		cancel()
		switch {
		case lookErr != nil:
			if refusal.Outcome != Refused {
				refusal.Err = both(refusal.Err, fmt.Errorf("looking whether it was carried out failed: %w", lookErr))
			}
			return err
		case effective:
			return nil
		case refusal.Outcome == Refused:
			return err
		case ctx.Err() != nil, time.Now().After(deadline), refusal.notNeons() && refusal.Status < 500 && repeats+1 >= notNeonTries:
			refusal.Outcome = Refused // we looked: it was not carried out
			return err
		}
	}
}

// mayBeDone reports whether a refusal can mean that the wanted state is there already: gone (404),
// already a member or invited (400, 409, 422).
func mayBeDone(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
		return true
	default:
		return false
	}
}

// betweenWrites is how long to wait before a write is repeated for the nth time because its answer was lost.
func betweenWrites(n int) time.Duration { return min(500*time.Millisecond<<min(n, 4), 5*time.Second) }
