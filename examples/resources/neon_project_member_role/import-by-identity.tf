import {
  to = neon_project_member_role.website["audit@example.com"]
  identity = {
    org_id     = "org-example-12345678"
    project_id = "shiny-wind-12345678"
    email      = "audit@example.com"
  }
}
