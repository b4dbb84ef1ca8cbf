package provider_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const (
	vpce1, vpce2, vpce3 = "vpce-0000000000000001", "vpce-0000000000000002", "vpce-0000000000000003"
	titleOf1            = "VPC endpoint " + vpce1 + " (" + region + ")"
)

func restrict(sim *neontest.Server, id string, projects ...string) {
	sim.ChangeVPCEndpoint(region, id, func(e *neontest.VPCEndpoint) { e.RestrictedProjects = projects })
}

// A life, and every plan that has nothing to do is empty.
func TestVPCEndpointLife(t *testing.T) {
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
	step(configuration{"a": endpoint(vpce1, nil)}, "", assignEndpoint)
	wantEndpoints(t, sim, vpce1+"=main")
	sim.AcceptVPCEndpoint(region, vpce1) // no drift
	restrict(sim, vpce1, "shiny-wind-12345678")
	step(configuration{"a": endpoint(vpce1, nil)}, "")
	step(configuration{"a": endpoint(vpce1, object{"label": "other"})}, "", assignEndpoint)
	wantEndpoints(t, sim, vpce1+"=other")
	sim.ChangeVPCEndpoint(region, vpce1, func(e *neontest.VPCEndpoint) { e.Label = "by hand" }) // drift
	step(configuration{"a": endpoint(vpce1, nil)}, "", assignEndpoint)
	restrict(sim, vpce1)
	step(configuration{"a": endpoint(vpce1, deletes)}, "")
	step(configuration{}, "To be deleted permanently: "+titleOf1, deleteEndpoint)
	wantEndpoints(t, sim)
	// It can never come back, and the message says so.
	result := w.walk(configuration{"a": endpoint(vpce1, nil)}, nil)
	result.applied.wantError(t, "Cannot assign the "+titleOf1, "never be added back", "create a new one in AWS")
}

// A VPC endpoint that was deleted by hand: the plan says that it cannot come back.
func TestVPCEndpointDeletedByHand(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := configuration{"a": endpoint(vpce1, nil)}
	w := contract(t, sim, nil, config)
	sim.RemoveVPCEndpoint(region, vpce1)
	longAgo(t, w)
	result := w.walk(config, nil)
	result.planned.wantWarning(t, "Deleted outside of Terraform: "+titleOf1, "never", "Remove the resource")
	result.applied.wantError(t, "Cannot assign the "+titleOf1)
	if _, still := w.instances["a"]; still {
		t.Error("the state still has it")
	}
}

func TestVPCEndpointStays(t *testing.T) {
	t.Parallel()
	for name, onDestroy := range map[string]object{"by default": nil, "keep": {"on_destroy": "keep"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": endpoint(vpce1, onDestroy)})
			result := w.walk(configuration{}, nil)
			result.all().noErrors(t)
			result.planned.wantWarning(t, "Stays assigned: "+titleOf1, "delete")
			wantWrites(t, sim)
			wantEndpoints(t, sim, vpce1+"=main")
		})
	}
}

func TestVPCEndpointAdopts(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddVPCEndpoint(region, vpce1, "main")
	sim.AddVPCEndpoint(region, vpce2, "by hand")
	sim.AddVPCEndpoint("aws-us-west-2", vpce3, "main") // another region's
	w := contract(t, sim, nil, nil)
	result := w.walk(configuration{"a": endpoint(vpce1, nil)}, nil)
	result.all().none(t)
	wantWrites(t, sim)
	result = w.walk(configuration{"a": endpoint(vpce1, nil), "b": endpoint(vpce2, nil)}, nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, "Already assigned with another label: VPC endpoint "+vpce2, `"by hand"`, `"main"`, sim.OrgID()+"/"+region+"/"+vpce2)
	wantWrites(t, sim, assignEndpoint)
	wantEndpoints(t, sim, vpce1+"=main", vpce2+"=main", vpce3+"=main")
	result = w.walk(configuration{"a": endpoint(vpce1, nil), "b": endpoint(vpce2, nil), "c": endpoint(vpce3, nil)}, nil)
	result.all().noErrors(t) // in its own region it is new
	wantEndpoints(t, sim, vpce1+"=main", vpce2+"=main", vpce3+"=main", vpce3+"=main")
}

