package neontest

import "strings"

// grade: spec — the fields of a region.
type regionBody struct {
	ID      string `json:"region_id"`
	Name    string `json:"name"`
	Default bool   `json:"default"`
	GeoLat  string `json:"geo_lat"`
	GeoLong string `json:"geo_long"`
}

// grade: docs — regions begin with aws- or azure-.
var regions = []regionBody{
	{ID: "aws-us-east-1", Name: "AWS US East 1 (N. Virginia)", Default: true, GeoLat: "38.13", GeoLong: "-78.45"},
	{ID: "aws-us-east-2", Name: "AWS US East 2 (Ohio)", GeoLat: "39.96", GeoLong: "-83"},
	{ID: "aws-us-west-2", Name: "AWS US West 2 (Oregon)", GeoLat: "46.15", GeoLong: "-123.88"},
	{ID: "aws-eu-central-1", Name: "AWS Europe Central 1 (Frankfurt)", GeoLat: "50", GeoLong: "8"},
	{ID: "aws-eu-west-2", Name: "AWS Europe West 2 (London)", GeoLat: "51", GeoLong: "-0.1"},
	{ID: "aws-ap-southeast-1", Name: "AWS Asia Pacific 1 (Singapore)", GeoLat: "1.37", GeoLong: "103.8"},
	{ID: "aws-ap-southeast-2", Name: "AWS Asia Pacific 2 (Sydney)", GeoLat: "-33.86", GeoLong: "151.2"},
	{ID: "aws-sa-east-1", Name: "AWS South America East 1 (São Paulo)", GeoLat: "-23.55", GeoLong: "-46.63"},
	{ID: "azure-eastus2", Name: "Azure East US 2 (Virginia)", GeoLat: "36.66", GeoLong: "-78.38"},
	{ID: "azure-gwc", Name: "Azure Germany West Central (Frankfurt)", GeoLat: "50", GeoLong: "8"},
}

// listRegions answers the same for every organization.
//
// grade: spec — regions are not paged; org_id is optional.
// grade: docs — GET /regions needs a personal key.
// grade: guess — GET /regions refuses an organization that is not the caller's, and has the same regions for all.
func (c *call) listRegions() answer {
	if c.query.Has("org_id") {
		if refusal := c.requireAccessTo(c.s.world.org(c.query.Get("org_id"))); refusal != nil {
			return *refusal
		}
	}
	return ok(map[string]any{"regions": regions})
}

func isAzure(regionID string) bool { return strings.HasPrefix(regionID, "azure-") }
