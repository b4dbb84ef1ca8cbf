package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// The messages about imports.

func invalidImportID(id string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic(fmt.Sprintf("Invalid import ID %q", id), err.Error()+".")
}

// wrongImportID says why an import ID is refused, and what describes the right one.
func wrongImportID(id, why, what string) error {
	return fmt.Errorf("%q %s. Write ORG_ID/THING or, for the provider's organization, THING, where THING is %s", id, why, what)
}

// The objects that an import ID can name.
const (
	memberThing     = "the person's e-mail address or member ID (a UUID)"
	invitationThing = "the invited e-mail address or the invitation's ID (a UUID)"
)

const (
	hasEmptyPart    = "has an empty part"
	hasTooManyParts = "has more than two parts"
)

func beginsWithNoOrganization(orgID string) string {
	return fmt.Sprintf("begins with %q, which is not an organization ID (it %s)", orgID, orgIDForm)
}

// invalidOrganizationImportID is for what an organization has once; what names it.
func invalidOrganizationImportID(id, what string) diag.Diagnostic {
	return invalidImportID(id, fmt.Errorf(
		"%q is not an organization ID. Write the ID of the %s's organization, which %s", id, what, orgIDForm))
}

func invalidIdentity(attribute, problem string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Invalid import identity: "+attribute, problem)
}

func identityLacks(attribute string) string {
	return fmt.Sprintf("The identity lacks a value for %s. Write one.", attribute)
}

// identityForm says which form an attribute of an identity must have.
func identityForm(attribute, form string) string {
	return fmt.Sprintf("The identity's %s %s.", attribute, form)
}

func identityOfNoOrganization(orgID string) string {
	return fmt.Sprintf("The identity's org_id %s, not %q. Write the ID, or omit org_id to use the provider's organization.", orgIDForm, orgID)
}

func nobodyToImport(orgID, who string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("No such person: "+who, fmt.Sprintf(
		"%q is not the e-mail address or member ID of a member of %s, and not the e-mail address of an invitee. "+
			"Check it against the data sources neon_organization_members and neon_organization_invitations.", who, orgID))
}

func noSuchInvitation(orgID, who string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("No such invitation: "+who, fmt.Sprintf(
		"%s has no listed invitation with the e-mail address or ID %q. Neon may not list accepted invitations. "+
			"Check it against the data source neon_organization_invitations. Import a member as neon_organization_member.", orgID, who))
}

func cannotImport(who string, err error) diag.Diagnostic {
	return failure("Cannot import "+who, err)
}

func cannotImportInvitation(who string, err error) diag.Diagnostic {
	return failure("Cannot import the invitation "+who, err)
}
