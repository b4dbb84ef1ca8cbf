package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// listClaim is what a plan has for an exclusive list: it owns each person in it and, if it removes, everyone else too.
type listClaim struct {
	kind    claimKind
	object  string            // the nonce; empty for a create
	members map[string]string // nil for one that is destroyed
	removes bool
}

// claimList notes a list and reports what conflicts with it: another list, or resources for single people.
func (o *ownership) claimList(orgID string, next listClaim) diag.Diagnostics {
	var diags diag.Diagnostics
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, earlier := range o.lists[orgID] {
		switch {
		case earlier.object != "" && earlier.object == next.object:
			continue
		case earlier.kind == destroys || next.kind == destroys:
			if earlier.kind == creates || next.kind == creates {
				diags.Append(listRenamed(orgID))
			}
			continue
		case o.plansTwice && (earlier.kind == creates || next.kind == creates):
			continue
		}
		diags.Append(twoLists(orgID))
		break
	}
	o.lists[orgID] = append(o.lists[orgID], next)
	if next.kind == destroys {
		return diags
	}
	for key, claims := range o.claims {
		for _, c := range claims {
			if key != (personKey{orgID, c.email}) { // noted by member id too
				continue
			}
			if conflict := next.conflict(orgID, *c); conflict != nil {
				diags.Append(conflict)
				break
			}
		}
	}
	return diags
}

// conflict is what a list and another resource of the same configuration mean for one person.
func (l listClaim) conflict(orgID string, other claim) diag.Diagnostic {
	if l.kind == destroys {
		return nil
	}
	role, listed := l.members[other.email]
	isInvitation := other.by == invitationType
	switch {
	case other.kind == destroys && listed && !isInvitation:
		return destroyedAndListed(orgID, other, role)
	case other.kind == destroys, isInvitation && !listed && !l.removes, isInvitation && listed && neon.SameRole(role, other.role):
		return nil
	case isInvitation && !listed:
		return invitedAndNotListed(orgID, other)
	case listed:
		return managedAndListed(orgID, other, role)
	case l.removes:
		return managedAndNotListed(orgID, other)
	default:
		return nil
	}
}

func sameMembers(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for email, role := range a {
		if other, ok := b[email]; !ok || !neon.SameRole(role, other) {
			return false
		}
	}
	return true
}

func listRenamed(orgID string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Renamed without a moved block: the members of "+orgID, fmt.Sprintf(
		"This plan destroys one %[1]s for %[2]s and creates another. Nobody is removed by that, and nobody is invited twice, but the plan hides what else changes. "+
			"If the resource was renamed, or moved into a module, say so:\n\n    moved {\n      from = %[1]s.OLD_NAME\n      to   = %[1]s.NEW_NAME\n    }\n", membersExclusiveType, orgID))
}

func twoLists(orgID string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two lists of members for "+orgID, fmt.Sprintf(
		"Two %s manage the people of %s in this configuration, and each would remove those whom only the other one has. Keep one of them. "+
			"The other one can be destroyed, which removes nobody, or forgotten:\n\n%s", membersExclusiveType, orgID, forgetTheObject))
}

// forgetBeside is how a resource beside a list is given up.
func forgetBeside(typ string) string {
	return "Forget it without removing the person:\n\n" + removedBlock(typ) + "\nor, before Terraform 1.7:\n\n" + forgetTheObject
}

func destroyedAndListed(orgID string, other claim, role string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two resources for "+other.email, fmt.Sprintf(
		"This plan destroys %s for %s, which would remove the person whom a %s of %s lists as %s. %s",
		other.describe(), other.email, membersExclusiveType, orgID, role, forgetBeside(other.by)))
}

func invitedAndNotListed(orgID string, other claim) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Invited, but not in the list: "+other.email, fmt.Sprintf(
		"A %s of this configuration invites %s as %s, and a %s of %s does not list them: once they have joined, the next plan removes them. Add the address to the list's members.",
		invitationType, other.email, other.role, membersExclusiveType, orgID))
}

func managedAndListed(orgID string, other claim, role string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two resources for "+other.email, fmt.Sprintf(
		"A %s of %s lists %s as %s, and %s of this configuration is for the same person. A person can have one owner only. "+
			"Take one of the two out of the configuration. If the %s is in the state already, it must not be destroyed with the person. %s",
		membersExclusiveType, orgID, other.email, role, other.describe(), other.by, forgetBeside(other.by)))
}

func managedAndNotListed(orgID string, other claim) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two resources for "+other.email, fmt.Sprintf(
		"The configuration has %[1]s for %[2]s, and a %[3]s of %[4]s, which removes everyone who is not in it, does not list them. "+
			"Add the address to the list's members and take the %[5]s out of the configuration, or set %[6]s = %[7]q. If the %[5]s is in the state already: %[8]s",
		other.describe(), other.email, membersExclusiveType, orgID, other.by, unlistedArgument, unlistedReport, forgetBeside(other.by)))
}
