package neontest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestControl(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	control := func(method, path, body, want string) {
		t.Helper()
		r := do(t, s, "", method, "/_sim/"+path, body)
		if r.status != 200 || !strings.Contains(r.body, want) {
			t.Errorf("%s %s %s: %d %s, want %q", method, path, body, r.status, r.body, want)
		}
	}
	refused := func(method, path, body, want string) {
		t.Helper()
		if r := do(t, s, "", method, "/_sim/"+path, body); r.status < 400 || !strings.Contains(r.body, want) {
			t.Errorf("%s %s %s: %d %s, want %q", method, path, body, r.status, r.body, want)
		}
	}
	control("POST", "invitation", `{"email":"new@example.com","role":"viewer"}`, "new@example.com")
	control("GET", "state", "", "new@example.com")
	control("POST", "accept", `{"email":"new@example.com"}`, `"role": "viewer"`)
	refused("POST", "accept", `{"email":"new@example.com"}`, "no open invitation")
	control("POST", "invitation", `{"email":"other@example.com"}`, `"role": "editor"`)
	control("DELETE", "invitation", `{"email":"OTHER@example.com"}`, "{}")
	refused("DELETE", "invitation", `{"email":"other@example.com"}`, "no open invitation")
	control("POST", "member", `{"email":"hand@example.com","role":"admin"}`, `"role": "admin"`)
	control("PATCH", "member", `{"email":"hand@example.com","role":"viewer","deactivated":true,"new_email":"foot@example.com"}`, "deactivated_at")
	control("PATCH", "member", `{"email":"foot@example.com","deactivated":false}`, `"role": "viewer"`)
	control("DELETE", "member", `{"email":"foot@example.com"}`, "foot@example.com")
	refused("DELETE", "member", `{"email":"foot@example.com"}`, "no member")
	refused("POST", "member", `{"email":"nobody"}`, "email")
	refused("POST", "member", `{"mail":"a@example.com"}`, "unknown field")
	refused("POST", "member", `{"email":"a@example.com","org_id":"org-none"}`, "org_id")
	control("POST", "member", `{"email":"a@example.com","org_id":"org-elsewhere-87654321"}`, "a@example.com")
	control("POST", "api_key", `{"name":"by-hand","project_id":"shiny-wind-12345678"}`, "by-hand")
	control("PATCH", "api_key", `{"name":"by-hand","last_used_at":"2026-01-02T03:04:05Z","last_used_from_addr":"192.0.2.9, 192.0.2.10"}`, "2026-01-02T03:04:05Z")
	control("POST", "api_key", `{"name":"by-hand"}`, "by-hand")
	refused("DELETE", "api_key", `{"name":"by-hand"}`, "2 live API keys")
	control("DELETE", "api_key", `{"id":1734102}`, "website-ci")
	control("DELETE", "api_key", `{"name":"pull-requests"}`, "pull-requests")
	refused("DELETE", "api_key", `{"id":1734102}`, "0 live API keys")
	control("POST", "project", `{"name":"third"}`, "third")
	third := s.Projects()[2].ID
	control("PATCH", "project", `{"project_id":"`+third+`","name":"fourth","integration":"github"}`, `"integration": "github"`)
	control("POST", "grant", `{"project_id":"`+third+`","email":"dev@example.com","role":"admin"}`, `"dev@example.com": "admin"`)
	control("GET", "state", "", `"b0000000-0000-4000-8000-000000000003": "admin"`)
	refused("POST", "grant", `{"project_id":"`+third+`","email":"dev@example.com","role":"owner"}`, "not a role")
	refused("POST", "grant", `{"project_id":"`+third+`","email":"none@example.com","role":"admin"}`, "not a member")
	refused("POST", "grant", `{"project_id":"none","email":"dev@example.com","role":"admin"}`, "project_id")
	control("DELETE", "grant", `{"project_id":"`+third+`","email":"dev@example.com"}`, "{}")
	control("DELETE", "project", `{"project_id":"`+third+`"}`, "{}")
	refused("PATCH", "project", `{"project_id":"`+third+`"}`, "project_id")

	control("POST", "spending_limit", `{"cents":500}`, "{}")
	control("GET", "state", "", `"spending_limit_cents": 500`)
	refused("POST", "spending_limit", `{"cents":0}`, "less than 1")
	control("DELETE", "spending_limit", `{}`, "{}")
	control("GET", "state", "", `"spending_limit_cents": null`)

	endpoint := `{"region_id":"aws-us-east-1","vpc_endpoint_id":"vpce-1"`
	control("POST", "vpc_endpoint", endpoint+`,"label":"one"}`, `"state": "new"`)
	control("PATCH", "vpc_endpoint", endpoint+`,"state":"accepted","restricted_projects":["p1"]}`, `"p1"`)
	refused("PATCH", "vpc_endpoint", endpoint+`,"state":"gone"}`, "neither new nor accepted")
	control("DELETE", "vpc_endpoint", endpoint+`}`, "{}")
	control("GET", "state", "", `"deleted_vpc_endpoints": [`)
	refused("DELETE", "vpc_endpoint", endpoint+`}`, "vpc_endpoint_id")
	refused("PATCH", "vpc_endpoint", `{"region_id":"x"}`, "both are needed")
	control("PATCH", "organization", `{"plan":"free"}`, "{}")
	control("GET", "state", "", `"plan": "free"`)
	refused("PATCH", "organization", `{}`, "plan")

	control("POST", "config", `{"latency":"1ms","invite_again":"add","max_page_size":2,"route_latency":{"GET /auth":"2ms"}}`, `"invite_again": "add"`)
	control("POST", "config", `{"list_lag":0.5}`, `"list_lag": "500ms"`)
	if c := s.Config(); c.Latency != time.Millisecond || c.InviteAgain != "add" || c.ListLag != time.Second/2 || c.RouteLatency["GET /auth"] != 2*time.Millisecond {
		t.Errorf("%+v", c)
	}
	refused("POST", "config", `{"invite_again":"whatever"}`, "invite_again")
	refused("POST", "config", `{"invite_twice":"add"}`, "unknown field")
	refused("POST", "config", `{"latency":"soon"}`, "duration")
	if c := s.Config(); c.InviteAgain != "add" || c.Latency != time.Millisecond {
		t.Errorf("refused, but changed: %+v", c)
	}

	control("POST", "fault", `{"route":"GET /auth","kind":"hang before","for":"1ms","n":3}`, `"id": 1`)
	control("GET", "fault", "", `"for": "1ms"`)
	control("GET", "state", "", `"hang-before"`)
	refused("POST", "fault", `{"route":"GET /auth","kind":"explode"}`, "kind")
	refused("POST", "fault", `{"kind":"status"}`, "route")
	refused("POST", "fault", `{"route":"*","kind":"status","times":2}`, "unknown field")
	if r := do(t, s, s.PersonalKey(), "GET", "/auth", ""); r.err == nil {
		t.Error("no fault")
	}
	control("DELETE", "fault", "", "{}")
	expect(t, do(t, s, s.PersonalKey(), "GET", "/auth?napi_secret1", "", "User-Agent", s.PersonalKey()), 200, "")
	do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/api_keys", `{"key_name":"`+s.PersonalKey()+`"}`, "X-Request-ID", s.PersonalKey())
	control("GET", "requests", "", `"fault": "hang-before"`)
	for _, path := range []string{"requests", "state"} {
		if r := do(t, s, "", "GET", "/_sim/"+path, ""); strings.Contains(strings.ReplaceAll(r.body, "napi_(hidden)", ""), "napi_") {
			t.Errorf("%s holds a token: %s", path, r.body)
		}
	}
	refused("GET", "nothing", "", "no such control call")
	control("POST", "reset", "", "{}")
	if len(s.Members()) != 5 || s.RequestCount() != 0 || s.Config().InviteAgain != "" {
		t.Error("not at the start")
	}
	expect(t, do(t, s, s.PersonalKey(), "GET", "/auth", ""), 200, "")
}