// What cannot be undone is done only where a plan has shown just that. Each of these tries to delete by accident.
func TestVPCEndpointIsNeverDeletedByAccident(t *testing.T) {
	t.Parallel()
	type accident struct {
		before, after configuration
		prepare       func(*testing.T, *workspace)
		meanwhile     func(*neontest.Server)
		planned       string // the error in the plan
		applied       string // what is said in the apply
		left          []string
		others        []string // writes, other than deletions
	}
	a := configuration{"a": endpoint(vpce1, deletes)}
	first := func(c configuration) configuration { // create_before_destroy
		changed := configuration{}
		for address, block := range c {
			block.createFirst = true
			changed[address] = block
		}
		return changed
	}
	byForce := func(_ *testing.T, w *workspace) { w.mustReplace = map[string]bool{"a": true} }
	tainted := func(_ *testing.T, w *workspace) { taint(w, "a") }
	stale := func(_ *testing.T, w *workspace) { taint(w, "a"); w.noRefresh = true }
	one := []string{vpce1 + "=main"}
	elsewhere := endpoint(vpce1, object{"on_destroy": "delete", "region_id": "aws-us-west-2"})
	const replaced = "Replacement refused: " + titleOf1
	for name, test := range map[string]accident{
		"-replace":                              {before: a, after: a, prepare: byForce, planned: replaced, left: one},
		"-replace, created first":               {before: first(a), after: first(a), prepare: byForce, planned: replaced, left: one},
		"-replace, kept":                        {before: configuration{"a": endpoint(vpce1, nil)}, after: configuration{"a": endpoint(vpce1, nil)}, prepare: byForce, planned: replaced, left: one},
		"-replace while the ID is not known":    {before: a, after: configuration{"a": endpoint("", object{"vpc_endpoint_id": later{vpce1}, "on_destroy": "delete"})}, prepare: byForce, planned: replaced, left: one},
		"tainted":                               {before: a, after: a, prepare: tainted, applied: "Stays assigned: " + titleOf1, left: one},
		"tainted, not refreshed":                {before: a, after: a, prepare: stale, applied: "Stays assigned: " + titleOf1, left: one},
		"tainted, created first":                {before: first(a), after: first(a), prepare: tainted, applied: "Stays assigned: " + titleOf1, left: one},
		"tainted, and another ID":               {before: a, after: configuration{"a": endpoint(vpce2, deletes)}, prepare: tainted, applied: "Stays assigned: " + titleOf1, left: []string{vpce1 + "=main", vpce2 + "=main"}, others: []string{assignEndpoint}},
		"tainted, and another ID created first": {before: first(a), after: first(configuration{"a": endpoint(vpce2, deletes)}), prepare: tainted, applied: "Stays assigned: " + titleOf1, left: []string{vpce1 + "=main", vpce2 + "=main"}, others: []string{assignEndpoint}},
		"another ID, kept":                      {before: configuration{"a": endpoint(vpce1, nil)}, after: configuration{"a": endpoint(vpce2, nil)}, planned: replaced, left: one},
		"another ID, delete is not applied":     {before: configuration{"a": endpoint(vpce1, nil)}, after: configuration{"a": endpoint(vpce2, deletes)}, planned: replaced, left: one},
		"another region, delete not applied":    {before: configuration{"a": endpoint(vpce1, nil)}, after: configuration{"a": elsewhere}, planned: replaced, left: one},
		"restricted projects, and another ID":   {before: a, after: configuration{"a": endpoint(vpce2, deletes)}, prepare: func(_ *testing.T, w *workspace) { restrict(w.sim, vpce1, "p-1") }, planned: "Still in use: " + titleOf1, left: one},
		"restricted projects":                   {before: a, after: configuration{}, prepare: func(_ *testing.T, w *workspace) { restrict(w.sim, vpce1, "p-1", "p-2") }, planned: "Still in use: " + titleOf1, left: one},
		"restricted since the plan":             {before: a, after: configuration{}, meanwhile: func(sim *neontest.Server) { restrict(sim, vpce1, "p-1") }, applied: "Still in use: " + titleOf1, left: one},
		"restricted since the plan, another ID": {before: a, after: configuration{"a": endpoint(vpce2, deletes)}, meanwhile: func(sim *neontest.Server) { restrict(sim, vpce1, "p-1") }, applied: "Still in use: " + titleOf1, left: one},
		"delete is not applied":                 {before: configuration{"a": endpoint(vpce1, nil)}, after: configuration{}, left: one},
		"beside one that is not known yet": {
			before: a, after: configuration{"b": endpoint("", object{"vpc_endpoint_id": later{vpce1}})},
			planned: "Cannot be deleted yet: " + titleOf1, left: one,
		},
		"beside one whose region is not known yet": {
			before: a, after: configuration{"b": endpoint(vpce1, object{"region_id": later{region}})},
			planned: "Cannot be deleted yet: " + titleOf1, left: one,
		},
		"beside one that waits": {
			before:  configuration{"a": endpoint(vpce1, deletes), "b": endpoint(vpce2, nil)},
			after:   configuration{"b": endpoint("", object{"vpc_endpoint_id": later{vpce1}})},
			planned: "Cannot be deleted yet: " + titleOf1, left: []string{vpce1 + "=main", vpce2 + "=main"},
		},
		"renamed": {before: a, after: configuration{"b": endpoint(vpce1, deletes)}, planned: "Renamed without a moved block: " + titleOf1, left: one},
		"renamed, with another label": {
			before: a, after: configuration{"b": endpoint(vpce1, object{"label": "x"})}, planned: "Renamed without a moved block: " + titleOf1, left: one,
		},
		"renamed, not refreshed": {
			before: a, after: configuration{"b": endpoint(vpce1, deletes)}, prepare: func(_ *testing.T, w *workspace) { w.noRefresh = true },
			planned: "Renamed without a moved block: " + titleOf1, left: one,
		},
		"count without the first": {
			before: configuration{"n0": endpoint(vpce1, deletes), "n1": endpoint(vpce2, deletes), "n2": endpoint(vpce3, deletes)},
			after:  configuration{"n0": endpoint(vpce2, deletes), "n1": endpoint(vpce3, deletes)}, planned: "Renamed without a moved block: VPC endpoint ",
			left: []string{vpce1 + "=main", vpce2 + "=main", vpce3 + "=main"},
		},
		"two swap": {
			before: configuration{"n0": endpoint(vpce1, deletes), "n1": endpoint(vpce2, deletes)},
			after:  configuration{"n0": endpoint(vpce2, deletes), "n1": endpoint(vpce1, deletes)}, planned: "Renamed without a moved block: VPC endpoint ",
			left: []string{vpce1 + "=main", vpce2 + "=main"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for order, oneByOne := range orders {
				sim := simulate(t)
				w := contract(t, sim, nil, test.before)
				if test.prepare != nil {
					test.prepare(t, w)
				}
				w.oneByOne = oneByOne
				result := w.walk(test.after, func() {
					if test.meanwhile != nil {
						test.meanwhile(sim)
					}
				})
				if test.planned != "" {
					result.planned.wantError(t, test.planned)
				} else {
					result.planned.noErrors(t)
				}
				if !strings.Contains(result.applied.String(), test.applied) {
					t.Errorf("no %q in the apply: %s", test.applied, result.applied)
				}
				wantWrites(t, sim, test.others...)
				wantEndpoints(t, sim, test.left...)
				if t.Failed() {
					t.Fatal(order)
				}
			}
		})
	}
}

