//go:build unix

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// visitTo is a run against a simulator, with a personal key of an admin.
func visitTo(t *testing.T, sim *neontest.Server, change func(*settings)) *visit {
	t.Helper()
	tools := testTools(t)
	s, err := readSettings(func(name string) string {
		return map[string]string{"NEON_API_KEY": sim.PersonalKey(), "NEON_ORG_ID": sim.OrgID(), "NEON_API_HOST": sim.URL()}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&s)
	}
	v, err := newVisit(s, tools, t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	running := ""
	v.attach = func(config string, env []string) []string {
		if strings.Contains(config, "alias") {
			return nil // a process has one configuration
		}
		if running == "" {
			running = startProvider(t, env)
		}
		return []string{running, oneThread}
	}
	return v
}

// only leaves the first scenario and those whose titles have a word.
func (v *visit) only(word string) {
	v.scenarios = slices.DeleteFunc(slices.Clone(v.scenarios), func(s scenario) bool {
		return s.title != everyScenario[0].title && !strings.Contains(s.title, word)
	})
}

// answered fails unless exactly these questions have been answered, in these words, and the report says so.
func (v *visit) answered(t *testing.T, want map[string]string) {
	t.Helper()
	report := v.report()
	for _, q := range questions {
		got := v.answers[q.id].answer
		if got != want[q.id] {
			t.Errorf("%s %q, want %q (%s)", q.asks, got, want[q.id], v.answers[q.id].why)
		}
		mark := ""
		if got != q.simulated {
			mark = "**otherwise:** "
		}
		row := fmt.Sprintf("| %s | %s | %s%s |", q.asks, q.simulated, mark, got)
		if got == "" {
			row = fmt.Sprintf("| %s | %s | *not answered: ", q.asks, q.simulated)
		}
		if !strings.Contains(report, row) {
			t.Errorf("the report lacks %s", row)
		}
	}
	if t.Failed() {
		t.Log(report)
	}
}

// harmless fails if the run has changed anything for good but inviting somebody, or has told what it must not.
func harmless(t *testing.T, v *visit, sim *neontest.Server) {
	t.Helper()
	fresh := neontest.New(neontest.Config{})
	if got, want := names(sim.APIKeys()), names(fresh.APIKeys()); !slices.Equal(got, want) {
		t.Errorf("live keys: %v, want %v", got, want)
	}
	for _, member := range fresh.Members() {
		if now, _ := sim.Member(member.Email); now.Role != member.Role {
			t.Errorf("%s was %s and is %q", member.Email, member.Role, now.Role)
		}
	}
	for _, request := range sim.Requests() {
		if request.Method != "GET" && !strings.HasSuffix(request.Path, "/invitations") && !strings.Contains(request.Path, "/api_keys") {
			t.Errorf("the run sent %s %s", request.Method, request.Path)
		}
	}
	if token := regexp.MustCompile(`napi_[a-z0-9]+`).FindString(v.report()); token != "" {
		t.Errorf("a key is in the report:\n%s", v.report())
	}
	for _, private := range []string{"@", sim.OrgID(), v.settings.projectID, sim.Members()[0].UserID} {
		if private != "" && strings.Contains(v.report(), private) {
			t.Errorf("%q is in the report:\n%s", private, v.report())
		}
	}
}

func names(keys []neontest.APIKey) (list []string) {
	for _, key := range keys {
		list = append(list, key.Name)
	}
	return list
}

// simulated is the simulator's answer to questions, as the table has it.
func simulated(ids ...string) map[string]string {
	answers := map[string]string{}
	for _, q := range questions {
		if slices.Contains(ids, q.id) {
			answers[q.id] = q.simulated
		}
	}
	return answers
}

func TestLiveEverySwitchIsAQuestion(t *testing.T) {
	t.Parallel()
	asked := map[string]int{}
	for _, q := range questions {
		for _, name := range q.switches {
			asked[name]++
		}
	}
	for field := range reflect.TypeFor[neontest.Switches]().Fields() {
		if asked[field.Name] != 1 {
			t.Errorf("%d questions are about Switches.%s, want one", asked[field.Name], field.Name)
		}
		delete(asked, field.Name)
	}
	if len(asked) > 0 {
		t.Errorf("no such switches: %v", asked)
	}
}

// What Terraform does not read in a live run, and why.
var notRead = map[string]string{
	"neon_project_members":             "Neon refuses it where project roles are off",
	"neon_organization_spending_limit": "Neon refuses it on plans without spending limits",
	"neon_organization_vpc_endpoints":  "Neon refuses it on plans without Private Networking",
}

func TestLiveEveryDataSourceIsRead(t *testing.T) {
	t.Parallel()
	for _, construct := range provider.New("test")().DataSources(t.Context()) {
		var metadata datasource.MetadataResponse
		construct().Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "neon"}, &metadata)
		isRead := strings.Contains(everything, `data "`+metadata.TypeName+`" `)
		if isRead == (notRead[metadata.TypeName] != "") {
			t.Errorf("%s is read: %t, though: %q", metadata.TypeName, isRead, notRead[metadata.TypeName])
		}
	}
}

