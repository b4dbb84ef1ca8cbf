import {
  to = neon_organization_spending_limit.monthly
  id = "org-example-12345678"
}
