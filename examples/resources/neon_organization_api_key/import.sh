# By the id of the organization and the id of the key. The attribute key stays null: Neon returns a token only once.
terraform import neon_organization_api_key.ci org-example-12345678/1734101

# In the provider's organization, the id of the key is enough.
terraform import neon_organization_api_key.ci 1734101
