# A key for one project, created when an apply needs it and revoked at the end of that apply.
ephemeral "neon_organization_api_key" "release" {
  project_id = "shiny-wind-12345678"
  enabled    = terraform.applying # plans and refreshes make no key
}

# Neon's CLI takes the key from the environment. It is stored in no state and in no saved plan.
resource "terraform_data" "release" {
  triggers_replace = "v1.4.0"

  provisioner "local-exec" {
    command = "neon branches create --project-id shiny-wind-12345678 --name v1.4.0"

    environment = {
      NEON_API_KEY = ephemeral.neon_organization_api_key.release.key
    }
  }
}
