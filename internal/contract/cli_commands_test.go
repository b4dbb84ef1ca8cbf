//go:build contract

package contract_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// may says that a command works.
const may = ""

// What the tool makes of refusals, if not Neon's own words.
const (
	saysRejected = "Authentication failed: the Neon API rejected the API key."
	saysNoKey    = "No API key with id "
)

// command is one of the tool's, and who may use it beside a personal key: what the error says, or may.
type command struct {
	args                  []string
	organization, project string
	// withEveryKey says that wrong and revoked keys are tried as well: the answer is the same everywhere.
	withEveryKey bool
	// check looks at what was printed and at the simulator, after a success.
	check func(*testing.T, *neontest.Server, json.RawMessage)
}

// The ids of the organization that every simulator starts with.
const (
	org     = "org-example-12345678"
	website = "shiny-wind-12345678"
	devID   = "b0000000-0000-4000-8000-000000000003"
)

// TestCLI runs the tool's commands with every kind of key, each on a simulator of its own.
func TestCLI(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]command{
		"orgs list": {
			args: []string{"orgs", "list"}, withEveryKey: true,
			check: func(t *testing.T, _ *neontest.Server, printed json.RawMessage) {
				t.Helper()
				var list []struct{ ID, Name, Plan string }
				decode(t, printed, &list)
				if len(list) != 1 || list[0].ID != org || list[0].Name != "Example" || list[0].Plan != "scale" {
					t.Errorf("printed %s", printed)
				}
			},
		},
		"projects list": {
			args: []string{"projects", "list", "--org-id", org}, project: saysOutsideProject,
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				var list []struct {
					ID    string
					OrgID string `json:"org_id"`
				}
				decode(t, printed, &list)
				if len(list) != 2 || list[0].ID != website || list[0].OrgID != org || list[1].ID != sim.Projects()[1].ID {
					t.Errorf("printed %s", printed)
				}
			},
		},
		"api-keys create for the organization": {
			args: []string{"api-keys", "create", "--name", "new", "--org-id", org}, withEveryKey: true,
			organization: saysPersonalToCreate, project: saysOutsideProject,
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				key := theKey(t, sim, "new")
				same(t, printed, createdKey(key, sim.TokenOf(key.ID)))
			},
		},
		"api-keys create for a project": {
			args:         []string{"api-keys", "create", "--name", "new", "--project-id", website},
			organization: saysPersonalToCreate, project: saysOutsideProject,
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				key := theKey(t, sim, "new")
				same(t, printed, createdKey(key, sim.TokenOf(key.ID)))
				if key.ProjectID != website {
					t.Errorf("the key is for %q", key.ProjectID)
				}
			},
		},
		"api-keys list": {
			args:    []string{"api-keys", "list", "--org-id", org},
			project: saysOutsideProject,
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				same(t, printed, listedKeys(sim))
			},
		},
		"api-keys revoke": {
			args:    []string{"api-keys", "revoke", "1734102", "--org-id", org},
			project: saysNoKey + "1734102", // a 404 to the tool
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				var key struct {
					ID      int64
					Revoked bool
				}
				decode(t, printed, &key)
				if key.ID != 1734102 || !key.Revoked || sim.TokenValid(sim.ProjectKey()) || len(sim.APIKeys()) != 1 {
					t.Errorf("printed %s", printed)
				}
			},
		},
		"api-keys list for the account": {
			args:         []string{"api-keys", "list"},
			organization: saysPersonalOnly, project: saysPersonalOnly,
			check: func(t *testing.T, _ *neontest.Server, printed json.RawMessage) {
				t.Helper()
				var list []struct{ ID int64 }
				decode(t, printed, &list)
				if len(list) != 1 || list[0].ID != 1734001 {
					t.Errorf("printed %s", printed)
				}
			},
		},
		"me": {
			args:         []string{"me"},
			organization: saysPersonalOnly, project: saysPersonalOnly,
			check: func(t *testing.T, _ *neontest.Server, printed json.RawMessage) {
				t.Helper()
				var me struct{ Email string }
				decode(t, printed, &me)
				if me.Email != "lead@example.com" {
					t.Errorf("printed %s", printed)
				}
			},
		},
		"api, members": {
			args: []string{"api", "/organizations/" + org + "/members", "-Q", "limit=3", "-Q", "sort_by=email", "-Q", "sort_order=asc"},
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				var page struct {
					Members    []json.RawMessage
					Pagination struct{ Next string }
				}
				decode(t, printed, &page)
				if len(page.Members) != 3 || page.Pagination.Next == "" {
					t.Fatalf("printed %s", printed)
				}
				for i, email := range []string{"audit@example.com", "data@example.com", "dev@example.com"} {
					same(t, page.Members[i], memberWithUser(theMember(t, sim, email)))
				}
			},
		},
		"api, change a role": {
			args: []string{"api", "/organizations/" + org + "/members/" + devID, "-X", "PATCH", "-F", "role=viewer"},
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				dev := theMember(t, sim, "dev@example.com")
				same(t, printed, memberObject(dev))
				if dev.Role != "viewer" {
					t.Errorf("they are %s", dev.Role)
				}
			},
		},
		"api, the members of a project": {
			args: []string{"api", "/projects/" + website + "/members", "-Q", "limit=2"},
			check: func(t *testing.T, _ *neontest.Server, printed json.RawMessage) {
				t.Helper()
				var page struct {
					Members []struct {
						Source string `json:"grant_source"`
					} `json:"project_members"`
					Pagination struct{ Next string }
				}
				decode(t, printed, &page)
				if len(page.Members) != 2 || page.Members[0].Source != "org_role_default" || page.Pagination.Next == "" {
					t.Errorf("printed %s", printed)
				}
			},
		},
		"api, grant a role in a project": {
			args: []string{"api", "/projects/" + website + "/members/" + devID + "/role", "-X", "PUT", "-F", "role=admin"},
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				if grants := sim.Grants(website); len(grants) != 1 || grants["dev@example.com"] != "admin" {
					t.Errorf("grants are %v, printed %s", grants, printed)
				}
			},
		},
		"api, take a role in a project away": {
			args: []string{"api", "/projects/" + website + "/members/" + devID + "/role", "-X", "DELETE"},
			check: func(t *testing.T, _ *neontest.Server, printed json.RawMessage) {
				t.Helper()
				same(t, printed, params{
					"project_id": website, "member_id": devID, "user_id": "a0000000-0000-4000-8000-000000000003", "email": "dev@example.com",
					"name": "Dev Deva", "org_role": "editor", "project_role": "editor", "org_default_project_permission": "EDITOR",
					"effective_project_permission": "EDITOR",
				})
			},
		},
		"api, set the spending limit": {
			args: []string{"api", "/organizations/" + org + "/billing/spending_limit", "-X", "PUT", "--data", `{"spending_limit_cents":700}`},
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				same(t, printed, params{"spending_limit_cents": 700})
				if limit := sim.SpendingLimit(); limit == nil || *limit != 700 {
					t.Error("there is another limit")
				}
			},
		},
		"api, the regions": {
			args: []string{"api", "/regions"},
			check: func(t *testing.T, _ *neontest.Server, printed json.RawMessage) {
				t.Helper()
				var list struct{ Regions []json.RawMessage }
				decode(t, printed, &list)
				if len(list.Regions) < 2 {
					t.Errorf("printed %s", printed)
				}
			},
		},
		"api, remove a member": {
			args: []string{"api", "/organizations/" + org + "/members/" + devID, "-X", "DELETE"},
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				same(t, printed, params{})
				if _, found := sim.Member("dev@example.com"); found {
					t.Error("they are still a member")
				}
			},
		},
		"api, invitations": {
			args: []string{"api", "/organizations/" + org + "/invitations"},
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				same(t, printed, listedInvitations(sim))
			},
		},
		"api, invite": {
			withEveryKey: true,
			args: []string{
				"api", "/organizations/" + org + "/invitations", "-X", "POST",
				"--data", `{"invitations":[{"email":"new@example.com","role":"editor"},{"email":"other@example.com","role":"viewer"}]}`,
			},
			organization: saysPersonalOnly, project: saysOutsideProject,
			check: func(t *testing.T, sim *neontest.Server, printed json.RawMessage) {
				t.Helper()
				same(t, printed, listedInvitations(sim))
				if open := sim.Invitations(); len(open) != 2 || open[0].Email != "new@example.com" || open[0].Role != "editor" || open[1].Email != "other@example.com" || open[1].Role != "viewer" {
					t.Errorf("open are %+v", open)
				}
			},
		},
	} {
		type use struct {
			key  func(*neontest.Server) string
			says string
		}
		keys := map[string]use{
			"personal":     {(*neontest.Server).PersonalKey, may},
			"organization": {(*neontest.Server).OrganizationKey, c.organization},
			"project":      {(*neontest.Server).ProjectKey, c.project},
		}
		switch {
		case c.withEveryKey:
			keys["wrong"], keys["revoked"] = use{func(*neontest.Server) string { return wrongKey }, saysRejected}, use{revokedPersonalKey, saysRejected}
		case c.args[0] == "api": // prints what it gets: the SDKs, which take much less time, try every key with every operation
			keys = map[string]use{"personal": keys["personal"]}
		}
		for kind, k := range keys {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				sim := neontest.Start(t, neontest.Config{})
				key := k.key(sim)
				before := unused(sim.State())
				called := neon(t, sim, key, c.args...)
				if k.says == may {
					c.check(t, sim, called.succeeds(t))
					return
				}
				called.fails(t, k.says)
				if after := unused(sim.State()); !reflect.DeepEqual(before, after) {
					t.Errorf("what was refused has changed something:\n%+v\n%+v", before, after)
				}
			})
		}
	}
}

