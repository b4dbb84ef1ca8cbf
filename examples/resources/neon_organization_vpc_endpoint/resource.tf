locals {
  # The IDs from AWS. With the AWS provider in the same configuration: aws_vpc_endpoint.neon.id
  vpc_endpoints = {
    "vpce-0123456789abcdef0" = "production"
    "vpce-0fedcba9876543210" = "staging"
  }
}

# With for_each over the IDs, each VPC endpoint keeps its resource when another one leaves the list.
resource "neon_organization_vpc_endpoint" "main" {
  for_each = local.vpc_endpoints

  region_id       = "aws-us-east-1"
  vpc_endpoint_id = each.key
  label           = each.value
}
