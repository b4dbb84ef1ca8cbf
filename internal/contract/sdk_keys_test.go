//go:build contract

package contract_test

import (
	"slices"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// refusalOf is how somebody is refused; the zero value says that they are not.
type refusalOf struct {
	status  int
	message string
}

// TestSDKsWithEveryKey makes every call with every kind of key.
func TestSDKsWithEveryKey(t *testing.T) {
	t.Parallel()
	var (
		may            refusalOf
		noSuchKey      = refusalOf{401, saysNoSuchKey}
		notAdmin       = refusalOf{403, saysNotAdmin}
		notYours       = refusalOf{403, saysNotYours}
		personalOnly   = refusalOf{404, saysPersonalOnly}
		createPersonal = refusalOf{404, saysPersonalToCreate}
		notManager     = refusalOf{403, saysNotProjectAdmin}
		outside        = refusalOf{404, saysOutsideProject}
		noProject      = refusalOf{404, saysNoSuchProject}
		noSuchAPIKey   = refusalOf{404, saysNoSuchAPIKey}
		noEndpoint     = refusalOf{404, "VPC endpoint not found"}
		orgIDRequired  = refusalOf{400, saysOrgIDRequired}
	)
	const dev, website, warehouse = "b0000000-0000-4000-8000-000000000003", "shiny-wind-12345678", "winter-boat-87654321"
	vpc := params{"region_id": "aws-eu-central-1", "vpc_endpoint_id": "vpce-1"}
	type row struct {
		call                                           call
		admin, viewer, organization, project, stranger refusalOf
	}
	table := []row{
		{call{name: "getAuthDetails"}, may, may, may, may, may},
		{call{name: "getCurrentUserOrganizations"}, may, may, may, may, may},
		{call{name: "getCurrentUserInfo"}, may, may, personalOnly, personalOnly, may},
		{call{name: "listApiKeys"}, may, may, personalOnly, personalOnly, may},
		{call{name: "createApiKey", body: params{"key_name": "x"}}, may, may, personalOnly, personalOnly, may},
		{call{name: "revokeApiKey", path: params{"key_id": 1734003}}, refusalOf{404, saysNoSuchAPIKey}, noSuchAPIKey, personalOnly, personalOnly, noSuchAPIKey},

		{call{name: "getOrganization"}, may, may, may, outside, notYours},
		{call{name: "listOrgApiKeys"}, may, may, may, outside, notYours},
		{call{name: "createOrgApiKey", body: params{"key_name": "x"}}, may, notAdmin, createPersonal, outside, notYours},
		{call{name: "createOrgApiKey", body: params{"key_name": "x", "project_id": website}}, may, notAdmin, createPersonal, outside, notYours},
		{call{name: "revokeOrgApiKey", path: params{"key_id": 1734102}}, may, notAdmin, may, outside, notYours},
		{call{name: "getOrganizationMembers"}, may, may, may, outside, notYours},
		{call{name: "getOrganizationMember", path: params{"member_id": dev}}, may, may, may, outside, notYours},
		{call{name: "updateOrganizationMember", path: params{"member_id": dev}, body: params{"role": "viewer"}}, may, notAdmin, may, outside, notYours},
		{call{name: "removeOrganizationMember", path: params{"member_id": dev}}, may, notAdmin, personalOnly, outside, notYours},
		{call{name: "getOrganizationInvitations"}, may, may, may, outside, notYours},
		{call{name: "createOrganizationInvitations", body: params{"invitations": []params{{"email": "x@example.com", "role": "viewer"}}}}, may, notAdmin, personalOnly, outside, notYours},
		{call{name: "getOrganizationSpendingLimit"}, may, may, may, outside, notYours},
		{call{name: "setOrganizationSpendingLimit", body: params{"spending_limit_cents": 1}}, may, notAdmin, may, outside, notYours},
		{call{name: "deleteOrganizationSpendingLimit"}, may, notAdmin, may, outside, notYours},
		{call{name: "listOrganizationVpcEndpointsAllRegions"}, may, may, may, outside, notYours},
		{call{name: "listOrganizationVpcEndpoints", path: vpc}, may, may, may, outside, notYours},
		{call{name: "assignOrganizationVpcEndpoint", path: vpc, body: params{"label": "x"}}, may, notAdmin, may, outside, notYours},
		{call{name: "getOrganizationVpcEndpointDetails", path: vpc}, noEndpoint, noEndpoint, noEndpoint, outside, notYours},
		{call{name: "deleteOrganizationVpcEndpoint", path: vpc}, noEndpoint, notAdmin, noEndpoint, outside, notYours},
		{call{name: "transferProjectsFromOrgToOrg", body: params{"destination_org_id": "org-none-1", "project_ids": []string{website}}}, notYours, notAdmin, personalOnly, outside, notYours},

		{call{name: "listProjects", query: params{}}, orgIDRequired, orgIDRequired, may, outside, orgIDRequired},
		{call{name: "listProjects", query: params{"org_id": "org-example-12345678"}}, may, may, may, outside, notYours},
		{call{name: "listSharedProjects"}, may, may, may, outside, may},
		{call{name: "getProject", path: params{"project_id": website}}, may, may, may, may, noProject},
		{call{name: "getProject", path: params{"project_id": warehouse}}, may, may, may, outside, noProject},
		{call{name: "listProjectMembers", path: params{"project_id": website}}, may, may, may, outside, noProject},
		{call{name: "setProjectMemberRole", path: params{"project_id": website, "member_id": dev}, body: params{"role": "viewer"}}, may, notManager, may, outside, noProject},
		{call{name: "removeProjectMemberRole", path: params{"project_id": website, "member_id": dev}}, may, notManager, may, outside, noProject},
		{call{name: "getActiveRegions", query: params{}}, may, may, personalOnly, personalOnly, may},
	}
	for name := range pathParameters {
		if !slices.ContainsFunc(table, func(r row) bool { return r.call.name == name }) {
			t.Errorf("%s is not in the table", name)
		}
	}

	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		for _, r := range table {
			if !r.call.isIn(c.client) {
				continue
			}
			for _, k := range []struct {
				whose string
				key   func(*neontest.Server) string
				want  refusalOf
			}{
				{"no key", func(*neontest.Server) string { return "" }, noSuchKey},
				{"a wrong key", func(*neontest.Server) string { return wrongKey }, noSuchKey},
				{"a revoked personal key", revokedPersonalKey, noSuchKey},
				{"a revoked key of the organization", revokedOrganizationKey, noSuchKey},
				{"the key of somebody deactivated", deactivatedKey, noSuchKey},
				{"an admin's key", (*neontest.Server).PersonalKey, r.admin},
				{"a viewer's key", (*neontest.Server).ViewerKey, r.viewer},
				{"an organization's key", (*neontest.Server).OrganizationKey, r.organization},
				{"a project's key", (*neontest.Server).ProjectKey, r.project},
				{"a stranger's key", strangersKey, r.stranger},
			} {
				t.Run(r.call.name+" with "+k.whose, func(t *testing.T) {
					c.sim.Reset()
					o := c.with(k.key(c.sim)).do(t, r.call.name, r.call.path, r.call.query, r.call.body)
					if k.want != may {
						o.refused(t, c, k.want.status, k.want.message)
					} else if o.Error != nil {
						t.Errorf("refused: %s", o)
					}
				})
			}
		}
	})
}

func revokedPersonalKey(sim *neontest.Server) string {
	key := sim.NewPersonalKey("ops@example.com")
	sim.RevokeToken(key)
	return key
}

func revokedOrganizationKey(sim *neontest.Server) string {
	key := sim.AddAPIKey("x", "")
	sim.RevokeAPIKey(key.ID)
	return sim.TokenOf(key.ID)
}

func deactivatedKey(sim *neontest.Server) string {
	key := sim.NewPersonalKey("ops@example.com")
	sim.Deactivate("ops@example.com")
	return key
}

func strangersKey(sim *neontest.Server) string { return sim.NewPersonalKey("owner@elsewhere.example") }
