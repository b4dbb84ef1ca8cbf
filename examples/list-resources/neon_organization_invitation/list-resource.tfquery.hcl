# The invitations that are still open.
list "neon_organization_invitation" "pending" {
  provider = neon

  config {
    status = "pending"
  }
}
