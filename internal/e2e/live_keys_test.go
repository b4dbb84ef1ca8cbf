//go:build unix

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

var tokenShape = regexp.MustCompile(`^napi_[a-z0-9]{64}$`)

// mayCreateKeys says why no keys can be created, if so.
func (v *visit) mayCreateKeys(ctx context.Context) error {
	if v.caller.kind != personalKey {
		return skip(needsPersonal)
	}
	if v.caller.admin() {
		return nil
	}
	if _, known := v.answers["not-admin"]; !known {
		r, err := v.createKey(ctx, v.settings.apiKey, "by-no-admin", "")
		if err != nil {
			return err
		}
		v.answer("not-admin", strconv.Itoa(r.status), r.said())
	}
	return skip("the key is not an admin's")
}

// keys makes a key for the organization, and one for the project if there is one, looks at them and revokes them.
func (v *visit) keys(ctx context.Context) error {
	if err := v.mayCreateKeys(ctx); err != nil {
		v.unanswered(needsPersonal+" of an admin", "never-used", "revoke-revoked", "list-lag")
		return err
	}
	var lag lag
	if err := v.oneKey(ctx, "direct", "", &lag); err != nil {
		return err
	}
	if v.settings.projectID != "" {
		if err := v.oneKey(ctx, "direct-for-project", v.settings.projectID, &lag); err != nil {
			return err
		}
	}
	v.answer("list-lag", lag.answer(), fmt.Sprintf("%d lists, each right after a write", lag.lists))
	return nil
}

// oneKey is the life of a key.
func (v *visit) oneKey(ctx context.Context, what, projectID string, lag *lag) error {
	own := v.settings.apiKey
	r, err := v.createKey(ctx, own, what, projectID)
	if err != nil {
		return err
	}
	var created apiKey
	if err := r.decode(&created); err != nil {
		return fmt.Errorf("creating a key: %w", err)
	}
	listed, err := v.listedKey(ctx, created.ID, true, lag)
	if err != nil {
		return err
	}
	if projectID == "" {
		v.answer("never-used", field(listed.raw, "last_used_at"), "")
		v.fact("A token", "`napi_` and 64 lower-case letters and digits", choose(
			tokenShape.MatchString(created.Key), "`napi_` and 64 lower-case letters and digits", fmt.Sprintf("something else, of %d characters", len(created.Key))))
		v.fact("`created_by` in the answer to a creation", "a string", field(created.raw, "created_by"))
		v.fact("`project_id` of a key for the whole organization", "absent", field(created.raw, "project_id"))
		v.fact("`key` in the list", "absent", field(listed.raw, "key"))
		if err := v.useOrganizationKey(ctx, created.Key); err != nil {
			return err
		}
	} else {
		v.fact("`project_id` of a key for a project", "a string", field(created.raw, "project_id"))
		if err := v.useProjectKey(ctx, created.Key); err != nil {
			return err
		}
	}

	if r, err = v.call(ctx, own, http.MethodDelete, v.keyPath(created.ID), nil); err != nil {
		return err
	}
	var revoked apiKey
	if err := r.decode(&revoked); err != nil {
		return fmt.Errorf("revoking a key: %w", err)
	}
	if _, err := v.listedKey(ctx, created.ID, false, lag); err != nil {
		return err
	}
	dead, err := v.call(ctx, created.Key, http.MethodGet, "/auth", nil)
	if err != nil {
		return err
	}
	if projectID != "" {
		return nil
	}
	v.fact("`revoked` in the answer to a revocation", "true", field(revoked.raw, "revoked"))
	v.fact("A revoked key", "401 `supplied credentials do not pass authentication`", dead.said())
	if r, err = v.call(ctx, own, http.MethodDelete, v.keyPath(created.ID), nil); err != nil {
		return err
	}
	v.answer("revoke-revoked", strconv.Itoa(r.status), r.said())
	return nil
}

// useOrganizationKey does what a key for the whole organization may and may not do.
func (v *visit) useOrganizationKey(ctx context.Context, token string) error {
	var me identity
	r, err := v.call(ctx, token, http.MethodGet, "/auth", nil)
	if err == nil {
		err = r.decode(&me)
	}
	if err != nil {
		return fmt.Errorf("a new key: %w", err)
	}
	v.fact("`auth_method` of an organization key", "api_key_org", me.AuthMethod)
	v.fact("`account_id` of an organization key", "the organization's id", choose(me.AccountID == v.settings.orgID, "the organization's id", "another one"))
	list, err := v.call(ctx, token, http.MethodGet, v.organization()+"/api_keys", nil)
	if err != nil {
		return err
	}
	v.fact("An organization key that lists the keys", "200", list.said())
	projects, err := v.call(ctx, token, http.MethodGet, "/projects?limit=1", nil)
	if err != nil {
		return err
	}
	v.fact("An organization key that lists projects without `org_id`", "200", projects.said())
	return v.refusalsToOrganizationKey(ctx, token)
}