// unused leaves out of a state what reading changes.
func unused(state neontest.State) []neontest.OrganizationState {
	for i := range state.Organizations {
		for _, keys := range [][]neontest.APIKey{state.Organizations[i].APIKeys, state.Organizations[i].RevokedAPIKeys} {
			for j := range keys {
				keys[j].LastUsedAt, keys[j].LastUsedFromAddr = nil, ""
			}
		}
	}
	return state.Organizations
}

func decode(t *testing.T, text json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %s", err, text)
	}
}

func TestCLIListsAllPagesOfProjects(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{ExtraProjects: 198}) // two full pages: the tool asks for 100
	var projects []struct{ ID string }
	decode(t, neon(t, sim, sim.PersonalKey(), "projects", "list", "--org-id", org).succeeds(t), &projects)
	var got, want []string
	for _, project := range projects {
		got = append(got, project.ID)
	}
	for _, project := range sim.Projects() {
		want = append(want, project.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d projects, want each of the %d once, in order", len(got), len(want))
	}
}

// TestCLIMakesAndRevokesAKey is the life of a key with the tool alone.
func TestCLIMakesAndRevokesAKey(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	var made struct {
		ID  int64
		Key string
	}
	decode(t, neon(t, sim, sim.PersonalKey(), "api-keys", "create", "--name", "new", "--org-id", org).succeeds(t), &made)
	id := fmt.Sprint(made.ID)
	neon(t, sim, made.Key, "api-keys", "revoke", id, "--org-id", org).succeeds(t) // by itself
	neon(t, sim, made.Key, "orgs", "list").fails(t, saysRejected)
	neon(t, sim, sim.PersonalKey(), "api-keys", "revoke", id, "--org-id", org).fails(t, saysNoKey+id)
	neon(t, sim, sim.ViewerKey(), "api-keys", "create", "--name", "new", "--org-id", org).fails(t, saysNotAdmin)
	neon(t, sim, sim.PersonalKey(), "api-keys", "list", "--org-id", sim.OtherOrg().OrgID()).fails(t, saysNotYours)

	decode(t, neon(t, sim, sim.PersonalKey(), "api-keys", "create", "--name", "mine").succeeds(t), &made)
	if !sim.TokenValid(made.Key) {
		t.Error("the new personal key does not live")
	}
	neon(t, sim, sim.PersonalKey(), "api-keys", "revoke", fmt.Sprint(made.ID)).succeeds(t)
	if sim.TokenValid(made.Key) {
		t.Error("the personal key still lives")
	}
}

