# By the id of the organization, the id of the project and the e-mail address.
terraform import 'neon_project_member_role.website["audit@example.com"]' org-example-12345678/shiny-wind-12345678/audit@example.com

# In the provider's organization, the project and the address are enough.
terraform import 'neon_project_member_role.website["audit@example.com"]' shiny-wind-12345678/audit@example.com

# By the member id, a UUID.
terraform import 'neon_project_member_role.website["audit@example.com"]' shiny-wind-12345678/b0000000-0000-4000-8000-000000000005
