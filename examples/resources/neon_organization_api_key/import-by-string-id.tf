import {
  to = neon_organization_api_key.ci
  id = "org-example-12345678/1734101"
}
