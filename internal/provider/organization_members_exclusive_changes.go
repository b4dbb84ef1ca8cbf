package provider

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The computations of the exclusive list, without Terraform and requests: Neon's members and invitations, compared
// with the list.

// memberList is the people of a neon_organization_members_exclusive, as its state has them.
type memberList struct {
	members map[string]string // e-mail to role
	ids     map[string]string // e-mail to member id, of the same people; empty while pending
	// The members who are not listed, while they are only reported; and the invitees who are not listed.
	unlisted            map[string]string
	unlistedIDs         map[string]string // e-mail to member id, of the same people
	unlistedInvitations map[string]bool
}

func newMemberList() memberList {
	return memberList{
		members: map[string]string{}, ids: map[string]string{},
		unlisted: map[string]string{}, unlistedIDs: map[string]string{}, unlistedInvitations: map[string]bool{},
	}
}

// pending are the people of the list who are invited and have not joined.
func (l memberList) pending() []string {
	var pending []string
	for _, email := range slices.Sorted(maps.Keys(l.ids)) {
		if l.ids[email] == "" {
			pending = append(pending, email)
		}
	}
	return pending
}

// finding is the result of looking for the member behind an address of a list.
type finding int

const (
	notFound    finding = iota
	foundMember         // by the address, or by the ID that the state has for it: an address can change at Neon
	foundTaken          // by the ID, but the member's new address is listed itself: the old address is another person's
)

// member finds the member behind an address.
func (l memberList) member(email string, listed map[string]string, people neon.People) (neon.Member, finding) {
	member, isMember := people.Members[email]
	if isMember {
		return member, foundMember
	}
	id := l.ids[email]
	if id == "" {
		return neon.Member{}, notFound
	}
	member, isMember = people.Member(id)
	if !isMember {
		return neon.Member{}, notFound
	}
	_, taken := listed[member.Email]
	if taken {
		return member, foundTaken
	}
	return member, foundMember
}

// observation is the result of a read.
type observation struct {
	memberList
	gone      []string          // in the list, and neither a member nor invited any more
	elsewhere map[string]string // in the list; the member has another address at Neon now
}

// observe compares the list with Neon's members and invitations. With remove, members who are not listed become part of
// it, so that a plan shows their removal; else they are reported.
func (l memberList) observe(people neon.People, remove bool) observation {
	now := observation{memberList: newMemberList(), elsewhere: map[string]string{}}
	claimed := map[string]bool{} // member IDs
	for email := range l.members {
		l.observePerson(&now, claimed, email, people)
	}
	slices.Sort(now.gone)
	for email, member := range people.Members {
		switch {
		case claimed[member.ID]:
		case remove:
			now.members[email], now.ids[email] = member.Role, member.ID
		default:
			now.unlisted[email], now.unlistedIDs[email] = member.Role, member.ID
		}
	}
	for email := range people.Pending {
		_, listed := now.members[email]
		if !listed {
			now.unlistedInvitations[email] = true
		}
	}
	return now
}

// observePerson is observe for one person of the list.
func (l memberList) observePerson(now *observation, claimed map[string]bool, email string, people neon.People) {
	role := l.members[email]
	member, found := l.member(email, l.members, people)
	invitation, isInvited := people.Pending[email]
	switch {
	case found == foundMember:
		now.members[email], now.ids[email] = spelled(role, member.Role), member.ID
		claimed[member.ID] = true
		if member.Email != email {
			now.elsewhere[email] = member.Email
		}
	case isInvited && (l.ids[email] == "" || !people.ListsAccepted):
		now.members[email], now.ids[email] = spelled(role, invitation.Role), ""
	default: // gone; a listed invitation is the one that they once accepted
		now.gone = append(now.gone, email)
	}
}

// takeInvitees makes the invitees who are not listed part of the list, as an import does once.
func (o *observation) takeInvitees(people neon.People) {
	for email := range o.unlistedInvitations {
		o.members[email], o.ids[email] = people.Pending[email].Role, ""
	}
	o.unlistedInvitations = map[string]bool{}
}

// byHand are the members who joined, or changed roles, outside of the list.
func (o observation) byHand(before memberList) []string {
	var emails []string
	for _, email := range slices.Sorted(maps.Keys(o.members)) {
		role, had := before.members[email]
		if !had || !neon.SameRole(role, o.members[email]) {
			emails = append(emails, email)
		}
	}
	return emails
}

