import {
  to = neon_organization_member.people["dev@example.com"]
  identity = {
    org_id = "org-example-12345678"
    email  = "dev@example.com"
  }
}
