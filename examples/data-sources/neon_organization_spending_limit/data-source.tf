data "neon_organization_spending_limit" "current" {}

output "spending_limit_in_dollars" {
  value = try(data.neon_organization_spending_limit.current.cents / 100, "no limit")
}
