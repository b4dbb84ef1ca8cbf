package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// importID is what stands behind terraform import: ORG_ID/THING, or THING in the provider's organization.
type importID struct {
	orgID types.String // null for the provider's
	thing string
}

// parseImportID splits an import id. what describes the thing, for the message. An address may have slashes too, so the
// organization ends at the first one; an address with a slash is one without an organization if it does not begin like
// an organization of Neon's, or like the provider's.
func parseImportID(id, what, providerOrg string) (importID, error) {
	wrong := func(why string) error {
		return fmt.Errorf("%q %s. Write ORG_ID/THING or, for the provider's organization, just THING, where THING is %s", id, why, what)
	}
	orgID, thing, hasOrg := strings.Cut(id, "/")
	isAddress := emailProblem(strings.ToLower(id)) == ""
	isOrg := orgID == providerOrg || strings.HasPrefix(orgID, "org-") || providerOrg == "" && orgIDPattern.MatchString(orgID)
	if !hasOrg || isAddress && !isOrg {
		orgID, thing, hasOrg = "", id, false
	}
	switch {
	case thing == "" || hasOrg && orgID == "":
		return importID{}, wrong("has an empty part")
	case strings.Contains(thing, "/") && !strings.Contains(thing, "@"):
		return importID{}, wrong("has more than two parts")
	case hasOrg && !orgIDPattern.MatchString(orgID):
		return importID{}, wrong(fmt.Sprintf("begins with %q, which is not an organization id (it %s)", orgID, orgIDForm))
	}
	parsed := importID{thing: thing}
	if hasOrg {
		parsed.orgID = types.StringValue(orgID)
	}
	return parsed, nil
}

// importTarget returns the organization and the thing in it that an import means: by an import id, which
// what describes, or by an identity, whose attribute names the thing.
func (b *resourceBase) importTarget(ctx context.Context, req resource.ImportStateRequest, what, attribute string, diags *diag.Diagnostics) (*neon.Organization, string) {
	var target importID
	if req.Identity != nil && !req.Identity.Raw.IsNull() {
		var thing types.String
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("org_id"), &target.orgID)...)
		diags.Append(req.Identity.GetAttribute(ctx, path.Root(attribute), &thing)...)
		if diags.HasError() {
			return nil, ""
		}
		target.thing = thing.ValueString()
		if problem := identityProblem(target, attribute); problem != "" {
			diags.AddError("Invalid import identity", problem)
			return nil, ""
		}
	} else {
		var err error
		if target, err = parseImportID(req.ID, what, b.conn.orgID.ValueString()); err != nil {
			diags.AddError("Invalid import id", err.Error()+".")
			return nil, ""
		}
	}
	org, orgDiags := b.conn.organization(ctx, target.orgID)
	diags.Append(orgDiags...)
	return org, target.thing
}

// identityProblem says what is wrong with the identity of an import block.
func identityProblem(target importID, attribute string) string {
	switch {
	case target.thing == "":
		return fmt.Sprintf("The identity needs a value for %s.", attribute)
	case !target.orgID.IsNull() && !orgIDPattern.MatchString(target.orgID.ValueString()):
		return fmt.Sprintf("The identity's org_id %s, not %q. Left out, the provider's organization is meant.", orgIDForm, target.orgID.ValueString())
	case attribute == "email":
		return emailProblem(target.thing)
	default:
		return ""
	}
}
