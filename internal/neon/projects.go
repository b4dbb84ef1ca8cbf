package neon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Project is a Neon project, as far as keys need it.
type Project struct {
	// ID is the project's id, as in shiny-wind-028834.
	ID string
	// Name is its name.
	Name string
	// RegionID is where it runs, as in aws-us-east-2.
	RegionID string
	// PostgresVersion is the major version.
	PostgresVersion int64
	// CreatedAt is zero if Neon does not tell.
	CreatedAt time.Time
}

// UnmarshalJSON decodes a project.
func (p *Project) UnmarshalJSON(raw []byte) error {
	var wire struct {
		ID        looseID   `json:"id"`
		Name      string    `json:"name"`
		RegionID  string    `json:"region_id"`
		PGVersion int64     `json:"pg_version"`
		CreatedAt looseTime `json:"created_at"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	if wire.ID == "" {
		return errors.New("a project has no id")
	}
	*p = Project{ID: string(wire.ID), Name: wire.Name, RegionID: wire.RegionID, PostgresVersion: wire.PGVersion, CreatedAt: wire.CreatedAt.Time}
	return nil
}

// Projects lists the projects of an organization whose name or id contains search, and the ids of
// those that Neon could not read in time: they are slow, not gone.
func (c *Client) Projects(ctx context.Context, orgID, search string) (projects []Project, unavailable []string, err error) {
	const path = "/projects"
	query := url.Values{"limit": {"400"}, "org_id": {orgID}}
	if search != "" {
		query.Set("search", search)
	}
	seen := map[string]bool{}
	for {
		var page struct {
			Projects   *[]Project `json:"projects"`
			Pagination struct {
				Cursor string `json:"cursor"`
			} `json:"pagination"`
			Unavailable []string `json:"unavailable_project_ids"`
		}
		if err := c.do(ctx, http.MethodGet, path, query, nil, &page); err != nil {
			return nil, nil, err
		}
		if page.Projects == nil {
			return nil, nil, &Error{Method: http.MethodGet, Path: path, Status: http.StatusOK, Err: errors.New("the answer has no list of projects")}
		}
		projects = append(projects, *page.Projects...)
		unavailable = append(unavailable, page.Unavailable...)
		// The last page has a cursor too. What a page lacks may be unavailable, so only an empty one ends the list.
		cursor := page.Pagination.Cursor
		if cursor == "" || seen[cursor] || len(seen) > maxPages || len(*page.Projects)+len(page.Unavailable) == 0 {
			return projects, unavailable, nil
		}
		seen[cursor] = true
		query.Set("cursor", cursor)
	}
}
