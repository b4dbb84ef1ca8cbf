package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const (
	limitType     = "neon_organization_spending_limit"
	endpointType  = "neon_organization_vpc_endpoint"
	limitRoute    = "/organizations/{org_id}/billing/spending_limit"
	endpointRoute = "/organizations/{org_id}/vpc/region/{region_id}/vpc_endpoints/{vpc_endpoint_id}"
	endpointsList = "GET /organizations/{org_id}/vpc/vpc_endpoints"

	setLimit       = "PUT " + limitRoute
	removeLimit    = "DELETE " + limitRoute
	assignEndpoint = "POST " + endpointRoute
	deleteEndpoint = "DELETE " + endpointRoute

	region = "aws-us-east-1"
)

func limit(cents int, more object) declared {
	attributes := object{"cents": cents}
	maps.Copy(attributes, more)
	return declared{typ: limitType, attributes: attributes}
}

func endpoint(id string, more object) declared {
	attributes := object{"region_id": region, "vpc_endpoint_id": id, "label": "main"}
	maps.Copy(attributes, more)
	return declared{typ: endpointType, attributes: attributes}
}

var (
	removes = object{"on_destroy": "remove"}
	deletes = object{"on_destroy": "delete"}
)

func wantLimit(t *testing.T, sim *neontest.Server, want int64) {
	t.Helper()
	now := int64(0)
	if cents := sim.SpendingLimit(); cents != nil {
		now = *cents
	}
	if now != want {
		t.Errorf("the limit is %d, want %d", now, want)
	}
}

// wantEndpoints compares the VPC endpoints as ID=label.
func wantEndpoints(t *testing.T, sim *neontest.Server, want ...string) {
	t.Helper()
	got := []string{}
	for _, e := range sim.VPCEndpoints() {
		got = append(got, e.ID+"="+e.Label)
	}
	if !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("the VPC endpoints are %q, want %q", got, want)
	}
}

// orders are ways to plan two or three resources one after the other, and at once.
var orders = map[string][]int{"at once": nil, "in order": {0}, "backwards": {2, 1}, "the second first": {1, 0}}

// eachOrder runs a test in each order, and compares the messages.
func eachOrder(t *testing.T, test func(t *testing.T, oneByOne []int) messages) {
	t.Helper()
	said := map[string]string{}
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			said[name] = test(t, order).errors().String()
		})
	}
	for name, text := range said {
		if text != said["at once"] {
			t.Errorf("%s:\n%s\nat once:\n%s", name, text, said["at once"])
		}
	}
}

func (w *workspace) rename(from, to string) {
	w.instances[to] = w.instances[from]
	delete(w.instances, from)
}

// A life, and every plan that has nothing to do is empty.
func TestSpendingLimitLife(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, nil)
	step := func(config configuration, warning string, writes ...string) {
		t.Helper()
		sim.ResetRequests()
		result := w.walk(config, nil)
		result.all().noErrors(t)
		if warning != "" {
			result.planned.wantWarning(t, warning)
		} else if len(result.all()) > 0 {
			t.Errorf("says: %s", result.all())
		}
		wantWrites(t, sim, writes...)
		if again := w.walk(config, nil); again.changes != 0 || len(again.all()) > 0 {
			t.Errorf("not empty: %d changes, %s", again.changes, again.all())
		}
	}
	step(configuration{"a": limit(5000, nil)}, "", setLimit)
	wantLimit(t, sim, 5000)
	step(configuration{"a": limit(9000, nil)}, "", setLimit)
	step(configuration{"a": limit(100, nil)}, "Spending limit lowered: "+sim.OrgID(), setLimit)
	wantLimit(t, sim, 100)
	sim.SetSpendingLimit(70) // drift
	step(configuration{"a": limit(100, nil)}, "", setLimit)
	sim.SetSpendingLimit(0)
	longAgo(t, w)
	step(configuration{"a": limit(100, nil)}, "Spending limit removed outside of Terraform: "+sim.OrgID(), setLimit)
	step(configuration{"a": limit(100, removes)}, "")
	step(configuration{}, "Spending limit removed: "+sim.OrgID(), removeLimit)
	wantLimit(t, sim, 0)
}

