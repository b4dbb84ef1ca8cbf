package neon

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Organization is the process's view of one organization: every collection listed once, shared
// by all callers, and updated by our own writes. After a lost response, its writes check the
// lists: an error is Unsettled only if that check failed too.
type Organization struct {
	// ID is the organization's id.
	ID string

	client      *Client
	members     *listing[Member]
	invitations *listing[Invitation]
	keys        *listing[APIKey]
	limits      *listing[int64] // of spending: at most one
	endpoints   *listing[VPCEndpoint]
	keyring     keyring
	inviting    gathering
	projectIDs  cached[map[string]bool]

	mu       sync.Mutex
	projects map[string]*listing[ProjectMember] // the members of each project
	judged   time.Time                          // the invitation list that accepted was found from
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
		ID: id, client: c, projects: map[string]*listing[ProjectMember]{},
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
		limits: newListing(
			func(int64) string { return theLimit },
			nil,
			func(ctx context.Context) ([]int64, error) { return c.limits(ctx, id) }),
		endpoints: newListing(
			VPCEndpoint.place,
			nil,
			func(ctx context.Context) ([]VPCEndpoint, error) { return c.listVPCEndpoints(ctx, id) }),
	}
	o.keyring.baseline.fetch = o.keyIDs
	o.projectIDs.fetch = func(ctx context.Context) (map[string]bool, error) { return c.projectIDs(ctx, id) }
	c.organizations[id] = o
	return o
}

// Members returns the members of the organization.
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

// APIKeysCreatedBy returns the live keys that a user created.
func (o *Organization) APIKeysCreatedBy(ctx context.Context, userID string) ([]APIKey, error) {
	if err := o.keys.since(ctx, fresh()); err != nil {
		return nil, err
	}
	keys := o.keys.those(func(key APIKey) bool { return key.CreatedBy.ID == userID })
	slices.SortFunc(keys, func(a, b APIKey) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return keys, nil
}

// APIKey returns a live key.
func (o *Organization) APIKey(ctx context.Context, id string) (APIKey, bool, error) {
	if err := o.keys.since(ctx, fresh()); err != nil {
		return APIKey{}, false, err
	}
	key, ok := o.keys.get(id)
	return key, ok, nil
}

// APIKeyNow is APIKey from a new list.
func (o *Organization) APIKeyNow(ctx context.Context, id string) (APIKey, bool, error) {
	if err := o.keys.since(ctx, time.Now()); err != nil {
		return APIKey{}, false, err
	}
	return o.APIKey(ctx, id)
}

// RevokeAPIKey revokes a key. It succeeds if the key is already gone.
func (o *Organization) RevokeAPIKey(ctx context.Context, id string) error {
	if o.client.closing.Err() != nil {
		return o.revokeNow(ctx, id)
	}
	return o.revoke(ctx, id)
}

// RetireAPIKey is RevokeAPIKey for a key that was replaced by a held key. When the client is closed,
// it revokes the new key, so it no longer revokes this one.
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
	err := o.client.write(ctx,
		func(ctx context.Context) error {
			err := o.client.revokeAPIKey(ctx, o.ID, id)
			if unknownToNeon(err) {
				o.keys.forget(id) // that we created it just now does not mean that it lives
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
	err := o.client.write(ctx,
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

// RemoveMember ends a membership. It succeeds if the member is already gone.
func (o *Organization) RemoveMember(ctx context.Context, memberID string) error {
	err := o.client.write(ctx,
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
