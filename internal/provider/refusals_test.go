package provider_test

import (
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestInvalidConfigurations(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, nil)
	for name, test := range map[string]struct {
		typ       string
		config    object
		attribute string
		parts     []string
	}{
		"role":                {memberType, object{"email": "a@example.com", "role": "own er"}, "role", []string{"admin", "editor", "viewer", "collaborator"}},
		"invitation role":     {invitationType, object{"email": "a@example.com", "role": "Admin"}, "role", []string{"admin"}},
		"capital e-mail":      {memberType, object{"email": "Dev@Example.com", "role": "editor"}, "email", []string{`"dev@example.com"`}},
		"e-mail with a space": {memberType, object{"email": "dev@example.com ", "role": "editor"}, "email", []string{`"dev@example.com"`}},
		"no e-mail":           {memberType, object{"email": "not-an-email", "role": "editor"}, "email", []string{"not-an-email", "dev@example.com"}},
		"name and e-mail":     {invitationType, object{"email": "dev <dev@example.com>", "role": "editor"}, "email", []string{"bare address"}},
		"empty e-mail":        {invitationType, object{"email": "", "role": "editor"}, "email", []string{"not an e-mail"}},
		"empty name":          {keyType, object{"name": ""}, "name", []string{"between 1 and 64", "0"}},
		"long name":           {keyType, object{"name": strings.Repeat("x", 65)}, "name", []string{"between 1 and 64", "65"}},
		"project_id":          {keyType, object{"name": "ci", "project_id": "Shiny-Wind"}, "project_id", []string{"lower-case", "Shiny-Wind"}},
		"org_id":              {keyType, object{"name": "ci", "org_id": "ORG"}, "org_id", []string{"lower-case", "ORG"}},
	} {
		problem := p.validate(test.typ, test.config).wantError(t, "", test.parts...)
		if problem.Attribute == nil || !strings.Contains(problem.Attribute.String(), test.attribute) {
			t.Errorf("%s: the error is at %v, want %s", name, problem.Attribute, test.attribute)
		}
	}
	p.validate(keyType, object{"name": strings.Repeat("ü", 64)}).none(t)
	p.validate(memberType, object{"email": "dev+neon@bücher.example", "role": "collaborator"}).none(t)
	p.validate(memberType, object{"email": unknown, "role": unknown}).none(t)
	if sim.RequestCount() != 0 {
		t.Errorf("validating made %d requests", sim.RequestCount())
	}
}

func TestImportsThatCannotWork(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, nil)
	other := sim.OtherOrg().OrgID()
	for _, test := range []struct {
		typ, id string
		summary string
		parts   []string
	}{
		{keyType, "a/b/c", "Invalid import ID", []string{"a/b/c", "ORG_ID/THING"}},
		{keyType, "", "Invalid import ID", []string{"empty part", "ORG_ID/THING"}},
		{keyType, "/1", "Invalid import ID", []string{"empty part"}},
		{keyType, sim.OrgID() + "/", "Invalid import ID", []string{"empty part"}},
		{keyType, "Org/1", "Invalid import ID", []string{`"Org"`, "not an organization ID"}},
		{keyType, "ci", "Invalid import ID", []string{`"ci"`, "a number"}},
		{keyType, "99999", "No such API key: 99999", []string{sim.OrgID()}},
		{memberType, "a/b/c", "Invalid import ID", []string{"e-mail address or member ID"}},
		{memberType, "nobody@example.com", "No such person: nobody@example.com", []string{sim.OrgID()}},
		{memberType, "b0000000-0000-4000-8000-000000009999", "No such person", []string{"b0000000-0000-4000-8000-000000009999"}},
		{memberType, other + "/owner@elsewhere.example", "Cannot import owner@elsewhere.example", []string{"does not belong to this organization"}},
		{invitationType, "a/b/c", "Invalid import ID", []string{"invited e-mail address"}},
		{invitationType, "nobody@example.com", "No such invitation: nobody@example.com", []string{sim.OrgID()}},
	} {
		imported, diags := p.importState(test.typ, test.id)
		diags.wantError(t, test.summary, test.parts...)
		if !imported.value.IsNull() && imported.value.Type() != nil {
			t.Errorf("%s %q: imported %v", test.typ, test.id, imported.value)
		}
	}
}

func TestRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*neontest.Server)
		process func(*testing.T, *neontest.Server) *process
		typ     string
		config  object
		summary string
		parts   []string
	}{
		"unknown project": {
			typ: keyType, config: object{"name": "ci", "project_id": "no-such-project"},
			summary: `Cannot create the API key "ci"`, parts: []string{"project_id", "HTTP 404", "project not found", "request id"},
		},
		"not an admin, and may not see who is": {
			prepare: func(sim *neontest.Server) {
				sim.SetConfig(func(c *neontest.Config) { c.HiddenFromMembers = []string{"members", "invitations"} })
			},
			process: func(t *testing.T, sim *neontest.Server) *process {
				t.Helper()
				return start(t, object{"api_key": sim.ViewerKey(), "base_url": sim.URL()})
			},
			typ: keyType, config: object{"name": "ci"},
			summary: `Cannot create the API key "ci"`, parts: []string{"only an admin", "HTTP 403"},
		},
		"role that the organization does not know": {
			prepare: func(sim *neontest.Server) { sim.ManageByVercel() },
			typ:     memberType, config: object{"email": "new@example.com", "role": "viewer"},
			summary: "Cannot invite new@example.com as viewer", parts: []string{"HTTP 422"},
		},
		"rate limit": {
			prepare: func(sim *neontest.Server) {
				sim.AddFault(neontest.Fault{Route: "POST /organizations/{org_id}/api_keys", Kind: neontest.FaultStatus, Status: 429, RetryAfter: "3600", N: -1})
			},
			typ: keyType, config: object{"name": "ci"},
			summary: `Cannot create the API key "ci"`, parts: []string{"rate limit", "retry_timeout", "HTTP 429"},
		},
		"locked": {
			prepare: func(sim *neontest.Server) {
				sim.AddFault(neontest.Fault{Route: "POST /organizations/{org_id}/invitations", Kind: neontest.FaultStatus, Status: 423, N: -1})
			},
			process: func(t *testing.T, sim *neontest.Server) *process {
				t.Helper()
				return admin(t, sim, object{"retry_timeout": "300ms"})
			},
			typ: memberType, config: object{"email": "new@example.com", "role": "viewer"},
			summary: "Cannot invite new@example.com as viewer", parts: []string{"busy", "HTTP 423"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t)
			if test.prepare != nil {
				test.prepare(sim)
			}
			p := admin(t, sim, nil)
			if test.process != nil {
				p = test.process(t, sim)
			}
			planned := p.plan(test.typ, nil, test.config)
			planned.noErrors(t)
			made, diags := p.apply(planned)
			diags.wantError(t, test.summary, test.parts...)
			if !made.value.IsNull() {
				t.Errorf("the state has %v", made.value)
			}
		})
	}
}
