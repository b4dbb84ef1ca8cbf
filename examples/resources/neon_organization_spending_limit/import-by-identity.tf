import {
  to = neon_organization_spending_limit.monthly
  identity = {
    org_id = "org-example-12345678"
  }
}