// What Terraform does not make in a live run, and why.
var notMade = map[string]string{
	"neon_organization_invitation":        "the one address is invited as neon_organization_member",
	"neon_organization_members_exclusive": "it would remove people",
	"neon_organization_spending_limit":    "it would change what the organization is billed for",
	"neon_organization_vpc_endpoint":      "what is assigned can never be added back",
	"neon_project_member_role":            "it would change the access of a person",
}

func TestLiveEveryResourceIsTriedOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("internal", "e2e", "live_*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range files {
		if !strings.HasSuffix(file, "simulated_test.go") {
			code.WriteString(read(t, file))
		}
	}
	is := func(kind, name string) {
		made := strings.Contains(code.String(), kind+` "`+name+`" "`) || strings.Contains(code.String(), kind+` \"`+name+`\" \"`)
		if made == (notMade[name] != "") {
			t.Errorf("%s %s is in a scenario: %t, though: %q", kind, name, made, notMade[name])
		}
	}
	p := provider.New("test")()
	for _, construct := range p.Resources(t.Context()) {
		var metadata resource.MetadataResponse
		construct().Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "neon"}, &metadata)
		is("resource", metadata.TypeName)
	}
	for _, construct := range p.(interface {
		EphemeralResources(context.Context) []func() ephemeral.EphemeralResource
	}).EphemeralResources(t.Context()) {
		var metadata ephemeral.MetadataResponse
		construct().Metadata(t.Context(), ephemeral.MetadataRequest{ProviderTypeName: "neon"}, &metadata)
		is("ephemeral", metadata.TypeName)
	}
}

// Everything, with somebody to invite who has no Neon account: what can be answered is answered as the table says.
func TestLiveRunOnTheSimulator(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond, MaxPageSize: 3})
	v := visitTo(t, sim, func(s *settings) {
		s.projectID, s.inviteEmail, s.inviteRole = sim.Projects()[0].ID, "tester@example.com", "member"
	})
	if err := v.live(t.Context()); err != nil {
		t.Error(err)
	}
	v.answered(t, simulated("role-member", "not-yours", "invite-again", "never-used", "revoke-revoked", "malformed-id", "list-lag"))
	for _, f := range v.facts {
		if f.seen != f.simulated {
			t.Errorf("%s: %s, but the table says %s", f.about, f.seen, f.simulated)
		}
	}
	for _, o := range v.outcomes {
		if o.err != nil || o.skipped != "" && !strings.HasSuffix(o.skipped, "knows no ephemeral resources") {
			t.Errorf("%s: %v %s", o.title, o.err, o.skipped)
		}
	}
	if len(v.facts) < 20 || len(v.outcomes) != len(everyScenario) {
		t.Errorf("%d facts, %d outcomes", len(v.facts), len(v.outcomes))
	}
	if open := sim.Invitations(); len(open) != 1 || open[0].Email != "tester@example.com" || open[0].Role != "member" {
		t.Errorf("invitations: %v", open)
	}
	if len(v.left) != 1 || !strings.Contains(v.report(), "NEON_TEST_INVITE_EMAIL") {
		t.Errorf("left: %q", v.left)
	}
	harmless(t, v, sim)
}