// What is asked for is done, once it has been shown.
func TestVPCEndpointReplacement(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"a": endpoint(vpce1, deletes)})
	result := w.walk(configuration{"a": endpoint(vpce2, deletes)}, nil)
	result.all().noErrors(t)
	result.planned.wantWarning(t, "To be deleted permanently: "+titleOf1, "cannot be undone", "create_before_destroy")
	wantWrites(t, sim, assignEndpoint, deleteEndpoint)
	wantEndpoints(t, sim, vpce2+"=main")
	if again := w.walk(configuration{"a": endpoint(vpce2, deletes)}, nil); again.changes != 0 {
		t.Errorf("not empty: %s", again.all())
	}
}

// With create_before_destroy, the old object is a deposed one, of which nothing tells whether a plan has shown its end.
func TestVPCEndpointReplacementCreatedFirst(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]bool{"assigned": false, "refused": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			before, after := endpoint(vpce1, deletes), endpoint(vpce2, deletes)
			before.createFirst, after.createFirst = true, true
			w := contract(t, sim, nil, configuration{"a": before})
			if refused {
				sim.AddVPCEndpoint(region, vpce2, "old")
				sim.RemoveVPCEndpoint(region, vpce2)
				w.walk(configuration{"a": after}, nil).applied.wantError(t, "Cannot assign the VPC endpoint "+vpce2)
				wantEndpoints(t, sim, vpce1+"=main")
				return
			}
			result := w.walk(configuration{"a": after}, nil)
			result.all().noErrors(t)
			result.applied.wantWarning(t, "Stays assigned: "+titleOf1, "import {")
			wantEndpoints(t, sim, vpce1+"=main", vpce2+"=main")
			if again := w.walk(configuration{"a": after}, nil); again.changes != 0 || len(w.deposed) > 0 {
				t.Errorf("not empty: %d, %s", again.changes, again.all())
			}
		})
	}
}

