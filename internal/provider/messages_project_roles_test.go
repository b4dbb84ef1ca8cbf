package provider

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// sampleProjectRoleMessages are sampleMessages for the roles in projects.
func sampleProjectRoleMessages() map[string]struct {
	names   string
	message diag.Diagnostic
} {
	const org, project, email, other, key = "org-1", "shiny-wind-1", "dev@example.com", "new@example.com", "an organization key of org-1"
	refused := errors.New("GET /projects/shiny-wind-1/members: the sample failed")
	viewer := neon.ProjectMember{MemberID: "m1", Email: email, OrgRole: "viewer", Default: "viewer", GrantSource: "org_role_default", Effective: "viewer"}
	guest := neon.ProjectMember{MemberID: "m1", Email: email, OrgRole: "collaborator", GrantSource: "unassigned"}
	raised := grantChange{projectID: project, who: email, member: viewer, to: "editor"}
	useless := grantChange{projectID: project, who: email, member: viewer, to: "viewer"}
	lowered := grantChange{projectID: project, who: email, member: viewer.With("admin"), to: "editor"}
	taken := grantChange{projectID: project, who: email, member: viewer.With("admin")}
	lost := grantChange{projectID: project, who: email, member: guest.With("admin")}
	here := claim{by: projectMemberRoleType, role: "viewer", email: email, memberID: "m1"}
	there := claim{by: projectMemberRoleType, role: "editor", email: other, memberID: "m1"}

	type sample = struct {
		names   string
		message diag.Diagnostic
	}
	return map[string]sample{
		"cannotSeeRoleIn":          {email, cannotSeeRoleIn(project, email, refused)},
		"cannotSeeRoleIn/project":  {email, withAdvice(cannotSeeRoleIn(project, email, refused), lookedForProject(org, project, key))},
		"cannotListProjectMembers": {project, cannotListProjectMembers(project, refused)},
		"cannotGiveProjectRole":    {email, cannotGiveProjectRole(email, refused)},
		"cannotGive…/oneself":      {email, withAdvice(cannotGiveProjectRole(email, refused), neonAsksToConfirm)},
		"cannotTakeProjectRole":    {email, cannotTakeProjectRole(email, refused)},

		"notJoinedYet":            {email, notJoinedYet(org, project, email, "collaborator")},
		"nobodyToGrant":           {email, nobodyToGrant(org, project, email, key)},
		"grantAdopted":            {email, grantAdopted(raised)},
		"otherGrantAdopted":       {email, otherGrantAdopted(lowered)},
		"grantWithoutEffect":      {email, grantWithoutEffect(useless)},
		"grantOfAdmin":            {email, grantOfAdmin(org, raised)},
		"accessLeft":              {email, accessLeft(taken)},
		"accessLeft/none":         {email, accessLeft(lost)},
		"grantIsGone":             {email, grantIsGone(project, email, "viewer")},
		"grantOfWhoLeft":          {email, grantOfWhoLeft(org, project, email)},
		"projectGone":             {project, projectGone(org, project)},
		"strongerGrant":           {email, strongerGrant(project, email, "viewer", "admin", "editor")},
		"strongerGrant/destroy":   {email, strongerGrant(project, email, "viewer", "admin", "")},
		"needsProjectAdmin":       {email, needsProjectAdmin(raised, key, "")},
		"lesserKey/project":       {"key", lesserKey(withProjectRole(key, project, "viewer"))},
		"protectedGrant":          {email, protectedGrant(lowered)},
		"protectedGrant/destroy":  {email, protectedGrant(lost)},
		"everyoneProtectedGrant":  {email, everyoneProtectedGrant(lowered)},
		"demotesSelf":             {email, demotesSelf(lowered)},
		"wouldDemoteSelf":         {email, wouldDemoteSelf(taken)},
		"rotateCredentials":       {email, rotateCredentials(project, email)},
		"rotateAPIKeys":           {email, rotateAPIKeys(project, email)},
		"grantTakenByReplacement": {email, grantTakenByReplacement(project, email, "viewer")},
		"grantKeptByAnother":      {email, grantKeptByAnother(project, email)},
		"deposedGrantStays":       {email, deposedGrantStays(org, project, email)},
		"newAddressOfGrant":       {email, newAddressOfGrant("m1", email, other)},
		"twoGrants":               {email, twoGrants(project, here, there)},
		"renamedGrant":            {email, renamedGrant(project, there, here)},
		"grantDestroyedAndKept":   {email, grantDestroyedAndKept(project, there, here)},
		"noProjectRole":           {email, noProjectRole(org, project, email)},
		"invalidImportID/project": {"a/b", invalidImportID("a/b", wrongProjectRoleImportID("a/b", hasTooFewParts))},
		"invalidIdentity/project": {"project_id", invalidIdentity("project_id", identityOfNoProject("A/B"))},
	}
}
