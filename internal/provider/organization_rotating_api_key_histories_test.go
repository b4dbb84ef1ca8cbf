package provider_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// turn is what happens before, in the middle of and during one apply of a rotating key.
type turn struct {
	Pass      int    // hours that pass before
	Edits     []move // of the configuration
	ByHand    []move // at Neon, before the apply
	Meanwhile int    // hours between plan and apply; with Hand, somebody revokes a key then
	Hand      bool
	Clock     int // days by which the clock is set wrong during the apply
	AtPlan    []move
	AtApply   []move
	CtrlC     int // after so many milliseconds of the apply; 0: never
}

func drawTurn() *rapid.Generator[turn] {
	return rapid.Custom(func(t *rapid.T) turn {
		return turn{
			Pass:      rapid.SampledFrom([]int{0, 1, 24, 7 * 24, 13 * 24, 27 * 24, 55 * 24, 61 * 24}).Draw(t, "hours"),
			Edits:     rapid.SliceOfN(drawMove([]string{"triggers", "triggers", "name", "project", "after", "overlap", "overlap"}), 0, 2).Draw(t, "edits"),
			ByHand:    rapid.SliceOfN(drawMove([]string{"current", "previous", "other", "use"}), 0, 2).Draw(t, "by hand"),
			Meanwhile: rapid.SampledFrom([]int{0, 0, 30, 24 * 10}).Draw(t, "hours between"),
			Hand:      rapid.IntRange(0, 5).Draw(t, "hand") == 0,
			Clock:     rapid.SampledFrom([]int{0, 0, 0, 0, -100, 100, -1}).Draw(t, "clock"),
			AtPlan:    rapid.SliceOfN(drawMove([]string{"fault"}), 0, 1).Draw(t, "at plan"),
			AtApply:   rapid.SliceOfN(drawMove([]string{"fault"}), 0, 3).Draw(t, "at apply"),
			CtrlC:     rapid.SampledFrom([]int{0, 0, 0, 1, 3, 5, 8, 12, 1000}).Draw(t, "Ctrl-C"),
		}
	})
}

// TestRotatingKeyHistories lives through random histories of one rotating key.
// Whatever happens, no key is lost, none is revoked before its time, and one more apply puts things right.
func TestRotatingKeyHistories(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	inLanes(t, 2, func(t *testing.T, rt *rapid.T) {
		t.Helper()
		turns := rapid.SliceOfN(drawTurn(), 1, 8).Draw(rt, "turns")
		var h *rotatingHistory
		synctest.Test(t, func(t *testing.T) {
			h = &rotatingHistory{rotating: newRotating(t)}
			h.config["rotation_triggers"] = map[string]string{"n": "0"}
			h.live(turns)
		})
		if len(h.problems) > 0 {
			rt.Logf("%s", strings.Join(h.trace, "\n"))
			rt.Fatalf("%s", h.problems[0])
		}
	})
}

type rotatingHistory struct {
	*rotating
	byHand   map[string]bool // keys that somebody has revoked since the last apply
	trace    []string
	problems []string
}

func (h *rotatingHistory) say(format string, args ...any) {
	h.trace = append(h.trace, fmt.Sprintf(format, args...))
}

func (h *rotatingHistory) wrong(format string, args ...any) {
	text := changing.ReplaceAllString(fmt.Sprintf(format, args...), "…")
	h.say("WRONG: %s", text)
	h.problems = append(h.problems, text)
}

func (h *rotatingHistory) live(turns []turn) {
	for i, turn := range turns {
		h.say("--- %d: %+v", i+1, turn)
		pass(time.Duration(turn.Pass) * time.Hour)
		for _, edit := range turn.Edits {
			h.edit(edit)
		}
		h.byHand = map[string]bool{}
		for _, hand := range turn.ByHand {
			h.hand(hand)
		}
		if h.turn(turn); len(h.problems) > 0 {
			return
		}
	}
	h.say("--- end")
	for applies := 0; ; applies++ {
		pass(time.Minute)
		h.byHand = map[string]bool{}
		result := h.turn(turn{})
		switch {
		case len(h.problems) > 0:
			return
		case len(result.all().errors()) > 0:
			h.wrong("an error without a fault: %s", result.all().errors()[0].Summary)
			return
		case result.changes == 0:
			if left := unrevoked(h.t, h.instances["key"].state); len(left) > 0 || len(h.rotating.live()) > 2 {
				h.wrong("%d keys live at the end, not revoked: %v", len(h.rotating.live()), left)
			}
			return
		case applies > 0:
			h.wrong("the plan after an apply without faults is not empty")
			return
		}
	}
}

func (h *rotatingHistory) edit(m move) {
	switch m.kind {
	case "triggers":
		h.config["rotation_triggers"] = map[string]string{"n": strconv.Itoa(m.a % 3)}
	case "name":
		h.config["name"] = pick(keyNames, m.a)
	case "project":
		delete(h.config, "project_id")
		if m.a%2 == 0 {
			h.config["project_id"] = "shiny-wind-12345678"
		}
	case "after":
		h.config["rotate_after"] = pick([]string{"60d", "90d", "30d", "15d"}, m.a)
	case "overlap":
		h.config["overlap"] = pick([]string{"7d", "0s", "1h", "14d"}, m.a)
	}
}

