package neon

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// crowd returns n members as Neon shows them.
func crowd(n int) []map[string]any {
	people := make([]map[string]any, n)
	for i := range people {
		people[i] = map[string]any{
			"member": map[string]any{
				"id": fmt.Sprintf("b0000000-0000-4000-8000-%012d", i), "user_id": fmt.Sprintf("a0000000-0000-4000-8000-%012d", i),
				"org_id": testOrg, "role": "viewer", "joined_at": "2026-01-02T03:04:05Z",
			},
			"user": map[string]any{"email": fmt.Sprintf("person-%05d@example.com", i), "has_mfa": true},
		}
	}
	return people
}

func encoded(b *testing.B, value any) []byte {
	b.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

// bigOrganization has 10,000 members.
func bigOrganization(b *testing.B) *Organization {
	b.Helper()
	members := encoded(b, map[string]any{"members": crowd(10_000)})
	return newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invitations") {
			_, _ = w.Write([]byte(`{"invitations":[]}`))
			return
		}
		_, _ = w.Write(members)
	}), Config{}).Organization(testOrg)
}

// BenchmarkPerson looks 10,000 people up among 10,000 members. The lists are in memory.
func BenchmarkPerson(b *testing.B) {
	o := bigOrganization(b)
	emails := make([]string, 10_000)
	for i := range emails {
		emails[i] = fmt.Sprintf("person-%05d@example.com", i)
	}
	if err := o.members.since(b.Context(), time.Now()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, email := range emails {
			if person, err := o.Person(b.Context(), "", email); err != nil || person.Member == nil {
				b.Fatal(person, err)
			}
		}
	}
}

// BenchmarkRemovals drops 10,000 members one by one from what is known of them.
func BenchmarkRemovals(b *testing.B) {
	o := bigOrganization(b)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		if err := o.members.since(b.Context(), time.Now()); err != nil {
			b.Fatal(err)
		}
		members := o.members.all()
		b.StartTimer()
		for _, member := range members {
			o.members.wrote(member.ID, nil)
		}
		b.StopTimer()
		clear(o.members.writes)
		b.StartTimer()
	}
}

// BenchmarkDecodeMembers decodes a full page.
func BenchmarkDecodeMembers(b *testing.B) {
	raw := encoded(b, map[string]any{"members": crowd(500), "pagination": map[string]any{"next": "x"}})
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		var page struct {
			Members []Member `json:"members"`
		}
		if err := decode(raw, &page); err != nil || len(page.Members) != 500 {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeAPIKeys decodes a list of 500.
func BenchmarkDecodeAPIKeys(b *testing.B) {
	keys := make([]map[string]any, 500)
	for i := range keys {
		keys[i] = map[string]any{
			"id": 1734201 + i, "name": fmt.Sprintf("key-%05d", i), "created_at": "2026-01-02T03:04:05Z", "last_used_at": nil, "last_used_from_addr": "",
			"created_by": map[string]any{"id": "a0000000-0000-4000-8000-000000000001", "name": "Lee Lead", "image": ""},
		}
	}
	raw := encoded(b, keys)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		var list []APIKey
		if err := decode(raw, &list); err != nil || len(list) != 500 {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefresh takes over a list of 10,000 members.
func BenchmarkRefresh(b *testing.B) {
	var members []Member
	if err := json.Unmarshal(encoded(b, crowd(10_000)), &members); err != nil {
		b.Fatal(err)
	}
	o := newTestClient(http.NotFoundHandler(), Config{}).Organization(testOrg)
	o.members.fetch = func(context.Context) ([]Member, error) { return members, nil }
	b.ReportAllocs()
	for b.Loop() {
		if err := o.members.since(b.Context(), time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
