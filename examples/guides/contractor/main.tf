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
  # The role of each contractor in the project.
  contractors = {
    "dana@contractor.example" = "viewer"
    "carl@contractor.example" = "editor"
  }
}

# A collaborator sees only the projects with a role.
resource "neon_organization_member" "contractors" {
  for_each = local.contractors

  email = each.key
  role  = "collaborator"
}

# A role can be granted only after a person has joined.
data "neon_organization_members" "joined" {}

locals {
  joined = { for member in data.neon_organization_members.joined.members : member.email => member }
}

resource "neon_project_member_role" "website" {
  for_each = { for email, role in local.contractors : email => role if contains(keys(local.joined), email) }

  project_id = "shiny-wind-12345678"
  email      = each.key
  role       = each.value
}

output "not_joined_yet" {
  value = [for email in keys(local.contractors) : email if !contains(keys(local.joined), email)]
}
