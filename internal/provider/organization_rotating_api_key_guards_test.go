package provider_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// due makes a key that is to be rotated, and returns it as a refresh sees it.
func (r *rotating) due() state {
	r.t.Helper()
	r.applied()
	pass(61 * day)
	return r.refreshed()
}

func (r *rotating) refreshed() state {
	r.t.Helper()
	refreshed, diags := r.process().read(rotatingType, r.instances["key"].state)
	diags.none(r.t)
	return refreshed
}

// with is a process with other provider arguments.
func (r *rotating) with(more object) *process {
	r.t.Helper()
	block := maps.Clone(r.provider)
	maps.Copy(r.provider, more)
	p := r.process()
	r.provider = block
	return p
}

func TestRotatingKeyGuards(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.sim.ResetRequests()
		organization, viewer, readOnly := object{"api_key": r.sim.OrganizationKey()}, object{"api_key": r.sim.ViewerKey()}, object{"read_only": true}
		r.with(organization).plan(rotatingType, nil, r.config).wantError(t, `Creating the API key "ci" needs a personal key`)
		r.with(viewer).plan(rotatingType, nil, r.config).wantError(t, `Creating the API key "ci" needs an admin`)
		due := r.due()
		before := writes(r.sim)
		r.with(organization).plan(rotatingType, &due, r.config).wantError(t, `Rotating the API key "ci"`, "needs a personal key")
		r.with(viewer).plan(rotatingType, &due, r.config).wantError(t, `Rotating the API key "ci"`, "needs an admin")
		r.with(object{"api_key": r.sim.OrganizationKey(), "read_only": true}).plan(rotatingType, &due, r.config).wantWarning(t, "cannot be applied with the key in use")

		// A plan that was made with a better key.
		planned := r.process().plan(rotatingType, &due, r.config)
		_, diags := r.with(organization).apply(planned)
		diags.wantError(t, "Rotating the", "needs a personal key")
		_, diags = r.with(readOnly).apply(planned)
		diags.wantError(t, "Rotating the", "read-only")
		_, diags = r.with(readOnly).apply(r.process().plan(rotatingType, &due, nil))
		diags.wantError(t, "Revoking the", "read-only")
		_, diags = r.with(readOnly).apply(r.process().plan(rotatingType, nil, r.config))
		diags.wantError(t, "Creating the", "read-only")
		if sent := writes(r.sim); sent != before {
			t.Errorf("%d changes were sent", sent-before)
		}

		// Revoking needs no personal key.
		r.applied()
		pass(8 * day)
		over := r.refreshed()
		planned = r.with(organization).plan(rotatingType, &over, r.config)
		planned.noErrors(t)
		made, diags := r.with(organization).apply(planned)
		diags.noErrors(t)
		r.wantLive(made.get(t, "key_id"))
	})
}

func TestRotatingKeyOfTheProviderItself(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.applied()
		first := object{"api_key": r.get("key")}
		current := r.instances["key"].state
		r.with(first).plan(rotatingType, &current, nil).wantError(t, "the key this run uses", `"ci"`)
		_, diags := r.with(first).apply(r.process().plan(rotatingType, &current, nil))
		diags.wantError(t, "the key this run uses", `"ci"`)

		// Nobody has its token any more, and still it is the provider's own.
		pass(60 * day)
		r.applied()
		id := r.get("previous_key_id")
		pass(8 * day)
		over := r.refreshed()
		planned := r.with(first).plan(rotatingType, &over, r.config)
		planned.wantError(t, "the key this run uses", id)
		_, diags = r.with(first).apply(r.process().plan(rotatingType, &over, r.config))
		diags.wantError(t, "the key this run uses", id)
		r.with(first).plan(rotatingType, &over, nil).wantError(t, "the key this run uses", id)
		_, diags = r.with(first).apply(r.process().plan(rotatingType, &over, nil))
		diags.wantError(t, "the key this run uses", id)
		r.wantLive(id, r.get("key_id"))
		// A plan that leaves it alone is fine.
		r.config["overlap"] = "14d"
		r.with(first).plan(rotatingType, &over, r.config).none(t)
	})
}

func TestRotatingKeyEndsWithAWarning(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.due()
		r.applied()
		current := r.instances["key"].state
		r.process().plan(rotatingType, &current, nil).none(t)
		r.sim.UseAPIKey(r.id("key_id"), time.Now(), "192.0.2.7")
		r.sim.UseAPIKey(r.id("previous_key_id"), time.Now(), "192.0.2.8")
		for _, config := range []object{nil, {"name": "ci", "rotate_after": "60d", "overlap": "7d", "org_id": r.sim.AddOrganization("other").OrgID()}} {
			planned := r.process().plan(rotatingType, &current, config)
			planned.wantWarning(t, "used in the last 7 days: API key", r.get("key_id"), "192.0.2.7")
			planned.wantWarning(t, "used in the last 7 days: previous API key", r.get("previous_key_id"), "192.0.2.8")
			if config != nil && !replaces(planned) {
				t.Error("another organization does not replace")
			}
		}
	})
}

func TestRotatingKeyNotFoundProvesNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]neontest.Fault{
		"404":       {Kind: neontest.FaultStatus, Status: 404, Message: "API key not found"},
		"html":      {Kind: neontest.FaultHTMLOK},
		"cut short": {Kind: neontest.FaultCutJSON},
		"null":      {Kind: neontest.FaultBody, Body: "null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			travel(t, func(r *rotating) {
				t := r.t
				due := r.due()
				fault.Route, fault.N = listKeys, -1
				r.sim.AddFault(fault)
				read, diags := r.process().read(rotatingType, due)
				diags.wantError(t, `Cannot read the API key "ci"`)
				if !read.value.Equal(due.value) {
					t.Errorf("the state is now %s", read.value)
				}
			})
		})
	}
}

// A list that lags must not make a key look revoked.
func TestRotatingKeyListMayLag(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		r.sim.SetConfig(func(c *neontest.Config) { c.ListLag = 3 * time.Second })
		r.config["rotation_triggers"] = map[string]string{"n": "1"}
		r.applied()
		r.config["rotation_triggers"] = map[string]string{"n": "2"}
		r.applied()
		r.wantLive(r.get("previous_key_id"), r.get("key_id"))
	})
}

// What cannot be revoked stays in the state, and the next apply tries again.
func TestRotatingKeyThatCannotBeRevokedIsNotForgotten(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.config["rotation_triggers"] = map[string]string{"n": "1"}
		r.applied()
		first := r.get("key_id")
		pass(time.Hour)
		r.config["rotation_triggers"] = map[string]string{"n": "2"}
		r.applied()
		second := r.get("key_id")
		pass(time.Hour)
		r.config["rotation_triggers"] = map[string]string{"n": "3"}
		r.sim.AddFault(neontest.Fault{Route: "DELETE " + keysRoute + "/{key_id}", Kind: neontest.FaultStatus, Status: 403, N: -1})
		r.walked(nil).applied.wantError(t, "Cannot revoke the previous API key", `"ci"`, first)
		if left := unrevoked(t, r.instances["key"].state); len(left) != 1 || left[0] != first || r.get("previous_key_id") != second {
			t.Fatalf("%s", r.instances["key"].value)
		}
		r.wantLive(first, second, r.get("key_id"))
		r.consistent()
		r.walked(nil).applied.wantError(t, "Cannot revoke the old API key", `"ci"`, first)
		r.sim.ClearFaults()
		r.applied().planned.wantWarning(t, "Revoking the old API key", first, "could not revoke it")
		r.wantLive(second, r.get("key_id"))
		// Destroying ends whatever there is.
		r.sim.AddFault(neontest.Fault{Route: "DELETE " + keysRoute + "/{key_id}", Kind: neontest.FaultStatus, Status: 403, N: 1})
		destroyed := r.walk(configuration{}, nil)
		destroyed.applied.wantError(t, "Cannot revoke the previous API key")
		if strings.Contains(destroyed.applied.String(), "Cannot revoke the API key") {
			t.Error("the current key was not revoked")
		}
		pass(time.Minute)
		r.walk(configuration{}, nil).all().noErrors(t)
		r.wantLive()
	})
}

// Terraform leaves on the second Ctrl-C, and takes no result: what it does not know of ends, and what it knows of goes on.
func TestRotatingKeyWhenTerraformLeaves(t *testing.T) {
	t.Parallel()
	travel(t, func(r *rotating) {
		t := r.t
		r.config["rotation_triggers"] = map[string]string{"n": "1"}
		r.applied()
		r.config["rotation_triggers"] = map[string]string{"n": "2"}
		pass(time.Minute)
		r.applied()
		first, second := r.get("previous_key_id"), r.get("key_id")
		pass(time.Minute)
		r.config["rotation_triggers"] = map[string]string{"n": "3"}
		current := r.instances["key"].state
		planned := r.process().plan(rotatingType, &current, r.config)
		r.sim.AddFault(neontest.Fault{Route: "DELETE " + keysRoute + "/{key_id}", Kind: neontest.FaultHangBefore, N: 1}) // of the first
		leaving := r.process()
		go func() { _, _ = leaving.apply(planned) }()
		pass(time.Second)
		if len(r.live()) != 3 {
			t.Fatalf("live: %v", r.live())
		}
		if err := leaving.leave(); err != nil {
			t.Error(err)
		}
		r.wantLive(first, second)
		pass(time.Minute)
		r.wantLive(first, second)
		r.sim.ClearFaults()
		r.applied()
		r.wantLive(second, r.get("key_id"))

		// Without an overlap, the current key has to survive too.
		r.config["overlap"] = "0s"
		pass(time.Minute)
		r.applied()
		r.config["rotation_triggers"] = map[string]string{"n": "4"}
		current = r.instances["key"].state
		third := r.get("key_id")
		planned = r.process().plan(rotatingType, &current, r.config)
		r.sim.AddFault(neontest.Fault{Route: "DELETE " + keysRoute + "/{key_id}", Kind: neontest.FaultHangBefore, N: 1})
		leaving = r.process()
		go func() { _, _ = leaving.apply(planned) }()
		pass(time.Second)
		if err := leaving.leave(); err != nil {
			t.Error(err)
		}
		pass(time.Minute)
		r.wantLive(third)
	})
}
