package neontest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const (
	personalOnly = "not allowed for organization API keys"
	outside      = "not allowed to perform actions outside the project this key is scoped to"
	creatorsOnly = "This endpoint requires a personal API key. Organization API keys are not supported."
	notAdmin     = "only organization admins"
	badKey       = "supplied credentials do not pass authentication"
)

func TestKeyMatrix(t *testing.T) {
	t.Parallel()
	type want struct {
		status  int
		message string
	}
	yes := want{200, ""}
	for _, test := range []struct {
		method, path, body                      string
		personal, organization, project, viewer want
	}{
		{"GET", "/auth", "", yes, yes, yes, yes},
		{"GET", "/users/me", "", yes, want{404, personalOnly}, want{404, personalOnly}, yes},
		{"GET", "/users/me/organizations", "", yes, yes, yes, yes},
		{"GET", "/api_keys", "", yes, want{404, personalOnly}, want{404, personalOnly}, yes},
		{"GET", "/organizations/{org}", "", yes, yes, want{404, outside}, yes},
		{"GET", "/organizations/{org}/api_keys", "", yes, yes, want{404, outside}, yes},
		{"POST", "/organizations/{org}/api_keys", `{"key_name":"x"}`, yes, want{404, creatorsOnly}, want{404, outside}, want{403, notAdmin}},
		{"DELETE", "/organizations/{org}/api_keys/1734102", "", yes, yes, want{404, outside}, want{403, notAdmin}},
		{"GET", "/organizations/{org}/members?limit=500", "", yes, yes, want{404, outside}, yes},
		{"GET", "/organizations/{org}/members/b0000000-0000-4000-8000-000000000003", "", yes, yes, want{404, outside}, yes},
		{"PATCH", "/organizations/{org}/members/b0000000-0000-4000-8000-000000000003", `{"role":"viewer"}`, yes, yes, want{404, outside}, want{403, notAdmin}},
		{"DELETE", "/organizations/{org}/members/b0000000-0000-4000-8000-000000000003", "", yes, want{404, personalOnly}, want{404, outside}, want{403, notAdmin}},
		{"GET", "/organizations/{org}/invitations", "", yes, yes, want{404, outside}, yes},
		{"POST", "/organizations/{org}/invitations", `{"invitations":[{"email":"new@example.com","role":"viewer"}]}`, yes, want{404, personalOnly}, want{404, outside}, want{403, notAdmin}},
		{"GET", "/projects?org_id={org}", "", yes, yes, want{404, outside}, yes},
		{"GET", "/projects", "", want{400, "org_id is required"}, yes, want{404, outside}, want{400, "org_id is required"}},
		{"GET", "/projects/shiny-wind-12345678", "", yes, yes, yes, yes},
		{"GET", "/projects/winter-boat-87654321", "", yes, yes, want{404, outside}, yes},
		{"GET", "/projects/quiet-lake-11112222", "", want{404, "project not found"}, want{404, "project not found"}, want{404, outside}, want{404, "project not found"}},
		{"GET", "/regions", "", yes, want{404, personalOnly}, want{404, personalOnly}, yes},
		{"GET", "/organizations/{org}/billing/spending_limit", "", yes, yes, want{404, outside}, yes},
		{"PUT", "/organizations/{org}/billing/spending_limit", `{"spending_limit_cents":1}`, yes, yes, want{404, outside}, want{403, notAdmin}},
		{"DELETE", "/organizations/{org}/billing/spending_limit", "", yes, yes, want{404, outside}, want{403, notAdmin}},
		{"GET", "/organizations/{org}/vpc/vpc_endpoints", "", yes, yes, want{404, outside}, yes},
		{"POST", "/organizations/{org}/vpc/region/aws-us-east-1/vpc_endpoints/vpce-1", `{"label":"x"}`, yes, yes, want{404, outside}, want{403, notAdmin}},
		{"POST", "/organizations/{org}/projects/transfer", `{"destination_org_id":"x","project_ids":["y"]}`, want{403, "not an organization member"}, want{404, personalOnly}, want{404, outside}, want{403, notAdmin}},
		{"GET", "/projects/shiny-wind-12345678/members", "", yes, yes, want{404, outside}, yes},
		{"PUT", "/projects/shiny-wind-12345678/members/b0000000-0000-4000-8000-000000000003/role", `{"role":"admin"}`, yes, yes, want{404, outside}, want{403, "only project admins"}},
		{"DELETE", "/projects/shiny-wind-12345678/members/b0000000-0000-4000-8000-000000000003/role", "", yes, yes, want{404, outside}, want{403, "only project admins"}},
		{"GET", "/organizations/org-elsewhere-87654321/members", "", want{403, "not an organization member"}, want{403, "not an organization member"}, want{404, outside}, want{403, "not an organization member"}},
		{"GET", "/organizations/org-nobody-00000000", "", want{403, "not an organization member"}, want{403, "not an organization member"}, want{404, outside}, want{403, "not an organization member"}},
		{"GET", "/organizations/NO_ID", "", want{400, "org_id"}, want{400, "org_id"}, want{400, "org_id"}, want{400, "org_id"}},
		{"GET", "/organizations/{org}/members/user-abc", "", want{400, "member_id"}, want{400, "member_id"}, want{400, "member_id"}, want{400, "member_id"}},
		{"DELETE", "/organizations/{org}/api_keys/website-ci", "", want{400, "key_id"}, want{400, "key_id"}, want{400, "key_id"}, want{400, "key_id"}},
		{"GET", "/organizations/invitations", "", want{404, "not found"}, want{404, "not found"}, want{404, "not found"}, want{404, "not found"}},
		{"PATCH", "/organizations/members/b0000000-0000-4000-8000-000000000003", "{}", want{404, "not found"}, want{404, "not found"}, want{404, "not found"}, want{404, "not found"}},
		{"PUT", "/organizations/{org}/members", "", want{405, ""}, want{405, ""}, want{405, ""}, want{405, ""}},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			t.Parallel()
			for i, w := range []want{test.personal, test.organization, test.project, test.viewer} {
				s := neontest.Start(t, neontest.Config{})
				token := []string{s.PersonalKey(), s.OrganizationKey(), s.ProjectKey(), s.ViewerKey()}[i]
				kind := []string{"personal", "organization", "project", "viewer"}[i]
				r := do(t, s, token, test.method, test.path, test.body)
				if r.status != w.status || (w.status != 200 && !contains(r.message(), w.message)) {
					t.Errorf("%s: got %d %s, want %d %s", kind, r.status, r.body, w.status, w.message)
				}
				requests := s.Requests()
				if last := requests[len(requests)-1]; last.CarriedOut != (w.status == 200) || last.Status != w.status {
					t.Errorf("%s: log says %+v", kind, last)
				}
			}
		})
	}
}

