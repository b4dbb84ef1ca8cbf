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

data "neon_organization_members" "all" {}

output "members" {
  value = { for member in data.neon_organization_members.all.members : member.email => member.role }
}
