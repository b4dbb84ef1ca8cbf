package neontest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Config says how the simulator behaves. Its zero value is the default everywhere. The JSON names are what
// POST /_sim/config and neonsim's -config take; durations are written like "250ms".
type Config struct {
	// Now is the server's clock; time.Now if nil. Latency and hanging faults use real time.
	Now func() time.Time `json:"-"`
	// ClockOffset is how far the server's clock is ahead of Now.
	ClockOffset time.Duration `json:"clock_offset"`
	// Wrap, if set, wraps the handler that Start and Listen serve, for a test that wants to see whole exchanges.
	// The wrapper must pass on http.Hijacker (an Unwrap method will do), or faults cannot break connections.
	Wrap func(http.Handler) http.Handler `json:"-"`
	// NotRecorded leaves this simulator's exchanges out of what RecordVariable asks for: there are too many of them.
	NotRecorded bool `json:"-"`

	// Latency is how long each answer takes: half before the operation is carried out, half after.
	Latency time.Duration `json:"latency"`
	// RouteLatency is added to Latency, by route (see Fault.Route for how to write one).
	RouteLatency map[string]time.Duration `json:"route_latency"`
	// Limits switches Neon's published request limits on: 700 a minute, 40 a second per route, 10 a second for
	// creating API keys.
	Limits bool `json:"limits"`
	// MaxPageSize caps a page of members, however large the limit that the caller asks for. 0: no cap.
	MaxPageSize int `json:"max_page_size"`
	// DefaultPageSize is the size of a page of members when the caller names no limit. 0 means 100. Neon does not say.
	DefaultPageSize int `json:"default_page_size"`
	// MaxProjectPageSize caps a page of projects. 0: no cap. Since a short page of projects means the last one,
	// a cap makes the simulator contradict Neon: it is for clients that do not rely on that.
	MaxProjectPageSize int `json:"max_project_page_size"`

	// Accounts are people who have a Neon account though they are in no organization, so that they join at once when
	// invited: e-mails, or "@example.com" for everybody there.
	Accounts []string `json:"accounts"`
	// NobodyJoinsAtOnce makes everybody's invitation wait for Accept, with an account or without.
	NobodyJoinsAtOnce bool `json:"nobody_joins_at_once"`
	// ProjectRolesOff switches per-project roles off: their calls answer 404.
	ProjectRolesOff bool `json:"project_roles_off"`

	// The size of the organization at the start, on top of the people, keys and projects that are always there.
	ExtraMembers  int `json:"extra_members"`
	ExtraAPIKeys  int `json:"extra_api_keys"`
	ExtraProjects int `json:"extra_projects"`

	Switches
}

