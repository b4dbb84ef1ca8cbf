# For the whole organization. Each quarter has a new key, which is created before the old one is revoked.
resource "neon_organization_api_key" "ci" {
  name              = "ci"
  rotation_triggers = { quarter = "2026-Q4" }

  lifecycle {
    create_before_destroy = true
  }
}

# A key for each project, which works in that project only.
data "neon_projects" "all" {}

resource "neon_organization_api_key" "deploy" {
  for_each = { for project in data.neon_projects.all.projects : project.id => project }

  name       = "deploy ${each.value.name}"
  project_id = each.key
}

# terraform output -json deploy_keys
output "deploy_keys" {
  value     = { for id, key in neon_organization_api_key.deploy : id => key.key }
  sensitive = true
}