// Where the simulator answers otherwise, so does the report.
func TestLiveOtherAnswersAreSeen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		only     string
		config   neontest.Config
		role     string
		prepare  func(*neontest.Server)
		viewer   bool
		want     map[string]string
		wantLeft string
		often    bool // without FAULTS=all too
	}{
		"keys": {
			only: "one request at a time",
			config: neontest.Config{Switches: neontest.Switches{
				LastUsedAtAbsent: true, RevokeRevokedStatus: 200, ListLag: 600 * time.Millisecond, RetryAfter: "date",
			}},
			want: map[string]string{"never-used": "absent", "revoke-revoked": "200", "list-lag": "yes"},
		},
		"refusals": {
			only:   "Refusals",
			config: neontest.Config{Switches: neontest.Switches{MalformedIDStatus: 404, NotYoursStatus: 404}},
			want:   map[string]string{"malformed-id": "404", "not-yours": "404"},
		},
		"a second invitation beside the first": {
			often:  true,
			only:   "invites",
			config: neontest.Config{Switches: neontest.Switches{InviteAgain: "add", EchoMember: "editor"}},
			role:   "member",
			want:   map[string]string{"invite-again": "both invitations stay open", "role-member": "`editor`"},
		},
		"a second invitation is refused": {
			only:   "invites",
			config: neontest.Config{Switches: neontest.Switches{InviteAgain: "conflict"}},
			want:   map[string]string{"invite-again": "it is refused with 409"},
		},
		"a second invitation changes nothing": {
			only:   "invites",
			config: neontest.Config{Switches: neontest.Switches{InviteAgain: "keep"}},
			want:   map[string]string{"invite-again": "the old invitation stays as it was"},
		},
		"joined at once": {
			only:   "invites",
			config: neontest.Config{Accounts: []string{"tester@example.com"}},
			want:   simulated("joined-at-once", "accepted-invitation", "invite-member"),
		},
		"joined at once, otherwise": {
			only: "invites",
			config: neontest.Config{Accounts: []string{"tester@example.com"}, Switches: neontest.Switches{
				KeepAcceptedInvitations: true, HideJoinedInvitation: true, InviteMember: "ignore",
			}},
			want: map[string]string{"joined-at-once": "no", "accepted-invitation": "yes", "invite-member": "nothing: no invitation is answered"},
		},
		"a member is invited": {
			only:    "invites",
			config:  neontest.Config{Switches: neontest.Switches{InviteMember: "invite"}},
			prepare: func(sim *neontest.Server) { sim.AddMember("tester@example.com", "editor") },
			want:    map[string]string{"invite-member": "an invitation that stays open"},
		},
		"a role that is not accepted": {
			only:    "invites",
			config:  neontest.Config{Switches: neontest.Switches{RoleNotAllowedStatus: 400}},
			prepare: func(sim *neontest.Server) { sim.AcceptRoles("admin", "member", "collaborator") },
			want:    map[string]string{"role-not-accepted": "400"},
		},
		"not an admin": {
			only: "one request at a time", viewer: true,
			want: simulated("not-admin", "not-admin-reads"),
		},
		"not an admin, otherwise": {
			only: "one request at a time", viewer: true,
			config: neontest.Config{Switches: neontest.Switches{NotAdminStatus: 404, HiddenFromMembers: []string{"members", "api_keys"}}},
			want:   map[string]string{"not-admin": "404", "not-admin-reads": "invitations"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.only == "invites" && !test.often && os.Getenv("FAULTS") != "all" {
				t.Skip("a sample of the answers to invitations is enough here; FAULTS=all runs all")
			}
			sim := neontest.Start(t, test.config)
			if test.prepare != nil {
				test.prepare(sim)
			}
			v := visitTo(t, sim, func(s *settings) {
				if test.only == "invites" {
					s.inviteEmail = "tester@example.com"
				}
				if test.role != "" {
					s.inviteRole = test.role
				}
				if test.viewer {
					s.apiKey = sim.ViewerKey()
				}
			})
			v.only(test.only)
			if err := v.live(t.Context()); err != nil {
				t.Error(err)
			}
			if test.want["list-lag"] != "" && strings.HasPrefix(v.answers["list-lag"].answer, "yes, by up to ") {
				test.want["list-lag"] = v.answers["list-lag"].answer // how far depends on the machine
			}
			v.answered(t, test.want)
			harmless(t, v, sim)
		})
	}
}

func TestLiveLimitsAreWaitedForAndSeen(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{"1": "yes, in seconds", "": "no", time.Now().Add(time.Second).UTC().Format(time.RFC1123): "yes, as a date"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			sim := neontest.Start(t, neontest.Config{})
			sim.AddFault(neontest.Fault{Route: "GET /auth", Kind: neontest.FaultStatus, Status: 429, RetryAfter: header, N: 1})
			v := visitTo(t, sim, nil)
			v.only("Refusals")
			if err := v.live(t.Context()); err != nil {
				t.Error(err)
			}
			answers := simulated("malformed-id", "not-yours")
			answers["retry-after"] = want
			v.answered(t, answers)
		})
	}
}

func TestLiveOrganizationKeyDoesWhatItCan(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	v := visitTo(t, sim, func(s *settings) { s.apiKey, s.inviteEmail = sim.OrganizationKey(), "tester@example.com" })
	if err := v.live(t.Context()); err != nil {
		t.Error(err)
	}
	v.answered(t, simulated("malformed-id", "not-yours"))
	if skipped := v.outcomes[len(v.outcomes)-1].skipped; skipped != "only the personal key of an admin can invite" {
		t.Errorf("%q", skipped)
	}
	if len(sim.Invitations()) > 0 {
		t.Errorf("invitations: %v", sim.Invitations())
	}
	harmless(t, v, sim)
}

func TestLiveKeyForAProjectIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	v := visitTo(t, sim, func(s *settings) { s.apiKey = sim.ProjectKey() })
	if err := v.live(t.Context()); err == nil || !strings.Contains(err.Error(), "NEON_API_KEY is limited to one project") {
		t.Errorf("got %v", err)
	}
	if len(v.outcomes) != 1 {
		t.Errorf("%d scenarios took place", len(v.outcomes))
	}
}
