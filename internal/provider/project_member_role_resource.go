package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

var (
	_ resource.ResourceWithConfigure   = (*projectMemberRoleResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*projectMemberRoleResource)(nil)
	_ resource.ResourceWithImportState = (*projectMemberRoleResource)(nil)
	_ resource.ResourceWithIdentity    = (*projectMemberRoleResource)(nil)
)

const (
	projectMemberRoleType = "neon_project_member_role"
	// namedByIDKey says that the configuration names the person by member ID, so that the state follows Neon's address.
	namedByIDKey = "named_by_id"
)

// projectMemberRoleResource is the granted role of one member in one project.
type projectMemberRoleResource struct{ resourceBase }

func newProjectMemberRoleResource() resource.Resource { return &projectMemberRoleResource{} }

func (r *projectMemberRoleResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_project_member_role"
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *projectMemberRoleResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	onlyOne := stringvalidator.ExactlyOneOf(path.MatchRoot("email"), path.MatchRoot("member_id"))
	resp.Schema = schema.Schema{
		MarkdownDescription: "Grants one member of the organization a role in one project, " +
			"in addition to the access that the organization role gives.",
		Attributes: map[string]schema.Attribute{
			"org_id": resourceOrgID(),
			"project_id": schema.StringAttribute{
				MarkdownDescription: "The ID of the project, as in `shiny-wind-028834`. Changing it replaces the resource.",
				Required:            true,
				Validators:          []validator.String{projectIDValidator()},
			},
			"email": schema.StringAttribute{
				MarkdownDescription: "The member's e-mail address, in lower case. Set exactly one of `email` and `member_id`. " +
					"Changing the person replaces the resource; a new address of the same member updates it in place.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.String{onlyOne, emailValidator{}},
			},
			"member_id": schema.StringAttribute{
				MarkdownDescription: "The UUID of the membership. Set exactly one of `email` and `member_id`. " +
					"Changing the member replaces the resource.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.String{onlyOne, stringvalidator.LengthAtLeast(1)},
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "The role in the project: " + wordList(neon.ProjectRoles) + ". " +
					"It adds to the default of the organization role, and never reduces it.",
				Required:   true,
				Validators: []validator.String{stringvalidator.OneOf(neon.ProjectRoles...)},
			},
			"allow_self_demotion": schema.BoolAttribute{
				MarkdownDescription: "Whether this resource may remove the right to manage the project from the owner of the personal " +
					"API key that the provider uses. Before a destroy, apply it first. " +
					"Default: `false`: such a plan fails.",
				Optional: true,
			},
			"user_id":  computed("The UUID of the person's Neon account."),
			"org_role": computed("The role in the organization."),
			"default_role": computed("The role that the organization role gives in every project: " + wordList(neon.ProjectRoles) + "; " +
				"null for a collaborator."),
			"effective_role": computed("The access to the project: the higher of `default_role` and `role`."),
			"grant_source":   computed("Why the person has access: " + wordList(neon.GrantSources) + "."),
		},
	}
}

func (r *projectMemberRoleResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = projectMemberIdentitySchema()
}

func (r *projectMemberRoleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, configured projectMemberRoleModel
	diags := &resp.Diagnostics
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.Config.Get(ctx, &configured)...)
	if diags.HasError() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, plan.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	projectID, role := plan.ProjectID.ValueString(), plan.Role.ValueString()
	member, unlock, lockDiags := r.conn.lockProjectMember(ctx, org, plan)
	defer unlock()
	diags.Append(lockDiags...)
	if diags.HasError() {
		return
	}
	if member.Granted != "" { // another process may have changed what an older list says
		now, still, err := org.ProjectMemberNow(ctx, projectID, member.MemberID, member.Email)
		switch {
		case err != nil:
			diags.Append(r.conn.cannotSeeProjectRole(ctx, org.ID, projectID, plan.who(), err))
			return
		case still:
			member = now
		}
	}
	if member.Granted != "" && r.conn.grants.destroyFailed(projectID, member.Email, member.MemberID) {
		diags.Append(stillInState(projectMemberRoleType, plan.who()+" in project "+projectID))
		return
	}
	if member.Granted != role {
		change := grantChange{projectID, plan.who(), member, role, plan.AllowSelfDemotion.ValueBool()}
		diags.Append(r.conn.setProjectRole(ctx, org, change)...)
	}
	if diags.HasError() {
		return
	}
	member = member.With(role)
	nonce := newNonce()
	plan.OrgID = types.StringValue(org.ID)
	plan.fillUnknown(member)
	diags.Append(resp.State.Set(ctx, plan)...)
	diags.Append(resp.Identity.Set(ctx, plan.identity(member.Email))...)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonce)...)
	diags.Append(rememberNamedByID(ctx, resp.Private, configured)...)
	diags.Append(rememberChange(ctx, resp.Private)...)
	r.conn.grants.markCreated(projectID, projectMemberRoleType, member.Email, member.MemberID, nonce)
}

