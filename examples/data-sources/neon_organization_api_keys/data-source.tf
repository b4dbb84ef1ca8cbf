data "neon_organization_api_keys" "all" {}

# Keys outlive their creators. Every plan warns of such keys. (A data source inside the check would appear in
# every plan.)
locals {
  orphaned_keys = [
    for key in data.neon_organization_api_keys.all.api_keys : "${key.name} (${key.id})"
    if key.created_by.status == "deactivated" || key.created_by.status == "gone"
  ]
}

check "no_orphaned_keys" {
  assert {
    condition     = length(local.orphaned_keys) == 0
    error_message = "Created by a former or deactivated member: ${join(", ", local.orphaned_keys)}."
  }
}

# The keys that one person created.
data "neon_organization_api_keys" "of_lead" {
  created_by_email = "lead@example.com"
}

# The keys of one name that are not limited to a project.
data "neon_organization_api_keys" "organization_wide" {
  name              = "ci"
  organization_wide = true
}
