package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// A history is a sequence of rounds: people edit the configuration, people click in the Console, the
// network fails, and somebody runs "terraform apply". Whatever happens, afterwards and without faults
// one apply brings everything to what the configuration says, and on the way nobody and nothing that is
// not Terraform's is touched.

var (
	editKinds = []string{"key", "key", "key", "member", "member", "member", "invitation", "drop", "drop", "rename", "retain", "rotate", "role", "role", "readdress"}
	handKinds = []string{"revoke", "add key", "add key", "rival key", "remove", "join", "accept", "accept", "cancel", "invite", "role", "deactivate", "reactivate", "use", "readdress", "readdress"}

	faultRoutes = []string{
		"POST " + keysRoute, "POST " + keysRoute, "DELETE " + keysRoute + "/{key_id}", "GET " + keysRoute,
		"PATCH " + membersRoute + "/{member_id}", "DELETE " + membersRoute + "/{member_id}", "GET " + membersRoute,
		"POST " + invitationsRoute, "GET " + invitationsRoute, "GET /auth", "GET /users/me", "*",
	}
	keyNames  = []string{"ci", "deploy"}
	people    = []string{"new1@example.com", "new2@example.com", "dev@example.com", "data@example.com", "audit@example.com", "ops@example.com", "dev@new.example.com", "lead@example.com"}
	guests    = []string{"guest1@example.com", "guest2@example.com"}
	someRoles = []string{"viewer", "editor", "admin", "member"}
)

const lead = "lead@example.com" // whose key Terraform uses

// TestHistories runs random histories, as many as RAPID_CHECKS says in each lane.
func TestHistories(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	inLanes(t, 3, func(t *testing.T, rt *rapid.T) {
		t.Helper()
		neon, rounds := drawSetting().Draw(rt, "Neon"), rapid.SliceOfN(drawRound(), 1, 6).Draw(rt, "rounds")
		var h *history
		synctest.Test(t, func(t *testing.T) {
			h = newHistory(t, neon)
			h.run(rounds)
		})
		if len(h.problems) > 0 {
			rt.Logf("%s", strings.Join(h.trace, "\n"))
			rt.Fatalf("%s", h.problems[0])
		}
	})
}

// history is one of them, as it happens.
type history struct {
	t      *testing.T
	sim    *neontest.Server
	w      *workspace
	config configuration
	lag    bool
	// vanished are people who may have accepted and been removed between two applies. Where accepted invitations
	// stay listed, that cannot be told from an open invitation.
	vanished map[string]bool

	mu       sync.Mutex
	others   map[int64]bool  // live keys that are not Terraform's
	touched  map[string]bool // people whom somebody has changed since the walk began
	resent   bool            // something was replaced by force, so that an invitation was sent again
	rivals   int             // keys that somebody makes at the very time of a create of ours
	trace    []string
	problems []string
}

