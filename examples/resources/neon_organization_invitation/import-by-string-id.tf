import {
  to = neon_organization_invitation.guests["auditor@partner.example"]
  id = "org-example-12345678/auditor@partner.example"
}
