variable "key_generation" {
  type        = string
  default     = "1"
  description = "Another value replaces the keys: for when a person leaves who has seen the tokens."
}

resource "neon_organization_api_key" "ci" {
  name              = "ci"
  rotation_triggers = { generation = var.key_generation }

  lifecycle {
    create_before_destroy = true
  }
}

output "ci_key" {
  value     = neon_organization_api_key.ci.key
  sensitive = true
}
