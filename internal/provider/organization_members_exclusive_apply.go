package provider

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// listResult is what became of an apply. Without a state, nothing was done.
type listResult struct {
	state       *membersExclusiveModel
	unlistedIDs map[string]string
	diags       diag.Diagnostics
}

// keep writes what the next run needs to know besides the state.
func (l listResult) keep(ctx context.Context, private privateWriter) diag.Diagnostics {
	diags := rememberChange(ctx, private)
	diags.Append(setPrivateTexts(ctx, private, unlistedIDsKey, l.unlistedIDs)...)
	return diags
}

// apply makes the organization what the plan says, and tells what is true afterwards.
func (r *membersExclusiveResource) apply(ctx context.Context, before memberList, plan membersExclusiveModel, create bool, private privateReader) (result listResult) {
	org, diags := r.conn.organization(ctx, plan.OrgID)
	if diags.HasError() {
		return listResult{diags: diags}
	}
	summary := "Cannot change the members of " + org.ID
	desired := texts(plan.Members)
	people, err := peopleOf(ctx, org, private, false)
	if err != nil {
		return listResult{diags: append(diags, failure(summary, err))}
	}
	release, err := r.conn.owners.hold(ctx, org.ID, before.changes(desired, people, plan.removes(), create).names()...)
	if err == nil {
		defer release()
		people, err = peopleOf(ctx, org, private, false) // another resource may have worked on one of them
	}
	if err != nil {
		return listResult{diags: append(diags, failure(summary, err))}
	}
	changes := before.changes(desired, people, plan.removes(), create)
	if changes.writes() {
		diags.Append(r.conn.guardWrite("Changing the members of " + org.ID)...)
	}
	diags.Append(guardListRoles(org.ID, before, desired, people)...)
	diags.Append(r.conn.guardList(ctx, org, plan, changes, people)...)
	if diags.HasError() {
		return listResult{diags: diags}
	}
	if len(changes.joined) > 0 {
		diags.Append(joinedSince(org.ID, changes.joined))
	}

	work := newListWork(r.conn, org, people)
	work.carryOut(ctx, changes)
	diags.Append(work.diags...)
	if len(work.done) == 0 && diags.HasError() {
		return listResult{diags: diags}
	}
	now := work.now(before, desired, plan.removes())
	if diags.HasError() {
		diags.Append(work.inPart(create))
		plan.set(now)
	} else {
		plan.fill(now)
	}
	return listResult{state: &plan, unlistedIDs: now.unlistedIDs, diags: diags}
}

// listWork carries changes out, and keeps what is true meanwhile.
type listWork struct {
	conn   *connection
	org    *neon.Organization
	caller string // the user id of whose key it is; empty for an organization key

	members map[string]neon.Member
	pending map[string]neon.Invitation
	people  neon.People // before

	done    []string // in words
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
	before.members = desired
	before.ids = maps.Clone(before.ids)
	for email := range w.pending {
		if w.pending[email] != w.people.Pending[email] {
			delete(before.ids, email) // invited just now, whatever they were before
		}
	}
	return before.observe(people, remove, false).memberList
}

