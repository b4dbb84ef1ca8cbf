# Works before you know an organization's id: it needs an API key only.
data "neon_organizations" "mine" {}

output "organization_ids" {
  value = { for organization in data.neon_organizations.mine.organizations : organization.org_id => organization.name }
}
