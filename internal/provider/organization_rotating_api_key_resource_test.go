package provider_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	rotatingType = "neon_organization_rotating_api_key"
	day          = 24 * time.Hour
)

func TestRotatingKeyRotatesByAgeWithAnOverlap(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.applied()
		born := time.Now()
		first, token := r.get("key_id"), r.get("key")
		r.wantLive(first)
		if r.get("previous_key_id") != "" || r.get("rotated_at") != stamp(born) || r.get("next_rotation_at") != stamp(born.Add(60*day)) {
			t.Fatalf("made at %s: %s", stamp(born), r.instances["key"].value)
		}
		r.sim.UseAPIKey(r.id("key_id"), time.Now(), "192.0.2.7")

		pass(60*day - time.Minute)
		if early := r.walked(nil); early.changes != 0 || len(early.all()) != 0 {
			t.Fatalf("a minute early:\n%s", early.all())
		}

		pass(2 * time.Minute)
		result := r.applied()
		result.planned.wantWarning(t, "Rotating the", `"ci"`, first, "60 days ago", "rotate_after is 60d", "192.0.2.7", "7d")
		second := r.get("key_id")
		r.wantLive(first, second)
		if identity := start(t, object{"api_key": "napi_x"}).identity(rotatingType, r.instances["key"].state); identity["id"] != second {
			t.Errorf("the identity is %v", identity)
		}
		if !r.sim.TokenValid(token) || r.get("previous_key_id") != first || r.get("previous_key_revocation_at") != stamp(time.Now().Add(7*day)) || r.get("key") == token {
			t.Fatalf("rotated: %s", r.instances["key"].value)
		}
		// The rest only this resource knows.
		r.importBrings("key", r.sim.OrgID()+"/"+second, "key", "overlap", "previous_key_id", "previous_key_revocation_at")

		pass(6 * day)
		r.sim.UseAPIKey(r.id("previous_key_id"), time.Now(), "192.0.2.9")
		if early := r.walked(nil); early.changes != 0 || len(early.all()) != 0 {
			t.Fatalf("in the overlap:\n%s", early.all())
		}
		pass(day)
		result = r.applied()
		result.planned.wantWarning(t, "Revoking the previous API key", `"ci"`, first, "192.0.2.9", "overlap of 7d is over", "stops working")
		r.wantLive(second)
		if r.get("key_id") != second || r.get("previous_key_revocation_at") != "" {
			t.Fatalf("revoked: %s", r.instances["key"].value)
		}

		r.walk(configuration{}, nil).all().noErrors(t)
		r.wantLive()
	})
}

func TestRotatingKeyRotationRevokesThePreviousOneToo(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.config["rotation_triggers"] = map[string]string{"n": "1"}
		r.applied()
		first := r.get("key_id")
		for n := 2; n < 4; n++ {
			pass(time.Hour)
			before, previous := r.get("key_id"), r.get("previous_key_id")
			r.config["rotation_triggers"] = map[string]string{"n": strconv.Itoa(n)}
			result := r.applied()
			result.planned.wantWarning(t, "Rotating the", "rotation_triggers have changed", before)
			if previous != "" {
				result.planned.wantWarning(t, "Revoking the previous", first, "only one previous key")
			}
			r.wantLive(before, r.get("key_id"))
		}
		// Taking triggers away, and adding them, rotates nothing.
		current := r.get("key_id")
		delete(r.config, "rotation_triggers")
		r.applied()
		r.config["rotation_triggers"] = map[string]string{"n": "9"}
		r.applied()
		if r.get("key_id") != current {
			t.Error("rotated")
		}
	})
}

func TestRotatingKeyChangesOfNameAndProjectRotate(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.applied()
		first := r.get("key_id")
		r.config["name"] = "deploy"
		r.applied().planned.wantWarning(t, `Rotating the API key "ci"`, `name changes to "deploy"`)
		second := r.get("key_id")
		r.wantLive(first, second)
		project := r.sim.Projects()[0].ID
		r.config["project_id"] = project
		r.applied().planned.wantWarning(t, `Rotating the API key "deploy"`, "from none to "+project)
		r.wantLive(second, r.get("key_id"))
		if keys := liveKeys(r.sim, "deploy"); len(keys) != 2 || keys[1].ProjectID != project || keys[0].ProjectID != "" {
			t.Errorf("live: %v", keys)
		}
		if r.get("rotated_at") != stamp(time.Now()) {
			t.Errorf("rotated at %s", r.get("rotated_at"))
		}
	})
}

