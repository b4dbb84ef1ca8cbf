import {
  to = neon_organization_vpc_endpoint.main["vpce-0123456789abcdef0"]
  identity = {
    org_id          = "org-example-12345678"
    region_id       = "aws-us-east-1"
    vpc_endpoint_id = "vpce-0123456789abcdef0"
  }
}
