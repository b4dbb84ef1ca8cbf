package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
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

// importTarget parses an import id and returns the organization that it means.
func (b *resourceBase) importTarget(ctx context.Context, id, what string, diags *diag.Diagnostics) (*neon.Organization, string) {
	parsed, err := parseImportID(id, what)
	if err != nil {
		diags.AddError("Invalid import id", err.Error()+".")
		return nil, ""
	}
	org, orgDiags := b.conn.organization(ctx, parsed.orgID)
	diags.Append(orgDiags...)
	return org, parsed.thing
}
