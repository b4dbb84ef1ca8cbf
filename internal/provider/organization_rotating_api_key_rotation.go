package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What an import or a move assumes until the configuration says otherwise, and the default of overlap.
const (
	assumedRotateAfter = "60d"
	defaultOverlap     = "1d"
)

// decision is what a read has found out, and what the plan and the apply go by: were they to look at the
// clock themselves, they could disagree, and Terraform would fail. It is in the private state, and only
// while something is due: whatever else changed there would make each refresh look like drift.
type decision struct {
	// At is when the read looked at the clock; zero if nothing was due.
	At time.Time `json:"at"`
	// Revoked says that somebody else has revoked the current key.
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

// fingerprints tell, by id, whether a key is the one that the provider uses, when its token is no longer known.
type fingerprints map[string]string

func readFingerprints(ctx context.Context, private privateReader) fingerprints {
	f := fingerprints{}
	if raw, _ := private.GetKey(ctx, fingerprintsKey); raw != nil {
		_ = json.Unmarshal(raw, &f) // without them, only the current key is known
	}
	return f
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

// course is what an apply does to the keys of a rotating key.
type course struct {
	// reasons say why a new key is made; without any, none is.
	reasons []string
	// previous is the previous key afterwards, if any; it lives until its time or, where that is zero, for
	// the overlap after the rotation.
	previous string
	until    time.Time
	// revoke are the keys that end.
	revoke []string
	// open says that it depends on when the plan is applied, or on triggers that are not known yet, whether
	// there is a new key; openPrevious, what becomes of the previous one.
	open, openPrevious bool
}

func (c course) rotates() bool { return len(c.reasons) > 0 }

// chart finds the course from state, plan and decision alone, so that plan and apply cannot disagree.
func (d decision) chart(state, plan rotatingKeyModel) course {
	c := d.along(state, plan, d.reasons(state, plan))
	if !c.rotates() {
		c.open = openTriggers(state, plan) || d.At.IsZero() && durationOf(plan.RotateAfter) < durationOf(state.RotateAfter)
	}
	return c
}

// along is the course for the reasons that there are to rotate.
func (d decision) along(state, plan rotatingKeyModel, reasons []string) course {
	c := course{reasons: reasons, revoke: state.unrevoked()}
	current, previous := state.KeyID.ValueString(), state.PreviousKeyID.ValueString()
	overlap := durationOf(plan.Overlap)
	if c.rotates() && !d.Revoked {
		if previous != "" {
			c.revoke = append(c.revoke, previous)
		}
		if overlap > 0 {
			c.previous = current
		} else {
			c.revoke = append(c.revoke, current)
		}
		return c
	}
	if previous == "" {
		return c
	}
	// The current key stays, or is gone already: the previous one keeps its time.
	longer := overlap - durationOf(state.Overlap)
	c.openPrevious = d.At.IsZero() && longer < 0
	c.until = parseTime(state.PreviousKeyRevokeAfter).Add(longer)
	if !d.At.IsZero() && !d.At.Before(c.until) {
		c.revoke = append(c.revoke, previous)
		c.until = time.Time{}
	} else {
		c.previous = previous
	}
	return c
}

// openTriggers reports whether triggers may still turn out to be what they were.
func openTriggers(state, plan rotatingKeyModel) bool {
	return !state.RotationTriggers.IsNull() && !plan.RotationTriggers.IsNull() && !decidedMap(plan.RotationTriggers)
}

// dueAt is when the key becomes due by a plan.
func (m rotatingKeyModel) dueAt(plan rotatingKeyModel) time.Time {
	return parseTime(m.RotatedAt).Add(durationOf(plan.RotateAfter))
}

// settle is the course at the time of an apply.
func (d decision) settle(state, plan rotatingKeyModel, now time.Time) course {
	c := d.chart(state, plan)
	switch {
	case c.open:
		d.At = now
		reasons := d.reasons(state, plan)
		if len(reasons) == 0 && openTriggers(state, plan) { // in a plan: what most it may do
			reasons = []string{"rotation_triggers is known only after apply; if it turns out to be what it was, nothing is rotated"}
		}
		return d.along(state, plan, reasons)
	case c.openPrevious && !now.Before(c.until):
		c.revoke = append(c.revoke, c.previous)
		c.previous, c.until = "", time.Time{}
	}
	return c
}

// reasons say why the key is to be rotated.
func (d decision) reasons(state, plan rotatingKeyModel) (reasons []string) {
	if d.Revoked {
		reasons = append(reasons, "the old one was revoked outside of Terraform")
	}
	if !d.At.IsZero() && !d.At.Before(state.dueAt(plan)) {
		reasons = append(reasons, fmt.Sprintf("the old one was made at %s, %s ago, and rotate_after is %s",
			state.RotatedAt.ValueString(), age(d.At.Sub(parseTime(state.RotatedAt))), plan.RotateAfter.ValueString()))
	}
	if decidedMap(plan.RotationTriggers) && otherTriggers(state.RotationTriggers, plan.RotationTriggers) {
		reasons = append(reasons, "rotation_triggers have changed")
	}
	if !plan.Name.Equal(state.Name) {
		reasons = append(reasons, fmt.Sprintf("the name changes to %q, and Neon cannot rename a key", plan.Name.ValueString()))
	}
	if !plan.ProjectID.Equal(state.ProjectID) {
		reasons = append(reasons, fmt.Sprintf("the project changes from %s to %s, and Neon cannot change that of a key", projectWords(state.ProjectID), projectWords(plan.ProjectID)))
	}
	return reasons
}

func projectWords(project types.String) string {
	if project.ValueString() == "" {
		return "none"
	}
	return project.ValueString()
}

// due reports whether a read has something to decide.
func (m rotatingKeyModel) due(now time.Time) bool {
	return !now.Before(m.dueAt(m)) ||
		!m.PreviousKeyID.IsNull() && !now.Before(parseTime(m.PreviousKeyRevokeAfter))
}

// parseTime reads a time of the state, zero for none.
func parseTime(value types.String) time.Time {
	t, _ := time.Parse(time.RFC3339, value.ValueString())
	return t
}

// age is a duration for people.
func age(d time.Duration) string {
	if d >= 2*day {
		return counted(int(d/day), "day")
	}
	return d.Truncate(time.Second).String()
}