// A deposed object of an interrupted replacement deletes nothing by itself.
func TestDeposedVPCEndpoint(t *testing.T) {
	t.Parallel()
	interrupted := func(t *testing.T) (*neontest.Server, *workspace, configuration) {
		t.Helper()
		sim := simulate(t)
		before, after := endpoint(vpce1, deletes), endpoint(vpce2, deletes)
		before.createFirst, after.createFirst, after.dependentFails = true, true, true
		w := contract(t, sim, nil, configuration{"a": before})
		w.walk(configuration{"a": after}, nil).all().noErrors(t)
		if len(w.deposed) != 1 {
			t.Fatalf("%d deposed objects", len(w.deposed))
		}
		after.dependentFails = false
		return sim, w, configuration{"a": after}
	}
	t.Run("alone", func(t *testing.T) {
		t.Parallel()
		sim, w, config := interrupted(t)
		result := w.walk(config, nil)
		result.all().noErrors(t)
		result.applied.wantWarning(t, "Stays assigned: "+titleOf1, "deposed", "import {", sim.OrgID()+"/"+region+"/"+vpce1)
		wantEndpoints(t, sim, vpce1+"=main", vpce2+"=main")
		if again := w.walk(config, nil); again.changes != 0 || len(w.deposed) > 0 {
			t.Errorf("not empty: %d, %s", again.changes, again.all())
		}
	})
	t.Run("beside a resource for the same", func(t *testing.T) {
		t.Parallel()
		sim, w, config := interrupted(t)
		config["b"] = endpoint(vpce1, nil)
		w.walk(config, nil).planned.wantError(t, "Renamed without a moved block: "+titleOf1, "terraform state rm")
		wantEndpoints(t, sim, vpce1+"=main", vpce2+"=main")
	})
	t.Run("while projects are restricted to it", func(t *testing.T) {
		t.Parallel()
		sim, w, config := interrupted(t)
		restrict(sim, vpce1, "p-1")
		w.walk(config, nil).planned.wantError(t, "Still in use: "+titleOf1, "terraform state rm")
		wantEndpoints(t, sim, vpce1+"=main", vpce2+"=main")
	})
}

