package provider_test

import (
	"encoding/json"
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

// Random histories of project roles: people edit the configuration, click in the Console, the network fails, and Terraform
// applies. Whatever an apply takes away, its plan has shown; nobody else's grant is touched; and in the end one apply
// brings everything to what the configuration says.

var (
	grantPeople   = []string{guest, "second@partner.example", "audit@example.com", "dev@example.com"}
	grantProjects = []string{website, warehouse}
	grantRoles    = []string{"viewer", "editor", "admin"}
	grantRoutes   = []string{grantRoute, ungrantRoute, "GET " + projectMembersRoute, "GET " + membersRoute, "GET /projects", "*"}
	grantEdits    = []string{"set", "set", "set", "role", "drop", "rename"}
	grantHands    = []string{"grant", "grant", "leave", "return", "org role", "readdress"}
)

type grantHistory struct {
	t        *testing.T
	sim      *neontest.Server
	w        *workspace
	config   configuration
	touched  map[[2]string]bool // grants that somebody has changed since the walk began
	trace    []string
	problems []string
}

// grantKey is a grant by project and member ID.
type grantKey struct{ project, member string }

func (h *grantHistory) say(format string, args ...any) {
	h.trace = append(h.trace, fmt.Sprintf(format, args...))
}

func (h *grantHistory) wrong(format string, args ...any) {
	text := changing.ReplaceAllString(fmt.Sprintf(format, args...), "…")
	h.say("WRONG: %s", text)
	h.problems = append(h.problems, text)
}

// grants are all grants of members, by member ID.
func (h *grantHistory) grants() map[grantKey]string {
	all := map[grantKey]string{}
	for _, project := range grantProjects {
		for email, role := range h.sim.Grants(project) {
			member, _ := h.sim.Member(email)
			all[grantKey{project, member.ID}] = role
		}
	}
	return all
}

func TestProjectRoleHistories(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		lag := rapid.Bool().Draw(rt, "lists lag")
		rounds := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) round {
			r := drawRound().Draw(t, "round")
			r.Edits = rapid.SliceOfN(drawMove(grantEdits), 0, 4).Draw(t, "edits of grants")
			r.ByHand = rapid.SliceOfN(drawMove(grantHands), 0, 2).Draw(t, "by hand")
			r.Meanwhile = rapid.SliceOfN(drawMove(grantHands), 0, 1).Draw(t, "meanwhile")
			return r
		}), 1, 5).Draw(rt, "rounds")
		var h *grantHistory
		synctest.Test(t, func(t *testing.T) {
			h = newGrantHistory(t, lag)
			for i, round := range rounds {
				h.say("--- %d", i+1)
				h.walk(round)
				if len(h.problems) > 0 {
					return
				}
			}
			h.settle()
		})
		if len(h.problems) > 0 {
			rt.Logf("%s", strings.Join(h.trace, "\n"))
			rt.Fatalf("%s", h.problems[0])
		}
	})
}

func newGrantHistory(t *testing.T, lag bool) *grantHistory {
	t.Helper()
	cfg := neontest.Config{Latency: 4 * time.Millisecond, MaxPageSize: 3}
	if lag {
		cfg.ListLag = time.Second
	}
	h := &grantHistory{t: t, config: configuration{}, touched: map[[2]string]bool{}}
	sim, baseURL := simulateInMemory(t, cfg)
	h.sim, h.w = sim, newWorkspace(t, sim, baseURL, nil)
	for _, email := range grantPeople[:2] {
		sim.AddMember(email, "collaborator")
	}
	pass(2 * time.Second)
	return h
}

func (h *grantHistory) addresses() []string { return sorted(slices.Collect(maps.Keys(h.config))) }

