package provider

import (
	"context"
	"errors"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// ModifyPlan shows what happens to the grant: created, adopted, changed or revoked. Planned values
// come from the configuration and the state; Neon's current state affects only errors and warnings.
func (r *projectMemberRoleResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var state, plan, configured projectMemberRoleModel
	diags := &resp.Diagnostics
	exists := !req.State.Raw.IsNull()
	if exists {
		diags.Append(req.State.Get(ctx, &state)...)
	}
	if diags.HasError() {
		return
	}
	object := memberObject{nonce: nonceOf(ctx, req.Private), neonEmail: privateText(ctx, req.Private, neonEmailKey)}
	object.shared = privateText(ctx, req.Private, sharedKey) != ""
	if req.Plan.Raw.IsNull() {
		promised, removal := r.planGrantEnd(ctx, state, object, state.claim(destroys, object.nonce))
		diags.Append(removal...)
		if promised != nil && !diags.HasError() {
			diags.Append(promised.keep(ctx, resp.Private)...)
		}
		return
	}
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.Config.Get(ctx, &configured)...)
	if diags.HasError() {
		return
	}
	if exists {
		r.planChange(ctx, req, resp, grantPlan{state, plan, configured, object})
		return
	}
	r.planCreate(ctx, req, resp, plan, configured)
}

// grantPlan is a plan for an object of the state.
type grantPlan struct {
	state, plan, configured projectMemberRoleModel
	object                  memberObject
}

// promise is what a forced replacement may remove: Terraform plans only its create half.
func (r *projectMemberRoleResource) promise(state projectMemberRoleModel, object memberObject) promise {
	return promise{
		Walk: r.conn.walk, Nonce: object.nonce, OrgID: state.OrgID.ValueString(), ProjectID: state.ProjectID.ValueString(),
		Email: state.Email.ValueString(), MemberID: state.MemberID.ValueString(), Role: state.Role.ValueString(),
		AllowSelfLockout: state.AllowSelfDemotion.ValueBool(),
	}
}

