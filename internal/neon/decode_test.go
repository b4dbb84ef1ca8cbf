package neon

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func date(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestDecodeAPIKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, answer string
		want         APIKey
	}{
		{
			"listed", `{"id":165434,"name":"ci","created_at":"2026-01-02T03:04:05Z","created_by":{"id":"u1","name":"Lead","image":"x"},"last_used_at":"2026-02-03T04:05:06+01:00","last_used_from_addr":"10.0.0.1,10.0.0.2"}`,
			APIKey{ID: "165434", Name: "ci", CreatedAt: date("2026-01-02T03:04:05Z"), CreatedBy: User{"u1", "Lead"}, LastUsedAt: date("2026-02-03T03:05:06Z"), LastUsedFrom: "10.0.0.1,10.0.0.2"},
		},
		{"created", `{"id":1,"key":"abc","name":"ci","created_by":"u1","project_id":"p1"}`, APIKey{ID: "1", Name: "ci", CreatedBy: User{ID: "u1"}, ProjectID: "p1", Token: "abc"}},
		{"all null", `{"id":1,"name":null,"project_id":null,"created_at":null,"created_by":null,"last_used_at":null,"last_used_from_addr":null,"key":null}`, APIKey{ID: "1"}},
		{"project_id empty", `{"id":1,"project_id":""}`, APIKey{ID: "1"}},
		{"string id, unknown fields", `{"id":"17","revoked":true,"scopes":["x"],"owner":{"id":[]}}`, APIKey{ID: "17"}},
		{"large id", `{"id":9223372036854775807}`, APIKey{ID: "9223372036854775807"}},
		{"numeric creator", `{"id":1,"created_by":77}`, APIKey{ID: "1", CreatedBy: User{ID: "77"}}},
		{"numeric creator in an object", `{"id":1,"created_by":{"id":77}}`, APIKey{ID: "1", CreatedBy: User{ID: "77"}}},
		{"creator of another form", `{"id":1,"created_by":["u1"]}`, APIKey{ID: "1"}},
		{"times of another form", `{"id":1,"created_at":1700000000,"last_used_at":"yesterday"}`, APIKey{ID: "1"}},
		{"fractions of seconds", `{"id":1,"created_at":"2026-01-02T03:04:05.123456Z"}`, APIKey{ID: "1", CreatedAt: date("2026-01-02T03:04:05.123456Z")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got APIKey
			if err := decode([]byte(test.answer), &got); err != nil || got != test.want {
				t.Errorf("got %#v, %v", got, err)
			}
		})
	}
}

func TestDecodeMember(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, test := range []struct {
		name, answer string
		want         Member
	}{
		{
			"complete", `{"member":{"id":"m1","user_id":"u1","org_id":"o1","role":"admin","joined_at":"2026-01-02T03:04:05Z"},"user":{"email":"Lead@Example.COM","has_mfa":true,"deactivated_at":"2026-02-02T00:00:00Z"}}`,
			Member{ID: "m1", UserID: "u1", OrgID: "o1", Role: "admin", JoinedAt: date("2026-01-02T03:04:05Z"), Email: "lead@example.com", HasMFA: &yes, DeactivatedAt: date("2026-02-02T00:00:00Z")},
		},
		{"least", `{"member":{"id":"m1"},"user":{"email":"a@example.com"}}`, Member{ID: "m1", Email: "a@example.com"}},
		{"unknown role and fields", `{"member":{"id":7,"role":"owner","x":{}},"user":{"email":" A@example.com","has_mfa":false,"deactivated_at":null},"more":1}`, Member{ID: "7", Role: "owner", Email: "a@example.com", HasMFA: &no}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got Member
			if err := decode([]byte(test.answer), &got); err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestDecodeOthers(t *testing.T) {
	t.Parallel()
	var invitation Invitation
	if err := decode([]byte(`{"id":3,"email":"New@Example.com","role":"guest","org_id":"o","invited_by":5,"invited_at":"2026-01-02T03:04:05Z","status":"x"}`), &invitation); err != nil ||
		invitation != (Invitation{ID: "3", Email: "new@example.com", Role: "guest", InvitedBy: "5", InvitedAt: date("2026-01-02T03:04:05Z")}) {
		t.Errorf("%+v, %v", invitation, err)
	}
	var organization OrganizationInfo
	if err := decode([]byte(`{"id":"o1","name":"Acme","plan":"galactic","require_mfa":true,"allow_hipaa_projects":null}`), &organization); err != nil ||
		organization.Plan != "galactic" || organization.RequireMFA == nil || !*organization.RequireMFA || organization.AllowHIPAAProjects != nil {
		t.Errorf("%+v, %v", organization, err)
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"":                         "the answer is empty",
		" \n":                      "the answer is empty",
		"<!DOCTYPE html>":          "a web page",
		"\n <html>":                "a web page",
		`{"id":1`:                  "cut short",
		`{"id":"1`:                 "cut short",
		`{"id":1}}`:                "not JSON",
		"Bad gateway":              "not JSON",
		`[{"id":1}]`:               "unexpected form",
		`{"id":{}}`:                "neither a string nor a number",
		`{"id":true}`:              "neither a string nor a number",
		`{"id":1,"name":["x"]}`:    `field "name" is a array`,
		`{"id":null}`:              "no id",
		`{"id":""}`:                "no id",
		`"` + testToken("a") + `"`: "unexpected form",
	} {
		var key APIKey
		err := decode([]byte(answer), &key)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "napi_") {
			t.Errorf("%q: %v, want %s", answer, err, want)
		}
		if strings.Contains(want, "form") || strings.Contains(want, "id") || strings.Contains(want, "field") || strings.Contains(want, "neither") {
			continue
		}
		if err := decode([]byte(answer), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for nobody: %v, want %s", answer, err, want)
		}
	}
}

// fuzz decodes whatever comes: it must not panic, an accepted answer must be usable, an error one line.
func fuzz[T any](f *testing.F, check func(*testing.T, T), seeds ...string) {
	f.Helper()
	for _, seed := range append(seeds, "", "null", "{}", "[]", "[null]", `{"members":[null]}`, "<html>", `{"a":`) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var out T
		if err := decode(raw, &out); err != nil {
			if text := err.Error(); text == "" || len(text) > 1000 {
				t.Errorf("error %q", text)
			}
			return
		}
		if !json.Valid(bytes.TrimSpace(raw)) {
			t.Errorf("accepted %q", raw)
		}
		check(t, out)
		var again T
		if err := decode(raw, &again); err != nil || !reflect.DeepEqual(out, again) {
			t.Errorf("a second time: %v, %+v, %+v", err, out, again)
		}
	})
}

