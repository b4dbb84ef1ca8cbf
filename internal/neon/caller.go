package neon

import (
	"context"
	"net/http"
)

// KeyType is the kind of API key, in the words of this provider.
type KeyType string

const (
	// PersonalKey belongs to a person and may do what that person may.
	PersonalKey KeyType = "personal"
	// OrganizationKey belongs to an organization.
	OrganizationKey KeyType = "organization"
	// ProjectKey belongs to an organization, limited to one project.
	ProjectKey KeyType = "project"
)

// Caller is whose key it is.
type Caller struct {
	// KeyType is the kind of key.
	KeyType KeyType
	// UserID and Email are the person's, for a personal key.
	UserID, Email string
	// OrgID is the owning organization, for the other keys.
	OrgID string
}

// Caller finds out once whose key it is. Whoever asks just after a failure shares it.
func (c *Client) Caller(ctx context.Context) (Caller, error) {
	select {
	case c.callerLock <- struct{}{}:
		defer func() { <-c.callerLock }()
	case <-ctx.Done():
		return Caller{}, context.Cause(ctx)
	}
	if c.caller != nil {
		return *c.caller, nil
	}
	if c.callerFailure.recent() {
		return Caller{}, c.callerFailure.err
	}
	caller, err := c.whoAmI(ctx)
	if err != nil {
		c.callerFailure = failed(ctx, err)
		return Caller{}, err
	}
	c.caller = &caller
	return caller, nil
}

func (c *Client) whoAmI(ctx context.Context) (Caller, error) {
	var auth struct {
		Method string `json:"auth_method"`
	}
	if err := c.do(ctx, http.MethodGet, "/auth", nil, nil, &auth); err != nil {
		return Caller{}, err
	}
	if auth.Method != "api_key_org" {
		return c.person(ctx)
	}
	organizations, err := c.Organizations(ctx)
	if err != nil {
		return Caller{}, err
	}
	if len(organizations) == 0 {
		return Caller{KeyType: OrganizationKey}, nil
	}
	caller := Caller{KeyType: OrganizationKey, OrgID: organizations[0].ID}
	// Neon names both kinds api_key_org. Only a project-scoped key is refused its own organization.
	_, err = c.OrganizationInfo(ctx, caller.OrgID)
	if refusal, ok := AsError(err); ok && (refusal.Status == http.StatusNotFound || refusal.Status == http.StatusForbidden) {
		caller.KeyType = ProjectKey
	} else if err != nil {
		return Caller{}, err
	}
	return caller, nil
}

func (c *Client) person(ctx context.Context) (Caller, error) {
	var user struct {
		ID    looseID `json:"id"`
		Email string  `json:"email"`
	}
	if err := c.do(ctx, http.MethodGet, "/users/me", nil, nil, &user); err != nil {
		return Caller{}, err
	}
	return Caller{KeyType: PersonalKey, UserID: string(user.ID), Email: lower(user.Email)}, nil
}
