data "neon_organization_vpc_endpoints" "all" {
  include_details = true
}

output "unused_vpc_endpoints" {
  value = [for e in data.neon_organization_vpc_endpoints.all.vpc_endpoints : e.vpc_endpoint_id if e.num_restricted_projects == 0]
}

output "waiting_for_neon" {
  value = [for e in data.neon_organization_vpc_endpoints.all.vpc_endpoints : e.vpc_endpoint_id if e.state == "new"]
}
