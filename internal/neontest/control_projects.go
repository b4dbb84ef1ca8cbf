package neontest

import (
	"errors"
	"fmt"
	"slices"
)

// projectRef is what control calls about projects and the roles in them take.
type projectRef struct {
	inOrg
	ProjectID   string  `json:"project_id"`
	Name        *string `json:"name"`
	Unavailable *bool   `json:"unavailable"`
	Integration *string `json:"integration"`
	Email       string  `json:"email"`
	Role        string  `json:"role"`
}

// aboutProject is a control call whose body names a project of the organization.
func aboutProject(do func(*Organization, projectRef) (any, error)) func(*Server, []byte) (any, error) {
	return about(func(h *Organization, ref projectRef) (any, error) {
		if _, found := h.project(ref.ProjectID); !found {
			return nil, fmt.Errorf("project_id: there is no %q", ref.ProjectID)
		}
		return do(h, ref)
	})
}

func (h *Organization) project(id string) (Project, bool) {
	projects := h.Projects()
	i := slices.IndexFunc(projects, func(p Project) bool { return p.ID == id })
	if i < 0 {
		return Project{}, false
	}
	return projects[i], true
}

func controlAddProject(h *Organization, ref projectRef) (any, error) {
	standard := "project"
	return h.AddProject(*orElse(ref.Name, &standard)), nil
}

func controlChangeProject(h *Organization, ref projectRef) (any, error) {
	h.ChangeProject(ref.ProjectID, func(p *Project) {
		if ref.Name != nil {
			p.Name = *ref.Name
		}
		if ref.Unavailable != nil {
			p.Unavailable = *ref.Unavailable
		}
		if ref.Integration != nil {
			p.Integration = *ref.Integration
		}
	})
	p, _ := h.project(ref.ProjectID)
	return p, nil
}

func controlRemoveProject(h *Organization, ref projectRef) (any, error) {
	h.RemoveProject(ref.ProjectID)
	return nil, nil
}

func controlGrant(h *Organization, ref projectRef) (any, error) {
	if ref.Role == "" {
		return nil, errors.New("role: missing")
	}
	err := h.Grant(ref.ProjectID, ref.Email, ref.Role)
	return h.Grants(ref.ProjectID), err
}

func controlRemoveGrant(h *Organization, ref projectRef) (any, error) {
	err := h.Grant(ref.ProjectID, ref.Email, "")
	return h.Grants(ref.ProjectID), err
}

// spendingLimit is what control calls about the spending limit take.
type spendingLimit struct {
	inOrg
	Cents int64 `json:"cents"`
}

func controlSetSpendingLimit(h *Organization, limit spendingLimit) (any, error) {
	if limit.Cents < 1 {
		return nil, fmt.Errorf("cents: %d is less than 1", limit.Cents)
	}
	h.SetSpendingLimit(limit.Cents)
	return nil, nil
}

func controlRemoveSpendingLimit(h *Organization, _ spendingLimit) (any, error) {
	h.SetSpendingLimit(0)
	return nil, nil
}

// endpointRef is what control calls about VPC endpoints take.
type endpointRef struct {
	inOrg
	RegionID           string    `json:"region_id"`
	ID                 string    `json:"vpc_endpoint_id"`
	Label              *string   `json:"label"`
	State              *string   `json:"state"`
	RestrictedProjects *[]string `json:"restricted_projects"`
}

// aboutEndpoint is a control call whose body names a VPC endpoint.
func aboutEndpoint(do func(*Organization, endpointRef) (any, error)) func(*Server, []byte) (any, error) {
	return about(func(h *Organization, ref endpointRef) (any, error) {
		if ref.RegionID == "" || ref.ID == "" {
			return nil, errors.New("region_id and vpc_endpoint_id: both are needed")
		}
		return do(h, ref)
	})
}

func controlAddEndpoint(h *Organization, ref endpointRef) (any, error) {
	h.AddVPCEndpoint(ref.RegionID, ref.ID, *orElse(ref.Label, &ref.ID))
	return controlChangeEndpoint(h, ref)
}

func controlChangeEndpoint(h *Organization, ref endpointRef) (any, error) {
	if ref.State != nil && !slices.Contains([]string{"new", "accepted"}, *ref.State) {
		return nil, fmt.Errorf("state: %q is neither new nor accepted", *ref.State)
	}
	var changed VPCEndpoint
	found := h.ChangeVPCEndpoint(ref.RegionID, ref.ID, func(e *VPCEndpoint) {
		e.Label = *orElse(ref.Label, &e.Label)
		e.State = *orElse(ref.State, &e.State)
		e.RestrictedProjects = *orElse(ref.RestrictedProjects, &e.RestrictedProjects)
		changed = *e
	})
	if !found {
		return nil, fmt.Errorf("vpc_endpoint_id: there is no %q in %q", ref.ID, ref.RegionID)
	}
	return changed, nil
}

func controlRemoveEndpoint(h *Organization, ref endpointRef) (any, error) {
	if !h.RemoveVPCEndpoint(ref.RegionID, ref.ID) {
		return nil, fmt.Errorf("vpc_endpoint_id: there is no %q in %q", ref.ID, ref.RegionID)
	}
	return nil, nil
}
