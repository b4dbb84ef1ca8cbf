package provider_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const (
	revokeAction   = "neon_revoke_organization_api_key"
	resendAction   = "neon_resend_organization_invitation"
	transferAction = "neon_transfer_projects"

	// otherOrg is the second organization of the simulator, where the personal key's owner is a member in these tests.
	otherOrg = "org-elsewhere-87654321"
)

func projectIDs(org *neontest.Organization) (ids []string) {
	for _, project := range org.Projects() {
		ids = append(ids, project.ID)
	}
	return ids
}

func TestRevokeAction(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	org := sim.Org(sim.OrgID())
	key := org.AddAPIKey("deploy", "")
	org.UseAPIKey(key.ID, time.Now().Add(-time.Hour), "192.0.2.7")
	config := object{"id": strconv.FormatInt(key.ID, 10)}

	p := admin(t, sim, nil)
	planned := p.planAction(revokeAction, config)
	planned.noErrors(t)
	planned.wantWarning(t, fmt.Sprintf("To be revoked: API key \"deploy\" (%d)", key.ID), "created at")
	planned.wantWarning(t, "Revoking a key used in the last 7 days", "192.0.2.7")
	if found := writes(sim); found != 0 {
		t.Fatalf("the plan sent %d writes", found)
	}

	p = admin(t, sim, nil)
	progress, ended := p.invoke(revokeAction, config)
	ended.none(t)
	if len(progress) != 2 || !strings.Contains(progress[1], "Revoked the API key \"deploy\"") {
		t.Errorf("it reported %q", progress)
	}
	if slices.ContainsFunc(org.APIKeys(), func(k neontest.APIKey) bool { return k.ID == key.ID }) {
		t.Error("the key lives")
	}

	p = admin(t, sim, nil)
	p.planAction(revokeAction, config).wantWarning(t, "No live API key to revoke: "+strconv.FormatInt(key.ID, 10))
	progress, ended = p.invoke(revokeAction, config)
	ended.none(t)
	if len(progress) != 1 || !strings.Contains(progress[0], "Nothing to revoke") {
		t.Errorf("a second time it reported %q", progress)
	}
}

// With an organization key, the key that was used since the run began may be the run's own.
func TestRevokeActionKeepsTheOwnKey(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	id, _ := sim.KeyIDByToken(sim.OrganizationKey())
	p := start(t, object{"api_key": sim.OrganizationKey(), "base_url": sim.URL()})
	config := object{"id": strconv.FormatInt(id, 10)}
	p.planAction(revokeAction, config).wantError(t, "Refusing to revoke a key this run may use")
	_, ended := p.invoke(revokeAction, config)
	ended.wantError(t, "Refusing to revoke a key this run may use")
	if !sim.TokenValid(sim.OrganizationKey()) {
		t.Error("the key of the run was revoked")
	}
}

func TestResendAction(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	org := sim.Org(sim.OrgID())
	before := org.AddInvitation("new@example.com", "viewer")
	config := object{"email": "new@example.com"}

	p := admin(t, sim, nil)
	planned := p.planAction(resendAction, config)
	planned.noErrors(t)
	planned.wantWarning(t, "To be invited again: new@example.com", "viewer")
	progress, ended := p.invoke(resendAction, config)
	ended.none(t)
	if len(progress) != 2 || progress[1] != "Sent the invitation of new@example.com" {
		t.Errorf("it reported %q", progress)
	}
	open := org.Invitations()
	if len(open) != 1 || open[0].ID == before.ID || open[0].Role != "viewer" {
		t.Errorf("the invitations are %+v", open)
	}

	for _, c := range []struct{ email, detail string }{
		{"dev@example.com", "is a member of"},
		{"unknown@example.com", "has no open invitation"},
	} {
		p.planAction(resendAction, object{"email": c.email}).wantError(t, "No invitation to send again: "+c.email, c.detail)
		_, ended := p.invoke(resendAction, object{"email": c.email})
		ended.wantError(t, "No invitation to send again: "+c.email, c.detail)
	}
	if open := org.Invitations(); len(open) != 1 {
		t.Errorf("the invitations are %+v", open)
	}
}

// transferring is a simulator whose personal key belongs to both organizations.
func transferring(t *testing.T) (sim *neontest.Server, from, to *neontest.Organization) {
	t.Helper()
	sim = neontest.Start(t, neontest.Config{})
	from, to = sim.Org(sim.OrgID()), sim.Org(otherOrg)
	to.AddMember("lead@example.com", "admin")
	return sim, from, to
}

