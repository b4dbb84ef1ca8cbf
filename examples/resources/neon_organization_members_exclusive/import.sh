# By the id of the organization.
terraform import neon_organization_members_exclusive.everybody org-example-12345678
