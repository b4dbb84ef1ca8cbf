terraform {
  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The personal key of an admin, from the environment variable NEON_API_KEY: it may do everything.
provider "neon" {
  org_id            = "org-example-12345678" # or NEON_ORG_ID
  protected_members = ["lead@example.com"]
}

# Everybody who belongs to the organization already is adopted; others are invited.
resource "neon_organization_member" "dev" {
  email = "dev@example.com"
  role  = "editor"
}