func TestSpendingLimitStays(t *testing.T) {
	t.Parallel()
	for name, onDestroy := range map[string]object{"by default": nil, "keep": {"on_destroy": "keep"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": limit(5000, onDestroy)})
			result := w.walk(configuration{}, nil)
			result.all().noErrors(t)
			result.planned.wantWarning(t, "Spending limit stays: "+sim.OrgID(), "$50.00 (5000 cents)", "remove")
			wantWrites(t, sim)
			wantLimit(t, sim, 5000)
		})
	}
	t.Run("on_destroy counts once it is applied", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, configuration{"a": limit(5000, nil)})
		w.provider["org_id"] = sim.AddOrganization("Second").OrgID()
		w.walk(configuration{"a": limit(5000, removes)}, nil).planned.wantWarning(t, "Spending limit stays: "+sim.OrgID())
		wantLimit(t, sim, 5000)
	})
}

// A new resource beside a limit that is there.
func TestSpendingLimitAdopts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		now     int64
		warning string
		parts   []string
		writes  []string
	}{
		"an equal one":  {now: 5000},
		"a higher one":  {9000, "Spending limit replaced: ", []string{"$90.00 (9000 cents)", "$50.00 (5000 cents)", "suspend", "import {"}, []string{setLimit}},
		"a smaller one": {100, "Spending limit replaced: ", []string{"$1.00 (100 cents)", "$50.00 (5000 cents)", "import {"}, []string{setLimit}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			sim.SetSpendingLimit(test.now)
			w := contract(t, sim, nil, nil)
			result := w.walk(configuration{"a": limit(5000, nil)}, nil)
			result.all().noErrors(t)
			if test.warning == "" {
				result.all().none(t)
			} else {
				result.planned.wantWarning(t, test.warning+sim.OrgID(), test.parts...)
			}
			if test.now < 5000 && strings.Contains(result.all().String(), "lowers") {
				t.Error("raising a limit lowers it")
			}
			wantWrites(t, sim, test.writes...)
			wantLimit(t, sim, 5000)
		})
	}
}

// The world moves between plan and apply: what the plan has not shown is an error.
func TestSpendingLimitChangesSinceThePlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		after configuration
		now   int64
		fails bool
		left  int64
	}{
		"raised, and to be lowered":    {configuration{"a": limit(100, removes)}, 90000, true, 90000},
		"lowered, and to be raised":    {configuration{"a": limit(9000, removes)}, 10, true, 10},
		"removed, and to be raised":    {configuration{"a": limit(9000, removes)}, 0, true, 0},
		"as it is to be":               {configuration{"a": limit(9000, removes)}, 9000, false, 9000},
		"raised, and to be removed":    {configuration{}, 90000, true, 90000},
		"removed, and to be removed":   {configuration{}, 0, false, 0},
		"unchanged, and to be removed": {configuration{}, 5000, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": limit(5000, removes)})
			result := w.walk(test.after, func() { sim.SetSpendingLimit(test.now) })
			result.planned.noErrors(t)
			if test.fails {
				result.applied.wantError(t, "Spending limit changed since the plan: "+sim.OrgID(), "Plan again")
				wantWrites(t, sim)
			} else {
				result.applied.noErrors(t)
			}
			wantLimit(t, sim, test.left)
			longAgo(t, w)
			w.walk(test.after, nil).all().noErrors(t) // which shows it
			wanted := int64(0)
			if block, ok := test.after["a"]; ok {
				wanted = int64(block.attributes["cents"].(int))
			}
			wantLimit(t, sim, wanted)
		})
	}
	// What has left the configuration is planned from the state before the refresh: the plan shows what Neon has.
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"a": limit(5000, removes)})
	sim.SetSpendingLimit(777)
	result := w.walk(configuration{}, nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, "Spending limit removed: "+sim.OrgID(), "$7.77")
	wantLimit(t, sim, 0)
}

