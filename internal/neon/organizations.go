package neon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// OrganizationInfo is what Neon returns about an organization itself.
type OrganizationInfo struct {
	// ID is the organization's id, as in org-example-12345678.
	ID string
	// Name and Handle are its names.
	Name, Handle string
	// Plan is free text: free, launch, scale, business, …
	Plan string
	// ManagedBy is the service that manages it: console, vercel, …
	ManagedBy string
	// CreatedAt and UpdatedAt are zero if Neon does not return it.
	CreatedAt, UpdatedAt time.Time
	// AllowHIPAAProjects and RequireMFA are nil if Neon does not return it.
	AllowHIPAAProjects, RequireMFA *bool
}

// UnmarshalJSON decodes an organization.
func (o *OrganizationInfo) UnmarshalJSON(raw []byte) error {
	var wire struct {
		ID                 looseID   `json:"id"`
		Name               plainText `json:"name"`
		Handle             plainText `json:"handle"`
		Plan               plainText `json:"plan"`
		ManagedBy          plainText `json:"managed_by"`
		CreatedAt          looseTime `json:"created_at"`
		UpdatedAt          looseTime `json:"updated_at"`
		AllowHIPAAProjects *bool     `json:"allow_hipaa_projects"`
		RequireMFA         *bool     `json:"require_mfa"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	switch {
	case wire.ID == "":
		return errors.New("an organization has no id")
	case !idPattern.MatchString(string(wire.ID)):
		return fmt.Errorf("the id of an organization has another form than Neon's: %q", wire.ID)
	}
	*o = OrganizationInfo{
		ID: string(wire.ID), Name: string(wire.Name), Handle: string(wire.Handle), Plan: string(wire.Plan), ManagedBy: string(wire.ManagedBy),
		CreatedAt: wire.CreatedAt.Time, UpdatedAt: wire.UpdatedAt.Time,
		AllowHIPAAProjects: wire.AllowHIPAAProjects, RequireMFA: wire.RequireMFA,
	}
	return nil
}

// OrganizationInfo reads one organization.
func (c *Client) OrganizationInfo(ctx context.Context, orgID string) (OrganizationInfo, error) {
	var info OrganizationInfo
	err := c.do(ctx, http.MethodGet, pathTo("organizations", orgID), nil, nil, &info)
	return info, err
}

// Organizations lists the organizations of the key's owner: those of a person, or the owner of an organization key.
func (c *Client) Organizations(ctx context.Context) ([]OrganizationInfo, error) {
	const path = "/users/me/organizations"
	var answer struct {
		Organizations *items[OrganizationInfo] `json:"organizations"`
	}
	err := c.do(ctx, http.MethodGet, path, nil, nil, &answer, func() error {
		if answer.Organizations == nil {
			return errors.New("the answer has no list of organizations")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return *answer.Organizations, nil
}

// OwnOrganizations is Organizations, requested once for all callers.
func (c *Client) OwnOrganizations(ctx context.Context) ([]OrganizationInfo, error) {
	return c.own.get(ctx, time.Time{})
}
