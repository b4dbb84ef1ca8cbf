package provider

import (
	"context"
	"maps"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// listOutcome is the result of an apply. Without a state, nothing was done.
type listOutcome struct {
	state       *membersExclusiveModel
	unlistedIDs map[string]string
	diags       diag.Diagnostics
}

// keep stores the private state for the next run.
func (o listOutcome) keep(ctx context.Context, private privateWriter) diag.Diagnostics {
	diags := rememberChange(ctx, private)
	diags.Append(setPrivateTexts(ctx, private, unlistedIDsKey, o.unlistedIDs)...)
	return diags
}

// apply carries out the plan, and returns the list afterwards.
func (r *membersExclusiveResource) apply(
	ctx context.Context, planning listPlanning, plan membersExclusiveModel, private privateReader,
) listOutcome {
	org, diags := r.conn.organization(ctx, plan.OrgID)
	if diags.HasError() {
		return listOutcome{diags: diags}
	}
	desired := texts(plan.Members)
	people, unlock, err := r.lockPeople(ctx, org, private, func(people neon.People) []string {
		return planning.changes(desired, people, plan.removes()).names()
	})
	if err != nil {
		return listOutcome{diags: append(diags, cannotChangeMembers(org.ID, err))}
	}
	defer unlock()
	changes := planning.changes(desired, people, plan.removes())
	if changes.writes() {
		diags.Append(r.conn.guardWrite(listOperation(org.ID))...)
	}
	diags.Append(guardListRoles(org.ID, planning.before, desired, people)...)
	diags.Append(r.conn.guardList(ctx, org, plan, changes, people)...)
	if diags.HasError() {
		return listOutcome{diags: diags}
	}
	if len(changes.joined) > 0 {
		diags.Append(joinedSince(org.ID, changes.joined))
	}
	work := newListWork(r.conn, org, people)
	work.carryOut(ctx, changes)
	diags.Append(work.diags...)
	if diags.HasError() && len(work.done) == 0 {
		return listOutcome{diags: diags}
	}
	now := work.now(planning.before, desired, plan.removes())
	switch {
	case !diags.HasError():
		plan.fillUnknown(now)
	case planning.create:
		diags.Append(createdInPart(org.ID, work.done, work.undone))
		plan.set(now)
	default:
		diags.Append(changedInPart(org.ID, work.done, work.undone))
		plan.set(now)
	}
	return listOutcome{state: &plan, unlistedIDs: now.unlistedIDs, diags: diags}
}

// lockPeople locks the people that names returns, and looks again: another resource may have worked on one of them.
func (r *membersExclusiveResource) lockPeople(
	ctx context.Context, org *neon.Organization, private privateReader, names func(neon.People) []string,
) (people neon.People, unlock func(), err error) {
	people, err = peopleOf(ctx, private, org.People)
	if err != nil {
		return people, nil, err
	}
	unlock, err = r.conn.owners.lock(ctx, org.ID, names(people)...)
	if err != nil {
		return people, nil, err
	}
	people, err = peopleOf(ctx, private, org.People)
	if err != nil {
		unlock()
		return people, nil, err
	}
	return people, unlock, nil
}

// listWork carries out changes, and records the results.
type listWork struct {
	conn   *connection
	org    *neon.Organization
	caller string // the user ID of the key's owner; empty for an organization key

	members map[string]neon.Member
	pending map[string]neon.Invitation
	people  neon.People // before

	done    []string // items of changedInPart
	undone  []string
	refusal error // of the last request that invited
	stopped bool  // a failure that is not about one person: the next request would fail too
	diags   diag.Diagnostics
}

func newListWork(conn *connection, org *neon.Organization, people neon.People) *listWork {
	return &listWork{conn: conn, org: org, people: people, members: maps.Clone(people.Members), pending: maps.Clone(people.Pending)}
}

// now is the list as it is after the work.
func (w *listWork) now(before memberList, desired map[string]string, remove bool) memberList {
	people := neon.NewPeople(w.members, w.pending)
	people.ListsAccepted = w.people.ListsAccepted
	after := before
	after.members, after.ids = desired, maps.Clone(before.ids)
	for email := range w.pending {
		if w.pending[email] != w.people.Pending[email] {
			delete(after.ids, email) // invited just now, whatever they were before
		}
	}
	return after.observe(people, remove).memberList
}

// carryOut promotes and invites before it removes, and changes the caller last, because the key then loses its rights.
func (w *listWork) carryOut(ctx context.Context, changes listChanges) {
	caller, diags := w.conn.caller(ctx)
	if !diags.HasError() && caller.KeyType == neon.PersonalKey {
		w.caller = caller.UserID
	}
	promoted := true
	for _, change := range changes.promotions {
		promoted = w.change(ctx, change) && promoted
	}
	if len(changes.invitations) > 0 {
		requests := inviteRequests
		w.invite(ctx, changes.invitations, &requests)
	}
	var own []personChange
	for _, change := range append(changes.roles, changes.removals...) {
		switch {
		case !promoted && change.member.Role == neon.RoleAdmin:
			w.leave(change.item(), afterPromotion)
		case w.caller != "" && change.member.UserID == w.caller:
			own = append(own, change)
		default:
			w.change(ctx, change)
		}
	}
	for _, change := range own {
		w.change(ctx, change)
	}
}

// change carries out a change of role or a removal, and reports whether it was done.
func (w *listWork) change(ctx context.Context, change personChange) bool {
	if w.stopped {
		w.leave(change.item(), afterFailure)
		return false
	}
	err := w.send(ctx, change)
	if err != nil {
		w.undone = append(w.undone, change.item())
		w.stopped = !aboutOnePerson(err)
		return false
	}
	w.done = append(w.done, change.item())
	if change.to == "" {
		delete(w.members, change.member.Email)
		return true
	}
	member := change.member
	member.Role = change.to
	w.members[member.Email] = member
	return true
}

// send is the request of a change, and the message if it fails.
func (w *listWork) send(ctx context.Context, change personChange) error {
	if change.to == "" {
		err := w.org.RemoveMember(ctx, change.member.ID)
		if err != nil {
			w.diags.Append(lastAdminOr(ctx, w.org, change.member, cannotRemove(change.email, err), err))
		}
		return err
	}
	err := w.org.SetRole(ctx, change.member.ID, change.to)
	if err != nil {
		w.diags.Append(lastAdminOr(ctx, w.org, change.member, cannotGiveRole(change.email, change.to, err), err))
	}
	return err
}

// leave records changes that were not tried.
func (w *listWork) leave(item, why string) {
	w.undone = append(w.undone, notTried(item, why))
}

// inviteRequests bounds the search for people that Neon refuses to invite.
const inviteRequests = 24

// invite invites all in one request. Neon refuses all of them because of one, so a refusal is
// narrowed down by halves, and the others are invited.
func (w *listWork) invite(ctx context.Context, invitees []neon.Invitee, requests *int) {
	if w.stopped {
		for _, invitee := range invitees {
			w.leave(inviteItem(invitee), afterFailure)
		}
		return
	}
	if *requests == 0 {
		w.notInvited(invitees, w.refusal)
		return
	}
	*requests--
	invited, err := w.org.Invite(ctx, invitees)
	w.refusal = err
	var missing []neon.Invitee
	for _, invitee := range invitees {
		person, done := invited[invitee.Email], true
		if err != nil {
			person, done = w.invitedNevertheless(ctx, invitee)
		}
		if !done {
			missing = append(missing, invitee)
			continue
		}
		w.markInvited(invitee, person)
	}
	switch {
	case len(missing) == 0:
	case !aboutOnePerson(err):
		w.stopped = true
		w.notInvited(missing, err)
	case len(invitees) == 1:
		w.notInvited(missing, err)
	default:
		half := len(missing) / 2
		if half > 0 {
			w.invite(ctx, missing[:half], requests)
		}
		w.invite(ctx, missing[half:], requests)
	}
}

// invitedNevertheless reports whether a request that failed has invited a person. The view has what Neon listed after
// the failure; an invitation that was listed before is not from this request.
func (w *listWork) invitedNevertheless(ctx context.Context, invitee neon.Invitee) (neon.Person, bool) {
	person, err := w.org.Person(context.WithoutCancel(ctx), "", invitee.Email)
	if err != nil || !person.Has(invitee.Role) {
		return neon.Person{}, false
	}
	before, wasInvited := w.people.Pending[invitee.Email]
	if person.Pending() && wasInvited && person.Invitation.ID == before.ID {
		return neon.Person{}, false
	}
	return person, true
}

func (w *listWork) markInvited(invitee neon.Invitee, person neon.Person) {
	w.done = append(w.done, inviteItem(invitee))
	switch {
	case person.Member != nil:
		w.members[person.Member.Email] = *person.Member
		delete(w.pending, invitee.Email)
	case person.Invitation != nil:
		w.pending[invitee.Email] = *person.Invitation
	default: // Neon accepted the request, and does not list them yet
		w.pending[invitee.Email] = neon.Invitation{Email: invitee.Email, Role: invitee.Role}
	}
}

// notInvited reports the people whose invitation was refused, alone or with others.
func (w *listWork) notInvited(invitees []neon.Invitee, err error) {
	for _, invitee := range invitees {
		w.undone = append(w.undone, inviteItem(invitee))
	}
	if len(invitees) == 1 {
		w.diags.Append(cannotInviteAs(invitees[0].Email, invitees[0].Role, err))
		return
	}
	w.diags.Append(cannotInvite(inviteeEmails(invitees), err))
}

// aboutOnePerson reports whether a refusal may be because of one person, so that it is worth continuing with the others.
func aboutOnePerson(err error) bool {
	e, ok := neon.AsError(err)
	return ok && plainRefusal(err) && e.Refusal() == neon.OtherRefusal && e.Status != http.StatusLocked
}

// names are all addresses and member ids that changes are about.
func (c listChanges) names() []string {
	var names []string
	for _, invitee := range c.invitations {
		names = append(names, invitee.Email)
	}
	for _, change := range c.memberChanges() {
		names = append(names, change.email, change.member.Email, change.member.ID)
	}
	return names
}
