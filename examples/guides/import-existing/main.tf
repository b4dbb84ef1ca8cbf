# Reads the organization and writes an import block for every live API key and every person. Changes nothing.

terraform {
  required_version = ">= 1.5"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The key comes from NEON_API_KEY, the organization from NEON_ORG_ID. An organization key is enough.
provider "neon" {
  read_only = true
}

data "neon_organization" "this" {}

data "neon_organization_api_keys" "all" {}

data "neon_organization_members" "all" {}

data "neon_organization_invitations" "pending" {
  status = "pending"
}

locals {
  org_id = data.neon_organization.this.org_id
  emails = toset(concat(
    data.neon_organization_members.all.members[*].email,
    data.neon_organization_invitations.pending.invitations[*].email,
  ))

  # Names of resources, from the names of keys and e-mail addresses. Names of keys need not be unique, so
  # the id is part of it; two addresses can come out alike, so the second one is numbered.
  keys = {
    for key in data.neon_organization_api_keys.all.api_keys :
    "neon_organization_api_key.${replace("key_${lower(key.name)}", "/[^a-z0-9]+/", "_")}_${key.id}" => key.id
  }
  alike = { for email in local.emails : replace("person_${email}", "/[^a-z0-9]+/", "_") => email... }
  people = merge([
    for name, emails in local.alike : {
      for i, email in emails : "neon_organization_member.${name}${i == 0 ? "" : "__${i + 1}"}" => email
    }
  ]...)
}

# terraform output -raw imports > imports.tf
output "imports" {
  value = join("\n", [
    for address, id in merge(local.keys, local.people) : <<-EOT
      import {
        to = ${address}
        id = ${jsonencode("${local.org_id}/${id}")}
      }
    EOT
  ])
}

# terraform output people
output "people" {
  value = merge(
    { for person in data.neon_organization_invitations.pending.invitations : person.email => person.role },
    { for person in data.neon_organization_members.all.members : person.email => person.role },
  )
}
