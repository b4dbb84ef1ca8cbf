# By the id of the organization and the id of the key. The attribute key stays null until the first rotation: Neon returns a token only once.
terraform import neon_organization_rotating_api_key.website org-example-12345678/1734102

# In the provider's organization, the id of the key is enough.
terraform import neon_organization_rotating_api_key.website 1734102
