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
//
// grade: spec — the parameter limit has a least and a greatest value.
// grade: guess — a parameter in the query that is not as described gets 400 `parameter "…" in query has an error: …`.
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
// grade: spec — members are paged by cursor and limit 1..500, and sorted: sort_by email, role or joined_at (the
// default), sort_order desc (the default) or asc.
// grade: guess — members who sort equally are sorted by id.
// grade: guess — a page of members without limit has 100.
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
	type place struct {
		value, id string
		index     int
	}
	order := func(a, b place) int {
		n := cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.id, b.id))
		if after.SortOrder == "desc" {
			return -n
		}
		return n
	}
	rest := make([]place, 0, len(all))
	for i := range all {
		here := place{sortValue(&all[i], after.SortBy), all[i].ID, i}
		if after.MemberID == "" || order(here, place{value: after.Value, id: after.MemberID}) > 0 {
			rest = append(rest, here)
		}
	}
	slices.SortFunc(rest, order)
	pagination := paginationBody{SortBy: after.SortBy, SortOrder: after.SortOrder}
	if len(rest) > limit {
		rest = rest[:limit]
		last := rest[limit-1]
		next, _ := json.Marshal(memberCursor{last.id, after.SortBy, after.SortOrder, last.value})
		pagination.Next = base64.StdEncoding.EncodeToString(next)
	}
	page := make([]Member, len(rest))
	for i, here := range rest {
		page[i] = all[here.index]
	}
	return page, pagination, nil
}

// memberCursor reads the position and the order from a cursor. A cursor knows its order; asking for another is refused.
//
// grade: guess — a cursor belongs to its order: with another one, and malformed, it gets 400.
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
			return after, refuse(http.StatusBadRequest,
				"parameter %q in query has an error: value is not one of the allowed values %q", parameter.name, parameter.allowed)
		}
		if after.MemberID != "" && asked != *parameter.value {
			return after, refuse(http.StatusBadRequest, `parameter "cursor" in query has an error: cursor belongs to another %s`, parameter.name)
		}
		*parameter.value = asked
	}
	return after, nil
}

func sortValue(m *Member, by string) string {
	switch by {
	case "email":
		return strings.ToLower(m.Email)
	case "role":
		return m.Role
	default:
		return timestamp(m.JoinedAt)
	}
}
