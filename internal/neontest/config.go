package neontest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Config configures the simulator. Its zero value is the default. The JSON names are those that
// POST /_sim/config and neonsim's -config accept; durations have the form "250ms".
type Config struct {
	// Now is the server's clock; time.Now if nil. Latency and hanging faults use real time.
	Now func() time.Time `json:"-"`
	// ClockOffset is the difference of the server's clock to Now.
	ClockOffset time.Duration `json:"clock_offset"`
	// Wrap, if set, wraps the handler that Start and Listen serve, for tests that inspect exchanges.
	// The wrapper must pass on http.Hijacker (an Unwrap method will do), or faults cannot break connections.
	Wrap func(http.Handler) http.Handler `json:"-"`
	// NotRecorded excludes this simulator's exchanges from the recording of RecordVariable.
	NotRecorded bool `json:"-"`

	// Latency is the duration of each request: half before the operation, half after.
	Latency time.Duration `json:"latency"`
	// RouteLatency is added to Latency, by route (see Fault.Route for how to write one).
	RouteLatency map[string]time.Duration `json:"route_latency"`
	// Limits enables Neon's published request limits: 700 a minute, 40 a second per route, 10 a second for
	// creating API keys.
	Limits bool `json:"limits"`
	// MaxPageSize caps a page of members, regardless of the requested limit. 0: no cap.
	MaxPageSize int `json:"max_page_size"`
	// DefaultPageSize is the default size of a page of members. 0 means 100. Neon does not document it.
	DefaultPageSize int `json:"default_page_size"`
	// MaxProjectPageSize caps a page of projects. 0: no cap. Since a short page of projects means the last one,
	// a cap contradicts Neon: use it only for clients that do not rely on that.
	MaxProjectPageSize int `json:"max_project_page_size"`

	// Accounts are people with a Neon account who are in no organization. They join immediately when
	// invited: e-mail addresses, or "@example.com" for a domain.
	Accounts []string `json:"accounts"`
	// NobodyJoinsAtOnce makes every invitation wait for Accept, even for people with an account.
	NobodyJoinsAtOnce bool `json:"nobody_joins_at_once"`
	// ProjectRolesOff disables per-project roles: their calls return 404.
	ProjectRolesOff bool `json:"project_roles_off"`

	// The initial size of the organization, in addition to its default people, keys and projects.
	ExtraMembers  int `json:"extra_members"`
	ExtraAPIKeys  int `json:"extra_api_keys"`
	ExtraProjects int `json:"extra_projects"`

	Switches
}

