terraform {
  required_version = ">= 1.5"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The key comes from NEON_API_KEY, the organization from NEON_ORG_ID.
provider "neon" {}

resource "neon_organization_members_exclusive" "everybody" {
  members = {
    "lead@example.com"  = "admin"
    "ops@example.com"   = "admin"
    "dev@example.com"   = "editor"
    "data@example.com"  = "editor"
    "audit@example.com" = "viewer"
  }
}
