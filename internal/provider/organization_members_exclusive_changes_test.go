package provider

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// somebody draws what Neon knows of a few people.
func somebody(t *rapid.T) neon.People {
	members, invitations := map[string]neon.Member{}, map[string]neon.Invitation{}
	for i := range 6 {
		email := fmt.Sprintf("p%d@example.com", i)
		role := rapid.SampledFrom(append(slices.Clone(neon.Roles), "owner")).Draw(t, "role")
		switch rapid.IntRange(0, 3).Draw(t, "is") {
		case 0:
			members[email] = neon.Member{ID: fmt.Sprintf("id%d", i), Email: email, Role: role}
		case 1:
			members[email] = neon.Member{ID: fmt.Sprintf("id%d", i), Email: email, Role: role, DeactivatedAt: time.Unix(1, 0)}
		case 2:
			invitations[email] = neon.Invitation{ID: fmt.Sprintf("inv%d", i), Email: email, Role: role}
		}
	}
	return neon.NewPeople(members, invitations)
}

// carriedOut is what Neon knows after the changes; whoever is invited is pending.
func carriedOut(people neon.People, changes listChanges) neon.People {
	members, invitations := maps.Clone(people.Members), maps.Clone(people.Pending)
	for _, change := range changes.memberChanges() {
		member := change.member
		delete(members, member.Email)
		if change.to != "" {
			member.Role = change.to
			members[member.Email] = member
		}
	}
	for _, invitee := range changes.invitations {
		invitations[invitee.Email] = neon.Invitation{ID: "new", Email: invitee.Email, Role: invitee.Role}
	}
	return neon.NewPeople(members, invitations)
}

func TestListChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		people := somebody(t)
		desired := map[string]string{}
		for i := range 7 {
			if role := rapid.SampledFrom(append([]string{""}, neon.Roles...)).Draw(t, "listed"); role != "" {
				desired[fmt.Sprintf("p%d@example.com", i)] = role
			}
		}
		remove := rapid.Bool().Draw(t, "remove")
		observed := newMemberList().observe(people, remove)
		if rapid.Bool().Draw(t, "import") {
			observed.takeInvitees(people)
		}
		before := observed.memberList
		changes := before.changes(desired, people, remove)
		planned := before.planned(desired, nil, remove)
		after := carriedOut(people, changes)

		list := before
		list.members = desired
		now := list.observe(after, remove)
		if !sameMembers(now.members, desired) || len(now.gone) > 0 {
			t.Fatalf("the list is %v, want %v", now.members, desired)
		}
		for email, id := range planned.ids {
			if id != memberIDUnknown && id != now.ids[email] {
				t.Fatalf("the id of %s was planned as %q and is %q", email, id, now.ids[email])
			}
		}
		if !maps.Equal(planned.unlisted, now.unlisted) || !maps.Equal(planned.unlistedInvitations, now.unlistedInvitations) {
			t.Fatalf("planned %v %v, are %v %v", planned.unlisted, planned.unlistedInvitations, now.unlisted, now.unlistedInvitations)
		}
		if len(planned.ids) != len(desired) {
			t.Fatalf("ids are planned for %v, listed are %v", planned.ids, desired)
		}
		// Nothing is left to do, and removals are of those who are not listed only.
		if again := now.changes(desired, after, remove); again.writes() || len(again.reported) > 0 || len(again.staying) > 0 {
			t.Fatalf("once more: %+v", again)
		}
		for _, change := range changes.removals {
			if _, listed := desired[change.member.Email]; listed || !remove {
				t.Fatalf("%s is removed", change.email)
			}
		}
		count := func(people neon.People) (n int) {
			for _, member := range people.Members {
				if member.ActiveAdmin() {
					n++
				}
			}
			return n
		}
		if nowAdmins, then := changes.activeAdmins(people); nowAdmins != count(people) || then != count(after) {
			t.Fatalf("active admins: %d, then %d; want %d, then %d", nowAdmins, then, count(people), count(after))
		}
		lost := len(people.Members) - len(after.Members)
		for email, member := range people.Members {
			if still, ok := after.Members[email]; ok && (member.Role == neon.RoleAdmin || member.Role == "owner") && still.Role != member.Role {
				lost++
			}
		}
		if len(changes.lost()) != lost {
			t.Fatalf("%d lose something, counted are %v", lost, changes.lost())
		}
		// A create takes nothing from anybody: it is refused instead.
		create := createChanges(desired, people, remove)
		if len(create.memberChanges()) > 0 {
			t.Fatalf("a create changes %+v", create)
		}
		if remove && len(create.unlisted)+len(create.otherRoles) == 0 {
			for email, member := range people.Members {
				if role, listed := desired[email]; !listed || !neon.SameRole(role, member.Role) {
					t.Fatalf("a create over %v is not refused", people.Members)
				}
			}
		}
	})
}
