# search finds parts of names and ids, so look for the exact name as well.
data "neon_projects" "website" {
  search = "website"

  lifecycle {
    postcondition {
      condition     = length([for project in self.projects : project if project.name == "website"]) == 1
      error_message = "There must be exactly one project with the name \"website\"."
    }
  }
}

resource "neon_organization_api_key" "website" {
  name       = "website"
  project_id = one([for project in data.neon_projects.website.projects : project.id if project.name == "website"])
}