// carryOut gives before it takes, and takes from the caller last: after that, the key changes nothing any more.
func (w *listWork) carryOut(ctx context.Context, changes listChanges) {
	if caller, diags := w.conn.caller(ctx); !diags.HasError() && caller.KeyType == neon.PersonalKey {
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
			w.leave(change, "because a promotion failed")
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

// change carries out a change of role or a removal.
func (w *listWork) change(ctx context.Context, change personChange) bool {
	if w.stopped {
		w.leave(change, "because of the failure before")
		return false
	}
	summary := fmt.Sprintf("Cannot give %s the role %s", change.email, change.to)
	var err error
	if change.to == "" {
		summary = "Cannot remove " + change.email
		err = w.org.RemoveMember(ctx, change.member.ID)
	} else {
		err = w.org.SetRole(ctx, change.member.ID, change.to)
	}
	if err != nil {
		w.diags.Append(lastAdminOr(ctx, w.org, change.member, summary, err))
		w.undone = append(w.undone, change.short())
		w.stopped = !aboutOnePerson(err)
		return false
	}
	w.done = append(w.done, change.short())
	if change.to == "" {
		delete(w.members, change.member.Email)
		return true
	}
	member := change.member
	member.Role = change.to
	w.members[member.Email] = member
	return true
}

// leave notes what is not even tried.
func (w *listWork) leave(change personChange, why string) {
	w.undone = append(w.undone, change.short()+" (not tried, "+why+")")
}

// inviteRequests bounds the search for those for whom Neon refuses an invitation.
const inviteRequests = 24

// invite invites all in one request. Neon refuses all of them for the sake of one, so a refusal is
// narrowed down by halves, and the others are invited.
func (w *listWork) invite(ctx context.Context, invitees []neon.Invitee, requests *int) {
	if w.stopped {
		for _, invitee := range invitees {
			w.undone = append(w.undone, "invite "+invitee.Email+" (not tried, because of the failure before)")
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
		person := invited[invitee.Email]
		if err != nil {
			// The view has what Neon listed after the refusal. A listed invitation from before is not ours.
			found, lookErr := w.org.Person(context.WithoutCancel(ctx), "", invitee.Email)
			before, wasInvited := w.people.Pending[invitee.Email]
			if lookErr != nil || !found.Has(invitee.Role) || found.Pending() && wasInvited && found.Invitation.ID == before.ID {
				missing = append(missing, invitee)
				continue
			}
			person = found
		}
		w.done = append(w.done, fmt.Sprintf("invite %s as %s", invitee.Email, invitee.Role))
		switch {
		case person.Member != nil:
			w.members[person.Member.Email] = *person.Member
			delete(w.pending, invitee.Email)
		case person.Invitation != nil:
			w.pending[invitee.Email] = *person.Invitation
		default: // Neon said yes, and does not list them yet
			w.pending[invitee.Email] = neon.Invitation{Email: invitee.Email, Role: invitee.Role}
		}
	}
	switch {
	case len(missing) == 0:
	case !aboutOnePerson(err):
		w.stopped = true
		w.notInvited(missing, err)
	case len(invitees) == 1:
		w.notInvited(missing, err)
	default:
		if half := len(missing) / 2; half > 0 {
			w.invite(ctx, missing[:half], requests)
			missing = missing[half:]
		}
		w.invite(ctx, missing, requests)
	}
}

// notInvited reports those for whom an invitation was refused, alone or with others.
func (w *listWork) notInvited(invitees []neon.Invitee, err error) {
	emails := make([]string, len(invitees))
	for i, invitee := range invitees {
		emails[i] = invitee.Email
		w.undone = append(w.undone, fmt.Sprintf("invite %s as %s", invitee.Email, invitee.Role))
	}
	summary := "Cannot invite " + naming(emails)
	if len(invitees) == 1 {
		summary += " as " + invitees[0].Role
	}
	w.diags.Append(failure(summary, err))
}

// aboutOnePerson reports whether a refusal may be for the sake of one person, so that it is worth trying to go on with
// the others.
func aboutOnePerson(err error) bool {
	e, ok := neon.AsError(err)
	return ok && plainRefusal(err) && e.Refusal() == neon.OtherRefusal && e.Status != http.StatusLocked
}

// inPart is the error that tells what was done, what was not, and what comes next.
func (w *listWork) inPart(create bool) diag.Diagnostic {
	next := "The state has what is true now. Remove the cause and apply again: the plan shows what is left to do."
	if create {
		next = "The state has what is true now. Remove the cause and apply again. Terraform marks the list as tainted, so the next plan replaces it; that removes nobody, and whoever is a member or invited already is not invited again. " +
			"To see only what is left to do, say before the next plan:\n\n    terraform untaint ADDRESS\n"
	}
	return diag.NewErrorDiagnostic("Changed in part: the members of "+w.org.ID, fmt.Sprintf(
		"Done:\n\n%s\nNot done:\n\n%s\n%s", lines(w.done), lines(w.undone), next))
}

// short is a change as an item of a list.
func (p personChange) short() string {
	if p.to == "" {
		return "remove " + p.email
	}
	return fmt.Sprintf("give %s the role %s instead of %s", p.email, p.to, p.member.Role)
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

// loss is what a removal or a lost admin role takes, for a list.
func loss(change personChange) string {
	name := change.email
	if change.member.Email != change.email {
		name = strings.Join([]string{change.email, "now", change.member.Email}, " ")
	}
	if change.to == "" {
		return fmt.Sprintf("%s (%s): removed", name, change.member.Role)
	}
	return fmt.Sprintf("%s: %s instead of %s", name, change.to, change.member.Role)
}
