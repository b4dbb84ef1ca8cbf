import {
  to = neon_organization_members_exclusive.everybody
  id = "org-example-12345678"
}