// newInvitees are the invitees who are not in the list, and were not there before.
func (o observation) newInvitees(before memberList) []string {
	var emails []string
	for _, email := range slices.Sorted(maps.Keys(o.unlistedInvitations)) {
		if !before.unlistedInvitations[email] {
			emails = append(emails, email)
		}
	}
	return emails
}

// listChanges are the changes that make the organization match the list.
type listChanges struct {
	promotions  []personChange // to admin
	invitations []neon.Invitee
	roles       []personChange // all others
	removals    []personChange

	again    map[string]neon.Invitation // invited with another role so far, which cannot be cancelled
	staying  []string                   // pending and no longer listed, which cannot be cancelled either
	reported []string                   // members who are no longer listed, and stay because removing is off
	joined   []string                   // no longer listed, and a member that the state does not have: the next plan shows them

	unexplained []unexplained

	// Changes that a create refuses, because its plan would not show them.
	otherRoles []personChange
	unlisted   []neon.Member
}

// unexplained is a change that would take away what the state does not have: the member has left or come back
// since, or has more rights by now.
type unexplained struct {
	personChange
	id, role string // as the state has them
}

// problem says what has happened to the member since.
func (u unexplained) problem(orgID string) diag.Diagnostic {
	switch {
	case u.member.ID == "":
		return leftSince(orgID, u.email)
	case u.member.ID != u.id:
		return cameBack(orgID, u.email, u.member)
	case u.to == "":
		return moreRightsThanRemoved(orgID, u.email, u.role, u.member.Role)
	default:
		return moreRights(orgID, u.email, u.role, u.member.Role, u.to)
	}
}

// writes reports whether anything is to be sent.
func (c listChanges) writes() bool {
	return len(c.promotions)+len(c.invitations)+len(c.roles)+len(c.removals) > 0
}

// memberChanges are the changes that concern members.
func (c listChanges) memberChanges() []personChange {
	return slices.Concat(c.promotions, c.roles, c.removals)
}

// lost counts what max_removals bounds: removals, and members who lose the strongest role.
func (c listChanges) lost() []personChange {
	lost := slices.Clone(c.removals)
	for _, change := range slices.Concat(c.promotions, c.roles) {
		if strongest(change.member.Role) && change.lessens() {
			lost = append(lost, change)
		}
	}
	return lost
}

// createChanges are the steps to a list that has no state yet. A create takes nothing from anyone, because its plan would
// not show it: members with another role and, with remove, members who are not listed are refused.
func createChanges(desired map[string]string, people neon.People, remove bool) listChanges {
	c := listChanges{again: map[string]neon.Invitation{}}
	for _, email := range slices.Sorted(maps.Keys(desired)) {
		role := desired[email]
		member, isMember := people.Members[email]
		switch {
		case !isMember:
			c.invite(email, role, people)
		case !neon.SameRole(member.Role, role):
			c.otherRoles = append(c.otherRoles, personChange{email: email, member: member, to: role})
		}
	}
	for _, email := range slices.Sorted(maps.Keys(people.Members)) {
		_, listed := desired[email]
		if remove && !listed {
			c.unlisted = append(c.unlisted, people.Members[email])
		}
	}
	return c
}

// changes are the steps from the list to the desired one. Only what a plan shows as a difference between
// the two is done: what has changed at Neon since the state was read waits for the next plan.
func (l memberList) changes(desired map[string]string, people neon.People, remove bool) listChanges {
	c := listChanges{again: map[string]neon.Invitation{}}
	kept := map[string]bool{} // member IDs
	for _, email := range slices.Sorted(maps.Keys(desired)) {
		member, found := l.member(email, desired, people)
		if found == foundMember {
			kept[member.ID] = true
		}
		l.changePerson(&c, personChange{email: email, member: member, to: desired[email]}, found, people)
	}
	l.leaving(&c, desired, people, kept, remove)
	return c
}

// changePerson adds the step for one person of the desired list.
func (l memberList) changePerson(c *listChanges, change personChange, found finding, people neon.People) {
	before, had := l.members[change.email]
	id := l.ids[change.email]
	isMember := found == foundMember
	switch {
	case had && neon.SameRole(before, change.to) && found != foundTaken: // nothing that the plan shows
	case isMember && neon.SameRole(change.member.Role, change.to): // has it already
	case had && id != "" && change.member.ID != id && found != foundTaken:
		c.unexplained = append(c.unexplained, unexplained{change, id, before})
	case isMember && had && change.unexplained(before):
		c.unexplained = append(c.unexplained, unexplained{change, id, before})
	case isMember && change.to == neon.RoleAdmin:
		c.promotions = append(c.promotions, change)
	case isMember:
		c.roles = append(c.roles, change)
	default:
		c.invite(change.email, change.to, people)
	}
}

