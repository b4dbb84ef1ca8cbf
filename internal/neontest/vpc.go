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

// grade: spec — VPC endpoints are listed for all regions or for one, and not paged.
func (c *call) listVPCEndpoints() answer {
	list := []vpcEndpointBody{}
	region := c.params["region_id"]
	for _, e := range c.lagging().vpcEndpoints {
		switch region {
		case "":
			list = append(list, vpcEndpointBody{e.id, e.label, e.region})
		case e.region:
			list = append(list, vpcEndpointBody{ID: e.id, Label: e.label})
		}
	}
	return ok(map[string]any{"endpoints": list})
}

func (c *call) vpcEndpoint() int {
	return slices.IndexFunc(c.org.vpcEndpoints, func(e vpcEndpoint) bool {
		return e.id == c.params["vpc_endpoint_id"] && e.region == c.params["region_id"]
	})
}

// grade: guess — an unknown VPC endpoint gets 404 `VPC endpoint not found`.
func noSuchEndpoint() *answer { return refuse(http.StatusNotFound, "VPC endpoint not found") }

// grade: spec — the fields of a single VPC endpoint; state is new or accepted.
// grade: guess — a VPC endpoint is accepted at once.
func (c *call) getVPCEndpoint() answer {
	i := c.vpcEndpoint()
	if i < 0 {
		return *noSuchEndpoint()
	}
	e := c.org.vpcEndpoints[i]
	return ok(map[string]any{
		"vpc_endpoint_id": e.id, "label": e.label, "state": "accepted",
		"num_restricted_projects": 0, "example_restricted_projects": []string{},
	})
}

// grade: spec — assigning a VPC endpoint or a new label answers 200 with an empty body.
// grade: docs — a VPC endpoint that was deleted can never be added back.
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
	id, region := c.params["vpc_endpoint_id"], c.params["region_id"]
	if c.org.deletedVPCEndpoints[region+" "+id] {
		return *refuse(http.StatusConflict, "VPC endpoint was deleted and cannot be added back")
	}
	c.org.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	if i := c.vpcEndpoint(); i >= 0 {
		c.org.vpcEndpoints[i].label = *request.Label
	} else {
		c.org.vpcEndpoints = append(c.org.vpcEndpoints, vpcEndpoint{id, region, *request.Label})
	}
	return answer{status: http.StatusOK}
}

// grade: spec — deleting a VPC endpoint answers 200 with an empty body.
func (c *call) deleteVPCEndpoint() answer {
	i := c.vpcEndpoint()
	if i < 0 {
		return *noSuchEndpoint()
	}
	c.org.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	c.org.deletedVPCEndpoints[c.params["region_id"]+" "+c.params["vpc_endpoint_id"]] = true
	c.org.vpcEndpoints = slices.Delete(c.org.vpcEndpoints, i, i+1)
	return answer{status: http.StatusOK}
}
