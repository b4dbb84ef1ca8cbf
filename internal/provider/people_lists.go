package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// listIntent is what a plan has for an exclusive list: it owns everybody in it and, if it removes, everybody else too.
type listIntent struct {
	kind    intentKind
	members map[string]string // nil for one that is destroyed
	removes bool
}

// planList notes a list and reports what conflicts with it: another list, or resources for single people.
func (p *people) planList(orgID string, next listIntent) diag.Diagnostics {
	var diags diag.Diagnostics
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, earlier := range p.lists[orgID] {
		if earlier.kind == destroys || next.kind == destroys {
			if earlier.kind == creates || next.kind == creates {
				diags.AddWarning("Renamed without a moved block: the members of "+orgID, fmt.Sprintf(
					"This plan destroys one %[1]s for %[2]s and creates another. Nobody is removed by that, and nobody is invited twice, but the plan hides what else changes. "+
						"If the resource was renamed, or moved into a module, say so:\n\n    moved {\n      from = %[1]s.OLD_NAME\n      to   = %[1]s.NEW_NAME\n    }\n", membersExclusiveType, orgID))
			}
			continue
		}
		// As with people, a forced replacement looks like a second resource that says the same.
		if earlier.kind == keeps && next.kind == creates && sameMembers(earlier.members, next.members) {
			continue
		}
		diags.AddError("Two lists of members for "+orgID, fmt.Sprintf(
			"Two %s manage the people of %s in this configuration, and each would remove whom only the other one has. Keep one of them. "+
				"The other one can be destroyed, which removes nobody, or forgotten:\n\n    terraform state rm ADDRESS\n", membersExclusiveType, orgID))
		break
	}
	if p.lists == nil {
		p.lists = map[string][]listIntent{}
	}
	p.lists[orgID] = append(p.lists[orgID], next)
	if next.kind == destroys {
		return diags
	}
	for key, who := range p.persons {
		if key.orgID != orgID {
			continue
		}
		for _, intent := range who.intents {
			if conflict := next.conflict(orgID, key.email, intent); conflict != nil {
				diags.Append(conflict)
				break
			}
		}
	}
	return diags
}

// conflict is what a list and another resource of the same configuration mean for one person.
func (l listIntent) conflict(orgID, email string, other intent) diag.Diagnostic {
	if l.kind == destroys {
		return nil
	}
	role, listed := l.members[email]
	two := "Two resources for " + email
	const forget = "Forget it without removing anybody:\n\n" +
		"    removed {\n      from = %s.NAME\n      lifecycle {\n        destroy = false\n      }\n    }\n\n" +
		"or, before Terraform 1.7:\n\n    terraform state rm ADDRESS\n"
	switch {
	case other.kind == destroys && !listed:
		return nil
	case other.kind == destroys:
		return diag.NewErrorDiagnostic(two, fmt.Sprintf(
			"This plan destroys a %s for %s, which would remove the person whom a %s of %s lists as %s. "+forget,
			other.by, email, membersExclusiveType, orgID, role, other.by))
	case other.by == invitationType && (!listed && !l.removes || listed && neon.SameRole(role, other.role)):
		return nil
	case other.by == invitationType && !listed:
		return diag.NewWarningDiagnostic("Invited, but not in the list: "+email, fmt.Sprintf(
			"A %s of this configuration invites %s as %s, and a %s of %s does not list them: once they have joined, the next plan removes them. Add the address to the list's members.",
			invitationType, email, other.role, membersExclusiveType, orgID))
	case listed:
		return diag.NewErrorDiagnostic(two, fmt.Sprintf(
			"A %s of %s lists %s as %s, and a %s of this configuration has the same person as %s. A person can have one owner only. "+
				"Take one of the two out of the configuration. If the %[5]s is in the state already, it must not be destroyed with the person. "+forget,
			membersExclusiveType, orgID, email, role, other.by, other.role, other.by))
	case l.removes:
		return diag.NewErrorDiagnostic(two, fmt.Sprintf(
			"A %s of this configuration has %s as %s, and a %s of %s, which removes whoever is not in it, does not list them. "+
				"Add the address to the list's members and take the %[1]s out of the configuration, or set unlisted_members = %[6]q. If the %[1]s is in the state already: "+forget,
			other.by, email, other.role, membersExclusiveType, orgID, unlistedReport, other.by))
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
