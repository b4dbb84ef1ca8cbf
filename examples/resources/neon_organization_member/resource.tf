locals {
  people = {
    "ops@example.com"  = "admin"
    "dev@example.com"  = "editor"
    "data@example.com" = "editor"
    "new@example.com"  = "viewer"
  }
}

# Members who have their role already are adopted, the others are invited.
resource "neon_organization_member" "people" {
  for_each = local.people

  email = each.key
  role  = each.value
}

# Keeps access when the resource is destroyed.
resource "neon_organization_member" "owner" {
  email             = "lead@example.com"
  role              = "admin"
  retain_on_destroy = true
}
