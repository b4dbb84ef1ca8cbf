# A key that was created by hand, and is in no state: terraform apply -invoke=action.neon_revoke_organization_api_key.leaked
action "neon_revoke_organization_api_key" "leaked" {
  config {
    id = "1734102"
  }
}
