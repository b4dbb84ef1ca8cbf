data "neon_organization_members" "all" {}

data "neon_organization_members" "admins" {
  role = "admin"
}

locals {
  members = { for member in data.neon_organization_members.all.members : member.email => member }
}

output "dev_user_id" {
  value = local.members["dev@example.com"].user_id
}

check "admins_use_mfa" {
  assert {
    # has_mfa is null if Neon does not return it.
    condition     = alltrue([for admin in data.neon_organization_members.admins.members : admin.has_mfa == true])
    error_message = "Not every admin is known to use multi-factor authentication."
  }
}