func newHistory(t *testing.T, neon setting) *history {
	t.Helper()
	h := &history{t: t, config: configuration{}, lag: neon.lag, vanished: map[string]bool{}, others: map[int64]bool{}, touched: map[string]bool{}}
	cfg := neontest.Config{
		Latency: 4 * time.Millisecond, MaxPageSize: 3, Wrap: h.rival, NobodyJoinsAtOnce: neon.nobodyJoins, ClockOffset: time.Duration(neon.clock) * time.Second,
		RouteLatency: map[string]time.Duration{"POST " + keysRoute: 30 * time.Millisecond, "GET " + membersRoute: 3 * time.Millisecond},
	}
	cfg.KeepAcceptedInvitations, cfg.HideJoinedInvitation = neon.keepAccepted, neon.hideJoined
	if neon.lag {
		cfg.ListLag = time.Second
	}
	if neon.addInvitations && !neon.keepAccepted {
		// With both, an invitation that is listed may be open or long accepted, and nobody can tell: the provider
		// rather invites twice than not at all.
		cfg.InviteAgain = "add"
	}
	if neon.revokedIsFine {
		cfg.RevokeRevokedStatus = http.StatusOK
	}
	var baseURL string
	h.sim, baseURL = simulateInMemory(t, cfg)
	if neon.keepAccepted {
		// Without anybody who has accepted, nobody can tell that the invitation of somebody who was removed is not open.
		h.sim.AddInvitation("witness@example.com", "viewer")
		if err := h.sim.Accept("witness@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	h.w = newWorkspace(t, h.sim, baseURL, nil)
	for _, key := range h.sim.APIKeys() {
		h.others[key.ID] = true
	}
	h.say("Neon: %+v", neon)
	return h
}

func (h *history) say(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trace = append(h.trace, fmt.Sprintf(format, args...))
}

var changing = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|\b17342\d\d\b|\d\d\d\d-\d\d-\d\dT[0-9:]+Z`)

// wrong notes what must not be, in words that are the same in every run, so that a history can be shortened.
func (h *history) wrong(format string, args ...any) {
	text := changing.ReplaceAllString(fmt.Sprintf(format, args...), "…")
	h.say("WRONG: %s", text)
	h.problems = append(h.problems, text)
}

// rival lets somebody else make a key of the same name and project at the time of a create of ours.
func (h *history) rival(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/api_keys") {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			var asked struct {
				Name      string `json:"key_name"`
				ProjectID string `json:"project_id"`
			}
			h.mu.Lock()
			if h.rivals > 0 && json.Unmarshal(body, &asked) == nil {
				h.rivals--
				h.others[h.sim.AddAPIKeyBy("helper@elsewhere.example", asked.Name, asked.ProjectID).ID] = true
			}
			h.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

func (h *history) run(rounds []round) {
	for i, round := range rounds {
		h.say("--- %d", i+1)
		for _, edit := range round.Edits {
			h.edit(edit)
		}
		if round.Wait {
			pass(time.Minute)
		}
		for _, hand := range round.ByHand {
			h.byHand(hand)
		}
		pass(2 * time.Second) // lists lag by less
		h.walk(round)
		if len(h.problems) > 0 {
			return
		}
	}
	h.settle()
}

// addresses are those of the configuration, of one type or of all.
func (h *history) addresses(typ string) (addresses []string) {
	for address, block := range h.config {
		if typ == "" || block.typ == typ {
			addresses = append(addresses, address)
		}
	}
	return sorted(addresses)
}

// access is what a person is in the organization.
type access struct{ email, role string }

// access is that of all members, by member id.
func (h *history) access() map[string]access {
	all := map[string]access{}
	for _, member := range h.sim.Members() {
		all[member.ID] = access{member.Email, canonical(member.Role)}
	}
	return all
}

func canonical(role string) string { return strings.ReplaceAll(role, "member", "editor") }

// owned is what the configuration and the state say of members, by member id, before an apply.
type owned struct {
	wanted   map[string][]string // roles
	managed  map[string]bool
	retained map[string]bool
}

func (h *history) owned(before map[string]access) owned {
	o := owned{map[string][]string{}, map[string]bool{}, map[string]bool{}}
	ids := map[string]string{}
	for id, was := range before {
		ids[was.email] = id
	}
	inState := map[string]string{} // of an address of the configuration: the member id, if the e-mail is still meant
	for address, resource := range h.w.instances {
		if resource.typ != memberType {
			continue
		}
		id := resource.get(h.t, "member_id")
		if id == "" {
			id = ids[resource.get(h.t, "email")]
		}
		o.managed[id] = true
		if attributesOf(resource.value)["retain_on_destroy"].Equal(tftypes.NewValue(tftypes.Bool, true)) {
			o.retained[id] = true
		}
		if block, ok := h.config[address]; ok && (block.attributes["email"] == resource.get(h.t, "email") || block.attributes["email"] == before[id].email) {
			inState[address] = id
		}
	}
	for _, old := range h.w.deposed {
		if old.typ == memberType {
			o.managed[old.get(h.t, "member_id")], o.managed[ids[old.get(h.t, "email")]] = true, true
		}
	}
	for address, block := range h.config {
		if block.typ != memberType {
			continue
		}
		id := inState[address]
		if id == "" {
			id = ids[block.attributes["email"].(string)]
		}
		if id != "" {
			o.wanted[id] = append(o.wanted[id], canonical(block.attributes["role"].(string)))
		}
	}
	return o
}

// shown is what a plan has shown of memberships, by member id.
type shown struct {
	removals map[string]bool
	roles    map[string]string // also by address, for those who had not joined
}

// shown reads the plan as a reviewer does: a resource that is destroyed or replaced ends the membership that the state
// has, or that a warning names, and one that is updated gets the planned role.
func (h *history) shown(warnings messages, before map[string]access) shown {
	s := shown{map[string]bool{}, map[string]string{}}
	for _, change := range h.w.shown {
		if change.old == nil || change.old.typ != memberType {
			continue
		}
		id := change.old.get(h.t, "member_id")
		switch {
		case change.update:
			role := canonical(change.plan.planned.get(h.t, "role"))
			if s.roles[id] = role; id == "" {
				s.roles[change.old.get(h.t, "email")] = role
			}
		case id != "":
			s.removals[id] = true
		}
	}
	for id, was := range before {
		if strings.Contains(warnings.String(), "To be removed: "+was.email) {
			s.removals[id] = true
		}
	}
	return s
}

// checkPromise checks the first sentence of all: whatever an apply takes away, the plan has shown.
func (h *history) checkPromise(plan shown, before map[string]access) {
	for _, request := range h.sim.Requests() {
		_, id, found := strings.Cut(request.Path, "/members/")
		if !found || !request.CarriedOut {
			continue
		}
		switch request.Method {
		case http.MethodDelete:
			if !plan.removals[id] {
				h.wrong("%q was removed, which the plan did not show", before[id].email)
			}
		case http.MethodPatch:
			var body struct{ Role string }
			if json.Unmarshal([]byte(request.Body), &body) != nil || canonical(body.Role) != plan.roles[id] && canonical(body.Role) != plan.roles[h.access()[id].email] {
				h.wrong("%s was given the role %s, which the plan did not show", before[id].email, body.Role)
			}
		}
	}
}

// walk applies, and checks that nothing happened that must not.
func (h *history) walk(round round) walked {
	before := h.access()
	owned := h.owned(before)
	config := h.circumstances(round)
	clear(h.touched)
	h.sim.ResetRequests()
	h.addFaults(round.AtPlan)
	result := h.w.walk(config, func() {
		for _, hand := range round.Meanwhile {
			h.byHand(hand)
		}
		if h.lag {
			// What a list does not show yet, nobody can know of. Of a key that the same person makes by hand in
			// the moment before a create whose answer is lost, the provider says that it cannot be told apart.
			pass(2 * time.Second)
		}
		h.addFaults(round.AtApply)
	})
	h.sim.ClearFaults()
	// Where somebody else, a fault, or what a plan could not know is in the way, the goal may wait for the next apply.
	faulty := len(h.touched) > 0 || len(round.Meanwhile) > 0 || round.NoRefresh || len(round.Unknown) > 0 || round.Broken && len(h.w.deposed) > 0
	for _, request := range h.sim.Requests() {
		faulty = faulty || request.Fault != ""
	}
	errs := result.all().errors()
	h.say("plan:\n%s\napply: %d changes, faulty=%t:\n%s", result.planned, result.changes, faulty, result.applied)

	for _, problem := range h.w.broken {
		h.wrong("Terraform would complain: %s", problem)
	}
	if strings.Contains(result.all().String(), "napi_") {
		h.wrong("a message has a token")
	}
	if len(round.Force)+len(round.Taint) == 0 && !h.resent {
		for _, problem := range doubleInvitations(h.sim) {
			h.wrong("%s", problem)
		}
	}
	h.resent = h.resent || len(round.Force)+len(round.Taint) > 0
	h.checkKeys(errs)
	plan, after := h.shown(result.planned, before), h.access()
	h.checkPromise(plan, before)
	for id, was := range before {
		now, still := after[id]
		want := owned.wanted[id]
		switch {
		case h.touched[was.email]:
		case was.email == lead && (now.role != "admin" || !still):
			h.wrong("lead has become %q", now.role)
		case len(want) > 0 && !still && !plan.removals[id]:
			h.wrong("%s is in the configuration and has lost the membership", was.email)
		case len(want) > 0 && !still && len(errs) == 0 && len(round.Unknown) == 0 && len(invited(h.sim, was.email)) == 0 && !isMember(h.sim, was.email):
			h.wrong("%s is in the configuration, and neither a member nor invited any more", was.email)
		case owned.retained[id] && !still:
			h.wrong("%s was to be retained and has lost the membership", was.email)
		case len(want) > 0 && still && now.role != was.role && !slices.Contains(want, now.role):
			h.wrong("%s has become %s", was.email, now.role)
		case len(want) == 0 && !owned.managed[id] && now != was:
			h.wrong("%s is not Terraform's and has become %q", was.email, now.role)
		case len(want) == 0 && owned.managed[id] && !owned.retained[id] && len(errs) == 0 && still && !faulty && !strings.Contains(result.all().String(), was.email+" stays in the organization"):
			h.wrong("%s is not in the configuration any more and has not been removed", was.email)
		}
	}
	if len(errs) == 0 && !faulty {
		h.checkGoal()
	}
	followed := 0
	for _, d := range errs {
		if h.follow(d.Summary) {
			followed++
		}
	}
	if len(errs) > 0 && followed == 0 && !faulty {
		h.wrong("an error without a fault, and without advice to follow: %s", errs[0].Summary)
	}
	return result
}

// checkKeys checks that every live key is in the state or somebody else's, unless an error names it.
func (h *history) checkKeys(errs messages) {
	live, kept := map[int64]bool{}, h.w.keys()
	for _, key := range h.sim.APIKeys() {
		live[key.ID] = true
		if _, inState := kept[fmt.Sprint(key.ID)]; inState == !h.others[key.ID] {
			continue
		}
		text := errs.String()
		named := strings.Contains(text, fmt.Sprint(key.ID)) || strings.Contains(text, fmt.Sprintf("named %q may have been created", key.Name))
		if !named || h.others[key.ID] {
			h.wrong("a key %q is live, others'=%t, and the state has it: %t", key.Name, h.others[key.ID], h.others[key.ID])
			continue
		}
		h.say("by hand: revoke the key %q, which an error has named", key.Name)
		h.sim.RevokeAPIKey(key.ID)
	}
	for id := range h.others {
		if !live[id] {
			h.wrong("a key that is not Terraform's was revoked")
		}
	}
}

// checkGoal checks that everything is as configured.
func (h *history) checkGoal() {
	for _, problem := range h.w.liveAndKept(h.others) {
		h.wrong("%s", problem)
	}
	for address, block := range h.config {
		instance, ok := h.w.instances[address]
		if !ok || instance.tainted {
			h.wrong("%s is not in the state, or tainted: %t", address, ok)
			continue
		}
		if block.typ != memberType {
			continue
		}
		email, role := block.attributes["email"].(string), canonical(block.attributes["role"].(string))
		has := ""
		if open := invited(h.sim, email); len(open) > 0 {
			has = canonical(open[len(open)-1].Role)
		}
		if member, ok := h.access()[instance.get(h.t, "member_id")]; ok {
			has = member.role
		} else if member, ok := h.sim.Member(email); ok {
			has = canonical(member.Role)
		}
		if has != role && (has != "" || !h.vanished[email]) {
			h.wrong("%s (%s) has the role %q, and not %s", address, email, has, role)
		}
	}
}

var address = regexp.MustCompile(`[a-z0-9.]+@[a-z.]+`)

// follow does what an error tells a user to do, and reports whether it told anything.
func (h *history) follow(summary string) bool {
	emails := address.FindAllString(summary, -1)
	ids := map[string]bool{}
	for id, now := range h.access() {
		if slices.Contains(emails, now.email) {
			ids[id] = true
		}
	}
	var inConfig, inState []string
	for _, address := range h.addresses(memberType) {
		if slices.Contains(emails, h.config[address].attributes["email"].(string)) {
			inConfig = append(inConfig, address)
		}
	}
	for address, resource := range h.w.instances {
		if resource.typ == memberType && (slices.Contains(emails, resource.get(h.t, "email")) || ids[resource.get(h.t, "member_id")]) {
			inState = append(inState, address)
		}
	}
	sorted(inState)
	switch {
	case strings.HasPrefix(summary, "Already a member with another role: "):
		return h.untaint(inConfig) || h.moved(inState, inConfig) || h.importInto(inConfig, emails[0])
	case strings.HasPrefix(summary, "Replaced under an old address: "):
		h.untaint(inConfig)
		h.untaint(inState)
		return true
	case strings.HasPrefix(summary, "Renamed without a moved block: "):
		return h.moved(inState, inConfig) || h.dropForNow(inConfig, emails)
	case strings.HasPrefix(summary, "Destroyed and created in one plan: "), strings.HasPrefix(summary, "Two resources for "):
		h.keepOne(emails, ids)
		return true
	case strings.HasPrefix(summary, "You would lock yourself out: "):
		if h.untaint(inState) || h.forgetDeposed(emails[0], ids) {
			return true
		}
		for _, address := range inState {
			h.say("edit: %s = %s as admin", address, lead)
			h.config[address] = member(lead, "admin")
		}
		return len(inState) > 0
	}
	for _, plainly := range []string{
		"Same member with a new address: ", "Joined since the plan: ", "Left and rejoined: ", "No longer a member: ", "Role changed since the plan: ", "Cannot be planned yet: ",
	} {
		if strings.HasPrefix(summary, plainly) { // plan again
			return true
		}
	}
	return false
}

// untaint keeps tainted objects.
func (h *history) untaint(addresses []string) (found bool) {
	for _, address := range addresses {
		if resource, ok := h.w.instances[address]; ok && resource.tainted {
			h.say("untaint: %s", address)
			resource.tainted, found = false, true
			h.w.instances[address] = resource
		}
	}
	return found
}

// moved gives the object of a resource that has gone to one that has come.
func (h *history) moved(inState, inConfig []string) bool {
	for _, from := range inState {
		for _, to := range inConfig {
			if from == to {
				continue
			}
			h.say("moved: %s to %s", from, to)
			old, taken := h.w.instances[to]
			h.w.instances[to] = h.w.instances[from]
			delete(h.w.instances, from)
			if taken {
				h.w.instances[from] = old
			}
			return true
		}
	}
	return false
}

// dropForNow takes resources out of the configuration while there are deposed objects for their persons.
func (h *history) dropForNow(inConfig, emails []string) bool {
	if !slices.ContainsFunc(h.w.deposed, func(old instance) bool {
		return old.typ == memberType && slices.Contains(emails, old.get(h.t, "email"))
	}) {
		return false
	}
	for _, address := range inConfig {
		h.say("edit: drop %s, while there is a deposed object", address)
		delete(h.config, address)
	}
	return len(inConfig) > 0
}

// importInto imports a membership into a resource that is not in the state.
func (h *history) importInto(addresses []string, email string) bool {
	if !isMember(h.sim, email) && len(invited(h.sim, email)) == 0 {
		return true // the same apply has removed them: the next plan invites
	}
	for _, address := range addresses {
		if _, taken := h.w.instances[address]; !taken {
			h.say("import: %s %s", address, email)
			imported, diags := h.w.process().importState(memberType, h.sim.OrgID()+"/"+email)
			if len(diags.errors()) > 0 {
				h.wrong("cannot import: %s", diags)
				return true
			}
			h.w.instances[address] = instance{typ: memberType, state: imported}
			return true
		}
		h.say("edit: drop %s, which was another person's before", address) // a replacement; one thing after the other
		delete(h.config, address)
	}
	return len(addresses) > 0
}

// keepOne leaves one resource for a person: in the configuration, and in the state.
func (h *history) keepOne(emails []string, ids map[string]bool) {
	about := func(resource instance) bool {
		return resource.typ != keyType && (slices.Contains(emails, resource.get(h.t, "email")) || resource.typ == memberType && ids[resource.get(h.t, "member_id")])
	}
	var declared []string
	kept := ""
	for _, address := range h.addresses("") {
		resource, inState := h.w.instances[address]
		if slices.Contains(emails, fmt.Sprint(h.config[address].attributes["email"])) || inState && about(resource) {
			declared = append(declared, address)
			if inState && kept == "" && !resource.tainted {
				kept = address
			}
		}
	}
	if kept == "" && len(declared) > 0 {
		kept = declared[0]
	}
	for _, address := range declared {
		if address != kept {
			h.say("edit: drop %s, a second one for %s", address, emails)
			delete(h.config, address)
		}
	}
	for address, resource := range h.w.instances {
		if about(resource) && address != kept {
			h.say("state rm: %s", address)
			delete(h.w.instances, address)
		}
	}
	for _, email := range emails {
		h.forgetDeposed(email, ids)
	}
}

// forgetDeposed is terraform state rm, which forgets deposed objects with the current one, and an import of the latter.
func (h *history) forgetDeposed(email string, ids map[string]bool) (found bool) {
	h.w.deposed = slices.DeleteFunc(h.w.deposed, func(old instance) bool {
		about := old.typ == memberType && (old.get(h.t, "email") == email || ids[old.get(h.t, "member_id")])
		if about {
			h.say("state rm: a deposed object for %s", email)
			found = true
		}
		return about
	})
	return found
}

// settle ends a history: people follow what the errors tell them, and then nothing is left to do.
func (h *history) settle() {
	h.say("--- end")
	h.mu.Lock()
	h.rivals = 0
	h.mu.Unlock()
	applies := 0
	for try := 0; ; try++ {
		pass(time.Minute)
		before := fmt.Sprint(h.config, h.w.summary())
		result := h.walk(round{})
		switch failed := len(result.all().errors()) > 0; {
		case len(h.problems) > 0:
			return
		case failed && (try == 10 || before == fmt.Sprint(h.config, h.w.summary())):
			h.wrong("stuck")
			return
		case failed: // somebody has followed the advice
		case result.changes == 0:
			return
		default:
			if applies++; applies > 2 { // the second, because a second resource for a person shows only once it is in the state
				h.wrong("the plan after an apply without faults is not empty: %d changes", result.changes)
				return
			}
		}
	}
}

func isMember(sim *neontest.Server, email string) bool {
	_, ok := sim.Member(email)
	return ok
}
