package provider_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const (
	keyType        = "neon_organization_api_key"
	memberType     = "neon_organization_member"
	invitationType = "neon_organization_invitation"
)

func TestLifeOfAnAPIKey(t *testing.T) {
	live(t, func(l life) {
		triggers := func(quarter string) object {
			return object{"name": "ci", "rotation_triggers": map[string]string{"quarter": quarter}}
		}
		lead, first := l.sim.Members()[0].UserID, ""
		// oneLive fails unless the one live key of the name is that of the state, and works; same is the id that it has.
		oneLive := func(same bool) func() error {
			return func() error {
				keys, id := liveKeys(l.sim, "ci"), l.get("id")
				if len(keys) != 1 || fmt.Sprint(keys[0].ID) != id || !l.sim.TokenValid(l.get("key")) {
					return fmt.Errorf("live: %v, in the state: %s", keys, id)
				}
				if first != "" && same != (id == first) {
					return fmt.Errorf("the key is %s, and was %s", id, first)
				}
				first = id
				return nil
			}
		}
		l.through(
			keyType,
			apply{name: "created", config: object{"name": "ci"}, does: "create", wants: map[string]string{"created_by_id": lead, "project_id": ""}, holds: oneLive(true)},
			// The list has created_by as an object, the answer to the create as a UUID.
			apply{name: "read", config: object{"name": "ci"}, does: "", wants: map[string]string{"created_by_id": lead}, holds: oneLive(true)},
		)
		l.importBrings(livedAt, first, "key")
		l.importBrings(livedAt, l.sim.OrgID()+"/"+first, "key")
		l.through(
			keyType,
			apply{name: "adding triggers rotates nothing", config: triggers("1"), does: "update", holds: oneLive(true)},
			apply{name: "changing one does", config: triggers("2"), does: "replace", holds: oneLive(false)},
			apply{
				name: "revoked by hand", config: triggers("2"), does: "create", holds: oneLive(false),
				outside: func() { l.sim.RevokeAPIKey(liveKeys(l.sim, "ci")[0].ID) },
			},
			apply{name: "destroyed", does: "destroy", holds: func() error { return wantKeys(l.sim) }},
		)
	})
}

func TestAPIKeyOfAnImportHasNoTokenAndAnEmptyPlan(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	key := sim.AddAPIKey("by-hand", sim.Projects()[0].ID)
	imported, diags := admin(t, sim, nil).importState(keyType, strconv.FormatInt(key.ID, 10))
	diags.none(t)
	planned := admin(t, sim, nil).plan(keyType, &imported, object{"name": "by-hand", "project_id": key.ProjectID})
	planned.none(t)
	if !planned.isEmpty() || imported.get(t, "key") != "" || imported.get(t, "org_id") != sim.OrgID() {
		t.Errorf("plan after the import: %v", planned.planned.value)
	}
	// What is not Neon's can change without touching the key, and without its null token becoming unknown.
	planned = admin(t, sim, nil).plan(keyType, &imported, object{"name": "by-hand", "project_id": key.ProjectID, "rotation_triggers": map[string]string{"a": "b"}})
	if len(planned.replace) != 0 || planned.planned.get(t, "key") != "" {
		t.Errorf("plan with triggers: replaces because of %v, key is %q", planned.replace, planned.planned.get(t, "key"))
	}
}

func TestAPIKeyRevokedByHandIsDestroyedWithoutRefresh(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 200} { // what Neon answers is open
		sim := simulate(t, func(c *neontest.Config) { c.RevokeRevokedStatus = status })
		made := apply2(t, sim, keyType, nil, object{"name": "ci"})
		planned := admin(t, sim, nil).plan(keyType, &made, nil)
		planned.none(t)
		sim.RevokeAPIKey(liveKeys(sim, "ci")[0].ID)
		left, diags := admin(t, sim, nil).apply(planned)
		diags.none(t)
		if !left.value.IsNull() {
			t.Errorf("%d: the key is still in the state", status)
		}
	}
}

