data "neon_organization_api_keys" "all" {}

# Keys outlive the people who made them. Every plan warns of those. (A data source inside of the check
# would show in every plan.)
locals {
  orphaned_keys = [
    for key in data.neon_organization_api_keys.all.api_keys : "${key.name} (${key.id})"
    if key.created_by.status == "deactivated" || key.created_by.status == "gone"
  ]
}

check "no_orphaned_keys" {
  assert {
    condition     = length(local.orphaned_keys) == 0
    error_message = "Made by somebody who is deactivated or gone: ${join(", ", local.orphaned_keys)}."
  }
}

# What one person made.
data "neon_organization_api_keys" "of_lead" {
  created_by_email = "lead@example.com"
}