func TestTwoVPCEndpointResources(t *testing.T) {
	t.Parallel()
	t.Run("two creates", func(t *testing.T) {
		t.Parallel()
		eachOrder(t, func(t *testing.T, order []int) messages {
			t.Helper()
			sim := simulate(t)
			w := contract(t, sim, nil, nil)
			w.oneByOne = order
			planned := w.walk(configuration{"a": endpoint(vpce1, nil), "b": endpoint(vpce1, object{"label": "x"})}, nil).planned
			planned.wantError(t, "Two resources for the "+titleOf1, "terraform state rm")
			wantWrites(t, sim)
			return planned
		})
	})
	t.Run("one in the state", func(t *testing.T) {
		t.Parallel()
		eachOrder(t, func(t *testing.T, order []int) messages {
			t.Helper()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": endpoint(vpce1, nil)})
			w.oneByOne = order
			planned := w.walk(configuration{"a": endpoint(vpce1, nil), "b": endpoint(vpce1, nil)}, nil).planned
			planned.wantError(t, "Two resources for the "+titleOf1)
			return planned
		})
	})
	t.Run("renamed", func(t *testing.T) {
		t.Parallel()
		eachOrder(t, func(t *testing.T, order []int) messages {
			t.Helper()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": endpoint(vpce1, deletes)})
			w.oneByOne = order
			planned := w.walk(configuration{"b": endpoint(vpce1, deletes)}, nil).planned
			w.rename("a", "b") // what the moved block does
			if again := w.walk(configuration{"b": endpoint(vpce1, deletes)}, nil); again.changes != 0 || len(again.all()) > 0 {
				t.Errorf("not empty: %s", again.all())
			}
			return planned
		})
	})
	t.Run("renamed, and kept", func(t *testing.T) {
		t.Parallel()
		sim := simulate(t)
		w := contract(t, sim, nil, configuration{"a": endpoint(vpce1, nil)})
		w.walk(configuration{"b": endpoint(vpce1, nil)}, nil).all().noErrors(t)
		wantWrites(t, sim)
		wantEndpoints(t, sim, vpce1+"=main")
	})
	t.Run("two in the state, and one ends", func(t *testing.T) {
		t.Parallel()
		for name, order := range orders {
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": endpoint(vpce1, deletes)})
			w.instances["b"] = copyOf(t, w, "a")
			w.oneByOne = order
			result := w.walk(configuration{"b": endpoint(vpce1, deletes)}, nil)
			if errs := result.all().errors(); len(errs) > 0 { // the end was planned before the other was read
				errs.wantError(t, "Two resources for the "+titleOf1, "terraform state rm", "import {")
			} else {
				result.planned.wantWarning(t, "Stays assigned: "+titleOf1)
			}
			wantWrites(t, sim)
			wantEndpoints(t, sim, vpce1+"=main")
			if t.Failed() {
				t.Fatal(name)
			}
		}
	})
}

// The world moves between plan and apply.
func TestVPCEndpointChangesSinceThePlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		after     configuration
		meanwhile func(*neontest.Server)
		summary   string
		left      []string
	}{
		"deleted, and to be relabelled": {
			configuration{"a": endpoint(vpce1, object{"label": "x"})},
			func(sim *neontest.Server) { sim.RemoveVPCEndpoint(region, vpce1) },
			"Changed since the plan: " + titleOf1, nil,
		},
		"relabelled, and to be relabelled": {
			configuration{"a": endpoint(vpce1, object{"label": "x"})},
			func(sim *neontest.Server) { sim.AddVPCEndpoint(region, vpce1, "y") },
			"Changed since the plan: " + titleOf1,
			[]string{vpce1 + "=y"},
		},
		"deleted, and to be deleted": {
			configuration{}, func(sim *neontest.Server) { sim.RemoveVPCEndpoint(region, vpce1) }, "", nil,
		},
		"assigned, and to be assigned": {
			configuration{"a": endpoint(vpce1, deletes), "b": endpoint(vpce2, nil)},
			func(sim *neontest.Server) { sim.AddVPCEndpoint(region, vpce2, "y") },
			"",
			[]string{vpce1 + "=main", vpce2 + "=main"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			w := contract(t, sim, nil, configuration{"a": endpoint(vpce1, deletes)})
			result := w.walk(test.after, func() { test.meanwhile(sim) })
			result.planned.noErrors(t)
			if test.summary == "" {
				result.applied.noErrors(t)
			} else {
				result.applied.wantError(t, test.summary, "Plan again")
				wantWrites(t, sim)
			}
			wantEndpoints(t, sim, test.left...)
		})
	}
}

