package neon

import (
	"context"
	"maps"
	"time"
)

// People is everybody whom Neon knows in an organization, as this process knows them at one moment.
type People struct {
	// Members are those who belong to the organization, by e-mail.
	Members map[string]Member
	// Pending are the invitations of those who do not, by e-mail; the newest of each.
	Pending map[string]Invitation
	// ListsAccepted is that of Person.
	ListsAccepted bool

	ids map[string]string // member id to e-mail
}

// NewPeople is People of which each member has another e-mail and id. Invitations of members do not count.
func NewPeople(members map[string]Member, invitations map[string]Invitation) People {
	people := People{Members: members, Pending: maps.Clone(invitations), ids: make(map[string]string, len(members))}
	for email, member := range members {
		people.ids[member.ID] = email
		delete(people.Pending, email)
	}
	return people
}

// Member returns a member by id.
func (p People) Member(id string) (Member, bool) {
	email, ok := p.ids[id]
	return p.Members[email], ok
}

// People returns everybody.
func (o *Organization) People(ctx context.Context) (People, error) {
	if err := o.invitations.since(ctx, fresh()); err != nil {
		return People{}, err
	}
	// As in Person, nobody may be missing in both lists for accepting between them.
	_, complete := o.invitations.listed()
	if err := o.members.since(ctx, complete); err != nil {
		return People{}, err
	}
	people := NewPeople(o.members.byEmail(), o.invitations.byEmail())
	people.ListsAccepted = o.listsAccepted()
	return people, nil
}

// PeopleNow is People from lists that are asked for now.
func (o *Organization) PeopleNow(ctx context.Context) (People, error) {
	if err := o.invitations.since(ctx, time.Now()); err != nil {
		return People{}, err
	}
	return o.People(ctx)
}
