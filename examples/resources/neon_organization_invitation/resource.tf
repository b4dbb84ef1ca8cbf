# Invited once; what becomes of their memberships is not managed.
resource "neon_organization_invitation" "guests" {
  for_each = toset(["auditor@partner.example", "consultant@partner.example"])

  email = each.key
  role  = "viewer"
}
