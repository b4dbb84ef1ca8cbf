//go:build unix

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// everything is a configuration with all data sources, which puts out how much they have read.
const everything = `
provider "neon" {
  read_only = true
}
data "neon_caller_identity" "me" {}
data "neon_organization" "this" {}
data "neon_organizations" "mine" {}
data "neon_organization_members" "all" {}
data "neon_organization_member" "one" {
  email = data.neon_organization_members.all.members[0].email
}
data "neon_organization_invitations" "all" {}
data "neon_organization_api_keys" "all" {}
data "neon_projects" "all" {}

output "members" {
  value = length(data.neon_organization_members.all.members)
}
output "invitations" {
  value = length(data.neon_organization_invitations.all.invitations)
}
output "keys" {
  value = length(data.neon_organization_api_keys.all.api_keys)
}
output "projects" {
  value = length(data.neon_projects.all.projects)
}
output "organization_found" {
  value = length([for o in data.neon_organizations.mine.organizations : o.org_id if o.org_id == data.neon_organization.this.org_id])
}
output "member_found" {
  value = length([for m in data.neon_organization_members.all.members : m.user_id if m.user_id == data.neon_organization_member.one.user_id])
}
output "caller_known" {
  value = length(compact([data.neon_caller_identity.me.key_type]))
}
`

// reading lets Terraform read everything, and compares it with what the API lists.
func (v *visit) reading(ctx context.Context) error {
	for _, list := range []string{membersList, invitationsList, keysList} {
		if !v.caller.may(list) {
			return skip("the key may not read the " + list)
		}
	}
	want, err := v.countEverything(ctx)
	if err != nil {
		return err
	}
	v.has = append(v.has, fmt.Sprintf("members: %d", want["members"]), fmt.Sprintf("listed invitations: %d", want["invitations"]),
		fmt.Sprintf("API keys: %d", want["keys"]), fmt.Sprintf("projects: %d", want["projects"]))
	w, err := v.workspace(ctx, everything)
	if err != nil {
		return err
	}
	if err := w.apply(ctx); err != nil {
		return err
	}
	got, err := w.outputs()
	if err != nil {
		return err
	}
	for name, number := range want {
		if got[name] != number {
			return fmt.Errorf("%s: Terraform has read %d, the API lists %d", name, got[name], number)
		}
	}
	return w.planned(ctx, false)
}

func (v *visit) countEverything(ctx context.Context) (map[string]int, error) {
	members, err := v.pagesOfMembers(ctx)
	if err != nil {
		return nil, err
	}
	projects, err := v.pagesOfProjects(ctx)
	if err != nil {
		return nil, err
	}
	var invitations invitationList
	if err := v.get(ctx, v.organization()+"/invitations", &invitations); err != nil {
		return nil, err
	}
	keys, err := v.listKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		v.fact("`created_by` of a listed API key", "an object", field(key.raw, "created_by"))
		break
	}
	return map[string]int{
		"members": len(members), "invitations": len(invitations.Invitations), "keys": len(keys), "projects": projects,
		"organization_found": 1, "member_found": 1, "caller_known": 1,
	}, nil
}

// pagesOfMembers lists the members in the smallest pages that make sense, and in one.
func (v *visit) pagesOfMembers(ctx context.Context) ([]member, error) {
	all, last, err := v.listMembers(ctx, 500)
	if err != nil {
		return nil, err
	}
	v.fact("`pagination.next` on the last page of members", "absent", field(last.Pagination, "next"))
	again, _, err := v.listMembers(ctx, max(1, len(all)/3))
	if err != nil {
		return nil, err
	}
	people := map[string]bool{}
	for _, m := range again {
		people[m.Member.ID] = true
	}
	v.fact("Members in smaller pages", "the same, each once", choose(
		len(again) == len(all) && len(people) == len(all), "the same, each once", fmt.Sprintf("%d, of them %d different, instead of %d", len(again), len(people), len(all))))
	if len(all) > 0 {
		var one json.RawMessage
		if err := v.get(ctx, v.organization()+"/members/"+all[0].Member.ID, &one); err != nil {
			return nil, err
		}
		v.fact("`email` of a single member", "absent", field(one, "email"))
	}
	r, err := v.call(ctx, v.settings.apiKey, http.MethodGet, v.organization()+"/members?limit=501", nil)
	if err != nil {
		return nil, err
	}
	v.fact("More than 500 members on a page", "400", strconv.Itoa(r.status))
	return all, nil
}

// pagesOfProjects counts the projects. Their last page has a cursor too: a page that is not full is the last.
func (v *visit) pagesOfProjects(ctx context.Context) (int, error) {
	const limit = 400
	number := 0
	for cursor := ""; ; {
		path := fmt.Sprintf("/projects?limit=%d&org_id=%s", limit, v.settings.orgID)
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		var page struct {
			Projects    []json.RawMessage `json:"projects"`
			Unavailable []string          `json:"unavailable_project_ids"`
			Pagination  json.RawMessage   `json:"pagination"`
		}
		if err := v.get(ctx, path, &page); err != nil {
			return 0, err
		}
		number += len(page.Projects)
		var pagination struct {
			Cursor string `json:"cursor"`
		}
		_ = json.Unmarshal(page.Pagination, &pagination)
		if len(page.Projects)+len(page.Unavailable) < limit || pagination.Cursor == "" || pagination.Cursor == cursor {
			if number > 0 {
				v.fact("`pagination.cursor` on the last page of projects", "a string", field(page.Pagination, "cursor"))
			}
			return number, nil
		}
		cursor = strings.TrimSpace(pagination.Cursor)
	}
}
