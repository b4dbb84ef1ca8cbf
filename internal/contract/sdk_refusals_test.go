//go:build contract

package contract_test

import (
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// What Neon says, in its own words.
const (
	saysNoSuchKey        = "supplied credentials do not pass authentication"
	saysPersonalOnly     = "not allowed for organization API keys"
	saysPersonalToCreate = "This endpoint requires a personal API key. Organization API keys are not supported."
	saysOutsideProject   = `not allowed to perform actions outside the project this key is scoped to; subject_project_id:"shiny-wind-12345678"`
	saysNotYours         = "not an organization member"
	saysNoSuchProject    = "project not found"
	saysNoSuchAPIKey     = "API key not found"
	saysOrgIDRequired    = "org_id is required, you can find it on your organization settings page"
)

// What nobody has seen Neon say: the simulator's words, where a reader has to know them.
const (
	saysNotAdmin        = "only organization admins can perform this action"
	saysNotProjectAdmin = "only project admins can perform this action"
	saysLastAdmin       = "organization must have at least one admin"
	saysNoMember        = "organization member not found"
)

// TestSDKsAreToldWhyTheyAreRefused calls what is refused whatever the key.
func TestSDKsAreToldWhyTheyAreRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		dev, lead, ops := theMember(t, c.sim, "dev@example.com"), theMember(t, c.sim, "lead@example.com"), theMember(t, c.sim, "ops@example.com")
		theirs := c.sim.OtherOrg()
		gone := c.sim.AddAPIKey("gone", "")
		c.sim.RevokeAPIKey(gone.ID)
		managed := c.sim.AddOrganization("Managed")
		managed.ManageByVercel()
		cheap := c.sim.AddOrganization("Cheap")
		cheap.SetPlan("free")
		before := c.sim.State()

		const unknown = "b0000000-0000-4000-8000-999999999999"
		invite := func(email, role any) params {
			return params{"invitations": []params{{"email": email, "role": role}}}
		}
		for _, tc := range []struct {
			what    string
			call    call
			status  int
			message string
		}{
			{"revoke an unknown key", call{name: "revokeOrgApiKey", path: params{"key_id": 1}}, 404, saysNoSuchAPIKey},
			{"revoke another organization's key", call{name: "revokeOrgApiKey", path: params{"key_id": theirs.APIKeys()[0].ID}}, 404, saysNoSuchAPIKey},
			{"revoke a personal key as the organization's", call{name: "revokeOrgApiKey", path: params{"key_id": 1734001}}, 404, saysNoSuchAPIKey},
			{"revoke a revoked key", call{name: "revokeOrgApiKey", path: params{"key_id": gone.ID}}, 404, saysNoSuchAPIKey},
			{"revoke an organization's key as a personal one", call{name: "revokeApiKey", path: params{"key_id": 1734101}}, 404, saysNoSuchAPIKey},
			{"revoke somebody else's personal key", call{name: "revokeApiKey", path: params{"key_id": 1734002}}, 404, saysNoSuchAPIKey},

			{"read an organization of others", call{name: "getOrganization", path: params{"org_id": theirs.OrgID()}}, 403, saysNotYours},
			{"list the keys of others", call{name: "listOrgApiKeys", path: params{"org_id": theirs.OrgID()}}, 403, saysNotYours},
			{"list the people of others", call{name: "getOrganizationMembers", path: params{"org_id": theirs.OrgID()}}, 403, saysNotYours},
			{"list the invitations of others", call{name: "getOrganizationInvitations", path: params{"org_id": theirs.OrgID()}}, 403, saysNotYours},
			{"invite to an organization of others", call{name: "createOrganizationInvitations", path: params{"org_id": theirs.OrgID()}, body: invite("new@example.com", "viewer")}, 403, saysNotYours},
			{"list the projects of others", call{name: "listProjects", query: params{"org_id": theirs.OrgID()}}, 403, saysNotYours},
			{"read an organization that there is not", call{name: "getOrganization", path: params{"org_id": "org-none-1"}}, 403, saysNotYours},
			{"transfer to others", call{name: "transferProjectsFromOrgToOrg", body: params{"destination_org_id": theirs.OrgID(), "project_ids": []string{"shiny-wind-12345678"}}}, 403, saysNotYours},

			{"read an unknown project", call{name: "getProject", path: params{"project_id": "no-such-1"}}, 404, saysNoSuchProject},
			{"read a project of others", call{name: "getProject", path: params{"project_id": theirs.Projects()[0].ID}}, 404, saysNoSuchProject},
			{"a key for an unknown project", call{name: "createOrgApiKey", body: params{"key_name": "x", "project_id": "no-such-1"}}, 404, saysNoSuchProject},
			{"a key for a project of others", call{name: "createOrgApiKey", body: params{"key_name": "x", "project_id": theirs.Projects()[0].ID}}, 404, saysNoSuchProject},
			{"transfer an unknown project", call{name: "transferProjectsFromOrgToOrg", body: params{"destination_org_id": managed.OrgID(), "project_ids": []string{"no-such-1"}}}, 404, saysNoSuchProject},
			{"list projects of no organization", call{name: "listProjects", query: params{}}, 400, saysOrgIDRequired},

			{"read an unknown member", call{name: "getOrganizationMember", path: params{"member_id": unknown}}, 404, saysNoMember},
			{"read a member by the user's id", call{name: "getOrganizationMember", path: params{"member_id": dev.UserID}}, 404, saysNoMember},
			{"read a member of others", call{name: "getOrganizationMember", path: params{"member_id": theirs.Members()[0].ID}}, 404, saysNoMember},
			{"change an unknown member", call{name: "updateOrganizationMember", path: params{"member_id": unknown}, body: params{"role": "viewer"}}, 404, saysNoMember},
			{"remove an unknown member", call{name: "removeOrganizationMember", path: params{"member_id": unknown}}, 404, saysNoMember},

			{"invite a member", call{name: "createOrganizationInvitations", body: invite("DEV@example.com", "viewer")}, 409, "user is already a member of this organization"},
			{"invite a member and somebody new: all or none", call{name: "createOrganizationInvitations", body: params{"invitations": []params{{"email": "new@example.com", "role": "viewer"}, {"email": dev.Email, "role": "viewer"}}}}, 409, "user is already a member of this organization"},
			{"a role that the organization has not", call{name: "createOrganizationInvitations", path: params{"org_id": managed.OrgID()}, body: invite("new@example.com", "editor")}, 422, `role "editor" is not valid for this organization`},
			{"a member's role that the organization has not", call{name: "updateOrganizationMember", path: params{"org_id": managed.OrgID(), "member_id": managed.Members()[0].ID}, body: params{"role": "viewer"}}, 422, `role "viewer" is not valid for this organization`},
			{"demote the last admin", call{name: "updateOrganizationMember", path: params{"org_id": managed.OrgID(), "member_id": managed.Members()[0].ID}, body: params{"role": "member"}}, 422, saysLastAdmin},
			{"remove the last admin", call{name: "removeOrganizationMember", path: params{"org_id": managed.OrgID(), "member_id": managed.Members()[0].ID}}, 422, saysLastAdmin},

			{"a spending limit on a plan that has none", call{name: "getOrganizationSpendingLimit", path: params{"org_id": cheap.OrgID()}}, 403, "spending limits are available on Launch and Scale plans only"},
			{"set a spending limit on a plan that has none", call{name: "setOrganizationSpendingLimit", path: params{"org_id": cheap.OrgID()}, body: params{"spending_limit_cents": 1}}, 403, "spending limits are available on Launch and Scale plans only"},
			{"a VPC endpoint on a plan that has none", call{name: "assignOrganizationVpcEndpoint", path: params{"org_id": cheap.OrgID(), "region_id": "aws-us-east-1", "vpc_endpoint_id": "v"}, body: params{"label": "x"}}, 403, "VPC endpoints are available on paid plans only"},
			{"a VPC endpoint in Azure", call{name: "assignOrganizationVpcEndpoint", path: params{"region_id": "azure-gwc", "vpc_endpoint_id": "v"}, body: params{"label": "x"}}, 422, "VPC endpoints are not supported in Azure regions"},
			{"the regions of others", call{name: "getActiveRegions", query: params{"org_id": theirs.OrgID()}}, 403, saysNotYours},
			{"transfer to where it is", call{name: "transferProjectsFromOrgToOrg", body: params{"destination_org_id": c.sim.OrgID(), "project_ids": []string{"shiny-wind-12345678"}}}, 400, "destination_org_id: the projects are there already"},
		} {
			t.Run(tc.what, func(t *testing.T) {
				c.do(t, tc.call.name, tc.call.path, tc.call.query, tc.call.body).refused(t, c, tc.status, tc.message)
			})
		}

		// What the file forbids is refused with 400; nobody knows in which words.
		members := func(query params) call { return call{name: "getOrganizationMembers", query: query} }
		for what, bad := range map[string]call{
			"no name":                     {name: "createOrgApiKey", body: params{}},
			"an empty name":               {name: "createOrgApiKey", body: params{"key_name": ""}},
			"a name of 65 characters":     {name: "createOrgApiKey", body: params{"key_name": strings.Repeat("x", 65)}},
			"a name that is a number":     {name: "createOrgApiKey", body: params{"key_name": 1}},
			"a null project":              {name: "createOrgApiKey", body: params{"key_name": "x", "project_id": nil}},
			"a malformed project":         {name: "createOrgApiKey", body: params{"key_name": "x", "project_id": "No!"}},
			"a key id that is a word":     {name: "revokeOrgApiKey", path: params{"key_id": "x"}},
			"a malformed organization":    {name: "getOrganization", path: params{"org_id": "ORG"}},
			"a member id that is no UUID": {name: "getOrganizationMember", path: params{"member_id": "x"}},
			"no role":                     {name: "updateOrganizationMember", path: params{"member_id": dev.ID}, body: params{}},
			"an unknown role":             {name: "updateOrganizationMember", path: params{"member_id": dev.ID}, body: params{"role": "owner"}},
			"a role in capitals":          {name: "updateOrganizationMember", path: params{"member_id": dev.ID}, body: params{"role": "Viewer"}},
			"a null role":                 {name: "updateOrganizationMember", path: params{"member_id": dev.ID}, body: params{"role": nil}},
			"no invitations":              {name: "createOrganizationInvitations", body: params{}},
			"invitations that are none":   {name: "createOrganizationInvitations", body: params{"invitations": "x"}},
			"no e-mail":                   {name: "createOrganizationInvitations", body: params{"invitations": []params{{"role": "viewer"}}}},
			"an e-mail that is none":      {name: "createOrganizationInvitations", body: invite("x", "viewer")},
			"an e-mail that is too long":  {name: "createOrganizationInvitations", body: invite(strings.Repeat("x", 250)+"@example.com", "viewer")},
			"an invitation without role":  {name: "createOrganizationInvitations", body: params{"invitations": []params{{"email": "new@example.com"}}}},
			"an invitation's wrong role":  {name: "createOrganizationInvitations", body: invite("new@example.com", "owner")},
			"one invited twice":           {name: "createOrganizationInvitations", body: params{"invitations": []params{{"email": "new@example.com", "role": "viewer"}, {"email": "New@example.com", "role": "viewer"}}}},
			"limit=0":                     members(params{"limit": 0}),
			"limit=-1":                    members(params{"limit": -1}),
			"limit=501":                   members(params{"limit": 501}),
			"limit=x":                     members(params{"limit": "x"}),
			"limit=1.5":                   members(params{"limit": 1.5}),
			"an order by name":            members(params{"sort_by": "name"}),
			"an order that is none":       members(params{"sort_order": "up"}),
			"a cursor that is none":       members(params{"cursor": "x"}),
			"projects, limit=0":           {name: "listProjects", query: params{"org_id": c.sim.OrgID(), "limit": 0}},
			"projects, limit=401":         {name: "listProjects", query: params{"org_id": c.sim.OrgID(), "limit": 401}},
			"projects, a strange cursor":  {name: "listProjects", query: params{"org_id": c.sim.OrgID(), "cursor": "x"}},
			"projects, a malformed id":    {name: "listProjects", query: params{"org_id": "ORG"}},
			"no spending limit":           {name: "setOrganizationSpendingLimit", body: params{}},
			"a spending limit of 0":       {name: "setOrganizationSpendingLimit", body: params{"spending_limit_cents": 0}},
			"a spending limit of 1.5":     {name: "setOrganizationSpendingLimit", body: params{"spending_limit_cents": 1.5}},
			"a null spending limit":       {name: "setOrganizationSpendingLimit", body: params{"spending_limit_cents": nil}},
			"no label":                    {name: "assignOrganizationVpcEndpoint", path: params{"region_id": "r", "vpc_endpoint_id": "v"}, body: params{}},
			"an empty label":              {name: "assignOrganizationVpcEndpoint", path: params{"region_id": "r", "vpc_endpoint_id": "v"}, body: params{"label": ""}},
			"no projects to transfer":     {name: "transferProjectsFromOrgToOrg", body: params{"destination_org_id": managed.OrgID(), "project_ids": []string{}}},
			"401 projects to transfer":    {name: "transferProjectsFromOrgToOrg", body: params{"destination_org_id": managed.OrgID(), "project_ids": make([]string, 401)}},
			"transfer to nowhere":         {name: "transferProjectsFromOrgToOrg", body: params{"project_ids": []string{"shiny-wind-12345678"}}},
		} {
			t.Run(what, func(t *testing.T) {
				o := c.do(t, bad.name, bad.path, bad.query, bad.body)
				message, _ := o.Body["message"].(string)
				if message == "" {
					t.Errorf("answered %s", o)
				}
				o.refused(t, c, http.StatusBadRequest, message)
			})
		}

		after := c.sim.State()
		before.Requests, after.Requests, before.Config, after.Config = nil, nil, neontest.Config{}, neontest.Config{}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("what was refused has changed something:\n%+v\n%+v", before, after)
		}

		// With two admins either may go, and then the other one may not.
		c.do(t, "updateOrganizationMember", params{"member_id": ops.ID}, nil, params{"role": "editor"}).into(t, new(struct{}))
		c.do(t, "updateOrganizationMember", params{"member_id": lead.ID}, nil, params{"role": "editor"}).refused(t, c, 422, saysLastAdmin)
		c.do(t, "removeOrganizationMember", params{"member_id": lead.ID}, nil, nil).refused(t, c, 422, saysLastAdmin)
		c.do(t, "updateOrganizationMember", params{"member_id": lead.ID}, nil, params{"role": "admin"}).into(t, new(struct{}))
	})
}

