package provider_test

import (
	"fmt"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// writes counts the requests that could change people.
func writes(sim *neontest.Server) int {
	count := 0
	for _, request := range sim.Requests() {
		if request.Method != "GET" {
			count++
		}
	}
	return count
}

func TestTwoResourcesForOnePerson(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	sim.ResetRequests()
	config := func(role string) object { return object{"email": "dev@example.com", "role": role} }
	create := func(p *process) plan { return p.plan(memberType, nil, config("editor")) }
	createOther := func(p *process) plan { return p.plan(memberType, nil, config("member")) }
	invite := func(p *process) plan { return p.plan(invitationType, nil, config("editor")) }
	keep := func(p *process) plan { return p.plan(memberType, &dev, config("editor")) }
	keepOther := func(p *process) plan { return p.plan(memberType, &dev, config("viewer")) }
	destroy := func(p *process) plan { return p.plan(memberType, &dev, nil) }
	for _, test := range []struct {
		name          string
		first, second func(*process) plan
		summary       string
		parts         []string
	}{
		{"two creates", create, createOther, "Two resources for dev@example.com", []string{memberType, `"editor"`, `"member"`}},
		{"a member and an invitation", create, invite, "Two resources for dev@example.com", []string{memberType, invitationType}},
		{"two in the state", keep, keep, "Two resources for dev@example.com", []string{"terraform state rm"}},
		{"a create, then one in the state", create, keep, "Two resources for dev@example.com", nil},
		{"one in the state with another role, then a create", keepOther, create, "Two resources for dev@example.com", nil},
		{"renamed without moved", destroy, create, "Renamed without a moved block: dev@example.com", []string{"moved {", "from = " + memberType + ".", "to   = " + memberType + "."}},
		{"renamed without moved, the create first", create, destroy, "Renamed without a moved block: dev@example.com", []string{"moved {"}},
		{"one destroyed, one kept", destroy, keep, "Two resources for dev@example.com", []string{"destroy = false"}},
		{"one kept, one destroyed", keep, destroy, "Two resources for dev@example.com", []string{"destroy = false"}},
	} {
		p := admin(t, sim, nil)
		test.first(p).noErrors(t)
		test.second(p).wantError(t, test.summary, test.parts...)
	}
	// What only looks like two: a replacement plans the same person twice.
	p := admin(t, sim, nil)
	keep(p).none(t)
	create(p).none(t)
	// Somebody who is retained loses nothing by a rename.
	kept := apply2(t, sim, memberType, &dev, object{"email": "dev@example.com", "role": "editor", "retain_on_destroy": true})
	p = admin(t, sim, nil)
	p.plan(memberType, &kept, nil).noErrors(t)
	create(p).none(t)
	if writes(sim) != 0 {
		t.Errorf("%d writes", writes(sim))
	}
}

// Two of them would send an e-mail at every apply, each putting its own role in the place of the other's.
func TestTwoInvitationsForOnePerson(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	first := apply2(t, sim, invitationType, nil, object{"email": "guest@example.com", "role": "editor"})
	keep := func(p *process) plan {
		return p.plan(invitationType, &first, object{"email": "guest@example.com", "role": "editor"})
	}
	create := func(p *process) plan {
		return p.plan(invitationType, nil, object{"email": "guest@example.com", "role": "viewer"})
	}
	p := admin(t, sim, nil)
	keep(p).none(t)
	create(p).wantError(t, "Two resources for guest@example.com", `"editor"`, `"viewer"`)
	p = admin(t, sim, nil)
	create(p).noErrors(t)
	keep(p).wantError(t, "Two resources for guest@example.com", `"editor"`, `"viewer"`)
	p = admin(t, sim, nil)
	keep(p).none(t)
	keep(p).wantError(t, "Two resources for guest@example.com", "terraform state rm")
	// What only looks like two: a replacement plans the same invitation twice.
	p = admin(t, sim, nil)
	p.plan(invitationType, &first, object{"email": "guest@example.com", "role": "viewer"}).noErrors(t)
	create(p).noErrors(t)
}

func TestSwappedAddressesAreNotARemoval(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	data := apply2(t, sim, memberType, nil, object{"email": "data@example.com", "role": "editor"})
	p := admin(t, sim, nil)
	// Terraform plans the destroy half of a replacement only as part of the first call.
	p.plan(memberType, &dev, object{"email": "data@example.com", "role": "editor"}).noErrors(t)
	p.plan(memberType, nil, object{"email": "data@example.com", "role": "editor"}).noErrors(t)
	p.plan(memberType, &data, object{"email": "dev@example.com", "role": "editor"}).wantError(t, "Renamed without a moved block: data@example.com")
}

func TestRenameWithoutMovedIsStoppedInThePlan(t *testing.T) {
	t.Parallel()
	t.Attr("feature", "moved blocks")
	sim := simulate(t, func(c *neontest.Config) {
		c.RouteLatency = map[string]time.Duration{"DELETE /organizations/{org_id}/members/{member_id}": time.Second}
	})
	config := func(name string) string {
		return asAdmin(sim, fmt.Sprintf("resource %q %q {\n email = \"dev@example.com\"\n role = \"editor\"\n}", memberType, name))
	}
	accept(t,
		resource.TestStep{Config: config("old")},
		resource.TestStep{Config: config("new"), ExpectError: regexp.MustCompile(`(?s)Renamed without a moved block: dev@example.com.*moved \{`)},
		resource.TestStep{Config: config("new") + "\nmoved {\n from = " + memberType + ".old\n to = " + memberType + ".new\n}\n"},
	)
	if n := sim.Count("DELETE /organizations/{org_id}/members/{member_id}"); n != 1 { // the destroy at the end
		t.Errorf("%d removals", n)
	}
}

// A plan in which the e-mail was not known yet cannot be stopped; the apply settles it.
func TestRenameThatThePlanCouldNotSee(t *testing.T) {
	t.Parallel()
	for name, createFirst := range map[string]bool{"create first": true, "destroy first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t, func(c *neontest.Config) {
				c.RouteLatency = map[string]time.Duration{"DELETE /organizations/{org_id}/members/{member_id}": 300 * time.Millisecond}
			})
			config := object{"email": "dev@example.com", "role": "editor"}
			dev := apply2(t, sim, memberType, nil, config)
			removal := admin(t, sim, nil).plan(memberType, &dev, nil)
			removal.noErrors(t)
			p := admin(t, sim, nil) // the apply
			var wait sync.WaitGroup
			remove := func() {
				_, diags := p.apply(removal)
				diags.noErrors(t)
			}
			if createFirst {
				_, diags := p.apply(p.plan(memberType, nil, config))
				diags.noErrors(t)
				remove()
			} else {
				wait.Go(remove)
				until(t, func() bool { return sim.Count("DELETE /organizations/{org_id}/members/{member_id}") > 0 })
				planned := p.plan(memberType, nil, config)
				planned.noErrors(t)
				_, diags := p.apply(planned)
				diags.noErrors(t)
			}
			wait.Wait()
			_, member := sim.Member("dev@example.com")
			if !member && len(invited(sim, "dev@example.com")) == 0 {
				t.Error("dev@example.com is neither a member nor invited")
			}
			if createFirst && sim.Count("DELETE /organizations/{org_id}/members/{member_id}") != 0 {
				t.Error("a person whom this run had adopted was removed")
			}
		})
	}
}

func TestReplacementOfTheSamePerson(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := asAdmin(sim, `
resource "terraform_data" "again" { input = %q }
resource "neon_organization_member" "dev" {
  email = "dev@example.com"
  role  = "editor"
  lifecycle {
    replace_triggered_by = [terraform_data.again]
    %s
  }
}`)
	accept(t,
		resource.TestStep{Config: fmt.Sprintf(config, "1", "")},
		resource.TestStep{Config: fmt.Sprintf(config, "2", ""), Check: memberAgain(sim, 1)},
		resource.TestStep{Config: fmt.Sprintf(config, "2", "create_before_destroy = true")},
		// The create adopts, so the destroy that comes after it has nobody to remove.
		resource.TestStep{Config: fmt.Sprintf(config, "3", "create_before_destroy = true"), Check: memberAgain(sim, 1)},
	)
}