// Switches select a behaviour that Neon does not document, or documents inconsistently. A client must work with each.
type Switches struct {
	// KeepAcceptedInvitations keeps accepted invitations in the list.
	KeepAcceptedInvitations bool `json:"keep_accepted_invitations"`
	// EchoMember is how the role "member" (the same as "editor") is returned: "" as it was sent; "editor": always as
	// editor; "member": always as member.
	EchoMember string `json:"echo_member"`
	// LastAdminStatus is the status for removing or demoting the only admin. Default: 422.
	LastAdminStatus int `json:"last_admin_status"`
	// RoleNotAllowedStatus is the status for a role that this organization does not accept. Default: 422.
	RoleNotAllowedStatus int `json:"role_not_allowed_status"`
	// NotAdminStatus is the status for a change by a person who is not an admin. Default: 403.
	NotAdminStatus int `json:"not_admin_status"`
	// NotYoursStatus is the status for an organization that is not the caller's. Default: 403.
	NotYoursStatus int `json:"not_yours_status"`
	// InviteAgain is the effect of inviting an invitee again. "" or "replace": a new invitation takes
	// the old one's place; "keep": the old one is returned unchanged; "add": both stay open; "conflict": 409.
	InviteAgain string `json:"invite_again"`
	// InviteMember is the effect of inviting a member. "" or "conflict": 409; "ignore": 200, without an invitation for
	// them; "invite": 200, with one that stays open.
	InviteMember string `json:"invite_member"`
	// InvitePartly carries out the invitations before a refused one in the same call.
	InvitePartly bool `json:"invite_partly"`
	// LastUsedAtAbsent omits last_used_at before the first use. Default: null.
	LastUsedAtAbsent bool `json:"last_used_at_absent"`
	// RetryAfter is the form of Retry-After in a 429 of Limits: "" or "seconds", "date", or "none".
	RetryAfter string `json:"retry_after"`
	// RevokeRevokedStatus is the status for revoking a revoked key. Default: 404; 200 returns the key.
	RevokeRevokedStatus int `json:"revoke_revoked_status"`
	// MalformedIDStatus is the status for a malformed ID in a path. Default: 400.
	MalformedIDStatus int `json:"malformed_id_status"`
	// HideJoinedInvitation omits the invitation of a person who joined immediately from the response.
	HideJoinedInvitation bool `json:"hide_joined_invitation"`
	// HiddenFromMembers are the lists that the personal key of a non-admin may not read: any of "members",
	// "invitations", "api_keys". Default: none.
	HiddenFromMembers []string `json:"hidden_from_members"`
	// ListLag is how far lists lag behind writes. Default: 0.
	ListLag time.Duration `json:"list_lag"`
	// OldInvitationCounts makes an acceptance use the first invitation after a second one with another role.
	OldInvitationCounts bool `json:"old_invitation_counts"`
	// InvitedByEmail returns an e-mail address in invited_by, as in one of Neon's examples. Default: the user's ID.
	InvitedByEmail bool `json:"invited_by_email"`
	// OuterBlanks is the treatment of blanks around an API key's name: "" keeps them; "trim" removes them;
	// "refuse": 400.
	OuterBlanks string `json:"outer_blanks"`
	// PostStatus is the status of a successful POST: any 2xx. Default: 200.
	PostStatus int `json:"post_status"`
	// ErrorCode is the code in an error's body. Default: "".
	ErrorCode string `json:"error_code"`
	// SubjectProjectHidden omits the project from the refusal of a project-scoped key.
	SubjectProjectHidden bool `json:"subject_project_hidden"`
	// OrgNameAbsent omits org_name from the list of projects.
	OrgNameAbsent bool `json:"org_name_absent"`
	// AdminGrantSource is the grant_source of an organization's admin: "" or "org_admin_override"; "org_role_default".
	AdminGrantSource string `json:"admin_grant_source"`
	// UnassignedHiddenFromKeys hides members without access to a project from
	// organization-wide keys.
	UnassignedHiddenFromKeys bool `json:"unassigned_hidden_from_keys"`
	// SettingsNeedPersonalKey refuses changes of the spending limit and of VPC endpoints with organization-wide
	// keys.
	SettingsNeedPersonalKey bool `json:"settings_need_personal_key"`
	// RestrictedEndpointStatus is the status for deleting a VPC endpoint that projects are restricted to.
	// Default: it is carried out.
	RestrictedEndpointStatus int `json:"restricted_endpoint_status"`
	// TransferPartly makes a refused transfer move the projects that it can. Default: all or none.
	TransferPartly bool `json:"transfer_partly"`
	// TransferNeedsDestinationAdmin makes a transfer require an admin of the destination. Default: a member.
	TransferNeedsDestinationAdmin bool `json:"transfer_needs_destination_admin"`
}

func orElse[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}

func (c *Config) now() time.Time {
	if c.Now != nil {
		return c.Now().UTC().Add(c.ClockOffset)
	}
	return time.Now().UTC().Add(c.ClockOffset)
}