func (h *rotatingHistory) hand(m move) {
	if _, ok := h.instances["key"]; !ok {
		return
	}
	id := h.get("key_id")
	if m.kind == "previous" {
		id = h.get("previous_key_id")
	}
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return
	}
	switch m.kind {
	case "use":
		h.sim.UseAPIKey(number, time.Now(), "192.0.2.1")
	case "other":
		h.others[h.sim.AddAPIKey(pick(keyNames, m.a), "").ID] = true
		pass(2 * time.Second) // a key of the same name in the second of a lost create cannot be told apart
	default:
		h.sim.RevokeAPIKey(number)
		h.byHand[id] = true
	}
	h.say("by hand: %s", m.kind)
}

func (h *rotatingHistory) addFaults(moves []move) {
	for _, m := range moves {
		fault := fault(m)
		fault.Route = pick([]string{"POST " + keysRoute, "POST " + keysRoute, "DELETE " + keysRoute + "/{key_id}", "DELETE " + keysRoute + "/{key_id}", "GET " + keysRoute, "*"}, m.b+m.c)
		h.say("fault: %s on %s, %d times after %d", fault, fault.Route, fault.N, fault.Skip)
		h.sim.AddFault(fault)
	}
}

// turn applies, and checks that nothing happened that must not.
func (h *rotatingHistory) turn(turn turn) walked {
	before, existed := h.instances["key"]
	alive := h.rotating.live()
	h.sim.ResetRequests()
	h.addFaults(turn.AtPlan)
	result := h.walk(configuration{"key": {typ: rotatingType, attributes: h.config}}, func() {
		pass(time.Duration(turn.Meanwhile) * time.Hour)
		if turn.Hand {
			h.hand(move{kind: "current"})
		}
		h.skew = time.Duration(turn.Clock) * day
		h.addFaults(turn.AtApply)
		if turn.CtrlC > 0 {
			stop, cancel := context.WithCancel(h.t.Context())
			h.stop = stop
			time.AfterFunc(time.Duration(turn.CtrlC)*time.Millisecond, cancel)
		}
	})
	h.stop = nil
	h.sim.ClearFaults()
	h.skew = 0
	errs := result.all().errors()
	faulty := turn.CtrlC > 0
	for _, request := range h.sim.Requests() {
		faulty = faulty || request.Fault != ""
	}
	after, exists := h.instances["key"]
	h.say("%d changes, faulty=%t\n%s", result.changes, faulty, result.all())
	for name, value := range attributesOf(after.value) {
		if name != "key" {
			h.say("    %s = %s", name, value)
		}
	}

	for _, problem := range h.broken {
		h.wrong("Terraform would complain: %s", problem)
	}
	if strings.Contains(result.all().String(), "napi_") || strings.Contains(string(after.private), "napi_") {
		h.wrong("a message or the private state has a token")
	}
	if len(errs) > 0 && !faulty {
		h.wrong("an error without a fault: %s", errs[0].Summary)
	}
	h.checkLost(errs)
	if existed && !before.tainted { // a tainted one is replaced
		h.checkEnds(before, after, exists, alive, errs)
	}
	if len(errs) == 0 && !turn.Hand {
		for _, problem := range h.liveAndKept(h.others) {
			h.wrong("%s", problem)
		}
	}
	return result
}

// checkLost checks that every live key is in the state, unless an error says that it may have been created.
func (h *rotatingHistory) checkLost(errs messages) {
	kept, text := h.keys(), errs.String()
	for _, id := range h.rotating.live() {
		if _, ok := kept[id]; ok {
			continue
		}
		if !strings.Contains(text, "may have been created") {
			h.wrong("a key is live and not in the state")
			continue
		}
		h.say("by hand: revoke %s, which an error has named", id)
		number, _ := strconv.ParseInt(id, 10, 64)
		h.sim.RevokeAPIKey(number)
	}
}

// checkEnds checks that no key has ended before its time.
func (h *rotatingHistory) checkEnds(before, after instance, exists bool, alive []string, errs messages) {
	if !exists {
		h.wrong("the state has lost the key")
		return
	}
	current, previous := before.get(h.t, "key_id"), before.get(h.t, "previous_key_id")
	rotated := after.get(h.t, "key_id") != current
	now := h.rotating.live()
	for _, id := range alive {
		if slices.Contains(now, id) || h.byHand[id] {
			continue
		}
		due, _ := time.Parse(time.RFC3339, before.get(h.t, "previous_key_revocation_at"))
		shorter := before.get(h.t, "overlap") != after.get(h.t, "overlap")
		switch {
		case id == current && rotated && after.get(h.t, "overlap") == "0s":
		case id == previous && (rotated || shorter || !time.Now().Before(due)):
		case slices.Contains(unrevoked(h.t, before.state), id):
		default:
			h.wrong("a key was revoked before its time; it was the current one: %t, rotated: %t, errors: %t", id == current, rotated, len(errs) > 0)
		}
	}
	if token := after.get(h.t, "key"); !h.byHand[after.get(h.t, "key_id")] && !after.tainted && len(errs) == 0 && !h.sim.TokenValid(token) {
		h.wrong("the token in the state does not work")
	}
}
