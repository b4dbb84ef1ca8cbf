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

// parseImportID splits an import id. what describes the thing, for the message.
func parseImportID(id, what string) (importID, error) {
	parts := strings.Split(id, "/")
	wrong := func(why string) error {
		return fmt.Errorf("%q %s. Write ORG_ID/THING or, for the provider's organization, just THING, where THING is %s", id, why, what)
	}
	parsed := importID{thing: parts[len(parts)-1]}
	switch {
	case len(parts) > 2:
		return importID{}, wrong("has more than two parts")
	case parsed.thing == "" || len(parts) == 2 && parts[0] == "":
		return importID{}, wrong("has an empty part")
	case len(parts) == 2 && !orgIDPattern.MatchString(parts[0]):
		return importID{}, wrong(fmt.Sprintf("begins with %q, which is no organization id (it %s)", parts[0], orgIDForm))
	case len(parts) == 2:
		parsed.orgID = types.StringValue(parts[0])
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
		if target, err = parseImportID(req.ID, what); err != nil {
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
