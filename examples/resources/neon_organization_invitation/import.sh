# By the id of the organization and the e-mail address.
terraform import 'neon_organization_invitation.guests["auditor@partner.example"]' org-example-12345678/auditor@partner.example

# In the provider's organization, the address is enough; the id of the invitation, a UUID, works too.
terraform import 'neon_organization_invitation.guests["auditor@partner.example"]' auditor@partner.example
