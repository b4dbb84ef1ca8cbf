package neontest_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

type memberPage struct {
	Members []struct {
		Member struct {
			ID, Role string
			UserID   string `json:"user_id"`
			JoinedAt string `json:"joined_at"`
		}
		User struct {
			Email         string
			HasMFA        *bool   `json:"has_mfa"`
			DeactivatedAt *string `json:"deactivated_at"`
		}
	}
	Pagination *struct {
		Next      *string
		SortBy    string `json:"sort_by"`
		SortOrder string `json:"sort_order"`
	}
}

// allMembers goes through all pages and returns the e-mails and how many pages there were.
func allMembers(t *testing.T, s *neontest.Server, query string) (emails []string, pages int) {
	t.Helper()
	for cursor := ""; ; pages++ {
		var page memberPage
		path := "/organizations/{org}/members?" + query
		if cursor != "" {
			path += "&cursor=" + url.QueryEscape(cursor)
		}
		do(t, s, s.PersonalKey(), "GET", path, "").json(t, &page)
		for _, m := range page.Members {
			emails = append(emails, m.User.Email)
		}
		if page.Pagination.Next == nil {
			return emails, pages + 1
		}
		if cursor == *page.Pagination.Next || pages > 1000 {
			t.Fatalf("%s: does not end: %s", query, cursor)
		}
		cursor = *page.Pagination.Next
	}
}

func TestMemberPages(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{ExtraMembers: 15}) // 20 with those that are there
	var everybody []string
	for _, m := range s.Members() {
		everybody = append(everybody, m.Email)
	}
	slices.Sort(everybody)
	for _, test := range []struct {
		query   string
		cap     int
		pages   int
		inOrder func(a, b neontest.Member) bool
	}{
		{"limit=500", 0, 1, nil},
		{"", 0, 1, nil},
		{"limit=500", 7, 3, nil},
		{"limit=20", 0, 1, nil}, // full, and the last
		{"limit=19", 0, 2, nil},
		{"limit=5", 7, 4, nil},
		{"limit=1", 0, 20, nil},
		{"limit=3&sort_by=email&sort_order=asc", 0, 7, func(a, b neontest.Member) bool { return a.Email <= b.Email }},
		{"limit=3&sort_by=email", 0, 7, func(a, b neontest.Member) bool { return a.Email >= b.Email }},
		{"limit=3&sort_by=role&sort_order=asc", 0, 7, func(a, b neontest.Member) bool { return a.Role <= b.Role }},
		{"limit=3", 0, 7, func(a, b neontest.Member) bool { return !a.JoinedAt.Before(b.JoinedAt) }},
		{"limit=3&sort_order=asc&sort_by=joined_at", 0, 7, func(a, b neontest.Member) bool { return !a.JoinedAt.After(b.JoinedAt) }},
	} {
		s.SetConfig(func(c *neontest.Config) { c.MaxPageSize = test.cap })
		emails, pages := allMembers(t, s, test.query)
		for i := 1; test.inOrder != nil && i < len(emails); i++ {
			a, _ := s.Member(emails[i-1])
			b, _ := s.Member(emails[i])
			if !test.inOrder(a, b) {
				t.Errorf("%s: %s stands before %s", test.query, a.Email, b.Email)
			}
		}
		slices.Sort(emails)
		if pages != test.pages || !slices.Equal(emails, everybody) {
			t.Errorf("%s: %d pages, want %d; %v", test.query, pages, test.pages, emails)
		}
	}
	for _, query := range []string{"limit=0", "limit=501", "limit=-1", "limit=x", "limit=", "sort_by=name", "sort_order=up", "cursor=x", "cursor=e30="} {
		expect(t, do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members?"+query, ""), 400, "in query has an error")
	}
}

func TestMemberPagesWhileMembersLeave(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{ExtraMembers: 5})
	var page memberPage
	do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members?limit=3&sort_by=email&sort_order=asc", "").json(t, &page)
	s.RemoveMember(page.Members[2].User.Email)
	s.RemoveMember(page.Members[0].User.Email)
	cursor := url.QueryEscape(*page.Pagination.Next)
	rest, _ := allMembers(t, s, "limit=500&sort_by=email&sort_order=asc&cursor="+cursor)
	if len(rest) != 7 || rest[0] <= page.Members[2].User.Email {
		t.Errorf("after %s: %v", page.Members[2].User.Email, rest)
	}
	expect(t, do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members?sort_by=role&cursor="+cursor, ""), 400, "cursor")
}

