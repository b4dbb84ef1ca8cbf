package neontest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// grade: sdk — the fields of a project's member, in the list and in the answer to a change of role: project_id is in
// the latter only, grant_source in the former only.
type projectMemberBody struct {
	ProjectID   string `json:"project_id,omitempty"`
	MemberID    string `json:"member_id"`
	UserID      string `json:"user_id"`
	Email       string `json:"email,omitempty"`
	Name        string `json:"name,omitempty"`
	OrgRole     string `json:"org_role"`
	ProjectRole string `json:"project_role,omitempty"`
	OrgDefault  string `json:"org_default_project_permission,omitempty"`
	Explicit    string `json:"explicit_project_permission,omitempty"`
	Effective   string `json:"effective_project_permission,omitempty"`
	GrantSource string `json:"grant_source,omitempty"`
}

// grade: guess — which role in a project an organization's role gives by default.
var projectDefaults = map[string]string{"admin": "admin", "editor": "editor", "member": "editor", "viewer": "viewer"}

func (c *call) projectMember(p *Project, m *Member) projectMemberBody {
	granted, standard := p.grants[m.ID], projectDefaults[m.Role]
	body := projectMemberBody{
		MemberID: m.ID, UserID: m.UserID, Email: m.Email, Name: m.Name, OrgRole: c.s.echo(m.Role),
		OrgDefault: strings.ToUpper(standard), Explicit: strings.ToUpper(granted),
	}
	switch {
	case m.Role == "admin":
		body.ProjectRole, body.GrantSource = "admin", "org_admin_override"
	case granted != "":
		body.ProjectRole, body.GrantSource = granted, "explicit"
	case standard != "":
		body.ProjectRole, body.GrantSource = standard, "org_role_default"
	default:
		body.GrantSource = "unassigned"
	}
	body.Effective = strings.ToUpper(body.ProjectRole)
	return body
}

// memberProject is the project of the path, where per-project roles are on.
//
// grade: docs — the calls for project roles get 404 where the feature is off.
// grade: guess — where project roles are off, the words are `project permissions are not enabled for this organization` (404).
func (c *call) memberProject() (*organization, *Project, *answer) {
	if c.s.cfg.ProjectRolesOff {
		return nil, nil, refuse(http.StatusNotFound, "project permissions are not enabled for this organization")
	}
	return c.pathProject()
}

// grade: sdk — a project's members are paged like an organization's, without an order to choose.
func (c *call) listProjectMembers() answer {
	o, p, refusal := c.memberProject()
	if refusal != nil {
		return *refusal
	}
	page, pagination, refusal := c.pageMembers(o.members)
	if refusal != nil {
		return *refusal
	}
	list := []projectMemberBody{}
	for i := range page {
		list = append(list, c.projectMember(p, &page[i]))
	}
	return ok(map[string]any{"project_members": list, "pagination": pagination})
}

// grade: sdk — a project role is viewer, editor or admin.
func (c *call) setProjectRole() answer {
	var request struct {
		Role *string `json:"role"`
	}
	if refusal := c.decode(&request); refusal != nil {
		return *refusal
	}
	if request.Role == nil || !slices.Contains([]string{"viewer", "editor", "admin"}, *request.Role) {
		return *refuse(http.StatusBadRequest, "request body has an error: role: value is not one of the allowed values")
	}
	return c.changeProjectRole(*request.Role, "confirm_self_demotion")
}

// grade: sdk — removing the role of a member without a grant does nothing.
func (c *call) removeProjectRole() answer { return c.changeProjectRole("", "confirm_self_lockout") }

// changeProjectRole sets or, with "", removes a grant.
//
// grade: sdk — taking a project role from oneself has to be confirmed.
// grade: guess — without confirmation, taking a project role from oneself gets 409 `changing your own role needs …=true`.
func (c *call) changeProjectRole(role, confirmation string) answer {
	o, p, refusal := c.memberProject()
	if refusal != nil {
		return *refusal
	}
	if c.cred.kind == personalKey && o.memberByUser(c.cred.userID).Role != "admin" {
		return *refuse(orElse(c.s.cfg.NotAdminStatus, http.StatusForbidden), saysNotAdmin)
	}
	m := o.memberByID(c.params["member_id"])
	if m == nil {
		return *refuse(http.StatusNotFound, "organization member not found")
	}
	confirmed, _ := strconv.ParseBool(c.query.Get(confirmation))
	if c.cred.kind == personalKey && m.UserID == c.cred.userID && role != "admin" && !confirmed {
		return *refuse(http.StatusConflict, "changing your own role needs %s=true", confirmation)
	}
	if role == "" {
		delete(p.grants, m.ID)
	} else {
		p.grants[m.ID] = role
	}
	body := c.projectMember(p, m)
	body.ProjectID, body.GrantSource = p.ID, ""
	return ok(body)
}
