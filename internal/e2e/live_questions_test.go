//go:build unix

package e2e

// question is something that Neon's texts leave open or answer twice.
type question struct {
	id string
	// asks is the question in words.
	asks string
	// simulated is the simulator's answer, unless its switches say otherwise.
	simulated string
	// switches are the fields of neontest.Switches that choose another answer.
	switches []string
	// how a live run answers it; or why none does.
	how string
}

// Why a question is not answered by a run: said with "Not answered:" before it.
const (
	needsInvitation = "it takes somebody who may be invited (NEON_TEST_INVITE_EMAIL)"
	needsNotAdmin   = "it takes the personal key of somebody who is not an admin"
	needsPersonal   = "it takes a personal key, for only that can create keys"
)

// questions are all of them. The provider lives with every answer; the tests of this package hold each answer of the
// simulator to what stands here.
var questions = []question{
	{
		id: "accepted-invitation", asks: "Does an accepted invitation stay in the list of invitations?",
		simulated: "no", switches: []string{"KeepAcceptedInvitations"},
		how: "invites somebody with a Neon account, who joins at once",
	},
	{
		id: "role-member", asks: "What does the role `member` come back as?",
		simulated: "`member`", switches: []string{"EchoMember"},
		how: "invites with NEON_TEST_INVITE_ROLE=member",
	},
	{
		id: "last-admin", asks: "With what is the demotion or removal of the last admin refused?",
		simulated: "422", switches: []string{"LastAdminStatus"},
		how: "never: it would demote or remove an admin if Neon did not refuse",
	},
	{
		id: "role-not-accepted", asks: "With what is a role refused that the organization does not accept?",
		simulated: "422", switches: []string{"RoleNotAllowedStatus"},
		how: "invites with such a role in NEON_TEST_INVITE_ROLE",
	},
	{
		id: "not-admin", asks: "With what is a change refused to somebody who is not an admin?",
		simulated: "403", switches: []string{"NotAdminStatus"},
		how: "lets such a person create an API key",
	},
	{
		id: "not-yours", asks: "With what is an organization refused that is not the caller's?",
		simulated: "403", switches: []string{"NotYoursStatus"},
		how: "asks for an organization that does not exist",
	},
	{
		id: "invite-again", asks: "What does inviting somebody do who is invited already?",
		simulated: "a fresh invitation takes the place of the old one", switches: []string{"InviteAgain"},
		how: "invites somebody without a Neon account twice",
	},
	{
		id: "invite-member", asks: "What does inviting somebody do who is a member already?",
		simulated: "it is refused with 409", switches: []string{"InviteMember"},
		how: "invites somebody who has joined",
	},
	{
		id: "invite-partly", asks: "Are the invitations carried out that stand before a refused one in the same call?",
		simulated: "no", switches: []string{"InvitePartly"},
		how: "never: it would invite a second person",
	},
	{
		id: "never-used", asks: "What is `last_used_at` before a key's first use?",
		simulated: "null", switches: []string{"LastUsedAtAbsent"},
		how: "creates a key and looks at it",
	},
	{
		id: "retry-after", asks: "Does a 429 or 423 say when to come back (`Retry-After`)?",
		simulated: "yes, in seconds", switches: []string{"RetryAfter"},
		how: "looks at each that it meets; it does not provoke one",
	},
	{
		id: "revoke-revoked", asks: "With what is revoking a revoked key answered?",
		simulated: "404", switches: []string{"RevokeRevokedStatus"},
		how: "revokes a key of its own twice",
	},
	{
		id: "malformed-id", asks: "With what is a malformed id in a path refused?",
		simulated: "400", switches: []string{"MalformedIDStatus"},
		how: "reads a member whose id is no UUID",
	},
	{
		id: "joined-at-once", asks: "Is an invitation answered for somebody who joins at once?",
		simulated: "yes", switches: []string{"HideJoinedInvitation"},
		how: "invites somebody with a Neon account",
	},
	{
		id: "not-admin-reads", asks: "What may the personal key of somebody read who is not an admin?",
		simulated: "members, invitations, API keys", switches: []string{"HiddenFromMembers"},
		how: "reads all three lists as such a person",
	},
	{
		id: "list-lag", asks: "Do lists lag behind writes?",
		simulated: "no", switches: []string{"ListLag"},
		how: "lists the keys right after creating and revoking one",
	},
	{
		id: "old-invitation", asks: "After a second invitation with another role, can the first one still be accepted?",
		simulated: "no", switches: []string{"OldInvitationCounts"},
		how: "never: somebody would have to accept one",
	},
	{
		id: "invited-by", asks: "Is `invited_by` a user's id or an e-mail?",
		simulated: "a user's id", switches: []string{"InvitedByEmail"},
		how: "never: the provider tolerates both",
	},
	{
		id: "outer-blanks", asks: "What becomes of blanks around the name of an API key?",
		simulated: "they are kept", switches: []string{"OuterBlanks"},
		how: "never: the provider refuses such names before it asks",
	},
	{
		id: "post-status", asks: "With what does a POST answer that was carried out?",
		simulated: "200", switches: []string{"PostStatus"},
		how: "never: the provider takes every 2xx for success",
	},
	{
		id: "error-code", asks: "What is `code` in an error?",
		simulated: `""`, switches: []string{"ErrorCode"},
		how: "never: the provider goes by the status and the message",
	},
	{
		id: "subject-project", asks: "Does the refusal of a key for a project say which project?",
		simulated: "yes", switches: []string{"SubjectProjectHidden"},
		how: "never: the table of facts has the words",
	},
	{
		id: "org-name", asks: "Has a project in a list an `org_name`?",
		simulated: "yes", switches: []string{"OrgNameAbsent"},
		how: "never: the provider does not use it",
	},
	{
		id: "admin-grant-source", asks: "What is `grant_source` of an organization admin in a project?",
		simulated: "`org_admin_override`", switches: []string{"AdminGrantSource"},
		how: "never: no run reads the members of a project yet",
	},
	{
		id: "unassigned", asks: "Does an organization key see the members of a project who have no access to it?",
		simulated: "yes", switches: []string{"UnassignedHiddenFromKeys"},
		how: "never: no run reads the members of a project yet",
	},
	{
		id: "settings-key", asks: "May an organization key change the spending limit and VPC endpoints?",
		simulated: "yes", switches: []string{"SettingsNeedPersonalKey"},
		how: "never: it would change what belongs to the organization",
	},
	{
		id: "restricted-endpoint", asks: "What does deleting a VPC endpoint do that projects are restricted to?",
		simulated: "it is deleted", switches: []string{"RestrictedEndpointStatus"},
		how: "never: what is deleted can never be added back",
	},
	{
		id: "transfer-partly", asks: "Does a refused transfer move the projects that it can?",
		simulated: "no", switches: []string{"TransferPartly"},
		how: "never: it would move projects",
	},
	{
		id: "transfer-role", asks: "Which role does a transfer need in the destination?",
		simulated: "member", switches: []string{"TransferNeedsDestinationAdmin"},
		how: "never: it would move projects",
	},
}
