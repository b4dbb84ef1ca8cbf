terraform {
  required_providers {
    neon    = { source = "kislerdm/neon" } # or neondatabase/neon: the provider that has the keys now
    neonorg = { source = "dcbae579/neon" } # two providers, two local names
  }
}

# Reads NEON_API_KEY. The keys name their organization in org_id, as before.
provider "neonorg" {}

resource "neon_organization_api_key" "ci" {
  provider = neonorg

  org_id = "org-example-12345678"
  name   = "ci"
}

resource "neon_organization_api_key" "deploy" {
  for_each = { website = "shiny-wind-12345678", warehouse = "winter-boat-87654321" }
  provider = neonorg

  org_id     = "org-example-12345678"
  name       = "deploy-${each.key}"
  project_id = each.value
}

moved {
  from = neon_org_api_key.ci
  to   = neon_organization_api_key.ci
}

moved {
  from = neon_org_api_key.deploy
  to   = neon_organization_api_key.deploy
}
