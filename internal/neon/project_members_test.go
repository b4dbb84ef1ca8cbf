package neon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const testProject = "shiny-wind-1"

func TestProjectMemberDecoding(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw  string
		want ProjectMember
	}{
		"a grant above the default": {
			`{"member_id":"m1","user_id":"u1","email":"Dev@Example.com","org_role":"viewer","project_role":"admin","explicit_project_permission":"ADMIN",
			"effective_project_permission":"ADMIN","org_default_project_permission":"VIEWER","grant_source":"explicit"}`,
			ProjectMember{MemberID: "m1", UserID: "u1", Email: "dev@example.com", OrgRole: "viewer", Granted: "admin", Default: "viewer", Effective: "admin", GrantSource: "explicit"},
		},
		"the role is no grant": {
			`{"member_id":"m1","org_role":"editor","project_role":"editor","effective_project_permission":"EDITOR","org_default_project_permission":"EDITOR","grant_source":"org_role_default"}`,
			ProjectMember{MemberID: "m1", OrgRole: "editor", Default: "editor", Effective: "editor", GrantSource: "org_role_default"},
		},
		"nothing but what is required": {`{"member_id":"m1","org_role":"member"}`, ProjectMember{MemberID: "m1", OrgRole: "member", Default: "editor", Effective: "editor"}},
		"nulls":                        {`{"member_id":"m1","org_role":"collaborator","explicit_project_permission":null,"effective_project_permission":null,"project_role":null}`, ProjectMember{MemberID: "m1", OrgRole: "collaborator"}},
		"the higher one counts":        {`{"member_id":"m1","org_role":"editor","explicit_project_permission":"VIEWER"}`, ProjectMember{MemberID: "m1", OrgRole: "editor", Granted: "viewer", Default: "editor", Effective: "editor"}},
		"unknown words": {
			`{"member_id":"m1","org_role":"boss","explicit_project_permission":"Owner","org_default_project_permission":"GUEST","grant_source":"TEAM"}`,
			ProjectMember{MemberID: "m1", OrgRole: "boss", Granted: "owner", Default: "guest", Effective: "guest", GrantSource: "team"},
		},
	} {
		var got ProjectMember
		if err := json.Unmarshal([]byte(c.raw), &got); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
	for _, raw := range []string{`{}`, `{"member_id":"../x"}`, `[]`} {
		var got ProjectMember
		if json.Unmarshal([]byte(raw), &got) == nil {
			t.Errorf("%s is %+v", raw, got)
		}
	}
}

func TestStrongerProjectRole(t *testing.T) {
	t.Parallel()
	inOrder := []string{"", "viewer", "editor", "admin", "owner"}
	for i, role := range inOrder {
		for j, than := range inOrder {
			if StrongerProjectRole(role, than) != (i > j) {
				t.Errorf("%q is stronger than %q: %t", role, than, i <= j)
			}
			if higher := HigherProjectRole(role, than); higher != inOrder[max(i, j)] {
				t.Errorf("the higher one of %q and %q is %q", role, than, higher)
			}
		}
	}
}

func TestDefaultProjectRole(t *testing.T) {
	t.Parallel()
	for orgRole, want := range map[string]string{"admin": "admin", "editor": "editor", "member": "editor", "viewer": "viewer", "collaborator": "", "boss": ""} {
		if role, known := DefaultProjectRole(orgRole); role != want || known != (orgRole != "boss") {
			t.Errorf("the default of %s is %q, known=%t", orgRole, role, known)
		}
	}
}

