package neontest

import (
	"net/http"
	"slices"
	"strconv"
)

// freePlanProjects is how many projects an organization on the free plan may hold.
const freePlanProjects = 100

// transferProjects moves projects to another organization, all of them or none.
//
// grade: spec — a transfer names 1 to 400 projects.
// grade: spec — a transfer gets 406 with the limits that are in the way, and 422 with the projects that have integrations.
// grade: docs — a transfer needs a personal key, of an admin in the source and a member in the destination.
// grade: guess — a transfer fails with 406 if the destination is on the free plan and would hold more than 100 projects.
func (c *call) transferProjects() answer {
	var request struct {
		DestinationOrgID *string  `json:"destination_org_id"`
		ProjectIDs       []string `json:"project_ids"`
	}
	if refusal := c.decode(&request); refusal != nil {
		return *refusal
	}
	if request.DestinationOrgID == nil || !idPattern.MatchString(*request.DestinationOrgID) {
		return *refuse(http.StatusBadRequest, "request body has an error: destination_org_id: string doesn't match the format")
	}
	if n := len(request.ProjectIDs); n < 1 || n > 400 {
		return *refuse(http.StatusBadRequest, "request body has an error: project_ids: number of items must be from 1 to 400")
	}
	destination := c.s.world.org(*request.DestinationOrgID)
	if refusal := c.requireAccessTo(destination); refusal != nil {
		return *refusal
	}

	if destination == c.org {
		// grade: guess — a transfer to the same organization gets 400 `destination_org_id: the projects are there already`.
		return *refuse(http.StatusBadRequest, "destination_org_id: the projects are there already")
	}

	type integration struct {
		ID          string `json:"id"`
		Integration string `json:"integration"`
	}
	var inTheWay []integration
	for _, id := range request.ProjectIDs {
		o, p := c.s.world.project(id)
		if o != c.org {
			return *refuse(http.StatusNotFound, saysNoSuchProject)
		}
		if p.Integration != "" {
			inTheWay = append(inTheWay, integration{id, p.Integration})
		}
	}
	if len(inTheWay) > 0 {
		return answer{status: http.StatusUnprocessableEntity, body: map[string]any{"projects": inTheWay}}
	}
	if after := len(destination.projects) + len(request.ProjectIDs); destination.plan == "free" && after > freePlanProjects {
		limit := map[string]string{"name": "projects_count", "expected": strconv.Itoa(freePlanProjects), "actual": strconv.Itoa(after)}
		return answer{status: http.StatusNotAcceptable, body: map[string]any{"limits": []any{limit}}}
	}

	for _, o := range []*organization{c.org, destination} {
		o.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	}
	for _, id := range request.ProjectIDs {
		i := slices.IndexFunc(c.org.projects, func(p Project) bool { return p.ID == id })
		if i < 0 {
			continue // named twice, and moved already
		}
		p := c.org.projects[i]
		p.OrgID, p.grants = destination.id, map[string]string{}
		c.org.projects = slices.Delete(c.org.projects, i, i+1)
		destination.projects = append(destination.projects, p)
	}
	return ok(emptyBody{})
}
