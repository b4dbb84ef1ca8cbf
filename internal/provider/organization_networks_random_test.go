package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// Random lives of VPC endpoints and of a limit: configurations, renames, replacements, taints, changes by hand between
// plan and apply. Whatever happens, a VPC endpoint is deleted only if the plan has warned of just that, the state had
// on_destroy = "delete", and no project was restricted to it; and the limit goes only if the plan has said so.
func TestNetworksRandomly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		sim := simulate(t, func(c *neontest.Config) { c.Latency = 0 })
		w := newWorkspace(t, sim, sim.URL(), nil)
		ids := []string{vpce1, vpce2, vpce3}
		addresses := []string{"a", "b", "c"}
		alive, gone := map[string]bool{}, map[string]bool{} // VPC endpoints that were assigned, and that were deleted by hand
		for range rapid.IntRange(2, 6).Draw(r, "steps") {
			config := configuration{}
			for _, address := range addresses {
				if rapid.Bool().Draw(r, "has "+address) {
					block := endpoint(rapid.SampledFrom(ids).Draw(r, "id"), object{
						"label": rapid.SampledFrom([]string{"x", "y"}).Draw(r, "label"),
					})
					if rapid.Bool().Draw(r, "deletes") {
						block.attributes["on_destroy"] = "delete"
					}
					if rapid.IntRange(0, 5).Draw(r, "unknown") == 0 {
						block.attributes["vpc_endpoint_id"] = later{block.attributes["vpc_endpoint_id"]}
					}
					block.createFirst = rapid.Bool().Draw(r, "created first")
					block.dependentFails = rapid.IntRange(0, 5).Draw(r, "dependent fails") == 0
					config[address] = block
				}
			}
			for _, name := range []string{"limit", "other limit"} {
				if rapid.Bool().Draw(r, "has a "+name) {
					config[name] = limit(rapid.IntRange(1, 3).Draw(r, "cents"), nil)
					if rapid.Bool().Draw(r, "removes") {
						config[name].attributes["on_destroy"] = "remove"
					}
				}
			}
			w.mustReplace = map[string]bool{rapid.SampledFrom(addresses).Draw(r, "by force"): rapid.IntRange(0, 4).Draw(r, "forced") == 0}
			if address := rapid.SampledFrom(addresses).Draw(r, "tainted"); rapid.IntRange(0, 4).Draw(r, "taints") == 0 {
				if _, ok := w.instances[address]; ok {
					taint(w, address)
				}
			}
			w.noRefresh = rapid.IntRange(0, 4).Draw(r, "no refresh") == 0
			w.oneByOne = []int{rapid.IntRange(0, 3).Draw(r, "order"), rapid.IntRange(0, 3).Draw(r, "order")}
			longAgo(t, w)

			deleting := map[string]bool{}
			for _, old := range w.instances {
				if old.typ == endpointType && old.get(t, "on_destroy") == "delete" {
					deleting[old.get(t, "vpc_endpoint_id")] = true
				}
			}
			for _, old := range w.deposed {
				deleting[old.get(t, "vpc_endpoint_id")] = deleting[old.get(t, "vpc_endpoint_id")] || old.get(t, "on_destroy") == "delete"
			}
			byHand := rapid.SampledFrom(append(slices.Clone(ids), "")).Draw(r, "by hand")
			what := rapid.IntRange(0, 3).Draw(r, "what")
			restricted := map[string]bool{}
			before, unseen := sim.SpendingLimit(), false
			result := w.walk(config, func() {
				switch {
				case byHand == "":
				case what == 0:
					gone[byHand] = gone[byHand] || sim.RemoveVPCEndpoint(region, byHand)
				case what == 1:
					restrict(sim, byHand, "p-1")
					restricted[byHand] = true
				case what == 2:
					sim.SetSpendingLimit(9)
					unseen = before == nil || *before != 9
				}
			})
			now := map[string]bool{}
			for _, e := range sim.VPCEndpoints() {
				now[e.ID], alive[e.ID] = true, true
				if len(e.RestrictedProjects) > 0 && byHand != e.ID {
					restrict(sim, e.ID)
				}
			}
			planned := result.planned.String()
			for id := range alive {
				if now[id] || gone[id] {
					continue
				}
				title := fmt.Sprintf("To be deleted permanently: VPC endpoint %s (%s)", id, region)
				if !deleting[id] || restricted[id] || !strings.Contains(planned, title) {
					r.Fatalf("%s was deleted: state %t, restricted %t; the plan said:\n%s", id, deleting[id], restricted[id], planned)
				}
				gone[id] = true
			}
			if before != nil && sim.SpendingLimit() == nil && (unseen || !strings.Contains(planned, "Spending limit removed: "+sim.OrgID())) {
				r.Fatalf("the limit %d was removed, and changed unseen: %t; the plan said:\n%s", *before, unseen, planned)
			}
			for _, e := range sim.VPCEndpoints() {
				restrict(sim, e.ID)
			}
			if len(w.broken) > 0 {
				r.Fatalf("Terraform would complain: %s", w.broken)
			}
		}
	})
}
