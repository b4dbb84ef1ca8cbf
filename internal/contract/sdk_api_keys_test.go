//go:build contract

package contract_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func TestSDKsMakeUseAndRevokeKeys(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{ExtraAPIKeys: 120}, func(t *testing.T, c caller) { // the list is not paged
		c.do(t, "listOrgApiKeys", nil, nil, nil).is(t, listedKeys(c.sim))

		project := c.sim.Projects()[0].ID
		for name, body := range map[string]params{
			"for everything":  {"key_name": "for everything"},
			"for one project": {"key_name": "for one project", "project_id": project},
		} {
			ops := theMember(t, c.sim, "ops@example.com") // who is not the organization's founder
			made := c.with(c.sim.NewPersonalKey(ops.Email)).do(t, "createOrgApiKey", nil, nil, body)
			var answer struct {
				Key       string
				ProjectID any    `json:"project_id"`
				CreatedBy string `json:"created_by"`
			}
			made.into(t, &answer)
			key := theKey(t, c.sim, name)
			made.is(t, createdKey(key, c.sim.TokenOf(key.ID)))
			if answer.ProjectID != body["project_id"] || answer.CreatedBy != ops.UserID {
				t.Errorf("made by %s for %v, want by %s for %v", answer.CreatedBy, answer.ProjectID, ops.UserID, body["project_id"])
			}
			if !regexp.MustCompile(`^napi_[a-z0-9]{64}$`).MatchString(answer.Key) || !c.sim.TokenValid(answer.Key) {
				t.Errorf("%q is no token of a live key", answer.Key)
			}
			c.do(t, "listOrgApiKeys", nil, nil, nil).is(t, listedKeys(c.sim))

			// It can what such a key can, and the list shows the use of it.
			if c := c.with(answer.Key); body["project_id"] == nil {
				c.do(t, "getOrganization", nil, nil, nil).into(t, new(struct{}))
			} else {
				c.do(t, "getProject", params{"project_id": project}, nil, nil).into(t, new(struct{}))
				c.do(t, "getOrganization", nil, nil, nil).refused(t, c, http.StatusNotFound, saysOutsideProject)
			}
			c.with(answer.Key).do(t, "getAuthDetails", nil, nil, nil).is(t, params{"account_id": c.sim.OrgID(), "auth_method": "api_key_org", "auth_data": itoa(key.ID)})
			used := theKey(t, c.sim, name)
			if used.LastUsedAt == nil || used.LastUsedFromAddr != "127.0.0.1" {
				t.Errorf("the key was used, and is %+v", used)
			}
			c.do(t, "listOrgApiKeys", nil, nil, nil).is(t, listedKeys(c.sim))

			c.do(t, "revokeOrgApiKey", params{"key_id": key.ID}, nil, nil).is(t, revokedKey(used))
			if c.sim.TokenValid(answer.Key) {
				t.Error("the token of a revoked key is good")
			}
			c.with(answer.Key).do(t, "getAuthDetails", nil, nil, nil).refused(t, c, http.StatusUnauthorized, saysNoSuchKey)
			c.do(t, "listOrgApiKeys", nil, nil, nil).is(t, listedKeys(c.sim))
		}

		// Two keys may have one name, and a name all of 64 characters, whatever their bytes.
		for _, name := range []string{"twin", "twin", strings.Repeat("é", 64)} {
			var made struct {
				ID   int64
				Name string
			}
			c.do(t, "createOrgApiKey", nil, nil, params{"key_name": name}).into(t, &made)
			if made.Name != name {
				t.Errorf("made %q, asked for %q", made.Name, name)
			}
		}
		if n := len(slices.DeleteFunc(c.sim.APIKeys(), func(k neontest.APIKey) bool { return k.Name != "twin" })); n != 2 {
			t.Errorf("%d twins", n)
		}
	})
}

func TestSDKsMakeUseAndRevokePersonalKeys(t *testing.T) {
	t.Parallel()
	onBoth(t, neontest.Config{}, func(t *testing.T, c caller) {
		lead := theMember(t, c.sim, "lead@example.com")
		var listed []struct {
			ID         int64
			Name       string
			Key        *string
			ProjectID  *string `json:"project_id"`
			CreatedBy  params  `json:"created_by"`
			LastUsedAt *string `json:"last_used_at"`
		}
		c.do(t, "listApiKeys", nil, nil, nil).into(t, &listed)
		if len(listed) != 1 || listed[0].ID != 1734001 || listed[0].Key != nil || listed[0].CreatedBy["id"] != lead.UserID || listed[0].LastUsedAt == nil {
			t.Errorf("listed %+v", listed)
		}
		var made struct {
			ID        int64
			Key, Name string
			CreatedBy string `json:"created_by"`
		}
		c.do(t, "createApiKey", nil, nil, params{"key_name": "mine"}).into(t, &made)
		if made.Name != "mine" || made.CreatedBy != lead.UserID || !c.sim.TokenValid(made.Key) {
			t.Errorf("made %+v", made)
		}
		c.with(made.Key).do(t, "getOrganization", nil, nil, nil).into(t, new(struct{}))
		var revoked struct {
			ID      int64
			Revoked bool
		}
		c.do(t, "revokeApiKey", params{"key_id": made.ID}, nil, nil).into(t, &revoked)
		if revoked.ID != made.ID || !revoked.Revoked || c.sim.TokenValid(made.Key) {
			t.Errorf("revoked %+v", revoked)
		}
		c.do(t, "revokeApiKey", params{"key_id": made.ID}, nil, nil).refused(t, c, http.StatusNotFound, "API key not found")
	})
}
