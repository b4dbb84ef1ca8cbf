# All roles that were granted in a project. Terraform stops at 100 results unless limit says otherwise.
list "neon_project_member_role" "website" {
  provider = neon
  limit    = 1000

  config {
    project_id = "shiny-wind-12345678"
  }
}

# The admins of another project by a grant.
list "neon_project_member_role" "warehouse_admins" {
  provider = neon

  config {
    project_id = "winter-boat-87654321"
    role       = "admin"
  }
}
