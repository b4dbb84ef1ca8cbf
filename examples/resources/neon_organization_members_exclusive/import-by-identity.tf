import {
  to = neon_organization_members_exclusive.everybody
  identity = {
    org_id = "org-example-12345678"
  }
}