// rememberNamedByID notes whether the configuration has the member ID.
func rememberNamedByID(ctx context.Context, private privateWriter, configured projectMemberRoleModel) diag.Diagnostics {
	named := ""
	if configured.Email.IsNull() {
		named = "yes"
	}
	return setPrivateText(ctx, private, namedByIDKey, named)
}

func (r *projectMemberRoleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state projectMemberRoleModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	if resp.Identity.Raw.IsNull() { // of an older state; also of a grant that is gone
		diags.Append(resp.Identity.Set(ctx, state.projectMemberIdentity)...)
	}
	if diags.HasError() {
		return
	}
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, nonceOf(ctx, req.Private))...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	if !r.conn.known() {
		r.conn.warnUnknown(diags)
		return
	}
	projectID := state.ProjectID.ValueString()
	this := object{
		privateText(ctx, resp.Private, nonceKey), projectMemberRoleType, state.Email.ValueString(), state.MemberID.ValueString(), false,
	}
	r.conn.grants.markRead(projectID, this) // before anything is waited for, so that two objects see each other
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	member, isMember, err := org.ProjectMember(ctx, projectID, this.memberID, this.email)
	if err == nil && member.Granted == "" {
		err = recheckRecent(ctx, req.Private, func(ctx context.Context) (bool, error) {
			var err error
			member, isMember, err = org.ProjectMemberNow(ctx, projectID, this.memberID, this.email)
			return member.Granted != "", err
		})
	}
	gone, problem := r.conn.grantGone(ctx, org, state, member, isMember, err)
	switch {
	case problem != nil && !gone:
		diags.Append(problem)
		return
	case gone:
		diags.Append(problem)
		resp.State.RemoveResource(ctx)
		return
	}
	if privateText(ctx, req.Private, namedByIDKey) != "" {
		state.Email = stringOrNull(member.Email)
	}
	state.set(member)
	diags.Append(resp.State.Set(ctx, state)...)
	diags.Append(resp.Identity.Set(ctx, state.identity(member.Email))...)
	neonEmail, shared := "", ""
	if member.Email != state.Email.ValueString() {
		neonEmail = member.Email
	}
	if r.conn.grants.sharesPerson(projectID, this) {
		shared = "yes"
	}
	diags.Append(setPrivateText(ctx, resp.Private, neonEmailKey, neonEmail)...)
	diags.Append(setPrivateText(ctx, resp.Private, sharedKey, shared)...)
}

// grantGone reports whether the grant in the state is gone, with a warning, or why that is unknown. A 404 proves nothing:
// the grant, or the project, must be missing from a complete list.
func (c *connection) grantGone(
	ctx context.Context, org *neon.Organization, state projectMemberRoleModel, member neon.ProjectMember, isMember bool, err error,
) (gone bool, message diag.Diagnostic) {
	projectID := state.ProjectID.ValueString()
	switch {
	case err != nil && c.projectIsGone(ctx, org, projectID, err):
		return true, projectGone(org.ID, projectID)
	case err != nil:
		return false, c.cannotSeeProjectRole(ctx, org.ID, projectID, state.who(), err)
	case !isMember:
		return true, grantOfWhoLeft(org.ID, projectID, state.who())
	case member.Granted == "":
		return true, grantIsGone(projectID, state.who(), state.Role.ValueString())
	default:
		return false, nil
	}
}

