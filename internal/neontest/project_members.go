package neontest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// grade: spec — the fields of a project's member, in the list and in the answer to a change of role: project_id and the
// two hints are in the latter only, grant_source in the former only.
// grade: spec — permissions are spelled VIEWER, EDITOR and ADMIN, roles viewer, editor and admin.
// grade: spec — explicit_project_permission alone is the grant; it is left out where there is none.
// grade: spec — effective_project_permission is null for a member without access.
// grade: docs — in the answer to a change, project_role is the effective role, and null for a member without access.
// grade: guess — in the list, project_role is the effective role too, and left out for a member without access.
type projectMemberBody struct {
	ProjectID           string `json:"project_id,omitempty"`
	MemberID            string `json:"member_id"`
	UserID              string `json:"user_id"`
	Email               string `json:"email,omitempty"`
	Name                string `json:"name,omitempty"`
	OrgRole             string `json:"org_role"`
	ProjectRole         any    `json:"project_role,omitempty"`
	OrgDefault          string `json:"org_default_project_permission,omitempty"`
	Explicit            string `json:"explicit_project_permission,omitempty"`
	Effective           any    `json:"effective_project_permission"`
	GrantSource         string `json:"grant_source,omitempty"`
	RotateCredentials   *bool  `json:"credential_rotation_recommended,omitempty"`
	RotateProjectAPIKey *bool  `json:"org_api_key_rotation_recommended,omitempty"`
}

// grade: docs — by default an organization's admins are Admin of every project, its editors Editor, its viewers Viewer;
// collaborators have no access.
var projectDefaults = map[string]string{"admin": "admin", "editor": "editor", "member": "editor", "viewer": "viewer"}

var permissionRank = map[string]int{"viewer": 1, "editor": 2, "admin": 3}

// effectiveRole is the role that a member has in a project, "" for none.
//
// grade: docs — a member's access to a project is the higher of the grant and the default: grants only add.
func effectiveRole(p *Project, m *Member) string {
	granted, standard := p.Grants[m.ID], projectDefaults[m.Role]
	if permissionRank[granted] > permissionRank[standard] {
		return granted
	}
	return standard
}

// grantSource says what a member's access comes from.
//
// grade: spec — grant_source is explicit, org_role_default, org_admin_override or unassigned.
// grade: guess — grant_source of an organization's admin is org_admin_override: Switches.AdminGrantSource.
// grade: guess — grant_source is explicit only where the grant is above the default, org_role_default where both are equal.
func (s *Server) grantSource(p *Project, m *Member) string {
	switch effective := effectiveRole(p, m); {
	case m.Role == "admin":
		return orElse(s.cfg.AdminGrantSource, "org_admin_override")
	case effective == "":
		return "unassigned"
	case effective != projectDefaults[m.Role]:
		return "explicit"
	default:
		return "org_role_default"
	}
}

func (c *call) projectMember(p *Project, m *Member) projectMemberBody {
	body := projectMemberBody{
		MemberID: m.ID, UserID: m.UserID, Email: m.Email, Name: m.Name, OrgRole: c.s.echo(m.Role),
		OrgDefault: strings.ToUpper(projectDefaults[m.Role]), Explicit: strings.ToUpper(p.Grants[m.ID]),
	}
	if role := effectiveRole(p, m); role != "" {
		body.ProjectRole, body.Effective = role, strings.ToUpper(role)
	}
	return body
}

// memberProject is the project of the path, where per-project roles are on.
//
// grade: docs — the calls for project roles get 404 where the feature is off, where the project is not the organization's
// and where the caller has no access.
// grade: guess — where project roles are off, the words are `project permissions are not enabled for this organization` (404).
func (c *call) memberProject() (*organization, *Project, *answer) {
	if c.s.cfg.ProjectRolesOff {
		return nil, nil, refuse(http.StatusNotFound, "project permissions are not enabled for this organization")
	}
	return c.pathProject()
}

// managesProject says whether the caller may change the roles in a project.
//
// grade: spec — project roles are changed by Admins of the project; so by every admin of the organization.
// grade: docs — project roles are changed by organization-wide keys too.
func (c *call) managesProject(o *organization, p *Project) bool {
	return c.cred.kind != personalKey || effectiveRole(p, o.memberByUser(c.cred.userID)) == "admin"
}

