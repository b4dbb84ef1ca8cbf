import {
  to = neon_project_member_role.website["audit@example.com"]
  id = "org-example-12345678/shiny-wind-12345678/audit@example.com"
}