func TestRotatingKeyWithoutOverlap(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.config["overlap"] = "0s"
		r.applied()
		first := r.get("key_id")
		r.sim.UseAPIKey(r.id("key_id"), time.Now(), "192.0.2.7")
		pass(60 * day)
		r.sim.UseAPIKey(r.id("key_id"), time.Now(), "192.0.2.8")
		r.applied().planned.wantWarning(t, "Rotating the", first, "then revokes the old key", "192.0.2.8", "stops working")
		r.wantLive(r.get("key_id"))
		if r.get("key_id") == first {
			t.Error("not rotated")
		}
	})
}

// A plan is applied as it was made, however late, and by whatever clock.
func TestRotatingKeyAppliesThePlanLater(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]func(r *rotating){
		"days":               func(*rotating) { pass(10 * day) },
		"years":              func(*rotating) { pass(1000 * day) },
		"clock goes back":    func(r *rotating) { r.skew = -90 * day },
		"clock leaps":        func(r *rotating) { r.skew = 90 * day },
		"at the same moment": func(*rotating) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			travel(t, func(r *rotating) {
				t := r.t
				r.applied()
				first := r.get("key_id")

				// Nothing was due, but something else changed: nothing is rotated.
				r.config["rotate_after"] = "61d"
				pass(59 * day)
				result := r.walked(func() { pass(3 * day) })
				result.all().noErrors(t)
				r.wantLive(first)

				// It is due now.
				result = r.walked(func() { later(r) })
				result.all().noErrors(t)
				result.planned.wantWarning(t, "Rotating the")
				second := r.get("key_id")
				r.wantLive(first, second)
				if r.get("rotated_at") != stamp(r.now()) || r.get("previous_key_revocation_at") != stamp(r.now().Add(7*day)) {
					t.Fatalf("rotated at %s: %s", stamp(r.now()), r.instances["key"].value)
				}
				r.settled()

				pass(8 * day)
				result = r.walked(func() { later(r) })
				result.all().noErrors(t)
				r.wantLive(second)
				if r.get("key_id") != second {
					t.Error("rotated in a plan that only revokes")
				}
			})
		})
	}
}

// What an earlier refresh has decided is no reason to rotate once it has been done.
func TestRotatingKeyDecisionCounts(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.applied()
		old := r.instances["key"].state
		pass(61 * day)
		due, diags := r.process().read(rotatingType, old)
		diags.none(t)
		// Without a refresh nothing is due, and with the refreshed state it is.
		if planned := r.process().plan(rotatingType, &old, r.config); !planned.isEmpty() || len(planned.messages) > 0 {
			t.Fatalf("without a refresh: %s", planned.messages)
		}
		planned := r.process().plan(rotatingType, &due, r.config)
		planned.wantWarning(t, "Rotating the")
		made, diags := r.process().apply(planned)
		diags.noErrors(t)
		if planned = r.process().plan(rotatingType, &made, r.config); !planned.isEmpty() || len(planned.messages) > 0 {
			t.Fatalf("planned again without a refresh: %s\n%s", planned.planned.value, planned.messages)
		}
		if strings.Contains(string(made.private), "napi_") || strings.Contains(string(made.private), `"decision"`) {
			t.Errorf("private state: %s", made.private)
		}
	})
}

// Where nothing is due, a refresh must not change even the private state: refresh-only plans would call it drift.
func TestRotatingKeyRefreshIsQuiet(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.applied()
		before := r.instances["key"].state
		pass(day)
		after, diags := r.process().read(rotatingType, before)
		diags.none(t)
		if !after.value.Equal(before.value) || string(after.private) != string(before.private) {
			t.Errorf("%s\n%s\n%s", after.value, before.private, after.private)
		}
	})
}

