package provider

import (
	"cmp"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// The messages about the roles of members in projects.

func projectRoleOperation(who string) string { return "Changing the project role of " + who }

// orNo is a role in a project, or that there is none.
func orNo(role string) string { return cmp.Or(role, "no access") }

func cannotSeeRoleIn(projectID, who string, err error) diag.Diagnostic {
	return failure(fmt.Sprintf("Cannot read the role of %s in project %s", who, projectID), err)
}

func cannotListProjectMembers(projectID string, err error) diag.Diagnostic {
	return failure("Cannot list the members of project "+projectID, err)
}

func cannotGiveProjectRole(who string, err error) diag.Diagnostic {
	return failure("Cannot grant a project role to "+who, err)
}

func cannotTakeProjectRole(who string, err error) diag.Diagnostic {
	return failure("Cannot revoke the project role of "+who, err)
}

// lookedForProject is added to a failure that the project may have caused.
func lookedForProject(orgID, projectID, key string) string {
	return paragraphs(
		fmt.Sprintf("Looked for project %s in %s, with %s.", projectID, orgID, key),
		"Possible reasons:\n\n"+
			"- No such project: Check project_id. If the project was deleted, remove its roles from the configuration.\n"+
			"- Another organization: the project is not in this one. Check org_id.\n"+
			"- No access: the owner of the key does not see the project. Use the key of an admin, or an organization key.\n"+
			"- No project roles: Neon has not enabled them for this organization.")
}

// neonAsksToConfirm is added to a refusal about one's own role.
const neonAsksToConfirm = "This is the role of the owner of the API key, and Neon asks to confirm such a change. " +
	"If it is intended, set allow_self_demotion = true."

// notJoinedYet refuses a grant for an invitee.
func notJoinedYet(orgID, projectID, email, role string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("email"), "Not joined yet: "+email, paragraphs(
		fmt.Sprintf("%s is invited to %s as %s, and has not accepted. Only a member can have a role in project %s: "+
			"grant it after they have joined.", email, orgID, role, projectID),
		choose(
			"Wait until they have accepted, then plan again.",
			"Grant roles only to people who have joined: filter the for_each with the data source neon_organization_members.",
			whenDestroying)))
}

// nobodyToGrant refuses a grant for a person that Neon does not know.
func nobodyToGrant(orgID, projectID, who, key string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Not a member: "+who, paragraphs(
		fmt.Sprintf("%s is neither a member of %s nor invited, so there is nobody to grant a role in project %s to. "+
			"The members were listed with %s.", who, orgID, projectID, key),
		choose(
			"Check the address or the member ID. The data source neon_organization_members lists all members.",
			"Invite the person with neon_organization_member, and grant the role after they have joined.",
			"If the person has left, remove the role from the configuration.",
			whenDestroying)))
}

// grantAdopted says that a create sends nothing.
func grantAdopted(change grantChange) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Existing project role adopted: "+change.who, fmt.Sprintf(
		"%s already has the role %s in project %s, granted outside of this state. The resource adopts it without a request, "+
			"and destroying the resource revokes it. %s", change.who, change.to, change.projectID, noAction))
}

// otherGrantAdopted says that a create changes a grant.
func otherGrantAdopted(change grantChange) diag.Diagnostic {
	return diag.NewWarningDiagnostic(
		fmt.Sprintf("Existing project role adopted and changed: %s, from %s to %s", change.who, change.member.Granted, change.to),
		paragraphs(
			fmt.Sprintf("%s already has the role %s in project %s, granted outside of this state. The resource changes it to %s.",
				change.who, change.member.Granted, change.projectID, change.to),
			fmt.Sprintf("To keep the role, write role = %q. If another resource or state manages it, remove it there first.",
				change.member.Granted)))
}

// grantWithoutEffect says that a grant is not above the default.
func grantWithoutEffect(change grantChange) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("No effect: %s as %s in project %s", change.who, change.to, change.projectID), fmt.Sprintf(
		"The organization role %s gives %s access to every project, and a grant only adds to it. "+
			"The grant takes effect if the organization role is lowered. "+
			"For less access, give a lower organization role: a collaborator sees only granted projects.",
		change.member.OrgRole, change.member.Default))
}

// grantOfAdmin says that the person has all access without the grant.
func grantOfAdmin(orgID string, change grantChange) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Organization admin: "+change.who, fmt.Sprintf(
		"%s is an admin of %s, and so an admin of every project. The grant of %s in project %s changes nothing "+
			"while the person is an admin. Remove it, unless you plan to lower the organization role.", change.who, orgID, change.to, change.projectID))
}

// accessLeft says what a destroy leaves: the default of the organization role.
func accessLeft(change grantChange) diag.Diagnostic {
	left := change.left()
	if left == "" {
		return diag.NewWarningDiagnostic(fmt.Sprintf("Loses access to project %s: %s", change.projectID, change.who), fmt.Sprintf(
			"The apply revokes the granted role %s, and the organization role %s gives no access. "+
				"This does not end the membership of %s in the organization. If the person should keep access, keep the resource.",
			change.member.Granted, change.member.OrgRole, change.who))
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("Keeps %s access to project %s: %s", left, change.projectID, change.who), fmt.Sprintf(
		"The apply revokes the granted role %s. This does not end the membership of %s in the organization, "+
			"and the organization role %s gives %s access to every project. For less access, give a lower organization role.",
		change.member.Granted, change.who, change.member.OrgRole, left))
}

