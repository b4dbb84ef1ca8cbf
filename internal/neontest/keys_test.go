package neontest_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func fields(t *testing.T, r reply) map[string]any {
	t.Helper()
	m := map[string]any{}
	r.json(t, &m)
	return m
}

func TestKeyLife(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 12, 0, 0, 500, time.UTC)
	s := neontest.Start(t, neontest.Config{Now: func() time.Time { return now }})
	lead, _ := s.Member("lead@example.com")
	made := fields(t, do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/api_keys", `{"key_name":"ci"}`))
	token, _ := made["key"].(string)
	if !regexp.MustCompile(`^napi_[a-z0-9]{64}$`).MatchString(token) || made["created_by"] != lead.UserID || made["created_at"] != "2026-09-01T12:00:00Z" || len(made) != 5 {
		t.Errorf("%v", made)
	}
	id := int64(made["id"].(float64))
	if got, found := s.KeyIDByToken(token); got != id || !found || !s.TokenValid(token) || s.TokenOf(id) != token {
		t.Error(got)
	}
	scoped := fields(t, do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/api_keys", `{"key_name":"ci","project_id":"winter-boat-87654321"}`))
	if scoped["project_id"] != "winter-boat-87654321" || len(scoped) != 6 {
		t.Errorf("%v", scoped)
	}
	r := do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/api_keys", "")
	var list []map[string]any
	r.json(t, &list)
	if len(list) != 4 || strings.Contains(r.body, "napi_") {
		t.Error(r.body)
	}
	mine := list[2]
	if lastUsed, present := mine["last_used_at"]; !present || lastUsed != nil || mine["last_used_from_addr"] != "" || mine["created_by"].(map[string]any)["name"] != "Lee Lead" {
		t.Errorf("%v", mine)
	}
	if _, present := mine["project_id"]; present || list[3]["project_id"] != "winter-boat-87654321" {
		t.Errorf("%v", list)
	}
	s.SetConfig(func(c *neontest.Config) { c.LastUsedAtAbsent = true })
	if r := do(t, s, s.PersonalKey(), "GET", "/organizations/{org}/api_keys", ""); strings.Contains(r.body, "null") {
		t.Error(r.body)
	}

	now = now.Add(time.Hour)
	expect(t, do(t, s, token, "GET", "/organizations/{org}/members", ""), 200, "")
	path := fmt.Sprintf("/organizations/{org}/api_keys/%d", id)
	gone := fields(t, do(t, s, s.PersonalKey(), "DELETE", path, ""))
	if gone["revoked"] != true || gone["created_by"] != lead.UserID || gone["last_used_at"] != "2026-09-01T13:00:00Z" || gone["last_used_from_addr"] != "127.0.0.1" {
		t.Errorf("%v", gone)
	}
	expect(t, do(t, s, token, "GET", "/auth", ""), 401, badKey)
	expect(t, do(t, s, s.PersonalKey(), "DELETE", path, ""), 404, "API key not found")
	expect(t, do(t, s, s.PersonalKey(), "DELETE", "/organizations/{org}/api_keys/1734103", ""), 404, "API key not found") // another organization's
	s.SetConfig(func(c *neontest.Config) { c.RevokeRevokedStatus = 200 })
	expect(t, do(t, s, s.PersonalKey(), "DELETE", path, ""), 200, "")
	if len(s.APIKeys()) != 3 {
		t.Errorf("%+v", s.APIKeys())
	}
}

func TestKeyRefusals(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	name64, _ := json.Marshal(map[string]string{"key_name": strings.Repeat("ü", 64)})
	name65, _ := json.Marshal(map[string]string{"key_name": strings.Repeat("x", 65)})
	for body, want := range map[string]string{
		string(name64):                       "200 ",
		string(name65):                       "400 64",
		`{"key_name":""}`:                    "400 64",
		`{}`:                                 "400 missing",
		`{"key_name":null}`:                  "400 nullable",
		`{"key_name":5}`:                     "400 number",
		`{"key_name":"x","project_id":null}`: "400 nullable",
		`{"key_name":"x","project_id":""}`:   "400 project_id",
		`{"key_name":"x","project_id":"No"}`: "400 project_id",
		`{"key_name":"x","project_id":"no-such-project"}`:     "404 project not found",
		`{"key_name":"x","project_id":"quiet-lake-11112222"}`: "404 project not found",
		`{"key_name":"x"`: "400 JSON",
	} {
		r := do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/api_keys", body)
		status, message, _ := strings.Cut(want, " ")
		if fmt.Sprint(r.status) != status || !strings.Contains(r.message(), message) {
			t.Errorf("%s: %d %s, want %s", body, r.status, r.body, want)
		}
	}
	if n := len(s.APIKeys()); n != 3 {
		t.Errorf("%d keys", n)
	}
	expect(t, do(t, s, s.PersonalKey(), "DELETE", "/organizations/{org}/api_keys/99", ""), 404, "API key not found")
	s.SetConfig(func(c *neontest.Config) { c.MalformedIDStatus = 404; c.NotYoursStatus = 404 })
	expect(t, do(t, s, s.PersonalKey(), "DELETE", "/organizations/{org}/api_keys/x", ""), 404, "key_id")
	expect(t, do(t, s, s.PersonalKey(), "GET", "/organizations/org-none", ""), 404, "not an organization member")
}

func TestPersonalKeys(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	made := fields(t, do(t, s, s.PersonalKey(), "POST", "/api_keys", `{"key_name":"mine"}`))
	token := made["key"].(string)
	expect(t, do(t, s, token, "GET", "/organizations/{org}/members", ""), 200, "")
	var list []map[string]any
	do(t, s, s.PersonalKey(), "GET", "/api_keys", "").json(t, &list)
	if len(list) != 2 || list[1]["name"] != "mine" || list[1]["last_used_from_addr"] != "127.0.0.1" {
		t.Error(list)
	}
	expect(t, do(t, s, s.ViewerKey(), "DELETE", fmt.Sprintf("/api_keys/%.0f", made["id"]), ""), 404, "API key not found")
	if gone := fields(t, do(t, s, s.PersonalKey(), "DELETE", fmt.Sprintf("/api_keys/%.0f", made["id"]), "")); gone["revoked"] != true {
		t.Error(gone)
	}
	expect(t, do(t, s, token, "GET", "/auth", ""), 401, badKey)
	if len(s.APIKeys()) != 2 {
		t.Error("a personal key is among the organization's")
	}
}
