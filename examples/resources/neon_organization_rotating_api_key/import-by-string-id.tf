import {
  to = neon_organization_rotating_api_key.website
  id = "org-example-12345678/1734102"
}
