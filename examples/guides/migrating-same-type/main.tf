terraform {
  required_providers {
    neon    = { source = "kenchan0130/neon" } # the provider that has the keys now
    neonorg = { source = "dcbae579/neon" }
  }
}

# Reads NEON_API_KEY. The keys name their organization in org_id, as before.
provider "neonorg" {}

resource "neon_organization_api_key" "ci" {
  provider = neonorg # this line is new

  org_id = "org-example-12345678"
  name   = "ci"
}
