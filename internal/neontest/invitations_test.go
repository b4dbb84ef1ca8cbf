package neontest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

type invitationList struct {
	Invitations []struct {
		ID, Email, Role string
		OrgID           string `json:"org_id"`
		InvitedBy       string `json:"invited_by"`
		InvitedAt       string `json:"invited_at"`
	}
}

// invite takes pairs "email role".
func invite(t *testing.T, s *neontest.Server, people ...string) reply {
	t.Helper()
	list := []map[string]string{}
	for _, p := range people {
		email, role, _ := strings.Cut(p, " ")
		list = append(list, map[string]string{"email": email, "role": role})
	}
	body, err := json.Marshal(map[string]any{"invitations": list})
	if err != nil {
		t.Fatal(err)
	}
	return do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/invitations", string(body))
}

func listed(t *testing.T, s *neontest.Server) string {
	t.Helper()
	var list invitationList
	do(t, s, s.OrganizationKey(), "GET", "/organizations/{org}/invitations", "").json(t, &list)
	var people []string
	for _, i := range list.Invitations {
		people = append(people, i.Email+" "+i.Role)
	}
	return strings.Join(people, ", ")
}

func TestInviteAndAccept(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	var made invitationList
	invite(t, s, "New.Person@Example.com editor", "two@example.com viewer").json(t, &made)
	lead, _ := s.Member("lead@example.com")
	if len(made.Invitations) != 2 || made.Invitations[0].InvitedBy != lead.UserID || made.Invitations[0].OrgID != s.OrgID() {
		t.Errorf("%+v", made)
	}
	if got := listed(t, s); got != "New.Person@Example.com editor, two@example.com viewer" {
		t.Error(got)
	}
	if err := s.Accept("new.person@example.COM"); err != nil {
		t.Error(err)
	}
	if m, found := s.Member("NEW.person@example.com"); !found || m.Role != "editor" || m.Email != "New.Person@Example.com" {
		t.Errorf("%+v", m)
	}
	if got := listed(t, s); got != "two@example.com viewer" {
		t.Error(got)
	}
	s.SetConfig(func(c *neontest.Config) { c.KeepAcceptedInvitations = true })
	if got := listed(t, s); got != "New.Person@Example.com editor, two@example.com viewer" {
		t.Error(got)
	}
	if err := s.Accept("new.person@example.com"); err == nil {
		t.Error("accepted twice")
	}
	s.CancelInvitation("two@example.com")
	if len(s.Invitations()) != 0 || s.Accept("two@example.com") == nil {
		t.Error("cancelled invitation is still open")
	}
}

func TestInviteRefusals(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{})
	for body, message := range map[string]string{
		`{}`: "missing", `{"invitations":null}`: "nullable", `{"invitations":{}}`: "object", `{"invitations":[{}]}`: "email",
		`{"invitations":[{"email":"not-an-email","role":"viewer"}]}`:                                              "email",
		`{"invitations":[{"email":"a@localhost","role":"viewer"}]}`:                                               "email",
		`{"invitations":[{"email":"a@example.com"}]}`:                                                             "role",
		`{"invitations":[{"email":"a@example.com","role":"owner"}]}`:                                              "role",
		`{"invitations":[{"email":"ok@example.com","role":"viewer"},{"email":"a@example.com","role":"owner"}]}`:   "role",
		`{"invitations":[{"email":"ok@example.com","role":"viewer"},{"email":"OK@example.com","role":"viewer"}]}`: "twice",
	} {
		expect(t, do(t, s, s.PersonalKey(), "POST", "/organizations/{org}/invitations", body), 400, message)
	}
	long := strings.Repeat("x", 250) + "@example.com"
	expect(t, invite(t, s, long+" viewer"), 400, "email")
	expect(t, invite(t, s, "ok@example.com viewer", "DEV@example.com viewer"), 409, "already a member")
	if got := s.Invitations(); len(got) != 0 {
		t.Errorf("refused, but made %+v", got)
	}
	s.SetConfig(func(c *neontest.Config) { c.InvitePartly = true })
	expect(t, invite(t, s, "ok@example.com viewer", "dev@example.com viewer", "late@example.com viewer"), 409, "already a member")
	if got := listed(t, s); got != "ok@example.com viewer" {
		t.Error(got)
	}
	s.SetConfig(func(c *neontest.Config) { c.InviteMember = "ignore" })
	expect(t, invite(t, s, "dev@example.com viewer"), 200, "")
	if got := listed(t, s); got != "ok@example.com viewer" {
		t.Error(got)
	}
	s.SetConfig(func(c *neontest.Config) { c.InviteMember = "invite" })
	expect(t, invite(t, s, "dev@example.com viewer"), 200, "")
	if got := listed(t, s); got != "ok@example.com viewer, dev@example.com viewer" {
		t.Error(got)
	}
	if err := s.Accept("dev@example.com"); err != nil || len(s.Members()) != 5 {
		t.Error("a member who accepts is a member twice", err)
	}
	if m, _ := s.Member("dev@example.com"); m.Role != "editor" {
		t.Error(m)
	}
}

func TestInviteAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		choice   string
		oldFirst bool
		status   int
		list     string
		accepted string
	}{
		{"", false, 200, "new@example.com admin", "admin"},
		{"replace", true, 200, "new@example.com admin", "viewer"},
		{"keep", false, 200, "new@example.com viewer", "viewer"},
		{"add", false, 200, "new@example.com viewer, new@example.com admin", "admin"},
		{"add", true, 200, "new@example.com viewer, new@example.com admin", "viewer"},
		{"conflict", false, 409, "new@example.com viewer", "viewer"},
	} {
		s := neontest.Start(t, neontest.Config{Switches: neontest.Switches{InviteAgain: test.choice, OldInvitationCounts: test.oldFirst}})
		expect(t, invite(t, s, "new@example.com viewer"), 200, "")
		first := s.Invitations()[0].ID
		expect(t, invite(t, s, "new@example.com admin"), test.status, "")
		if got := listed(t, s); got != test.list {
			t.Errorf("%+v: %s", test, got)
		}
		if fresh := s.Invitations()[0].ID != first; fresh != (test.choice == "" || test.choice == "replace") {
			t.Errorf("%+v: fresh %t", test, fresh)
		}
		if err := s.Accept("new@example.com"); err != nil {
			t.Error(err)
		}
		if m, _ := s.Member("new@example.com"); m.Role != test.accepted || len(s.Invitations()) != 0 {
			t.Errorf("%+v: joined as %s, open %v", test, m.Role, s.Invitations())
		}
	}
}

func TestJoinAtOnce(t *testing.T) {
	t.Parallel()
	s := neontest.Start(t, neontest.Config{Accounts: []string{"Known@example.net", "@bigcorp.example"}})
	var made invitationList
	invite(t, s, "known@EXAMPLE.net editor", "any@bigcorp.example viewer", "owner@elsewhere.example viewer", "unknown@example.net viewer").json(t, &made)
	if len(made.Invitations) != 4 || listed(t, s) != "unknown@example.net viewer" || len(s.Members()) != 8 {
		t.Error(made, listed(t, s), len(s.Members()))
	}
	s.SetConfig(func(c *neontest.Config) { c.HideJoinedInvitation = true; c.KeepAcceptedInvitations = true })
	s.RemoveMember("any@bigcorp.example")
	invite(t, s, "any@bigcorp.example editor").json(t, &made)
	if m, found := s.Member("any@bigcorp.example"); !found || m.Role != "editor" || len(made.Invitations) != 0 {
		t.Error(m, made)
	}
	if got := fmt.Sprint(strings.Count(listed(t, s), "any@bigcorp.example")); got != "2" {
		t.Error(listed(t, s))
	}
	s.SetConfig(func(c *neontest.Config) { c.NobodyJoinsAtOnce = true })
	s.RemoveMember("any@bigcorp.example")
	expect(t, invite(t, s, "any@bigcorp.example editor"), 200, "")
	if _, found := s.Member("any@bigcorp.example"); found || len(s.Invitations()) != 2 {
		t.Error("joined at once")
	}
}