func TestCLIAssignsVPCEndpoints(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	vpc := func(args ...string) result {
		t.Helper()
		return neon(t, sim, sim.PersonalKey(), slices.Concat([]string{"vpc", "endpoint"}, args, []string{"--org-id", org, "--region-id", "aws-us-east-2"})...)
	}
	vpc("assign", "vpce-1", "--label", "office").succeeds(t)
	same(t, vpc("list").succeeds(t), []params{{"vpc_endpoint_id": "vpce-1", "label": "office"}})
	same(t, vpc("status", "vpce-1").succeeds(t), params{
		"vpc_endpoint_id": "vpce-1", "label": "office", "state": "new", "num_restricted_projects": 0, "example_restricted_projects": []string{},
	})
	vpc("remove", "vpce-1").succeeds(t)
	same(t, vpc("list").succeeds(t), []params{})
}

// TestCLIIsToldWhatIsNotSimulated calls what Neon has and the simulator has not: that must not look like an answer of
// Neon's.
func TestCLIIsToldWhatIsNotSimulated(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	neon(t, sim, sim.PersonalKey(), "projects", "create", "--name", "new", "--org-id", org).fails(t, "not simulated: POST /projects")
	neon(t, sim, sim.PersonalKey(), "branches", "list", "--project-id", website).fails(t, "not simulated: GET /projects/"+website+"/branches")
	neon(t, sim, sim.PersonalKey(), "projects", "get", website).succeeds(t) // this is
	neon(t, sim, sim.PersonalKey(), "projects", "list").fails(t, saysOrgIDRequired)
}