// invite adds an invitation, unless one with the same role is open: that one is adopted.
func (c *listChanges) invite(email, role string, people neon.People) {
	invitation, isInvited := people.Pending[email]
	same := isInvited && neon.SameRole(invitation.Role, role)
	if same && !people.ListsAccepted {
		return
	}
	c.invitations = append(c.invitations, neon.Invitee{Email: email, Role: role})
	if isInvited && !same {
		c.again[email] = invitation
	}
}

// leaving adds the changes for people who are no longer listed. It removes a member by the ID in the state.
func (l memberList) leaving(
	c *listChanges, desired map[string]string, people neon.People, kept map[string]bool, remove bool,
) {
	leaving, ids := maps.Clone(l.members), maps.Clone(l.ids)
	if remove {
		maps.Copy(leaving, l.unlisted)
		maps.Copy(ids, l.unlistedIDs)
	}
	for _, email := range slices.Sorted(maps.Keys(leaving)) {
		_, stays := desired[email]
		if stays {
			continue
		}
		member, isMember := people.Member(ids[email])
		other, isOther := people.Members[email]
		_, isInvited := people.Pending[email]
		change := personChange{email: email, member: member}
		switch {
		case isMember && kept[member.ID]:
		case isMember && !remove:
			c.reported = append(c.reported, email)
		case isMember && change.unexplained(leaving[email]):
			c.unexplained = append(c.unexplained, unexplained{change, member.ID, leaving[email]})
		case isMember:
			c.removals = append(c.removals, change)
		case isOther && !kept[other.ID]:
			c.joined = append(c.joined, email)
		case isInvited:
			c.staying = append(c.staying, email)
		}
	}
}

// activeAdmins counts the active admins now and after the changes. An invitee is none yet.
func (c listChanges) activeAdmins(people neon.People) (now, then int) {
	after := map[string]string{}
	for _, change := range c.memberChanges() {
		after[change.member.ID] = change.to
	}
	for _, member := range people.Members {
		if member.Deactivated() {
			continue
		}
		role, changed := after[member.ID]
		if !changed {
			role = member.Role
		}
		if member.Role == neon.RoleAdmin {
			now++
		}
		if role == neon.RoleAdmin {
			then++
		}
	}
	return now, then
}

// memberIDUnknown is an ID that is known only after apply: that of a person who is invited, and may
// become a member immediately.
const memberIDUnknown = "?"

// planned is the planned list after an update. It depends only on the configuration and the state, so
// that the plan that Terraform makes again in the apply says the same. moved are the addresses that have changed at
// Neon, as the last read found them.
func (l memberList) planned(desired, moved map[string]string, remove bool) memberList {
	then := newMemberList()
	from := map[string]string{} // new address to old
	for old, now := range moved {
		_, stays := desired[now]
		if stays && l.ids[old] != "" {
			from[now] = old
		}
	}
	for email, role := range desired {
		then.members[email] = role
		then.ids[email] = l.plannedID(email, role, from, moved)
	}
	for email := range l.unlistedInvitations {
		then.unlistedInvitations[email] = true
	}
	if !remove {
		maps.Copy(then.unlisted, l.unlisted)
	}
	for email, role := range l.members {
		switch {
		case from[moved[email]] == email:
		case l.ids[email] == "":
			then.unlistedInvitations[email] = true
		case !remove:
			then.unlisted[email] = role
		}
	}
	for email := range desired {
		delete(then.unlistedInvitations, email)
		delete(then.unlisted, email)
	}
	return then
}

// plannedID is the member ID that a plan can promise for a person of the desired list. from and moved are the addresses
// that have changed at Neon, by the new and the old one.
func (l memberList) plannedID(email, role string, from, moved map[string]string) string {
	id, had := l.ids[email]
	switch {
	case from[email] != "":
		return l.ids[from[email]]
	case had && from[moved[email]] != email && (id != "" || neon.SameRole(l.members[email], role)):
		return id
	case !had && l.unlistedIDs[email] != "":
		return l.unlistedIDs[email]
	default:
		return memberIDUnknown
	}
}
