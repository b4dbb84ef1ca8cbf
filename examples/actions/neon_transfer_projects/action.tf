# terraform apply -invoke=action.neon_transfer_projects.website
action "neon_transfer_projects" "website" {
  config {
    destination_org_id = "org-elsewhere-87654321"
    project_ids        = ["shiny-wind-12345678"]
  }
}
