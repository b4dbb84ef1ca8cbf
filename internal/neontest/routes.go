package neontest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// call is one request on its way through an operation.
type call struct {
	s      *Server
	cred   *credential
	org    *organization // of the path, if it has one
	params map[string]string
	query  url.Values

	contentType string
	body        []byte
}

type route struct {
	method, pattern string
	access          access
	handle          func(*call) answer
}

func (r *route) name() string { return r.method + " " + r.pattern }

var routes = []route{
	// grade: spec — who the caller is.
	{"GET", "/auth", anyKey, (*call).getAuth},
	{"GET", "/users/me", personalKeys, (*call).getCurrentUser},
	{"GET", "/users/me/organizations", anyKey, (*call).listMyOrganizations},
	// grade: spec — a person's own API keys.
	{"GET", "/api_keys", personalKeys, (*call).listPersonalKeys},
	{"POST", "/api_keys", personalKeys, (*call).createPersonalKey},
	{"DELETE", "/api_keys/{key_id}", personalKeys, (*call).revokePersonalKey},

	// grade: spec — an organization, its API keys, members and invitations.
	{"GET", "/organizations/{org_id}", readers, (*call).getOrganization},
	{"GET", "/organizations/{org_id}/api_keys", readersOf("api_keys"), (*call).listKeys},
	{"POST", "/organizations/{org_id}/api_keys", keyCreators, (*call).createKey},
	{"DELETE", "/organizations/{org_id}/api_keys/{key_id}", adminsAndOrgKeys, (*call).revokeKey},
	{"GET", "/organizations/{org_id}/members", readersOf("members"), (*call).listMembers},
	{"GET", "/organizations/{org_id}/members/{member_id}", readersOf("members"), (*call).getMember},
	{"PATCH", "/organizations/{org_id}/members/{member_id}", adminsAndOrgKeys, (*call).updateMember},
	{"DELETE", "/organizations/{org_id}/members/{member_id}", personalAdmins, (*call).deleteMember},
	{"GET", "/organizations/{org_id}/invitations", readersOf("invitations"), (*call).listInvitations},
	{"POST", "/organizations/{org_id}/invitations", personalAdmins, (*call).createInvitations},

	// grade: spec — an organization's spending limit, VPC endpoints, and moving projects.
	{"GET", "/organizations/{org_id}/billing/spending_limit", readers, (*call).getSpendingLimit},
	{"PUT", "/organizations/{org_id}/billing/spending_limit", settingsWriters, (*call).setSpendingLimit},
	{"DELETE", "/organizations/{org_id}/billing/spending_limit", settingsWriters, (*call).deleteSpendingLimit},
	{"GET", "/organizations/{org_id}/vpc/vpc_endpoints", readers, (*call).listVPCEndpoints},
	{"GET", "/organizations/{org_id}/vpc/region/{region_id}/vpc_endpoints", readers, (*call).listVPCEndpoints},
	{"GET", "/organizations/{org_id}/vpc/region/{region_id}/vpc_endpoints/{vpc_endpoint_id}", readers, (*call).getVPCEndpoint},
	{"POST", "/organizations/{org_id}/vpc/region/{region_id}/vpc_endpoints/{vpc_endpoint_id}", settingsWriters, (*call).assignVPCEndpoint},
	{"DELETE", "/organizations/{org_id}/vpc/region/{region_id}/vpc_endpoints/{vpc_endpoint_id}", settingsWriters, (*call).deleteVPCEndpoint},
	{"POST", "/organizations/{source_org_id}/projects/transfer", personalAdmins, (*call).transferProjects},

	// grade: spec — projects.
	{"GET", "/projects", projectLists, (*call).listProjects},
	{"GET", "/projects/shared", projectLists, (*call).listSharedProjects},
	{"GET", "/projects/{project_id}", anyKey, (*call).getProject},
	// grade: spec — roles in a project, in Neon's published definition since September 2026 and in the SDK.
	{"GET", "/projects/{project_id}/members", projectMembers, (*call).listProjectMembers},
	{"PUT", "/projects/{project_id}/members/{member_id}/role", projectMembers, (*call).setProjectRole},
	{"DELETE", "/projects/{project_id}/members/{member_id}/role", projectMembers, (*call).removeProjectRole},

	// grade: spec — the regions that projects can be in.
	{"GET", "/regions", personalKeys, (*call).listRegions},
}

