# The keys for the whole organization.
list "neon_organization_api_key" "organization_wide" {
  provider = neon

  config {
    organization_wide = true
  }
}

# The keys of one project, with all attributes.
list "neon_organization_api_key" "website" {
  provider         = neon
  include_resource = true

  config {
    project_id = "shiny-wind-12345678"
  }
}