// planCreate plans a new grant, which may be the create half of a replacement. All computed values are unknown: Neon's values
// may change before the apply.
func (r *projectMemberRoleResource) planCreate(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan, configured projectMemberRoleModel,
) {
	diags := &resp.Diagnostics
	again, isAgain := readPromise(ctx, req.Private)
	plan.setComputedUnknown(configured)
	orgID, decided := r.newOrgID(configured.OrgID)
	plan.OrgID = orgID
	again.Replaced, again.Created = true, !isAgain
	diags.Append(again.keep(ctx, resp.Private)...)
	diags.Append(resp.Plan.Set(ctx, plan)...)
	if diags.HasError() || !r.conn.known() {
		return
	}
	named := !configured.Email.IsUnknown() && !configured.MemberID.IsUnknown() && !plan.ProjectID.IsUnknown()
	if isAgain && !again.Shown {
		r.planForcedEnd(ctx, again, plan, named, diags)
	}
	if diags.HasError() || !decided || !named {
		return
	}
	org, orgDiags := r.conn.organization(ctx, configured.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	diags.Append(r.conn.planNewGrant(ctx, org, plan, again)...)
}

// sameGrant reports whether the create half of a replacement is for the grant that ends.
func (p promise) sameGrant(projectID, email, memberID string) bool {
	return projectID == p.ProjectID && samePerson(email, memberID, p.Email, p.MemberID)
}

// planForcedEnd is for -replace and replace_triggered_by: the guards of the destroy half, so that nothing is taken away
// before one refuses. Terraform shows no warnings of this call; Delete gives them.
func (r *projectMemberRoleResource) planForcedEnd(
	ctx context.Context, again promise, plan projectMemberRoleModel, named bool, diags *diag.Diagnostics,
) {
	org, orgDiags := r.conn.organization(ctx, types.StringValue(again.OrgID))
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	if named && !again.sameGrant(plan.ProjectID.ValueString(), plan.Email.ValueString(), plan.MemberID.ValueString()) {
		found := r.conn.grants.claim(again.ProjectID, claim{
			kind: destroys, object: again.Nonce, by: projectMemberRoleType, role: again.Role,
			email: again.Email, memberID: again.MemberID, replacement: true,
		}, false)
		if found.problem != nil {
			diags.Append(found.problem)
			return
		}
	}
	member, isMember, err := org.ProjectMember(ctx, again.ProjectID, again.MemberID, "")
	switch {
	case err != nil && r.conn.projectIsGone(ctx, org, again.ProjectID, err):
	case err != nil:
		diags.Append(r.conn.cannotSeeProjectRole(ctx, org.ID, again.ProjectID, again.Email, err))
	case isMember && member.Granted != "":
		diags.Append(r.conn.guardGrant(ctx, org, grantChange{again.ProjectID, again.Email, member, "", again.AllowSelfLockout})...)
	}
}

// planNewGrant claims the grant of a create, and shows its effect. again is the promise of a replacement.
func (c *connection) planNewGrant(
	ctx context.Context, org *neon.Organization, plan projectMemberRoleModel, again promise,
) diag.Diagnostics {
	projectID := plan.ProjectID.ValueString()
	member, diags := c.findProjectMember(ctx, org, projectID, plan)
	if diags.HasError() {
		return diags
	}
	wanted := claim{kind: creates, by: projectMemberRoleType, role: plan.Role.ValueString(), email: member.Email, memberID: member.MemberID}
	replaced := !again.Created
	endsBefore := false
	if replaced {
		wanted.object, wanted.replacement = again.Nonce, true
		if again.sameGrant(projectID, member.Email, member.MemberID) {
			wanted.kind, endsBefore = keeps, true
		}
	}
	prior, isTainted := c.grants.undecided(projectID, projectMemberRoleType, member.Email, member.MemberID)
	found := c.grants.claim(projectID, wanted, false)
	if found.problem != nil {
		return diag.Diagnostics{found.problem}
	}
	if plan.Role.IsUnknown() {
		return nil
	}
	if isTainted && !replaced {
		endsBefore = true
		diags.Append(c.guardGrant(ctx, org, grantChange{projectID, prior.email, member, "", false})...)
	}
	change := grantChange{projectID, plan.who(), member, plan.Role.ValueString(), plan.AllowSelfDemotion.ValueBool()}
	if endsBefore {
		change.member = member.With("")
	}
	if !diags.HasError() {
		diags.Append(c.announceGrant(ctx, org, change)...)
	}
	return diags
}

// announceGrant shows the effect of a grant: refused, adopted, or none.
func (c *connection) announceGrant(ctx context.Context, org *neon.Organization, change grantChange) diag.Diagnostics {
	if change.member.Granted == change.to {
		diags := diag.Diagnostics{grantAdopted(change)}
		diags.Append(warnNoEffect(org.ID, change)...)
		return diags
	}
	diags := c.guardGrant(ctx, org, change)
	if diags.HasError() {
		return diags
	}
	if change.member.Granted != "" {
		diags.Append(otherGrantAdopted(change))
	}
	diags.Append(warnNoEffect(org.ID, change)...)
	return diags
}

// warnNoEffect says that a grant does not add to the default of the organization role.
func warnNoEffect(orgID string, change grantChange) diag.Diagnostics {
	switch {
	case change.member.OrgRole == neon.RoleAdmin:
		return diag.Diagnostics{grantOfAdmin(orgID, change)}
	case change.noEffect():
		return diag.Diagnostics{grantWithoutEffect(change)}
	default:
		return nil
	}
}

// planChange plans an object in the state: unchanged, updated in place, or replaced.
func (r *projectMemberRoleResource) planChange(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, p grantPlan,
) {
	diags := &resp.Diagnostics
	diags.Append(r.promise(p.state, p.object).keep(ctx, resp.Private)...)
	if waits(req, resp, p.state.who(), "org_id", "project_id", "email", "member_id", "role") {
		if r.conn.known() && !diags.HasError() {
			r.keepGrant(p, diags)
		}
		return
	}
	planned, otherOrg := r.planOrgID(p.configured.OrgID, p.state.OrgID, resp)
	p.plan.OrgID = planned
	replace := r.requireReplace(p, resp)
	if otherOrg || replace {
		p.plan.setComputedUnknown(p.configured)
		diags.Append(resp.Plan.Set(ctx, p.plan)...)
		if r.conn.known() && !diags.HasError() {
			r.planReplacement(ctx, resp, p)
		}
		return
	}
	p.plan.copyComputed(p.state, p.configured)
	if !p.plan.Role.Equal(p.state.Role) {
		p.plan.setAccessUnknown()
	}
	diags.Append(resp.Plan.Set(ctx, p.plan)...)
	if r.conn.known() && !diags.HasError() {
		r.planRole(ctx, p, diags)
	}
}

// requireReplace reports whether the configuration names another project or person than the state. A new address of the
// same member is no other person.
func (r *projectMemberRoleResource) requireReplace(p grantPlan, resp *resource.ModifyPlanResponse) bool {
	before := len(resp.RequiresReplace)
	if !p.plan.ProjectID.Equal(p.state.ProjectID) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("project_id"))
	}
	email := p.configured.Email
	if !email.IsNull() && !email.Equal(p.state.Email) && email.ValueString() != p.object.neonEmail {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("email"))
	}
	if !p.configured.MemberID.IsNull() && !p.configured.MemberID.Equal(p.state.MemberID) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("member_id"))
	}
	return len(resp.RequiresReplace) > before
}

