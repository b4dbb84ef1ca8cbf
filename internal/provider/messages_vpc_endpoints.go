package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages about the VPC endpoints of an organization.

// endpointTitle is a VPC endpoint in messages.
func endpointTitle(e neon.VPCEndpoint) string {
	return fmt.Sprintf("VPC endpoint %s (%s)", e.ID, e.RegionID)
}

// The operations on a VPC endpoint, as the beginning of a summary.
func assigningEndpoint(title string) string { return "Assigning the " + title }
func deletingEndpoint(title string) string  { return "Deleting the " + title }

const (
	neverAgain = "Neon never allows a deleted VPC endpoint to be added back. " +
		"To connect again, create a new VPC endpoint in AWS."
	vpcRefusals = "Neon refuses a VPC endpoint that was deleted from an organization: it can never be added back, " +
		"and you have to create a new one in AWS. Neon also refuses the eleventh VPC endpoint in a region, a region without " +
		"Private Networking, and organizations on a plan without Private Networking."
)

func invalidLabel(at path.Path, label string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, fmt.Sprintf("Invalid VPC endpoint label %q", label),
		"The label must not be empty, must not begin or end with a blank, and must not contain a line break, another control or invisible "+
			"character, or text that CI jobs take for a command (a word that begins with ::, or ##[). Write another label.")
}

func cannotListEndpoints(orgID string, err error) diag.Diagnostic {
	return failure("Cannot list the VPC endpoints of "+orgID, err)
}

func cannotReadEndpoint(title string, err error) diag.Diagnostic {
	return failure("Cannot read the "+title, err)
}

func cannotSeeRestrictions(title string, err error) diag.Diagnostic {
	return failure("Cannot list the projects restricted to the "+title, err)
}

func cannotAssignEndpoint(title string, err error) diag.Diagnostic {
	failed := failure("Cannot assign the "+title, err)
	e, isNeon := neon.AsError(err)
	if isNeon && (e.Refusal() == neon.OtherRefusal || e.Refusal() == neon.NotPermitted) && e.Status/100 == 4 {
		return withAdvice(failed, vpcRefusals)
	}
	return failed
}

func cannotDeleteEndpoint(title string, err error) diag.Diagnostic {
	return failure("Cannot delete the "+title, err)
}

// endpointGone says that Neon does not list a VPC endpoint of the state any more.
func endpointGone(orgID, title string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Deleted outside of Terraform: "+title, paragraphs(
		fmt.Sprintf("%s no longer has the VPC endpoint. The plan assigns it again; Neon refuses that if it was deleted. %s", orgID, neverAgain),
		"Remove the resource from the configuration, or write the ID of a new VPC endpoint."))
}

// Why the state of a plan is not true any more.
const noLongerAssigned = "It is no longer assigned. " + neverAgain

func otherLabel(shown, now string) string {
	return fmt.Sprintf("In the plan, the label is %q. It is now %q.", shown, now)
}

func endpointChanged(orgID, title, why string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Changed since the plan: "+title, paragraphs(
		fmt.Sprintf("The plan changes the label in %s. %s", orgID, why), planAgain))
}

func endpointStays(state vpcEndpointModel) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Stays assigned: "+state.title(), fmt.Sprintf(
		"The destroy removes it from the state only, because on_destroy is %q. %s keeps it, and its connections keep working. "+
			"To delete it permanently, apply on_destroy = %q before the destroy.", endKeep, state.OrgID.ValueString(), endDelete))
}

// endpointKeptAnyway is for an end that deletes nothing although on_destroy says so.
func endpointKeptAnyway(state vpcEndpointModel) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Stays assigned: "+state.title(), paragraphs(
		fmt.Sprintf("The destroy removes it from the state only, although on_destroy is %q. Another resource manages it, "+
			"or it belongs to a tainted, replaced or deposed object, and no plan has shown the deletion.", endDelete),
		"To delete it permanently, import it, and destroy the resource:\n\n"+importBlock(vpcEndpointType, state.importID())))
}