func TestTransferAction(t *testing.T) {
	t.Parallel()
	sim, from, to := transferring(t)
	project := from.Projects()[0] // which has a key of its own
	config := object{"destination_org_id": otherOrg, "project_ids": []string{project.ID}}

	p := admin(t, sim, nil)
	planned := p.planAction(transferAction, config)
	planned.noErrors(t)
	planned.wantWarning(t, "To be transferred to "+otherOrg+": "+project.ID, project.Name)
	planned.wantWarning(t, "Stops working: API key \"website-ci\"")
	if found := writes(sim); found != 0 {
		t.Fatalf("the plan sent %d writes", found)
	}
	progress, ended := admin(t, sim, nil).invoke(transferAction, config)
	ended.none(t)
	if len(progress) != 2 || progress[1] != "Transferred to "+otherOrg+": "+project.ID {
		t.Errorf("it reported %q", progress)
	}
	if slices.Contains(projectIDs(from), project.ID) || !slices.Contains(projectIDs(to), project.ID) {
		t.Errorf("the projects are %s and %s", projectIDs(from), projectIDs(to))
	}

	// What has moved is left alone, and the rest moves.
	rest := from.Projects()[0]
	config["project_ids"] = []string{project.ID, rest.ID}
	p = admin(t, sim, nil)
	planned = p.planAction(transferAction, config)
	planned.noErrors(t)
	planned.wantWarning(t, "Already in "+otherOrg+": "+project.ID)
	planned.wantWarning(t, "To be transferred to "+otherOrg+": "+rest.ID)
	_, ended = p.invoke(transferAction, config)
	ended.none(t)
	if !slices.Contains(projectIDs(to), rest.ID) {
		t.Errorf("the projects are %s", projectIDs(to))
	}
	sim.ResetRequests()
	progress, ended = admin(t, sim, nil).invoke(transferAction, config)
	ended.none(t)
	if found := writes(sim); found != 0 || len(progress) != 1 {
		t.Errorf("with nothing left to do it sent %d writes and reported %q", found, progress)
	}
}

// Neon's refusals are shown one by one, with where each project is.
func TestTransferActionRefused(t *testing.T) {
	t.Parallel()
	sim, from, to := transferring(t)
	ids := projectIDs(from)
	config := object{"destination_org_id": otherOrg, "project_ids": ids}

	from.ChangeProject(ids[1], func(p *neontest.Project) { p.Integration = "github" })
	_, ended := admin(t, sim, nil).invoke(transferAction, config)
	ended.wantError(t, "Cannot transfer projects to "+otherOrg, ids[1]+": github", "Still in "+sim.OrgID())
	from.ChangeProject(ids[1], func(p *neontest.Project) { p.Integration = "" })

	to.SetPlan("free")
	to.AddProjects(100)
	_, ended = admin(t, sim, nil).invoke(transferAction, config)
	ended.wantError(t, "Cannot transfer projects to "+otherOrg, "projects_count: at most 100", "Still in "+sim.OrgID())
	if found := projectIDs(from); !slices.Equal(found, ids) {
		t.Errorf("the projects are %s", found)
	}
}

// Neon does not say that a refused transfer moves nothing: what has moved is told.
func TestTransferActionMovesInPart(t *testing.T) {
	t.Parallel()
	sim, from, to := transferring(t)
	sim.SetConfig(func(c *neontest.Config) { c.TransferPartly = true })
	ids := projectIDs(from)
	from.ChangeProject(ids[1], func(p *neontest.Project) { p.Integration = "github" })
	config := object{"destination_org_id": otherOrg, "project_ids": ids}
	progress, ended := admin(t, sim, nil).invoke(transferAction, config)
	ended.wantError(t, "Cannot transfer projects to "+otherOrg+": "+ids[1],
		"Moved to "+otherOrg+":\n\n    "+ids[0], "Still in "+sim.OrgID()+":\n\n    "+ids[1], ids[1]+": github", "Invoke the action again")
	if len(progress) != 2 || progress[1] != "Transferred to "+otherOrg+": "+ids[0] {
		t.Errorf("it reported %q", progress)
	}
	from.ChangeProject(ids[1], func(p *neontest.Project) { p.Integration = "" })
	_, ended = admin(t, sim, nil).invoke(transferAction, config)
	ended.none(t)
	if found := projectIDs(to); !slices.Contains(found, ids[0]) || !slices.Contains(found, ids[1]) {
		t.Errorf("the destination has %s", found)
	}
}

