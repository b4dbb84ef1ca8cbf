package neontest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Control calls, under /_sim, are for people and scripts that simulate the world around Neon: the Console, people who
// accept, a failing network. They need no key, because the simulator listens on loopback only.
var controls = map[string]func(*Server, []byte) (any, error){
	"GET /_sim/state":          func(s *Server, _ []byte) (any, error) { return s.State(), nil },
	"GET /_sim/requests":       func(s *Server, _ []byte) (any, error) { return s.Requests(), nil },
	"DELETE /_sim/requests":    func(s *Server, _ []byte) (any, error) { s.ResetRequests(); return nil, nil },
	"POST /_sim/reset":         func(s *Server, _ []byte) (any, error) { s.Reset(); return nil, nil },
	"GET /_sim/config":         func(s *Server, _ []byte) (any, error) { return s.Config(), nil },
	"POST /_sim/config":        controlConfig,
	"POST /_sim/fault":         controlAddFault,
	"GET /_sim/fault":          func(s *Server, _ []byte) (any, error) { return s.PendingFaults(), nil },
	"DELETE /_sim/fault":       func(s *Server, _ []byte) (any, error) { s.ClearFaults(); return nil, nil },
	"POST /_sim/accept":        aboutPerson(controlAccept),
	"POST /_sim/member":        aboutPerson(controlAddMember),
	"PATCH /_sim/member":       aboutPerson(controlChangeMember),
	"DELETE /_sim/member":      aboutPerson(controlRemoveMember),
	"POST /_sim/invitation":    aboutPerson(controlInvite),
	"DELETE /_sim/invitation":  aboutPerson(controlCancelInvitation),
	"POST /_sim/api_key":       about(controlAddKey),
	"PATCH /_sim/api_key":      about(controlUseKey),
	"DELETE /_sim/api_key":     about(controlRevokeKey),
	"PATCH /_sim/organization": about(controlChangeOrganization),

	"POST /_sim/project":          about(controlAddProject),
	"PATCH /_sim/project":         aboutProject(controlChangeProject),
	"DELETE /_sim/project":        aboutProject(controlRemoveProject),
	"POST /_sim/grant":            aboutProject(controlGrant),
	"DELETE /_sim/grant":          aboutProject(controlRemoveGrant),
	"POST /_sim/spending_limit":   about(controlSetSpendingLimit),
	"DELETE /_sim/spending_limit": about(controlRemoveSpendingLimit),
	"POST /_sim/vpc_endpoint":     aboutEndpoint(controlAddEndpoint),
	"PATCH /_sim/vpc_endpoint":    aboutEndpoint(controlChangeEndpoint),
	"DELETE /_sim/vpc_endpoint":   aboutEndpoint(controlRemoveEndpoint),
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	var result any
	run, found := controls[r.Method+" "+strings.TrimSuffix(r.URL.Path, "/")]
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	status := http.StatusOK
	switch {
	case !found:
		status, err = http.StatusNotFound, fmt.Errorf("no such control call: %s %s", r.Method, r.URL.Path)
	case err == nil:
		result, err = run(s, body)
		if err != nil {
			status = http.StatusBadRequest
		}
	}
	if err != nil {
		result = map[string]string{"error": err.Error()}
	} else if result == nil {
		result = emptyBody{}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(result)
}

func controlConfig(s *Server, body []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.cfg
	if err := json.Unmarshal(body, &changed); err != nil {
		return nil, err
	}
	s.cfg = changed
	return changed, nil
}

func controlAddFault(s *Server, body []byte) (any, error) {
	var f Fault
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, err
	}
	id, err := s.addFault(f)
	return map[string]int{"id": id}, err
}

// inOrg is in the body of control calls that concern one organization. org_id may be left out.
type inOrg struct {
	OrgID string `json:"org_id"`
}

func (i inOrg) orgID() string { return i.OrgID }

// about is a control call whose body concerns one organization.
func about[T interface{ orgID() string }](do func(*Organization, T) (any, error)) func(*Server, []byte) (any, error) {
	return func(s *Server, body []byte) (any, error) {
		var request T
		if err := decodeStrictly(body, &request); err != nil {
			return nil, err
		}
		h, err := s.hold(request.orgID())
		if err != nil {
			return nil, err
		}
		return do(h, request)
	}
}

// person is what control calls about people take.
type person struct {
	inOrg
	Email       string  `json:"email"`
	Role        *string `json:"role"`
	NewEmail    *string `json:"new_email"`
	Deactivated *bool   `json:"deactivated"`
}

