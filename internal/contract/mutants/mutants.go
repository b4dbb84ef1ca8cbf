package main

// mutants are ways in which the simulator could be wrong.
var mutants = []mutant{
	// Answers.
	{"201 for a success", "answer.go", `return answer{status: http.StatusOK, body: body}`, `return answer{status: http.StatusCreated, body: body}`},
	{"an error has a code", "answer.go", `body: errorBody{Message: fmt`, `body: errorBody{Code: "ERROR", Message: fmt`},
	{"an error has another request id", "answer.go", `e.RequestID = requestID`, `e.RequestID = newUUID()`},
	{"an error has no code", "answer.go", "`json:\"code\"`", "`json:\"code,omitempty\"`"},
	{"an error calls its message error", "answer.go", "`json:\"message\"`", "`json:\"error\"`"},
	{"null is as good as nothing", "answer.go", `string(value) == "null"`, `string(value) == ""`},
	{"times are not RFC 3339", "answer.go", `Format(time.RFC3339)`, `Format(time.DateTime)`},
	{"e-mails may be long", "answer.go", `len(email) <= 256`, `len(email) <= 512`},
	{"no X-Request-ID", "server.go", `header.Set("X-Request-ID", x.requestID)`, ``},
	{"the caller's X-Request-ID is ignored", "server.go", `if x.requestID == "" {`, `if true {`},
	{"answers are text/plain", "server.go", `header.Set("Content-Type", "application/json; charset=utf-8")`, `header.Set("Content-Type", "text/plain")`},
	{"no content type", "server.go", `header.Set("Content-Type", "application/json; charset=utf-8")`, `_ = 0`},

	// Keys and what they may do.
	{"a revoked key works", "auth.go", `case cred.revoked:`, `case cred.revoked && false:`},
	{"a revoked key works, for reading", "auth.go", `case cred.revoked:`, `case cred.revoked && r.Method != http.MethodGet:`},
	{"a wrong key gets 403", "auth.go", `return nil, "unknown", refuse(http.StatusUnauthorized, saysNoSuchKey)`, `return nil, "unknown", refuse(http.StatusForbidden, saysNoSuchKey)`},
	{"a missing key gets 400", "auth.go", `return nil, "none", refuse(http.StatusUnauthorized, saysNoSuchKey)`, `return nil, "none", refuse(http.StatusBadRequest, saysNoSuchKey)`},
	{"other words for a wrong key", "auth.go", `"supplied credentials do not pass authentication"`, `"unauthorized"`},
	{"other words for an organization's key", "auth.go", `saysPersonalOnly = "not allowed for organization API keys"`, `saysPersonalOnly = "not allowed for organization keys"`},
	{"other words for a key that may not create", "auth.go", `Organization API keys are not supported."`, `Organization API keys are not supported"`},
	{"other words outside of the project", "auth.go", `"not allowed to perform actions outside the project this key is scoped to"`, `"not allowed"`},
	{"other words for a stranger", "auth.go", `saysNotYours = "not an organization member"`, `saysNotYours = "organization not found"`},
	{"an organization's key gets 403", "auth.go", `return refuse(http.StatusNotFound, "%s", a.refusal)`, `return refuse(http.StatusForbidden, "%s", a.refusal)`},
	{"a project's key gets 403", "auth.go", `return refuse(http.StatusNotFound, saysOutsideProject)`, `return refuse(http.StatusForbidden, saysOutsideProject)`},
	{"a project's key reads members", "routes.go", `{"GET", "/organizations/{org_id}/members", readersOf("members"), (*call).listMembers}`, `{"GET", "/organizations/{org_id}/members", anyKey, (*call).listMembers}`},
	{"a project's key reads the organization", "routes.go", `{"GET", "/organizations/{org_id}", readers,`, `{"GET", "/organizations/{org_id}", anyKey,`},
	{"a project's key reads other projects", "projects.go", `c.cred.kind == projectKey && c.cred.projectID != id`, `false`},
	{"a project's key lists all projects", "projects.go", `	if c.cred.kind == projectKey {
		projects =`, `	if false {
		projects =`},
	{"an organization's key creates keys", "routes.go", `keyCreators, (*call).createKey`, `adminsAndOrgKeys, (*call).createKey`},
	{"an organization's key invites", "routes.go", `personalAdmins, (*call).createInvitations`, `adminsAndOrgKeys, (*call).createInvitations`},
	{"an organization's key removes people", "routes.go", `personalAdmins, (*call).deleteMember`, `adminsAndOrgKeys, (*call).deleteMember`},
	{"an organization's key revokes no keys", "routes.go", `adminsAndOrgKeys, (*call).revokeKey`, `personalAdmins, (*call).revokeKey`},
	{"a viewer changes people", "routes.go", `adminsAndOrgKeys, (*call).updateMember`, `readers, (*call).updateMember`},
	{"a viewer changes anything", "auth.go", `if !isAdmin && (a.adminsOnly ||`, `if !isAdmin && (`},
	{"a viewer reads no invitations", "routes.go", `readersOf("invitations"), (*call).listInvitations`, `adminsAndOrgKeys, (*call).listInvitations`},
	{"a stranger gets 404", "auth.go", `orElse(c.s.cfg.NotYoursStatus, http.StatusForbidden)`, `orElse(c.s.cfg.NotYoursStatus, http.StatusNotFound)`},
	{"a stranger reads", "auth.go", `if o.memberByUser(c.cred.userID) != nil {
				return nil`, `if c.org == nil || o.memberByUser(c.cred.userID) != nil {
				return nil`},
	{"somebody deactivated goes on", "auth.go", `s.world.users[cred.userID].deactivatedAt != nil`, `false`},
	{"no use of a key is noted", "auth.go", `key.LastUsedAt, key.LastUsedFromAddr = &at, from`, `_ = key`},
	{"any id will do", "routes.go", `shape != nil && !shape.MatchString(value)`, `shape != nil && value == ""`},
	{"members are changed with PUT", "routes.go", `{"PATCH", "/organizations/{org_id}/members/{member_id}"`, `{"PUT", "/organizations/{org_id}/members/{member_id}"`},
	{"what is not simulated is not found", "routes.go", `if notSimulated(path) {`, `if false {`},

	// API keys.
	{"a listed key's creator is a string", "keys.go", `body.CreatedBy = c.s.creator(key.CreatedBy)`, ``},
	{"a new key's creator is an object", "keys.go", `	body := c.keyBody(&key)
	body.Key = token`, `	body := c.keyBody(&key)
	body.CreatedBy = c.s.creator(key.CreatedBy)
	body.Key = token`},
	{"the list tells a token", "keys.go", `			body.addUse(c.s, key)
			list`, `			body.addUse(c.s, key)
			body.Key = newToken()
			list`},
	{"project_id is empty, not left out", "keys.go", "ProjectID        string  `json:\"project_id,omitempty\"`", "ProjectID        string  `json:\"project_id\"`"},
	{"an id is a string", "keys.go", "ID               int64   `json:\"id\"`", "ID               int64   `json:\"id,string\"`"},
	{"the list of keys is in an object", "keys.go", `	return ok(list)`, `	return ok(map[string]any{"api_keys": list})`},
	{"the list of keys has revoked ones", "keys.go", `!key.Revoked {
			body`, `key.Revoked || true {
			body`},
	{"a revoked key says false", "keys.go", `body.Revoked = &key.Revoked`, `body.Revoked = new(bool)`},
	{"a revoked key says nothing of it", "keys.go", `body.Revoked = &key.Revoked`, ``},
	{"a revoked key's token lives", "keys.go", `			cred.revoked = true`, ``},
	{"revoking twice works", "keys.go", `orElse(c.s.cfg.RevokeRevokedStatus, http.StatusNotFound)`, `orElse(c.s.cfg.RevokeRevokedStatus, http.StatusOK)`},
	{"revoking something unknown gets 400", "keys.go", `	if key == nil {
		return *refuse(http.StatusNotFound`, `	if key == nil {
		return *refuse(http.StatusBadRequest`},
	{"names have 65 characters", "keys.go", `n < 1 || n > 64`, `n < 1 || n > 65`},
	{"names are counted in bytes", "keys.go", `n := utf8.RuneCountInString(*request.KeyName)`, `n := len(*request.KeyName) + 0*utf8.RuneError`},
	{"names may be empty", "keys.go", `n < 1 || n > 64`, `n > 64`},
	{"a key for any project", "keys.go", `o, _ := c.s.world.project(projectID); o != c.org`, `o, _ := c.s.world.project(projectID); o == nil`},
	{"a scoped key is for everything", "keys.go", `key := c.s.addKey(c.org, *request.KeyName, projectID, c.cred.userID)`, `key := c.s.addKey(c.org, *request.KeyName, "", c.cred.userID)`},
	{"a key is made by the founder, whoever makes it", "keys.go", `projectID, c.cred.userID)`, `projectID, c.org.founder)`},
	{"a key was made yesterday", "keys.go", `		CreatedAt: s.cfg.now().Truncate(time.Second),`, `		CreatedAt: s.cfg.now().Truncate(time.Second).AddDate(0, 0, -1),`},
	{"an invitation was made yesterday", "invitations.go", `InvitedBy: by, InvitedAt: s.cfg.now().Truncate(time.Second)`, `InvitedBy: by, InvitedAt: s.cfg.now().Truncate(time.Second).AddDate(0, 0, -1)`},
	{"an unused key has no last_used_at", "keys.go", `case s.cfg.LastUsedAtAbsent:`, `case true:`},
	{"the use of a key is from nowhere", "keys.go", "`json:\"last_used_from_addr,omitempty\"`\n\tRevoked", "`json:\"-\"`\n\tRevoked"},
	{"tokens begin with neon_", "state.go", `return "napi_" + randomText`, `return "neon_" + randomText`},
	{"tokens are short", "state.go", `0123456789", 64)`, `0123456789", 63)`},

	// Members.
	{"a member has an e-mail", "members.go", "	JoinedAt string `json:\"joined_at\"`\n}", "	JoinedAt string `json:\"joined_at\"`\n	Email    string `json:\"email\"`\n}"},
	{"no joined_at", "members.go", "`json:\"joined_at\"`", "`json:\"-\"`"},
	{"has_mfa is null, not left out", "members.go", "`json:\"has_mfa,omitempty\"`", "`json:\"has_mfa\"`"},
	{"deactivated_at is null, not left out", "members.go", "`json:\"deactivated_at,omitempty\"`", "`json:\"deactivated_at\"`"},
	{"user_id is the member's", "members.go", `UserID: m.UserID`, `UserID: m.ID`},
	{"a list under another name", "members.go", `"members": list`, `"organization_members": list`},
	{"pagination is called paging", "members.go", `"members": list, "pagination": pagination`, `"members": list, "paging": pagination`},
	{"a change of role is forgotten", "members.go", `m.Role = *request.Role`, ``},
	{"member becomes editor", "members.go", `(role == "member" || role == "editor") && s.cfg.EchoMember != ""`, `role == "member"`},
	{"a removal answers the member", "members.go", `	c.org.removeMember(m.ID)
	return ok(emptyBody{})`, `	body := c.memberBody(m)
	c.org.removeMember(m.ID)
	return ok(body)`},
	{"a removal is forgotten", "members.go", `c.org.removeMember(m.ID)`, ``},
	{"the last admin may go", "members.go", `	if c.org.isLastAdmin(m) {
		return *c.refuseLastAdmin()`, `	if false {
		return *c.refuseLastAdmin()`},
	{"the last admin may step down", "members.go", `*request.Role != "admin" && c.org.isLastAdmin(m)`, `false`},
	{"the last admin is refused with 409", "members.go", `orElse(c.s.cfg.LastAdminStatus, http.StatusUnprocessableEntity)`, `orElse(c.s.cfg.LastAdminStatus, http.StatusConflict)`},
	{"any role will do", "members.go", `!slices.Contains(allRoles, *role)`, `false`},
	{"any role will do for Vercel", "members.go", `!slices.Contains(c.org.roles, *role)`, `false`},
	{"an unknown member gets 400", "members.go", `return nil, refuse(http.StatusNotFound, "organization member not found")`, `return nil, refuse(http.StatusBadRequest, "organization member not found")`},

	// Pages.
	{"limit is ignored", "paging.go", `	return limit, nil
}`, `	return standard, nil
}`},
	{"limit may be 1000", "paging.go", `orElse(c.s.cfg.DefaultPageSize, 100), 500)`, `orElse(c.s.cfg.DefaultPageSize, 100), 1000)`},
	{"limit may be 0", "paging.go", `err != nil || limit < 1 ||`, `err != nil || limit < 0 ||`},
	{"too large a limit is cut", "paging.go", `	if err != nil || limit < 1 || limit > maximum {`, `	limit = min(limit, maximum)
	if err != nil || limit < 1 {`},
	{"the last full page has a next one", "paging.go", `if len(rest) > limit {`, `if len(rest) >= limit {`},
	{"pages are one short", "paging.go", `rest = rest[:limit]
		last := rest[limit-1]`, `rest = rest[:max(1, limit-1)]
		last := rest[len(rest)-1]`},
	{"somebody is left out between pages", "paging.go", `rest = rest[:limit]
		last := rest[limit-1]`, `last := rest[limit]
		rest = rest[:limit]`},
	{"somebody is on two pages", "paging.go", `place{value: after.Value, id: after.MemberID}) > 0`, `place{value: after.Value, id: after.MemberID}) >= 0`},
	{"who joined together is left out between pages", "paging.go", `place{value: after.Value, id: after.MemberID}) > 0`, `place{value: after.Value, id: after.MemberID}) > 0 && here.value != after.Value`},
	{"next is empty, not left out", "paging.go", "`json:\"next,omitempty\"`", "`json:\"next\"`"},
	{"next is called cursor", "paging.go", "`json:\"next,omitempty\"`", "`json:\"cursor,omitempty\"`"},
	{"sort_order is ignored", "paging.go", `if after.SortOrder == "desc" {`, `if true {`},
	{"sort_by is ignored", "paging.go", `sortValue(&all[i], after.SortBy)`, `sortValue(&all[i], "joined_at")`},
	{"the default order is ascending", "paging.go", `SortBy: "joined_at", SortOrder: "desc"`, `SortBy: "joined_at", SortOrder: "asc"`},
	{"the default order is by e-mail", "paging.go", `SortBy: "joined_at", SortOrder: "desc"`, `SortBy: "email", SortOrder: "desc"`},
	{"an unknown order is ignored", "paging.go", `if !slices.Contains(parameter.allowed, asked) {`, `if !slices.Contains(parameter.allowed, asked) {
			continue
		}
		if false {`},
	{"a strange cursor begins again", "paging.go", "return after, refuse(http.StatusBadRequest, `parameter \"cursor\" in query has an error: malformed cursor`)", `return memberCursor{SortBy: after.SortBy, SortOrder: after.SortOrder}, nil`},

	// Invitations.
	{"an invitation has a status", "invitations.go", "	Role      string `json:\"role\"`\n}", "	Role      string `json:\"role\"`\n	Status    string `json:\"status\"`\n}"},
	{"invited_by is an e-mail", "invitations.go", `InvitedBy: i.InvitedBy`, `InvitedBy: c.s.world.users[i.InvitedBy].email`},
	{"an invitation is by the founder, whoever invites", "invitations.go", `Role: role, InvitedBy: by`, `Role: role, InvitedBy: o.founder`},
	{"a second invitation stays beside the first", "invitations.go", `			o.dropInvitations(email)
		}`, `		}`},
	{"a member may be invited", "invitations.go", `if orElse(c.s.cfg.InviteMember, "conflict") == "conflict" {`, `if c.s.cfg.InviteMember == "conflict" {`},
	{"invitations before a refused one stand", "invitations.go", `if !c.s.cfg.InvitePartly {`, `if false {`},
	{"only the first invitation is answered", "invitations.go", `	for _, invite := range *request.Invitations {
		if refusal := c.refuseInvite(*invite.Email); refusal != nil {
			return *refusal
		}
		if invitation`, `	for i, invite := range *request.Invitations {
		if i > 0 {
			break
		}
		if invitation`},
	{"accepted invitations stay", "invitations.go", `!invitation.Accepted || c.s.cfg.KeepAcceptedInvitations`, `true`},
	{"nobody joins at once", "invitations.go", `!isMember && s.hasAccount(email)`, `false && s.hasAccount(email)`},
	{"one may be invited twice in a call", "invitations.go", `if seen[email] {`, `if false {`},
	{"any e-mail will do", "invitations.go", `invite.Email == nil || !validEmail(*invite.Email)`, `invite.Email == nil`},

	// The caller, the organization, projects.
	{"a key's own account is the user's", "identity.go", `ok(authBody{AccountID: c.cred.orgID, AuthMethod`, `ok(authBody{AccountID: c.s.world.orgs[0].founder, AuthMethod`},
	{"a project's key has a method of its own", "identity.go", `AuthMethod: "api_key_org"`, `AuthMethod: "api_key_" + string(c.cred.kind)`},
	{"an organization has no handle", "identity.go", "`json:\"handle\"`", "`json:\"-\"`"},
	{"an organization's plan is called plan_name", "identity.go", "`json:\"plan\"`\n	ManagedBy", "`json:\"plan_name\"`\n	ManagedBy"},
	{"everybody sees all organizations", "identity.go", `if c.requireAccessTo(o) == nil {`, `if true {`},
	{"the organization is in an object", "identity.go", `return ok(c.org.bodyOf())`, `return ok(map[string]any{"organization": c.org.bodyOf()})`},
	{"the last page of projects has no cursor", "projects.go", `	if cursor != "" {
		body.Pagination`, `	if cursor != "" && len(projects) == limit {
		body.Pagination`},
	{"a page of projects has 100", "projects.go", `c.limit(10, 400)`, `c.limit(100, 400)`},
	{"projects come twice", "projects.go", `projects = projects[i+1:]`, `projects = projects[i:]`},
	{"the search minds capitals", "projects.go", `search := strings.ToLower(c.query.Get("search"))`, `search := c.query.Get("search")`},
	{"org_id is not required", "projects.go", `case orgID == "" && c.cred.kind == personalKey:`, `case orgID == "" && c.cred.kind == personalKey && false:`},
	{"an unavailable project is gone", "projects.go", `body.Unavailable = append(body.Unavailable, p.ID)`, ``},
	{"an unknown project gets 403", "projects.go", `refuse(http.StatusNotFound, saysNoSuchProject)
	}
	return o, p, nil`, `refuse(http.StatusForbidden, saysNoSuchProject)
	}
	return o, p, nil`},
	{"no org_id in a project", "projects.go", "`json:\"org_id\"`", "`json:\"-\"`"},
	{"a project's role answers with its source", "project_members.go", `body.ProjectID, body.GrantSource = p.ID, ""`, `body.ProjectID = p.ID`},
	{"permissions are in lower case", "project_members.go", `body.Effective = strings.ToUpper(body.ProjectRole)`, `body.Effective = body.ProjectRole`},

	// Spending limits, VPC endpoints, transfers, request limits.
	{"no spending limit is 0", "billing.go", "`json:\"spending_limit_cents\"`", "`json:\"spending_limit_cents,omitempty\"`"},
	{"a spending limit may be 0", "billing.go", `*request.SpendingLimitCents < 1`, `*request.SpendingLimitCents < 0`},
	{"a region's list says the region", "vpc.go", `vpcEndpointBody{ID: e.id, Label: e.label}`, `vpcEndpointBody{e.id, e.label, e.region}`},
	{"an assignment answers {}", "vpc.go", `		c.org.vpcEndpoints = append(c.org.vpcEndpoints, vpcEndpoint{id, region, *request.Label})
	}
	return answer{status: http.StatusOK}`, `		c.org.vpcEndpoints = append(c.org.vpcEndpoints, vpcEndpoint{id, region, *request.Label})
	}
	return ok(emptyBody{})`},
	{"a deleted endpoint may come back", "vpc.go", `if c.org.deletedVPCEndpoints[region+" "+id] {`, `if false {`},
	{"integrations are no matter for a transfer", "transfer.go", `if len(inTheWay) > 0 {`, `if false {`},
	{"a transfer's limits get 422", "transfer.go", `http.StatusNotAcceptable`, `http.StatusUnprocessableEntity`},
	{"20 keys a second", "limits.go", `keyCreationsPerSecond  = 10`, `keyCreationsPerSecond  = 20`},
	{"no Retry-After", "limits.go", `case "", "seconds":`, `case "seconds":`},
	{"limits are refused with 503", "limits.go", `refuse(http.StatusTooManyRequests`, `refuse(http.StatusServiceUnavailable`},
}
