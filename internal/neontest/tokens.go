package neontest

// PersonalKey is the token of a personal key of lead@example.com, an admin.
func (s *Server) PersonalKey() string { return s.seeds.personal }

// OrganizationKey is the token of an organization-wide key of the main organization.
func (s *Server) OrganizationKey() string { return s.seeds.organization }

// ProjectKey is the token of a key of the main organization that is scoped to its first project.
func (s *Server) ProjectKey() string { return s.seeds.project }

// ViewerKey is the token of a personal key of audit@example.com, a viewer.
func (s *Server) ViewerKey() string { return s.seeds.viewer }

// NewPersonalKey creates a personal key for a person, with an account if needed, and returns its token.
func (s *Server) NewPersonalKey(email string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, _ := s.addPersonalKey(s.world.userFor(email).id, "created by a test")
	return token
}

// RevokeToken revokes the key with that token.
func (s *Server) RevokeToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cred := s.world.tokens[token]
	if cred == nil {
		return
	}
	if o := s.world.org(cred.orgID); o != nil {
		s.revokeKey(o, cred.keyID)
	}
	cred.revoked = true
}

// TokenValid reports whether a token belongs to a live key.
func (s *Server) TokenValid(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cred := s.world.tokens[token]
	return cred != nil && !cred.revoked
}

// KeyIDByToken returns the ID of the key with that token, live or revoked, personal or of an organization.
func (s *Server) KeyIDByToken(token string) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cred := s.world.tokens[token]
	if cred == nil {
		return 0, false
	}
	return cred.keyID, true
}

// TokenOf returns the token of a key by its ID, or "".
func (s *Server) TokenOf(id int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token, cred := range s.world.tokens {
		if cred.keyID == id {
			return token
		}
	}
	return ""
}

// Org returns an organization by ID, or nil.
func (s *Server) Org(id string) *Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.org(id) == nil {
		return nil
	}
	return &Organization{s, id}
}

// OtherOrg is an organization without members of the main one.
func (s *Server) OtherOrg() *Organization { return s.Org(otherOrgID) }

// AddOrganization creates an organization without projects. Its admin is the founder of the main one, lead@example.com.
func (s *Server) AddOrganization(name string) *Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.now()
	o := s.world.newOrganization("org-"+randomText("abcdefghijklmnopqrstuvwxyz", 8)+"-"+randomText("0123456789", 8), name, "launch", now)
	o.founder = s.world.orgs[0].founder
	o.join(s.world.users[o.founder], "admin", now)
	s.world.orgs = append(s.world.orgs, o)
	return &Organization{s, o.id}
}