func (h *grantHistory) edit(m move) {
	addresses := h.addresses()
	address, block := "grant."+pick([]string{"a", "b", "c"}, m.a), declared{typ: grantType, createFirst: m.c%3 == 0}
	switch {
	case m.kind == "set":
		block.attributes = object{"project_id": pick(grantProjects, m.b/4), "email": pick(grantPeople, m.b), "role": pick(grantRoles, m.c)}
	case len(addresses) == 0:
		return
	case m.kind == "drop":
		h.say("edit: drop %s", pick(addresses, m.a))
		delete(h.config, pick(addresses, m.a))
		return
	case m.kind == "rename":
		block = h.config[pick(addresses, m.b)]
		delete(h.config, pick(addresses, m.b))
	default:
		address = pick(addresses, m.a)
		block = h.config[address]
		block.attributes = maps.Clone(block.attributes)
		block.attributes["role"] = pick(grantRoles, m.b)
	}
	h.say("edit: %s = %v createFirst=%t", address, block.attributes, block.createFirst)
	h.config[address] = block
}

func (h *grantHistory) byHand(m move) {
	email, project := pick(grantPeople, m.a), pick(grantProjects, m.b)
	_, isMember := h.sim.Member(email)
	switch m.kind {
	case "grant":
		if isMember {
			mustGrantIn(h.t, h.sim, project, email, pick(append([]string{""}, grantRoles...), m.c))
		}
	case "leave":
		h.sim.RemoveMember(email)
	case "return":
		if !isMember {
			h.sim.AddMember(email, "collaborator")
		}
	case "org role":
		if isMember {
			h.sim.SetRole(email, pick([]string{"viewer", "collaborator", "editor", "admin"}, m.c))
		}
	case "readdress":
		other, ok := otherAddress(email)
		if _, taken := h.sim.Member(other); ok && isMember && !taken {
			h.sim.ChangeEmail(email, other)
			h.touched[[2]string{website, other}], h.touched[[2]string{warehouse, other}] = true, true
		}
	}
	for _, project := range grantProjects {
		h.touched[[2]string{project, email}] = true
	}
	h.say("by hand: %s %s %s %d", m.kind, email, project, m.c%4)
}

func mustGrantIn(t *testing.T, sim *neontest.Server, project, email, role string) {
	t.Helper()
	if err := sim.Grant(project, email, role); err != nil {
		t.Fatal(err)
	}
}

// shownEnds are the grants that a plan shows as taken away or changed, and the roles that it shows for them: "" for an
// end. A create shows the role that it gives to whoever is named.
func (h *grantHistory) shownEnds() (ends map[grantKey]bool, roles map[grantKey][]string) {
	ends, roles = map[grantKey]bool{}, map[grantKey][]string{}
	for _, change := range h.w.shown {
		if change.old != nil && !change.update {
			ends[grantKey{change.old.get(h.t, "project_id"), change.old.get(h.t, "member_id")}] = true
		}
		if change.config == nil {
			continue
		}
		member, _ := h.sim.Member(fmt.Sprint(change.config.attributes.known(true)["email"]))
		id := member.ID
		if change.update {
			id = change.old.get(h.t, "member_id")
		}
		key := grantKey{fmt.Sprint(change.config.attributes.known(true)["project_id"]), id}
		roles[key] = append(roles[key], fmt.Sprint(change.config.attributes.known(true)["role"]))
	}
	return ends, roles
}

