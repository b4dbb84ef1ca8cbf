package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// rolePattern is the form of a role: Neon may add some.
var rolePattern = regexp.MustCompile(`^[a-z][a-z_]*$`)

func roleValidator() validator.String {
	return stringvalidator.RegexMatches(rolePattern, "must be a role: "+wordList(neon.Roles)+", or another role of lower-case letters and underscores that the organization uses already")
}

const rolesDescription = "`member` is the old name of `editor`: they are one role, and differences between the two cause no diff. " +
	"Another role is accepted where the person, or anyone in the organization, has it already. Which roles an organization accepts depends on the organization; Neon refuses the others at apply."

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
