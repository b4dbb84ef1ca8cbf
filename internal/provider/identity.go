package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// An identity is what tells one object from all others: newer Terraforms keep it beside the state, list
// by it, and accept it in an import block. A state that is older has none: it is set by the next read.

// apiKeyIdentity never changes.
type apiKeyIdentity struct {
	OrgID types.String `tfsdk:"org_id"`
	ID    types.String `tfsdk:"id"`
}

func apiKeyIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"org_id": identityOrgID(),
		"id": identityschema.StringAttribute{
			Description:       "Neon's number of the key, as in 165434.",
			RequiredForImport: true,
		},
	}}
}

// personIdentity changes when the person's address changes at Neon.
type personIdentity struct {
	OrgID types.String `tfsdk:"org_id"`
	Email types.String `tfsdk:"email"`
}

func personIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"org_id": identityOrgID(),
		"email": identityschema.StringAttribute{
			Description:       "The person's e-mail address at Neon, in lower case.",
			RequiredForImport: true,
		},
	}}
}

// organizationIdentity is that of what an organization has once.
type organizationIdentity struct {
	OrgID types.String `tfsdk:"org_id"`
}

func organizationIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"org_id": identityschema.StringAttribute{
			Description:       "The id of the organization, as in org-example-12345678.",
			RequiredForImport: true,
		},
	}}
}

func identityOrgID() identityschema.StringAttribute {
	return identityschema.StringAttribute{
		Description:       "The id of the organization, as in org-example-12345678. In an import it may be left out: the provider's organization is meant then.",
		OptionalForImport: true,
	}
}
