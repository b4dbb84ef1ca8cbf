import {
  to = neon_organization_vpc_endpoint.main["vpce-0123456789abcdef0"]
  id = "org-example-12345678/aws-us-east-1/vpce-0123456789abcdef0"
}
