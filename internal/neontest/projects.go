package neontest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// grade: seen — a project that is unknown or not the caller's gets 404.
const saysNoSuchProject = "project not found"

// grade: spec — the fields of a project in a list: those that are required, org_id and, optional, org_name.
type projectItemBody struct {
	ID                          string `json:"id"`
	PlatformID                  string `json:"platform_id"`
	RegionID                    string `json:"region_id"`
	Name                        string `json:"name"`
	Provisioner                 string `json:"provisioner"`
	PgVersion                   int    `json:"pg_version"`
	ProxyHost                   string `json:"proxy_host"`
	BranchLogicalSizeLimit      int64  `json:"branch_logical_size_limit"`
	BranchLogicalSizeLimitBytes int64  `json:"branch_logical_size_limit_bytes"`
	StorePasswords              bool   `json:"store_passwords"`
	ActiveTime                  *int64 `json:"active_time,omitempty"` // in lists only
	CPUUsedSec                  int64  `json:"cpu_used_sec"`
	CreationSource              string `json:"creation_source"`
	HistoryRetentionSeconds     int32  `json:"history_retention_seconds"`
	CreatedAt                   string `json:"created_at"`
	UpdatedAt                   string `json:"updated_at"`
	OwnerID                     string `json:"owner_id"`
	OrgID                       string `json:"org_id"`
	OrgName                     string `json:"org_name,omitempty"` // in lists only
}

// grade: spec — a single project has further fields.
type projectBody struct {
	projectItemBody
	ActiveTimeSeconds      int64  `json:"active_time_seconds"`
	ComputeTimeSeconds     int64  `json:"compute_time_seconds"`
	WrittenDataBytes       int64  `json:"written_data_bytes"`
	DataTransferBytes      int64  `json:"data_transfer_bytes"`
	DataStorageBytesHour   int64  `json:"data_storage_bytes_hour"`
	ConsumptionPeriodStart string `json:"consumption_period_start"`
	ConsumptionPeriodEnd   string `json:"consumption_period_end"`
}

func (o *organization) projectBody(p *Project) projectItemBody {
	return projectItemBody{
		ID: p.ID, PlatformID: "aws", RegionID: p.RegionID, Name: p.Name, Provisioner: "k8s-neonvm", PgVersion: 17,
		ProxyHost:              strings.TrimPrefix(p.RegionID, "aws-") + ".aws.neon.tech",
		BranchLogicalSizeLimit: 16384, BranchLogicalSizeLimitBytes: 16384 << 20, StorePasswords: true,
		CreationSource: "console", HistoryRetentionSeconds: 86400,
		CreatedAt: timestamp(p.CreatedAt), UpdatedAt: timestamp(p.CreatedAt), OwnerID: o.id, OrgID: o.id,
	}
}

// projectsSeen is the organization whose projects are to be listed, and those that the key can see.
//
// grade: seen — a personal key that lists projects without org_id gets 400 `org_id is required, you can find it on
// your organization settings page`.
// grade: spec — an organization key implies org_id in the list of projects.
// grade: docs — a collaborator sees only the projects that were granted to them.
func (c *call) projectsSeen() (*organization, []Project, *answer) {
	orgID := c.query.Get("org_id")
	switch {
	case c.query.Has("org_id") && !idPattern.MatchString(orgID):
		return nil, nil, refuse(http.StatusBadRequest, `parameter "org_id" in query has an error: string doesn't match the format`)
	case orgID == "" && c.cred.kind == personalKey:
		return nil, nil, refuse(http.StatusBadRequest, "org_id is required, you can find it on your organization settings page")
	case orgID == "":
		orgID = c.cred.orgID
	}
	o := c.s.world.org(orgID)
	if refusal := c.requireAccessTo(o); refusal != nil {
		return nil, nil, refusal
	}
	o = o.asOf(c.s.cfg.now(), c.s.cfg.ListLag)
	projects := slices.DeleteFunc(slices.Clone(o.projects), func(p Project) bool { return !c.seesProject(o, &p) })
	return o, projects, nil
}

