package provider_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// validateProvider validates a provider block.
func validateProvider(t *testing.T, config object) messages {
	t.Helper()
	p := start(t, object{"api_key": "x"})
	valueType := p.schema.Provider.ValueType()
	resp, err := p.server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: p.dynamic(valueType, p.value(valueType, config))})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

func TestProviderRefusesBadArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config    object
		attribute string
		parts     []string
	}{
		"empty key":           {object{"api_key": ""}, "api_key", []string{"api_key is an empty string"}},
		"key with line break": {object{"api_key": "napi_x\n"}, "api_key", []string{"line break"}},
		"unknown key_type":    {object{"key_type": "project"}, "key_type", []string{`"personal"`, `"organization"`, `"project"`}},
		"org_id":              {object{"org_id": "Org_1"}, "org_id", []string{"lower-case letters, digits and hyphens", "Org_1"}},
		"base_url":            {object{"base_url": "console.neon.tech"}, "base_url", []string{"https://console.neon.tech/api/v2"}},
		"base_url with query": {object{"base_url": "https://example.com/api?x=1"}, "base_url", []string{"without user, query or fragment"}},
		"http elsewhere":      {object{"base_url": "http://example.com/api/v2"}, "base_url", []string{"unencrypted", "allow_insecure_base_url"}},
		"retry_timeout":       {object{"retry_timeout": "2"}, "retry_timeout", []string{"30s"}},
		"negative timeout":    {object{"retry_timeout": "-1m"}, "retry_timeout", []string{"30s"}},
		"requests_per_minute": {object{"requests_per_minute": 0}, "requests_per_minute", []string{"at least 1"}},
		"protected_members":   {object{"protected_members": []string{"Lead@Example.com"}}, "protected_members", []string{`"lead@example.com"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.config["api_key"] == nil {
				test.config["api_key"] = "napi_x"
			}
			problem := validateProvider(t, test.config).wantError(t, "", test.parts...)
			if problem.Attribute == nil || !strings.Contains(problem.Attribute.String(), test.attribute) {
				t.Errorf("the error is at %v, want %s", problem.Attribute, test.attribute)
			}
		})
	}
	validateProvider(t, object{"api_key": "napi_x", "base_url": "http://127.0.0.1:1/api/v2"}).none(t)
	validateProvider(t, object{"api_key": "napi_x", "base_url": "http://[::1]:1/api/v2"}).none(t)
	validateProvider(t, object{"api_key": "napi_x", "base_url": "http://example.com", "allow_insecure_base_url": true}).none(t)
	validateProvider(t, object{"api_key": unknown, "base_url": unknown, "org_id": unknown, "retry_timeout": unknown}).none(t)
}

func TestProviderWithoutAKeySaysWhereToPutOne(t *testing.T) {
	t.Parallel()
	start(t, object{}).configured.wantError(t, "No Neon API key", "NEON_API_KEY", "api_key")
}

func TestProviderReadsTheEnvironment(t *testing.T) { // not parallel: the environment is the process's
	sim := simulate(t)
	t.Setenv("NEON_API_KEY", sim.PersonalKey())
	t.Setenv("NEON_API_HOST", sim.URL())
	t.Setenv("NEON_ORG_ID", sim.OrgID())
	t.Setenv("NEON_READ_ONLY", "1")
	p := start(t, object{})
	p.configured.none(t)
	planned := p.plan(keyType, nil, object{"name": "ci"})
	planned.none(t)
	_, diags := p.apply(planned)
	diags.wantError(t, "read-only", "NEON_READ_ONLY")

	t.Setenv("NEON_READ_ONLY", "perhaps")
	start(t, object{}).configured.wantError(t, "Invalid read-only setting", "NEON_READ_ONLY", "perhaps")
	// The stricter of the two counts: a configuration cannot switch a job's safety off.
	t.Setenv("NEON_READ_ONLY", "true")
	_, diags = start(t, object{"read_only": false}).apply(planned)
	diags.wantError(t, "read-only", "NEON_READ_ONLY")
	t.Setenv("NEON_READ_ONLY", "")
	t.Setenv("NEON_PROTECTED_MEMBERS", " dev@example.com , Ops@example.com")
	start(t, object{}).configured.wantError(t, "Invalid protected member", "NEON_PROTECTED_MEMBERS", `"ops@example.com"`)
	t.Setenv("NEON_PROTECTED_MEMBERS", "data@example.com, ,dev@example.com,")
	protected := start(t, object{"protected_members": []string{"ops@example.com"}})
	protected.configured.none(t)
	for _, email := range []string{"dev@example.com", "data@example.com", "ops@example.com"} {
		imported, diags := protected.importState(memberType, email)
		diags.none(t)
		protected.plan(memberType, &imported, nil).wantError(t, "Protected: "+email, "NEON_PROTECTED_MEMBERS")
	}
	t.Setenv("NEON_PROTECTED_MEMBERS", "")
	t.Setenv("NEON_ORG_ID", "Org")
	start(t, object{}).configured.wantError(t, "Invalid organization ID", "NEON_ORG_ID")
	t.Setenv("NEON_ORG_ID", "")
	t.Setenv("NEON_API_HOST", "nowhere")
	start(t, object{}).configured.wantError(t, "Invalid base URL", "NEON_API_HOST")
}

func TestConfigureAsksNothing(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	admin(t, sim, object{"key_type": "organization"}) // wrong, which shows only when it is used
	if sim.RequestCount() != 0 {
		t.Errorf("%d requests: %v", sim.RequestCount(), sim.Requests())
	}
}

func TestKeyAndOrganizationAreCheckedAtFirstUse(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	sim.AddOrganization("Second")
	other := sim.OtherOrg().OrgID()
	// OtherOrg is not the lead's; Second is, once they join it.
	for name, test := range map[string]struct {
		config  object
		summary string
		parts   []string
	}{
		"wrong key":              {object{"api_key": "napi_wrong"}, "Cannot identify the Neon API key", []string{"wrong, revoked", "HTTP 401", "request id"}},
		"organization by type":   {object{"api_key": sim.OrganizationKey(), "key_type": "personal"}, "Wrong key_type", []string{"personal", "an organization key of " + sim.OrgID()}},
		"personal by type":       {object{"api_key": sim.PersonalKey(), "key_type": "organization"}, "Wrong key_type", []string{"the personal key of lead@example.com"}},
		"organization elsewhere": {object{"api_key": sim.OrganizationKey(), "org_id": other}, "API key of another organization", []string{sim.OrgID(), other}},
		"project-scoped":         {object{"api_key": sim.ProjectKey()}, "Project-scoped API key", []string{"only its own project"}},
		"not a member":           {object{"api_key": sim.PersonalKey(), "org_id": other}, "Cannot read the organization " + other, []string{"does not belong to this organization"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.config["base_url"] = sim.URL()
			p := start(t, test.config)
			p.configured.none(t)
			p.data("neon_organization", object{}).wantError(t, test.summary, test.parts...)
		})
	}
}

func TestPersonalKeyInSeveralOrganizationsMustChoose(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	config := object{"api_key": sim.PersonalKey(), "base_url": sim.URL()}
	start(t, config).data("neon_organization", object{}).none(t) // one: no choice to make

	second := sim.AddOrganization("Second")
	second.AddMember("lead@example.com", "admin")
	p := start(t, config)
	p.data("neon_organization", object{}).wantError(t, "org_id required: lead@example.com belongs to 2 organizations", sim.OrgID(), second.OrgID(), "Second", "NEON_ORG_ID")
	p.data("neon_organization", object{"org_id": second.OrgID()}).none(t)
}

func TestOrganizationKeyNeedsNoOrgID(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	start(t, object{"api_key": sim.OrganizationKey(), "base_url": sim.URL(), "key_type": "organization"}).data("neon_organization", object{}).none(t)
}

func TestUnknownProviderArgumentsAtPlan(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	made := apply2(t, sim, keyType, nil, object{"name": "ci"})
	person := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	sim.ResetRequests()
	for _, argument := range []string{"api_key", "base_url"} {
		config := object{"api_key": "napi_x", "base_url": sim.URL(), "org_id": sim.OrgID()}
		config[argument] = unknown
		p := start(t, config)
		p.configured.none(t)
		read, diags := p.read(keyType, made)
		diags.wantWarning(t, "Refresh skipped: "+argument+" is unknown until apply")
		if !read.value.Equal(made.value) {
			t.Error("the state has changed")
		}
		if _, again := p.read(memberType, person); len(again) != 0 {
			t.Errorf("a second warning: %s", again)
		}
		if planned := p.plan(keyType, &made, object{"name": "ci"}); !planned.isEmpty() {
			t.Errorf("the plan is not empty: %v", planned.planned.value)
		}
		if planned := p.plan(memberType, &person, object{"email": "dev@example.com", "role": "member"}); !planned.isEmpty() {
			t.Errorf("the plan is not empty: %v", planned.planned.value)
		}
		p.plan(keyType, nil, object{"name": "new"}).none(t)
		p.plan(memberType, nil, object{"email": "new@example.com", "role": "viewer"}).none(t)
		p.data("neon_organization", object{}).wantError(t, "not known yet", argument)
	}
	if sim.RequestCount() != 0 {
		t.Errorf("%d requests were made", sim.RequestCount())
	}

	// An unknown org_id must not replace everything.
	p := start(t, object{"api_key": sim.PersonalKey(), "base_url": sim.URL(), "org_id": unknown})
	if planned := p.plan(keyType, &made, object{"name": "ci"}); !planned.isEmpty() {
		t.Errorf("with an unknown org_id the plan is %v", planned.planned.value)
	}
	planned := p.plan(keyType, nil, object{"name": "new"})
	planned.none(t)
	if planned.planned.get(t, "org_id") != "(unknown)" {
		t.Errorf("org_id is planned as %q", planned.planned.get(t, "org_id"))
	}
}

func TestOtherOrganizationReplaces(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	second := sim.AddOrganization("Second")
	second.AddMember("lead@example.com", "admin")
	made := apply2(t, sim, keyType, nil, object{"name": "ci"})
	p := admin(t, sim, object{"org_id": second.OrgID()})
	planned := p.plan(keyType, &made, object{"name": "ci"})
	planned.noErrors(t)
	if len(planned.replace) != 1 || !strings.Contains(planned.replace[0], "org_id") {
		t.Errorf("replaces because of %v", planned.replace)
	}
	// Named in the resource, the provider's does not matter.
	if planned := p.plan(keyType, &made, object{"name": "ci", "org_id": sim.OrgID()}); !planned.isEmpty() {
		t.Errorf("the plan is %v", planned.planned.value)
	}
}

func TestReadOnlySendsNothing(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	key := apply2(t, sim, keyType, nil, object{"name": "ci"})
	person := apply2(t, sim, memberType, nil, object{"email": "new@example.com", "role": "viewer"})
	if err := sim.Accept("new@example.com"); err != nil {
		t.Fatal(err)
	}
	person, _ = admin(t, sim, nil).read(memberType, person)
	sim.ResetRequests()

	p := admin(t, sim, object{"read_only": true})
	for _, planned := range []plan{
		p.plan(keyType, nil, object{"name": "another"}),
		p.plan(keyType, &key, nil),
		p.plan(memberType, nil, object{"email": "guest@example.com", "role": "viewer"}),
		p.plan(memberType, &person, object{"email": "new@example.com", "role": "editor"}),
		p.plan("neon_organization_invitation", nil, object{"email": "other@example.com", "role": "viewer"}),
	} {
		planned.noErrors(t)
		_, diags := p.apply(planned)
		diags.wantError(t, "read-only", "nothing was sent")
	}
	planned := admin(t, sim, object{"read_only": true}).plan(memberType, &person, nil)
	planned.noErrors(t)
	_, diags := admin(t, sim, object{"read_only": true}).apply(planned)
	diags.wantError(t, "read-only", "Removing new@example.com")
	for _, request := range sim.Requests() {
		if request.Method != "GET" {
			t.Errorf("sent: %s %s", request.Method, request.Path)
		}
	}

	// A lesser key can plan all of that, with one warning.
	lesser := start(t, object{"api_key": sim.OrganizationKey(), "base_url": sim.URL(), "read_only": true})
	lesser.plan(keyType, nil, object{"name": "another"}).wantWarning(t, "cannot be applied with the key in use", "personal key of an admin")
	again := lesser.plan(keyType, nil, object{"name": "yet-another"})
	again.none(t)
}

func TestOrganizationKeyIsRefusedWhereNeonWould(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	key := apply2(t, sim, keyType, nil, object{"name": "ci"})
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	sim.ResetRequests()
	lesser := func() *process { return start(t, object{"api_key": sim.OrganizationKey(), "base_url": sim.URL()}) }
	writer := func() *process { return admin(t, sim, nil) }
	for _, test := range []struct {
		operation string
		plan      func(*process) plan
	}{
		{`Creating the API key "new"`, func(p *process) plan { return p.plan(keyType, nil, object{"name": "new"}) }},
		{"Inviting new@example.com", func(p *process) plan {
			return p.plan(memberType, nil, object{"email": "new@example.com", "role": "viewer"})
		}},
		{"Inviting guest@example.com", func(p *process) plan {
			return p.plan("neon_organization_invitation", nil, object{"email": "guest@example.com", "role": "viewer"})
		}},
		{"Removing dev@example.com", func(p *process) plan { return p.plan(memberType, &dev, nil) }},
	} {
		test.plan(lesser()).wantError(t, test.operation+" needs a personal key", "an organization key of "+sim.OrgID(), "NEON_API_KEY", "-refresh=false")
		// At apply, for a plan made with another key.
		planned := test.plan(writer())
		planned.noErrors(t)
		_, diags := lesser().apply(planned)
		diags.wantError(t, test.operation+" needs a personal key")
	}
	for _, request := range sim.Requests() {
		if request.Method != "GET" {
			t.Errorf("sent: %s %s", request.Method, request.Path)
		}
	}
	// What an organization key may do works: revoke, change a role, adopt.
	planned := lesser().plan(keyType, &key, nil)
	_, diags := lesser().apply(planned)
	diags.none(t)
	planned = lesser().plan(memberType, &dev, object{"email": "dev@example.com", "role": "viewer"})
	planned.none(t)
	_, diags = lesser().apply(planned)
	diags.none(t)
	planned = lesser().plan(memberType, nil, object{"email": "data@example.com", "role": "editor"})
	planned.none(t)
	_, diags = lesser().apply(planned)
	diags.none(t)
	if m, _ := sim.Member("dev@example.com"); m.Role != "viewer" || len(liveKeys(sim, "ci")) != 0 {
		t.Errorf("dev is %s, keys are %v", m.Role, sim.APIKeys())
	}
}

func TestRequestsNameTheProviderAndTerraform(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	admin(t, sim, nil).data("neon_organization", object{}).none(t)
	for _, request := range sim.Requests() {
		if request.UserAgent != "terraform-provider-neon/test terraform/1.99.0" || request.RequestID == "" {
			t.Errorf("user agent %q, request id %q", request.UserAgent, request.RequestID)
		}
	}
}

func TestPersonalKeyOfSomebodyWhoIsNoAdmin(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	viewer := func(more object) *process {
		config := object{"api_key": sim.ViewerKey(), "base_url": sim.URL()}
		maps.Copy(config, more)
		return start(t, config)
	}
	change := object{"email": "dev@example.com", "role": "viewer"}
	viewer(nil).plan(memberType, &dev, change).wantError(t, "Changing the role of dev@example.com needs an admin", "audit@example.com", "viewer")
	viewer(nil).plan(memberType, &dev, nil).wantError(t, "Removing dev@example.com needs an admin")
	viewer(nil).plan(memberType, nil, object{"email": "new@example.com", "role": "viewer"}).wantError(t, "Inviting new@example.com needs an admin")
	viewer(nil).plan(keyType, nil, object{"name": "ci"}).wantError(t, `Creating the API key "ci" needs an admin`, "-refresh=false")
	planned := admin(t, sim, nil).plan(memberType, &dev, change)
	_, diags := viewer(nil).apply(planned)
	diags.wantError(t, "Changing the role of dev@example.com needs an admin")

	p := viewer(object{"read_only": true})
	p.plan(memberType, &dev, change).wantWarning(t, "cannot be applied with the key in use", "whose owner's role in "+sim.OrgID()+" is viewer")
	p.plan(memberType, nil, object{"email": "new@example.com", "role": "viewer"}).noErrors(t)
	if err := wantRole(sim, "dev@example.com", "editor"); err != nil {
		t.Error(err)
	}
}

func TestForeignOrganizationIsToldInThePlan(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, object{"org_id": sim.OtherOrg().OrgID()})
	p.plan(keyType, nil, object{"name": "ci"}).wantError(t, `Creating the API key "ci" cannot work`, "does not belong to this organization")
}

func TestOneProblemIsExplainedOnce(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	p := admin(t, sim, object{"key_type": "organization"})
	first := p.data("neon_organization", object{}).wantError(t, "Wrong key_type", "lead@example.com")
	second := p.data("neon_organization", object{}).wantError(t, "Wrong key_type", "Same provider error")
	if len(second.Detail) >= len(first.Detail) {
		t.Errorf("the second is no shorter: %s", second.Detail)
	}
}
