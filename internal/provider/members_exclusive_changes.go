package provider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// What the exclusive list computes, without Terraform and without requests: what Neon has, compared with
// what is listed.

// memberList is everybody of a neon_organization_members_exclusive, as its state has them.
type memberList struct {
	members map[string]string // e-mail to role
	ids     map[string]string // e-mail to member id, of the same people; empty while pending
	// Those who are not listed, while they are only reported; and whoever else is invited.
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

// pending are those who are invited and have not joined.
func (l memberList) pending() []string {
	var pending []string
	for _, email := range slices.Sorted(maps.Keys(l.ids)) {
		if l.ids[email] == "" {
			pending = append(pending, email)
		}
	}
	return pending
}

// member finds the member behind an address: by the address, else by the id that the state has for it,
// because the address may have changed at Neon. Where the new address is listed itself, the member is that one's,
// and the old address is somebody else.
func (l memberList) member(email string, listed map[string]string, people neon.People) (neon.Member, bool) {
	if member, ok := people.Members[email]; ok {
		return member, true
	}
	if id := l.ids[email]; id != "" {
		if member, ok := people.Member(id); ok {
			_, taken := listed[member.Email]
			return member, !taken
		}
	}
	return neon.Member{}, false
}

// observation is what a read finds.
type observation struct {
	memberList
	gone      []string          // in the list, and neither a member nor invited any more
	elsewhere map[string]string // in the list; the member has another address at Neon now
}

// observe compares the list with what Neon has. Members who are not listed become part of it with remove,
// so that a plan shows whom it removes; else they are reported. takePending adds whoever is invited, as an
// import does once.
func (l memberList) observe(people neon.People, remove, takePending bool) observation {
	now := observation{memberList: newMemberList(), elsewhere: map[string]string{}}
	claimed := map[string]bool{}
	for email, role := range l.members {
		member, isMember := l.member(email, l.members, people)
		invitation, isInvited := people.Pending[email]
		switch {
		case isMember:
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
	for email, invitation := range people.Pending {
		switch _, listed := now.members[email]; {
		case listed:
		case takePending:
			now.members[email], now.ids[email] = invitation.Role, ""
		default:
			now.unlistedInvitations[email] = true
		}
	}
	return now
}

// warnByHand names the members who joined, or got another role, by other means than the list: in the plan they
// look like a change of the configuration.
func (o observation) warnByHand(before memberList, orgID string, diags *diag.Diagnostics) {
	var emails, what []string
	for _, email := range slices.Sorted(maps.Keys(o.members)) {
		role, had := before.members[email]
		switch {
		case !had:
			what = append(what, fmt.Sprintf("%s joined as %s", email, o.members[email]))
		case !neon.SameRole(role, o.members[email]):
			what = append(what, fmt.Sprintf("%s has the role %s, not %s", email, o.members[email], role))
		default:
			continue
		}
		emails = append(emails, email)
	}
	if len(emails) > 0 {
		diags.AddWarning("Changed outside of Terraform: "+naming(emails), fmt.Sprintf(
			"This happened in %s by other means than this resource:\n\n%s\nIf the plan shows something for them, this is why; it need not be a change of the configuration.", orgID, lines(what)))
	}
}

// spelled keeps the spelling of a role that means the same.
func spelled(current, role string) string {
	if neon.SameRole(current, role) {
		return current
	}
	return role
}

// listChanges is what has to be done so that the organization becomes what is listed.
type listChanges struct {
	promotions  []personChange // to admin
	invitations []neon.Invitee
	roles       []personChange // all others
	removals    []personChange

	again    map[string]neon.Invitation // invited with another role so far, which cannot be cancelled
	staying  []string                   // pending and no longer listed, which cannot be cancelled either
	reported []string                   // members who are no longer listed, and stay because removing is off
	joined   []string                   // no longer listed, and a member whom the state does not know: the next plan shows them

	unexplained []unexplained

	// What a create refuses, because its plan would not show it.
	otherRoles []personChange
	unlisted   []neon.Member
}

// unexplained is a change that would take away what the state does not know of: the member has left or come back
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
		return moreRights(orgID, u.email, u.role, u.member.Role, "none")
	default:
		return moreRights(orgID, u.email, u.role, u.member.Role, u.to)
	}
}

// unexplained reports whether the state that a change starts from does not explain what it takes away.
func (p personChange) unexplained(role string) bool {
	was := personChange{member: p.member, to: role}
	return p.lessens() && was.lessens()
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

// changes are the steps from the list to the desired one. Only what a plan shows as a difference between
// the two is done: what has changed at Neon since the state was read waits for the next plan.
func (l memberList) changes(desired map[string]string, people neon.People, remove, create bool) listChanges {
	c := listChanges{again: map[string]neon.Invitation{}}
	kept := map[string]bool{} // member ids
	for _, email := range slices.Sorted(maps.Keys(desired)) {
		role := desired[email]
		before, had := l.members[email]
		member, isMember := l.member(email, desired, people)
		if isMember {
			kept[member.ID] = true
		}
		if had && neon.SameRole(before, role) && (isMember || member.ID == "") || isMember && neon.SameRole(member.Role, role) {
			continue
		}
		change := personChange{email: email, member: member, to: role}
		invitation, isInvited := people.Pending[email]
		switch id := l.ids[email]; {
		case isMember && create:
			c.otherRoles = append(c.otherRoles, change)
		case had && id != "" && member.ID != id && (isMember || member.ID == ""), isMember && had && change.unexplained(before):
			c.unexplained = append(c.unexplained, unexplained{change, id, before})
		case isMember && role == neon.RoleAdmin:
			c.promotions = append(c.promotions, change)
		case isMember:
			c.roles = append(c.roles, change)
		case isInvited && neon.SameRole(invitation.Role, role) && !people.ListsAccepted: // adopted
		default:
			c.invitations = append(c.invitations, neon.Invitee{Email: email, Role: role})
			if isInvited && !neon.SameRole(invitation.Role, role) {
				c.again[email] = invitation
			}
		}
	}
	if create {
		for _, email := range slices.Sorted(maps.Keys(people.Members)) {
			if member := people.Members[email]; !kept[member.ID] && remove {
				c.unlisted = append(c.unlisted, member)
			}
		}
		return c
	}
	l.leaving(&c, desired, people, kept, remove)
	return c
}

// leaving adds what becomes of those who are not listed any more. A member is removed by the id that the state has.
func (l memberList) leaving(c *listChanges, desired map[string]string, people neon.People, kept map[string]bool, remove bool) {
	leaving, ids := maps.Clone(l.members), maps.Clone(l.ids)
	if remove {
		maps.Copy(leaving, l.unlisted)
		maps.Copy(ids, l.unlistedIDs)
	}
	for _, email := range slices.Sorted(maps.Keys(leaving)) {
		if _, stays := desired[email]; stays {
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

// activeAdmins counts the active admins now and after the changes. Whoever is invited is none yet.
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

// memberIDUnknown stands for an id that is known only after apply: that of somebody who is invited, and may
// join at once.
const memberIDUnknown = "?"

// planned is what a plan says of the list after an update. It follows from the configuration and the state alone, so
// that the plan that Terraform makes again in the apply says the same. moved are the addresses that have changed at
// Neon, as the last read found them.
func (l memberList) planned(desired, moved map[string]string, remove bool) memberList {
	then := newMemberList()
	from := map[string]string{} // new address to old
	for old, now := range moved {
		if _, stays := desired[now]; stays && l.ids[old] != "" {
			from[now] = old
		}
	}
	for email, role := range desired {
		then.members[email] = role
		id, had := l.ids[email]
		switch {
		case from[email] != "":
			then.ids[email] = l.ids[from[email]]
		case had && from[moved[email]] != email && (id != "" || neon.SameRole(l.members[email], role)):
			then.ids[email] = id
		case !had && l.unlistedIDs[email] != "":
			then.ids[email] = l.unlistedIDs[email]
		default:
			then.ids[email] = memberIDUnknown
		}
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
