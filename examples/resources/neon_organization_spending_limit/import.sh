# By the ID of the organization.
terraform import neon_organization_spending_limit.monthly org-example-12345678