// findRoute returns the route of a request. Without one, it returns 404, or 405 and the allowed methods, or 501 if
// Neon has one.
func findRoute(method, path string) (*route, map[string]string, *answer) {
	var allowed []string
	for i := range routes {
		params, matches := matchPath(routes[i].pattern, path)
		if !matches {
			continue
		}
		// grade: docs — GET /organizations/invitations and PATCH /organizations/members/{id} stand in a page of the
		// documentation and were never shipped.
		if params["org_id"] == "invitations" || params["org_id"] == "members" {
			continue
		}
		if source, named := params["source_org_id"]; named {
			params["org_id"] = source
		}
		if routes[i].method == method {
			return &routes[i], params, nil
		}
		allowed = append(allowed, routes[i].method)
	}
	if notSimulated(path) {
		// grade: guess — what Neon has and the simulator has not gets 501 `not simulated: … …`, which Neon never says.
		return nil, nil, refuse(http.StatusNotImplemented, "not simulated: %s %s", method, path)
	}
	if len(allowed) == 0 {
		// grade: guess — a path that does not exist gets 404 `not found`.
		return nil, nil, refuse(http.StatusNotFound, "not found")
	}
	// grade: guess — a method that a path does not have gets 405 `method not allowed`.
	refusal := refuse(http.StatusMethodNotAllowed, "method not allowed")
	refusal.header = map[string]string{"Allow": strings.Join(allowed, ", ")}
	return nil, nil, refusal
}

// notSimulated reports whether Neon's API has more below a path than this simulator. Its refusal does not look like
// a response of Neon.
func notSimulated(path string) bool {
	return slices.ContainsFunc([]string{"/projects", "/regions", "/consumption_history", "/users/me/projects"}, func(top string) bool {
		return path == top || strings.HasPrefix(path, top+"/")
	})
}

func matchPath(pattern, path string) (map[string]string, bool) {
	wanted, given := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(wanted) != len(given) {
		return nil, false
	}
	params := map[string]string{}
	for i, part := range wanted {
		if strings.HasPrefix(part, "{") && given[i] != "" {
			value, err := url.PathUnescape(given[i])
			if err != nil {
				value = given[i]
			}
			params[strings.Trim(part, "{}")] = value
		} else if part != given[i] {
			return nil, false
		}
	}
	return params, true
}

var idShapes = map[string]*regexp.Regexp{"org_id": idPattern, "project_id": idPattern, "member_id": uuidPattern}

// checkIDs refuses a malformed id in the path.
func (c *call) checkIDs() *answer {
	// grade: guess — a malformed id in a path gets 400 `parameter "…" in path has an error: …`: Switches.MalformedIDStatus.
	status := orElse(c.s.cfg.MalformedIDStatus, http.StatusBadRequest)
	for name, value := range c.params {
		if shape := idShapes[name]; shape != nil && !shape.MatchString(value) {
			return refuse(status, "parameter %q in path has an error: string doesn't match the format", name)
		}
		if name == "key_id" {
			if _, err := strconv.ParseInt(value, 10, 64); err != nil {
				return refuse(status, "parameter %q in path has an error: value must be an integer", name)
			}
		}
	}
	return nil
}

// routeMatches reports whether a route with wildcards, or a concrete one, matches a request.
func routeMatches(wanted, method, path string) bool {
	wantedMethod, wantedPath, hasMethod := strings.Cut(strings.TrimSpace(wanted), " ")
	if !hasMethod {
		wantedMethod, wantedPath = "*", wantedMethod
	}
	if wantedMethod != "*" && !strings.EqualFold(wantedMethod, method) {
		return false
	}
	wantedPath = strings.TrimPrefix(strings.TrimSpace(wantedPath), basePath)
	if wantedPath == "*" || wantedPath == "" {
		return true
	}
	return partsMatch(strings.Split(strings.Trim(wantedPath, "/"), "/"), strings.Split(strings.Trim(path, "/"), "/"))
}

func partsMatch(wanted, given []string) bool {
	for i, part := range wanted {
		if part == "**" {
			return true
		}
		if i >= len(given) {
			return false
		}
		if part != "*" && !strings.HasPrefix(part, "{") && part != given[i] {
			return false
		}
	}
	return len(wanted) == len(given)
}
