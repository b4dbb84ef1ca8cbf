package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// The messages about the spending limit of an organization.

// limitTitle is the limit in messages.
func limitTitle(orgID string) string { return "the spending limit of " + orgID }

// The operations on the limit, as the beginning of a summary.
func settingLimit(orgID string) string  { return "Setting " + limitTitle(orgID) }
func removingLimit(orgID string) string { return "Removing " + limitTitle(orgID) }

// amount is a limit in words: "$50.00 (5000 cents) a month".
func amount(cents int64) string {
	return fmt.Sprintf("$%d.%02d (%d cents) a month", cents/100, cents%100, cents)
}

const (
	whatALimitDoes = "Today, Neon notifies the organization's admins by e-mail at 80% and at 100% of the limit. " +
		"Neon has announced that a limit will suspend computes: check that the limit covers the expected usage."
	limitsInConsole = "Neon Console > Organization > Billing"
)

func cannotReadLimit(orgID string, err error) diag.Diagnostic {
	return failure("Cannot read the spending limit of "+orgID, err)
}

func cannotSetLimit(orgID string, cents int64, err error) diag.Diagnostic {
	return failure(fmt.Sprintf("Cannot set the spending limit of %s to %s", orgID, amount(cents)), err)
}

func cannotRemoveLimit(orgID string, err error) diag.Diagnostic {
	return failure("Cannot remove the spending limit of "+orgID, err)
}

// noLimitOnPlan explains Neon's refusal on a plan without limits.
func noLimitOnPlan(failed, orgID, plan string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic(failed+": not on this plan", paragraphs(
		fmt.Sprintf("Neon offers spending limits on the Launch and Scale plans. The plan of %s is %q.", orgID, plan),
		choose(
			"Remove the resource or data source from the configuration. If the state has the resource, forget it:\n\n"+forgetTheObject,
			"Change the organization's plan in the "+limitsInConsole+"."),
		err.Error()))
}

func limitReplaced(orgID string, from, to int64) diag.Diagnostic {
	lowers := ""
	if to < from {
		lowers = "This lowers the limit. " + whatALimitDoes
	}
	return diag.NewWarningDiagnostic("Spending limit replaced: "+orgID, paragraphs(
		fmt.Sprintf("%s already has a spending limit of %s, which this resource does not manage yet. The apply sets it to %s.",
			orgID, amount(from), amount(to)),
		lowers,
		"To see the change as an update of the existing limit, import it first:\n\n"+importBlock(spendingLimitType, orgID)))
}

func limitLowered(orgID string, from, to int64) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Spending limit lowered: "+orgID, paragraphs(
		fmt.Sprintf("The apply lowers the limit of %s from %s to %s.", orgID, amount(from), amount(to)), whatALimitDoes))
}

func limitRemoved(orgID string, cents int64) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Spending limit removed: "+orgID, fmt.Sprintf(
		"The apply removes the limit of %s (%s), because on_destroy is %q. "+
			"Neon then sends no notifications about spending. To keep the limit, apply on_destroy = \"keep\" first.", orgID, amount(cents), endRemove))
}

func limitStays(orgID string, cents int64) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Spending limit stays: "+orgID, fmt.Sprintf(
		"The destroy removes the limit of %s (%s) from the state only, because on_destroy is %q. It stays in effect at Neon. "+
			"To remove it, apply on_destroy = %q before the destroy, or use the %s.",
		orgID, amount(cents), endKeep, endRemove, limitsInConsole))
}

func limitKeptByOther(orgID string, cents int64) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Spending limit stays: "+orgID, fmt.Sprintf(
		"The destroy removes the limit of %s (%s) from the state only. Another resource manages it, "+
			"or it belongs to a replaced, tainted or deposed object. "+
			"It stays in effect at Neon. To remove it, use the %s.", orgID, amount(cents), limitsInConsole))
}

func limitGone(orgID string, cents int64) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Spending limit removed outside of Terraform: "+orgID, fmt.Sprintf(
		"The state has a limit of %s for %s, but Neon has none. The plan sets it again. "+
			"If this is intended, remove the resource from the configuration.", amount(cents), orgID))
}

// limitChanged says that the limit is not the one that the plan has shown.
func limitChanged(orgID string, shown, now int64) diag.Diagnostic {
	current := "no limit"
	if now != 0 {
		current = amount(now)
	}
	return diag.NewErrorDiagnostic("Spending limit changed since the plan: "+orgID, paragraphs(
		fmt.Sprintf("The plan shows a limit of %s for %s. Neon now has %s.", amount(shown), orgID, current), planAgain))
}

func noLimitToImport(orgID string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("No spending limit to import: "+orgID, fmt.Sprintf(
		"%s has no spending limit. Remove the import block; the resource then sets a limit.", orgID))
}

// limitClash is what two resources for one limit mean.
func limitClash(found clash, orgID string) diag.Diagnostic {
	switch found {
	case endsAndCreates:
		return diag.NewErrorDiagnostic("Renamed without a moved block: the spending limit of "+orgID, paragraphs(
			fmt.Sprintf("This plan destroys one %[1]s for %[2]s and creates another one. "+
				"on_destroy is %[3]q, so the destroy would remove the limit that the other resource sets. "+
				"If it is the same resource, add a moved block:", spendingLimitType, orgID, endRemove),
			movedNames(spendingLimitType),
			"Otherwise, apply the removal first."))
	case endsAndKeeps:
		return diag.NewErrorDiagnostic("Two resources for the spending limit of "+orgID, fmt.Sprintf(
			"The state has two %[1]s for %[2]s. This plan destroys one, which would remove the limit, and keeps the other. "+
				"Forget the resource that is to be destroyed:\n\n%[3]s\n"+
				"If both have the same address, this forgets both. Then import the limit:\n\n%[4]s",
			spendingLimitType, orgID, forgetTheObject, importBlock(spendingLimitType, orgID)))
	default:
		return diag.NewErrorDiagnostic("Two resources for the spending limit of "+orgID, fmt.Sprintf(
			"Two %s of this configuration are for %s, which has one limit. "+
				"Remove one of them from the configuration. If it is already in the state, forget it first:\n\n%s",
			spendingLimitType, orgID, forgetTheObject))
	}
}
