# All members and invitees. Without a limit, Terraform stops at 100.
list "neon_organization_member" "people" {
  provider = neon
  limit    = 5000
}

list "neon_organization_api_key" "keys" {
  provider = neon
  limit    = 5000
}