// useProjectKey does what a key for a project may and may not do.
func (v *visit) useProjectKey(ctx context.Context, token string) error {
	for _, use := range []struct{ about, path, simulated string }{
		{"A key for a project reads the project", "/projects/" + v.settings.projectID, "200"},
		{"A key for a project lists its organizations", "/users/me/organizations", "200"},
		{
			"A key for a project lists the members", v.organization() + "/members?limit=1",
			"404 `not allowed to perform actions outside the project this key is scoped to; subject_project_id:\"(project)\"`",
		},
	} {
		r, err := v.call(ctx, token, http.MethodGet, use.path, nil)
		if err != nil {
			return err
		}
		v.fact(use.about, use.simulated, r.said())
	}
	return nil
}

// lag is how far the list of keys was behind.
type lag struct {
	lists   int
	longest time.Duration
}

func (l *lag) answer() string {
	if l.longest == 0 {
		return "no"
	}
	return "yes, by up to " + l.longest.Round(100*time.Millisecond).String()
}

// listedKey waits until the list has, or has no longer, a key that was written just now.
func (v *visit) listedKey(ctx context.Context, id int64, there bool, lag *lag) (apiKey, error) {
	lag.lists++
	written := time.Now()
	for tries := 0; ; tries++ {
		list, err := v.listKeys(ctx)
		if err != nil {
			return apiKey{}, err
		}
		i := slices.IndexFunc(list, func(k apiKey) bool { return k.ID == id })
		if (i >= 0) == there {
			if tries > 0 {
				lag.longest = max(lag.longest, time.Since(written))
			}
			if there {
				return list[i], nil
			}
			return apiKey{}, nil
		}
		if time.Since(written) > time.Minute {
			return apiKey{}, errors.New("a minute after the write, the list of keys does not show it")
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-ctx.Done():
			return apiKey{}, ctx.Err()
		}
	}
}

func (v *visit) organizationKey(ctx context.Context) error {
	return v.keyLife(ctx, "terraform", "")
}

func (v *visit) projectKey(ctx context.Context) error {
	if v.settings.projectID == "" {
		return skip("NEON_TEST_PROJECT_ID is not set")
	}
	return v.keyLife(ctx, "terraform-for-project", v.settings.projectID)
}

// keyLife lets Terraform create a key, find nothing to do, import it elsewhere, and revoke it.
func (v *visit) keyLife(ctx context.Context, what, projectID string) error {
	if err := v.mayCreateKeys(ctx); err != nil {
		return err
	}
	config := fmt.Sprintf("resource \"neon_organization_api_key\" \"live\" {\n  name = %q\n", v.keyName(what))
	if projectID != "" {
		config += fmt.Sprintf("  project_id = %q\n", projectID)
	}
	config += "}\n"
	w, err := v.workspace(ctx, config)
	if err != nil {
		return err
	}
	if err := w.apply(ctx); err != nil {
		return err
	}
	state, err := w.attributes()
	if err != nil {
		return err
	}
	if err := v.lives(ctx, v.keyName(what), projectID, state, true); err != nil {
		return err
	}
	if err := w.planned(ctx, false); err != nil {
		return err
	}

	other, err := v.workspace(ctx, config)
	if err != nil {
		return err
	}
	if _, err := other.terraform(ctx, 0, "import", "-input=false", "neon_organization_api_key.live", v.settings.orgID+"/"+state["id"]); err != nil {
		return err
	}
	if err := other.planned(ctx, false); err != nil {
		return fmt.Errorf("after the import: %w", err)
	}

	if _, err := w.terraform(ctx, 0, "destroy", "-input=false", "-auto-approve"); err != nil {
		return err
	}
	if err := v.lives(ctx, v.keyName(what), projectID, state, false); err != nil {
		return err
	}
	if err := other.planned(ctx, true); err != nil {
		return fmt.Errorf("after the key was revoked: %w", err)
	}
	return nil
}

// lives fails unless there is exactly one key of that name, that of the state, and its token works; or none of it.
func (v *visit) lives(ctx context.Context, name, projectID string, state map[string]string, wanted bool) error {
	list, err := v.listKeys(ctx)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(k apiKey) bool { return k.Name != name })
	if wanted && (len(list) != 1 || strconv.FormatInt(list[0].ID, 10) != state["id"] || list[0].ProjectID != projectID) || !wanted && len(list) > 0 {
		return fmt.Errorf("%d keys have the name %s; one is to live, as the state has it: %t", len(list), name, wanted)
	}
	r, err := v.call(ctx, state["key"], http.MethodGet, "/auth", nil)
	if err == nil && (r.status == http.StatusOK) != wanted {
		err = fmt.Errorf("a token that is to work (%t) gets %s", wanted, r.said())
	}
	return err
}