// grantIsGone says that a grant in the state was revoked.
func grantIsGone(projectID, who, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Project role gone: "+who, fmt.Sprintf(
		"The role of %s as %s in project %s was revoked outside of Terraform. The next plan grants it again. "+
			"If this is intended, remove it from the configuration.", who, role, projectID))
}

// grantOfWhoLeft says that the member of a grant has left.
func grantOfWhoLeft(orgID, projectID, who string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Project role gone: "+who, fmt.Sprintf(
		"%s is no longer a member of %s, and the role in project %s ended with the membership. "+
			"Only members can have a project role: remove the role from the configuration.", who, orgID, projectID))
}

// projectGone says that a project was deleted or transferred.
func projectGone(orgID, projectID string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Project gone: "+projectID, fmt.Sprintf(
		"%s no longer has the project %s: it was deleted or transferred. "+
			"Its roles no longer exist. Remove them from the configuration.", orgID, projectID))
}

// strongerGrant refuses to revoke more than the plan showed. wanted is empty for a destroy.
func strongerGrant(projectID, who, was, is, wanted string) diag.Diagnostic {
	does := fmt.Sprintf("revokes the role %s of %s", was, who)
	if wanted != "" {
		does = fmt.Sprintf("changes the role of %s from %s to %s", who, was, wanted)
	}
	return diag.NewErrorDiagnostic("Project role changed since the plan: "+who, fmt.Sprintf(
		"In project %s, the plan %s. The granted role is now %s. %s", projectID, does, is, planAgain))
}

func needsProjectAdmin(change grantChange, key, role string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(projectRoleOperation(change.who)+" needs an admin of the project", paragraphs(
		fmt.Sprintf("The provider uses %s, and the owner's role in project %s is %s. "+
			"Neon lets only admins of the project and of the organization change its roles.", key, change.projectID, orNo(role)),
		choose(
			"Use the key of such an admin, or an organization key (argument api_key or environment variable "+envAPIKey+").",
			useAlias, useReadOnly, whenDestroying)))
}

// withProjectRole is a key and its owner's role in a project, for lesserKey.
func withProjectRole(key, projectID, role string) string {
	return fmt.Sprintf("%s, whose owner's role in project %s is %s", key, projectID, orNo(role))
}

// fate is what a change does to a person, after "would".
func (g grantChange) fate() string {
	return fmt.Sprintf("have %s in project %s instead of %s", orNo(g.left()), g.projectID, orNo(g.member.Effective))
}

// forgetDeposed is the way out of an end that is refused: a deposed object cannot be changed.
func (g grantChange) forgetDeposed() string {
	if g.to != "" {
		return ""
	}
	return "If this is a deposed object, forget it, and then import the other object with its address:\n\n" + forgetTheObject
}

func protectedGrant(change grantChange) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Protected: "+change.who, paragraphs(
		fmt.Sprintf("%s would %s. The address is in protected_members (provider argument, or environment variable %s): "+
			"the provider never lowers the access of these people.", change.who, change.fate(), envProtectedMembers),
		"If this is intended, remove the address from protected_members first.",
		change.forgetDeposed()))
}

func everyoneProtectedGrant(change grantChange) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Protected: "+change.who, paragraphs(
		fmt.Sprintf("%s would %s. The provider's argument protected_members is known only after apply; until then everyone is protected.",
			change.who, change.fate()),
		choose(
			"Apply what protected_members depends on first: "+targetAnAddress+".",
			"Take the addresses from a variable.",
			"For a destroy, omit -refresh=false.")))
}

func demotesSelf(change grantChange) diag.Diagnostic {
	return diag.NewWarningDiagnostic("You demote yourself: "+change.who, fmt.Sprintf(
		"%s owns the API key of this run, and will %s. allow_self_demotion permits it. "+
			"Use the key of another admin for the next run.", change.who, change.fate()))
}

func wouldDemoteSelf(change grantChange) diag.Diagnostic {
	return diag.NewErrorDiagnostic("You would demote yourself: "+change.who, paragraphs(
		fmt.Sprintf("%s owns the API key of this run, and would %s. This key could then no longer change "+
			"the roles of the project.", change.who, change.fate()),
		choose(
			"Use the key of another admin, or an organization key.",
			"If this is intended, set allow_self_demotion = true on this resource. Before a destroy, apply it first."),
		change.forgetDeposed()))
}

// rotateCredentials and rotateAPIKeys pass on what Neon recommends after a change.
func rotateCredentials(projectID, who string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("Rotate the credentials of project %s: %s may know them", projectID, who),
		"Neon recommends this after the change: a person with less access still knows the database passwords and connection strings "+
			"that they have seen.\n\nCreate new credentials: reset the passwords of the project's Postgres roles.")
}