func TestRotatingKeyChangesOfItsTimes(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.applied()
		born, first := time.Now(), r.get("key_id")
		pass(40 * day)

		r.config["rotate_after"] = "90d"
		result := r.applied()
		if len(result.all()) != 0 || r.get("next_rotation_at") != stamp(born.Add(90*day)) || r.get("key_id") != first {
			t.Fatalf("longer: %s\n%s", r.instances["key"].value, result.all())
		}
		r.config["rotate_after"] = "50d"
		result = r.applied()
		result.planned.wantWarning(t, "May rotate at apply: ", first, stamp(born.Add(50*day)))
		if r.get("next_rotation_at") != stamp(born.Add(50*day)) || r.get("key_id") != first {
			t.Fatalf("shorter, not due: %s\n%s", r.instances["key"].value, result.all())
		}
		r.config["rotate_after"] = "30d"
		r.applied().planned.wantWarning(t, "Rotating the", "40 days ago", "30d")
		second := r.get("key_id")
		r.wantLive(first, second)

		// The overlap counts from the rotation too.
		rotated := time.Now()
		pass(3 * day)
		r.config["overlap"] = "14d"
		if result = r.applied(); len(result.all()) != 0 || r.get("previous_key_revocation_at") != stamp(rotated.Add(14*day)) {
			t.Fatalf("longer overlap: %s\n%s", r.instances["key"].value, result.all())
		}
		r.config["overlap"] = "5d"
		result = r.applied()
		result.planned.wantWarning(t, "May be revoked at apply: previous", first, stamp(rotated.Add(5*day)))
		if r.get("previous_key_revocation_at") != stamp(rotated.Add(5*day)) {
			t.Fatalf("shorter overlap: %s\n%s", r.instances["key"].value, result.all())
		}
		r.config["overlap"] = "2d"
		r.applied().planned.wantWarning(t, "Revoking the previous", first)
		r.wantLive(second)
	})
}

// A shorter time that is over only when a plan is applied may rotate then, and must not make Terraform fail.
func TestRotatingKeyShorterTimeThatEndsBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.applied()
		first := r.get("key_id")
		pass(29 * day)
		r.config["rotate_after"] = "30d"
		r.walked(func() { pass(2 * day) }).all().noErrors(t)
		if r.get("key_id") == first {
			t.Error("not rotated")
		}
		r.settled()
		second := r.get("key_id")
		pass(6 * day)
		r.config["overlap"] = "6d12h"
		r.walked(func() { pass(40 * day) }).all().noErrors(t) // the new key is due as well then, which the plan did not say
		r.consistent()
		r.wantLive(second)
		if r.get("key_id") != second {
			t.Error("rotated, which was not planned")
		}
	})
}

func TestRotatingKeyWithUnknownValues(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.config["rotation_triggers"], r.config["project_id"], r.config["overlap"] = map[string]string{"n": "1"}, "shiny-wind-12345678", "1d"
		r.applied()
		pass(time.Minute)
		current := r.instances["key"].state
		for _, name := range []string{"name", "rotate_after", "overlap", "project_id", "rotation_triggers"} {
			known := r.config[name]
			r.config[name] = unknown
			planned := r.process().plan(rotatingType, &current, r.config)
			if name == "rotation_triggers" { // meant to force a change: what most it may do
				planned.wantWarning(t, "Rotating the", "known only after apply")
			} else {
				planned.wantWarning(t, "Waits for the next plan: API key", name)
				if !planned.isEmpty() {
					t.Errorf("%s: planned %s", name, planned.planned.value)
				}
			}
			r.config[name] = known
			again := r.process().plan(rotatingType, &current, r.config)
			again.none(t)
			if problem := disagreement(planned.planned.value, again.planned.value); problem != "" {
				t.Errorf("%s: %s", name, problem)
			}
			made, diags := r.process().apply(again)
			diags.noErrors(t)
			if !made.value.Equal(current.value) {
				t.Errorf("%s: %s", name, made.value)
			}
		}
		r.wantLive(r.get("key_id"))
	})
}

func TestRotatingKeyRevokedByHand(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.applied()
		first := r.id("key_id")
		pass(time.Minute)
		r.sim.RevokeAPIKey(first)
		result := r.applied()
		result.planned.wantWarning(t, "Revoked outside of Terraform", r.get("name"))
		result.planned.wantWarning(t, "Rotating the", "because the old one was revoked outside of Terraform")
		second := r.get("key_id")
		r.wantLive(second)

		// The previous one goes on to the end of its time when the current one is revoked by hand.
		pass(60 * day)
		r.applied()
		until := r.get("previous_key_revocation_at")
		pass(day)
		r.sim.RevokeAPIKey(r.id("key_id"))
		r.applied()
		r.wantLive(second, r.get("key_id"))
		if r.get("previous_key_id") != second || r.get("previous_key_revocation_at") != until {
			t.Errorf("%s", r.instances["key"].value)
		}
		pass(7 * day)
		r.applied()
		r.wantLive(r.get("key_id"))

		// A previous one that is revoked by hand is no news.
		pass(60 * day)
		r.applied()
		pass(time.Minute)
		r.sim.RevokeAPIKey(r.id("previous_key_id"))
		if result := r.applied(); len(result.all()) != 0 || r.get("previous_key_id") != "" {
			t.Errorf("%s\n%s", r.instances["key"].value, result.all())
		}
	})
}