// seesProject says whether the caller has access to a project of an organization of theirs.
func (c *call) seesProject(o *organization, p *Project) bool {
	if c.cred.kind != personalKey {
		return true
	}
	m := o.memberByUser(c.cred.userID)
	return m != nil && effectiveRole(p, m) != ""
}

// listProjects pages differently from members: the cursor is in the answer even on the last page, and on an empty one
// after it.
//
// grade: spec — projects are paged by cursor and limit 1..400, 10 by default, and searched by name and id.
// grade: seen — pagination.cursor is there even on the last page of projects.
// grade: guess — projects are listed in the order they were created, and the cursor is the last one's id.
func (c *call) listProjects() answer {
	limit, refusal := c.limit(10, 400)
	if refusal != nil {
		return *refusal
	}
	if most := c.s.cfg.MaxProjectPageSize; most > 0 && limit > most {
		limit = most
	}
	o, projects, refusal := c.projectsSeen()
	if refusal != nil {
		return *refusal
	}
	cursor := c.query.Get("cursor")
	if cursor != "" {
		i := slices.IndexFunc(projects, func(p Project) bool { return p.ID == cursor })
		if i < 0 {
			return *refuse(http.StatusBadRequest, `parameter "cursor" in query has an error: malformed cursor`)
		}
		projects = projects[i+1:]
	}
	if search := strings.ToLower(c.query.Get("search")); search != "" {
		projects = slices.DeleteFunc(projects, func(p Project) bool {
			return !strings.Contains(strings.ToLower(p.Name), search) && !strings.Contains(p.ID, search)
		})
	}
	projects = projects[:min(limit, len(projects))]
	body := struct {
		Projects     []projectItemBody   `json:"projects"`
		Unavailable  []string            `json:"unavailable_project_ids,omitempty"`
		Applications map[string][]string `json:"applications"`
		Integrations map[string][]string `json:"integrations"`
		Pagination   map[string]string   `json:"pagination,omitempty"`
	}{Projects: []projectItemBody{}, Applications: map[string][]string{}, Integrations: map[string][]string{}}
	for i := range projects {
		p := &projects[i]
		cursor = p.ID
		if p.Unavailable {
			// grade: spec — of a project that is slow, not gone, the list says the id only.
			body.Unavailable = append(body.Unavailable, p.ID)
			continue
		}
		item := o.projectBody(p)
		item.ActiveTime = new(int64)
		// grade: guess — the list of projects has org_name, which was missing in a recorded one: Switches.OrgNameAbsent.
		if !c.s.cfg.OrgNameAbsent {
			item.OrgName = o.name
		}
		body.Projects = append(body.Projects, item)
		if p.Integration != "" {
			body.Applications[p.ID] = []string{p.Integration}
			body.Integrations[p.ID] = []string{p.Integration}
		}
	}
	if cursor != "" {
		body.Pagination = map[string]string{"cursor": cursor}
	}
	return ok(body)
}

// grade: spec — GET /projects/shared lists projects that others share with the caller.
// grade: guess — no key is refused at GET /projects/shared, and there are none.
func (c *call) listSharedProjects() answer { return ok(map[string]any{"projects": []any{}}) }

// pathProject is the project of the path, if the caller may see it.
func (c *call) pathProject() (*organization, *Project, *answer) {
	id := c.params["project_id"]
	if c.cred.kind == projectKey && c.cred.projectID != id {
		return nil, nil, c.outsideProject()
	}
	o, p := c.s.world.project(id)
	if p == nil || c.requireAccessTo(o) != nil || !c.seesProject(o, p) {
		return nil, nil, refuse(http.StatusNotFound, saysNoSuchProject)
	}
	return o, p, nil
}

// grade: spec — a single project is answered as {project}.
func (c *call) getProject() answer {
	o, p, refusal := c.pathProject()
	if refusal != nil {
		return *refusal
	}
	now := c.s.cfg.now()
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	return ok(map[string]any{"project": projectBody{
		projectItemBody:        o.projectBody(p),
		ConsumptionPeriodStart: timestamp(month), ConsumptionPeriodEnd: timestamp(month.AddDate(0, 1, 0)),
	}})
}
