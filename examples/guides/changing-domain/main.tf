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

locals {
  people = {
    "dev@example.com"   = "editor"
    "data@example.com"  = "editor"
    "audit@example.com" = "viewer"
  }
}

resource "neon_organization_member" "people" {
  for_each = local.people

  email = each.key
  role  = each.value
}
