package provider

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// Organization roles: accepted roles, equal roles, and their order.

// rolePattern is the form of a role: Neon may add some.
var rolePattern = regexp.MustCompile(`^[a-z][a-z_]*$`)

func roleValidator() validator.String {
	return stringvalidator.RegexMatches(rolePattern, "must be a role: "+wordList(neon.Roles)+
		", or another role of lower-case letters and underscores that the organization uses already")
}

const rolesDescription = "`member` is the old name of `editor`; a difference between the two causes no diff. " +
	"The provider accepts another role if a person in the organization already has it. " +
	"If the organization does not accept a role, Neon refuses it at apply."

// roleRank is smaller for a stronger role.
func roleRank(role string) (rank int, known bool) {
	if neon.SameRole(role, "member") {
		role = "editor"
	}
	rank = slices.Index(neon.Roles, role)
	return rank, rank >= 0
}

// strongest reports whether a role is admin, or an unknown role, which may be as strong.
func strongest(role string) bool {
	_, known := roleRank(role)
	return role == neon.RoleAdmin || !known
}

// guardUnknownRole refuses a role that Neon does not document, unless the object in the state has it, or a person in
// the organization: roles were renamed before, and a configuration must be able to keep the ones in use.
func guardUnknownRole(ctx context.Context, org *neon.Organization, role, prior, email string) diag.Diagnostics {
	_, known := roleRank(role)
	if known || role == prior {
		return nil
	}
	used, err := org.HasRole(ctx, role)
	switch {
	case err != nil:
		return diag.Diagnostics{cannotSeeRoles(org.ID, err)}
	case used:
		return nil
	default:
		return diag.Diagnostics{unknownRole(path.Root("role"), org.ID, role, email)}
	}
}

// hasRole reports whether a member or an open invitation has a role.
func hasRole(people neon.People, role string) bool {
	for _, member := range people.Members {
		if member.Role == role {
			return true
		}
	}
	for _, invitation := range people.Pending {
		if invitation.Role == role {
			return true
		}
	}
	return false
}

// spelled keeps the spelling of a role that means the same: member and editor are one.
func spelled(current, role string) string {
	if neon.SameRole(current, role) {
		return current
	}
	return role
}

// roleValue is spelled for a value of the state.
func roleValue(current types.String, role string) types.String {
	if neon.SameRole(current.ValueString(), role) {
		return current
	}
	return types.StringValue(role)
}

// sameRole keeps the state's spelling of a role that means the same as the configured one.
type sameRole struct{}

var _ planmodifier.String = sameRole{}

func (sameRole) Description(context.Context) string { return "member and editor are one role" }

func (m sameRole) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (sameRole) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.StateValue.IsNull() && neon.SameRole(req.StateValue.ValueString(), req.PlanValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}

// sameRoles keeps the state's map if nothing differs but the spelling of roles that mean the same.
// Terraform accepts the whole map of the state, or the configured one, and nothing in between.
type sameRoles struct{}

var _ planmodifier.Map = sameRoles{}

func (sameRoles) Description(context.Context) string { return "member and editor are one role" }

func (m sameRoles) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (sameRoles) PlanModifyMap(_ context.Context, req planmodifier.MapRequest, resp *planmodifier.MapResponse) {
	if req.StateValue.IsNull() || req.PlanValue.IsUnknown() {
		return
	}
	if slices.ContainsFunc(slices.Collect(maps.Values(req.PlanValue.Elements())), attr.Value.IsUnknown) {
		return
	}
	if sameMembers(texts(req.StateValue), texts(req.PlanValue)) {
		resp.PlanValue = req.StateValue
	}
}
