# By the IDs of the organization, of Neon's region and of the VPC endpoint.
terraform import 'neon_organization_vpc_endpoint.main["vpce-0123456789abcdef0"]' org-example-12345678/aws-us-east-1/vpce-0123456789abcdef0

# In the provider's organization, the region and the VPC endpoint are enough.
terraform import 'neon_organization_vpc_endpoint.main["vpce-0123456789abcdef0"]' aws-us-east-1/vpce-0123456789abcdef0
