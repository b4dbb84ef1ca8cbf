package neontest

import (
	"net/http"
	"slices"
)

// grade: spec — the fields of a VPC endpoint: region_id only where the list goes across regions.
type vpcEndpointBody struct {
	ID       string `json:"vpc_endpoint_id"`
	Label    string `json:"label"`
	RegionID string `json:"region_id,omitempty"`
}

// grade: spec — the fields of a single VPC endpoint: example_restricted_projects has at most three.
type vpcEndpointDetailsBody struct {
	ID                        string   `json:"vpc_endpoint_id"`
	Label                     string   `json:"label"`
	State                     string   `json:"state"`
	NumRestrictedProjects     int      `json:"num_restricted_projects"`
	ExampleRestrictedProjects []string `json:"example_restricted_projects"`
}

// grade: docs — an organization holds at most 10 VPC endpoints in a region.
const vpcEndpointsPerRegion = 10

// grade: spec — VPC endpoints are listed for all regions or for one, and not paged.
// grade: guess — on the free plan and in a region that does not exist, the list of VPC endpoints is empty, not refused.
func (c *call) listVPCEndpoints() answer {
	list := []vpcEndpointBody{}
	region := c.params["region_id"]
	for _, e := range c.lagging().vpcEndpoints {
		switch {
		case e.Deleted:
		case region == "":
			list = append(list, vpcEndpointBody{e.ID, e.Label, e.RegionID})
		case region == e.RegionID:
			list = append(list, vpcEndpointBody{ID: e.ID, Label: e.Label})
		}
	}
	return ok(map[string]any{"endpoints": list})
}

// grade: guess — an unknown or deleted VPC endpoint gets 404 `VPC endpoint not found`.
func (c *call) vpcEndpoint() (*VPCEndpoint, *answer) {
	e := c.org.vpcEndpoint(c.params["region_id"], c.params["vpc_endpoint_id"])
	if e == nil || e.Deleted {
		return nil, refuse(http.StatusNotFound, "VPC endpoint not found")
	}
	return e, nil
}

// grade: spec — a VPC endpoint's state is new until Neon accepts the connection, then accepted.
func (c *call) getVPCEndpoint() answer {
	e, refusal := c.vpcEndpoint()
	if refusal != nil {
		return *refusal
	}
	examples := append([]string{}, e.RestrictedProjects[:min(3, len(e.RestrictedProjects))]...)
	return ok(vpcEndpointDetailsBody{e.ID, e.Label, e.State, len(e.RestrictedProjects), examples})
}

// vpcEndpointsOff refuses changes of VPC endpoints on plans that have none.
//
// grade: docs — VPC endpoints are for paid plans.
// grade: guess — on the free plan, changes of VPC endpoints get 403 `VPC endpoints are available on paid plans only`.
func (c *call) vpcEndpointsOff() *answer {
	if c.org.plan == "free" {
		return refuse(http.StatusForbidden, "VPC endpoints are available on paid plans only")
	}
	return nil
}

// grade: spec — assigning a VPC endpoint or a new label answers 200 with an empty body.
// grade: spec — the label of a VPC endpoint is required.
// grade: guess — an empty label gets 400 `request body has an error: label: minimum string length is 1`.
// grade: spec — a VPC endpoint that was deleted can never be added back.
// grade: guess — adding back a deleted VPC endpoint gets 409 `VPC endpoint was deleted and cannot be added back`.
func (c *call) assignVPCEndpoint() answer {
	var request struct {
		Label *string `json:"label"`
	}
	if refusal := c.decode(&request); refusal != nil {
		return *refusal
	}
	if request.Label == nil {
		return *refuse(http.StatusBadRequest, `request body has an error: property "label" is missing`)
	}
	if *request.Label == "" {
		return *refuse(http.StatusBadRequest, "request body has an error: label: minimum string length is 1")
	}
	if refusal := c.vpcEndpointsOff(); refusal != nil {
		return *refusal
	}
	id, region := c.params["vpc_endpoint_id"], c.params["region_id"]
	e := c.org.vpcEndpoint(region, id)
	if e == nil {
		if refusal := c.checkNewVPCEndpoint(region); refusal != nil {
			return *refusal
		}
	} else if e.Deleted {
		return *refuse(http.StatusConflict, "VPC endpoint was deleted and cannot be added back")
	}
	c.org.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	if e == nil {
		c.org.vpcEndpoints = append(c.org.vpcEndpoints, VPCEndpoint{ID: id, RegionID: region, State: "new"})
		e = &c.org.vpcEndpoints[len(c.org.vpcEndpoints)-1]
	}
	e.Label = *request.Label
	return answer{status: http.StatusOK}
}

// checkNewVPCEndpoint refuses an endpoint that the organization cannot have.
//
// grade: spec — VPC endpoints are not supported in Azure regions.
// grade: guess — a VPC endpoint in an Azure region gets 422 `VPC endpoints are not supported in Azure regions`.
// grade: guess — a VPC endpoint in an unknown region gets 404 `region not found`.
// grade: guess — one VPC endpoint too many gets 422 `an organization can have at most … VPC endpoints in a region`.
func (c *call) checkNewVPCEndpoint(region string) *answer {
	if isAzure(region) {
		return refuse(http.StatusUnprocessableEntity, "VPC endpoints are not supported in Azure regions")
	}
	if !slices.ContainsFunc(regions, func(r regionBody) bool { return r.ID == region }) {
		return refuse(http.StatusNotFound, "region not found")
	}
	count := 0
	for _, e := range c.org.vpcEndpoints {
		if e.RegionID == region && !e.Deleted {
			count++
		}
	}
	if count >= vpcEndpointsPerRegion {
		return refuse(http.StatusUnprocessableEntity, "an organization can have at most %d VPC endpoints in a region", vpcEndpointsPerRegion)
	}
	return nil
}

// grade: spec — deleting a VPC endpoint answers 200 with an empty body.
// grade: guess — a VPC endpoint is deleted also while projects are restricted to it, or refused with
// `projects are restricted to this VPC endpoint` (409, or what the switch says): Switches.RestrictedEndpointStatus.
func (c *call) deleteVPCEndpoint() answer {
	e, refusal := c.vpcEndpoint()
	if refusal != nil {
		return *refusal
	}
	if refusal := c.vpcEndpointsOff(); refusal != nil {
		return *refusal
	}
	if c.s.cfg.RestrictedEndpointStatus != 0 && len(e.RestrictedProjects) > 0 {
		return *refuse(orElse(c.s.cfg.RestrictedEndpointStatus, http.StatusConflict), "projects are restricted to this VPC endpoint")
	}
	c.org.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	e.Deleted = true
	return answer{status: http.StatusOK}
}
