import {
  to = neon_organization_invitation.guests["auditor@partner.example"]
  identity = {
    org_id = "org-example-12345678"
    email  = "auditor@partner.example"
  }
}