// checkWrites checks that every write was in the plan, and took away no more than the plan could know of. at is what was
// granted when the plan was made, and now when it was applied. (A create cannot know what its plan has shown.)
func (h *grantHistory) checkWrites(ends map[grantKey]bool, roles map[grantKey][]string, at, now map[grantKey]string) {
	raised := func(key grantKey) bool { return slices.Index(grantRoles, now[key]) > slices.Index(grantRoles, at[key]) }
	updates := map[grantKey]bool{}
	for _, change := range h.w.shown {
		if change.update {
			updates[grantKey{change.old.get(h.t, "project_id"), change.old.get(h.t, "member_id")}] = true
		}
	}
	for _, request := range h.sim.Requests() {
		parts := strings.Split(strings.TrimPrefix(request.Path, "/"), "/")
		if request.Method == http.MethodGet || !request.CarriedOut || len(parts) < 4 {
			continue
		}
		key := grantKey{parts[1], parts[3]}
		var body struct{ Role string }
		switch {
		case request.Method == http.MethodDelete && !ends[key]:
			h.wrong("a grant was taken away, which the plan did not show")
		case request.Method == http.MethodDelete && raised(key):
			h.wrong("%s was taken away, and the plan showed %s", now[key], at[key])
		case request.Method == http.MethodPut && updates[key] && raised(key) && strings.Contains(request.Body, "viewer"):
			h.wrong("%s was lowered, and the plan showed %s", now[key], at[key])
		case request.Method == http.MethodPut && (json.Unmarshal([]byte(request.Body), &body) != nil || !slices.Contains(roles[key], body.Role)):
			h.wrong("%s was granted, which the plan did not show", body.Role)
		}
	}
}