// planReplacement plans another person, project or organization: one grant ends, another one starts.
func (r *projectMemberRoleResource) planReplacement(ctx context.Context, resp *resource.ModifyPlanResponse, p grantPlan) {
	diags := &resp.Diagnostics
	diags.Append(r.guardSameMember(ctx, p)...)
	if diags.HasError() {
		return
	}
	ended := p.state.claim(destroys, p.object.nonce)
	ended.replacement = true
	promised, removal := r.planGrantEnd(ctx, p.state, p.object, ended)
	diags.Append(removal...)
	if promised != nil && !diags.HasError() {
		diags.Append(promised.keep(ctx, resp.Private)...)
	}
}

// guardSameMember refuses a replacement for the very member whose address has changed to the new one since the last read.
func (r *projectMemberRoleResource) guardSameMember(ctx context.Context, p grantPlan) diag.Diagnostics {
	email := p.configured.Email.ValueString()
	if email == "" || email == p.state.Email.ValueString() || !p.plan.ProjectID.Equal(p.state.ProjectID) {
		return nil
	}
	org, diags := r.conn.organization(ctx, p.state.OrgID)
	if diags.HasError() {
		return diags
	}
	member, isMember, err := org.Member(ctx, p.state.MemberID.ValueString())
	if err == nil && isMember && member.Email == email {
		diags.Append(addressHasChanged(p.state.Email.ValueString(), email))
	}
	return diags
}

// keepGrant claims the grant of an object that stays.
func (r *projectMemberRoleResource) keepGrant(p grantPlan, diags *diag.Diagnostics) {
	kept := p.state.claim(keeps, p.object.nonce)
	found := r.conn.grants.claim(p.state.ProjectID.ValueString(), kept, false)
	if found.problem != nil {
		diags.Append(found.problem)
	}
}

// planRole plans an update of the role.
func (r *projectMemberRoleResource) planRole(ctx context.Context, p grantPlan, diags *diag.Diagnostics) {
	r.keepGrant(p, diags)
	if diags.HasError() {
		return
	}
	if !p.configured.Email.IsNull() && p.object.neonEmail != "" && p.object.neonEmail != p.configured.Email.ValueString() {
		diags.Append(newAddressOfGrant(p.state.MemberID.ValueString(), p.configured.Email.ValueString(), p.object.neonEmail))
	}
	role := p.plan.Role.ValueString()
	if role == p.state.Role.ValueString() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, p.state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	projectID := p.state.ProjectID.ValueString()
	member, found := r.conn.findProjectMember(ctx, org, projectID, p.state)
	diags.Append(found...)
	if diags.HasError() {
		return
	}
	diags.Append(guardPriorGrant(p.state, role, member)...)
	change := grantChange{projectID, p.plan.who(), member, role, p.plan.AllowSelfDemotion.ValueBool()}
	if !diags.HasError() && member.Granted != role {
		diags.Append(r.conn.guardGrant(ctx, org, change)...)
	}
	if !diags.HasError() {
		diags.Append(warnNoEffect(org.ID, change)...)
	}
}