// One list serves everyone who asks, is corrected by our own writes, and says what is not in it.
func TestProjectMembers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "One@Example.com", "collaborator")
		neon.addMember("m2", "two@example.com", "editor")
		neon.add("grants", map[string]any{"id": "m2", "role": "viewer"})
		o := newTestOrganization(neon, Config{})
		look := func(id, email string) ProjectMember {
			member, ok, err := o.ProjectMember(t.Context(), testProject, id, email)
			if err != nil || !ok {
				t.Errorf("%q %q: %t, %v", id, email, ok, err)
			}
			return member
		}
		var group sync.WaitGroup
		for range 200 {
			group.Go(func() { look("m1", "") })
		}
		group.Wait()
		if one := look("", "one@example.com"); one.Granted != "" || one.Effective != "" || one.MemberID != "m1" {
			t.Errorf("%+v", one)
		}
		if two := look("", "two@example.com"); two.Granted != "viewer" || two.Effective != "editor" {
			t.Errorf("%+v", two)
		}
		hints, err := o.SetProjectRole(t.Context(), testProject, look("m1", ""), "editor", false)
		if err != nil || hints.Credentials || hints.APIKeys {
			t.Errorf("%+v, %v", hints, err)
		}
		if one := look("m1", ""); one.Granted != "editor" || one.Effective != "editor" || one.GrantSource != "explicit" || one.Email != "one@example.com" {
			t.Errorf("%+v", one)
		}
		hints, err = o.SetProjectRole(t.Context(), testProject, look("m2", ""), "", false)
		if err != nil || !hints.Credentials {
			t.Errorf("%+v, %v", hints, err)
		}
		if two := look("m2", ""); two.Granted != "" || two.Effective != "editor" || two.GrantSource != "org_role_default" {
			t.Errorf("%+v", two)
		}
		if _, ok, err := o.ProjectMember(t.Context(), testProject, "", "nobody@example.com"); ok || err != nil {
			t.Errorf("%t, %v", ok, err)
		}
		if n := neon.count("GET project_members"); n != 1 || neon.count("GET members") != 1 {
			t.Errorf("%d lists: %q", n, neon.log)
		}
		if all, err := o.ProjectMembers(t.Context(), testProject); err != nil || len(all) != 3 {
			t.Errorf("%v, %v", all, err)
		}
	})
}

// withEditor is Neon with the member m1, who is granted the role editor in a project.
func withEditor() (*fakeNeon, *Organization) {
	neon := newFakeNeon()
	neon.addMember("m1", "one@example.com", "viewer")
	neon.add("grants", map[string]any{"id": "m1", "role": "editor"})
	return neon, newTestOrganization(neon, Config{})
}

// A write whose answer is lost is looked for, and repeated only if it was not carried out.
func TestSetProjectRoleWithFaults(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"admin", ""} {
		method := http.MethodPut
		if role == "" {
			method = http.MethodDelete
		}
		for fault, sent := range map[string]int{"lost after": 1, "html after": 1, "500 after": 1, "cut after": 1, "201 created": 1, "lost before": 2, "503 busy": 2, "404 page": 2} {
			t.Run(method+", "+fault, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					neon, o := withEditor()
					member, _, err := o.ProjectMember(t.Context(), testProject, "m1", "")
					if err != nil {
						t.Fatal(err)
					}
					neon.fail(method+" project_members", fault)
					if _, err := o.SetProjectRole(t.Context(), testProject, member, role, false); err != nil {
						t.Error(err)
					}
					if n := neon.count(method + " project_members"); n != sent {
						t.Errorf("sent %d times, want %d", n, sent)
					}
					grants := neon.live("grants", 0)
					if role == "" && len(grants) != 0 || role != "" && (len(grants) != 1 || grants[0]["role"] != role) {
						t.Errorf("the grants are %v", grants)
					}
				})
			})
		}
	}
}

func TestSetProjectRoleOfWhoHasLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon, o := withEditor()
		member, _, err := o.ProjectMember(t.Context(), testProject, "m1", "")
		if err != nil {
			t.Fatal(err)
		}
		neon.end("members", "m1")
		if _, err := o.SetProjectRole(t.Context(), testProject, member, "", false); err != nil {
			t.Errorf("a grant of who has left: %v", err)
		}
		_, err = o.SetProjectRole(t.Context(), testProject, member, "admin", false)
		wantOutcome(t, err, Refused)
	})
}

// A list that lags still has the grant that was just taken away. That does not mean that a refused one was given.
func TestSetProjectRoleRefusedAfterOurEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon, o := withEditor()
		<-time.After(time.Minute)
		neon.lag = 3 * time.Second
		member, _, err := o.ProjectMember(t.Context(), testProject, "m1", "")
		if err == nil {
			_, err = o.SetProjectRole(t.Context(), testProject, member, "", false)
		}
		if err != nil {
			t.Fatal(err)
		}
		neon.fail("PUT project_members", "404 member not found")
		_, err = o.SetProjectRole(t.Context(), testProject, member, "editor", false)
		wantOutcome(t, err, Refused)
	})
}

