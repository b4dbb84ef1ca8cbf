terraform {
  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The personal key of an admin, from the environment variable NEON_API_KEY: it may do everything.
provider "neon" {
  org_id            = "org-example-12345678" # or NEON_ORG_ID
  protected_members = ["lead@example.com"]
}

# A second configuration with an organization key, which cannot create keys, invite or remove people.
# It belongs to one organization, so org_id is not needed.
provider "neon" {
  alias    = "reader"
  api_key  = var.neon_organization_key
  key_type = "organization"
}

variable "neon_organization_key" {
  type      = string
  sensitive = true
  ephemeral = true # Terraform 1.10 or later; the value of any other variable stands in saved plans
}

data "neon_organization_members" "all" {
  provider = neon.reader
}
