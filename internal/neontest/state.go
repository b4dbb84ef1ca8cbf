package neontest

import (
	"crypto/rand"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Member is a person in an organization.
type Member struct {
	ID     string `json:"id"`
	UserID string `json:"user_id"`
	OrgID  string `json:"-"`
	Email  string `json:"email"`
	Name   string `json:"name"`
	// Role is the role as it was last set: "member" and "editor" are the same.
	Role     string    `json:"role"`
	JoinedAt time.Time `json:"joined_at"`
	HasMFA   *bool     `json:"has_mfa,omitempty"`
	// DeactivatedAt is set for people who were deactivated; they stay members.
	DeactivatedAt *time.Time `json:"deactivated_at,omitempty"`
}

// Active reports whether the person can sign in.
func (m Member) Active() bool { return m.DeactivatedAt == nil }

// Invitation is a request to a person to join an organization.
type Invitation struct {
	ID        string    `json:"id"`
	OrgID     string    `json:"-"`
	Email     string    `json:"email"`
	Role      string    `json:"role"`
	InvitedBy string    `json:"invited_by"`
	InvitedAt time.Time `json:"invited_at"`
	// Accepted invitations are kept for Config.KeepAcceptedInvitations; Invitations does not list them.
	Accepted bool `json:"accepted,omitempty"`
}

// APIKey is an API key of an organization, without its token.
type APIKey struct {
	ID    int64  `json:"id"`
	OrgID string `json:"-"`
	Name  string `json:"name"`
	// ProjectID is empty for an organization-wide key.
	ProjectID string    `json:"project_id,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	// CreatedBy is the user's id.
	CreatedBy        string     `json:"created_by"`
	LastUsedAt       *time.Time `json:"last_used_at,omitempty"`
	LastUsedFromAddr string     `json:"last_used_from_addr,omitempty"`
	Revoked          bool       `json:"revoked,omitempty"`
}

// Project is a Neon project.
type Project struct {
	ID        string    `json:"id"`
	OrgID     string    `json:"-"`
	Name      string    `json:"name"`
	RegionID  string    `json:"region_id"`
	CreatedAt time.Time `json:"created_at"`
	// Unavailable projects are slow: lists return only their IDs.
	Unavailable bool `json:"unavailable,omitempty"`
	// Integration, "github" or "vercel", keeps a project from being transferred.
	Integration string `json:"integration,omitempty"`
	// Grants are the roles that were granted in the project, "viewer", "editor" or "admin", by member id.
	Grants map[string]string `json:"grants,omitempty"`
}

// cloneProjects copies projects with their grants.
func cloneProjects(projects []Project) []Project {
	projects = slices.Clone(projects)
	for i := range projects {
		projects[i].Grants = maps.Clone(projects[i].Grants)
	}
	return projects
}

// VPCEndpoint is a VPC endpoint that is assigned to an organization.
type VPCEndpoint struct {
	ID       string `json:"vpc_endpoint_id"`
	RegionID string `json:"region_id"`
	Label    string `json:"label"`
	// State is "new" until Neon accepts the connection, then "accepted".
	State string `json:"state"`
	// RestrictedProjects are the ids of the projects that accept connections from this VPC only.
	RestrictedProjects []string `json:"restricted_projects,omitempty"`
	// Deleted endpoints are kept because they can never be added back; VPCEndpoints does not list them.
	Deleted bool `json:"deleted,omitempty"`
}

type user struct {
	id, email, name string
	hasMFA          *bool
	deactivatedAt   *time.Time
}

type organization struct {
	world                     *world
	id, name, plan, managedBy string
	handle                    string
	requireMFA, allowHIPAA    bool
	founder                   string // the user's id, who does things in the Console
	createdAt, updatedAt      time.Time
	roles                     []string // those it accepts
	members                   []Member
	invitations               []Invitation
	replaced                  []Invitation // no longer listed: see Switches.OldInvitationCounts
	keys                      []APIKey     // revoked ones too
	projects                  []Project
	spendingLimit             *int64
	vpcEndpoints              []VPCEndpoint // deleted ones too
	past                      []pastState
}

// pastState is the state of an organization up to a time, for lists that lag.
type pastState struct {
	until time.Time
	org   *organization
}

type world struct {
	users  map[string]*user // by id
	emails map[string]*user // by e-mail in lower case
	orgs   []*organization
	tokens map[string]*credential
	lastID int64
}

func (w *world) org(id string) *organization {
	for _, o := range w.orgs {
		if o.id == id {
			return o
		}
	}
	return nil
}

func (w *world) userByEmail(email string) *user {
	return w.emails[strings.ToLower(email)]
}

func (w *world) addUser(u *user) {
	w.users[u.id] = u
	w.emails[strings.ToLower(u.email)] = u
}

// userFor returns the user with that e-mail, created if need be.
func (w *world) userFor(email string) *user {
	if u := w.userByEmail(email); u != nil {
		return u
	}
	u := &user{id: newUUID(), email: email, name: nameFrom(email)}
	w.addUser(u)
	return u
}

func (w *world) project(id string) (*organization, *Project) {
	for _, o := range w.orgs {
		if p := o.project(id); p != nil {
			return o, p
		}
	}
	return nil, nil
}

func (w *world) nextID() int64 {
	w.lastID += 1 + randomInt(9)
	return w.lastID
}

func (o *organization) memberByID(id string) *Member {
	for i := range o.members {
		if strings.EqualFold(o.members[i].ID, id) {
			return &o.members[i]
		}
	}
	return nil
}

func (o *organization) memberByUser(id string) *Member {
	for i := range o.members {
		if o.members[i].UserID == id {
			return &o.members[i]
		}
	}
	return nil
}

func (o *organization) memberByEmail(email string) *Member {
	if u := o.world.userByEmail(email); u != nil {
		return o.memberByUser(u.id)
	}
	return nil
}

func (o *organization) project(id string) *Project {
	for i := range o.projects {
		if o.projects[i].ID == id {
			return &o.projects[i]
		}
	}
	return nil
}

// vpcEndpoint finds an endpoint, a deleted one too.
func (o *organization) vpcEndpoint(regionID, id string) *VPCEndpoint {
	for i := range o.vpcEndpoints {
		if o.vpcEndpoints[i].RegionID == regionID && o.vpcEndpoints[i].ID == id {
			return &o.vpcEndpoints[i]
		}
	}
	return nil
}

func (o *organization) key(id int64) *APIKey {
	for i := range o.keys {
		if o.keys[i].ID == id {
			return &o.keys[i]
		}
	}
	return nil
}

// isLastAdmin reports whether m is the only active admin.
func (o *organization) isLastAdmin(m *Member) bool {
	if m.Role != "admin" || !m.Active() {
		return false
	}
	return !slices.ContainsFunc(o.members, func(other Member) bool {
		return other.ID != m.ID && other.Role == "admin" && other.Active()
	})
}

func (o *organization) removeMember(id string) {
	o.members = slices.DeleteFunc(o.members, func(m Member) bool { return m.ID == id })
	for i := range o.projects {
		delete(o.projects[i].Grants, id)
	}
}

// join adds a person as a member, and closes their open invitations.
func (o *organization) join(u *user, role string, now time.Time) *Member {
	for i := range o.invitations {
		if strings.EqualFold(o.invitations[i].Email, u.email) {
			o.invitations[i].Accepted = true
		}
	}
	o.replaced = slices.DeleteFunc(o.replaced, func(i Invitation) bool { return strings.EqualFold(i.Email, u.email) })
	if m := o.memberByUser(u.id); m != nil {
		return m
	}
	o.members = append(o.members, Member{
		ID: newUUID(), UserID: u.id, OrgID: o.id, Email: u.email, Name: u.name, Role: role,
		JoinedAt: now.Truncate(time.Second), HasMFA: u.hasMFA, DeactivatedAt: u.deactivatedAt,
	})
	return &o.members[len(o.members)-1]
}

func (o *organization) openInvitations(email string) []int {
	var open []int
	for i := range o.invitations {
		if !o.invitations[i].Accepted && strings.EqualFold(o.invitations[i].Email, email) {
			open = append(open, i)
		}
	}
	return open
}

// dropInvitations removes a person's open invitations.
func (o *organization) dropInvitations(email string) {
	o.invitations = slices.DeleteFunc(o.invitations, func(i Invitation) bool {
		return !i.Accepted && strings.EqualFold(i.Email, email)
	})
}

// remember keeps the present state, which a change is about to end, as long as lists may still show it.
func (o *organization) remember(now time.Time, lag time.Duration) {
	o.past = slices.DeleteFunc(o.past, func(p pastState) bool { return !p.until.After(now.Add(-lag)) })
	if lag <= 0 {
		return
	}
	before := *o
	before.past = nil
	before.members = slices.Clone(o.members)
	before.invitations = slices.Clone(o.invitations)
	before.keys = slices.Clone(o.keys)
	before.projects = cloneProjects(o.projects)
	before.vpcEndpoints = slices.Clone(o.vpcEndpoints)
	o.past = append(o.past, pastState{until: now, org: &before})
}

// asOf is the organization as a list shows it that lags.
func (o *organization) asOf(now time.Time, lag time.Duration) *organization {
	for _, p := range o.past {
		if p.until.After(now.Add(-lag)) {
			return p.org
		}
	}
	return o
}

func nameFrom(email string) string {
	local, _, _ := strings.Cut(email, "@")
	words := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '-' || r == '_' || r == '+' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, " ")
}

func randomInt(below int64) int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(below))
	if err != nil {
		panic(err)
	}
	return n.Int64()
}

func randomText(alphabet string, length int) string {
	text, random := make([]byte, 0, length), make([]byte, 2*length)
	for {
		if _, err := rand.Read(random); err != nil {
			panic(err)
		}
		for _, b := range random {
			if len(text) == length {
				return string(text)
			}
			// Values that do not divide evenly are drawn again, so that every character has the same probability.
			if fair := 256 / len(alphabet) * len(alphabet); int(b) < fair {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
}

func newUUID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err)
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// grade: seen — a token is napi_ and 64 lower-case letters and digits.
func newToken() string { return "napi_" + randomText("abcdefghijklmnopqrstuvwxyz0123456789", 64) }
