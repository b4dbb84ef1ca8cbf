package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

var (
	crowd       = []string{"lead@example.com", "ops@example.com", "dev@example.com", "data@example.com", "audit@example.com", "p1@example.com", "p2@example.com", "p3@example.com", "p4@example.com", "p5@example.com"}
	listedRoles = []string{"admin", "editor", "member", "viewer", "collaborator"}
)

// byHand is what somebody does in the Console.
type byHand struct {
	kind, who, role int
}

// listRound is one configuration of the list, after some changes by hand, and perhaps with a fault in the middle.
type listRound struct {
	hands  []byHand
	roles  []int // by person; beyond the roles: not listed
	report bool
	max    int // 0: the default
	fault  int // 0: none
	skip   int

	unknown   bool     // the list is first planned while an address in it is not known
	meanwhile []byHand // between plan and apply
	returning bool     // those whom the plan removes leave by themselves, and come back before the apply
}

func drawListRound() *rapid.Generator[listRound] {
	hand := rapid.Custom(func(t *rapid.T) byHand {
		return byHand{rapid.IntRange(0, 6).Draw(t, "kind"), rapid.IntRange(0, len(crowd)-1).Draw(t, "who"), rapid.IntRange(0, 4).Draw(t, "role")}
	})
	return rapid.Custom(func(t *rapid.T) listRound {
		return listRound{
			hands:     rapid.SliceOfN(hand, 0, 3).Draw(t, "by hand"),
			meanwhile: rapid.SliceOfN(hand, 0, 2).Draw(t, "meanwhile"),
			returning: rapid.IntRange(0, 3).Draw(t, "returning") == 0,
			unknown:   rapid.Bool().Draw(t, "unknown"),
			roles:     rapid.SliceOfN(rapid.IntRange(0, 7), len(crowd), len(crowd)).Draw(t, "roles"),
			report:    rapid.IntRange(0, 4).Draw(t, "report") == 0,
			max:       rapid.SampledFrom([]int{0, 0, 2, 20, 20, 20}).Draw(t, "max"),
			fault:     rapid.IntRange(0, 8).Draw(t, "fault"),
			skip:      rapid.IntRange(0, 2).Draw(t, "skip"),
		}
	})
}

// desired is the list: the caller is in it as admin, unless drawn otherwise twice over.
func (r listRound) desired() map[string]string {
	list := map[string]string{}
	for i, role := range r.roles {
		if role < len(listedRoles) {
			list[crowd[i]] = listedRoles[role]
		}
	}
	if r.roles[1]%3 > 0 || len(list) == 0 {
		list[crowd[0]] = "admin"
	}
	return list
}

// TestMembersExclusiveRandomly lets random lists meet random organizations: afterwards the organization is what the
// list says, the caller is still an admin, the next plan is empty, and there were no more writes than changes.
func TestMembersExclusiveRandomly(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	inLanes(t, 2, func(t *testing.T, rt *rapid.T) {
		t.Helper()
		settings := rapid.SliceOfN(rapid.Bool(), 4, 4).Draw(rt, "Neon")
		rounds := rapid.SliceOfN(drawListRound(), 1, 4).Draw(rt, "rounds")
		var run *listRun
		synctest.Test(t, func(t *testing.T) {
			run = newListRun(t, settings)
			for i, round := range rounds {
				run.round(i, round)
			}
		})
		if len(run.problems) > 0 {
			rt.Fatalf("%s\n%s", strings.Join(run.trace, "\n"), run.problems[0])
		}
	})
}

type listRun struct {
	t        *testing.T
	sim      *neontest.Server
	w        *workspace
	trace    []string
	problems []string
}

func newListRun(t *testing.T, settings []bool) *listRun {
	t.Helper()
	cfg := neontest.Config{Latency: time.Millisecond, MaxPageSize: 4, NobodyJoinsAtOnce: settings[0]}
	cfg.InvitePartly, cfg.HideJoinedInvitation = settings[1], settings[2]
	sim, baseURL := simulateInMemory(t, cfg)
	run := &listRun{t: t, sim: sim, w: newWorkspace(t, sim, baseURL, nil)}
	if settings[3] {
		imported, diags := run.w.process().importState(listType, sim.OrgID())
		diags.noErrors(t)
		run.w.instances["list"] = instance{typ: listType, state: imported}
	}
	return run
}

func (r *listRun) say(format string, args ...any) {
	r.trace = append(r.trace, fmt.Sprintf(format, args...))
}

func (r *listRun) wrong(format string, args ...any) {
	r.problems = append(r.problems, changing.ReplaceAllString(fmt.Sprintf(format, args...), "…"))
}

