package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func (w *workspace) contradict(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, fmt.Sprintf(format, args...))
}

func attributesOf(value tftypes.Value) map[string]tftypes.Value {
	attributes := map[string]tftypes.Value{}
	if !value.IsNull() && value.IsKnown() {
		if err := value.As(&attributes); err != nil {
			panic(err)
		}
	}
	return attributes
}

// disagreement names what was known before and is not the same afterwards: Terraform accepts none.
func disagreement(before, after tftypes.Value) string {
	now := attributesOf(after)
	for name, planned := range attributesOf(before) {
		if !agrees(planned, now[name]) {
			return fmt.Sprintf("%s was %s and is %s", name, planned, now[name])
		}
	}
	return ""
}

// agrees reports whether a value is what was planned, by the rules of Terraform's core: a map keeps its keys, and in
// a set each element has to have a counterpart on the other side.
func agrees(planned, now tftypes.Value) bool {
	switch {
	case !planned.IsKnown():
		return true
	case !now.IsKnown() || planned.IsFullyKnown() || planned.IsNull() || now.IsNull():
		return planned.Equal(now)
	case planned.Type().Is(tftypes.Map{}):
		var a, b map[string]tftypes.Value
		if planned.As(&a) != nil || now.As(&b) != nil || len(a) != len(b) {
			return false
		}
		for key, element := range a {
			if other, ok := b[key]; !ok || !agrees(element, other) {
				return false
			}
		}
		return true
	case planned.Type().Is(tftypes.Set{}):
		var a, b []tftypes.Value
		if planned.As(&a) != nil || now.As(&b) != nil || len(a) < len(b) {
			return false
		}
		return !slices.ContainsFunc(a, func(element tftypes.Value) bool {
			return !slices.ContainsFunc(b, func(other tftypes.Value) bool { return agrees(element, other) })
		}) && !slices.ContainsFunc(b, func(other tftypes.Value) bool {
			return !slices.ContainsFunc(a, func(element tftypes.Value) bool { return agrees(element, other) })
		})
	default:
		return planned.Equal(now)
	}
}

// known checks that nothing is unknown.
func (w *workspace) known(what string, value tftypes.Value) {
	if !value.IsFullyKnown() {
		w.contradict("%s: not fully known: %s", what, value)
	}
}

// stripped checks that a promise is in no state.
func (w *workspace) stripped(what string, s state) {
	if strings.Contains(string(s.private), `"promise"`) {
		w.contradict("%s: a promise is left in the private state", what)
	}
}

// checkPlan checks what Terraform's core checks of a plan: what is configured is planned, or stays, and nothing else
// stays where the configuration has nothing. Besides, nothing computed is promised that the state does not have: on a
// create, what Neon says may have changed by the time of the apply.
func (w *workspace) checkPlan(address string, p plan) {
	if len(p.errors()) > 0 {
		return
	}
	schema := map[string]*tfprotov6.SchemaAttribute{}
	served, err := servedSchema()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, attribute := range served.ResourceSchemas[p.typ].Block.Attributes {
		schema[attribute.Name] = attribute
	}
	before, now := attributesOf(p.prior.value), attributesOf(p.planned.value)
	for name, configured := range attributesOf(p.config) {
		stays := !p.prior.value.IsNull() && now[name].Equal(before[name])
		switch {
		case now[name].Equal(configured), stays && configured.IsNull() == now[name].IsNull():
		case configured.IsNull() && schema[name].Computed:
			if now[name].IsKnown() && !now[name].IsNull() && !stays && !w.follows(p.typ, name, now[name]) {
				w.contradict("%s: %s is planned as %s, which is neither configured nor in the state", address, name, now[name])
			}
		default:
			w.contradict("%s: %s is configured as %s and planned as %s", address, name, configured, now[name])
		}
	}
}

// follows reports whether a computed value follows from the configuration and the rest of the state.
func (w *workspace) follows(typ, name string, planned tftypes.Value) bool {
	return typ == rotatingType || typ == listType || name == "org_id" && planned.Equal(tftypes.NewValue(tftypes.String, w.provider["org_id"]))
}

// keptKey is a key in the state; the token of an old one is not there any more.
type keptKey struct{ name, token string }

// keys returns the keys in the state, by id.
func (w *workspace) keys() map[string]keptKey {
	keys := map[string]keptKey{}
	for _, resource := range append(slices.Collect(maps.Values(w.instances)), w.deposed...) {
		switch resource.typ {
		case keyType:
			keys[resource.get(w.t, "id")] = keptKey{resource.get(w.t, "name"), resource.get(w.t, "key")}
		case rotatingType:
			keys[resource.get(w.t, "key_id")] = keptKey{resource.get(w.t, "name"), resource.get(w.t, "key")}
			for _, id := range append(unrevoked(w.t, resource.state), resource.get(w.t, "previous_key_id")) {
				if id != "" {
					keys[id] = keptKey{name: resource.get(w.t, "name")}
				}
			}
		}
	}
	return keys
}

// liveAndKept compares the live keys with the state: those in expected are other people's.
func (w *workspace) liveAndKept(expected map[int64]bool) (problems []string) {
	kept := w.keys()
	for _, key := range w.sim.APIKeys() {
		id := fmt.Sprint(key.ID)
		ours, inState := kept[id]
		delete(kept, id)
		switch {
		case expected[key.ID] && inState:
			problems = append(problems, fmt.Sprintf("a key %q that somebody else made is in the state", key.Name))
		case expected[key.ID]:
		case !inState:
			problems = append(problems, fmt.Sprintf("a key %q is live and not in the state", key.Name))
		case ours.token != "":
			if by, ok := w.sim.KeyIDByToken(ours.token); !ok || by != key.ID || !w.sim.TokenValid(ours.token) {
				problems = append(problems, fmt.Sprintf("the token in the state is not that of the key %q", key.Name))
			}
		}
	}
	for _, key := range kept {
		problems = append(problems, fmt.Sprintf("a key %q is in the state and not live", key.name))
	}
	return problems
}

// doubleInvitations names who has been invited twice in a row with one role.
func doubleInvitations(sim *neontest.Server) (problems []string) {
	newest := map[string]string{}
	for _, invitation := range sim.Invitations() {
		role := strings.ReplaceAll(invitation.Role, "member", "editor")
		if newest[invitation.Email] == role {
			problems = append(problems, fmt.Sprintf("%s is invited twice as %s", invitation.Email, role))
		}
		newest[invitation.Email] = role
	}
	return problems
}
