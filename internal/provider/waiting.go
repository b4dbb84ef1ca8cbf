package provider

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// waits plans an existing object exactly as its state, while an argument that determines the change is
// unknown. title names the object in the warning.
//
// Terraform accepts a state's value for whatever is configured, but neither null for a configured argument, nor a
// value for one that is left out: where the configuration adds or removes an argument meanwhile, that is an error.
func waits(req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, title string, deciding ...string) bool {
	config, state := attributesIn(req.Config.Raw), attributesIn(req.State.Raw)
	unknown := slices.DeleteFunc(slices.Clone(deciding), func(name string) bool { return config[name].IsFullyKnown() })
	if len(unknown) == 0 {
		return false
	}
	var changed []string
	for name, attribute := range req.Config.Schema.GetAttributes() {
		configured, kept := config[name], state[name]
		if !attribute.IsRequired() && !attribute.IsOptional() {
			continue
		}
		if kept.IsNull() && !configured.IsNull() || !kept.IsNull() && configured.IsNull() && !attribute.IsComputed() {
			changed = append(changed, name)
		}
	}
	if len(changed) > 0 {
		slices.Sort(changed)
		resp.Diagnostics.Append(cannotWait(path.Root(unknown[0]), title, unknown[0], strings.Join(changed, ", ")))
		return true
	}
	resp.Plan.Raw = req.State.Raw
	resp.RequiresReplace = nil
	resp.Diagnostics.Append(waitsForNextPlan(path.Root(unknown[0]), title, strings.Join(unknown, ", ")))
	return true
}

func attributesIn(object tftypes.Value) map[string]tftypes.Value {
	attributes := map[string]tftypes.Value{}
	_ = object.As(&attributes) // an object that is null has none
	return attributes
}

// decidedMap reports whether a map and all its elements are known.
func decidedMap(m interface {
	attr.Value
	Elements() map[string]attr.Value
},
) bool {
	if m.IsUnknown() {
		return false
	}
	for _, element := range m.Elements() {
		if element.IsUnknown() {
			return false
		}
	}
	return true
}
