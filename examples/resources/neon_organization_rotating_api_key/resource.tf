# The first apply after 60 days creates a new key; the old one keeps working for a week.
resource "neon_organization_rotating_api_key" "nightly" {
  name         = "nightly"
  rotate_after = "60d"
  overlap      = "7d"
}

# An apply that rotates at once: terraform apply -var 'leaked=2026-10-02'
variable "leaked" {
  description = "Change it, to any text, when the key of the reports has leaked: the old one ends with the apply."
  type        = string
  default     = ""
}

resource "neon_organization_rotating_api_key" "reports" {
  name              = "reports"
  rotate_after      = "90d"
  overlap           = "0s"
  rotation_triggers = { leaked = var.leaked }
}

output "nightly_key" {
  value     = neon_organization_rotating_api_key.nightly.key
  sensitive = true
}

# When the next apply is due.
output "next_rotation_at" {
  value = neon_organization_rotating_api_key.nightly.next_rotation_at
}
