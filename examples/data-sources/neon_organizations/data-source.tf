# Needs an API key only, so it can find the ID of the organization.
data "neon_organizations" "mine" {}

output "organization_ids" {
  value = { for organization in data.neon_organizations.mine.organizations : organization.org_id => organization.name }
}
