locals {
  everybody = {
    "lead@example.com"  = "admin"
    "ops@example.com"   = "admin"
    "dev@example.com"   = "editor"
    "data@example.com"  = "editor"
    "audit@example.com" = "viewer"
    "new@example.com"   = "viewer"
  }
}

# People who are missing are invited, and members who are not in the list are removed. For an organization that has other
# people, begin with an import: see below.
resource "neon_organization_members_exclusive" "everybody" {
  members = local.everybody

  # More removals in one plan than that are an error.
  max_removals = 2
}