func (r *listRun) change(hand byHand) {
	who, role := crowd[hand.who], listedRoles[hand.role]
	r.say("by hand: %d %s %s", hand.kind, who, role)
	_, isMember := r.sim.Member(who)
	switch hand.kind {
	case 0:
		if hand.who > 0 { // the caller's own role stays
			r.sim.AddMember(who, role)
		}
	case 1:
		if hand.who > 0 {
			r.sim.RemoveMember(who)
		}
	case 2:
		if isMember && hand.who > 0 {
			r.sim.SetRole(who, role)
		}
	case 3:
		if isMember && hand.who > 0 {
			r.sim.Deactivate(who)
		}
	case 4:
		if !isMember && len(invited(r.sim, who)) == 0 {
			r.sim.AddInvitation(who, role)
		}
	case 5:
		r.sim.CancelInvitation(who)
	case 6:
		if len(invited(r.sim, who)) > 0 {
			if err := r.sim.Accept(who); err != nil {
				r.wrong("%s", err)
			}
		}
	}
}

// comeBack lets everyone who is not in the list leave and join again: other members, whom no plan has shown.
func (r *listRun) comeBack(desired map[string]string) {
	for _, member := range r.sim.Members() {
		if _, listed := desired[member.Email]; !listed && member.Email != crowd[0] {
			r.say("meanwhile: %s leaves and comes back", member.Email)
			r.sim.RemoveMember(member.Email)
			r.sim.AddMember(member.Email, member.Role)
		}
	}
}

// expectation is what a plan has to do or refuse, computed from the simulator.
type expectation struct {
	roles, removals, admins int // changes of role, removals, admins who are demoted
	lockout, create         bool
}

func (r *listRun) expect(desired map[string]string, remove, create bool) expectation {
	var e expectation
	for _, member := range r.sim.Members() {
		email := strings.ToLower(member.Email)
		role, listed := desired[email]
		loses := false
		switch {
		case !listed && remove:
			e.removals++
			e.create = e.create || create
			loses = true
		case listed && canonical(role) != canonical(member.Role):
			e.roles++
			e.create = e.create || create
			if loses = member.Role == "admin"; loses {
				e.admins++
			}
		}
		e.lockout = e.lockout || loses && email == crowd[0]
	}
	return e
}

func (r *listRun) round(number int, round listRound) {
	if len(r.problems) > 0 {
		return
	}
	for _, hand := range round.hands {
		r.change(hand)
	}
	pass(time.Minute)
	desired := round.desired()
	attributes := object{"members": desired}
	limit := 5
	if round.report {
		attributes["on_unlisted"] = "report"
	}
	if round.max > 0 {
		attributes["max_removals"], limit = round.max, round.max
	}
	config := configuration{"list": {typ: listType, attributes: attributes}}
	r.say("round %d: %v report=%t max=%d fault=%d/%d", number, desired, round.report, round.max, round.fault, round.skip)
	existing, exists := r.w.instances["list"]
	create := !exists || existing.tainted
	e := r.expect(desired, !round.report, create)
	before := rolesOf(r.sim)
	r.sim.ResetRequests()
	if round.unknown && !create {
		hidden := object{}
		maps.Copy(hidden, attributes)
		hidden["members"] = later{desired}
		waiting := r.w.walk(configuration{"list": {typ: listType, attributes: hidden}}, nil)
		r.say("unknown: %s", waiting.all())
		refused := strings.Contains(waiting.planned.String(), "Cannot be planned yet")
		if writes(r.sim) > 0 || waiting.changes > 0 || len(waiting.all().errors()) > 0 && !refused {
			r.wrong("a list with an unknown address does not wait: %d changes, %s", waiting.changes, waiting.all())
		}
	}
	emails := map[string]string{} // by member id
	for _, member := range r.sim.Members() {
		emails[member.ID] = member.Email
	}
	result := r.w.walk(config, func() {
		for _, hand := range round.meanwhile {
			r.change(hand)
		}
		if round.returning {
			r.comeBack(desired)
		}
		r.inject(round)
	})
	r.say("%s", result.all())
	r.checkShown(desired, emails)
	for _, problem := range r.w.broken {
		r.wrong("Terraform would complain: %s", problem)
	}
	if len(result.planned.errors()) > 0 {
		if writes(r.sim) > 0 || !maps.Equal(before, rolesOf(r.sim)) {
			r.wrong("refused, and something was written")
		}
		if !e.lockout && !e.create && e.removals+e.admins <= limit {
			r.wrong("refused, and nothing is wrong: %+v", e)
		}
		return
	}
	if e.lockout || e.create || e.removals+e.admins > limit {
		r.wrong("not refused: %+v", e)
	}
	if len(round.meanwhile) > 0 || round.returning { // what is left to do shows in the next plan, which may be refused
		r.sim.ClearFaults()
		return
	}
	if len(result.applied.errors()) > 0 {
		// What failed is put right by another apply.
		r.sim.ClearFaults()
		pass(time.Minute)
		result = r.w.walk(config, nil)
		r.say("again: %s", result.all())
		if len(result.all().errors()) > 0 {
			r.wrong("without faults:\n%s", result.all())
		}
	} else if struck := r.struck(); struck == 0 {
		if n := r.sim.Count("PATCH " + membersRoute + "/{member_id}"); n != e.roles {
			r.wrong("%d requests change roles, want %d", n, e.roles)
		}
		if n := r.sim.Count("DELETE " + membersRoute + "/{member_id}"); n != e.removals {
			r.wrong("%d requests remove, want %d", n, e.removals)
		}
		if n := r.sim.Count("POST " + invitationsRoute); n > 1 {
			r.wrong("%d requests invite", n)
		}
	}
	r.sim.ClearFaults()
	r.settled(desired, !round.report)
	pass(time.Minute)
	r.sim.ResetRequests()
	if again := r.w.walk(config, nil); again.changes != 0 || len(again.all().errors()) > 0 {
		r.wrong("the next plan is not empty: %s\n%s", again.all(), r.w.summary())
	}
	if writes(r.sim) > 0 {
		r.wrong("an empty plan writes")
	}
}

