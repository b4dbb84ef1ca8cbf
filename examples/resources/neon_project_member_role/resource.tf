# A collaborator sees only the projects with a role; the other people see all projects, and a role adds to that.
resource "neon_project_member_role" "website" {
  for_each = {
    "contractor@partner.example" = "editor"
    "audit@example.com"          = "admin"
  }

  project_id = "shiny-wind-12345678"
  email      = each.key
  role       = each.value
}