// TestSDKsNameTheirRequests sends a request id, which has to come back in every form.
func TestSDKsNameTheirRequests(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		headers := params{"headers": params{"X-Request-ID": "mine-1"}}
		for key, refused := range map[string]bool{c.key: false, wrongKey: true} {
			o := c.send(t, params{"client": c.client, "baseURL": c.sim.URL(), "key": key, "call": "getAuthDetails", "args": []params{headers}})
			if o.RequestID != "mine-1" || refused != (o.Error != nil) || refused && o.Body["request_id"] != "mine-1" {
				t.Errorf("answered %s", o)
			}
		}
	})
}

// TestSDKsAreToldToSlowDown makes more requests than Neon's published limits allow.
func TestSDKsAreToldToSlowDown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call  call
		limit int
	}{
		"reading":       {call{name: "getOrganization"}, 40},
		"creating keys": {call{name: "createOrgApiKey", body: params{"key_name": "x"}}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now() // the simulator's clock stands still
			onBoth(t, neontest.Config{Limits: true, Now: func() time.Time { return now }}, func(t *testing.T, c caller) {
				for range tc.limit {
					c.do(t, tc.call.name, nil, nil, tc.call.body).into(t, new(struct{}))
				}
				o := c.do(t, tc.call.name, nil, nil, tc.call.body)
				o.refused(t, c, http.StatusTooManyRequests, "rate limit exceeded")
				if o.RetryAfter != "1" {
					t.Errorf("Retry-After is %q, want the second that it takes", o.RetryAfter)
				}
				if tc.limit == 10 && len(c.sim.APIKeys()) != 2+tc.limit {
					t.Errorf("%d keys, want the two from the start and %d", len(c.sim.APIKeys()), tc.limit)
				}
			})
		})
	}
}

// TestSDKsAreToldToWaitAMinute makes more requests in a minute than Neon's published limits allow, at a pace that suits
// the limit for a second.
func TestSDKsAreToldToWaitAMinute(t *testing.T) {
	t.Parallel()
	var elapsed atomic.Int64
	start := time.Now()
	sim := neontest.Start(t, neontest.Config{Limits: true, NotRecorded: true, Now: func() time.Time { return start.Add(time.Duration(elapsed.Load())) }})
	c := caller{someSDKs(t), sim, raw, sim.PersonalKey()}
	for range 700 {
		c.do(t, "getAuthDetails", nil, nil, nil).into(t, new(struct{}))
		elapsed.Add(int64(50 * time.Millisecond))
	}
	o := c.do(t, "getAuthDetails", nil, nil, nil)
	o.refused(t, c, http.StatusTooManyRequests, "rate limit exceeded")
	if o.RetryAfter != "25" { // of the minute 35 s are over
		t.Errorf("Retry-After is %q, want 25", o.RetryAfter)
	}
	elapsed.Add(int64(25 * time.Second))
	c.do(t, "getAuthDetails", nil, nil, nil).into(t, new(struct{}))
}
