# For jobs that plan pull requests: an organization key reads everything, but cannot create keys,
# invite or remove people.
resource "neon_organization_api_key" "plan" {
  name              = "terraform-plan"
  rotation_triggers = { generation = var.key_generation }

  lifecycle {
    create_before_destroy = true
  }
}

# For deployments: the key is limited to one project.
resource "neon_organization_api_key" "deploy" {
  name              = "deploy-${var.ci_project}"
  project_id        = one(local.ci_project_ids)
  rotation_triggers = { generation = var.key_generation }

  lifecycle {
    create_before_destroy = true
  }
}

data "neon_projects" "ci" {
  search = var.ci_project

  lifecycle {
    # Without project_id, the key is for the whole organization.
    postcondition {
      condition     = length([for project in self.projects : project if project.name == var.ci_project]) == 1
      error_message = "There must be exactly one project with the name \"${var.ci_project}\". Set the variable ci_project."
    }
  }
}

locals {
  # search finds parts of names and ids too.
  ci_project_ids = [for project in data.neon_projects.ci.projects : project.id if project.name == var.ci_project]
}

# Keys outlive their creators: every plan warns of such keys. (The data source is outside of the
# check because one inside of it would show in every plan, and -detailed-exitcode would be 2.)
data "neon_organization_api_keys" "all" {}

locals {
  orphaned_keys = [
    for key in data.neon_organization_api_keys.all.api_keys : "${key.name} (${key.id})"
    if key.created_by.status == "deactivated" || key.created_by.status == "gone"
  ]
}

check "no_orphaned_keys" {
  assert {
    condition     = length(local.orphaned_keys) == 0
    error_message = "Created by a person who is deactivated or gone: ${join(", ", local.orphaned_keys)}."
  }
}
