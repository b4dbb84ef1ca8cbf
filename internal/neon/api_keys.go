package neon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// APIKey is an API key of an organization. Its ID identifies it; names are not unique.
type APIKey struct {
	// ID is Neon's number for the key.
	ID string
	// Name is 1 to 64 characters.
	Name string
	// ProjectID limits the key to one project; empty for an organization-wide key.
	ProjectID string
	// CreatedAt is zero if Neon does not return it.
	CreatedAt time.Time
	// CreatedBy is the person who created the key.
	CreatedBy User
	// LastUsedAt is zero for a key that was never used.
	LastUsedAt time.Time
	// LastUsedFrom is the client's address, sometimes a comma-separated list.
	LastUsedFrom string
	// Token authenticates requests. Only the response to the create contains it.
	Token Secret
}

// usableToken reports whether a token can be sent in a header, and written to a file or a terminal.
func usableToken(token string) bool {
	const maxLength = 512
	unusable := func(r rune) bool { return r < '!' || r > '~' }
	return token != "" && len(token) <= maxLength && !strings.ContainsFunc(token, unusable)
}

// UnmarshalJSON decodes the three forms in which Neon returns a key.
func (k *APIKey) UnmarshalJSON(raw []byte) error {
	var wire struct {
		ID           looseID   `json:"id"`
		Name         plainText `json:"name"`
		ProjectID    plainText `json:"project_id"` // null and "" are no project
		CreatedAt    looseTime `json:"created_at"`
		CreatedBy    looseUser `json:"created_by"`
		LastUsedAt   looseTime `json:"last_used_at"`
		LastUsedFrom plainText `json:"last_used_from_addr"`
		Key          string    `json:"key"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	switch {
	case wire.ID == "":
		return errors.New("an API key has no id")
	case !keyIDPattern.MatchString(string(wire.ID)):
		return fmt.Errorf("the id of an API key is not a number: %q", wire.ID)
	}
	*k = APIKey{
		ID: string(wire.ID), Name: string(wire.Name), ProjectID: string(wire.ProjectID),
		CreatedAt: wire.CreatedAt.Time, CreatedBy: wire.CreatedBy.User,
		LastUsedAt: wire.LastUsedAt.Time, LastUsedFrom: string(wire.LastUsedFrom),
	}
	if usableToken(wire.Key) { // else the answer has none
		k.Token = Secret(wire.Key)
	}
	return nil
}

// listAPIKeys returns every live key of an organization, tokens excepted.
func (c *Client) listAPIKeys(ctx context.Context, orgID string) ([]APIKey, error) {
	path := pathTo("organizations", orgID, "api_keys")
	var keys *items[APIKey]
	err := c.do(ctx, http.MethodGet, path, nil, nil, &keys, func() error {
		if keys == nil {
			return errors.New("the answer is null instead of a list of API keys")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return *keys, nil
}

// createAPIKey creates a key. It requires the personal key of an admin.
func (c *Client) createAPIKey(ctx context.Context, orgID, name, projectID string) (APIKey, error) {
	path := pathTo("organizations", orgID, "api_keys")
	in := struct {
		Name      string `json:"key_name"`
		ProjectID string `json:"project_id,omitempty"`
	}{name, projectID}
	var key APIKey
	if err := c.do(ctx, http.MethodPost, path, nil, in, &key); err != nil {
		return APIKey{}, err
	}
	if key.Token == "" {
		err := errors.New("the answer lacks the key's token")
		return key, &Error{Method: http.MethodPost, Path: path, Status: http.StatusOK, Outcome: CarriedOut, Err: err}
	}
	return key, nil
}

// revokeAPIKey revokes a key permanently.
func (c *Client) revokeAPIKey(ctx context.Context, orgID, id string) error {
	path := pathTo("organizations", orgID, "api_keys", id)
	var answer struct {
		ID looseID `json:"id"`
	}
	return c.change(ctx, http.MethodDelete, path, nil, &answer, func() bool { return string(answer.ID) == id })
}