func TestTenVPCEndpointsInARegion(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	for i := range 9 {
		sim.AddVPCEndpoint(region, fmt.Sprintf("vpce-a%d", i), "x")
	}
	w := contract(t, sim, nil, nil)
	two := configuration{"a": endpoint(vpce1, nil), "b": endpoint(vpce2, nil)}
	w.walk(two, nil).planned.wantError(t, "Too many VPC endpoints in "+region, "10", sim.OrgID()+" has 9 others")
	wantWrites(t, sim)
	two["b"].attributes["region_id"] = "aws-us-west-2"
	w.walk(two, nil).all().noErrors(t)
	// A replacement has its place, and adopting takes none.
	adopted := configuration{"a": endpoint(vpce1, deletes), "c": endpoint("vpce-a1", object{"label": "x"})}
	delete(w.instances, "b")
	w.walk(adopted, nil).all().noErrors(t)
	adopted["a"] = endpoint(vpce3, deletes)
	w.walk(adopted, nil).all().noErrors(t)
	if n := len(sim.VPCEndpoints()); n != 11 { // one is in another region
		t.Errorf("%d VPC endpoints", n)
	}
	// Where the plan could not see it, Neon refuses, and the message explains.
	planned := start(t, object{"api_key": unknown}).plan(endpointType, nil, endpoint(vpce2, nil).attributes)
	planned.noErrors(t)
	_, diags := admin(t, sim, nil).apply(planned)
	diags.wantError(t, "Cannot assign the VPC endpoint "+vpce2, "at most 10", "eleventh")
}

func TestVPCEndpointArguments(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, nil)
	for name, test := range map[string]struct {
		change object
		errs   []string
	}{
		"Azure":                  {object{"region_id": "azure-eastus2"}, []string{"Invalid Attribute Value Match", "Azure"}},
		"AWS's name of a region": {object{"region_id": "us-east-1"}, []string{"Invalid Attribute Value Match", "aws-us-east-1"}},
		"a service name":         {object{"vpc_endpoint_id": "com.amazonaws.vpce.us-east-1.vpce-svc-1"}, []string{"Invalid Attribute Value Match", "service name"}},
		"upper case":             {object{"vpc_endpoint_id": "VPCE-0A"}, []string{"Invalid Attribute Value Match"}},
		"a path":                 {object{"vpc_endpoint_id": "vpce-1/../x"}, []string{"Invalid Attribute Value Match"}},
		"an empty label":         {object{"label": ""}, []string{"Invalid VPC endpoint label", "empty"}},
		"a blank label":          {object{"label": " "}, []string{"Invalid VPC endpoint label"}},
		"a padded label":         {object{"label": "x "}, []string{"Invalid VPC endpoint label", "blank"}},
		"a line break":           {object{"label": "a\nb"}, []string{"Invalid VPC endpoint label"}},
		"a command":              {object{"label": "::error::x"}, []string{"Invalid VPC endpoint label"}},
		"on_destroy":             {object{"on_destroy": "remove"}, []string{"Invalid Attribute Value Match", "delete"}},
	} {
		config := endpoint(vpce1, test.change).attributes
		diags := p.validate(endpointType, config)
		if len(diags.errors()) != 1 {
			t.Errorf("%s: %s", name, diags)
		}
		diags.wantError(t, test.errs[0], test.errs[1:]...)
	}
	p.validate(endpointType, endpoint("vpce-0123456789abcdef0", nil).attributes).none(t)
}

