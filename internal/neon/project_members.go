package neon

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ProjectRoles are the roles in a project, strongest first. Neon uses the same names for the access that they give,
// in capitals.
var ProjectRoles = []string{"admin", "editor", "viewer"}

// RoleProjectAdmin may change who has access to a project.
const RoleProjectAdmin = "admin"

// GrantSources are Neon's reasons for a member's access to a project.
var GrantSources = []string{grantExplicit, grantDefault, grantAdmin, grantNone}

const (
	grantExplicit = "explicit"
	grantDefault  = "org_role_default"
	grantAdmin    = "org_admin_override"
	grantNone     = "unassigned"
)

// DefaultProjectRole is the role in every project that an organization role gives, according to Neon's documentation: empty for a
// collaborator and for an unknown role.
func DefaultProjectRole(orgRole string) (role string, known bool) {
	switch canonicalRole(orgRole) {
	case "admin", "editor", "viewer":
		return canonicalRole(orgRole), true
	case "collaborator":
		return "", true
	default:
		return "", false
	}
}

// HigherProjectRole is the stronger of two roles in a project. Either may be empty. An unknown
// role counts as the strongest.
func HigherProjectRole(a, b string) string {
	if projectRoleRank(a) < projectRoleRank(b) {
		return b
	}
	return a
}

// StrongerProjectRole reports whether a role in a project gives more than another one.
func StrongerProjectRole(role, than string) bool {
	return projectRoleRank(role) > projectRoleRank(than)
}

func projectRoleRank(role string) int {
	if role == "" {
		return 0
	}
	at := slices.Index(ProjectRoles, role)
	if at < 0 {
		return len(ProjectRoles) + 1
	}
	return len(ProjectRoles) - at
}

// ProjectMember is a member of the organization, as one project sees them.
type ProjectMember struct {
	// MemberID is the UUID of the membership of the organization, UserID that of the person.
	MemberID, UserID string
	// Email is in lower case.
	Email string
	// OrgRole is the role in the organization, in Neon's spelling.
	OrgRole string
	// Granted is the role that was given in this project; empty without one.
	Granted string
	// Default is the role that the organization role gives; empty if it gives none.
	Default string
	// Effective is the higher of both, as Neon returns it; empty for a person without access.
	Effective string
	// GrantSource is the source of the access, in Neon's terms.
	GrantSource string
}

// With is the member with another grant, or without one, until Neon returns the new state.
func (m ProjectMember) With(role string) ProjectMember {
	m.Granted = role
	m.Effective = HigherProjectRole(m.Default, role)
	switch {
	case m.OrgRole == RoleAdmin: // Neon names it in two ways, which a grant does not change
	case StrongerProjectRole(role, m.Default):
		m.GrantSource = grantExplicit
	case m.Default != "":
		m.GrantSource = grantDefault
	default:
		m.GrantSource = grantNone
	}
	return m
}

// wireProjectMember is what the list and the answers to changes have in common.
type wireProjectMember struct {
	MemberID    looseID    `json:"member_id"`
	UserID      looseID    `json:"user_id"`
	Email       plainText  `json:"email"`
	OrgRole     plainText  `json:"org_role"`
	Explicit    plainText  `json:"explicit_project_permission"`
	Effective   plainText  `json:"effective_project_permission"`
	Default     *plainText `json:"org_default_project_permission"`
	GrantSource plainText  `json:"grant_source"`
}

