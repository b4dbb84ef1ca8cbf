package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// importID is the argument of terraform import: ORG_ID/THING, or THING in the provider's organization.
type importID struct {
	orgID types.String // null for the provider's
	thing string
}

// parseImportID splits an import ID. what describes the thing, for the message. An address may have slashes too, so the
// organization ends at the first one; an address with a slash is one without an organization if it does not begin like
// an organization of Neon's, or like the provider's.
func parseImportID(id, what, providerOrg string) (importID, error) {
	orgID, thing, hasOrg := strings.Cut(id, "/")
	isAddress := emailProblem(strings.ToLower(id)) == ""
	isOrg := orgID == providerOrg || strings.HasPrefix(orgID, "org-") || providerOrg == "" && orgIDPattern.MatchString(orgID)
	if !hasOrg || isAddress && !isOrg {
		orgID, thing, hasOrg = "", id, false
	}
	switch {
	case thing == "" || hasOrg && orgID == "":
		return importID{}, wrongImportID(id, hasEmptyPart, what)
	case strings.Contains(thing, "/") && !strings.Contains(thing, "@"):
		return importID{}, wrongImportID(id, hasTooManyParts, what)
	case hasOrg && !orgIDPattern.MatchString(orgID):
		return importID{}, wrongImportID(id, beginsWithNoOrganization(orgID), what)
	}
	parsed := importID{thing: thing}
	if hasOrg {
		parsed.orgID = types.StringValue(orgID)
	}
	return parsed, nil
}

// importTarget returns the organization and the thing in it that an import means: by an import ID, which
// what describes, or by an identity, whose attribute names the thing.
func (b *resourceBase) importTarget(
	ctx context.Context, req resource.ImportStateRequest, what, attribute string, diags *diag.Diagnostics,
) (*neon.Organization, string) {
	var target importID
	if req.Identity != nil && !req.Identity.Raw.IsNull() {
		target = importIdentity(ctx, req, attribute, diags)
	} else {
		parsed, err := parseImportID(req.ID, what, b.conn.orgID.ValueString())
		if err != nil {
			diags.Append(invalidImportID(req.ID, err))
		}
		target = parsed
	}
	if diags.HasError() {
		return nil, ""
	}
	org, orgDiags := b.conn.organization(ctx, target.orgID)
	diags.Append(orgDiags...)
	return org, target.thing
}

// importedOrganization is the organization that the import of what an organization has once means. what names the thing.
func (b *resourceBase) importedOrganization(
	ctx context.Context, req resource.ImportStateRequest, what string, diags *diag.Diagnostics,
) *neon.Organization {
	id := types.StringValue(req.ID)
	if req.Identity != nil && !req.Identity.Raw.IsNull() {
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("org_id"), &id)...)
	}
	if !orgIDPattern.MatchString(id.ValueString()) {
		diags.Append(invalidOrganizationImportID(id.ValueString(), what))
		return nil
	}
	org, orgDiags := b.conn.organization(ctx, id)
	diags.Append(orgDiags...)
	return org
}

// importIdentity reads the identity of an import block.
func importIdentity(ctx context.Context, req resource.ImportStateRequest, attribute string, diags *diag.Diagnostics) importID {
	var target importID
	var thing types.String
	diags.Append(req.Identity.GetAttribute(ctx, path.Root("org_id"), &target.orgID)...)
	diags.Append(req.Identity.GetAttribute(ctx, path.Root(attribute), &thing)...)
	if diags.HasError() {
		return target
	}
	target.thing = thing.ValueString()
	problem := identityProblem(target, attribute)
	if problem != "" {
		diags.Append(invalidIdentity(attribute, problem))
	}
	return target
}

// identityProblem returns what is wrong with the identity of an import block, or "".
func identityProblem(target importID, attribute string) string {
	switch {
	case target.thing == "":
		return identityLacks(attribute)
	case !target.orgID.IsNull() && !orgIDPattern.MatchString(target.orgID.ValueString()):
		return identityOfNoOrganization(target.orgID.ValueString())
	case attribute == "email":
		return emailProblem(target.thing)
	default:
		return ""
	}
}

// projectRoleImport is what the import of a project role names.
type projectRoleImport struct {
	orgID           types.String // null for the provider's
	projectID       string
	email, memberID string // one of them
}

// parseProjectRoleImportID splits ORG_ID/PROJECT_ID/MEMBER, or PROJECT_ID/MEMBER in the provider's organization. An address
// may have slashes too, so two parts are an organization and a project only if the first one looks like an organization,
// or if what follows the first is not an address.
func parseProjectRoleImportID(id, providerOrg string) (projectRoleImport, error) {
	first, rest, _ := strings.Cut(id, "/")
	second, third, hasThird := strings.Cut(rest, "/")
	var target projectRoleImport
	projectID, member := first, rest
	isOrg := first == providerOrg || strings.HasPrefix(first, "org-") || providerOrg == "" || emailProblem(strings.ToLower(rest)) != ""
	if hasThird && isOrg {
		if !orgIDPattern.MatchString(first) {
			return target, wrongProjectRoleImportID(id, beginsWithNoOrganization(first))
		}
		target.orgID, projectID, member = types.StringValue(first), second, third
	}
	switch {
	case projectID == "" || member == "":
		return projectRoleImport{}, wrongProjectRoleImportID(id, hasTooFewParts)
	case !projectIDPattern.MatchString(projectID):
		return projectRoleImport{}, wrongProjectRoleImportID(id, beginsWithNoProject(projectID))
	case strings.Contains(member, "@"):
		target.email = strings.ToLower(member)
	case strings.Contains(member, "/"):
		return projectRoleImport{}, wrongProjectRoleImportID(id, hasExtraParts)
	default:
		target.memberID = strings.ToLower(member)
	}
	target.projectID = projectID
	return target, nil
}

// projectRoleTarget is what an import means: by an import ID, or by an identity.
func (b *resourceBase) projectRoleTarget(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics,
) projectRoleImport {
	if req.Identity == nil || req.Identity.Raw.IsNull() {
		target, err := parseProjectRoleImportID(req.ID, b.conn.orgID.ValueString())
		if err != nil {
			diags.Append(invalidImportID(req.ID, err))
		}
		return target
	}
	person := importIdentity(ctx, req, "email", diags)
	var projectID types.String
	diags.Append(req.Identity.GetAttribute(ctx, path.Root("project_id"), &projectID)...)
	switch {
	case diags.HasError():
	case projectID.ValueString() == "":
		diags.Append(invalidIdentity("project_id", identityLacks("project_id")))
	case !projectIDPattern.MatchString(projectID.ValueString()):
		diags.Append(invalidIdentity("project_id", identityOfNoProject(projectID.ValueString())))
	}
	return projectRoleImport{orgID: person.orgID, projectID: projectID.ValueString(), email: person.thing}
}