func endpointToBeDeleted(state vpcEndpointModel) diag.Diagnostic {
	return diag.NewWarningDiagnostic("To be deleted permanently: "+state.title(), paragraphs(
		fmt.Sprintf("The apply deletes the VPC endpoint from %s, because on_destroy is %q. This cannot be undone. %s",
			state.OrgID.ValueString(), endDelete, neverAgain),
		"If another VPC endpoint replaces it, add a resource for that one first, and remove this one in a later apply: "+
			"a wrong ID then deletes nothing. With create_before_destroy, a replaced VPC endpoint stays assigned.",
		"To keep it, apply on_destroy = \"keep\" first, or forget the resource:\n\n"+forgetTheObject))
}

func stillRestricted(title string, details neon.VPCEndpointDetails) diag.Diagnostic {
	examples := ""
	if len(details.Examples) > 0 {
		examples = "Among them are:\n\n" + lines(details.Examples)
	}
	return diag.NewErrorDiagnostic("Still in use: "+title, paragraphs(
		fmt.Sprintf("%s restricted to this VPC endpoint, and would lose this connection. The deletion cannot be undone.",
			are(details.RestrictedProjects)),
		examples,
		choose(
			"Remove the restriction from these projects first.",
			"Apply on_destroy = \"keep\" before the destroy: the VPC endpoint then stays assigned.",
			"Forget the resource, or the deposed object:\n\n"+forgetTheObject)))
}

// are is "1 project is" or "3 projects are".
func are(projects int64) string {
	if projects == 1 {
		return "1 project is"
	}
	return fmt.Sprintf("%d projects are", projects)
}

func endpointReplacementKeeps(state vpcEndpointModel) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Replacement refused: "+state.title(), paragraphs(
		fmt.Sprintf("This plan replaces the VPC endpoint with another one, and on_destroy is %q: the old one would stay assigned, and no resource "+
			"would manage it. A deletion cannot be undone, so you have to choose it.", endKeep),
		choose(
			"If the new ID is a mistake, correct it.",
			"To keep both, add a resource for the new VPC endpoint, and leave this one unchanged.",
			fmt.Sprintf("To delete the old one permanently, apply on_destroy = %q first, without another change.", endDelete),
			"To leave the old one assigned without managing it, forget the resource:\n\n"+forgetTheObject)))
}

// endpointForced refuses to replace a VPC endpoint by itself.
func endpointForced(importID string) diag.Diagnostic {
	_, endpoint, _ := strings.Cut(importID, "/")
	return diag.NewErrorDiagnostic("Replacement refused: "+endpointTitle(endpointOf(endpoint)), paragraphs(
		"-replace or replace_triggered_by forces the replacement. "+neverAgain,
		choose(
			"Plan without -replace, and remove replace_triggered_by.",
			"To change the VPC endpoint, write its new ID.")))
}

func endpointAdopted(plan vpcEndpointModel, label string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Already assigned with another label: "+plan.title(), paragraphs(
		fmt.Sprintf("%s already has the VPC endpoint, with the label %q. The resource adopts it, and the apply changes the label to %q.",
			plan.OrgID.ValueString(), label, plan.Label.ValueString()),
		"To see the change as an update, import it first:\n\n"+importBlock(vpcEndpointType, plan.importID())))
}

func tooManyEndpoints(orgID, region, title string, assigned, planned int) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Too many VPC endpoints in "+region+": "+title, fmt.Sprintf(
		"Neon allows %d VPC endpoints in a region. %s has %d others there, and this plan assigns %s. "+
			"Remove one of them from the plan, or apply a deletion first.",
		neon.MaxVPCEndpoints, orgID, assigned, counted(planned, "new one")))
}