// guardPriorGrant refuses an update that its prior state does not explain: the member was granted more by now.
func guardPriorGrant(state projectMemberRoleModel, role string, member neon.ProjectMember) diag.Diagnostics {
	prior := state.Role.ValueString()
	if neon.StrongerProjectRole(member.Granted, prior) && neon.StrongerProjectRole(member.Granted, role) {
		return diag.Diagnostics{strongerGrant(state.ProjectID.ValueString(), state.who(), prior, member.Granted, role)}
	}
	return nil
}

// planGrantEnd plans a destroy, and stores the promise for Delete. ended is the claim of the destroy.
func (r *projectMemberRoleResource) planGrantEnd(
	ctx context.Context, state projectMemberRoleModel, object memberObject, ended claim,
) (*promise, diag.Diagnostics) {
	if !r.conn.known() {
		return nil, nil
	}
	org, diags := r.conn.organization(ctx, state.OrgID)
	if diags.HasError() {
		return nil, diags
	}
	promised := r.promise(state, object)
	promised.Shown = true
	projectID, who := state.ProjectID.ValueString(), state.who()
	found := r.conn.grants.claim(projectID, ended, object.shared)
	switch {
	case found.problem != nil:
		diags.Append(found.problem)
		return &promised, diags
	case found.forget:
		promised.Forget = true
		diags.Append(grantKeptByAnother(projectID, who))
		return &promised, diags
	}
	member, isMember, err := org.ProjectMember(ctx, projectID, promised.MemberID, "")
	switch {
	case err != nil && r.conn.projectIsGone(ctx, org, projectID, err): // and its grants with it
	case err != nil:
		return nil, diag.Diagnostics{r.conn.cannotSeeProjectRole(ctx, org.ID, projectID, who, err)}
	case isMember && member.Granted != "":
		promised.Role = member.Granted // for a resource that left the configuration, Terraform drops what the read found
		change := grantChange{projectID, who, member, "", state.AllowSelfDemotion.ValueBool()}
		diags.Append(r.conn.guardGrant(ctx, org, change)...)
		if !diags.HasError() {
			diags.Append(accessLeft(change))
		}
	}
	return &promised, diags
}

// findProjectMember looks up the member that a grant is for, or says why there is none.
func (c *connection) findProjectMember(
	ctx context.Context, org *neon.Organization, projectID string, grant projectMemberRoleModel,
) (neon.ProjectMember, diag.Diagnostics) {
	memberID, email := grant.MemberID.ValueString(), grant.Email.ValueString()
	member, isMember, err := org.ProjectMember(ctx, projectID, memberID, email)
	switch {
	case err != nil:
		return member, diag.Diagnostics{c.cannotSeeProjectRole(ctx, org.ID, projectID, grant.who(), err)}
	case isMember:
		return member, nil
	}
	person, err := org.Person(ctx, memberID, email)
	switch {
	case err != nil:
		return member, diag.Diagnostics{cannotSeePerson(grant.who(), err)}
	case email != "" && person.Pending():
		return member, diag.Diagnostics{notJoinedYet(org.ID, projectID, email, person.Invitation.Role)}
	default:
		return member, diag.Diagnostics{nobodyToGrant(org.ID, projectID, grant.who(), c.keyInUse(ctx))}
	}
}

// lockProjectMember is findProjectMember, after other resources that work on the person's grants in the project.
func (c *connection) lockProjectMember(
	ctx context.Context, org *neon.Organization, grant projectMemberRoleModel,
) (member neon.ProjectMember, unlock func(), diags diag.Diagnostics) {
	projectID := grant.ProjectID.ValueString()
	member, diags = c.findProjectMember(ctx, org, projectID, grant)
	if diags.HasError() {
		return member, func() {}, diags
	}
	unlock, err := c.grants.lock(ctx, projectID, member.MemberID)
	if err != nil {
		return member, func() {}, diag.Diagnostics{cannotGiveProjectRole(grant.who(), err)}
	}
	member, diags = c.findProjectMember(ctx, org, projectID, grant) // what was running may have changed it
	return member, unlock, diags
}

