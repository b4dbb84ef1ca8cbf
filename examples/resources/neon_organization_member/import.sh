# By the id of the organization and the e-mail address.
terraform import 'neon_organization_member.people["dev@example.com"]' org-example-12345678/dev@example.com

# In the provider's organization, the address is enough.
terraform import 'neon_organization_member.people["dev@example.com"]' dev@example.com

# By the member id, a UUID.
terraform import 'neon_organization_member.people["dev@example.com"]' b0000000-0000-4000-8000-000000000003
