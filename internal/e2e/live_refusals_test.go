//go:build unix

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// refusals asks for what must be refused and could do no harm if it were not.
func (v *visit) refusals(ctx context.Context) error {
	own := v.settings.apiKey
	get := func(key, path string) (reply, error) { return v.call(ctx, key, http.MethodGet, path, nil) }

	wrong, err := get("napi_"+strings.Repeat("0", 64), "/auth")
	if err != nil {
		return err
	}
	v.fact("A wrong key", "401 `supplied credentials do not pass authentication`", wrong.said())
	if wrong.status < 400 {
		return fmt.Errorf("a wrong key is answered with %d", wrong.status)
	}
	v.fact("The id of a request in the refusal", "as it was sent", choose(wrong.refusal().RequestID == wrong.requestID, "as it was sent", "another or none"))
	code := "absent"
	if wrong.refusal().Code != nil {
		code = strconv.Quote(*wrong.refusal().Code)
	}
	v.fact("`code` of a refusal", `""`, code)

	malformed, err := get(own, v.organization()+"/members/not-a-uuid")
	if err != nil {
		return err
	}
	v.answer("malformed-id", strconv.Itoa(malformed.status), malformed.said())

	nobody := "00000000-0000-4000-8000-" + strings.Repeat("0", 12)
	unknown, err := get(own, v.organization()+"/members/"+nobody)
	if err != nil {
		return err
	}
	v.fact("A member who does not exist", "404 `organization member not found`", unknown.said())

	elsewhere, err := get(own, "/organizations/org-nowhere-"+strings.ToLower(rand.Text()[:12]))
	if err != nil {
		return err
	}
	v.answer("not-yours", strconv.Itoa(elsewhere.status), elsewhere.said())

	project, err := get(own, "/projects/no-project-"+strings.ToLower(rand.Text()[:12]))
	if err != nil {
		return err
	}
	v.fact("A project that does not exist", "404 `project not found`", project.said())
	if v.caller.kind != personalKey {
		return v.refusalsToOrganizationKey(ctx, own)
	}
	return nil
}

// refusalsToOrganizationKey asks for what only people may, with a key that is nobody's.
func (v *visit) refusalsToOrganizationKey(ctx context.Context, key string) error {
	me, err := v.call(ctx, key, http.MethodGet, "/users/me", nil)
	if err != nil {
		return err
	}
	v.fact("An organization key on `GET /users/me`", "404 `not allowed for organization API keys`", me.said())
	create, err := v.createKey(ctx, key, "by-an-organization-key", "")
	if err != nil {
		return err
	}
	v.fact("An organization key that creates a key", "404 `This endpoint requires a personal API key. Organization API keys are not supported.`", create.said())
	return nil
}

// createKey asks for a key with a name of this run's; an empty projectID is none.
func (v *visit) createKey(ctx context.Context, key, what, projectID string) (reply, error) {
	body := map[string]string{"key_name": v.keyName(what)}
	if projectID != "" {
		body["project_id"] = projectID
	}
	return v.call(ctx, key, http.MethodPost, v.organization()+"/api_keys", body)
}