func TestVPCEndpointKeys(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	w := contract(t, sim, nil, configuration{"a": endpoint(vpce1, deletes)})
	kept := w.instances["a"].state

	viewer := admin(t, sim, object{"api_key": sim.ViewerKey()})
	viewer.plan(endpointType, nil, endpoint(vpce2, nil).attributes).wantError(t, "Assigning the VPC endpoint "+vpce2+" ("+region+") needs an admin")
	viewer.plan(endpointType, &kept, endpoint(vpce1, object{"label": "x"}).attributes).wantError(t, "Assigning the "+titleOf1+" needs an admin")
	viewer.plan(endpointType, &kept, nil).wantError(t, "Deleting the "+titleOf1+" needs an admin")
	viewer.plan(endpointType, &kept, endpoint(vpce1, deletes).attributes).none(t)
	viewer.data("neon_organization_vpc_endpoints", object{}).none(t)

	readOnly := admin(t, sim, object{"read_only": true})
	for _, planned := range []plan{
		readOnly.plan(endpointType, nil, endpoint(vpce2, nil).attributes),
		readOnly.plan(endpointType, &kept, endpoint(vpce1, object{"label": "x"}).attributes),
		w.process().plan(endpointType, &kept, nil),
	} {
		planned.noErrors(t)
		_, diags := admin(t, sim, object{"read_only": true}).apply(planned)
		diags.wantError(t, ": the provider is read-only")
	}
	// Neon may refuse an organization key.
	sim.SetConfig(func(c *neontest.Config) { c.SettingsNeedPersonalKey = true })
	planned := admin(t, sim, object{"api_key": sim.OrganizationKey()}).plan(endpointType, nil, endpoint(vpce2, nil).attributes)
	planned.noErrors(t)
	_, diags := admin(t, sim, object{"api_key": sim.OrganizationKey()}).apply(planned)
	diags.wantError(t, "Cannot assign the VPC endpoint "+vpce2, "personal key")
	wantEndpoints(t, sim, vpce1+"=main")
}

func TestVPCEndpointImport(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddVPCEndpoint(region, vpce1, "by hand")
	p := admin(t, sim, nil)
	for _, id := range []string{sim.OrgID() + "/" + region + "/" + vpce1, region + "/" + vpce1} {
		p := admin(t, sim, nil)
		imported, diags := p.importState(endpointType, id)
		diags.none(t)
		planned := p.plan(endpointType, &imported, endpoint(vpce1, object{"label": "by hand"}).attributes)
		planned.none(t)
		if !planned.isEmpty() {
			t.Errorf("imported by %s, the plan is %v", id, planned.planned.value)
		}
	}
	for id, summary := range map[string]string{
		vpce1:                         `Invalid import ID "` + vpce1 + `"`,
		"":                            `Invalid import ID ""`,
		sim.OrgID() + "/" + vpce1:     "Invalid import ID",
		"us-east-1/" + vpce1:          "Invalid import ID",
		"Org/" + region + "/" + vpce1: "Invalid import ID",
		"x/" + sim.OrgID() + "/" + region + "/" + vpce1: "Invalid import ID",
		region + "/" + vpce2:                            "Not assigned: VPC endpoint " + vpce2,
		"aws-us-west-2/" + vpce1:                        "Not assigned: VPC endpoint " + vpce1 + " (aws-us-west-2)",
	} {
		_, diags := p.importState(endpointType, id)
		diags.wantError(t, summary)
	}
	for _, test := range []struct {
		identity object
		parts    []string
	}{
		{object{"vpc_endpoint_id": vpce1}, []string{"a value for region_id"}},
		{object{"region_id": region}, []string{"a value for vpc_endpoint_id"}},
		{object{"region_id": "azure-eastus2", "vpc_endpoint_id": vpce1}, []string{"Azure"}},
		{object{"region_id": region, "vpc_endpoint_id": "svc"}, []string{"vpce-"}},
		{object{"region_id": region, "vpc_endpoint_id": vpce1, "org_id": "Org"}, []string{`"Org"`}},
	} {
		_, diags := p.importIdentity(endpointType, test.identity)
		diags.wantError(t, "Invalid import identity", test.parts...)
	}
}