// The confirmation is sent only when asked for, in the words of each call.
func TestSetProjectRoleConfirms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		var queries []string
		o := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				queries = append(queries, r.Method+" "+r.URL.RawQuery)
			}
			neon.ServeHTTP(w, r)
		}), Config{}).Organization(testOrg)
		member, _, err := o.ProjectMember(t.Context(), testProject, "m-me", "")
		for _, confirm := range []bool{false, true} {
			for _, role := range []string{"viewer", ""} {
				_, setErr := o.SetProjectRole(t.Context(), testProject, member, role, confirm)
				err = errors.Join(err, setErr)
			}
		}
		want := []string{"PUT ", "DELETE ", "PUT confirm_self_demotion=true", "DELETE confirm_self_lockout=true"}
		if err != nil || !slices.Equal(queries, want) {
			t.Errorf("%q, %v", queries, err)
		}
	})
}

func TestProjectMembersThatCannotBe(t *testing.T) {
	t.Parallel()
	const one = `{"member_id":"m-me","email":"me@example.com","org_role":"admin"}`
	for name, c := range map[string]struct {
		answer string
		want   string
	}{
		"no list":              {`{}`, "no list of the project's members"},
		"empty":                {`{"project_members":[]}`, "is empty"},
		"a cursor repeats":     {`{"project_members":[` + one + `],"pagination":{"next":"x"}}`, "does not end"},
		"another organization": {`{"project_members":[{"member_id":"m-theirs","email":"me@example.com","org_role":"admin"}]}`, "no member of the project is a member of the organization"},
		"a slash in an id":     {`{"project_members":[{"member_id":"a/b"}]}`, "another form"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				neon := newFakeNeon()
				o := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.Contains(r.URL.Path, "/projects/") {
						answerWith(200, c.answer)(w, r)
						return
					}
					neon.ServeHTTP(w, r)
				}), Config{RetryTimeout: time.Second}).Organization(testOrg)
				_, _, err := o.ProjectMember(t.Context(), testProject, "", "me@example.com")
				if err == nil {
					t.Fatal("it is a project of ours")
				}
				wantContains(t, err.Error(), c.want)
			})
		})
	}
}

// What Neon leaves out: addresses, and members without access in the eyes of a caller who is no admin of the project.
func TestProjectMembersThatAreNotShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "one@example.com", "viewer")
		neon.addMember("m2", "two@example.com", "collaborator")
		o := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/projects/") {
				page := map[string]any{"project_members": []any{map[string]any{"member_id": "m-me", "org_role": "admin"}}, "pagination": map[string]any{"next": "2"}}
				if r.URL.Query().Get("cursor") == "2" {
					page = map[string]any{"project_members": []any{map[string]any{"member_id": "m1", "org_role": "viewer", "explicit_project_permission": "ADMIN"}}}
				}
				reply(w, 200, page)
				return
			}
			neon.ServeHTTP(w, r)
		}), Config{}).Organization(testOrg)
		for email, want := range map[string]ProjectMember{
			"one@example.com": {MemberID: "m1", Email: "one@example.com", OrgRole: "viewer", Granted: "admin", Default: "viewer", Effective: "admin"},
			"two@example.com": {MemberID: "m2", UserID: "u-m2", Email: "two@example.com", OrgRole: "collaborator", GrantSource: "unassigned"},
		} {
			got, ok, err := o.ProjectMember(context.Background(), testProject, "", email)
			if err != nil || !ok || got != want {
				t.Errorf("%s: %s, %t, %v", email, fmt.Sprintf("%+v", got), ok, err)
			}
		}
	})
}

func TestHasProject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests, status := 0, 200
		o := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests++
			if r.URL.Query().Get("cursor") == "" {
				answerWith(status, `{"projects":[{"id":"one"}],"unavailable_project_ids":["slow"],"pagination":{"cursor":"x"}}`)(w, r)
				return
			}
			answerWith(200, `{"projects":[],"pagination":{"cursor":"x"}}`)(w, r)
		}), Config{}).Organization(testOrg)
		for id, want := range map[string]bool{"one": true, "slow": true, "gone": false} {
			if got, err := o.HasProject(t.Context(), id); got != want || err != nil {
				t.Errorf("%s: %t, %v", id, got, err)
			}
		}
		if requests != 2 {
			t.Errorf("%d requests", requests)
		}
		_ = sleep(t.Context(), time.Minute)
		status = 404
		if _, err := o.HasProject(t.Context(), "gone"); err == nil {
			t.Error("a list that failed says what is gone")
		}
	})
}