func TestAPIKeyIsFoundByIDNotByName(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	older := sim.AddAPIKey("ci", "")
	made := apply2(t, sim, keyType, nil, object{"name": "ci"})
	planned := admin(t, sim, nil).plan(keyType, &made, nil)
	_, diags := admin(t, sim, nil).apply(planned)
	diags.none(t)
	if keys := liveKeys(sim, "ci"); len(keys) != 1 || keys[0].ID != older.ID {
		t.Errorf("after the destroy, live are %v, want only %d", keys, older.ID)
	}
}

func TestAPIKeyInUseIsRevokedWithAWarning(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := apply2(t, sim, keyType, nil, object{"name": "ci"})
	id := liveKeys(sim, "ci")[0].ID

	sim.UseAPIKey(id, time.Now().Add(-8*24*time.Hour), "192.0.2.7")
	admin(t, sim, nil).plan(keyType, &made, nil).none(t)

	sim.UseAPIKey(id, time.Now().Add(-time.Hour), "192.0.2.7")
	admin(t, sim, nil).plan(keyType, &made, nil).wantWarning(t, `"ci"`, "192.0.2.7", strconv.FormatInt(id, 10))
	// The destroy half of a replacement is not planned on its own.
	admin(t, sim, nil).plan(keyType, &made, object{"name": "other"}).wantWarning(t, `"ci"`, "192.0.2.7")
}

func TestAPIKeyOfTheProviderItselfIsNotRevoked(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := apply2(t, sim, keyType, nil, object{"name": "self"})
	own := object{"api_key": made.get(t, "key"), "base_url": sim.URL()}
	planned := start(t, own).plan(keyType, &made, nil)
	planned.wantError(t, "the key this run uses", "self")
	_, diags := start(t, own).apply(planned) // a plan made with another key
	diags.wantError(t, "the key this run uses", "self")
	if len(liveKeys(sim, "self")) != 1 {
		t.Error("the key was revoked")
	}
}

func TestAPIKeyNotFoundProvesNothing(t *testing.T) {
	t.Parallel()
	const route = "GET /organizations/{org_id}/api_keys"
	for name, fault := range map[string]neontest.Fault{
		"404":       {Kind: neontest.FaultStatus, Status: 404, Message: "not allowed to perform actions outside the project this key is scoped to"},
		"403":       {Kind: neontest.FaultStatus, Status: 403, Message: "not an organization member"},
		"401":       {Kind: neontest.FaultStatus, Status: 401, Message: "supplied credentials do not pass authentication"},
		"html":      {Kind: neontest.FaultHTMLOK},
		"empty":     {Kind: neontest.FaultEmpty},
		"cut short": {Kind: neontest.FaultCutJSON},
		"null":      {Kind: neontest.FaultBody, Body: "null"},
		"object":    {Kind: neontest.FaultBody, Body: `{"api_keys": []}`},
		"no ids":    {Kind: neontest.FaultBody, Body: `[{"name": "ci"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			made := apply2(t, sim, keyType, nil, object{"name": "ci"})
			fault.Route, fault.N = route, -1
			sim.AddFault(fault)
			read, diags := admin(t, sim, object{"retry_timeout": "1s"}).read(keyType, made)
			diags.wantError(t, "Cannot read the API key \"ci\"")
			if !read.value.Equal(made.value) {
				t.Errorf("the state is now %v", read.value)
			}
		})
	}
}

func TestAPIKeyThatAListLacksForAWhileIsLookedForAgain(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := apply2(t, sim, keyType, nil, object{"name": "ci"})
	sim.AddFault(neontest.Fault{Route: "GET /organizations/{org_id}/api_keys", Kind: neontest.FaultBody, Body: "[]", N: 2})
	read, diags := admin(t, sim, nil).read(keyType, made)
	diags.none(t)
	if !read.value.Equal(made.value) {
		t.Errorf("the state is now %v", read.value)
	}
}
