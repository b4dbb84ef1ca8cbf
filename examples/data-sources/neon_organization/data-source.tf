data "neon_organization" "this" {}

check "mfa" {
  assert {
    condition     = data.neon_organization.this.require_mfa == true
    error_message = "The organization ${data.neon_organization.this.name} does not require multi-factor authentication."
  }
}
