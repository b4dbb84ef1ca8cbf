import {
  to = neon_organization_member.people["dev@example.com"]
  id = "org-example-12345678/dev@example.com"
}
