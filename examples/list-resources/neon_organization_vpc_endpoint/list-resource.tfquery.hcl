# Every VPC endpoint of the organization in one region.
list "neon_organization_vpc_endpoint" "virginia" {
  provider = neon

  config {
    region_id = "aws-us-east-1"
  }
}
