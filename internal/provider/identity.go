package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// An identity identifies an object: newer versions of Terraform store it with the state, list
// objects by it, and accept it in an import block. An older state has none: the next read sets it.

// apiKeyIdentity never changes.
type apiKeyIdentity struct {
	OrgID types.String `tfsdk:"org_id"`
	ID    types.String `tfsdk:"id"`
}

func apiKeyIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"org_id": identityOrgID(),
		"id": identityschema.StringAttribute{
			Description:       "The ID of the API key, a number as in 165434.",
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

// projectMemberIdentity changes when the person's address changes at Neon.
type projectMemberIdentity struct {
	OrgID     types.String `tfsdk:"org_id"`
	ProjectID types.String `tfsdk:"project_id"`
	Email     types.String `tfsdk:"email"`
}

func projectMemberIdentitySchema() identityschema.Schema {
	schema := personIdentitySchema()
	schema.Attributes["project_id"] = identityschema.StringAttribute{
		Description:       "The ID of the project, as in shiny-wind-028834.",
		RequiredForImport: true,
	}
	return schema
}

// organizationIdentity is the identity of a resource that exists once in an organization.
type organizationIdentity struct {
	OrgID types.String `tfsdk:"org_id"`
}

func organizationIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"org_id": identityschema.StringAttribute{
			Description:       "The ID of the organization, as in org-example-12345678.",
			RequiredForImport: true,
		},
	}}
}

// vpcEndpointIdentity never changes.
type vpcEndpointIdentity struct {
	OrgID         types.String `tfsdk:"org_id"`
	RegionID      types.String `tfsdk:"region_id"`
	VPCEndpointID types.String `tfsdk:"vpc_endpoint_id"`
}

func vpcEndpointIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"org_id": identityOrgID(),
		"region_id": identityschema.StringAttribute{
			Description:       "The ID of the Neon region, as in aws-us-east-1.",
			RequiredForImport: true,
		},
		"vpc_endpoint_id": identityschema.StringAttribute{
			Description:       "The ID of the VPC endpoint in AWS, as in vpce-0123456789abcdef0.",
			RequiredForImport: true,
		},
	}}
}

func identityOrgID() identityschema.StringAttribute {
	return identityschema.StringAttribute{
		Description: "The ID of the organization, as in org-example-12345678. " +
			"To use the provider's organization, omit it.",
		OptionalForImport: true,
	}
}