func TestMemberFields(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	s.Deactivate("dev@example.com")
	r := do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members?limit=1&sort_by=email&sort_order=desc", "")
	for _, part := range []string{`"has_mfa":true`, `"sort_by":"email"`, `"sort_order":"desc"`, `"next":"`} {
		if !strings.Contains(r.body, part) {
			t.Errorf("no %s in %s", part, r.body)
		}
	}
	if strings.Contains(r.body, "deactivated_at") || strings.Contains(r.body, "null") {
		t.Error("absent fields are not left out:", r.body)
	}
	var page memberPage
	do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members?limit=500&sort_by=email&sort_order=asc", "").json(t, &page)
	if dev := page.Members[2]; dev.User.Email != "dev@example.com" || dev.User.DeactivatedAt == nil || dev.User.HasMFA == nil || *dev.User.HasMFA {
		t.Errorf("%+v", dev)
	}
	if data := page.Members[1]; data.User.HasMFA != nil {
		t.Errorf("%+v", data)
	}
	one := do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members/"+page.Members[1].Member.ID, "")
	if one.status != 200 || strings.Contains(one.body, "@") || !strings.Contains(one.body, s.OrgID()) {
		t.Error(one.body)
	}
	expect(t, do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members/b0000000-0000-4000-8000-999999999999", ""), 404, "member not found")
}

func TestChangeRole(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	patch := func(email, body string, header ...string) reply {
		m, _ := s.Member(email)
		return do(t, s, s.PersonalKey(), "PATCH", "/organizations/{org}/members/"+m.ID, body, header...)
	}
	r := patch("dev@example.com", `{"role":"member"}`)
	if r.status != 200 || !strings.Contains(r.body, `"role":"member"`) {
		t.Error(r.body)
	}
	if m, _ := s.Member("dev@example.com"); m.Role != "member" {
		t.Error(m)
	}
	s.SetConfig(func(c *neontest.Config) { c.EchoMember = "editor" })
	if r := patch("dev@example.com", `{"role":"member"}`); !strings.Contains(r.body, `"role":"editor"`) {
		t.Error(r.body)
	}
	for body, message := range map[string]string{
		`{"role":"owner"}`: "allowed values", `{}`: "missing", `{"role":null}`: "nullable", `{"role":7}`: "number", `role`: "JSON", ``: "JSON", `[]`: "JSON",
	} {
		expect(t, patch("dev@example.com", body), 400, message)
	}
	expect(t, patch("dev@example.com", `{"role":"viewer"}`, "Content-Type", "text/plain"), 415, "Content-Type")
	s.ManageByVercel()
	expect(t, patch("dev@example.com", `{"role":"viewer"}`), 422, "not valid for this organization")
	expect(t, patch("dev@example.com", `{"role":"collaborator"}`), 200, "")
	s.SetConfig(func(c *neontest.Config) { c.RoleNotAllowedStatus = 400 })
	expect(t, patch("dev@example.com", `{"role":"viewer"}`), 400, "not valid for this organization")
}

func TestLastAdmin(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	lead, _ := s.Member("lead@example.com")
	member := "/organizations/{org}/members/" + lead.ID
	s.Deactivate("ops@example.com") // a deactivated admin does not help
	for _, key := range []string{s.PersonalKey(), s.OrganizationKey()} {
		expect(t, do(t, s, key, "PATCH", member, `{"role":"editor"}`), 422, "at least one admin")
		expect(t, do(t, s, key, "PATCH", member, `{"role":"admin"}`), 200, "")
	}
	expect(t, do(t, s, s.PersonalKey(), "DELETE", member, ""), 422, "at least one admin")
	s.SetConfig(func(c *neontest.Config) { c.LastAdminStatus = 409 })
	expect(t, do(t, s, s.PersonalKey(), "DELETE", member, ""), 409, "at least one admin")
	ops, _ := s.Member("ops@example.com")
	expect(t, do(t, s, s.PersonalKey(), "PATCH", "/organizations/{org}/members/"+ops.ID, `{"role":"viewer"}`), 200, "")
	s.SetRole("ops@example.com", "admin")
	s.SetRole("lead@example.com", "editor") // now nobody active is admin, and a deactivated one is not the last
	expect(t, do(t, s, s.OrganizationKey(), "PATCH", "/organizations/{org}/members/"+ops.ID, `{"role":"viewer"}`), 200, "")
	s.SetRole("lead@example.com", "admin")
	s.SetRole("dev@example.com", "admin")
	r := do(t, s, s.PersonalKey(), "DELETE", member, "")
	if r.status != 200 || strings.TrimSpace(r.body) != "{}" {
		t.Error(r.status, r.body)
	}
	if _, found := s.Member("lead@example.com"); found || len(s.APIKeys()) != 2 || !s.TokenValid(s.OrganizationKey()) {
		t.Error("member still there, or their keys gone")
	}
	expect(t, do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members", ""), 403, "not an organization member")
	expect(t, do(t, s, s.OrganizationKey(), "GET", "/organizations/{org}/members", ""), 200, "")
}

func TestListLag(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	s := neontest.Start(t, neontest.Config{Now: func() time.Time { return now }, Switches: neontest.Switches{ListLag: 3 * time.Second}})
	count := func() string {
		var page memberPage
		do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members?limit=500", "").json(t, &page)
		var keys []struct{ ID int64 }
		do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/api_keys", "").json(t, &keys)
		return fmt.Sprintf("%d members %d keys", len(page.Members), len(keys))
	}
	if got := count(); got != "5 members 2 keys" {
		t.Error(got)
	}
	dev, _ := s.Member("dev@example.com")
	now = now.Add(time.Second)
	expect(t, do(t, s, s.PersonalKey(), "DELETE", "/organizations/{org}/members/"+dev.ID, ""), 200, "")
	now = now.Add(2 * time.Second)
	expect(t, do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/api_keys", `{"key_name":"x"}`), 200, "")
	for _, want := range []string{"5 members 2 keys", "4 members 2 keys", "4 members 2 keys", "4 members 3 keys"} {
		if got := count(); got != want {
			t.Errorf("at %s: %s, want %s", now.Format(time.TimeOnly), got, want)
		}
		now = now.Add(time.Second)
	}
	expect(t, do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members/"+dev.ID, ""), 404, "not found")
}