// projectIsGone reports whether the complete list of the organization's projects lacks one, which a failed request is
// about. Members of the organization who are not admins may not see all projects.
func (c *connection) projectIsGone(ctx context.Context, org *neon.Organization, projectID string, failed error) bool {
	if !isNotFound(failed) && !errors.Is(failed, neon.ErrForeignProject) {
		return false
	}
	caller, diags := c.caller(ctx)
	if diags.HasError() {
		return false
	}
	if caller.KeyType == neon.PersonalKey {
		self, isMember, err := org.MemberByEmail(ctx, caller.Email)
		if err != nil || !isMember || self.Role != neon.RoleAdmin {
			return false
		}
	}
	has, err := org.HasProject(ctx, projectID)
	return err == nil && !has
}

func (r *projectMemberRoleResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan, configured projectMemberRoleModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.Config.Get(ctx, &configured)...)
	diags.Append(stripPromise(ctx, resp.Private)...)
	if resp.Identity.Raw.IsNull() || !plan.Email.Equal(state.Email) { // what is planned in place is the address that Neon has
		diags.Append(resp.Identity.Set(ctx, plan.projectMemberIdentity)...)
		diags.Append(setPrivateText(ctx, resp.Private, neonEmailKey, "")...)
	}
	diags.Append(rememberNamedByID(ctx, resp.Private, configured)...)
	if diags.HasError() {
		return
	}
	role := plan.Role.ValueString()
	if role == state.Role.ValueString() {
		diags.Append(resp.State.Set(ctx, plan)...) // nothing that Neon knows of has changed
		return
	}
	org, orgDiags := r.conn.organization(ctx, plan.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	member, unlock, lockDiags := r.conn.lockProjectMember(ctx, org, state)
	defer unlock()
	diags.Append(lockDiags...)
	if diags.HasError() {
		return
	}
	diags.Append(guardPriorGrant(state, role, member)...)
	if !diags.HasError() && member.Granted != role {
		change := grantChange{plan.ProjectID.ValueString(), plan.who(), member, role, plan.AllowSelfDemotion.ValueBool()}
		diags.Append(r.conn.setProjectRole(ctx, org, change)...)
	}
	if diags.HasError() {
		return
	}
	plan.fillUnknown(member.With(role))
	diags.Append(resp.State.Set(ctx, plan)...)
	diags.Append(rememberChange(ctx, resp.Private)...)
}

// setProjectRole changes a grant, after the guards, and shows Neon's recommendations.
func (c *connection) setProjectRole(ctx context.Context, org *neon.Organization, change grantChange) diag.Diagnostics {
	diags := c.guardWrite(projectRoleOperation(change.who))
	diags.Append(c.guardGrant(ctx, org, change)...)
	if diags.HasError() {
		return diags
	}
	caller, callerDiags := c.caller(ctx)
	diags.Append(callerDiags...)
	if diags.HasError() {
		return diags
	}
	confirm := change.allowDemotion && ownGrant(caller, change.member)
	hints, err := org.SetProjectRole(ctx, change.projectID, change.member, change.to, confirm)
	switch {
	case err != nil && change.to == "" && c.projectIsGone(ctx, org, change.projectID, err): // and its grants with it
	case err != nil:
		diags.Append(c.cannotSetProjectRole(ctx, org.ID, change, err))
	}
	if hints.Credentials {
		diags.Append(rotateCredentials(change.projectID, change.who))
	}
	if hints.APIKeys {
		diags.Append(rotateAPIKeys(change.projectID, change.who))
	}
	return diags
}

