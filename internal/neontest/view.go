package neontest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// State is the simulator's state without tokens, as GET /_sim/state returns it.
type State struct {
	Organizations []OrganizationState `json:"organizations"`
	// Requests is the number of requests by route, and RateLimited the number that Config.Limits refused with 429.
	Requests    map[string]int `json:"requests"`
	RateLimited int            `json:"rate_limited"`
	Faults      []Fault        `json:"faults"`
	Config      Config         `json:"config"`
}

// OrganizationState is one organization in State.
type OrganizationState struct {
	ID                  string        `json:"id"`
	Name                string        `json:"name"`
	Plan                string        `json:"plan"`
	ManagedBy           string        `json:"managed_by"`
	Roles               []string      `json:"roles"`
	Members             []Member      `json:"members"`
	OpenInvitations     []Invitation  `json:"open_invitations"`
	AcceptedInvitations []Invitation  `json:"accepted_invitations"`
	APIKeys             []APIKey      `json:"api_keys"`
	RevokedAPIKeys      []APIKey      `json:"revoked_api_keys"`
	Projects            []Project     `json:"projects"`
	SpendingLimitCents  *int64        `json:"spending_limit_cents"`
	VPCEndpoints        []VPCEndpoint `json:"vpc_endpoints"`
	DeletedVPCEndpoints []VPCEndpoint `json:"deleted_vpc_endpoints"`
}

// State returns the current state.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{
		Organizations: []OrganizationState{}, Requests: maps.Clone(s.log.counts), RateLimited: s.limits.refused,
		Faults: []Fault{}, Config: s.cfg,
	}
	for _, f := range s.faults {
		state.Faults = append(state.Faults, *f)
	}
	for _, o := range s.world.orgs {
		view := OrganizationState{
			ID: o.id, Name: o.name, Plan: o.plan, ManagedBy: o.managedBy, Roles: slices.Clone(o.roles),
			Members: slices.Clone(o.members), Projects: cloneProjects(o.projects),
		}
		view.OpenInvitations, view.AcceptedInvitations = split(o.invitations, func(i Invitation) bool { return i.Accepted })
		view.APIKeys, view.RevokedAPIKeys = split(o.keys, func(k APIKey) bool { return k.Revoked })
		view.VPCEndpoints, view.DeletedVPCEndpoints = split(o.vpcEndpoints, func(e VPCEndpoint) bool { return e.Deleted })
		view.SpendingLimitCents = clonePointer(o.spendingLimit)
		state.Organizations = append(state.Organizations, view)
	}
	return state
}

// split parts a list in those for which closed is false and those for which it is true.
func split[T any](list []T, closed func(T) bool) (open, past []T) {
	open, past = []T{}, []T{}
	for _, item := range list {
		if closed(item) {
			past = append(past, item)
		} else {
			open = append(open, item)
		}
	}
	return open, past
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	value := *p
	return &value
}

// Config returns the current configuration.
func (s *Server) Config() Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg
}

// jsonFault writes a fault's duration as text.
type jsonFault struct {
	*plainFault
	For *duration `json:"for,omitempty"`
}

type plainFault Fault

// MarshalJSON writes the duration as text.
func (f Fault) MarshalJSON() ([]byte, error) {
	view := jsonFault{plainFault: (*plainFault)(&f)}
	if f.For != 0 {
		d := duration(f.For)
		view.For = &d
	}
	return json.Marshal(view)
}

// UnmarshalJSON refuses names that it does not know.
func (f *Fault) UnmarshalJSON(data []byte) error {
	view := jsonFault{plainFault: (*plainFault)(f)}
	if err := decodeStrictly(data, &view); err != nil {
		return err
	}
	if view.For != nil {
		f.For = time.Duration(*view.For)
	}
	return nil
}