func TestRotatingKeyImport(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		project := r.sim.Projects()[0].ID
		key := r.sim.AddAPIKey("by-hand", project)
		made := time.Now()
		pass(10 * day)
		for _, id := range []string{fmt.Sprint(key.ID), fmt.Sprintf("%s/%d", r.sim.OrgID(), key.ID)} {
			imported, diags := r.process().importState(rotatingType, id)
			diags.none(t)
			if imported.get(t, "key") != "" || imported.get(t, "rotated_at") != stamp(made) || imported.get(t, "next_rotation_at") != stamp(made.Add(60*day)) {
				t.Fatalf("imported: %s", imported.value)
			}
			planned := r.process().plan(rotatingType, &imported, object{"name": "by-hand", "project_id": project, "rotate_after": "60d", "overlap": "1d"})
			planned.none(t)
			if !planned.isEmpty() {
				t.Errorf("plan after the import: %s", planned.planned.value)
			}
			// Other times than an import assumes are all that a plan shows.
			planned = r.process().plan(rotatingType, &imported, object{"name": "by-hand", "project_id": project, "rotate_after": "30d", "overlap": "0s"})
			planned.none(t)
			if planned.planned.get(t, "key_id") != fmt.Sprint(key.ID) || planned.planned.get(t, "next_rotation_at") != stamp(made.Add(30*day)) {
				t.Errorf("plan after the import: %s", planned.planned.value)
			}
			planned = r.process().plan(rotatingType, &imported, object{"name": "by-hand", "project_id": project, "rotate_after": "9d", "overlap": "1d"})
			planned.wantWarning(t, "Rotating the", "10 days ago")
			r.instances["key"] = instance{typ: rotatingType, state: imported}
		}
		r.config = object{"name": "by-hand", "project_id": project, "rotate_after": "60d"}
		r.applied()
		pass(60 * day)
		r.applied().planned.wantWarning(t, "Rotating the")
		r.wantLive(fmt.Sprint(key.ID), r.get("key_id"))
		if r.get("key") == "" {
			t.Error("no token after a rotation")
		}
	})
}

func TestRotatingKeyInvalid(t *testing.T) {
	t.Parallel()
	p := start(t, object{"api_key": "napi_x"})
	for _, c := range []struct {
		config    object
		attribute string // "" for a valid one
		text      string
	}{
		{object{"rotate_after": "60d"}, "", ""},
		{object{"rotate_after": "36h"}, "", ""},
		{object{"rotate_after": "60d12h30m", "overlap": "0d"}, "", ""},
		{object{"rotate_after": unknown, "overlap": "100d"}, "", ""},
		{object{"rotate_after": "60d", "overlap": unknown}, "", ""},
		{object{"rotate_after": "60"}, "rotate_after", `"60"`},
		{object{"rotate_after": "60 days"}, "rotate_after", `"60 days"`},
		{object{"rotate_after": "1.5d"}, "rotate_after", "whole numbers"},
		{object{"rotate_after": ""}, "rotate_after", `""`},
		{object{"rotate_after": "0s", "overlap": "0s"}, "rotate_after", "no time at all"},
		{object{"rotate_after": "-2h"}, "rotate_after", "negative"},
		{object{"rotate_after": "2d-1h"}, "rotate_after", "negative"},
		{object{"rotate_after": "200000d"}, "rotate_after", "too long"},
		{object{"rotate_after": "106751d2000000h"}, "rotate_after", "too long"},
		{object{"rotate_after": "60d", "overlap": "7"}, "overlap", `"7"`},
		{object{"rotate_after": "60d", "overlap": "-7d"}, "overlap", `"-7d"`},
		{object{"rotate_after": "7d", "overlap": "7d"}, "overlap", "not shorter"},
		{object{"rotate_after": "7d", "overlap": "169h"}, "overlap", "not shorter"},
		{object{"rotate_after": "12h"}, "rotate_after", "1d, its default"},
		{object{"rotate_after": "60d", "name": ""}, "name", "between 1 and 64"},
		{object{"rotate_after": "60d", "project_id": "A"}, "project_id", "lower-case"},
	} {
		if c.config["name"] == nil {
			c.config["name"] = "ci"
		}
		diags := p.validate(rotatingType, c.config)
		if c.attribute == "" {
			diags.none(t)
			continue
		}
		if d := diags.wantError(t, "", c.text); d.Attribute.String() != `AttributeName("`+c.attribute+`")` {
			t.Errorf("%v: at %s", c.config, d.Attribute)
		}
	}
}