// UnmarshalJSON decodes an element of the list. The grant is explicit_project_permission alone: project_role has
// several meanings.
func (m *ProjectMember) UnmarshalJSON(raw []byte) error {
	var wire wireProjectMember
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	switch {
	case wire.MemberID == "":
		return errors.New("a project's member has no id")
	case !idPattern.MatchString(string(wire.MemberID)):
		return fmt.Errorf("the id of a project's member has another form than Neon's: %q", wire.MemberID)
	}
	*m = ProjectMember{
		MemberID: string(wire.MemberID), UserID: string(wire.UserID), Email: lower(string(wire.Email)), OrgRole: string(wire.OrgRole),
		Granted: lower(string(wire.Explicit)), GrantSource: lower(string(wire.GrantSource)),
	}
	if wire.Default != nil {
		m.Default = lower(string(*wire.Default))
	} else {
		m.Default, _ = DefaultProjectRole(m.OrgRole)
	}
	m.Effective = cmp.Or(lower(string(wire.Effective)), HigherProjectRole(m.Default, m.Granted))
	return nil
}

// RotationHints are what Neon recommends after a change of a project role.
type RotationHints struct {
	// Credentials says that the credentials of the project's databases should be rotated, APIKeys that the organization's
	// API keys should.
	Credentials, APIKeys bool
}

// listProjectMembers returns everyone that Neon shows in a project.
func (c *Client) listProjectMembers(ctx context.Context, projectID string) ([]ProjectMember, error) {
	path := pathTo("projects", projectID, "members")
	var members []ProjectMember
	err := c.eachPage(ctx, path, func(ctx context.Context, query url.Values) (next string, listed int, err error) {
		var page struct {
			Members    *items[ProjectMember] `json:"project_members"`
			Pagination nextPage              `json:"pagination"`
		}
		err = c.do(ctx, http.MethodGet, path, query, nil, &page, func() error {
			if page.Members == nil {
				return errors.New("the answer has no list of the project's members")
			}
			return nil
		})
		if err != nil {
			return "", 0, err
		}
		members = append(members, *page.Members...)
		return page.Pagination.Next, len(members), nil
	})
	if err == nil && len(members) == 0 { // the admins of the organization are in all of them
		err = wrongList(path, errors.New("the list of the project's members is empty, which no project's is"))
	}
	if err != nil {
		return nil, err
	}
	return members, nil
}

// changeProjectRole grants a role in a project, or revokes the grant if the role is empty. confirm is Neon's parameter for
// giving up one's own right to manage the project.
func (c *Client) changeProjectRole(ctx context.Context, projectID, memberID, role string, confirm bool) (RotationHints, error) {
	path := pathTo("projects", projectID, "members", memberID, "role")
	method, confirmation, in := http.MethodPut, "confirm_self_demotion", any(struct {
		Role string `json:"role"`
	}{role})
	if role == "" {
		method, confirmation, in = http.MethodDelete, "confirm_self_lockout", nil
	}
	var query url.Values
	if confirm {
		query = url.Values{confirmation: {"true"}}
	}
	var answer struct {
		MemberID    looseID `json:"member_id"`
		Credentials bool    `json:"credential_rotation_recommended"`
		APIKeys     bool    `json:"org_api_key_rotation_recommended"`
	}
	err := c.changeWith(ctx, method, path, query, in, &answer, func() bool { return strings.EqualFold(string(answer.MemberID), memberID) })
	return RotationHints{answer.Credentials, answer.APIKeys}, err
}

// ErrForeignProject means that a project belongs to another organization.
var ErrForeignProject = errors.New("no member of the project is a member of the organization")

// projectMembers is the shared list of one project's members.
func (o *Organization) projectMembers(projectID string) *listing[ProjectMember] {
	o.mu.Lock()
	defer o.mu.Unlock()
	list, ok := o.projects[projectID]
	if !ok {
		list = newListing(
			func(m ProjectMember) string { return m.MemberID },
			func(m ProjectMember) string { return m.Email },
			func(ctx context.Context) ([]ProjectMember, error) { return o.listProjectMembers(ctx, projectID) })
		o.projects[projectID] = list
	}
	return list
}

