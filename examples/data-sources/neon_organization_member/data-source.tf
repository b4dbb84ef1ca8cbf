data "neon_organization_member" "dev" {
  email = "dev@example.com"
}

# member_id and user_id find a member too, such as the one behind the created_by of an API key.
data "neon_organization_member" "same" {
  user_id = data.neon_organization_member.dev.user_id
}
