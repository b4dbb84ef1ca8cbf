package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
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
	editKinds = []string{"key", "key", "key", "member", "member", "member", "invitation", "drop", "drop", "rename", "retain", "rotate", "role", "role"}
	handKinds = []string{"revoke", "add key", "add key", "rival key", "remove", "join", "accept", "accept", "cancel", "invite", "role", "deactivate", "reactivate", "use"}

	faultRoutes = []string{
		"POST " + keysRoute, "POST " + keysRoute, "DELETE " + keysRoute + "/{key_id}", "GET " + keysRoute,
		"PATCH " + membersRoute + "/{member_id}", "DELETE " + membersRoute + "/{member_id}", "GET " + membersRoute,
		"POST " + invitationsRoute, "GET " + invitationsRoute, "GET /auth", "GET /users/me", "*",
	}
	keyNames  = []string{"ci", "deploy"}
	people    = []string{"new1@example.com", "new2@example.com", "dev@example.com", "data@example.com", "audit@example.com", "ops@example.com", "lead@example.com"}
	guests    = []string{"guest1@example.com", "guest2@example.com"}
	someRoles = []string{"viewer", "editor", "admin", "member"}
)

const lead = "lead@example.com" // whose key Terraform uses

// TestHistories runs random histories, -rapid.checks (or RAPID_CHECKS, default 100) in each of its lanes.
func TestHistories(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	for lane := range historyLanes {
		t.Run(strconv.Itoa(lane), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
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
		})
	}
}

const historyLanes = 3

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

// access is what somebody is in the organization.
type access struct{ id, role string }

func (h *history) access() map[string]access {
	all := map[string]access{}
	for _, member := range h.sim.Members() {
		all[member.Email] = access{member.ID, canonical(member.Role)}
	}
	return all
}

func canonical(role string) string { return strings.ReplaceAll(role, "member", "editor") }

// walk applies, and checks that nothing happened that must not.
func (h *history) walk(round round) walked {
	before := h.access()
	retained, managed := map[string]bool{}, map[string][]string{}
	for _, resource := range h.w.instances {
		if resource.typ == memberType {
			email := resource.get(h.t, "email")
			managed[email] = append(managed[email], "")
			if attributesOf(resource.value)["retain_on_destroy"].Equal(tftypes.NewValue(tftypes.Bool, true)) {
				retained[email] = true
			}
		}
	}
	listed := map[string][]string{}
	for _, block := range h.config {
		if block.typ == memberType {
			email := block.attributes["email"].(string)
			listed[email] = append(listed[email], canonical(block.attributes["role"].(string)))
		}
	}
	clear(h.touched)
	h.w.meddled = len(round.Meanwhile) > 0
	h.sim.ResetRequests()
	h.addFaults(round.AtPlan)
	result := h.w.walk(maps.Clone(h.config), func() {
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
	faulty := len(h.touched) > 0 || len(round.Meanwhile) > 0
	for _, request := range h.sim.Requests() {
		faulty = faulty || request.Fault != ""
	}
	errs := result.all().errors()
	h.say("apply: %d changes, faulty=%t, errors:\n%s", result.changes, faulty, errs)

	for _, problem := range h.w.broken {
		h.wrong("Terraform would complain: %s", problem)
	}
	if strings.Contains(result.all().String(), "napi_") {
		h.wrong("a message has a token")
	}
	for _, problem := range doubleInvitations(h.sim) {
		h.wrong("%s", problem)
	}
	h.checkKeys(errs)
	after := h.access()
	for email, was := range before {
		now, still := after[email]
		want := listed[email]
		switch {
		case h.touched[email]:
		case email == lead && (now.role != "admin" || now.id != was.id):
			h.wrong("lead has become %q", now.role)
		case len(want) > 0 && now.id != was.id:
			h.wrong("%s is in the configuration and has lost the membership", email)
		case retained[email] && now.id != was.id:
			h.wrong("%s was to be retained and has lost the membership", email)
		case len(want) > 0 && now.role != was.role && !slices.Contains(want, now.role):
			h.wrong("%s has become %s", email, now.role)
		case len(want) == 0 && len(managed[email]) == 0 && now != was:
			h.wrong("%s is not Terraform's and has become %q", email, now.role)
		case len(want) == 0 && len(managed[email]) > 0 && !retained[email] && len(errs) == 0 && still && !faulty:
			h.wrong("%s is not in the configuration any more and has not been removed", email)
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
		named := strings.Contains(text, fmt.Sprint(key.ID)) || strings.Contains(text, fmt.Sprintf("named %q may have been made", key.Name))
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
		if member, ok := h.sim.Member(email); ok {
			has = canonical(member.Role)
		}
		if has != role && (has != "" || !h.vanished[email]) {
			h.wrong("%s (%s) has the role %q, and not %s", address, email, has, role)
		}
	}
}

// follow does what an error tells a user to do, and reports whether it told anything.
func (h *history) follow(summary string) bool {
	_, email, _ := strings.Cut(summary, ": ")
	var inConfig, inState []string
	for _, address := range h.addresses(memberType) {
		if h.config[address].attributes["email"] == email {
			inConfig = append(inConfig, address)
		}
	}
	for address, resource := range h.w.instances {
		if resource.typ == memberType && resource.get(h.t, "email") == email {
			inState = append(inState, address)
		}
	}
	switch {
	case strings.HasPrefix(summary, "Already a member with another role: "):
		for _, address := range inConfig {
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
			h.say("edit: drop %s, which was %s before", address, email) // a replacement; one thing after the other
			delete(h.config, address)
		}
		return len(inConfig) > 0
	case strings.HasPrefix(summary, "Renamed without a moved block: "):
		for _, from := range sorted(inState) {
			for _, to := range inConfig {
				if from != to {
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
		}
	case strings.HasPrefix(summary, "Two resources for "):
		h.keepOne(strings.TrimPrefix(summary, "Two resources for "))
		return true
	case strings.HasPrefix(summary, "You would lock yourself out: "):
		for _, address := range inState {
			h.say("edit: %s = %s as admin", address, lead)
			h.config[address] = member(lead, "admin")
		}
		return len(inState) > 0
	}
	return false
}

// keepOne leaves one resource for a person: in the configuration, and in the state.
func (h *history) keepOne(email string) {
	var declared []string
	kept := ""
	for _, address := range h.addresses("") {
		if h.config[address].attributes["email"] == email {
			declared = append(declared, address)
			if _, ok := h.w.instances[address]; ok && kept == "" {
				kept = address
			}
		}
	}
	if kept == "" && len(declared) > 0 {
		kept = declared[0]
	}
	for _, address := range declared {
		if address != kept {
			h.say("edit: drop %s, a second one for %s", address, email)
			delete(h.config, address)
		}
	}
	for address, resource := range h.w.instances {
		if resource.typ != keyType && resource.get(h.t, "email") == email && address != kept {
			h.say("state rm: %s", address)
			delete(h.w.instances, address)
		}
	}
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
