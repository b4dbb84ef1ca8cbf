package neon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// KeyType is the type of an API key, as this provider names it.
type KeyType string

const (
	// PersonalKey belongs to a person and has that person's permissions.
	PersonalKey KeyType = "personal"
	// OrganizationKey belongs to an organization.
	OrganizationKey KeyType = "organization"
	// ProjectKey belongs to an organization, limited to one project.
	ProjectKey KeyType = "project"
)

// Key describes the key that the client uses.
type Key struct {
	// KeyType is the type of the key.
	KeyType KeyType
	// OrgID is the owning organization; empty for a personal key.
	OrgID string
	// ProjectID is the project to which the key is limited; empty without one, or if Neon does not return it.
	ProjectID string
}

// Caller is the key and its owner.
type Caller struct {
	Key
	// UserID and Email are the person's, for a personal key.
	UserID, Email string
}

// Key returns the type of the key. It requests it once.
func (c *Client) Key(ctx context.Context) (Key, error) { return c.usedKey.get(ctx, time.Time{}) }

// Caller returns the owner of the key. It requests it once; for a personal key, this takes one request more than Key.
func (c *Client) Caller(ctx context.Context) (Caller, error) { return c.caller.get(ctx, time.Time{}) }

// personalMethods are the values of auth_method, in the response of GET /auth, of keys that act for a person.
var personalMethods = []string{"api_key_user", "oauth", "keycloak", "session_cookie"}

func (c *Client) findKey(ctx context.Context) (Key, error) {
	var auth struct {
		Method    plainText `json:"auth_method"`
		AccountID looseID   `json:"account_id"`
	}
	err := c.do(ctx, http.MethodGet, "/auth", nil, nil, &auth, func() error {
		if auth.Method != "api_key_org" && !slices.Contains(personalMethods, string(auth.Method)) {
			return fmt.Errorf("the answer does not say whose key it is: auth_method is %q", c.clean(string(auth.Method)))
		}
		return nil
	})
	if err != nil {
		return Key{}, err
	}
	if auth.Method != "api_key_org" {
		return Key{KeyType: PersonalKey}, nil
	}
	organizations, err := c.Organizations(ctx)
	if err != nil && !refusesToTell(err) {
		return Key{}, err
	}
	key := Key{KeyType: OrganizationKey}
	switch {
	case len(organizations) > 0:
		key.OrgID = organizations[0].ID
	case idPattern.MatchString(string(auth.AccountID)):
		key.OrgID = string(auth.AccountID)
	case err != nil:
		return Key{}, err
	default:
		return key, nil
	}
	// Neon names both kinds api_key_org. Only a project-scoped key is refused its own organization.
	_, err = c.OrganizationInfo(ctx, key.OrgID)
	switch {
	case refusesToTell(err):
		key.KeyType = ProjectKey
		key.ProjectID = subjectProject(err)
	case err != nil:
		return Key{}, err
	}
	return key, nil
}

// subjectPattern matches the project of a project-scoped key in Neon's refusal.
var subjectPattern = regexp.MustCompile(`subject_project_id:\s*"?([a-z0-9-]{1,60})\b`)

// subjectProject is the project that the refusal of a project-scoped key names, if it does.
func subjectProject(err error) string {
	refusal, ok := AsError(err)
	if !ok || refusal.Refusal() != OutsideProject {
		return ""
	}
	if found := subjectPattern.FindStringSubmatch(refusal.Message); found != nil {
		return found[1]
	}
	return ""
}

// refusesToTell reports whether Neon itself refuses to show something to the key in use.
func refusesToTell(err error) bool {
	refusal, ok := AsError(err)
	return ok && (refusal.Status == http.StatusNotFound || refusal.Status == http.StatusForbidden) && refusal.Refusal() != NotNeon
}

func (c *Client) findCaller(ctx context.Context) (Caller, error) {
	key, err := c.Key(ctx)
	if err != nil || key.KeyType != PersonalKey {
		return Caller{Key: key}, err
	}
	var user struct {
		ID    looseID   `json:"id"`
		Email plainText `json:"email"`
	}
	err = c.do(ctx, http.MethodGet, "/users/me", nil, nil, &user, func() error {
		if user.ID == "" || lower(string(user.Email)) == "" {
			return errors.New("the answer does not say whose key it is: it has no id or no e-mail")
		}
		return nil
	})
	if err != nil { // the guards rest on it
		return Caller{}, err
	}
	return Caller{Key: key, UserID: string(user.ID), Email: lower(string(user.Email))}, nil
}