// listProjectMembers lists a project's members, makes sure that the project is the organization's, and adds the
// addresses that Neon omits.
func (o *Organization) listProjectMembers(ctx context.Context, projectID string) ([]ProjectMember, error) {
	members, err := o.client.listProjectMembers(ctx, projectID)
	if err != nil {
		return nil, err
	}
	if err := o.members.since(ctx, fresh()); err != nil {
		return nil, err
	}
	known := false
	for i, member := range members {
		inOrg, ok := o.members.get(member.MemberID)
		known = known || ok
		if ok && member.Email == "" {
			members[i].Email = inOrg.Email
		}
	}
	if !known {
		return nil, ErrForeignProject
	}
	return members, nil
}

// HasProject reports whether the complete list of the organization's projects has one. A 404 about a project does not
// say that it is gone; neither does a list that only shows a part of them, so it is for callers who see all.
func (o *Organization) HasProject(ctx context.Context, projectID string) (bool, error) {
	ids, err := o.projectIDs.get(ctx, fresh())
	return ids[projectID], err
}

// ProjectMembers returns the people that Neon lists in a project: people with access and, for its admins, the others.
func (o *Organization) ProjectMembers(ctx context.Context, projectID string) ([]ProjectMember, error) {
	list := o.projectMembers(projectID)
	if err := list.since(ctx, fresh()); err != nil {
		return nil, err
	}
	return list.all(), nil
}

// ProjectMember looks a member of the organization up in a project, by member id if one is given, else by e-mail. Without
// access, and without an entry in the list, they are members without a grant. ok is false for a person who is not a member.
func (o *Organization) ProjectMember(ctx context.Context, projectID, memberID, email string) (member ProjectMember, ok bool, err error) {
	return o.projectMember(ctx, projectID, memberID, email, fresh())
}

// ProjectMemberNow is ProjectMember from new lists.
func (o *Organization) ProjectMemberNow(ctx context.Context, projectID, memberID, email string) (member ProjectMember, ok bool, err error) {
	return o.projectMember(ctx, projectID, memberID, email, time.Now())
}

func (o *Organization) projectMember(
	ctx context.Context, projectID, memberID, email string, notBefore time.Time,
) (member ProjectMember, ok bool, err error) {
	list := o.projectMembers(projectID)
	if err := list.since(ctx, notBefore); err != nil {
		return member, false, err
	}
	if memberID != "" {
		member, ok = list.get(memberID)
	} else {
		member, ok = list.find(email)
	}
	if ok {
		return member, true, nil
	}
	// Neon shows members without access to a project's admins only.
	if err := o.members.since(ctx, notBefore); err != nil {
		return member, false, err
	}
	inOrg, ok := o.members.get(memberID)
	if memberID == "" {
		inOrg, ok = o.members.find(email)
	}
	if !ok {
		return member, false, nil
	}
	if member, listed := list.get(inOrg.ID); listed { // under another address
		return member, true, nil
	}
	member = ProjectMember{MemberID: inOrg.ID, UserID: inOrg.UserID, Email: inOrg.Email, OrgRole: inOrg.Role}
	member.Default, _ = DefaultProjectRole(inOrg.Role)
	return member.With(""), true, nil
}

// SetProjectRole grants a member a role in a project, or revokes the grant if the role is empty. The hints are Neon's,
// as far as it could return them.
func (o *Organization) SetProjectRole(
	ctx context.Context, projectID string, member ProjectMember, role string, confirm bool,
) (hints RotationHints, err error) {
	list := o.projectMembers(projectID)
	err = o.client.write(ctx,
		func(ctx context.Context) error {
			var err error
			hints, err = o.client.changeProjectRole(ctx, projectID, member.MemberID, role, confirm)
			if role == "" && unknownToNeon(err) {
				list.forget(member.MemberID) // what we gave just now does not mean that it is there
			}
			return err
		},
		func(ctx context.Context) (bool, error) {
			if err := list.since(ctx, time.Now()); err != nil {
				return false, err
			}
			now, _ := list.get(member.MemberID)
			return now.Granted == role, nil
		})
	if err != nil {
		return hints, err
	}
	changed := member.With(role)
	list.wrote(member.MemberID, &changed)
	return hints, nil
}
