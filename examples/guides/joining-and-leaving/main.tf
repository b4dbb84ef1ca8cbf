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
  rows = csvdecode(file("${path.module}/people.csv"))

  # Two rows for one address are an error.
  people    = { for row in local.rows : lower(trimspace(row.email)) => lower(trimspace(row.role)) }
  strangers = [for email in keys(local.people) : email if !endswith(email, "@example.com")]
}

resource "neon_organization_members_exclusive" "everybody" {
  members = local.people

  lifecycle {
    precondition {
      condition     = length(local.strangers) == 0
      error_message = "Not an address of this company: ${join(", ", local.strangers)}."
    }
  }
}
