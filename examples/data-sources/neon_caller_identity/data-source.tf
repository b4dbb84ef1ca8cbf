data "neon_caller_identity" "current" {}

check "can_apply" {
  assert {
    condition     = data.neon_caller_identity.current.key_type == "personal" && data.neon_caller_identity.current.role == "admin"
    error_message = "Creating keys, inviting and removing people need the personal key of an admin."
  }
}
