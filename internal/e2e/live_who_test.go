//go:build unix

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

type keyKind string

const (
	personalKey     keyKind = "personal key"
	organizationKey keyKind = "organization key"
	projectKey      keyKind = "project-scoped key"
)

// caller is whose key it is that the run has.
type caller struct {
	kind   keyKind
	userID string
	email  string
	role   string   // of a person in the organization, if the list of members tells
	reads  []string // the lists that the key may read
}

func (c caller) may(list string) bool { return slices.Contains(c.reads, list) }

func (c caller) admin() bool { return c.kind == personalKey && c.role == "admin" }

func (c caller) String() string {
	if c.kind == personalKey && c.role != "" {
		return fmt.Sprintf("%s of somebody with the role %s", c.kind, c.role)
	}
	return string(c.kind)
}

type identity struct {
	AccountID  string `json:"account_id"`
	AuthMethod string `json:"auth_method"`
}

// who finds out whose key it is and what it may read. Without that, nothing else makes sense.
func (v *visit) who(ctx context.Context) error {
	var me identity
	if err := v.get(ctx, "/auth", &me); err != nil {
		return err
	}
	if me.AuthMethod == "api_key_user" {
		var user struct {
			ID    string `json:"id"`
			Email string `json:"email"`
		}
		if err := v.get(ctx, "/users/me", &user); err != nil {
			return err
		}
		v.caller = caller{kind: personalKey, userID: user.ID, email: user.Email}
	} else {
		v.caller.kind = organizationKey
	}
	r, err := v.call(ctx, v.settings.apiKey, http.MethodGet, v.organization(), nil)
	if err != nil {
		return err
	}
	var organization struct {
		Plan      string `json:"plan"`
		ManagedBy string `json:"managed_by"`
	}
	if err := r.decode(&organization); err != nil {
		if v.caller.kind == organizationKey && strings.Contains(r.refusal().Message, "scoped") {
			v.caller.kind = projectKey
			return fmt.Errorf("NEON_API_KEY is limited to one project, and cannot manage an organization: %w", err)
		}
		return fmt.Errorf("the organization: %w", err)
	}
	v.has = append(v.has, "plan `"+organization.Plan+"`", "managed by `"+organization.ManagedBy+"`")
	return v.whatItMayRead(ctx)
}

// The lists of an organization, by the last part of their paths.
const (
	membersList     = "members"
	invitationsList = "invitations"
	keysList        = "api_keys"
)

// whatItMayRead finds out which lists the key may read, and the role of a person.
func (v *visit) whatItMayRead(ctx context.Context) error {
	var words []string
	for _, list := range []struct{ path, words string }{{membersList, "members"}, {invitationsList, "invitations"}, {keysList, "API keys"}} {
		r, err := v.call(ctx, v.settings.apiKey, http.MethodGet, v.organization()+"/"+list.path, nil)
		if err != nil {
			return err
		}
		if r.status == http.StatusOK {
			v.caller.reads = append(v.caller.reads, list.path)
			words = append(words, list.words)
		}
	}
	if v.caller.may(membersList) {
		members, _, err := v.listMembers(ctx, 500)
		if err != nil {
			return err
		}
		for _, m := range members {
			if v.caller.userID != "" && m.Member.UserID == v.caller.userID {
				v.caller.role = m.Member.Role
			}
		}
	}
	// An admin may certainly read the members, so that whoever may not is none.
	if v.caller.kind != personalKey || v.caller.admin() || v.caller.may(membersList) && v.caller.role == "" {
		v.unanswered(needsNotAdmin, "not-admin-reads", "not-admin")
		return nil
	}
	v.answer("not-admin-reads", cmp.Or(strings.Join(words, ", "), "none of the three lists"), "role: "+cmp.Or(v.caller.role, "not told"))
	return nil
}