func (r *projectMemberRoleResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state projectMemberRoleModel
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	if diags.HasError() {
		return
	}
	promised, isPromised := readPromise(ctx, req.Private)
	if !isPromised || promised.Created {
		promised.MemberID = state.MemberID.ValueString()
	}
	deposed := promised.deposed(r.conn.walk, r.conn.grants.plansTwice)
	if deposed || !promised.Shown { // what the plan has shown of these is the state
		promised.Role = state.Role.ValueString()
	}
	org, orgDiags := r.conn.organization(ctx, state.OrgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	projectID, who := state.ProjectID.ValueString(), state.who()
	unlock, err := r.conn.grants.lock(ctx, projectID, promised.MemberID)
	if err != nil {
		diags.Append(cannotTakeProjectRole(who, err))
		return
	}
	defer unlock()
	defer func() {
		if diags.HasError() {
			r.conn.grants.markDestroyFailed(projectID, who, promised.MemberID)
		}
	}()
	switch {
	case promised.Forget, r.conn.grants.adopted(projectID, projectMemberRoleType, who, promised.MemberID, nonceOf(ctx, req.Private)):
		diags.Append(grantKeptByAnother(projectID, who))
	case deposed && !r.mayTakeDeposed(ctx, state, promised, req.Private):
		diags.Append(deposedGrantStays(org.ID, projectID, who))
	default:
		diags.Append(r.conn.takeProjectRole(ctx, org, state, promised)...)
	}
}

// mayTakeDeposed is mayRemoveDeposed for a grant.
func (r *projectMemberRoleResource) mayTakeDeposed(
	ctx context.Context, state projectMemberRoleModel, promised promise, private privateReader,
) bool {
	return promised.MemberID == state.MemberID.ValueString() && privateText(ctx, private, sharedKey) == "" &&
		r.conn.grants.createdInstead(state.ProjectID.ValueString(), projectMemberRoleType, state.Email.ValueString(), promised.MemberID)
}

// takeProjectRole revokes the grant that the plan showed, and no stronger one.
func (c *connection) takeProjectRole(
	ctx context.Context, org *neon.Organization, state projectMemberRoleModel, promised promise,
) diag.Diagnostics {
	projectID, who := state.ProjectID.ValueString(), state.who()
	member, isMember, err := org.ProjectMember(ctx, projectID, promised.MemberID, "")
	switch {
	case err != nil && c.projectIsGone(ctx, org, projectID, err):
		return nil
	case err != nil:
		return diag.Diagnostics{c.cannotSeeProjectRole(ctx, org.ID, projectID, who, err)}
	case !isMember || member.Granted == "":
		return nil // there is nothing to take
	case neon.StrongerProjectRole(member.Granted, promised.Role):
		return diag.Diagnostics{strongerGrant(projectID, who, promised.Role, member.Granted, "")}
	}
	change := grantChange{projectID, who, member, "", state.AllowSelfDemotion.ValueBool()}
	diags := c.setProjectRole(ctx, org, change)
	if !promised.Shown && !diags.HasError() {
		diags.Append(grantTakenByReplacement(projectID, who, member.Granted))
	}
	return diags
}

func (r *projectMemberRoleResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	diags := &resp.Diagnostics
	target := r.projectRoleTarget(ctx, req, diags)
	if diags.HasError() {
		return
	}
	org, orgDiags := r.conn.organization(ctx, target.orgID)
	diags.Append(orgDiags...)
	if diags.HasError() {
		return
	}
	who := target.memberID + target.email
	member, isMember, err := org.ProjectMember(ctx, target.projectID, target.memberID, target.email)
	switch {
	case err != nil:
		diags.Append(r.conn.aboutProject(ctx, cannotImport(who, err), org.ID, target.projectID, err))
		return
	case !isMember || member.Granted == "":
		diags.Append(noProjectRole(org.ID, target.projectID, who))
		return
	}
	state := projectMemberRoleModel{projectMemberIdentity: projectMemberIdentity{
		types.StringValue(org.ID), types.StringValue(target.projectID), stringOrNull(member.Email),
	}}
	for name, value := range map[string]types.String{
		"org_id": state.OrgID, "project_id": state.ProjectID, "email": state.Email, "member_id": types.StringValue(member.MemberID),
	} {
		diags.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	diags.Append(resp.Identity.Set(ctx, state.projectMemberIdentity)...)
	diags.Append(setPrivateText(ctx, resp.Private, nonceKey, newNonce())...)
}