// grade: spec — a project's members are paged like an organization's, without an order to choose.
// grade: spec — callers with VIEWER or EDITOR see the members who have access to the project; with ADMIN the others too.
// grade: guess — organization-wide keys see the members of a project who have no access too: Switches.UnassignedHiddenFromKeys.
func (c *call) listProjectMembers() answer {
	o, p, refusal := c.memberProject()
	if refusal != nil {
		return *refusal
	}
	seesAll := c.managesProject(o, p)
	if c.cred.kind == organizationKey {
		seesAll = !c.s.cfg.UnassignedHiddenFromKeys
	}
	shown := o.asOf(c.s.cfg.now(), c.s.cfg.ListLag)
	if old := shown.project(p.ID); old != nil {
		p = old
	}
	members := slices.Clone(shown.members)
	if !seesAll {
		members = slices.DeleteFunc(members, func(m Member) bool { return effectiveRole(p, &m) == "" })
	}
	page, pagination, refusal := c.pageMembers(members)
	if refusal != nil {
		return *refusal
	}
	list := []projectMemberBody{}
	for i := range page {
		body := c.projectMember(p, &page[i])
		body.GrantSource = c.s.grantSource(p, &page[i])
		list = append(list, body)
	}
	return ok(map[string]any{"project_members": list, "pagination": pagination})
}

// grade: spec — a project role is viewer, editor or admin; setting it again changes nothing.
func (c *call) setProjectRole() answer {
	var request struct {
		Role *string `json:"role"`
	}
	if refusal := c.decode(&request); refusal != nil {
		return *refusal
	}
	if request.Role == nil || permissionRank[*request.Role] == 0 {
		return *refuse(http.StatusBadRequest, "request body has an error: role: value is not one of the allowed values")
	}
	return c.changeProjectRole(*request.Role, "confirm_self_demotion")
}

// grade: spec — removing the role of a member without a grant does nothing; the default of their organization role stays.
func (c *call) removeProjectRole() answer { return c.changeProjectRole("", "confirm_self_lockout") }

// changeProjectRole sets or, with "", removes a grant.
//
// grade: spec — members who lessen their own access confirm it, with DELETE only if they would lose the right to manage.
// grade: guess — with PUT too, the confirmation is only needed if the right to manage would be lost.
// grade: guess — without the confirmation, the change gets 409 `changing your own role needs …=true`.
func (c *call) changeProjectRole(role, confirmation string) answer {
	o, p, refusal := c.memberProject()
	if refusal != nil {
		return *refusal
	}
	if !c.managesProject(o, p) {
		return *refuse(orElse(c.s.cfg.NotAdminStatus, http.StatusForbidden), saysNotProjectAdmin)
	}
	m := o.memberByID(c.params["member_id"])
	if m == nil {
		return *refuse(http.StatusNotFound, "organization member not found")
	}
	before := effectiveRole(p, m)
	changed := Project{Grants: map[string]string{m.ID: role}}
	after := effectiveRole(&changed, m)
	confirmed, _ := strconv.ParseBool(c.query.Get(confirmation))
	if c.cred.kind == personalKey && m.UserID == c.cred.userID && after != "admin" && !confirmed {
		return *refuse(http.StatusConflict, "changing your own role needs %s=true", confirmation)
	}
	o.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	if role == "" {
		delete(p.Grants, m.ID)
	} else {
		p.Grants[m.ID] = role
	}
	body := c.projectMember(p, m)
	body.ProjectID = p.ID
	if after == "" {
		body.ProjectRole = json.RawMessage("null")
	}
	if permissionRank[after] < permissionRank[before] {
		c.addHints(o, p, &body)
	}
	return ok(body)
}

// addHints recommends rotations to the caller.
//
// grade: spec — credential_rotation_recommended hints at database credentials that a member knows, and
// org_api_key_rotation_recommended at API keys scoped to the project that they created.
// grade: guess — the hints are given when the change lessens a member's access, and left out otherwise.
func (c *call) addHints(o *organization, p *Project, body *projectMemberBody) {
	yes, keys := true, slices.ContainsFunc(o.keys, func(k APIKey) bool {
		return !k.Revoked && k.ProjectID == p.ID && k.CreatedBy == body.UserID
	})
	body.RotateCredentials, body.RotateProjectAPIKey = &yes, &keys
}
