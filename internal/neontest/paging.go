package neontest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// memberCursor marks a place in a sorted list of members: just behind the member with this id, who sorts by this
// value. So a page is right even if that member has left meanwhile.
type memberCursor struct {
	MemberID  string `json:"member_id"`
	SortBy    string `json:"sort_by"`
	SortOrder string `json:"sort_order"`
	Value     string `json:"value"`
}

// grade: spec — on the last page of members, pagination.next is left out.
type paginationBody struct {
	Next      string `json:"next,omitempty"`
	SortBy    string `json:"sort_by,omitempty"`
	SortOrder string `json:"sort_order,omitempty"`
}

// limit reads and checks the query parameter.
func (c *call) limit(standard, maximum int) (int, *answer) {
	if !c.query.Has("limit") {
		return standard, nil
	}
	limit, err := strconv.Atoi(c.query.Get("limit"))
	if err != nil || limit < 1 || limit > maximum {
		return 0, refuse(http.StatusBadRequest, `parameter "limit" in query has an error: number must be from 1 to %d`, maximum)
	}
	return limit, nil
}

// pageMembers sorts members and cuts one page out.
//
// grade: spec — members are paged by cursor and limit 1..500, and sorted: sort_by email, role or joined_at (the default), sort_order desc (the
// default) or asc.
// grade: guess — members who sort equally are sorted by id; a page without limit has 100; a cursor belongs to its order.
func (c *call) pageMembers(all []Member) ([]Member, paginationBody, *answer) {
	limit, refusal := c.limit(orElse(c.s.cfg.DefaultPageSize, 100), 500)
	if refusal != nil {
		return nil, paginationBody{}, refusal
	}
	if most := c.s.cfg.MaxPageSize; most > 0 && limit > most {
		limit = most
	}
	after, refusal := c.memberCursor()
	if refusal != nil {
		return nil, paginationBody{}, refusal
	}
	order := func(a, b [2]string) int {
		n := cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
		if after.SortOrder == "desc" {
			return -n
		}
		return n
	}
	place := func(m Member) [2]string { return [2]string{sortValue(m, after.SortBy), m.ID} }
	page := slices.Clone(all)
	slices.SortFunc(page, func(a, b Member) int { return order(place(a), place(b)) })
	if after.MemberID != "" {
		page = slices.DeleteFunc(page, func(m Member) bool {
			return order(place(m), [2]string{after.Value, after.MemberID}) <= 0
		})
	}
	pagination := paginationBody{SortBy: after.SortBy, SortOrder: after.SortOrder}
	if len(page) > limit {
		page = page[:limit]
		last := page[limit-1]
		next, _ := json.Marshal(memberCursor{last.ID, after.SortBy, after.SortOrder, sortValue(last, after.SortBy)})
		pagination.Next = base64.StdEncoding.EncodeToString(next)
	}
	return page, pagination, nil
}

// memberCursor reads the place to go on from and the order. A cursor knows its order; asking for another is refused.
func (c *call) memberCursor() (memberCursor, *answer) {
	after := memberCursor{SortBy: "joined_at", SortOrder: "desc"}
	if text := c.query.Get("cursor"); text != "" {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil || decodeStrictly(data, &after) != nil || after.MemberID == "" {
			return after, refuse(http.StatusBadRequest, `parameter "cursor" in query has an error: malformed cursor`)
		}
	}
	for _, parameter := range []struct {
		name    string
		value   *string
		allowed []string
	}{
		{"sort_by", &after.SortBy, []string{"email", "role", "joined_at"}},
		{"sort_order", &after.SortOrder, []string{"asc", "desc"}},
	} {
		if !c.query.Has(parameter.name) {
			continue
		}
		asked := c.query.Get(parameter.name)
		if !slices.Contains(parameter.allowed, asked) {
			return after, refuse(http.StatusBadRequest, "parameter %q in query has an error: value is not one of the allowed values %q", parameter.name, parameter.allowed)
		}
		if after.MemberID != "" && asked != *parameter.value {
			return after, refuse(http.StatusBadRequest, `parameter "cursor" in query has an error: cursor belongs to another %s`, parameter.name)
		}
		*parameter.value = asked
	}
	return after, nil
}

func sortValue(m Member, by string) string {
	switch by {
	case "email":
		return strings.ToLower(m.Email)
	case "role":
		return m.Role
	default:
		return timestamp(m.JoinedAt)
	}
}
