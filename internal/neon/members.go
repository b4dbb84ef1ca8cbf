package neon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Roles are the roles in Neon's API, strongest first. Which of them an organization
// accepts depends on the organization.
var Roles = []string{"admin", "editor", "member", "viewer", "collaborator"}

// RoleAdmin may manage the organization's people and keys.
const RoleAdmin = "admin"

// SameRole reports whether two names mean the same role: member is the old name of editor.
func SameRole(a, b string) bool { return canonicalRole(a) == canonicalRole(b) }

func canonicalRole(role string) string {
	if role == "member" {
		return "editor"
	}
	return role
}

// Member is a person who belongs to an organization.
type Member struct {
	// ID is the membership's UUID. A person who leaves and rejoins gets a new one.
	ID string
	// UserID is the person's UUID.
	UserID string
	// OrgID is the organization.
	OrgID string
	// Email is in lower case, regardless of Neon's spelling.
	Email string
	// Role is the role, as Neon spells it.
	Role string
	// JoinedAt is zero if Neon does not return it.
	JoinedAt time.Time
	// HasMFA is nil if Neon does not return it.
	HasMFA *bool
	// DeactivatedAt is zero for an active member. Deactivated members stay listed.
	DeactivatedAt time.Time
}

// Deactivated reports whether the person's account was deactivated.
func (m Member) Deactivated() bool { return !m.DeactivatedAt.IsZero() }

// ActiveAdmin reports whether the person can manage the organization.
func (m Member) ActiveAdmin() bool { return m.Role == RoleAdmin && !m.Deactivated() }

type wireMember struct {
	ID       looseID   `json:"id"`
	UserID   looseID   `json:"user_id"`
	OrgID    plainText `json:"org_id"`
	Role     plainText `json:"role"`
	JoinedAt looseTime `json:"joined_at"`
}

// UnmarshalJSON decodes an element of the members list: a membership and its person.
func (m *Member) UnmarshalJSON(raw []byte) error {
	var wire struct {
		Member wireMember `json:"member"`
		User   struct {
			Email         plainText `json:"email"`
			HasMFA        *bool     `json:"has_mfa"`
			DeactivatedAt looseTime `json:"deactivated_at"`
		} `json:"user"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	email := lower(string(wire.User.Email))
	switch {
	case wire.Member.ID == "" || email == "":
		return errors.New("a member has no id or no e-mail")
	case !idPattern.MatchString(string(wire.Member.ID)):
		return fmt.Errorf("the id of a member has another form than Neon's: %q", wire.Member.ID)
	}
	*m = Member{
		ID: string(wire.Member.ID), UserID: string(wire.Member.UserID), OrgID: string(wire.Member.OrgID), Role: string(wire.Member.Role),
		JoinedAt: wire.Member.JoinedAt.Time, Email: email, HasMFA: wire.User.HasMFA, DeactivatedAt: wire.User.DeactivatedAt.Time,
	}
	return nil
}

// listMembers returns all members of an organization.
func (c *Client) listMembers(ctx context.Context, orgID string) ([]Member, error) {
	path := pathTo("organizations", orgID, "members")
	var members []Member
	err := c.eachPage(ctx, path, func(ctx context.Context, query url.Values) (next string, listed int, err error) {
		var page struct {
			Members    *items[Member] `json:"members"`
			Pagination nextPage       `json:"pagination"`
		}
		err = c.do(ctx, http.MethodGet, path, query, nil, &page, func() error {
			if page.Members == nil {
				return errors.New("the answer has no list of members")
			}
			for _, member := range *page.Members {
				if member.OrgID != "" && member.OrgID != orgID {
					return fmt.Errorf("the answer lists the members of another organization, %s", c.clean(member.OrgID))
				}
			}
			return nil
		})
		if err != nil {
			return "", 0, err
		}
		members = append(members, *page.Members...)
		return page.Pagination.Next, len(members), nil
	})
	if err == nil && len(members) == 0 {
		err = wrongList(path, errors.New("the list of members is empty, which no organization's is"))
	}
	if err != nil {
		return nil, err
	}
	return members, nil
}

// memberRole reads one member's role. Neon's response for one member lacks the e-mail address.
func (c *Client) memberRole(ctx context.Context, orgID, memberID string) (string, error) {
	path := memberPath(orgID, memberID)
	var member wireMember
	err := c.do(ctx, http.MethodGet, path, nil, nil, &member, func() error {
		if string(member.ID) != memberID || member.Role == "" {
			return errors.New("the answer is not about this member")
		}
		return nil
	})
	return string(member.Role), err
}

// setRole changes a member's role.
func (c *Client) setRole(ctx context.Context, orgID, memberID, role string) error {
	in := struct {
		Role string `json:"role"`
	}{role}
	var answer wireMember
	return c.change(ctx, http.MethodPatch, memberPath(orgID, memberID), in, &answer, func() bool { return string(answer.ID) == memberID })
}

// removeMember ends a membership. It requires the personal key of an admin.
func (c *Client) removeMember(ctx context.Context, orgID, memberID string) error {
	return c.change(ctx, http.MethodDelete, memberPath(orgID, memberID), nil, &struct{}{}, func() bool { return true })
}

func memberPath(orgID, memberID string) string {
	return pathTo("organizations", orgID, "members", memberID)
}
