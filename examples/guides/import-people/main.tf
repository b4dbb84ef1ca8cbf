terraform {
  required_version = ">= 1.7"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

provider "neon" {}

locals {
  people = {
    "lead@example.com"  = "admin"
    "ops@example.com"   = "admin"
    "dev@example.com"   = "editor"
    "data@example.com"  = "editor"
    "audit@example.com" = "viewer"
  }
}

# Once it is applied, this block can go.
import {
  for_each = local.people

  to = neon_organization_member.people[each.key]
  id = each.key
}

resource "neon_organization_member" "people" {
  for_each = local.people

  email = each.key
  role  = each.value
}