// Switches are the questions that Neon's texts leave open or answer twice. A client has to live with every answer.
type Switches struct {
	// KeepAcceptedInvitations: do accepted invitations stay in the list? Default: no.
	KeepAcceptedInvitations bool `json:"keep_accepted_invitations"`
	// EchoMember: how is the role "member" (the same as "editor") echoed? "" as it was sent; "editor": always as
	// editor; "member": always as member.
	EchoMember string `json:"echo_member"`
	// LastAdminStatus: with what is the removal or demotion of the only admin refused? Default 422.
	LastAdminStatus int `json:"last_admin_status"`
	// RoleNotAllowedStatus: with what is a role refused that this organization does not know? Default 422.
	RoleNotAllowedStatus int `json:"role_not_allowed_status"`
	// NotAdminStatus: with what is a change by a person who is not an admin refused? Default 403.
	NotAdminStatus int `json:"not_admin_status"`
	// NotYoursStatus: with what is an organization refused that is not the caller's? Default 403.
	NotYoursStatus int `json:"not_yours_status"`
	// InviteAgain: what does inviting a person do who is invited already? "" or "replace": a fresh invitation takes
	// the old one's place; "keep": the old one is answered, unchanged; "add": both stay open; "conflict": 409.
	InviteAgain string `json:"invite_again"`
	// InviteMember: what does inviting a member do? "" or "conflict": 409; "ignore": 200, without an invitation for
	// them; "invite": 200, with one that stays open.
	InviteMember string `json:"invite_member"`
	// InvitePartly: are the invitations that stand before a refused one in the same call carried out? Default: no.
	InvitePartly bool `json:"invite_partly"`
	// LastUsedAtAbsent: is last_used_at left out before the first use, rather than null? Default: null.
	LastUsedAtAbsent bool `json:"last_used_at_absent"`
	// RetryAfter: what does a 429 of Limits carry? "" or "seconds", "date", or "none".
	RetryAfter string `json:"retry_after"`
	// RevokeRevokedStatus: with what is revoking a revoked key answered? Default 404; 200 answers the key.
	RevokeRevokedStatus int `json:"revoke_revoked_status"`
	// MalformedIDStatus: with what is a malformed id in a path answered? Default 400.
	MalformedIDStatus int `json:"malformed_id_status"`
	// HideJoinedInvitation: is the invitation of a person who joined at once left out of the answer? Default: no.
	HideJoinedInvitation bool `json:"hide_joined_invitation"`
	// HiddenFromMembers: which lists may a personal key of a person who is not an admin not read? Any of "members",
	// "invitations", "api_keys". Default: none, they may read all three.
	HiddenFromMembers []string `json:"hidden_from_members"`
	// ListLag: how far do lists lag behind writes? Default: not at all.
	ListLag time.Duration `json:"list_lag"`
	// OldInvitationCounts: after a second invitation with another role, is it the first one that acceptance goes by?
	// Default: no.
	OldInvitationCounts bool `json:"old_invitation_counts"`
	// InvitedByEmail: is invited_by an e-mail, as in one of Neon's examples? Default: the user's id.
	InvitedByEmail bool `json:"invited_by_email"`
	// OuterBlanks: what becomes of blanks around an API key's name? "" they are kept; "trim": they are cut off;
	// "refuse": 400.
	OuterBlanks string `json:"outer_blanks"`
	// PostStatus: with what does a POST answer that was carried out? Default 200; any other 2xx.
	PostStatus int `json:"post_status"`
	// ErrorCode: what is code in an error's body? Default "".
	ErrorCode string `json:"error_code"`
	// SubjectProjectHidden: does the refusal of a project-scoped key leave out which project the key is for? Default: no.
	SubjectProjectHidden bool `json:"subject_project_hidden"`
	// OrgNameAbsent: is org_name left out of the list of projects? Default: no.
	OrgNameAbsent bool `json:"org_name_absent"`
	// AdminGrantSource: what is grant_source of an organization's admin? "" or "org_admin_override"; "org_role_default".
	AdminGrantSource string `json:"admin_grant_source"`
	// UnassignedHiddenFromKeys: does an organization-wide key see only those members of a project who have access to
	// it? Default: no, it sees the others too.
	UnassignedHiddenFromKeys bool `json:"unassigned_hidden_from_keys"`
	// SettingsNeedPersonalKey: are changes of the spending limit and of VPC endpoints refused to organization-wide
	// keys? Default: no.
	SettingsNeedPersonalKey bool `json:"settings_need_personal_key"`
	// RestrictedEndpointStatus: with what is the deletion of a VPC endpoint refused that projects are restricted to?
	// Default: it is carried out.
	RestrictedEndpointStatus int `json:"restricted_endpoint_status"`
	// TransferPartly: does a transfer that is refused move the projects that it can? Default: no, all or none.
	TransferPartly bool `json:"transfer_partly"`
	// TransferNeedsDestinationAdmin: does a transfer need an admin of the destination, rather than a member? Default: no.
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

// Validate says whether every setting is one that the simulator knows.
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

// UnmarshalJSON changes what the JSON names and leaves the rest; it refuses names that it does not know.
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
