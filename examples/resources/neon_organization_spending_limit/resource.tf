# $500 a month: Neon notifies the admins at 80% and at 100% of it.
resource "neon_organization_spending_limit" "monthly" {
  cents = 50000
}
