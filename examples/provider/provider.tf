terraform {
  required_providers {
    neon = {
      source  = "dcbae579/neon"
      version = "~> 0.1.0"
    }
  }
}

# The API key is read from the environment variable NEON_API_KEY: the personal key of an admin can do everything.
provider "neon" {
  org_id            = "org-example-12345678" # or NEON_ORG_ID
  protected_members = ["lead@example.com"]
}

# A member with this role is adopted; any other person is invited.
resource "neon_organization_member" "dev" {
  email = "dev@example.com"
  role  = "editor"
}