func TestTwoSpendingLimits(t *testing.T) {
	t.Parallel()
	t.Run("two creates", func(t *testing.T) {
		t.Parallel()
		eachOrder(t, func(t *testing.T, order []int) messages {
			t.Helper()
			sim := simulate(t)
			w := contract(t, sim, nil, nil)
			w.oneByOne = order
			planned := w.walk(configuration{"a": limit(1, nil), "b": limit(2, nil)}, nil).planned
			planned.wantError(t, "Two resources for the spending limit of "+sim.OrgID(), "terraform state rm")
			wantWrites(t, sim)
			return planned
		})
	})
	t.Run("one is in the state", func(t *testing.T) {
		t.Parallel()
		eachOrder(t, func(t *testing.T, order []int) messages {
			t.Helper()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": limit(1, nil)})
			w.oneByOne = order
			planned := w.walk(configuration{"a": limit(1, nil), "b": limit(1, nil)}, nil).planned
			planned.wantError(t, "Two resources for the spending limit of "+sim.OrgID())
			return planned
		})
	})
	t.Run("renamed without moved", func(t *testing.T) {
		t.Parallel()
		eachOrder(t, func(t *testing.T, order []int) messages {
			t.Helper()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": limit(5000, removes)})
			w.oneByOne = order
			planned := w.walk(configuration{"b": limit(5000, removes)}, nil).planned
			planned.wantError(t, "Renamed without a moved block: the spending limit of "+sim.OrgID(), "moved {")
			wantLimit(t, sim, 5000)
			w.rename("a", "b") // what the block does
			if again := w.walk(configuration{"b": limit(5000, removes)}, nil); again.changes != 0 || len(again.all()) > 0 {
				t.Errorf("not empty: %s", again.all())
			}
			return planned
		})
	})
	t.Run("renamed, and kept", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, configuration{"a": limit(5000, nil)})
		w.walk(configuration{"b": limit(5000, nil)}, nil).all().noErrors(t)
		wantWrites(t, sim)
		wantLimit(t, sim, 5000)
	})
	t.Run("two in the state, and one ends", func(t *testing.T) {
		t.Parallel()
		for name, order := range orders {
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": limit(5000, removes)})
			w.instances["b"] = copyOf(t, w, "a")
			w.oneByOne = order
			result := w.walk(configuration{"b": limit(5000, removes)}, nil)
			if errs := result.all().errors(); len(errs) > 0 { // the end was planned before the other was read
				errs.wantError(t, "Two resources for the spending limit of "+sim.OrgID(), "terraform state rm", "import {")
			} else {
				result.planned.wantWarning(t, "Spending limit stays: "+sim.OrgID())
			}
			wantWrites(t, sim)
			if t.Failed() {
				t.Log(name)
			}
		}
	})
}

// longAgo makes the changes of all instances so old that no list can lag behind them.
func longAgo(t *testing.T, w *workspace) {
	t.Helper()
	for address, old := range w.instances {
		var private map[string][]byte
		if err := json.Unmarshal(old.private, &private); err != nil {
			t.Fatal(err)
		}
		delete(private, "changed_at")
		aged, err := json.Marshal(private)
		if err != nil {
			t.Fatal(err)
		}
		old.private = aged
		w.instances[address] = old
	}
}

// copyOf is another object for what an instance manages, as an import makes it.
func copyOf(t *testing.T, w *workspace, address string) instance {
	t.Helper()
	original := w.instances[address]
	id := original.get(t, "org_id")
	if original.typ == endpointType {
		id += "/" + original.get(t, "region_id") + "/" + original.get(t, "vpc_endpoint_id")
	}
	copied, diags := w.process().importState(original.typ, id)
	diags.noErrors(t)
	copied.value = original.value // with on_destroy
	return instance{typ: original.typ, state: copied}
}