// 30 VPC endpoints: one list in a plan, and no details unless they are asked for.
func TestVPCEndpointsAreListedOnce(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := configuration{}
	for i, region := range []string{"aws-us-east-1", "aws-us-west-2", "aws-eu-central-1"} {
		for n := range 10 {
			id := fmt.Sprintf("vpce-%d%d", i, n)
			sim.AddVPCEndpoint(region, id, "main")
			config[id] = endpoint(id, object{"region_id": region})
		}
	}
	w := contract(t, sim, nil, config)
	result := w.walk(config, nil)
	result.all().none(t)
	if n, all := sim.Count(endpointsList), sim.RequestCount(); n != 1 || all > 4 {
		t.Errorf("%d lists, %d requests: %v", n, all, sim.Counts())
	}
}

// The list has no states, and no restrictions: each costs a request, and is asked for only where it is wanted.
func TestVPCEndpointsDataSource(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddVPCEndpoint(region, vpce2, "b")
	sim.AddVPCEndpoint(region, vpce1, "a")
	sim.AddVPCEndpoint("aws-eu-central-1", vpce3, "c")
	sim.AcceptVPCEndpoint(region, vpce1)
	restrict(sim, vpce1, "p-1", "p-2", "p-3", "p-4")
	read := func(config object) []string {
		t.Helper()
		sim.ResetRequests()
		var lines []string
		for _, e := range admin(t, sim, nil).readData(t, "neon_organization_vpc_endpoints", config, "vpc_endpoints") {
			lines = append(lines, fmt.Sprint(e["region_id"], " ", e["vpc_endpoint_id"], " ", e["label"], " ", e["state"], " ", e["num_restricted_projects"]))
		}
		return lines
	}
	want := func(config object, details int, want ...string) {
		t.Helper()
		if got := read(config); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%v: %q", config, got)
		}
		if n := sim.Count("GET " + endpointRoute); n != details || sim.Count(endpointsList) != 1 {
			t.Errorf("%v: %d details, %v", config, n, sim.Counts())
		}
	}
	want(object{}, 0, "aws-eu-central-1 "+vpce3+" c  ", "aws-us-east-1 "+vpce1+" a  ", "aws-us-east-1 "+vpce2+" b  ")
	want(object{"region_id": region, "include_details": true}, 2, "aws-us-east-1 "+vpce1+" a accepted 4", "aws-us-east-1 "+vpce2+" b new 0")
	want(object{"region_id": "aws-us-west-2", "include_details": true}, 0)

	sim.AddFault(neontest.Fault{Route: "GET " + endpointRoute, Kind: neontest.FaultStatus, Status: 404, Message: "not found", N: -1})
	admin(t, sim, nil).data("neon_organization_vpc_endpoints", object{"include_details": true}).wantError(t, "Cannot list the projects restricted to the VPC endpoint")
}

// readData reads a data source, and returns the elements of a list by attribute, as text.
func (p *process) readData(t *testing.T, typ string, config object, list string) (elements []map[string]string) {
	t.Helper()
	value, diags := p.dataValue(typ, config)
	diags.none(t)
	var values []tftypes.Value
	if err := attributesOf(value)[list].As(&values); err != nil {
		t.Fatal(err)
	}
	for _, one := range values {
		element := map[string]string{}
		for name, attribute := range attributesOf(one) {
			var number big.Float
			var text string
			switch {
			case attribute.IsNull():
			case attribute.As(&text) == nil:
				element[name] = text
			case attribute.As(&number) == nil:
				element[name] = number.String()
			}
		}
		elements = append(elements, element)
	}
	return elements
}
