terraform {
  required_version = ">= 1.10" # ephemeral variables

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# For reading: an organization key, which cannot create keys, invite people or remove members.
# It belongs to one organization, so org_id is not needed.
provider "neon" {
  api_key  = var.neon_organization_key
  key_type = "organization"
}

# For changes: the personal key of an admin.
provider "neon" {
  alias             = "admin"
  api_key           = var.neon_admin_key
  key_type          = "personal"
  org_id            = "org-example-12345678"
  protected_members = ["lead@example.com"]
}

# Ephemeral, because the value of any other variable is stored in every saved plan. Set them
# in the environment, as TF_VAR_neon_organization_key and TF_VAR_neon_admin_key.
variable "neon_organization_key" {
  type      = string
  sensitive = true
  ephemeral = true
}

variable "neon_admin_key" {
  type      = string
  sensitive = true
  ephemeral = true
}

data "neon_organization_members" "all" {}

resource "neon_organization_api_key" "ci" {
  provider = neon.admin
  name     = "ci"
}