// What is replaced by force, tainted or deposed takes nothing away.
func TestSpendingLimitByForce(t *testing.T) {
	t.Parallel()
	for _, createFirst := range []bool{false, true} {
		for name, prepare := range map[string]func(*workspace){
			"-replace":                func(w *workspace) { w.mustReplace = map[string]bool{"a": true} },
			"tainted":                 func(w *workspace) { taint(w, "a") },
			"tainted, not refreshed":  func(w *workspace) { taint(w, "a"); w.noRefresh = true },
			"-replace, not refreshed": func(w *workspace) { w.mustReplace, w.noRefresh = map[string]bool{"a": true}, true },
		} {
			t.Run(fmt.Sprint(name, createFirst), func(t *testing.T) {
				t.Parallel()
				sim := simulate(t)
				block := limit(5000, removes)
				block.createFirst = createFirst
				w := contract(t, sim, nil, configuration{"a": block})
				prepare(w)
				result := w.walk(configuration{"a": block}, nil)
				result.all().noErrors(t)
				result.applied.wantWarning(t, "Spending limit stays: "+sim.OrgID())
				wantWrites(t, sim)
				wantLimit(t, sim, 5000)
				w.mustReplace, w.noRefresh = nil, false
				if again := w.walk(configuration{"a": block}, nil); again.changes != 0 || len(w.deposed) > 0 {
					t.Errorf("not empty: %d, %s", again.changes, again.all())
				}
			})
		}
	}
}

func TestSpendingLimitRefusals(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	free := sim.AddOrganization("Free")
	free.SetPlan("free")
	inFree := object{"org_id": free.OrgID()}
	p := admin(t, sim, inFree)
	p.plan(limitType, nil, object{"cents": 1}).wantError(t, "Cannot read the spending limit of "+free.OrgID()+": not on this plan", `"free"`, "Launch and Scale")
	p.data(limitType, object{}).wantError(t, ": not on this plan", `"free"`)
	_, diags := p.importState(limitType, free.OrgID())
	diags.wantError(t, ": not on this plan")

	for _, cents := range []int{0, -5} {
		p.validate(limitType, object{"cents": cents}).wantError(t, "Invalid Attribute Value", "at least 1")
	}
	p.validate(limitType, object{"cents": 1, "on_destroy": "delete"}).wantError(t, "Invalid Attribute Value Match", "remove")

	viewer := admin(t, sim, object{"api_key": sim.ViewerKey()})
	viewer.plan(limitType, nil, object{"cents": 5000}).wantError(t, "Setting the spending limit of "+sim.OrgID()+" needs an admin", "viewer")
	viewer.data(limitType, object{}).none(t)

	sim.SetConfig(func(c *neontest.Config) { c.SettingsNeedPersonalKey = true })
	key := admin(t, sim, object{"api_key": sim.OrganizationKey()})
	planned := key.plan(limitType, nil, object{"cents": 5000})
	planned.noErrors(t)
	_, diags = key.apply(planned)
	diags.wantError(t, "Cannot set the spending limit of "+sim.OrgID(), "personal key")

	readOnly := admin(t, sim, object{"read_only": true})
	planned = readOnly.plan(limitType, nil, object{"cents": 5000})
	planned.noErrors(t)
	_, diags = readOnly.apply(planned)
	diags.wantError(t, "Setting the spending limit of "+sim.OrgID()+": the provider is read-only")

	_, diags = admin(t, sim, nil).importState(limitType, sim.OrgID())
	diags.wantError(t, "No spending limit to import: "+sim.OrgID())
	_, diags = admin(t, sim, nil).importState(limitType, "Example Org")
	diags.wantError(t, `Invalid import ID "Example Org"`)
	wantWrites(t, sim, setLimit) // the refused one
}

// A plan that fails leaves the state as it is: a downgrade of the organization's plan is no reason to forget a limit.
func TestSpendingLimitAfterADowngrade(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"a": limit(5000, nil)})
	sim.SetPlan("free")
	w.walk(configuration{"a": limit(5000, nil)}, nil).planned.wantError(t, ": not on this plan", "terraform state rm")
	if _, ok := w.instances["a"]; !ok {
		t.Error("the limit has left the state")
	}
}

// 40 reads and one resource: one request in a walk.
func TestSpendingLimitIsReadOnce(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"a": limit(5000, nil)})
	p := w.process()
	for range 40 {
		p.data(limitType, object{}).none(t)
	}
	read, diags := p.read(limitType, w.instances["a"].state)
	diags.none(t)
	p.plan(limitType, &read, object{"cents": 5000}).none(t)
	if n := sim.Count("GET " + limitRoute); n != 1 {
		t.Errorf("%d reads", n)
	}
}
