package neon

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// openKey is an API key that must not outlive the process.
type openKey struct {
	org *Organization
	id  string
}

// HoldAPIKey is CreateAPIKey for a caller that has more to do before it returns the key to Terraform. If the
// client is closed before that, it revokes the key.
func (o *Organization) HoldAPIKey(ctx context.Context, name, projectID string) (key APIKey, keep func(), err error) {
	if err := o.client.begin(); err != nil {
		return APIKey{}, nil, err
	}
	defer o.client.creating.Done() // not before it is in the table
	key, err = o.CreateAPIKey(ctx, name, projectID)
	if key.ID == "" {
		return APIKey{}, func() {}, err
	}
	held := openKey{o, key.ID}
	o.client.mu.Lock()
	defer o.client.mu.Unlock()
	if o.client.open == nil {
		o.client.open = map[openKey]bool{}
	}
	o.client.open[held] = false
	return key, func() { o.client.closed(held) }, err
}

// OpenAPIKey creates a key that lives until CloseAPIKey, or until the client is closed. With an
// error there is no key, unless the error says that one may remain.
func (o *Organization) OpenAPIKey(ctx context.Context, name, projectID string) (APIKey, error) {
	key, _, err := o.HoldAPIKey(ctx, name, projectID)
	if key.ID == "" {
		return APIKey{}, err
	}
	if err == nil {
		err = context.Cause(ctx) // an interrupted caller does not use it any more
	}
	if err == nil {
		return key, nil
	}
	if revokeErr := o.CloseAPIKey(ctx, key.ID); revokeErr != nil {
		err = &Error{
			Method: http.MethodPost, Path: pathTo("organizations", o.ID, "api_keys"), Outcome: CarriedOut,
			Err: both(err, fmt.Errorf("the API key %s was created and could not be revoked again: %w", key.ID, revokeErr)),
		}
	}
	return APIKey{}, err
}

// CloseAPIKey revokes a key from OpenAPIKey, even if ctx has already ended. A failed revocation is tried
// again when the client is closed.
func (o *Organization) CloseAPIKey(ctx context.Context, id string) error {
	ctx, cancel := outlive(ctx)
	defer cancel()
	err := o.RevokeAPIKey(ctx, id)
	if err == nil {
		o.client.closed(openKey{o, id})
	}
	return err
}

func (c *Client) closed(key openKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, key)
}

// revokeOpen revokes all open keys concurrently, each once, and returns when that is done
// or ctx has ended.
func (c *Client) revokeOpen(ctx context.Context) {
	c.mu.Lock()
	var keys []openKey
	for key, taken := range c.open {
		if !taken {
			keys = append(keys, key)
			c.open[key] = true
		}
	}
	c.mu.Unlock()
	var all sync.WaitGroup
	for _, key := range keys {
		all.Go(func() {
			if key.org.RevokeAPIKey(ctx, key.id) == nil {
				c.closed(key)
			}
		})
	}
	all.Wait()
}

// leftOpen is an error that names the open keys, if there are any.
func (c *Client) leftOpen() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var left []string
	for key := range c.open {
		left = append(left, key.id+" of "+key.org.ID)
	}
	if left == nil {
		return nil
	}
	slices.Sort(left)
	return fmt.Errorf("these API keys should not outlive the run and could not be revoked: %s", strings.Join(left, ", "))
}

const (
	// lastMoment bounds a revocation while the client closes.
	lastMoment = 2 * time.Second
	// betweenLastTries is the time between its tries.
	betweenLastTries = 100 * time.Millisecond
)

// revokeNow revokes a key while the client closes. It does not check the outcome of a lost
// response, because a revocation by ID can be repeated. Only a 404 needs a check, because it does not prove that
// the key is gone.
func (o *Organization) revokeNow(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, lastMoment)
	defer cancel()
	for {
		err := o.client.revokeAPIKey(ctx, o.ID, id)
		if unknownToNeon(err) {
			o.keys.forget(id)
			_, live, lookErr := o.APIKeyNow(ctx, id)
			if lookErr == nil && !live {
				err = nil
			}
		}
		if err == nil {
			o.keys.wrote(id, nil)
			return nil
		}
		ended := sleep(ctx, betweenLastTries)
		if ended != nil {
			return err
		}
	}
}