// Validate returns an error for unknown settings.
func (c *Config) Validate() error {
	for name, choice := range map[string]struct {
		value   string
		allowed []string
	}{
		"echo_member":        {c.EchoMember, []string{"", "editor", "member"}},
		"invite_again":       {c.InviteAgain, []string{"", "replace", "keep", "add", "conflict"}},
		"invite_member":      {c.InviteMember, []string{"", "conflict", "ignore", "invite"}},
		"retry_after":        {c.RetryAfter, []string{"", "seconds", "date", "none"}},
		"outer_blanks":       {c.OuterBlanks, []string{"", "trim", "refuse"}},
		"admin_grant_source": {c.AdminGrantSource, []string{"", "org_admin_override", "org_role_default"}},
	} {
		if !slices.Contains(choice.allowed, choice.value) {
			return fmt.Errorf("%s: %q is none of %q", name, choice.value, choice.allowed)
		}
	}
	for _, list := range c.HiddenFromMembers {
		if !slices.Contains([]string{"members", "invitations", "api_keys"}, list) {
			return fmt.Errorf("hidden_from_members: %q is none of members, invitations, api_keys", list)
		}
	}
	for name, status := range map[string]int{
		"last_admin_status": c.LastAdminStatus, "role_not_allowed_status": c.RoleNotAllowedStatus,
		"not_admin_status": c.NotAdminStatus, "not_yours_status": c.NotYoursStatus,
		"revoke_revoked_status": c.RevokeRevokedStatus, "malformed_id_status": c.MalformedIDStatus,
		"restricted_endpoint_status": c.RestrictedEndpointStatus,
	} {
		if status != 0 && (status < 200 || status > 599) {
			return fmt.Errorf("%s: %d is no HTTP status", name, status)
		}
	}
	if c.PostStatus != 0 && (c.PostStatus < 200 || c.PostStatus > 299) {
		return fmt.Errorf("post_status: %d is no success", c.PostStatus)
	}
	for name, n := range map[string]int{
		"max_page_size": c.MaxPageSize, "default_page_size": c.DefaultPageSize, "max_project_page_size": c.MaxProjectPageSize,
		"extra_members": c.ExtraMembers, "extra_api_keys": c.ExtraAPIKeys, "extra_projects": c.ExtraProjects,
	} {
		if n < 0 {
			return fmt.Errorf("%s: %d is less than 0", name, n)
		}
	}
	return nil
}

// configJSON has Config's fields without its methods; durations are kept apart, for they are written as text.
type configJSON struct {
	*plainConfig
	Latency      *duration           `json:"latency"`
	RouteLatency map[string]duration `json:"route_latency"`
	ListLag      *duration           `json:"list_lag"`
	ClockOffset  *duration           `json:"clock_offset"`
}

type plainConfig Config

// MarshalJSON writes durations as text.
func (c Config) MarshalJSON() ([]byte, error) {
	latency, lag, offset := duration(c.Latency), duration(c.ListLag), duration(c.ClockOffset)
	routes := make(map[string]duration, len(c.RouteLatency))
	for route, d := range c.RouteLatency {
		routes[route] = duration(d)
	}
	return json.Marshal(configJSON{
		plainConfig: (*plainConfig)(&c), Latency: &latency, RouteLatency: routes, ListLag: &lag, ClockOffset: &offset,
	})
}

// UnmarshalJSON changes only the settings in the JSON. It refuses unknown names.
func (c *Config) UnmarshalJSON(data []byte) error {
	changed := *c
	parsed := configJSON{plainConfig: (*plainConfig)(&changed)}
	if err := decodeStrictly(data, &parsed); err != nil {
		return err
	}
	for _, d := range []struct {
		parsed *duration
		into   *time.Duration
	}{{parsed.Latency, &changed.Latency}, {parsed.ListLag, &changed.ListLag}, {parsed.ClockOffset, &changed.ClockOffset}} {
		if d.parsed != nil {
			*d.into = time.Duration(*d.parsed)
		}
	}
	if parsed.RouteLatency != nil {
		changed.RouteLatency = make(map[string]time.Duration, len(parsed.RouteLatency))
		for route, d := range parsed.RouteLatency {
			changed.RouteLatency[route] = time.Duration(d)
		}
	}
	if err := changed.Validate(); err != nil {
		return err
	}
	*c = changed
	return nil
}

// duration is a time.Duration that is "250ms" in JSON; a bare number is taken as seconds.
type duration time.Duration

func (d duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

func (d *duration) UnmarshalJSON(data []byte) error {
	var seconds float64
	if json.Unmarshal(data, &seconds) == nil {
		*d = duration(seconds * float64(time.Second))
		return nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	*d = duration(parsed)
	return err
}
