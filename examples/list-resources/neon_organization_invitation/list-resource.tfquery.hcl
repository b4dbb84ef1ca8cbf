# The invitations that nobody has accepted yet.
list "neon_organization_invitation" "pending" {
  provider = neon

  config {
    status = "pending"
  }
}
