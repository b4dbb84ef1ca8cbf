terraform {
  required_providers {
    neon    = { source = "kislerdm/neon" } # or neondatabase/neon: the provider that has the VPC endpoints now
    neonorg = { source = "dcbae579/neon" } # two providers, two local names
  }
}

# Reads NEON_API_KEY. The VPC endpoints name their organization in org_id, as before.
provider "neonorg" {}

resource "neon_organization_vpc_endpoint" "production" {
  provider = neonorg

  org_id          = "org-example-12345678"
  region_id       = "aws-us-east-1"
  vpc_endpoint_id = "vpce-0123456789abcdef0"
  label           = "production"
}

moved {
  from = neon_vpc_endpoint_assignment.production
  to   = neon_organization_vpc_endpoint.production
}
