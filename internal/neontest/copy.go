package neontest

import (
	"slices"
	"time"
)

// Copy is an organization as a key saw it, for NewCopy. Data that the key could not read is empty.
type Copy struct {
	Organization OrganizationState
	Handle       string
	CreatedAt    time.Time
	UpdatedAt    time.Time
	RequireMFA   bool
	AllowHIPAA   bool
	// Names are people's names by user ID, including former members who created an API key.
	Names map[string]string
	// Key is the key that read the copy. The copy accepts only this key.
	Key CopiedKey
}

// CopiedKey is a key with its token.
type CopiedKey struct {
	Token string
	// Kind is "personal", "organization" or "project".
	Kind string
	// ID is the key's ID, 0 if unknown.
	ID int64
	// UserID and Email are those of the person behind a personal key.
	UserID string
	Email  string
	// ProjectID is the project that a project-scoped key is for.
	ProjectID string
}

// world is a new world with the copy in it.
func (c *Copy) world() *world {
	from := c.Organization
	w := &world{users: map[string]*user{}, emails: map[string]*user{}, tokens: map[string]*credential{}}
	o := w.newOrganization(from.ID, from.Name, from.Plan, c.CreatedAt)
	o.createdAt, o.updatedAt = c.CreatedAt, c.UpdatedAt // with fractions of a second, if the original has them
	o.handle, o.managedBy, o.requireMFA, o.allowHIPAA = c.Handle, from.ManagedBy, c.RequireMFA, c.AllowHIPAA
	if from.ManagedBy == "vercel" {
		o.roles = slices.Clone(vercelRoles)
	}
	w.orgs = []*organization{o}

	o.members = slices.Clone(from.Members)
	o.invitations = slices.Clone(from.OpenInvitations)
	o.keys = slices.Clone(from.APIKeys)
	o.projects = cloneProjects(from.Projects)
	o.spendingLimit = clonePointer(from.SpendingLimitCents)
	o.vpcEndpoints = slices.Clone(from.VPCEndpoints)
	for i := range o.members {
		m := &o.members[i]
		m.OrgID, m.Name = o.id, orElse(m.Name, c.Names[m.UserID])
		w.addUser(&user{id: m.UserID, email: m.Email, name: m.Name, hasMFA: m.HasMFA, deactivatedAt: m.DeactivatedAt})
		if !slices.Contains(o.roles, m.Role) {
			o.roles = append(o.roles, m.Role) // a role that is newer than this program
		}
	}
	for i := range o.invitations {
		o.invitations[i].OrgID = o.id
	}
	for i := range o.projects {
		o.projects[i].OrgID = o.id
		if o.projects[i].Grants == nil {
			o.projects[i].Grants = map[string]string{}
		}
	}
	if c.Key.UserID != "" && w.users[c.Key.UserID] == nil {
		w.addUser(&user{id: c.Key.UserID, email: c.Key.Email, name: c.Names[c.Key.UserID]})
	}
	for i := range o.keys {
		key := &o.keys[i]
		key.OrgID = o.id
		w.lastID = max(w.lastID, key.ID)
		if w.users[key.CreatedBy] == nil {
			w.users[key.CreatedBy] = &user{id: key.CreatedBy, name: c.Names[key.CreatedBy]} // has left: the e-mail is unknown
		}
	}
	o.founder = c.founder()
	w.tokens[c.Key.Token] = c.Key.credential(o.id)
	return w
}

// founder is the user of the Console: the caller, or the first admin.
func (c *Copy) founder() string {
	if c.Key.UserID != "" {
		return c.Key.UserID
	}
	for _, m := range c.Organization.Members {
		if m.Role == "admin" {
			return m.UserID
		}
	}
	return ""
}

func (k CopiedKey) credential(orgID string) *credential {
	cred := &credential{kind: keyKind(k.Kind), keyID: k.ID, userID: k.UserID}
	if cred.kind != personalKey {
		cred.orgID, cred.projectID = orgID, k.ProjectID
	}
	return cred
}
