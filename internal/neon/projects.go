package neon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Project is a Neon project.
type Project struct {
	// ID is the project's id, as in shiny-wind-028834.
	ID string
	// Name is its name.
	Name string
	// RegionID is its region, as in aws-us-east-2.
	RegionID string
	// PostgresVersion is the major version.
	PostgresVersion int64
	// CreatedAt is zero if Neon does not return it.
	CreatedAt time.Time
}

// UnmarshalJSON decodes a project.
func (p *Project) UnmarshalJSON(raw []byte) error {
	var wire struct {
		ID        looseID   `json:"id"`
		Name      plainText `json:"name"`
		RegionID  plainText `json:"region_id"`
		PGVersion int64     `json:"pg_version"`
		CreatedAt looseTime `json:"created_at"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	if wire.ID == "" {
		return errors.New("a project has no id")
	}
	*p = Project{
		ID: string(wire.ID), Name: string(wire.Name), RegionID: string(wire.RegionID),
		PostgresVersion: wire.PGVersion, CreatedAt: wire.CreatedAt.Time,
	}
	return nil
}

// Projects lists the projects of an organization whose name or id contains search, and the ids of
// projects that Neon could not read in time. These still exist.
func (c *Client) Projects(ctx context.Context, orgID, search string) (projects []Project, unavailable []string, err error) {
	const path = "/projects"
	ctx, cancel := c.wholeList(ctx)
	defer cancel()
	wrong := func(err error) ([]Project, []string, error) {
		return nil, nil, wrongList(path, err)
	}
	query := url.Values{"limit": {"400"}, "org_id": {orgID}}
	if search != "" {
		query.Set("search", search)
	}
	var cursors pages
	for {
		var page struct {
			Projects   *items[Project] `json:"projects"`
			Pagination struct {
				Cursor string `json:"cursor"`
			} `json:"pagination"`
			Unavailable items[plainText] `json:"unavailable_project_ids"`
		}
		err := c.do(ctx, http.MethodGet, path, query, nil, &page, func() error {
			if page.Projects == nil {
				return errors.New("the answer has no list of projects")
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		projects = append(projects, *page.Projects...)
		for _, id := range page.Unavailable {
			unavailable = append(unavailable, string(id))
		}
		// The last page has a cursor too. A page may lack unavailable projects, so only an empty page ends the list.
		cursor := page.Pagination.Cursor
		switch {
		case cursor == "" || cursor == query.Get("cursor") || len(*page.Projects)+len(page.Unavailable) == 0:
			return projects, unavailable, nil
		case len(projects)+len(unavailable) > maxAllItems:
			return wrong(errListTooLong)
		}
		if err := cursors.next(cursor); err != nil {
			return wrong(err)
		}
		query.Set("cursor", cursor)
	}
}

// projectIDs are the projects of an organization, including those that Neon could not read in time.
func (c *Client) projectIDs(ctx context.Context, orgID string) (map[string]bool, error) {
	projects, unavailable, err := c.Projects(ctx, orgID, "")
	if err != nil {
		return nil, err
	}
	ids := make(map[string]bool, len(projects)+len(unavailable))
	for _, project := range projects {
		ids[project.ID] = true
	}
	for _, id := range unavailable {
		ids[id] = true
	}
	return ids, nil
}