// A refusal by the destination, which no plan can see.
func TestTransferActionNeedsDestinationAdmin(t *testing.T) {
	t.Parallel()
	sim, from, to := transferring(t)
	to.SetRole("lead@example.com", "editor")
	sim.SetConfig(func(c *neontest.Config) { c.TransferNeedsDestinationAdmin = true })
	ids := projectIDs(from)
	p := admin(t, sim, nil)
	config := object{"destination_org_id": otherOrg, "project_ids": ids}
	p.planAction(transferAction, config).noErrors(t)
	_, ended := p.invoke(transferAction, config)
	ended.wantError(t, "Cannot transfer projects to "+otherOrg, "Still in "+sim.OrgID())
	if found := projectIDs(from); !slices.Equal(found, ids) {
		t.Errorf("the source has %s", found)
	}
}

// An answer that is lost is looked for, and nothing is said to have moved that has not.
func TestTransferActionLosesItsAnswer(t *testing.T) {
	t.Parallel()
	const route = "POST /organizations/{source_org_id}/projects/transfer"
	for _, kind := range []string{"reset-before", "reset-after", "html-ok", "empty", "cut-short"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			sim, from, to := transferring(t)
			ids := projectIDs(from)
			sim.AddFault(neontest.Fault{Route: route, Kind: neontest.FaultKind(kind), N: 1})
			_, ended := admin(t, sim, nil).invoke(transferAction, object{"destination_org_id": otherOrg, "project_ids": ids})
			ended.none(t)
			if len(from.Projects()) != 0 || !slices.Contains(projectIDs(to), ids[0]) {
				t.Errorf("the projects are %s and %s", projectIDs(from), projectIDs(to))
			}
		})
	}
}

// What is wrong is said in the plan and again before anything is sent.
func TestActionsRefuse(t *testing.T) {
	t.Parallel()
	sim, from, _ := transferring(t)
	from.AddInvitation("new@example.com", "viewer")
	project := from.Projects()[0].ID
	transfer := func(destination string, ids ...string) object {
		return object{"destination_org_id": destination, "project_ids": ids}
	}
	viewer := object{"api_key": sim.ViewerKey()}
	organization := object{"api_key": sim.OrganizationKey()}
	for name, c := range map[string]struct {
		provider object
		action   string
		config   object
		summary  string
		parts    []string
	}{
		"the same organization": {nil, transferAction, transfer(sim.OrgID(), project), "Transfer to the same organization", nil},
		"a foreign destination": {nil, transferAction, transfer("org-unknown-1", project), "Cannot transfer to org-unknown-1", []string{"lead@example.com"}},
		"an unknown project": {
			nil, transferAction, transfer(otherOrg, project, "no-such-1"), "No project of " + sim.OrgID() + ": no-such-1",
			[]string{"the personal key of lead@example.com"},
		},
		"organization key, transfer": {organization, transferAction, transfer(otherOrg, project), "needs a personal key", []string{project}},
		"organization key, resend":   {organization, resendAction, object{"email": "new@example.com"}, "needs a personal key", nil},
		"viewer, transfer":           {viewer, transferAction, transfer(otherOrg, project), "needs an admin", nil},
		"viewer, resend":             {viewer, resendAction, object{"email": "new@example.com"}, "needs an admin", nil},
		"viewer, revoke":             {viewer, revokeAction, object{"id": "1734102"}, "needs an admin", nil},
	} {
		t.Log(name)
		p := admin(t, sim, c.provider)
		p.planAction(c.action, c.config).wantError(t, c.summary, c.parts...)
		_, ended := p.invoke(c.action, c.config)
		ended.wantError(t, c.summary, c.parts...)
	}
	for action, config := range map[string]object{
		transferAction: transfer(otherOrg, project), resendAction: {"email": "new@example.com"}, revokeAction: {"id": "1734102"},
	} {
		p := admin(t, sim, object{"read_only": true})
		p.planAction(action, config).noErrors(t)
		_, ended := p.invoke(action, config)
		ended.wantError(t, "the provider is read-only")
	}
	for _, c := range []struct {
		action   string
		config   object
		argument string
	}{
		{revokeAction, object{"id": unknown}, "id"},
		{resendAction, object{"email": unknown}, "email"},
		{resendAction, object{"email": "new@example.com", "org_id": unknown}, "org_id"},
		{transferAction, object{"destination_org_id": unknown, "project_ids": []string{project}}, "destination_org_id"},
		{transferAction, object{"destination_org_id": otherOrg, "project_ids": []any{project, unknown}}, "project_ids"},
		{transferAction, object{"destination_org_id": otherOrg, "project_ids": unknown}, "project_ids"},
	} {
		admin(t, sim, nil).planAction(c.action, c.config).wantError(t, c.action+" needs known values: "+c.argument)
	}
	if found := writes(sim); found != 0 {
		t.Errorf("it sent %d writes", found)
	}
}
