# A root module of its own: it reads, compares, and fails. It changes nothing.

terraform {
  required_version = ">= 1.5"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The key comes from NEON_API_KEY, the organization from NEON_ORG_ID. An organization key is enough.
provider "neon" {
  read_only = true
}

variable "people_csv" {
  type        = string
  default     = "people.csv"
  description = "The file that says who may be in the organization, with the columns email and role."
}

variable "known_keys" {
  type        = map(string)
  default     = { "1734101" = "planning pull requests", "1734102" = "website CI" }
  description = "The ids of the API keys that there should be, and what each is for."
}

variable "known_grants" {
  type        = map(string)
  default     = { "shiny-wind-12345678/audit@example.com" = "reviews the website's access" }
  description = "The roles in projects that there should be, as PROJECT_ID/ADDRESS, and what each is for."
}

variable "enforce" {
  type        = bool
  default     = true
  description = "Whether findings are errors. Without it, the outputs are written whatever is found."
}

data "neon_organization_members" "all" {}

data "neon_organization_api_keys" "all" {}

data "neon_organization_invitations" "pending" {
  status = "pending"
}

data "neon_projects" "all" {}

# Who has access to each project, with which role, and where it comes from.
data "neon_project_members" "of" {
  for_each   = local.projects
  project_id = each.key
}

locals {
  projects = { for project in data.neon_projects.all.projects : project.id => project }
  reach = flatten([
    for id, project in data.neon_project_members.of : [
      for member in project.members : merge(member, { project_id = id, project = local.projects[id].name }) if member.effective_role != null
    ]
  ])

  listed   = { for row in csvdecode(file(var.people_csv)) : lower(trimspace(row.email)) => row.role }
  members  = { for member in data.neon_organization_members.all.members : member.email => member }
  invited  = { for invitation in data.neon_organization_invitations.pending.invitations : invitation.email => invitation }
  api_keys = { for key in data.neon_organization_api_keys.all.api_keys : key.id => key }

  # Everyone in the list, as the list and Neon spell it. member and editor are one role.
  role_listed = { for email, role in local.listed : email => replace(role, "/^member$/", "editor") }
  role_now    = { for email, member in local.members : email => replace(member.role, "/^member$/", "editor") }

  findings = {
    "In the organization, but not in the list" = concat(
      [for email, role in local.role_now : "${email} (${role})" if !contains(keys(local.listed), email)],
      [for email in keys(local.invited) : "${email} (invited)" if !contains(keys(local.listed), email)],
    )
    "In the list, but neither a member nor invited" = [for email in keys(local.listed) : email if !contains(keys(merge(local.members, local.invited)), email)]
    "Another role than in the list"                 = [for email, role in local.role_now : "${email} (${role})" if lookup(local.role_listed, email, role) != role]
    "Invited with another role than in the list" = [
      for email, invitation in local.invited : "${email} (${invitation.role})"
      if lookup(local.role_listed, email, invitation.role) != replace(invitation.role, "/^member$/", "editor")
    ]
    "Unknown role in a project" = [
      for access in local.reach : "${access.project_id}/${access.email} (${access.role})"
      if access.role != null && !contains(keys(var.known_grants), "${access.project_id}/${access.email}")
    ]
    "Deactivated, but still a member"     = [for email, member in local.members : email if member.status == "deactivated"]
    "Without multi-factor authentication" = [for email, member in local.members : email if member.has_mfa == false]
    "Unknown API key"                     = [for id, key in local.api_keys : "${key.name} (${id})" if !contains(keys(var.known_keys), id)]
    "API key of a member who is no longer an admin" = [
      for id, key in local.api_keys : "${key.name} (${id}), ${key.created_by.email}"
      if key.created_by.status == "active" && lookup(local.role_now, coalesce(key.created_by.email, "-"), "admin") != "admin"
    ]
    "API key of a person who is gone" = [for id, key in local.api_keys : "${key.name} (${id})" if key.created_by.status != "active"]
  }
  found = { for what, who in local.findings : what => who if length(who) > 0 }
}

output "findings" {
  value = local.found

  precondition {
    condition     = !var.enforce || length(local.found) == 0
    error_message = "The access review has findings:\n${join("\n", [for what, who in local.found : "\n${what}:\n  ${join("\n  ", who)}"])}"
  }
}

# terraform output -raw people_csv > people-review.csv
output "people_csv" {
  value = join("\n", concat(
    ["email,role,status,mfa,joined_at,listed_as,api_keys_created"],
    [
      for email, member in local.members : join(",", [
        email, member.role, member.status,
        member.has_mfa == null ? "unknown" : member.has_mfa ? "yes" : "no",
        member.joined_at == null ? "unknown" : member.joined_at,
        lookup(local.listed, email, "not listed"),
        length([for key in local.api_keys : key if key.created_by.user_id == member.user_id]),
      ])
    ],
    [for email, invitation in local.invited : join(",", [email, invitation.role, "invited", "", "", lookup(local.listed, email, "not listed"), 0])],
    [""],
  ))
}

# terraform output -raw project_access_csv > project-access-review.csv
output "project_access_csv" {
  value = join("\n", concat(
    ["project_id,project,email,access,why,granted,by_default,org_role,purpose"],
    [
      for access in local.reach : join(",", [
        access.project_id,
        "\"${replace(replace(access.project, "/^[=+@-]/", "'$0"), "\"", "\"\"")}\"",
        access.email,
        access.effective_role,
        access.grant_source == null ? "" : access.grant_source,
        access.role == null ? "" : access.role,
        access.default_role == null ? "" : access.default_role,
        access.org_role,
        access.role == null ? "" : "\"${replace(lookup(var.known_grants, "${access.project_id}/${access.email}", "UNKNOWN"), "\"", "\"\"")}\"",
      ])
    ],
    [""],
  ))
}

# terraform output -raw api_keys_csv > api-keys-review.csv
output "api_keys_csv" {
  value = join("\n", concat(
    ["id,name,purpose,project_id,created_by,creator_is,created_at,last_used_at"],
    [
      for id, key in local.api_keys : join(",", [
        id,
        # The creator of a key chooses its name: it must be neither two columns nor a formula.
        "\"${replace(replace(key.name, "/^[=+@-]/", "'$0"), "\"", "\"\"")}\"",
        "\"${replace(lookup(var.known_keys, id, "UNKNOWN"), "\"", "\"\"")}\"",
        key.project_id == null ? "whole organization" : key.project_id,
        key.created_by.email == null ? key.created_by.user_id : key.created_by.email,
        key.created_by.status,
        key.created_at,
        key.last_used_at == null ? "never" : key.last_used_at,
      ])
    ],
    [""],
  ))
}