func (h *grantHistory) walk(r round) walked {
	for _, edit := range r.Edits {
		h.edit(edit)
	}
	if r.Wait {
		pass(time.Minute)
	}
	clear(h.touched)
	for _, hand := range r.ByHand {
		h.byHand(hand)
	}
	pass(2 * time.Second) // lists lag by less
	before, emails := h.grants(), map[string]string{}
	for _, member := range h.sim.Members() {
		emails[member.ID] = member.Email
	}
	ours := map[grantKey]bool{}
	for _, resource := range append(slices.Collect(maps.Values(h.w.instances)), h.w.deposed...) {
		ours[grantKey{resource.get(h.t, "project_id"), resource.get(h.t, "member_id")}] = true
	}
	config := h.circumstances(r)
	clear(h.touched)
	h.sim.ResetRequests()
	faults := func(moves []move) {
		for _, m := range moves {
			f := fault(m)
			f.Route = pick(grantRoutes, m.b+m.c)
			h.say("fault: %s on %s, %d times after %d", f, f.Route, f.N, f.Skip)
			h.sim.AddFault(f)
		}
	}
	faults(r.AtPlan)
	var ends map[grantKey]bool
	var roles map[grantKey][]string
	var now map[grantKey]string
	result := h.w.walk(config, func() {
		ends, roles = h.shownEnds()
		for _, hand := range r.Meanwhile {
			h.byHand(hand)
		}
		now = h.grants()
		pass(2 * time.Second)
		_, again := h.shownEnds() // a person may have come back as another member
		for key, more := range again {
			roles[key] = append(roles[key], more...)
		}
		faults(r.AtApply)
	})
	h.sim.ClearFaults()
	faulty := len(h.touched) > 0 || r.NoRefresh || len(r.Unknown) > 0 || r.Broken && len(h.w.deposed) > 0
	for _, request := range h.sim.Requests() {
		faulty = faulty || request.Fault != ""
	}
	errs := result.all().errors()
	h.say("plan:\n%s\napply: %d changes, faulty=%t:\n%s", result.planned, result.changes, faulty, result.applied)
	for _, problem := range h.w.broken {
		h.wrong("Terraform would complain: %s", problem)
	}
	h.checkWrites(ends, roles, before, now)
	after, wanted := h.grants(), map[grantKey]bool{}
	for _, block := range h.config {
		member, _ := h.sim.Member(block.attributes["email"].(string))
		wanted[grantKey{block.attributes["project_id"].(string), member.ID}] = true
	}
	for key, role := range before {
		if h.touched[[2]string{key.project, emails[key.member]}] {
			continue
		}
		switch {
		case !ours[key] && !wanted[key] && after[key] != role:
			h.wrong("a grant that is not Terraform's was %s and is %q", role, after[key])
		case wanted[key] && ours[key] && after[key] == "" && len(errs) == 0 && len(r.Unknown) == 0:
			h.wrong("a grant of the configuration is gone")
		}
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

// circumstances are those of histories, for grants.
func (h *grantHistory) circumstances(r round) configuration {
	other := &history{t: h.t, sim: h.sim, w: h.w, config: h.config}
	planned := other.circumstances(r)
	h.trace = append(h.trace, other.trace...)
	return planned
}

// follow does what an error tells a user to do, and reports whether it told anything.
func (h *grantHistory) follow(summary string) bool {
	emails := address.FindAllString(summary, -1)
	var inConfig, inState []string
	ids := map[string]bool{}
	for _, email := range emails {
		member, _ := h.sim.Member(email)
		ids[member.ID] = true
	}
	for _, a := range h.addresses() {
		if slices.Contains(emails, h.config[a].attributes["email"].(string)) {
			inConfig = append(inConfig, a)
		}
	}
	for a, resource := range h.w.instances {
		if slices.Contains(emails, resource.get(h.t, "email")) || ids[resource.get(h.t, "member_id")] {
			inState = append(inState, a)
		}
	}
	sorted(inState)
	switch {
	case strings.HasPrefix(summary, "Not a member: "):
		for _, a := range inConfig {
			h.say("edit: drop %s, of who has left", a)
			delete(h.config, a)
		}
		return true
	case strings.HasPrefix(summary, "Renamed without a moved block: "), strings.HasPrefix(summary, "Two project roles for "):
		h.keepOne(inConfig, inState)
		return true
	case strings.HasPrefix(summary, "Same member with a new address: "), strings.HasPrefix(summary, "Project role changed since the plan: "),
		strings.HasPrefix(summary, "Cannot be planned yet: "):
		return true
	}
	return false
}

// keepOne leaves one resource for each grant, in the configuration and in the state.
func (h *grantHistory) keepOne(inConfig, inState []string) {
	byGrant := map[[2]string]string{}
	for _, a := range inConfig {
		key := [2]string{h.config[a].attributes["project_id"].(string), h.config[a].attributes["email"].(string)}
		if first, taken := byGrant[key]; taken {
			h.say("edit: drop %s, a second one beside %s", a, first)
			delete(h.config, a)
			continue
		}
		byGrant[key] = a
	}
	for _, a := range inState {
		h.say("state rm: %s", a)
		delete(h.w.instances, a)
	}
	h.w.deposed = nil
}

// settle ends a history: people follow what the errors tell them, and then nothing is left to do.
func (h *grantHistory) settle() {
	h.say("--- end")
	applies := 0
	for try := 0; ; try++ {
		pass(time.Minute)
		h.followAddresses()
		result := h.walk(round{})
		switch failed := len(result.all().errors()) > 0; {
		case len(h.problems) > 0:
			return
		case failed && try == 10:
			h.wrong("stuck")
			return
		case failed: // somebody has followed the advice
		case result.changes == 0:
			h.checkGoal()
			return
		default:
			if applies++; applies > 2 {
				h.wrong("the plan after an apply without faults is not empty: %d changes", result.changes)
				return
			}
		}
	}
}

// followAddresses does what the warnings of changed addresses say.
func (h *grantHistory) followAddresses() {
	for _, member := range h.sim.Members() {
		for a, block := range h.config {
			resource, ok := h.w.instances[a]
			if ok && resource.get(h.t, "member_id") == member.ID && block.attributes["email"] == resource.get(h.t, "email") {
				block.attributes = maps.Clone(block.attributes)
				block.attributes["email"] = member.Email
				h.config[a] = block
			}
		}
	}
}

// checkGoal checks that everything is as configured.
func (h *grantHistory) checkGoal() {
	for a, block := range h.config {
		email, project, role := block.attributes["email"].(string), block.attributes["project_id"].(string), block.attributes["role"].(string)
		if got := h.sim.Grants(project)[email]; got != role {
			h.wrong("%s: %s has %q in %s, not %s", a, email, got, project, role)
		}
	}
	if len(h.w.instances) != len(h.config) {
		h.wrong("%d objects for %d resources", len(h.w.instances), len(h.config))
	}
}
