package provider_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// move is something that somebody does. Its numbers are read as fits the state of things, so that any
// move is possible at any time and a history that fails can be shortened.
type move struct {
	kind    string
	a, b, c int
}

// round is what happens before, in the middle of and during one apply.
type round struct {
	Edits     []move // of the configuration
	ByHand    []move // at Neon, before the apply
	Meanwhile []move // at Neon, after the plan was made
	AtPlan    []move // faults from the plan on
	AtApply   []move // faults from the apply on
	Wait      bool   // whether everything has become old before

	Unknown   []move // attributes whose values are known only in the apply
	Force     []move // addresses that are replaced whether they have changed or not
	Taint     []move // addresses whose objects are tainted
	NoRefresh bool
	OneByOne  []int // -parallelism=1, in some order; nil: all at once
	Broken    bool  // what depends on replaced objects fails, so that deposed ones stay
}

// setting is which of the possible Neons it is.
type setting struct {
	lag, keepAccepted, addInvitations, hideJoined, revokedIsFine, nobodyJoins bool
	clock                                                                     int
}

func pick[T any](from []T, n int) T { return from[n%len(from)] }

func drawMove(kinds []string) *rapid.Generator[move] {
	return rapid.Custom(func(t *rapid.T) move {
		n := rapid.IntRange(0, 11)
		return move{rapid.SampledFrom(kinds).Draw(t, "kind"), n.Draw(t, "a"), n.Draw(t, "b"), n.Draw(t, "c")}
	})
}

func drawRound() *rapid.Generator[round] {
	return rapid.Custom(func(t *rapid.T) round {
		return round{
			Edits:     rapid.SliceOfN(drawMove(editKinds), 0, 4).Draw(t, "edits"),
			ByHand:    rapid.SliceOfN(drawMove(handKinds), 0, 2).Draw(t, "by hand"),
			Meanwhile: rapid.SliceOfN(drawMove(handKinds), 0, 1).Draw(t, "meanwhile"),
			AtPlan:    rapid.SliceOfN(drawMove([]string{"fault"}), 0, 1).Draw(t, "at plan"),
			AtApply:   rapid.SliceOfN(drawMove([]string{"fault"}), 0, 3).Draw(t, "at apply"),
			Wait:      rapid.Bool().Draw(t, "wait"),
			Unknown:   rapid.SliceOfN(drawMove([]string{"unknown"}), 0, 2).Draw(t, "unknown"),
			Force:     rapid.SliceOfN(drawMove([]string{"replace"}), 0, 1).Draw(t, "force"),
			Taint:     rapid.SliceOfN(drawMove([]string{"taint"}), 0, 1).Draw(t, "taint"),
			NoRefresh: rapid.IntRange(0, 4).Draw(t, "no refresh") == 4,
			OneByOne:  rapid.SliceOfN(rapid.IntRange(0, 11), 0, 5).Draw(t, "one by one"),
			Broken:    rapid.IntRange(0, 2).Draw(t, "broken") == 2,
		}
	})
}

func drawSetting() *rapid.Generator[setting] {
	return rapid.Custom(func(t *rapid.T) setting {
		yes := rapid.Bool()
		return setting{
			lag: yes.Draw(t, "lists lag"), keepAccepted: yes.Draw(t, "keeps accepted"), addInvitations: yes.Draw(t, "adds invitations"),
			hideJoined: yes.Draw(t, "hides joined"), revokedIsFine: yes.Draw(t, "revoked is fine"), nobodyJoins: yes.Draw(t, "nobody joins"),
			clock: rapid.SampledFrom([]int{0, 40, -7}).Draw(t, "clock"),
		}
	})
}

func (h *history) edit(m move) {
	address, block := "", declared{}
	existing := func(typ string) bool {
		addresses := h.addresses(typ)
		if len(addresses) == 0 {
			return false
		}
		address = pick(addresses, m.a)
		block = h.config[address]
		block.attributes = maps.Clone(block.attributes)
		return true
	}
	switch m.kind {
	case "key":
		address = "key." + pick([]string{"a", "b", "c", "d"}, m.a)
		block = declared{typ: keyType, attributes: object{"name": pick(keyNames, m.b)}, createFirst: m.c%2 == 0}
		if m.c%3 == 0 {
			block.attributes["project_id"] = "shiny-wind-12345678"
		}
	case "member":
		address, block = "member."+pick([]string{"a", "b", "c", "d"}, m.a), member(pick(people, m.b), pick(someRoles, m.c))
		block.createFirst = (m.a+m.b+m.c)%3 == 0
	case "invitation":
		address, block = "invitation."+pick([]string{"a", "b"}, m.a), invitation(pick(guests, m.b))
		block.attributes["role"] = pick(someRoles, m.c)
	case "drop":
		if existing("") {
			h.say("edit: drop %s", address)
			delete(h.config, address)
		}
		return
	case "rename":
		if !existing("") {
			return
		}
		delete(h.config, address)
		kind, _, _ := strings.Cut(address, ".")
		h.say("edit: rename %s", address)
		address = kind + "." + pick([]string{"a", "b"}, m.b)
	case "retain":
		if !existing(memberType) {
			return
		}
		block.attributes["retain_on_destroy"] = m.b%2 == 0
	case "readdress": // as Neon has it now, or had it before
		if !existing(memberType) {
			return
		}
		if other, ok := otherAddress(block.attributes["email"].(string)); ok {
			block.attributes["email"] = other
		}
	case "rotate":
		if !existing(keyType) {
			return
		}
		block.attributes["rotation_triggers"] = map[string]string{"n": strconv.Itoa(m.b % 3)}
	case "role":
		typ := memberType
		if m.c%4 == 0 {
			typ = invitationType
		}
		if !existing(typ) {
			return
		}
		block.attributes["role"] = pick(someRoles, m.b)
	}
	h.say("edit: %s = %v createFirst=%t", address, block.attributes, block.createFirst)
	h.config[address] = block
}

