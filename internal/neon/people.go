package neon

import (
	"context"
	"maps"
	"time"
)

// Person is what Neon knows of a person: a member, an invitee, or neither.
type Person struct {
	// Member is nil for a person who does not belong to the organization.
	Member *Member
	// Invitation is nil for a person without a listed invitation. For a member it means nothing.
	Invitation *Invitation
	// ListsAccepted says that Neon's list has invitations of people who are members, so that being listed
	// does not prove an invitation to be pending. Neon's own texts disagree about it.
	ListsAccepted bool
}

// Known reports whether the person is a member or an invitee.
func (p Person) Known() bool { return p.Member != nil || p.Invitation != nil }

// Pending reports whether the person is invited and has not joined.
func (p Person) Pending() bool { return p.Member == nil && p.Invitation != nil }

// Has reports whether the person has the role, or will have it once the invitation is accepted.
func (p Person) Has(role string) bool {
	switch {
	case p.Member != nil:
		return SameRole(p.Member.Role, role)
	case p.Invitation != nil:
		return SameRole(p.Invitation.Role, role)
	default:
		return false
	}
}

// Person looks up a person by member ID, if given, otherwise by e-mail address.
func (o *Organization) Person(ctx context.Context, memberID, email string) (Person, error) {
	if err := o.invitations.since(ctx, fresh()); err != nil {
		return Person{}, err
	}
	// An invitee who accepts between the two lists must not be missing in both: who is no member has to be
	// missing in a list of members that was asked for when the one of invitations was complete.
	for wanted := fresh(); ; {
		if err := o.members.since(ctx, wanted); err != nil {
			return Person{}, err
		}
		asked, _ := o.members.listed()
		person := o.person(memberID, email)
		_, wanted = o.invitations.listed()
		if person.Member != nil || !asked.Before(wanted) {
			return person, nil
		}
	}
}

// PersonNow is Person from new lists.
func (o *Organization) PersonNow(ctx context.Context, memberID, email string) (Person, error) {
	now := time.Now()
	if err := o.invitations.since(ctx, now); err != nil {
		return Person{}, err
	}
	if err := o.members.since(ctx, now); err != nil {
		return Person{}, err
	}
	return o.Person(ctx, memberID, email)
}

// PersonToAdopt is Person, from lists newer than the call if the person is known: another process may have
// changed the person since.
func (o *Organization) PersonToAdopt(ctx context.Context, memberID, email string) (Person, error) {
	now := time.Now()
	person, err := o.Person(ctx, memberID, email)
	switch {
	case err != nil || !person.Known():
		return person, err
	case person.Member == nil:
		return o.PersonNow(ctx, memberID, email)
	}
	if err := o.members.since(ctx, now); err != nil {
		return Person{}, err
	}
	return o.Person(ctx, memberID, email)
}

func (o *Organization) person(memberID, email string) Person {
	var p Person
	if member, ok := o.members.get(memberID); ok && memberID != "" {
		p.Member = &member
	} else if member, ok := o.members.find(email); ok {
		p.Member = &member
	}
	if invitation, ok := o.invitations.find(email); ok {
		p.Invitation = &invitation
		p.ListsAccepted = o.listsAccepted()
	}
	return p
}

// listsAccepted looks, once for each list, for an invitation of a person who had joined before it was listed.
func (o *Organization) listsAccepted() bool {
	asked, _ := o.invitations.listed()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.judged.Equal(asked) {
		return o.accepted
	}
	o.judged, o.accepted = asked, false
	listed, _ := o.client.clock.window(asked, asked)
	for _, invitation := range o.invitations.all() {
		member, ok := o.members.find(invitation.Email)
		if ok && member.JoinedAt.Before(listed) && !member.JoinedAt.Before(invitation.InvitedAt) {
			o.accepted = true
		}
	}
	return o.accepted
}

// Member returns a member by id.
func (o *Organization) Member(ctx context.Context, memberID string) (Member, bool, error) {
	if err := o.members.since(ctx, fresh()); err != nil {
		return Member{}, false, err
	}
	member, ok := o.members.get(memberID)
	return member, ok, nil
}

// MemberByEmail returns a member by e-mail address, in lower case.
func (o *Organization) MemberByEmail(ctx context.Context, email string) (Member, bool, error) {
	if err := o.members.since(ctx, fresh()); err != nil {
		return Member{}, false, err
	}
	member, ok := o.members.find(email)
	return member, ok, nil
}

// HasRole reports whether a member or an open invitation has a role.
func (o *Organization) HasRole(ctx context.Context, role string) (bool, error) {
	people, err := o.People(ctx)
	if err != nil {
		return false, err
	}
	for _, member := range people.Members {
		if SameRole(member.Role, role) {
			return true, nil
		}
	}
	for _, invitation := range people.Pending {
		if SameRole(invitation.Role, role) {
			return true, nil
		}
	}
	return false, nil
}

// HasOtherActiveAdmin reports whether another member is an active admin, according to the current lists.
func (o *Organization) HasOtherActiveAdmin(ctx context.Context, memberID string) (bool, error) {
	if err := o.members.since(ctx, fresh()); err != nil {
		return false, err
	}
	others := o.members.those(func(member Member) bool { return member.ID != memberID && member.ActiveAdmin() })
	return len(others) > 0, nil
}

// People are the members and invitees of an organization at one moment.
type People struct {
	// Members are the members, by e-mail address.
	Members map[string]Member
	// Pending are the open invitations, by e-mail address; the newest for each.
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

// People returns the members and invitees.
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

// PeopleNow is People from new lists.
func (o *Organization) PeopleNow(ctx context.Context) (People, error) {
	if err := o.invitations.since(ctx, time.Now()); err != nil {
		return People{}, err
	}
	return o.People(ctx)
}
