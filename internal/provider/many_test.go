package provider_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const (
	listKeys        = "GET /organizations/{org_id}/api_keys"
	listMembers     = "GET /organizations/{org_id}/members"
	listInvitations = "GET /organizations/{org_id}/invitations"
)

// many objects are enough to see which requests grow with them; how long 500 take is measured by the benchmark.
const many = 200

// tenAtOnce does something n times, as Terraform does.
func tenAtOnce(n int, do func(i int)) {
	queue := make(chan int)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			for i := range queue {
				do(i)
			}
		})
	}
	for i := range n {
		queue <- i
	}
	close(queue)
	group.Wait()
}

// walkOver reads and plans everything in one process, and counts what is not as the states have it.
func walkOver(t *testing.T, sim *neontest.Server, typ string, states []state, config func(i int) object) (different int) {
	t.Helper()
	p := admin(t, sim, nil)
	var mu sync.Mutex
	sim.ResetRequests()
	tenAtOnce(len(states), func(i int) {
		read, messages := p.read(typ, states[i])
		messages.noErrors(t)
		gone := read.value.IsNull()
		if !gone {
			plan := p.plan(typ, &read, config(i))
			plan.noErrors(t)
			gone = !plan.isEmpty()
		}
		if gone {
			mu.Lock()
			different++
			mu.Unlock()
		}
	})
	return different
}

func TestPlanOfManyKeys(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	config := func(i int) object { return object{"name": fmt.Sprintf("key-%d", i)} }
	states := make([]state, many)
	p := admin(t, sim, object{"requests_per_minute": 1_000_000})
	tenAtOnce(len(states), func(i int) {
		made, messages := p.apply(p.plan(keyType, nil, config(i)))
		messages.none(t)
		made.private = nil // not so young that a list may lag behind
		states[i] = made
	})
	if lists := sim.Count(listKeys); lists != 1 {
		t.Errorf("creating them took %d lists", lists)
	}

	if different := walkOver(t, sim, keyType, states, config); different != 0 {
		t.Errorf("%d keys differ", different)
	}
	if sim.Count(listKeys) != 1 || sim.RequestCount() > 2 { // the list, and what kind of key it is
		t.Errorf("a plan of many keys made the requests %v", sim.Counts())
	}

	// Revoked by hand between two walks.
	for _, key := range sim.APIKeys()[2:9] {
		sim.RevokeAPIKey(key.ID)
	}
	if different := walkOver(t, sim, keyType, states, config); different != 7 {
		t.Errorf("%d keys differ, 7 were revoked", different)
	}
	if sim.RequestCount() > 2+1 { // making keys needs to know whose key it is
		t.Errorf("a plan with 7 keys gone made the requests %v", sim.Counts())
	}
}

// terraform destroy walks three times, each in a process of its own: it reads, plans the removals, and removes.
func TestDestroyOfManyKeys(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	states := make([]state, many)
	p := admin(t, sim, object{"requests_per_minute": 1_000_000})
	tenAtOnce(len(states), func(i int) {
		made, messages := p.apply(p.plan(keyType, nil, object{"name": fmt.Sprintf("key-%d", i)}))
		messages.none(t)
		made.private = nil
		states[i] = made
	})
	before := len(sim.APIKeys())
	if different := walkOver(t, sim, keyType, states, func(i int) object { return object{"name": fmt.Sprintf("key-%d", i)} }); different != 0 {
		t.Errorf("%d keys differ", different)
	}
	requests := sim.RequestCount()
	sim.ResetRequests()

	p = admin(t, sim, nil)
	plans := make([]plan, len(states))
	tenAtOnce(len(states), func(i int) { plans[i] = p.plan(keyType, &states[i], nil) })
	requests += sim.RequestCount()
	sim.ResetRequests()

	p = admin(t, sim, object{"requests_per_minute": 1_000_000})
	tenAtOnce(len(states), func(i int) {
		_, messages := p.apply(plans[i])
		messages.none(t)
	})
	requests += sim.RequestCount()
	if left := len(sim.APIKeys()); left != before-many {
		t.Errorf("%d keys are left of %d", left, before)
	}
	if requests > many+5 {
		t.Errorf("destroying them took %d requests, the last walk of them %v", requests, sim.Counts())
	}
}

func TestPlanOfManyMembers(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{ExtraMembers: many})
	members := sim.Members()
	config := func(i int) object { return object{"email": members[i].Email, "role": members[i].Role} }
	states := make([]state, len(members))
	p := admin(t, sim, nil)
	tenAtOnce(len(states), func(i int) {
		adopted, messages := p.apply(p.plan(memberType, nil, config(i)))
		messages.none(t)
		adopted.private = nil
		states[i] = adopted
	})
	// Whoever is adopted must be in a list that is younger than the call, and ten calls at a time share one.
	if lists := sim.Count(listMembers); lists > len(members)/3 || sim.RequestCount()-lists > 4 {
		t.Errorf("adopting them made the requests %v", sim.Counts())
	}
	check := func(want int) {
		t.Helper()
		if different := walkOver(t, sim, memberType, states, config); different != want {
			t.Errorf("%d members differ, want %d", different, want)
		}
		if sim.Count(listMembers) != 1 || sim.Count(listInvitations) != 1 || sim.RequestCount() > 4 {
			t.Errorf("a plan of many members made the requests %v", sim.Counts())
		}
	}
	check(0)
	sim.RemoveMember(members[100].Email)
	sim.SetRole(members[150].Email, "admin")
	sim.Deactivate(members[170].Email) // shows in the status, and is no difference
	check(2)
}

// What is changed by hand after a process has listed it is still met as it is.
func TestChangesByHandWithinAWalk(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	p := admin(t, sim, nil)
	key, messages := p.apply(p.plan(keyType, nil, object{"name": "ci"}))
	messages.none(t)
	sim.RevokeAPIKey(sim.APIKeys()[2].ID)
	_, messages = p.apply(p.plan(keyType, &key, nil))
	messages.none(t) // it is gone, as it was to be
	if len(sim.APIKeys()) != 2 {
		t.Errorf("keys are %v", sim.APIKeys())
	}

	joins := p.plan(memberType, nil, object{"email": "new@example.com", "role": "viewer"})
	leaves, messages := p.apply(p.plan(memberType, nil, object{"email": "dev@example.com", "role": "editor"}))
	messages.none(t)
	sim.AddMember("new@example.com", "viewer")
	sim.RemoveMember("dev@example.com")
	joined, messages := p.apply(joins)
	messages.none(t)
	if status := joined.get(t, "status"); status != "active" || len(sim.Invitations()) != 0 {
		t.Errorf("who joined meanwhile is %s, invitations are %v", status, sim.Invitations())
	}
	_, messages = p.apply(p.plan(memberType, &leaves, nil))
	messages.none(t)
	if len(sim.Members()) != 5 { // without dev, with new
		t.Errorf("members are %v", sim.Members())
	}
}