// aboutPerson is a control call whose body is a person.
func aboutPerson(do func(*Organization, person) (any, error)) func(*Server, []byte) (any, error) {
	return about(func(h *Organization, p person) (any, error) {
		if !validEmail(p.Email) {
			return nil, fmt.Errorf("email: %q is none", p.Email)
		}
		return do(h, p)
	})
}

// hold returns an organization, by default the main one.
func (s *Server) hold(orgID string) (*Organization, error) {
	if h := s.Org(orElse(orgID, s.OrgID())); h != nil {
		return h, nil
	}
	return nil, fmt.Errorf("org_id: there is no %s", orgID)
}

func controlAccept(h *Organization, p person) (any, error) {
	if err := h.Accept(p.Email); err != nil {
		return nil, err
	}
	m, _ := h.Member(p.Email)
	return m, nil
}

func controlAddMember(h *Organization, p person) (any, error) {
	standard := "editor"
	return h.AddMember(p.Email, *orElse(p.Role, &standard)), nil
}

func controlChangeMember(h *Organization, p person) (any, error) {
	if _, found := h.Member(p.Email); !found {
		return nil, fmt.Errorf("email: %s is no member", p.Email)
	}
	if p.Role != nil {
		h.SetRole(p.Email, *p.Role)
	}
	if p.Deactivated != nil {
		if *p.Deactivated {
			h.Deactivate(p.Email)
		} else {
			h.Reactivate(p.Email)
		}
	}
	if p.NewEmail != nil {
		h.ChangeEmail(p.Email, *p.NewEmail)
		p.Email = *p.NewEmail
	}
	m, _ := h.Member(p.Email)
	return m, nil
}

func controlRemoveMember(h *Organization, p person) (any, error) {
	m, found := h.Member(p.Email)
	if !found {
		return nil, fmt.Errorf("email: %s is no member", p.Email)
	}
	h.RemoveMember(p.Email)
	return m, nil
}

func controlInvite(h *Organization, p person) (any, error) {
	standard := "editor"
	return h.AddInvitation(p.Email, *orElse(p.Role, &standard)), nil
}

func controlCancelInvitation(h *Organization, p person) (any, error) {
	before := len(h.Invitations())
	h.CancelInvitation(p.Email)
	if len(h.Invitations()) == before {
		return nil, fmt.Errorf("email: %s has no open invitation", p.Email)
	}
	return nil, nil
}

// keyRef is what control calls about API keys take: an id, or a name that only one live key has.
type keyRef struct {
	inOrg
	ID               int64      `json:"id"`
	Name             string     `json:"name"`
	ProjectID        string     `json:"project_id"`
	CreatedBy        string     `json:"created_by"` // an e-mail
	LastUsedAt       *time.Time `json:"last_used_at"`
	LastUsedFromAddr string     `json:"last_used_from_addr"`
}

func (h *Organization) findKey(ref keyRef) (APIKey, error) {
	var found []APIKey
	for _, key := range h.APIKeys() {
		if (ref.ID != 0 && key.ID == ref.ID) || (ref.ID == 0 && key.Name == ref.Name) {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		name := orElse(ref.Name, strconv.FormatInt(ref.ID, 10))
		return APIKey{}, fmt.Errorf("%d live API keys are %q; give the id of one", len(found), name)
	}
	return found[0], nil
}

func controlAddKey(h *Organization, ref keyRef) (any, error) {
	if ref.Name == "" {
		return nil, fmt.Errorf("name: missing")
	}
	if ref.CreatedBy != "" {
		return h.AddAPIKeyBy(ref.CreatedBy, ref.Name, ref.ProjectID), nil
	}
	return h.AddAPIKey(ref.Name, ref.ProjectID), nil
}

func controlUseKey(h *Organization, ref keyRef) (any, error) {
	key, err := h.findKey(ref)
	if err != nil {
		return nil, err
	}
	now := h.s.now()
	h.UseAPIKey(key.ID, *orElse(ref.LastUsedAt, &now), orElse(ref.LastUsedFromAddr, "192.0.2.1"))
	return h.findKey(keyRef{ID: key.ID})
}

func controlRevokeKey(h *Organization, ref keyRef) (any, error) {
	key, err := h.findKey(ref)
	if err != nil {
		return nil, err
	}
	h.RevokeAPIKey(key.ID)
	return key, nil
}

// settings is what control calls about the organization itself take.
type settings struct {
	inOrg
	Plan string `json:"plan"`
}

func controlChangeOrganization(h *Organization, request settings) (any, error) {
	if request.Plan == "" {
		return nil, fmt.Errorf("plan: missing")
	}
	h.SetPlan(request.Plan)
	return nil, nil
}
