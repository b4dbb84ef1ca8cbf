data "neon_project_members" "website" {
  project_id = "shiny-wind-12345678"
}

# Those whose access comes from a role in the project, not from the organization.
data "neon_project_members" "granted" {
  project_id   = "shiny-wind-12345678"
  grant_source = "explicit"
}

output "website_access" {
  value = {
    for member in data.neon_project_members.website.members : member.email => "${member.effective_role} (${member.grant_source})"
    if member.effective_role != null
  }
}
