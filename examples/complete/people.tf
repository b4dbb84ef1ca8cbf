# A member with this role is adopted; any other person is invited.
# Taking an address out of var.people removes the person from the organization.
resource "neon_organization_member" "people" {
  for_each = var.people

  email = each.key
  role  = each.value
}

# Invited once. What becomes of the membership is up to the guest and the admins.
resource "neon_organization_invitation" "guest" {
  email = var.guest
  role  = "viewer"
}
