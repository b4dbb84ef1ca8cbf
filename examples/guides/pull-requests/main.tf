terraform {
  required_version = ">= 1.5"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The key comes from NEON_API_KEY, and NEON_READ_ONLY says whether anything may be changed.
provider "neon" {
  org_id            = "org-example-12345678"
  protected_members = ["lead@example.com"]
}

resource "neon_organization_members_exclusive" "everybody" {
  members = {
    "lead@example.com"  = "admin"
    "ops@example.com"   = "admin"
    "dev@example.com"   = "editor"
    "data@example.com"  = "editor"
    "audit@example.com" = "viewer"
  }
}
