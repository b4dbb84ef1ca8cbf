import {
  to = neon_organization_rotating_api_key.website
  identity = {
    org_id = "org-example-12345678"
    id     = "1734102"
  }
}
