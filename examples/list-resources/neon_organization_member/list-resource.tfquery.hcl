# All members and invitees. Terraform stops at 100 results unless limit says otherwise.
list "neon_organization_member" "all" {
  provider = neon
  limit    = 5000
}

# The admins who have joined and are not deactivated.
list "neon_organization_member" "admins" {
  provider = neon

  config {
    role   = "admin"
    status = "active"
  }
}