func (h *history) byHand(m move) {
	email, role := pick(people[:len(people)-1], m.a), pick(someRoles, m.b) // never lead
	if m.c%4 == 0 {
		email = pick(guests, m.a)
	}
	_, isMember := h.sim.Member(email)
	open := h.sim.Invitations()
	switch m.kind {
	case "revoke", "use":
		keys := h.sim.APIKeys()
		if len(keys) == 0 {
			return
		}
		key := pick(keys, m.a)
		h.say("by hand: %s key %q, others'=%t", m.kind, key.Name, h.others[key.ID])
		if m.kind == "use" {
			h.sim.UseAPIKey(key.ID, time.Now(), "192.0.2.1")
			return
		}
		h.sim.RevokeAPIKey(key.ID)
		delete(h.others, key.ID)
		return
	case "add key":
		by := pick([]string{lead, "ops@example.com"}, m.b)
		key := h.sim.AddAPIKeyBy(by, pick(keyNames, m.a), "")
		h.others[key.ID] = true
		h.say("by hand: %s makes a key %q", by, key.Name)
		return
	case "rival key":
		h.mu.Lock()
		h.rivals++
		h.mu.Unlock()
		h.say("by hand: a rival key at the next create")
		return
	case "remove":
		h.sim.RemoveMember(email)
		h.vanished[email] = h.sim.Config().KeepAcceptedInvitations
	case "join":
		if isMember {
			return
		}
		h.sim.AddMember(email, role)
	case "accept", "cancel":
		if len(open) == 0 {
			return
		}
		email = pick(open, m.a).Email
		if m.kind == "cancel" {
			h.sim.CancelInvitation(email)
			h.vanished[email] = h.vanished[email] || h.sim.Config().KeepAcceptedInvitations
		} else if err := h.sim.Accept(email); err != nil {
			h.t.Fatal(err)
		}
	case "invite":
		if isMember || len(invited(h.sim, email)) > 0 {
			return
		}
		h.sim.AddInvitation(email, role)
	case "role":
		if !isMember {
			return
		}
		h.sim.SetRole(email, role)
	case "readdress":
		other, ok := otherAddress(email)
		_, taken := h.sim.Member(other)
		if !ok || !isMember || taken || len(invited(h.sim, other)) > 0 {
			return
		}
		h.sim.ChangeEmail(email, other)
		h.touched[other] = true
		h.vanished[email] = h.vanished[email] || h.sim.Config().KeepAcceptedInvitations // the old address has only the invitation
	case "deactivate":
		if isMember {
			h.sim.Deactivate(email)
		}
	case "reactivate":
		if isMember {
			h.sim.Reactivate(email)
		}
	}
	h.touched[email] = true
	h.say("by hand: %s %s %s", m.kind, email, role)
}

// fault is a passing one.
func fault(m move) neontest.Fault {
	faults := matrixFaults()
	fault := faults[(m.a*12+m.b)%len(faults)].Fault
	fault.Route, fault.N, fault.Skip = pick(faultRoutes, m.b+m.c), 1+m.c%2, m.c/2%4
	return fault
}

func (h *history) addFaults(moves []move) {
	for _, m := range moves {
		fault := fault(m)
		h.say("fault: %s on %s, %d times after %d", fault, fault.Route, fault.N, fault.Skip)
		h.sim.AddFault(fault)
	}
}

// otherAddress is the address that a person can have instead: it changes at Neon, and back.
func otherAddress(email string) (string, bool) {
	for _, pair := range [][2]string{{"dev@example.com", "dev@new.example.com"}, {"data@example.com", "data@new.example.com"}} {
		switch email {
		case pair[0]:
			return pair[1], true
		case pair[1]:
			return pair[0], true
		}
	}
	return "", false
}

// circumstances are how the next apply is run, and what of the configuration is unknown in its plan.
func (h *history) circumstances(r round) (planned configuration) {
	h.w.noRefresh, h.w.oneByOne, h.w.mustReplace = r.NoRefresh, nil, map[string]bool{}
	if len(r.OneByOne) > 0 {
		h.w.oneByOne = r.OneByOne
	}
	planned = maps.Clone(h.config)
	addresses := h.addresses("")
	for address, block := range planned {
		block.attributes, block.dependentFails = maps.Clone(block.attributes), r.Broken
		planned[address] = block
	}
	for _, m := range r.Unknown {
		if len(addresses) == 0 {
			break
		}
		block := planned[pick(addresses, m.a)]
		names := []string{"email", "role"}
		if block.typ == keyType {
			names = []string{"name", "rotation_triggers"}
		}
		name := pick(names, m.b)
		if value := block.attributes[name]; value != nil {
			if _, already := value.(later); !already {
				block.attributes[name] = later{value}
				h.say("unknown: %s of %s", name, pick(addresses, m.a))
			}
		}
	}
	for _, m := range r.Force {
		if len(addresses) > 0 {
			h.w.mustReplace[pick(addresses, m.a)] = true
			h.say("replace: %s", pick(addresses, m.a))
		}
	}
	for _, m := range r.Taint {
		states := sorted(slices.Collect(maps.Keys(h.w.instances)))
		if len(states) > 0 {
			tainted := h.w.instances[pick(states, m.a)]
			tainted.tainted = true
			h.w.instances[pick(states, m.a)] = tainted
			h.say("taint: %s", pick(states, m.a))
		}
	}
	h.say("no refresh: %t, one by one: %v, broken: %t", h.w.noRefresh, h.w.oneByOne, r.Broken)
	return planned
}