// endpointClash is what two resources for one VPC endpoint mean.
func endpointClash(found clash, model vpcEndpointModel) diag.Diagnostic {
	switch found {
	case endsAndCreates:
		return diag.NewErrorDiagnostic("Renamed without a moved block: "+model.title(), paragraphs(
			"This plan destroys one resource for the VPC endpoint, and creates another one. "+
				fmt.Sprintf("on_destroy is %q, so the destroy would delete it permanently, and the other resource could not add it back. ", endDelete)+
				"If it is the same resource, add a moved block:",
			movedNames(vpcEndpointType),
			"With count, a shorter list moves VPC endpoints to other indexes. Use for_each over their IDs instead.",
			"If another configuration should manage it, apply on_destroy = \"keep\" first, or forget the resource:\n\n"+forgetTheObject))
	case mayBeIt:
		return endpointMayBeCreated(model.endpoint())
	case endsAndKeeps:
		return diag.NewErrorDiagnostic("Two resources for the "+model.title(), fmt.Sprintf(
			"The state has two resources for it. This plan destroys one, which would delete it permanently, and keeps the other. "+
				"Forget the resource to be destroyed:\n\n%s\n"+
				"If both have the same address, because a create_before_destroy was interrupted, this forgets both. "+
				"Then import the VPC endpoint:\n\n%s",
			forgetTheObject, importBlock(vpcEndpointType, model.importID())))
	default:
		return diag.NewErrorDiagnostic("Two resources for the "+model.title(), fmt.Sprintf(
			"Two %s of this configuration manage this VPC endpoint. Only one resource can manage it. "+
				"Remove one of them from the configuration. If it is already in the state, forget it first:\n\n%s",
			vpcEndpointType, forgetTheObject))
	}
}

// endpointMayBeCreated refuses a deletion beside a resource that may be for the same VPC endpoint.
func endpointMayBeCreated(deleted neon.VPCEndpoint) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Cannot be deleted yet: "+endpointTitle(deleted), paragraphs(
		"This plan deletes it permanently, and has a resource for a VPC endpoint with an ID that is known only after apply. "+
			"Both could be the same VPC endpoint, and the deletion cannot be undone.",
		choose(
			"If the resource was renamed, add a moved block:\n\n"+movedNames(vpcEndpointType),
			"Otherwise, first apply the object that the ID depends on: "+targetAnAddress+".",
			"If this is a deposed object, forget it:\n\n"+forgetTheObject)))
}

func noSuchEndpoint(orgID, title string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Not assigned: "+title, fmt.Sprintf(
		"%s has no such VPC endpoint, so it cannot be imported. "+
			"Check the region and the ID against the data source neon_organization_vpc_endpoints.", orgID))
}

func invalidEndpointImportID(id string) diag.Diagnostic {
	return invalidImportID(id, fmt.Errorf("%q is not the ID of a VPC endpoint. Write ORG_ID/REGION_ID/VPC_ENDPOINT_ID or, for the "+
		"provider's organization, REGION_ID/VPC_ENDPOINT_ID, as in aws-us-east-1/vpce-0123456789abcdef0", id))
}

func cannotMoveEndpointHere(sourceType string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Cannot move a "+sourceType+" here", fmt.Sprintf(
		"A %s can be moved from a %s of kislerdm/neon or neondatabase/neon. %s", vpcEndpointType, peersEndpointType, importEndpointInstead))
}

func cannotMoveEndpoint(sourceType string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Cannot move the VPC endpoint of a "+sourceType,
		"The source state lacks org_id, region_id or vpc_endpoint_id, or one of them has another form. "+importEndpointInstead)
}

const importEndpointInstead = "Remove the moved block, forget the old resource without destroying it, and import the VPC endpoint:\n\n" +
	"    import {\n      to = neon_organization_vpc_endpoint.NAME\n      id = \"ORG_ID/REGION_ID/VPC_ENDPOINT_ID\"\n    }\n"
