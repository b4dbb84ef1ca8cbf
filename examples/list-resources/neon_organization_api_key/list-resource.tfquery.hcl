# Every key that is good for the whole organization.
list "neon_organization_api_key" "organization_wide" {
  provider = neon

  config {
    organization_wide = true
  }
}

# The keys of one project, with all that is known of them.
list "neon_organization_api_key" "website" {
  provider         = neon
  include_resource = true

  config {
    project_id = "shiny-wind-12345678"
  }
}
