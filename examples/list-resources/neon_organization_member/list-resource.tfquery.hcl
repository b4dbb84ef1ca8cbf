# Everybody, invited people too. Terraform stops at 100 results unless limit says otherwise.
list "neon_organization_member" "everybody" {
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
