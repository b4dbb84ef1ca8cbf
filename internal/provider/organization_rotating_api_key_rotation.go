package provider

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The values after an import or a move, until the configuration is applied, and the default of overlap.
const (
	assumedRotateAfter = "60d"
	defaultOverlap     = "1d"
)

// decision is the result of a read, which the plan and the apply follow. If each read the clock,
// they could disagree, and Terraform would fail. It is stored in the private state, and only while something is due:
// any other change there would make each refresh look like drift.
type decision struct {
	// At is when the read looked at the clock; zero if nothing was due.
	At time.Time `json:"at"`
	// Revoked says that the current key was revoked outside of Terraform.
	Revoked bool `json:"revoked,omitempty"`
	// Adopted says that an import or a move has set At, for its own plan.
	Adopted bool `json:"adopted,omitempty"`
}

const (
	decisionKey     = "decision"
	fingerprintsKey = "fingerprints"
)

// readDecision is the zero decision where there is none.
func readDecision(ctx context.Context, private privateReader) (d decision) {
	if raw, _ := private.GetKey(ctx, decisionKey); raw != nil {
		_ = json.Unmarshal(raw, &d) // without it, nothing is due
	}
	return d
}

// keep writes a decision, or removes one where nothing is due.
func (d decision) keep(ctx context.Context, private privateWriter) diag.Diagnostics {
	if d == (decision{}) {
		return private.SetKey(ctx, decisionKey, nil)
	}
	return setPrivate(ctx, private, decisionKey, d)
}

// fingerprints identify the provider's own key, by ID, when its token is no longer known.
type fingerprints map[string]string

func readFingerprints(ctx context.Context, private privateReader) fingerprints {
	f := fingerprints{}
	if raw, _ := private.GetKey(ctx, fingerprintsKey); raw != nil {
		_ = json.Unmarshal(raw, &f) // without them, only the current key is known
	}
	return f
}

// add remembers a token's fingerprint; a key may be without a token.
func (f fingerprints) add(id string, token neon.Secret) {
	if token != "" {
		f[id] = token.Fingerprint()
	}
}

// keep writes those of the keys that the state has.
func (f fingerprints) keep(ctx context.Context, private privateWriter, state rotatingKeyModel) diag.Diagnostics {
	kept := fingerprints{}
	for _, id := range state.keyIDs() {
		if f[id] != "" {
			kept[id] = f[id]
		}
	}
	return setPrivate(ctx, private, fingerprintsKey, kept)
}

// rotation is the effect of an apply on the keys of a rotating key.
type rotation struct {
	// reasons say why a new key is created; without any, none is.
	reasons []string
	// previous is the previous key afterwards, if any. It lives until its time or, if that is zero, for
	// the overlap after the rotation.
	previous string
	until    time.Time
	// revoke are the keys to revoke.
	revoke []string
	// undecided says that it depends on when the plan is applied, or on triggers that are not known yet, whether a new
	// key is created; previousUndecided, whether the previous one is revoked.
	undecided, previousUndecided bool
}

func (r rotation) rotates() bool { return len(r.reasons) > 0 }

// rotation follows from state, plan and decision alone, so that plan and apply cannot disagree.
func (d decision) rotation(state, plan rotatingKeyModel) rotation {
	r := d.rotationFor(d.reasons(state, plan), state, plan)
	if !r.rotates() {
		isShorter := durationOf(plan.RotateAfter) < durationOf(state.RotateAfter)
		r.undecided = triggersUndecided(state, plan) || d.At.IsZero() && isShorter
	}
	return r
}

// rotationFor is the rotation for the reasons that there are for it.
func (d decision) rotationFor(reasons []string, state, plan rotatingKeyModel) rotation {
	r := rotation{reasons: reasons, revoke: state.unrevoked()}
	current, previous := state.KeyID.ValueString(), state.PreviousKeyID.ValueString()
	overlap := durationOf(plan.Overlap)
	if r.rotates() && !d.Revoked {
		if previous != "" {
			r.revoke = append(r.revoke, previous)
		}
		if overlap > 0 {
			r.previous = current
		} else {
			r.revoke = append(r.revoke, current)
		}
		return r
	}
	if previous == "" {
		return r
	}
	// The current key stays, or is gone already: the previous one keeps its time.
	longer := overlap - durationOf(state.Overlap)
	r.previousUndecided = d.At.IsZero() && longer < 0
	r.until = parseTime(state.PreviousKeyRevocationAt).Add(longer)
	if !d.At.IsZero() && !d.At.Before(r.until) {
		r.revoke = append(r.revoke, previous)
		r.until = time.Time{}
	} else {
		r.previous = previous
	}
	return r
}

// rotationAt is the rotation of an apply at a time, with what a plan leaves undecided.
func (d decision) rotationAt(now time.Time, state, plan rotatingKeyModel) rotation {
	r := d.rotation(state, plan)
	switch {
	case r.undecided:
		d.At = now
		reasons := d.reasons(state, plan)
		if len(reasons) == 0 && triggersUndecided(state, plan) { // in a plan: the most that it may do
			reasons = []string{becauseTriggersUnknown()}
		}
		return d.rotationFor(reasons, state, plan)
	case r.previousUndecided && !now.Before(r.until):
		r.revoke = append(r.revoke, r.previous)
		r.previous, r.until = "", time.Time{}
	}
	return r
}

// reasons say why the key is to be rotated.
func (d decision) reasons(state, plan rotatingKeyModel) (reasons []string) {
	if d.Revoked {
		reasons = append(reasons, becauseRevoked())
	}
	if !d.At.IsZero() && !d.At.Before(state.dueAt(plan)) {
		age := d.At.Sub(parseTime(state.RotatedAt))
		reasons = append(reasons, becauseDue(state.RotatedAt.ValueString(), age, plan.RotateAfter.ValueString()))
	}
	if decidedMap(plan.RotationTriggers) && otherTriggers(state.RotationTriggers, plan.RotationTriggers) {
		reasons = append(reasons, becauseTriggers())
	}
	if !plan.Name.Equal(state.Name) {
		reasons = append(reasons, becauseRenamed(plan.Name.ValueString()))
	}
	if !plan.ProjectID.Equal(state.ProjectID) {
		reasons = append(reasons, becauseOtherProject(state.ProjectID.ValueString(), plan.ProjectID.ValueString()))
	}
	return reasons
}

// triggersUndecided reports whether triggers may still turn out to be what they were.
func triggersUndecided(state, plan rotatingKeyModel) bool {
	return !state.RotationTriggers.IsNull() && !plan.RotationTriggers.IsNull() && !decidedMap(plan.RotationTriggers)
}

// dueAt is when the key becomes due by a plan.
func (m rotatingKeyModel) dueAt(plan rotatingKeyModel) time.Time {
	return parseTime(m.RotatedAt).Add(durationOf(plan.RotateAfter))
}

// due reports whether a rotation or revocation is due.
func (m rotatingKeyModel) due(now time.Time) bool {
	return !now.Before(m.dueAt(m)) ||
		!m.PreviousKeyID.IsNull() && !now.Before(parseTime(m.PreviousKeyRevocationAt))
}

// parseTime reads a time of the state, zero for none.
func parseTime(value types.String) time.Time {
	t, _ := time.Parse(time.RFC3339, value.ValueString())
	return t
}
