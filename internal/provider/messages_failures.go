package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// The summaries of what failed at Neon about people. The function failure explains why, and what to do.

func cannotSeeMember(email string, err error) diag.Diagnostic {
	return failure("Cannot check the membership of "+email, err)
}

func cannotSeePerson(email string, err error) diag.Diagnostic {
	return failure("Cannot look up "+email, err)
}

func cannotSeePeople(orgID string, err error) diag.Diagnostic {
	return failure("Cannot list the people of "+orgID, err)
}

func cannotSeeRoles(orgID string, err error) diag.Diagnostic {
	return failure("Cannot list the roles of "+orgID, err)
}

func cannotListMembers(orgID string, err error) diag.Diagnostic {
	return failure("Cannot list the members of "+orgID, err)
}

func cannotListInvitations(orgID string, err error) diag.Diagnostic {
	return failure("Cannot list the invitations of "+orgID, err)
}

func cannotReadMembership(email string, err error) diag.Diagnostic {
	return failure("Cannot read the membership of "+email, err)
}

func cannotReadInvitation(email string, err error) diag.Diagnostic {
	return failure("Cannot read the invitation of "+email, err)
}

func cannotReadMembers(orgID string, err error) diag.Diagnostic {
	return failure("Cannot read the members of "+orgID, err)
}

func cannotAdd(email string, err error) diag.Diagnostic {
	return failure("Cannot add "+email, err)
}

func cannotInvite(emails []string, err error) diag.Diagnostic {
	return failure("Cannot invite "+naming(emails), err)
}

func cannotInviteAs(email, role string, err error) diag.Diagnostic {
	return failure(fmt.Sprintf("Cannot invite %s as %s", email, role), err)
}

func cannotChangeRole(email string, err error) diag.Diagnostic {
	return failure("Cannot change the role of "+email, err)
}

func cannotGiveRole(email, role string, err error) diag.Diagnostic {
	return failure(fmt.Sprintf("Cannot give %s the role %s", email, role), err)
}

func cannotRemove(email string, err error) diag.Diagnostic {
	return failure("Cannot remove "+email, err)
}

func cannotChangeMembers(orgID string, err error) diag.Diagnostic {
	return failure("Cannot change the members of "+orgID, err)
}

// cannotWork is for a key whose owner does not belong to the organization.
func cannotWork(operation string, err error) diag.Diagnostic {
	return failure(operation+" cannot work", err)
}