func wantID(t *testing.T, id string) {
	t.Helper()
	if id == "" {
		t.Error("no id")
	}
}

func wantEmail(t *testing.T, email string) {
	t.Helper()
	if email == "" || email != lower(email) {
		t.Errorf("e-mail %q", email)
	}
}

func wantUTC(t *testing.T, times ...time.Time) {
	t.Helper()
	for _, at := range times {
		if at.Location() != time.UTC {
			t.Errorf("%s is not UTC", at)
		}
	}
}

func FuzzDecodeAPIKeys(f *testing.F) {
	fuzz(f, func(t *testing.T, keys []APIKey) {
		t.Helper()
		for _, key := range keys {
			wantID(t, key.ID)
			wantUTC(t, key.CreatedAt, key.LastUsedAt)
		}
	},
		`[{"id":165434,"name":"ci","created_at":"2026-01-02T03:04:05Z","created_by":{"id":"u1","name":"Lead","image":""},"last_used_at":null,"last_used_from_addr":""}]`,
		`[{"id":"1","key":"napi_x","created_by":"u1","project_id":""},{"id":2,"project_id":null,"last_used_at":"2026-02-03T04:05:06+01:00"}]`)
}

func FuzzDecodeMembers(f *testing.F) {
	fuzz(f, func(t *testing.T, page struct {
		Members []Member `json:"members"`
	},
	) {
		t.Helper()
		for _, member := range page.Members {
			wantID(t, member.ID)
			wantEmail(t, member.Email)
			wantUTC(t, member.JoinedAt, member.DeactivatedAt)
		}
	},
		`{"members":[{"member":{"id":"m1","user_id":"u1","org_id":"o1","role":"admin","joined_at":"2026-01-02T03:04:05Z"},"user":{"email":"Lead@Example.com","has_mfa":true}}],"pagination":{"next":"x","sort_by":"email"}}`,
		`{"members":[{"member":{"id":7,"role":"owner"},"user":{"email":" İ@example.com ","deactivated_at":"2026-02-02T00:00:00Z"}}]}`)
}

func FuzzDecodeInvitations(f *testing.F) {
	fuzz(f, func(t *testing.T, answer invitationsAnswer) {
		t.Helper()
		if answer.Invitations == nil {
			return
		}
		for _, invitation := range *answer.Invitations {
			wantEmail(t, invitation.Email)
			wantUTC(t, invitation.InvitedAt)
		}
	},
		`{"invitations":[{"id":"i1","email":"New@Example.com","org_id":"o1","invited_by":"u1","invited_at":"2026-01-02T03:04:05.5Z","role":"viewer"}]}`)
}

func FuzzDecodeOrganizations(f *testing.F) {
	fuzz(f, func(t *testing.T, answer struct {
		Organizations []OrganizationInfo `json:"organizations"`
	},
	) {
		t.Helper()
		for _, organization := range answer.Organizations {
			wantID(t, organization.ID)
			wantUTC(t, organization.CreatedAt, organization.UpdatedAt)
		}
	},
		`{"organizations":[{"id":"org-a-1","name":"Acme","handle":"acme-org-a-1","plan":"launch","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","managed_by":"console","require_mfa":false}]}`)
}

func FuzzDecodeProjects(f *testing.F) {
	fuzz(f, func(t *testing.T, answer struct {
		Projects []Project `json:"projects"`
	},
	) {
		t.Helper()
		for _, project := range answer.Projects {
			wantID(t, project.ID)
			wantUTC(t, project.CreatedAt)
		}
	},
		`{"projects":[{"id":"shiny-wind-028834","name":"shop","region_id":"aws-us-east-2","pg_version":17,"created_at":"2026-01-02T03:04:05Z"}],"pagination":{"cursor":"x"},"unavailable_project_ids":["y"]}`)
}
