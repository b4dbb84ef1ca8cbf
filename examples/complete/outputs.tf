# Nothing here changes by itself. A status or last_used_at as an output would make a plan
# differ whenever an invitation is accepted or a key is used.

output "roles" {
  description = "The role of each person."
  value       = { for email, person in neon_organization_member.people : email => person.role }
}

output "plan_key" {
  description = "The API key for jobs that plan pull requests: terraform output -raw plan_key"
  value       = neon_organization_api_key.plan.key
  sensitive   = true
}

output "deploy_key" {
  description = "The API key for deployments: terraform output -raw deploy_key"
  value       = neon_organization_api_key.deploy.key
  sensitive   = true
}
