terraform {
  required_version = ">= 1.5"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

# The key comes from NEON_API_KEY, the organization from NEON_ORG_ID.
provider "neon" {}

variable "export" {
  type        = string
  default     = "directory.json"
  description = "The export of the directory: a JSON file, or a CSV file with the columns group, email and status."
}

variable "roles" {
  type        = map(string)
  default     = { "neon-admins" = "admin", "neon-editors" = "editor", "neon-viewers" = "viewer" }
  description = "The organization role that each group of the directory gives. Other groups are ignored."
}

variable "at_least" {
  type        = number
  default     = 4
  description = "Fewer people than this are not the whole directory."
}

locals {
  text = file(var.export)
  json = endswith(var.export, ".json") ? jsondecode(local.text) : { exported_at = null, groups = [] }
  rows = concat(
    flatten([
      for group in local.json.groups : [
        for member in group.members : { group = group.name, email = member.email, active = member.active }
      ]
    ]),
    [
      for row in endswith(var.export, ".csv") ? csvdecode(local.text) : [] :
      { group = trimspace(row.group), email = row.email, active = lower(trimspace(row.status)) == "active" }
    ],
  )

  # Each person with the roles of all groups. The highest one counts.
  roles   = { for row in local.rows : lower(trimspace(row.email)) => var.roles[row.group]... if row.active && contains(keys(var.roles), row.group) }
  members = { for email, roles in local.roles : email => [for role in ["admin", "editor", "viewer", "collaborator"] : role if contains(roles, role)][0] }
  twice   = [for email, roles in local.roles : "${email} (${join(", ", roles)})" if length(roles) > 1]
}

resource "neon_organization_members_exclusive" "everybody" {
  members      = local.members
  max_removals = 1 # the brake: more removals in one plan are an error that names the people

  lifecycle {
    precondition {
      condition     = length(local.members) >= var.at_least
      error_message = "${var.export} has ${length(local.members)} people with a role, fewer than ${var.at_least}. The export is empty or cut short: export again."
    }
    precondition {
      condition     = length([for role in values(local.members) : role if role == "admin"]) >= 2
      error_message = "${var.export} has fewer than two admins. Check the group that gives the role admin."
    }
    precondition {
      condition     = local.json.exported_at == null || try(timecmp(timeadd(local.json.exported_at, "48h"), plantimestamp()) >= 0, false)
      error_message = "${var.export} is older than two days (exported_at). The directory or the export job may be down: export again."
    }
  }
}

check "one_role_each" {
  assert {
    condition     = length(local.twice) == 0
    error_message = "In the export more than once, the highest role counts: ${join("; ", local.twice)}."
  }
}
