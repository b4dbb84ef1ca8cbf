package provider

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// listClaim is a plan's claim for an exclusive list, which manages each person in it and, if it removes, everyone else too.
type listClaim struct {
	kind    claimKind
	object  string            // the nonce; empty for a create
	members map[string]string // nil for one that is destroyed
	removes bool
}

// claimList records a list and reports conflicts: another list, or resources for single people.
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
	for _, key := range o.addressesIn(orgID) {
		for _, c := range o.claims[key] {
			conflict := next.conflict(orgID, *c)
			if conflict != nil {
				diags.Append(conflict)
				break
			}
		}
	}
	return diags
}

// addressesIn are the people of an organization that claims are about, by e-mail address and in order; claims are noted
// by member ID too. The caller holds the mutex.
func (o *ownership) addressesIn(orgID string) []personKey {
	var keys []personKey
	for key := range o.claims {
		if key.orgID == orgID && isAddress(key.who) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b personKey) int { return strings.Compare(a.who, b.who) })
	return keys
}

// conflict is the conflict between a list and another resource of the configuration for one person.
func (l listClaim) conflict(orgID string, other claim) diag.Diagnostic {
	if l.kind == destroys {
		return nil
	}
	role, listed := l.members[other.email]
	isInvitation := other.by == invitationType
	switch {
	case other.kind == destroys && listed && !isInvitation:
		return destroyedAndListed(orgID, other, role)
	case other.kind == destroys, isInvitation && !listed && !l.removes:
		return nil
	case isInvitation && listed && neon.SameRole(role, other.role):
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
		other, ok := b[email]
		if !ok || !neon.SameRole(role, other) {
			return false
		}
	}
	return true
}