// checkShown checks that the apply has removed and changed nobody but those whom its plan has shown: as a reviewer reads
// it, the people who leave the map, or the report, and the roles that the map gives.
func (r *listRun) checkShown(desired, emails map[string]string) {
	leaving := map[string]bool{} // member ids; addresses of those who were reported
	for _, change := range r.w.shown {
		if !change.update {
			continue
		}
		for email, id := range change.old.texts(r.t, "member_ids") {
			if _, stays := desired[email]; !stays {
				leaving[id] = true
			}
		}
		for email := range change.old.texts(r.t, "unlisted_members") {
			leaving[email] = true
		}
	}
	for _, member := range r.sim.Members() {
		emails[member.ID] = member.Email
	}
	for _, request := range r.sim.Requests() {
		_, id, found := strings.Cut(request.Path, "/members/")
		email := emails[id]
		switch {
		case !found || !request.CarriedOut:
		case request.Method == http.MethodDelete && !leaving[id] && !leaving[email]:
			r.wrong("%s was removed, which the plan did not show", email)
		case request.Method == http.MethodPatch && !strings.Contains(canonical(request.Body), `"`+canonical(desired[email])+`"`):
			r.wrong("%s was given a role that the plan did not show: %s", email, request.Body)
		}
	}
}

// inject makes a request of the apply fail.
func (r *listRun) inject(round listRound) {
	routes := []string{"PATCH " + membersRoute + "/{member_id}", "DELETE " + membersRoute + "/{member_id}", "POST " + invitationsRoute}
	faults := []neontest.Fault{
		{},
		{Kind: neontest.FaultStatus, Status: http.StatusUnprocessableEntity},
		{Kind: neontest.FaultStatus, Status: 500, N: -1},
		{Kind: neontest.FaultResetAfter},
		{Kind: neontest.FaultStatus, Status: http.StatusConflict},
		{Kind: neontest.FaultStatus, Status: 503},
		{Kind: neontest.FaultStatus, Status: http.StatusForbidden, N: -1},
	}
	if round.fault > 0 && round.fault < len(faults) {
		fault := faults[round.fault]
		fault.Route, fault.Skip = routes[(round.fault+round.skip)%len(routes)], round.skip%2
		r.sim.AddFault(fault)
	}
}

func (r *listRun) struck() (n int) {
	for _, request := range r.sim.Requests() {
		if request.Fault != "" {
			n++
		}
	}
	return n
}

// settled checks that the organization is what the list says.
func (r *listRun) settled(desired map[string]string, remove bool) {
	got := rolesOf(r.sim)
	for email, role := range desired {
		actual, isMember := got[email]
		open := invited(r.sim, email)
		switch {
		case isMember && canonical(actual) != canonical(role):
			r.wrong("%s is %s, want %s", email, actual, role)
		case !isMember && (len(open) == 0 || canonical(open[len(open)-1].Role) != canonical(role)):
			r.wrong("%s is neither a member nor invited as %s: %v", email, role, open)
		}
	}
	for _, email := range slices.Sorted(maps.Keys(got)) {
		if _, listed := desired[email]; !listed && remove {
			r.wrong("%s is not listed, and still a member", email)
		}
	}
	if got[crowd[0]] != "admin" {
		r.wrong("the caller is %q", got[crowd[0]])
	}
	for _, problem := range doubleInvitations(r.sim) {
		r.wrong("%s", problem)
	}
}
