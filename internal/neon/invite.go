package neon

import (
	"context"
	"sync"
	"time"
)

// Invite invites people in one call and returns the result for each, by e-mail. People who have
// joined or been invited with that role in the meantime count as done.
func (o *Organization) Invite(ctx context.Context, invitees []Invitee) (map[string]Person, error) {
	call := inviteCall{org: o, missing: invitees, before: make(map[string]string, len(invitees))}
	for _, invitee := range invitees {
		if invitation, ok := o.invitations.find(invitee.Email); ok {
			call.before[invitee.Email] = invitation.ID
		}
	}
	o.inviting.begin()
	err := o.client.write(ctx, call.send, call.confirm)
	o.inviting.end()
	if err != nil {
		return nil, err
	}
	o.seeWhoJoined(ctx)
	people := make(map[string]Person, len(invitees))
	for _, invitee := range invitees {
		people[invitee.Email] = o.person("", invitee.Email)
	}
	return people, nil
}

// seeWhoJoined lists the members after an invitation: people with an account join immediately, and only that list shows them.
// Its failure does not affect the invitations.
func (o *Organization) seeWhoJoined(ctx context.Context) {
	look, cancel := outlive(ctx)
	defer cancel()
	answered := time.Now()
	if err := o.inviting.wait(look); err != nil {
		return
	}
	_ = o.members.since(look, answered)
}

// inviteCall is one call of Invite.
type inviteCall struct {
	org     *Organization
	missing []Invitee         // who is not known to be done
	before  map[string]string // by e-mail, the ids of invitations that were listed before: none of them is the one that we send
}

func (c *inviteCall) send(ctx context.Context) error {
	sent, err := c.org.client.invite(ctx, c.org.ID, c.missing)
	for _, invitation := range sent {
		if invitation.ID != "" {
			c.org.invitations.wrote(invitation.ID, &invitation)
		}
	}
	return err
}

// confirm reports whether nobody is missing any more.
func (c *inviteCall) confirm(ctx context.Context) (bool, error) {
	if err := c.org.invitations.since(ctx, time.Now()); err != nil {
		return false, err
	}
	var still []Invitee
	for _, invitee := range c.missing {
		person, err := c.org.Person(ctx, "", invitee.Email)
		if err != nil {
			return false, err
		}
		invitedBefore := person.Pending() && person.Invitation.ID == c.before[invitee.Email]
		if !person.Has(invitee.Role) || invitedBefore {
			still = append(still, invitee)
		}
	}
	c.missing = still
	return len(still) == 0, nil
}

// gathering lets calls that invite one person each share the look at new members: a list for
// each would double the requests.
type gathering struct {
	mu       sync.Mutex
	underWay int           // invitations without an answer
	none     chan struct{} // closed once there are none
}

const (
	// gatherAtLeast is the time within which consecutive calls share a look.
	gatherAtLeast = 100 * time.Millisecond
	// gatherAtMost bounds the wait for calls in progress.
	gatherAtMost = time.Second
)

func (g *gathering) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.underWay == 0 {
		g.none = make(chan struct{})
	}
	g.underWay++
}

func (g *gathering) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay--
	if g.underWay == 0 {
		close(g.none)
	}
}

// wait returns when it is time to look: when no invitation is under way, or some have been for long.
func (g *gathering) wait(ctx context.Context) error {
	together := time.Now().Truncate(gatherAtLeast).Add(gatherAtLeast)
	if err := sleep(ctx, time.Until(together)); err != nil {
		return err
	}
	g.mu.Lock()
	none := g.none
	g.mu.Unlock()
	select {
	case <-none:
	case <-time.After(gatherAtMost):
	case <-ctx.Done():
	}
	return ctx.Err()
}