func TestKeysThatDoNotWork(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	revoked := s.NewPersonalKey("dev@example.com")
	s.RevokeToken(revoked)
	deactivated := s.NewPersonalKey("data@example.com")
	s.Deactivate("data@example.com")
	for _, token := range map[string]string{"none": "", "wrong": "napi_wrong", "revoked": revoked, "deactivated": deactivated} {
		expect(t, do(t, s, token, "GET", "/auth", ""), 401, badKey)
	}
	s.RevokeToken(s.OrganizationKey())
	expect(t, do(t, s, s.OrganizationKey(), "GET", "/auth", ""), 401, badKey)
	if len(s.APIKeys()) != 1 || s.TokenValid(s.OrganizationKey()) || !s.TokenValid(s.PersonalKey()) {
		t.Errorf("keys: %+v", s.APIKeys())
	}
}

func TestErrorBodyAndRequestID(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	r := do(t, s, s.PersonalKey(), "GET", "/organizations/org-none", "", "X-Request-ID", "my-request")
	var fields map[string]any
	if err := json.Unmarshal([]byte(r.body), &fields); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(fields); got != "map[code: message:not an organization member request_id:my-request]" {
		t.Error(got)
	}
	if r.header.Get("X-Request-ID") != "my-request" || r.header.Get("X-Neon-Ret-Request-Id") != "my-request" {
		t.Error(r.header)
	}
	s.SetConfig(func(c *neontest.Config) { c.ErrorCode = "SOMETHING" })
	if r := do(t, s, s.PersonalKey(), "GET", "/organizations/org-none", ""); !contains(r.body, `"code":"SOMETHING"`) {
		t.Error(r.body)
	}
	if r := do(t, s, "", "GET", "/auth", ""); r.header.Get("X-Request-ID") == "" || !contains(r.body, r.header.Get("X-Request-ID")) {
		t.Error("no request id of its own:", r.body)
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	second := s.AddOrganization("Second")
	var auth struct {
		AccountID  string `json:"account_id"`
		AuthMethod string `json:"auth_method"`
	}
	lead, _ := s.Member("lead@example.com")
	for token, want := range map[string][2]string{
		s.PersonalKey():     {lead.UserID, "api_key_user"},
		s.OrganizationKey(): {s.OrgID(), "api_key_org"},
		s.ProjectKey():      {s.OrgID(), "api_key_org"},
	} {
		do(t, s, token, "GET", "/auth", "").json(t, &auth)
		if auth.AccountID != want[0] || auth.AuthMethod != want[1] {
			t.Errorf("%+v, want %s", auth, want)
		}
	}
	for token, want := range map[string]string{
		s.PersonalKey():                          "[" + s.OrgID() + " " + second.OrgID() + "]",
		s.OrganizationKey():                      "[" + s.OrgID() + "]",
		s.ProjectKey():                           "[" + s.OrgID() + "]",
		s.ViewerKey():                            "[" + s.OrgID() + "]",
		s.NewPersonalKey("stranger@example.com"): "[]",
	} {
		var list struct{ Organizations []struct{ ID string } }
		do(t, s, token, "GET", "/users/me/organizations", "").json(t, &list)
		ids := []string{}
		for _, o := range list.Organizations {
			ids = append(ids, o.ID)
		}
		if fmt.Sprint(ids) != want {
			t.Errorf("organizations %v, want %s", ids, want)
		}
	}
	var me struct{ ID, Email string }
	do(t, s, s.PersonalKey(), "GET", "/users/me", "").json(t, &me)
	if me.ID != lead.UserID || me.Email != "lead@example.com" {
		t.Errorf("%+v", me)
	}
}

func TestHiddenFromMembers(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{Switches: neontest.Switches{HiddenFromMembers: []string{"api_keys"}, NotAdminStatus: http.StatusNotFound}})
	expect(t, do(t, s, s.ViewerKey(), "GET", "/organizations/{org}/api_keys", ""), 404, notAdmin)
	expect(t, do(t, s, s.ViewerKey(), "GET", "/organizations/{org}/members", ""), 200, "")
	expect(t, do(t, s, s.OrganizationKey(), "GET", "/organizations/{org}/api_keys", ""), 200, "")
}

func TestBasePath(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(s.URL(), "/api/v2")+"/auth", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.PersonalKey())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Error(response.Status)
	}
}