func rotateAPIKeys(projectID, who string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("Rotate the API keys of project %s: %s has created some", projectID, who),
		"Neon recommends this after the change: API keys outlive the access of their creator.\n\n"+
			"Look at the data source neon_organization_api_keys (created_by_email), and revoke the keys that are not needed.")
}

// grantTakenByReplacement says what a forced replacement has taken away, where no plan has shown it.
func grantTakenByReplacement(projectID, who, role string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Project role revoked: "+who, fmt.Sprintf(
		"The replacement of the resource revokes the granted role %s in project %s of %s. %s", role, projectID, who, noAction))
}

// grantKeptByAnother says that a destroy leaves the grant because another object keeps it.
func grantKeptByAnother(projectID, who string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(who+" keeps the project role", fmt.Sprintf(
		"The state has another resource for the role of %s in project %s, which keeps it. This destroy removes the object from the state only. %s",
		who, projectID, noAction))
}

// deposedGrantStays says that a deposed object is forgotten.
func deposedGrantStays(orgID, projectID, who string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(who+" keeps the project role", fmt.Sprintf(
		"This is a deposed object: an earlier create_before_destroy replaced it and was interrupted. "+
			"This run created no other role in its place, so the destroy removes the role of %[1]s in project %[2]s from the state only.\n\n"+
			"To revoke it, import it and destroy it:\n\n%[3]s", who, projectID,
		importBlock(projectMemberRoleType, orgID+"/"+projectID+"/"+who)))
}

// newAddressOfGrant says that the configuration has a person's old address.
func newAddressOfGrant(memberID, was, is string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("email"), "Another e-mail address at Neon: "+was, fmt.Sprintf(
		"Neon now lists the member %[1]s as %[2]s. Write the new address; this sends no request:\n\n    email = %[2]q\n\n"+
			"If the address is a for_each key, also add the moved block:\n\n%[3]s", memberID, is, movedBlock(projectMemberRoleType, was, is)))
}

// twoGrants refuses two resources for one grant.
func twoGrants(projectID string, a, b claim) diag.Diagnostic {
	first, second := inOrder(a, b)
	person := first.email
	if first.email != second.email {
		person += " and " + second.email
	}
	return diag.NewErrorDiagnostic("Two project roles for "+person, fmt.Sprintf(
		"Two resources of this configuration manage the role of one member in project %s: %s for %s, and %s for %s. "+
			"A member has one granted role in a project.\n\n"+
			"Remove one of them from the configuration. If it is already in the state, forget it first:\n\n%s",
		projectID, first.describe(), first.email, second.describe(), second.email, forgetTheObject))
}

// renamedGrant refuses to destroy one resource for a grant and to create another in one plan.
func renamedGrant(projectID string, destroyed, created claim) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Renamed without a moved block: "+created.email, paragraphs(
		fmt.Sprintf("This plan destroys one %[1]s for %[2]s in project %[3]s and creates another one for the same member. "+
			"The person could lose the role. If it is the same resource, add a moved block:", created.by, created.email, projectID),
		movedBlock(created.by, destroyed.email, created.email),
		"Resources without for_each have no key in brackets. With count, a shorter list moves people to other indexes: "+
			"use for_each over the addresses instead.",
		"If another configuration should manage the role, use a removed block with lifecycle { destroy = false }."))
}

// grantDestroyedAndKept refuses to destroy an object whose grant another one keeps.
func grantDestroyedAndKept(projectID string, destroyed, kept claim) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two project roles for "+kept.email, fmt.Sprintf(
		"The state has two resources for the role of this member in project %s: %s, which this plan destroys, and %s, which it keeps. "+
			"The destroy would revoke the role of the other resource.\n\n"+
			"Forget the resource to be destroyed:\n\n%s\n"+
			"A removed block with lifecycle { destroy = false } does the same.",
		projectID, destroyed.describe(), kept.describe(), forgetTheObject))
}

// noProjectRole is the error of an import.
func noProjectRole(orgID, projectID, who string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("No project role to import: "+who, fmt.Sprintf(
		"No member of %[2]s with the e-mail address or member ID %[1]q has a granted role in project %[3]s. "+
			"Access that comes from the organization role alone cannot be imported. "+
			"Check it against the data source neon_project_members, which lists the granted roles.", who, orgID, projectID))
}

// The form of the import ID of a project role.
const (
	projectRoleImportForm = "Write ORG_ID/PROJECT_ID/MEMBER or, for the provider's organization, PROJECT_ID/MEMBER, " +
		"where MEMBER is the e-mail address or member ID (a UUID)"
	hasTooFewParts = "has too few parts"
	hasExtraParts  = "has too many parts"
)

// wrongProjectRoleImportID says why an import ID is refused.
func wrongProjectRoleImportID(id, why string) error {
	return fmt.Errorf("%q %s. %s", id, why, projectRoleImportForm)
}

func beginsWithNoProject(projectID string) string {
	return fmt.Sprintf("names the project %q, which is not a project ID (it %s)", projectID, projectIDForm)
}

func identityOfNoProject(projectID string) string {
	return fmt.Sprintf("The identity's project_id %s, not %q. Check it against the data source neon_projects.", projectIDForm, projectID)
}
