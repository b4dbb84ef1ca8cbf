terraform {
  required_version = ">= 1.5"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The key comes from NEON_API_KEY. NEON_READ_ONLY decides whether a job may change anything.
provider "neon" {
  org_id            = "org-example-12345678"
  protected_members = ["lead@example.com"]
}

variable "emergency" {
  type        = bool
  default     = false
  description = "While it is true, members who are not in the list are reported, not removed."
}

resource "neon_organization_members_exclusive" "everybody" {
  members = {
    "lead@example.com"  = "admin"
    "ops@example.com"   = "admin"
    "dev@example.com"   = "editor"
    "data@example.com"  = "editor"
    "audit@example.com" = "viewer"
  }
  on_unlisted = var.emergency ? "report" : "remove"
}
