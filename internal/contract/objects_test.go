//go:build contract

package contract_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// How Neon writes its objects, field for field; the values are what the simulator knows.

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func memberObject(m neontest.Member) params {
	return params{"id": m.ID, "user_id": m.UserID, "org_id": m.OrgID, "role": m.Role, "joined_at": when(m.JoinedAt)}
}

// memberWithUser is a member in a list. What is not known of the user is left out.
func memberWithUser(m neontest.Member) params {
	user := params{"email": m.Email}
	if m.HasMFA != nil {
		user["has_mfa"] = *m.HasMFA
	}
	if m.DeactivatedAt != nil {
		user["deactivated_at"] = when(*m.DeactivatedAt)
	}
	return params{"member": memberObject(m), "user": user}
}

func invitationObject(i neontest.Invitation) params {
	return params{"id": i.ID, "email": i.Email, "org_id": i.OrgID, "invited_by": i.InvitedBy, "invited_at": when(i.InvitedAt), "role": i.Role}
}

// keyObject is what all answers about a key have. Its creator is a user's id; project_id is left out of a key for the
// whole organization.
func keyObject(k neontest.APIKey) params {
	object := params{"id": k.ID, "name": k.Name, "created_at": when(k.CreatedAt), "created_by": k.CreatedBy}
	if k.ProjectID != "" {
		object["project_id"] = k.ProjectID
	}
	return object
}

// createdKey is the answer to the creation of a key, the only one with its token.
func createdKey(k neontest.APIKey, token string) params {
	object := keyObject(k)
	object["key"] = token
	return object
}

// revokedKey is the answer to the revocation of a key.
func revokedKey(k neontest.APIKey) params {
	object := keyObject(k)
	object["revoked"] = true
	addUse(object, k)
	return object
}

// listedKey is a key in a list, where its creator is an object.
func listedKey(sim *neontest.Server, k neontest.APIKey) params {
	object := keyObject(k)
	addUse(object, k)
	name := ""
	for _, m := range append(sim.Members(), sim.OtherOrg().Members()...) {
		if m.UserID == k.CreatedBy {
			name = m.Name
		}
	}
	object["created_by"] = params{"id": k.CreatedBy, "name": name, "image": "https://avatars.example.com/" + k.CreatedBy}
	return object
}

// addUse adds when and from where a key was used last: null and "" before it was.
func addUse(object params, k neontest.APIKey) {
	object["last_used_at"], object["last_used_from_addr"] = nil, k.LastUsedFromAddr
	if k.LastUsedAt != nil {
		object["last_used_at"] = when(*k.LastUsedAt)
	}
}

// listedKeys are all keys of the organization as a list has them.
func listedKeys(sim *neontest.Server) []params {
	list := []params{}
	for _, k := range sim.APIKeys() {
		list = append(list, listedKey(sim, k))
	}
	return list
}

func listedInvitations(sim *neontest.Server) params {
	list := []params{}
	for _, i := range sim.Invitations() {
		list = append(list, invitationObject(i))
	}
	return params{"invitations": list}
}

// theMember is somebody of the organization.
func theMember(t *testing.T, sim *neontest.Server, email string) neontest.Member {
	t.Helper()
	m, found := sim.Member(email)
	if !found {
		t.Fatalf("%s is no member", email)
	}
	return m
}

// theKey is a live key of the organization.
func theKey(t *testing.T, sim *neontest.Server, name string) neontest.APIKey {
	t.Helper()
	for _, k := range sim.APIKeys() {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("there is no live key %q", name)
	return neontest.APIKey{}
}

// wrongKey looks like a token and is none.
var wrongKey = "napi_" + strings.Repeat("0", 64)
