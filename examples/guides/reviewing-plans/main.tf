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
  members      = local.people
  max_removals = 2
}
