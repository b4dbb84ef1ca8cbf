package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// kind is the type of the N resources.
type kind struct {
	name     string
	existing bool   // people who are members already
	config   string // %d is N
}

const (
	// floor is Terraform's own resource, which needs no provider and no network.
	floor = "terraform_data"
	// idle is a provider that does nothing: what Terraform and the plugin protocol cost any provider.
	idle = "an idle provider"
)

var allKinds = []kind{
	{name: floor, config: `resource "terraform_data" "all" {
  count = %d
  input = "bench-${count.index}"
}`},
	{name: idle, config: `terraform {
  required_providers {
    idle = { source = "dcbae579/idle" }
  }
}
resource "idle_thing" "all" {
  count = %d
  name  = "bench-${count.index}"
}`},
	{name: "API keys", config: `resource "neon_organization_api_key" "all" {
  count = %d
  name  = "bench-${count.index}"
}`},
	{name: "members, existing", existing: true, config: `resource "neon_organization_member" "all" {
  count = %d
  email = format("person-%%05d@example.com", count.index + 6)
  role  = ["editor", "viewer", "editor", "collaborator"][(count.index + 6) %% 4]
}`},
	{name: "members, new", config: `resource "neon_organization_member" "all" {
  count = %d
  email = "new-${count.index}@example.com"
  role  = "viewer"
}`},
	{name: "invitations", config: `resource "neon_organization_invitation" "all" {
  count = %d
  email = "new-${count.index}@example.com"
  role  = "viewer"
}`},
}

// choose returns the kinds with these names, or all; what others are compared with is always among them.
func choose(list string) ([]kind, error) {
	if list == "" {
		return allKinds, nil
	}
	chosen := allKinds[:2:2]
	spelled := strings.NewReplacer(", ", "-", " ", "-")
	for word := range strings.SplitSeq(list, ",") {
		found := false
		for _, k := range allKinds[2:] {
			if strings.HasPrefix(spelled.Replace(k.name), spelled.Replace(strings.TrimSpace(word))) {
				chosen, found = append(chosen, k), true
			}
		}
		if !found {
			return nil, fmt.Errorf("-kinds: %q is none of API-keys, members-existing, members-new, invitations", word)
		}
	}
	return chosen, nil
}

// compared reports whether it is there for comparison, and talks to nobody.
func (k kind) compared() bool { return k.name == floor || k.name == idle }

// written is a whole configuration.
func (k kind) written(n int, limits bool) string {
	if k.compared() {
		return fmt.Sprintf(k.config, n)
	}
	pace := "provider \"neon\" {}\n"
	if !limits {
		pace = "provider \"neon\" {\n  requests_per_minute = 1000000 # the floor: no pace of our own\n}\n"
	}
	return "terraform {\n  required_providers {\n    neon = { source = \"dcbae579/neon\" }\n  }\n}\n" + pace + fmt.Sprintf(k.config, n)
}

// check fails unless the simulator has what Terraform was told to make, or nothing of it any more.
func (k kind) check(sim *neontest.Server, n int, destroyed bool) error {
	found, want := 0, n
	switch {
	case k.name == "API keys":
		for _, key := range sim.APIKeys() {
			if strings.HasPrefix(key.Name, "bench-") {
				found++
			}
		}
	case k.existing:
		found = len(sim.Members()) - sim.Config().ExtraMembers - 5 + n // without those that are always there
	default:
		found = len(sim.Invitations())
		destroyed = false // invitations outlive their resource
	}
	if destroyed {
		want = 0
	}
	if found != want {
		return fmt.Errorf("%d %s: the simulator has %d instead of %d", n, k.name, found, want)
	}
	return nil
}

// routes are the requests of a phase, the most frequent first.
func routes(counts map[string]int) string {
	names := make([]string, 0, len(counts))
	for route := range counts {
		names = append(names, route)
	}
	slices.SortFunc(names, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	for i, route := range names {
		names[i] = fmt.Sprintf("%d × `%s`", counts[route], strings.Replace(route, "/organizations/{org_id}/", "…/", 1))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
