package neontest

import (
	"net/http"
	"slices"
	"strconv"
)

// freePlanProjects is how many projects an organization on the free plan may hold.
const freePlanProjects = 100

// grade: spec — the fields of a project that has an integration, in the refusal of a transfer.
type integratedProjectBody struct {
	ID          string `json:"id"`
	Integration string `json:"integration"`
}

// transferProjects moves projects to another organization.
//
// grade: spec — a transfer names 1 to 400 projects.
// grade: spec — a transfer gets 406 with the limits that are in the way, and 422 with the projects that have integrations.
// grade: docs — a transfer needs a personal key, of an admin in the source.
// grade: guess — a transfer needs a member of the destination; the documentation also says admin: Switches.TransferNeedsDestinationAdmin.
// grade: guess — a transfer fails with 406 if the destination is on the free plan and would hold more than 100 projects.
// grade: guess — a transfer that is refused moves nothing: Switches.TransferPartly.
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
	if c.s.cfg.TransferNeedsDestinationAdmin && destination.memberByUser(c.cred.userID).Role != "admin" {
		return *refuse(orElse(c.s.cfg.NotAdminStatus, http.StatusForbidden), saysNotAdmin)
	}
	if destination == c.org {
		// grade: guess — a transfer to the same organization gets 400 `destination_org_id: the projects are there already`.
		return *refuse(http.StatusBadRequest, "destination_org_id: the projects are there already")
	}

	var movable []string
	var inTheWay []integratedProjectBody
	for _, id := range request.ProjectIDs {
		p := c.org.project(id)
		switch {
		case p == nil:
			return *refuse(http.StatusNotFound, saysNoSuchProject)
		case p.Integration != "":
			inTheWay = append(inTheWay, integratedProjectBody{id, p.Integration})
		case !slices.Contains(movable, id):
			movable = append(movable, id)
		}
	}
	over := 0
	if destination.plan == "free" {
		over = min(len(movable), max(0, len(destination.projects)+len(movable)-freePlanProjects))
	}
	actual := len(destination.projects) + len(movable)
	if len(inTheWay) == 0 && over == 0 || c.s.cfg.TransferPartly {
		c.moveProjects(destination, movable[:len(movable)-over])
	}
	switch {
	case len(inTheWay) > 0:
		return answer{status: http.StatusUnprocessableEntity, body: map[string]any{"projects": inTheWay}}
	case over > 0:
		limit := map[string]string{"name": "projects_count", "expected": strconv.Itoa(freePlanProjects), "actual": strconv.Itoa(actual)}
		return answer{status: http.StatusNotAcceptable, body: map[string]any{"limits": []any{limit}}}
	}
	return ok(emptyBody{})
}

// moveProjects moves projects. Their grants stay behind, for they are those of members of the source.
//
// grade: docs — API keys that are scoped to a project stop working when it is transferred.
// grade: guess — such keys leave the list of API keys.
// grade: guess — a project that is transferred loses the roles that were granted in it.
func (c *call) moveProjects(destination *organization, ids []string) {
	for _, o := range []*organization{c.org, destination} {
		o.remember(c.s.cfg.now(), c.s.cfg.ListLag)
	}
	for _, id := range ids {
		i := slices.IndexFunc(c.org.projects, func(p Project) bool { return p.ID == id })
		p := c.org.projects[i]
		p.OrgID, p.Grants = destination.id, map[string]string{}
		c.org.projects = slices.Delete(c.org.projects, i, i+1)
		destination.projects = append(destination.projects, p)
		for _, key := range c.org.keys {
			if key.ProjectID == id {
				c.s.revokeKey(c.org, key.ID)
			}
		}
	}
}
