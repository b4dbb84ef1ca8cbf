terraform {
  required_version = ">= 1.5"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

provider "neon" {
  org_id = "org-example-12345678"
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

resource "neon_organization_api_key" "reports" {
  name = "reports"
}
