import {
  to = neon_organization_api_key.ci
  identity = {
    org_id = "org-example-12345678"
    id     = "1734101"
  }
}
