package neon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// MaxVPCEndpoints is how many VPC endpoints an organization can have in one region (Neon's documentation).
const MaxVPCEndpoints = 10

// VPCEndpoint is an AWS VPC endpoint that is assigned to an organization.
type VPCEndpoint struct {
	// RegionID is Neon's region, as in aws-us-east-1.
	RegionID string
	// ID is AWS's, as in vpce-0123456789abcdef0.
	ID string
	// Label describes it.
	Label string
}

// VPCEndpointDetails is what Neon returns for one VPC endpoint.
type VPCEndpointDetails struct {
	// State is new until Neon accepts the connection, then accepted.
	State string
	// RestrictedProjects is how many projects are restricted to this VPC endpoint.
	RestrictedProjects int64
	// Examples are the IDs of at most three of them.
	Examples []string
}

// UnmarshalJSON decodes an element of the list across regions.
func (e *VPCEndpoint) UnmarshalJSON(raw []byte) error {
	var wire struct {
		ID       plainText `json:"vpc_endpoint_id"`
		RegionID plainText `json:"region_id"`
		Label    plainText `json:"label"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	for _, id := range []string{string(wire.ID), string(wire.RegionID)} {
		if !idPattern.MatchString(id) {
			return fmt.Errorf("the id of a VPC endpoint, or of its region, has another form than Neon's: %q", id)
		}
	}
	*e = VPCEndpoint{RegionID: string(wire.RegionID), ID: string(wire.ID), Label: string(wire.Label)}
	return nil
}

// place identifies an endpoint by region and ID: IDs from AWS may not be unique across regions.
func (e VPCEndpoint) place() string { return e.RegionID + "/" + e.ID }

func (e VPCEndpoint) path(orgID string) string {
	return pathTo("organizations", orgID, "vpc", "region", e.RegionID, "vpc_endpoints", e.ID)
}

// listVPCEndpoints returns the VPC endpoints of an organization in all regions.
func (c *Client) listVPCEndpoints(ctx context.Context, orgID string) ([]VPCEndpoint, error) {
	var answer struct {
		Endpoints *items[VPCEndpoint] `json:"endpoints"`
	}
	err := c.do(ctx, http.MethodGet, pathTo("organizations", orgID, "vpc", "vpc_endpoints"), nil, nil, &answer, func() error {
		if answer.Endpoints == nil {
			return errors.New("the answer has no list of VPC endpoints")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return *answer.Endpoints, nil
}

// VPCEndpoints returns the VPC endpoints that are assigned to the organization, in all regions.
func (o *Organization) VPCEndpoints(ctx context.Context) ([]VPCEndpoint, error) {
	if err := o.endpoints.since(ctx, fresh()); err != nil {
		return nil, err
	}
	return o.endpoints.all(), nil
}

// VPCEndpoint returns an assigned VPC endpoint.
func (o *Organization) VPCEndpoint(ctx context.Context, regionID, id string) (VPCEndpoint, bool, error) {
	return o.vpcEndpointSince(ctx, fresh(), VPCEndpoint{RegionID: regionID, ID: id})
}

// VPCEndpointNow is VPCEndpoint from a new list.
func (o *Organization) VPCEndpointNow(ctx context.Context, regionID, id string) (VPCEndpoint, bool, error) {
	return o.vpcEndpointSince(ctx, time.Now(), VPCEndpoint{RegionID: regionID, ID: id})
}

func (o *Organization) vpcEndpointSince(ctx context.Context, notBefore time.Time, which VPCEndpoint) (VPCEndpoint, bool, error) {
	if err := o.endpoints.since(ctx, notBefore); err != nil {
		return VPCEndpoint{}, false, err
	}
	endpoint, assigned := o.endpoints.get(which.place())
	return endpoint, assigned, nil
}

// VPCEndpointDetails requests the details that the list lacks. Each call sends a request.
func (o *Organization) VPCEndpointDetails(ctx context.Context, regionID, id string) (VPCEndpointDetails, error) {
	var answer struct {
		ID       plainText        `json:"vpc_endpoint_id"`
		State    plainText        `json:"state"`
		Count    *int64           `json:"num_restricted_projects"`
		Examples items[plainText] `json:"example_restricted_projects"`
	}
	err := o.client.do(ctx, http.MethodGet, VPCEndpoint{RegionID: regionID, ID: id}.path(o.ID), nil, nil, &answer, func() error {
		if string(answer.ID) != id || answer.Count == nil {
			return errors.New("the answer is not about this VPC endpoint, or does not say how many projects are restricted to it")
		}
		return nil
	})
	if err != nil {
		return VPCEndpointDetails{}, err
	}
	details := VPCEndpointDetails{State: string(answer.State)}
	for _, project := range answer.Examples {
		details.Examples = append(details.Examples, string(project))
	}
	details.RestrictedProjects = max(*answer.Count, int64(len(details.Examples)))
	return details, nil
}

// AssignVPCEndpoint assigns a VPC endpoint to the organization, or changes the label of an assigned one. It requires an admin.
func (o *Organization) AssignVPCEndpoint(ctx context.Context, endpoint VPCEndpoint) error {
	in := struct {
		Label string `json:"label"`
	}{endpoint.Label}
	err := o.writeVPCEndpoint(ctx, http.MethodPost, endpoint, in, func(now VPCEndpoint, assigned bool) bool {
		return assigned && now.Label == endpoint.Label
	})
	if err == nil {
		o.endpoints.wrote(endpoint.place(), &endpoint)
	}
	return err
}

// DeleteVPCEndpoint deletes a VPC endpoint permanently: Neon never allows it to be added back. It requires an admin.
// It succeeds if the endpoint is already gone.
func (o *Organization) DeleteVPCEndpoint(ctx context.Context, regionID, id string) error {
	endpoint := VPCEndpoint{RegionID: regionID, ID: id}
	err := o.writeVPCEndpoint(ctx, http.MethodDelete, endpoint, nil, func(_ VPCEndpoint, assigned bool) bool { return !assigned })
	if err == nil {
		o.endpoints.wrote(endpoint.place(), nil)
	}
	return err
}

// writeVPCEndpoint sends a write that Neon answers with 200 and no body. Anything on the way can send that too, so no
// answer proves anything, and each counts as lost: the list says whether the write was carried out.
func (o *Organization) writeVPCEndpoint(
	ctx context.Context, method string, endpoint VPCEndpoint, in any, done func(now VPCEndpoint, assigned bool) bool,
) error {
	return o.client.write(ctx,
		func(ctx context.Context) error {
			// Our last write does not show the result of this one: only the list does.
			o.endpoints.forget(endpoint.place())
			return o.client.do(ctx, method, endpoint.path(o.ID), nil, in, nil, func() error {
				return errors.New("the answer has a body, and Neon's has none")
			})
		},
		func(ctx context.Context) (bool, error) {
			now, assigned, err := o.VPCEndpointNow(ctx, endpoint.RegionID, endpoint.ID)
			return err == nil && done(now, assigned), err
		})
}
