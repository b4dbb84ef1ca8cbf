//go:build contract

package contract_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// orders are all that members can be sorted by; "" leaves it to the server.
var orders = []struct{ by, order string }{
	{"email", "asc"},
	{"email", "desc"},
	{"role", "asc"},
	{"role", "desc"},
	{"joined_at", "asc"},
	{"joined_at", "desc"},
	{"email", ""},
	{"role", ""},
	{"", "asc"},
	{"", ""},
}

// TestSDKsPageThroughMembers reads 1,200 members with every size of a page and in every order: not each size in each
// order, which takes many minutes, unless CONTRACT_PAGES is "all".
func TestSDKsPageThroughMembers(t *testing.T) {
	t.Parallel()
	const members = 1200
	onBoth(t, neontest.Config{ExtraMembers: members - 5, NotRecorded: true}, func(t *testing.T, c caller) {
		c.sdks = ownSDKs(t)
		all := c.sim.Members()
		if len(all) != members {
			t.Fatalf("the organization has %d members", len(all))
		}
		var page struct {
			Members    []struct{ Member struct{ ID string } }
			Pagination struct{ Next string }
		}
		c.do(t, "getOrganizationMembers", nil, nil, nil).into(t, &page)
		if len(page.Members) != 100 || page.Pagination.Next == "" { // nobody knows how many Neon gives
			t.Errorf("without a limit there are %d on a page", len(page.Members))
		}
		for i, o := range orders {
			for size := 1; size <= 500; size++ {
				// Each size is in one of the orders, with one of the clients. The edges are in all of them: a page more or less than with the
				// next size, the last one full or of one member, and the limits of limit.
				edge := slices.Contains([]int{100, 109, 110, 119, 120, 150, 171, 172, 199, 200, 239, 240, 241, 299, 300, 301, 399, 400, 401, 499, 500}, size)
				if size%(len(orders)*len(clients)) != i*len(clients)+slices.Index(clients, c.client) && !edge && os.Getenv("CONTRACT_PAGES") != "all" {
					continue
				}
				if got := walk(t, c, size, o.by, o.order); got != nil {
					checkOrder(t, fmt.Sprintf("%s %s, %d a page", o.by, o.order, size), all, got, o.by, o.order)
				}
			}
		}
	})
}

// TestSDKsPageThroughFewMembers is the same with each size in each order, and the validator reads along.
func TestSDKsPageThroughFewMembers(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{ExtraMembers: 7}, func(t *testing.T, c caller) {
		for _, o := range orders {
			for size := 1; size <= 13; size++ {
				if got := walk(t, c, size, o.by, o.order); got != nil {
					checkOrder(t, fmt.Sprintf("%s %s, %d a page", o.by, o.order, size), c.sim.Members(), got, o.by, o.order)
				}
			}
		}
	})
}

// walk reads all pages. Each has to be full but the last one, which must not be empty nor have a next one.
func walk(t *testing.T, c caller, size int, by, order string) []string {
	t.Helper()
	query := params{"limit": size}
	if by != "" {
		query["sort_by"] = by
	}
	if order != "" {
		query["sort_order"] = order
	}
	var read struct {
		IDs   []string
		Sizes []int
	}
	o := c.send(t, params{"client": c.client, "baseURL": c.sim.URL(), "key": c.key, "call": "walk", "orgID": c.sim.OrgID(), "query": query})
	if o.Error != nil {
		t.Errorf("%v: %s", query, o)
		return nil
	}
	o.into(t, &read)
	var want []int
	for rest := len(c.sim.Members()); rest > 0; rest -= size {
		want = append(want, min(rest, size))
	}
	if !slices.Equal(read.Sizes, want) {
		t.Errorf("%v: pages of %v, want %v", query, read.Sizes, want)
	}
	return read.IDs
}

// checkOrder wants each member once, in order. Those that sort equally may come in any order.
func checkOrder(t *testing.T, what string, all []neontest.Member, ids []string, by, order string) {
	t.Helper()
	byID := map[string]neontest.Member{}
	for _, m := range all {
		byID[m.ID] = m
	}
	values := []string{}
	for _, id := range ids {
		m, found := byID[id]
		if !found {
			t.Errorf("%s: %s is twice in the list, or no member", what, id)
			return
		}
		delete(byID, id)
		switch by {
		case "email":
			values = append(values, m.Email)
		case "role":
			values = append(values, m.Role)
		default: // joined_at
			values = append(values, when(m.JoinedAt))
		}
	}
	if len(byID) > 0 {
		t.Errorf("%s: %d members are missing", what, len(byID))
	}
	inOrder := slices.IsSorted(values)
	if order != "asc" { // the default is descending
		inOrder = slices.IsSortedFunc(values, func(a, b string) int { return strings.Compare(b, a) })
	}
	if !inOrder {
		t.Errorf("%s: not in order", what)
	}
}
