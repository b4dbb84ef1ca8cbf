package neontest

import (
	"fmt"
	"slices"
	"time"
)

const (
	mainOrgID  = "org-example-12345678"
	otherOrgID = "org-elsewhere-87654321"
)

// seedTokens are a server's initial tokens. Reset keeps them.
type seedTokens struct{ personal, organization, project, viewer string }

// newWorld is the realistic organization that every server starts with. IDs are the same every time.
func newWorld(tokens seedTokens, cfg *Config) *world {
	now := cfg.now().Truncate(time.Second)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	w := &world{users: map[string]*user{}, emails: map[string]*user{}, tokens: map[string]*credential{}, lastID: 1734200}
	example := w.newOrganization(mainOrgID, "Example", "scale", ago(400))
	other := w.newOrganization(otherOrgID, "Elsewhere", "launch", ago(200))
	w.orgs = []*organization{example, other}

	yes, no := true, false
	for i, person := range []struct {
		org               *organization
		email, name, role string
		days              int
		mfa               *bool
	}{
		{example, "lead@example.com", "Lee Lead", "admin", 400, &yes},
		{example, "ops@example.com", "Oda Ops", "admin", 380, &yes},
		{example, "dev@example.com", "Dev Deva", "editor", 300, &no},
		{example, "data@example.com", "Dana Data", "editor", 120, nil},
		{example, "audit@example.com", "Audra Audit", "viewer", 60, &yes},
		{other, "owner@elsewhere.example", "Olaf Owner", "admin", 200, nil},
		{other, "helper@elsewhere.example", "Hedda Helper", "editor", 150, nil},
	} {
		u := &user{
			id:    fmt.Sprintf("a0000000-0000-4000-8000-%012d", i+1),
			email: person.email, name: person.name, hasMFA: person.mfa,
		}
		w.addUser(u)
		person.org.members = append(person.org.members, Member{
			ID: fmt.Sprintf("b0000000-0000-4000-8000-%012d", i+1), UserID: u.id, OrgID: person.org.id, Email: u.email,
			Name: u.name, Role: person.role, JoinedAt: ago(person.days), HasMFA: u.hasMFA,
		})
	}
	lead, audit := example.members[0].UserID, example.members[4].UserID
	example.founder, other.founder = lead, other.members[0].UserID

	for _, p := range []struct {
		org      *organization
		id, name string
		days     int
	}{
		{example, "shiny-wind-12345678", "website", 390},
		{example, "winter-boat-87654321", "warehouse", 90},
		{other, "quiet-lake-11112222", "elsewhere", 100},
	} {
		p.org.projects = append(p.org.projects, Project{
			ID: p.id, OrgID: p.org.id, Name: p.name, RegionID: "aws-eu-central-1", CreatedAt: ago(p.days), Grants: map[string]string{},
		})
	}

	example.keys = []APIKey{
		{ID: 1734101, OrgID: example.id, Name: "pull-requests", CreatedAt: ago(200), CreatedBy: lead},
		{ID: 1734102, OrgID: example.id, Name: "website-ci", ProjectID: example.projects[0].ID, CreatedAt: ago(180), CreatedBy: lead},
	}
	other.keys = []APIKey{{ID: 1734103, OrgID: other.id, Name: "theirs", CreatedAt: ago(99), CreatedBy: other.founder}}
	w.tokens[tokens.personal] = &credential{kind: personalKey, keyID: 1734001, name: "terraform", userID: lead, createdAt: ago(210)}
	w.tokens[tokens.viewer] = &credential{kind: personalKey, keyID: 1734002, name: "look-only", userID: audit, createdAt: ago(50)}
	w.tokens[tokens.organization] = &credential{kind: organizationKey, keyID: 1734101, orgID: example.id}
	w.tokens[tokens.project] = &credential{kind: projectKey, keyID: 1734102, orgID: example.id, projectID: example.projects[0].ID}
	return w
}

func (w *world) newOrganization(id, name, plan string, createdAt time.Time) *organization {
	createdAt = createdAt.Truncate(time.Second)
	return &organization{
		world: w, id: id, name: name, plan: plan, managedBy: "console", createdAt: createdAt, updatedAt: createdAt,
		roles: slices.Clone(allRoles),
	}
}

// fill adds the extra people, keys and projects that a Config asks for, and AddMembers and the like.
func (s *Server) fill(o *organization, members, keys, projects int) {
	now := s.cfg.now().Truncate(time.Second)
	for range members {
		n := len(o.members) + 1
		email := fmt.Sprintf("person-%05d@example.com", n)
		for s.world.userByEmail(email) != nil {
			n++
			email = fmt.Sprintf("person-%05d@example.com", n)
		}
		u := &user{id: newUUID(), email: email, name: fmt.Sprintf("Person %d", n)}
		s.world.addUser(u)
		role := []string{"editor", "viewer", "editor", "collaborator"}[n%4]
		if !slices.Contains(o.roles, role) {
			role = "member"
		}
		o.members = append(o.members, Member{
			ID: newUUID(), UserID: u.id, OrgID: o.id, Email: email, Name: u.name, Role: role,
			JoinedAt: now.AddDate(0, 0, -50).Add(time.Duration(n/3) * time.Minute), // some at the same moment
		})
	}
	for range keys {
		s.addKey(o, fmt.Sprintf("key-%05d", len(o.keys)+1), "", o.founder)
	}
	for range projects {
		s.addProject(o, fmt.Sprintf("project-%05d", len(o.projects)+1))
	}
}

func (s *Server) addProject(o *organization, name string) *Project {
	o.remember(s.cfg.now(), s.cfg.ListLag)
	words := []string{"calm", "dawn", "misty", "round", "sweet", "young"}
	o.projects = append(o.projects, Project{
		ID:    words[randomInt(int64(len(words)))] + "-" + randomText("abcdefghijklmnopqrstuvwxyz", 6) + "-" + randomText("0123456789", 8),
		OrgID: o.id, Name: name, RegionID: "aws-eu-central-1", CreatedAt: s.cfg.now().Truncate(time.Second), Grants: map[string]string{},
	})
	return &o.projects[len(o.projects)-1]
}