// guardGrant guards a new, changed or revoked grant.
func (c *connection) guardGrant(ctx context.Context, org *neon.Organization, change grantChange) diag.Diagnostics {
	caller, diags := c.caller(ctx)
	if diags.HasError() {
		return diags
	}
	diags.Append(c.guardProjectAdmin(ctx, org, change, caller)...)
	if !change.lessens() {
		return diags
	}
	switch {
	case c.protected[change.member.Email], c.protected[change.who]:
		diags.Append(protectedGrant(change))
	case c.protectsAll:
		diags.Append(everyoneProtectedGrant(change))
	}
	switch {
	case !ownGrant(caller, change.member) || !change.endsManaging():
	case change.allowDemotion:
		diags.Append(demotesSelf(change))
	default:
		diags.Append(wouldDemoteSelf(change))
	}
	return diags
}

// guardProjectAdmin guards operations that require an admin of the project, with a personal key. Every admin of the organization
// is one.
func (c *connection) guardProjectAdmin(
	ctx context.Context, org *neon.Organization, change grantChange, caller neon.Caller,
) diag.Diagnostics {
	if caller.KeyType != neon.PersonalKey {
		return nil
	}
	self, isMember, err := org.ProjectMember(ctx, change.projectID, "", caller.Email)
	switch {
	case err != nil || !isMember || managesProject(self.Effective): // what cannot be seen is left to Neon
		return nil
	case c.readOnly:
		var diags diag.Diagnostics
		c.warnLesserKey(withProjectRole(keyWords(caller), change.projectID, self.Effective), &diags)
		return diags
	default:
		return diag.Diagnostics{needsProjectAdmin(change, keyWords(caller), self.Effective)}
	}
}

// ownGrant reports whether the provider uses the personal key of a member.
func ownGrant(caller neon.Caller, member neon.ProjectMember) bool {
	return ownKeyOf(caller, neon.Member{UserID: member.UserID, Email: member.Email})
}

// keyInUse describes the key in use, if it is known.
func (c *connection) keyInUse(ctx context.Context) string {
	caller, diags := c.caller(ctx)
	if diags.HasError() {
		key, _ := c.key(ctx)
		caller = neon.Caller{Key: key}
	}
	return keyWords(caller)
}

// isNotFound reports whether Neon itself returned 404.
func isNotFound(err error) bool {
	refusal, ok := neon.AsError(err)
	return ok && refusal.Status == http.StatusNotFound && refusal.Refusal() != neon.NotNeon
}

// cannotSeeProjectRole says that a project's members could not be listed, and what was looked for.
func (c *connection) cannotSeeProjectRole(ctx context.Context, orgID, projectID, who string, err error) diag.Diagnostic {
	return c.aboutProject(ctx, cannotSeeRoleIn(projectID, who, err), orgID, projectID, err)
}

// cannotSetProjectRole says that a grant could not be changed.
func (c *connection) cannotSetProjectRole(ctx context.Context, orgID string, change grantChange, err error) diag.Diagnostic {
	problem := cannotTakeProjectRole(change.who, err)
	if change.to != "" {
		problem = cannotGiveProjectRole(change.who, err)
	}
	caller, diags := c.caller(ctx)
	if !diags.HasError() && ownGrant(caller, change.member) && !change.allowDemotion && plainRefusal(err) {
		return withAdvice(problem, neonAsksToConfirm)
	}
	return c.aboutProject(ctx, problem, orgID, change.projectID, err)
}

// aboutProject adds the project and the key to a failure that the project may have caused.
func (c *connection) aboutProject(ctx context.Context, problem diag.Diagnostic, orgID, projectID string, err error) diag.Diagnostic {
	if !isNotFound(err) && !errors.Is(err, neon.ErrForeignProject) {
		return problem
	}
	return withAdvice(problem, lookedForProject(orgID, projectID, c.keyInUse(ctx)))
}