func TestStateIsJSON(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	var state neontest.State
	r := do(t, s, "", "GET", "/_sim/state", "")
	if err := json.Unmarshal([]byte(r.body), &state); err != nil {
		t.Fatal(err)
	}
	if len(state.Organizations) != 2 || state.Organizations[0].Members[0].Email != "lead@example.com" || len(state.Organizations[0].APIKeys) != 2 {
		t.Errorf("%+v", state)
	}
}

// TestAtOnce runs everything at the same time, for the race detector, and counts.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{Latency: time.Millisecond, Switches: neontest.Switches{ListLag: time.Millisecond}})
	done := make(chan bool)
	for i := range 10 {
		go func() {
			for range 5 {
				create(t, s)
				do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/members?limit=2", "")
				invite(t, s, string(rune('a'+i))+"@example.net viewer")
				s.AddMembers(1)
				s.State()
				s.Requests()
				s.SetConfig(func(c *neontest.Config) { c.MaxPageSize = i })
			}
			done <- true
		}()
	}
	for range 10 {
		<-done
	}
	if len(s.APIKeys()) != 52 || len(s.Members()) != 55 || len(s.Invitations()) != 10 || s.RequestCount() != 150 {
		t.Error(len(s.APIKeys()), len(s.Members()), len(s.Invitations()), s.RequestCount())
	}
}
