terraform {
  required_version = ">= 1.5"

  required_providers {
    # Other providers for Neon have the same local name. Beside one of them, call this one
    # "neonorg" here and write provider = neonorg in each of its resources and data sources:
    #
    #   neon    = { source = "kislerdm/neon" }
    #   neonorg = { source = "dcbae579/neon" }
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The API key comes from NEON_API_KEY, the organization from NEON_ORG_ID.
provider "neon" {
  protected_members = var.protected_members
}
