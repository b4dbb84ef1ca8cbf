import {
  to = neon_organization_member.dev
  id = "dev@example.com"
}

resource "neon_organization_member" "dev" {
  email = "dev@example.com"
  role  = "editor"
}
