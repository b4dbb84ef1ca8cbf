terraform {
  required_version = ">= 1.5"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The key comes from NEON_API_KEY.
provider "neon" {
  org_id            = "org-example-12345678"
  protected_members = ["lead@example.com"] # never removed or given a lesser role, whatever the list says
}

import {
  to = neon_organization_members_exclusive.everybody
  id = "org-example-12345678"
}
