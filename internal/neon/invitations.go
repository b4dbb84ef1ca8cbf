package neon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"
)

// Invitation asks a person to join an organization. Neon's API can neither cancel nor resend it,
// and returns no status for it: the list of members shows whether it was accepted.
type Invitation struct {
	// ID is the invitation's UUID.
	ID string
	// Email is in lower case, regardless of Neon's spelling.
	Email string
	// Role is the role that the person gets.
	Role string
	// InvitedBy is the inviter's user UUID.
	InvitedBy string
	// InvitedAt is zero if Neon does not return it.
	InvitedAt time.Time
}

// Invitee is one person to invite.
type Invitee struct {
	// Email is the person's address.
	Email string `json:"email"`
	// Role is the role that the person gets.
	Role string `json:"role"`
}

// UnmarshalJSON decodes an invitation.
func (i *Invitation) UnmarshalJSON(raw []byte) error {
	var wire struct {
		ID        looseID   `json:"id"`
		Email     plainText `json:"email"`
		Role      plainText `json:"role"`
		InvitedBy looseID   `json:"invited_by"`
		InvitedAt looseTime `json:"invited_at"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	email := lower(string(wire.Email))
	if email == "" {
		return errors.New("an invitation has no e-mail")
	}
	*i = Invitation{
		ID: string(wire.ID), Email: email, Role: string(wire.Role), InvitedBy: string(wire.InvitedBy), InvitedAt: wire.InvitedAt.Time,
	}
	return nil
}

type invitationsAnswer struct {
	Invitations *items[Invitation] `json:"invitations"`
}

func (a *invitationsAnswer) check() error {
	if a.Invitations == nil {
		return errors.New("the answer has no list of invitations")
	}
	return nil
}

// listInvitations returns the invitations of an organization, the oldest first; accepted ones may be among them.
func (c *Client) listInvitations(ctx context.Context, orgID string) ([]Invitation, error) {
	path := pathTo("organizations", orgID, "invitations")
	var answer invitationsAnswer
	if err := c.do(ctx, http.MethodGet, path, nil, nil, &answer, answer.check); err != nil {
		return nil, err
	}
	invitations := *answer.Invitations
	slices.SortStableFunc(invitations, func(a, b Invitation) int { return a.InvitedAt.Compare(b.InvitedAt) })
	return invitations, nil
}

// invite sends any number of invitations in one call. It requires the personal key of an admin.
// The response may omit people who join immediately.
func (c *Client) invite(ctx context.Context, orgID string, invitees []Invitee) ([]Invitation, error) {
	in := struct {
		Invitations []Invitee `json:"invitations"`
	}{invitees}
	var answer invitationsAnswer
	path := pathTo("organizations", orgID, "invitations")
	if err := c.do(ctx, http.MethodPost, path, nil, in, &answer, answer.check); err != nil {
		return nil, err
	}
	return *answer.Invitations, nil
}
