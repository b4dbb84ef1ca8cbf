package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// Bounds of what is read of the original.
const (
	maxAnswer   = 8 << 20
	maxPages    = 100
	maxProjects = 1000
	pageSize    = 400
	maxTries    = 4
)

// onlyGET is the one way to the original: nothing but GET leaves this process.
type onlyGET struct{ next http.RoundTripper }

func (o onlyGET) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, fmt.Errorf("refusing to send %s to the original: only GET is allowed", r.Method)
	}
	return o.next.RoundTrip(r)
}

// original is the organization to be copied, seen with a key.
type original struct {
	host, key string
	client    *http.Client
	pause     time.Duration // between two requests: Neon allows about 11 a second
	log       io.Writer
	requests  int
	copy      neontest.Copy
	config    neontest.Config
	unread    []string // what the key could not read
}

// refusal is an answer that is not a success.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.status, r.message) }

// open checks where the original is. The key is only sent by https, or to this machine.
func open(host, key string, log io.Writer) (*original, error) {
	location, err := url.Parse(host)
	if err != nil || location.Host == "" {
		return nil, fmt.Errorf("NEON_API_HOST: %q is not a URL", host)
	}
	name := location.Hostname()
	thisMachine := name == "localhost" || net.ParseIP(name).IsLoopback() // no address is no loopback
	if location.Scheme != "https" && !thisMachine {
		return nil, fmt.Errorf("NEON_API_HOST: %s does not begin with https", host)
	}
	pause := 90 * time.Millisecond
	if location.Scheme != "https" {
		pause = 0 // not Neon, but a simulator on this machine
	}
	return &original{
		host: strings.TrimRight(host, "/"), key: key, log: log, pause: pause,
		client: &http.Client{
			Transport:     onlyGET{http.DefaultTransport},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       30 * time.Second,
		},
	}, nil
}

// get reads one response. It retries temporary refusals a few times.
func (o *original) get(ctx context.Context, path string, into any) error {
	for try := 1; ; try++ {
		wait, err := o.getOnce(ctx, path, into)
		if err == nil || wait == 0 || try == maxTries {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// getOnce is one request. It says how long to wait before another one, 0 if there is no use.
func (o *original) getOnce(ctx context.Context, path string, into any) (time.Duration, error) {
	if o.requests > 0 {
		if err := sleep(ctx, o.pause); err != nil {
			return 0, err
		}
	}
	o.requests++
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.host+path, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+o.key)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "neonsim")
	response, err := o.client.Do(request)
	if err != nil {
		return time.Second, withoutKey(err, o.key)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return time.Second, err
	case len(body) > maxAnswer:
		return 0, fmt.Errorf("GET %s: the answer is larger than %d MiB", path, maxAnswer>>20)
	case response.StatusCode == http.StatusOK:
		if err := json.Unmarshal(body, into); err != nil {
			return 0, fmt.Errorf("GET %s: not an answer of Neon's: %w", path, err)
		}
		return 0, nil
	}
	var said struct {
		Message string `json:"message"`
	}
	isNeons := json.Unmarshal(body, &said) == nil && said.Message != ""
	wait := time.Duration(0)
	if code := response.StatusCode; code == http.StatusTooManyRequests || code == http.StatusLocked || code >= 500 {
		wait = time.Second
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
			wait = time.Duration(min(seconds, 60)) * time.Second
		}
	}
	if !isNeons {
		return wait, fmt.Errorf("GET %s: %d, which is not an answer of Neon's", path, response.StatusCode)
	}
	return wait, fmt.Errorf("GET %s: %w", path, &refusal{response.StatusCode, printable(said.Message)})
}

func withoutKey(err error, key string) error {
	return errors.New(strings.ReplaceAll(err.Error(), key, "(hidden)"))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// mayNot says whether a key may simply not read something: the copy does without.
func (o *original) mayNot(what string, err error) bool {
	refused, is := errors.AsType[*refusal](err)
	if !is || refused.status != http.StatusForbidden && refused.status != http.StatusNotFound {
		return false
	}
	o.unread = append(o.unread, fmt.Sprintf("%s (%s)", what, refused.message))
	return true
}

// read reads all of the organization that the key can.
func (o *original) read(ctx context.Context, orgID string) error {
	if err := o.readCaller(ctx); err != nil {
		return err
	}
	if err := o.readOrganization(ctx, orgID); err != nil {
		return err
	}
	o.copy.Names = map[string]string{}
	if o.copy.Key.Kind == "project" {
		return o.readProjects(ctx) // it may read nothing else
	}
	if err := o.readMembers(ctx); err != nil {
		return fmt.Errorf("reading the members: %w", err)
	}
	for _, step := range []struct {
		what, list string
		read       func(context.Context) error
	}{
		{"the invitations", "invitations", o.readInvitations},
		{"the API keys", "api_keys", o.readKeys},
		{"the projects", "", o.readProjects},
		{"the roles in projects", "", o.readGrants},
		{"the spending limit", "", o.readSpendingLimit},
		{"the VPC endpoints", "", o.readVPCEndpoints},
	} {
		switch err := step.read(ctx); {
		case err == nil:
		case !o.mayNot(step.what, err):
			return fmt.Errorf("reading %s: %w", step.what, err)
		case step.list != "":
			o.config.HiddenFromMembers = append(o.config.HiddenFromMembers, step.list) // the copy refuses as the original does
		}
	}
	return nil
}

func (o *original) readCaller(ctx context.Context) error {
	var auth struct {
		AccountID  string `json:"account_id"`
		AuthMethod string `json:"auth_method"`
		AuthData   string `json:"auth_data"`
	}
	if err := o.get(ctx, "/auth", &auth); err != nil {
		return fmt.Errorf("who the key belongs to: %w", err)
	}
	id, _ := strconv.ParseInt(auth.AuthData, 10, 64)
	o.copy.Key = neontest.CopiedKey{Token: o.key, ID: id, Kind: "personal", UserID: auth.AccountID}
	switch auth.AuthMethod {
	case "api_key_user":
		var me struct{ Email string }
		if err := o.get(ctx, "/users/me", &me); err != nil {
			return fmt.Errorf("who the key belongs to: %w", err)
		}
		o.copy.Key.Email = me.Email
	case "api_key_org":
		o.copy.Key.Kind, o.copy.Key.UserID = "organization", ""
	default:
		return fmt.Errorf("the key is of a kind that cannot be copied: %q", printable(auth.AuthMethod))
	}
	return nil
}

// organizationAnswer is an organization in an answer.
type organizationAnswer struct {
	ID, Name, Handle, Plan string
	ManagedBy              string    `json:"managed_by"`
	CreatedAt              time.Time `json:"created_at"`
	UpdatedAt              time.Time `json:"updated_at"`
	AllowHIPAA             bool      `json:"allow_hipaa_projects"`
	RequireMFA             bool      `json:"require_mfa"`
}

var subjectProject = regexp.MustCompile(`subject_project_id:"([a-z0-9-]{1,60})"`)

// readOrganization finds the organization, and finds out that a key is for one project only.
func (o *original) readOrganization(ctx context.Context, orgID string) error {
	var mine struct{ Organizations []organizationAnswer }
	if err := o.get(ctx, "/users/me/organizations", &mine); err != nil {
		return fmt.Errorf("reading the organizations: %w", err)
	}
	var ids []string
	for _, one := range mine.Organizations {
		ids = append(ids, one.ID)
	}
	if orgID == "" && len(ids) == 1 {
		orgID = ids[0]
	}
	i := slices.Index(ids, orgID)
	if i < 0 {
		return fmt.Errorf("NEON_ORG_ID: %q is none of the key's organizations: %s", orgID, strings.Join(ids, ", "))
	}
	is := mine.Organizations[i]
	o.copy.Organization = neontest.OrganizationState{ID: is.ID, Name: is.Name, Plan: is.Plan, ManagedBy: is.ManagedBy}
	o.copy.Handle, o.copy.CreatedAt, o.copy.UpdatedAt = is.Handle, is.CreatedAt, is.UpdatedAt
	o.copy.RequireMFA, o.copy.AllowHIPAA = is.RequireMFA, is.AllowHIPAA
	if o.copy.Key.Kind != "organization" {
		return nil
	}
	err := o.get(ctx, o.organization(), new(organizationAnswer))
	if refused, is := errors.AsType[*refusal](err); is && strings.Contains(refused.message, "outside the project this key is scoped to") {
		o.copy.Key.Kind = "project"
		if found := subjectProject.FindStringSubmatch(refused.message); found != nil {
			o.copy.Key.ProjectID = found[1]
			return nil
		}
		return errors.New("the key is for one project, and Neon does not say which")
	}
	return err
}

func (o *original) organization() string {
	return "/organizations/" + url.PathEscape(o.copy.Organization.ID)
}

func (o *original) readMembers(ctx context.Context) error {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}, "sort_by": {"joined_at"}, "sort_order": {"asc"}}
	return o.pages(query, func(query string) (string, error) {
		var page struct {
			Members []struct {
				Member struct {
					ID, Role string
					UserID   string    `json:"user_id"`
					JoinedAt time.Time `json:"joined_at"`
				}
				User struct {
					Email         string
					HasMFA        *bool      `json:"has_mfa"`
					DeactivatedAt *time.Time `json:"deactivated_at"`
				}
			}
			Pagination struct{ Next string }
		}
		err := o.get(ctx, o.organization()+"/members?"+query, &page)
		for _, m := range page.Members {
			o.copy.Organization.Members = append(o.copy.Organization.Members, neontest.Member{
				ID: m.Member.ID, UserID: m.Member.UserID, Email: m.User.Email, Role: m.Member.Role,
				JoinedAt: m.Member.JoinedAt, HasMFA: m.User.HasMFA, DeactivatedAt: m.User.DeactivatedAt,
			})
		}
		return page.Pagination.Next, err
	})
}

// pages reads one page after the other until there is no next one.
func (o *original) pages(query url.Values, read func(query string) (next string, err error)) error {
	for range maxPages {
		next, err := read(query.Encode())
		if err != nil || next == "" {
			return err
		}
		if next == query.Get("cursor") {
			return errors.New("the same page comes again and again")
		}
		query.Set("cursor", next)
	}
	return fmt.Errorf("there are more than %d pages", maxPages)
}

func (o *original) readInvitations(ctx context.Context) error {
	var answer struct {
		Invitations []struct {
			ID, Email, Role string
			InvitedBy       string    `json:"invited_by"`
			InvitedAt       time.Time `json:"invited_at"`
		}
	}
	err := o.get(ctx, o.organization()+"/invitations", &answer)
	for _, i := range answer.Invitations {
		// Whether Neon keeps accepted invitations in the list is an open question: the members decide.
		isMember := slices.ContainsFunc(o.copy.Organization.Members, func(m neontest.Member) bool { return strings.EqualFold(m.Email, i.Email) })
		if isMember {
			o.config.KeepAcceptedInvitations = true
		}
		o.copy.Organization.OpenInvitations = append(o.copy.Organization.OpenInvitations, neontest.Invitation{
			ID: i.ID, Email: i.Email, Role: i.Role, InvitedBy: i.InvitedBy, InvitedAt: i.InvitedAt, Accepted: isMember,
		})
	}
	return err
}

func (o *original) readKeys(ctx context.Context) error {
	var answer []struct {
		ID               int64
		Name             string
		ProjectID        string     `json:"project_id"`
		CreatedAt        time.Time  `json:"created_at"`
		CreatedBy        creator    `json:"created_by"`
		LastUsedAt       *time.Time `json:"last_used_at"`
		LastUsedFromAddr string     `json:"last_used_from_addr"`
	}
	err := o.get(ctx, o.organization()+"/api_keys", &answer)
	for _, k := range answer {
		o.copy.Names[k.CreatedBy.ID] = k.CreatedBy.Name
		o.copy.Organization.APIKeys = append(o.copy.Organization.APIKeys, neontest.APIKey{
			ID: k.ID, Name: k.Name, ProjectID: k.ProjectID, CreatedAt: k.CreatedAt, CreatedBy: k.CreatedBy.ID,
			LastUsedAt: k.LastUsedAt, LastUsedFromAddr: k.LastUsedFromAddr,
		})
	}
	return err
}

// creator is who created a key: an object, or the user's id.
type creator struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (c *creator) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &c.ID) == nil {
		return nil
	}
	type plain creator
	return json.Unmarshal(data, (*plain)(c))
}

// projectAnswer is a project in an answer.
type projectAnswer struct {
	ID, Name  string
	RegionID  string    `json:"region_id"`
	CreatedAt time.Time `json:"created_at"`
}

func (o *original) addProject(p projectAnswer) {
	o.copy.Organization.Projects = append(o.copy.Organization.Projects,
		neontest.Project{ID: p.ID, Name: p.Name, RegionID: p.RegionID, CreatedAt: p.CreatedAt})
}

func (o *original) readProjects(ctx context.Context) error {
	if id := o.copy.Key.ProjectID; id != "" {
		var one struct{ Project projectAnswer }
		if err := o.get(ctx, "/projects/"+url.PathEscape(id), &one); err != nil {
			return err
		}
		o.addProject(one.Project)
		return nil
	}
	query := url.Values{"limit": {strconv.Itoa(pageSize)}, "org_id": {o.copy.Organization.ID}}
	return o.pages(query, func(query string) (string, error) {
		var page struct {
			Projects    []projectAnswer
			Unavailable []string `json:"unavailable_project_ids"`
			Pagination  struct{ Cursor string }
		}
		err := o.get(ctx, "/projects?"+query, &page)
		for _, p := range page.Projects {
			o.addProject(p)
		}
		for _, id := range page.Unavailable {
			o.addProject(projectAnswer{ID: id})
			o.copy.Organization.Projects[len(o.copy.Organization.Projects)-1].Unavailable = true
		}
		if len(page.Projects)+len(page.Unavailable) < pageSize {
			return "", err // the cursor is there even on the last page
		}
		return page.Pagination.Cursor, err
	})
}

// readGrants reads who has been granted what, project by project.
func (o *original) readGrants(ctx context.Context) error {
	projects := o.copy.Organization.Projects
	if len(projects) > maxProjects {
		return fmt.Errorf("there are %d projects, more than %d", len(projects), maxProjects)
	}
	for i := range projects {
		err := o.readProjectMembers(ctx, &projects[i])
		if refused, is := errors.AsType[*refusal](err); is && refused.status == http.StatusNotFound && i == 0 {
			o.config.ProjectRolesOff = true // or the key may not: the copy refuses like the original
			return err
		}
		if err != nil && !o.mayNot("the roles in project "+projects[i].ID, err) {
			return err
		}
		if (i+1)%100 == 0 {
			_, _ = fmt.Fprintf(o.log, "neonsim: read the roles in %d of %d projects\n", i+1, len(projects))
		}
	}
	return nil
}

func (o *original) readProjectMembers(ctx context.Context, p *neontest.Project) error {
	p.Grants = map[string]string{}
	return o.pages(url.Values{"limit": {strconv.Itoa(pageSize)}}, func(query string) (string, error) {
		var page struct {
			Members []struct {
				MemberID string `json:"member_id"`
				UserID   string `json:"user_id"`
				Name     string
				Explicit string `json:"explicit_project_permission"`
			} `json:"project_members"`
			Pagination struct{ Next string }
		}
		err := o.get(ctx, "/projects/"+url.PathEscape(p.ID)+"/members?"+query, &page)
		for _, m := range page.Members {
			o.copy.Names[m.UserID] = m.Name
			if m.Explicit != "" {
				p.Grants[m.MemberID] = strings.ToLower(m.Explicit)
			}
		}
		return page.Pagination.Next, err
	})
}

func (o *original) readSpendingLimit(ctx context.Context) error {
	var answer struct {
		Cents *int64 `json:"spending_limit_cents"`
	}
	err := o.get(ctx, o.organization()+"/billing/spending_limit", &answer)
	o.copy.Organization.SpendingLimitCents = answer.Cents
	return err
}

func (o *original) readVPCEndpoints(ctx context.Context) error {
	var answer struct{ Endpoints []neontest.VPCEndpoint }
	if err := o.get(ctx, o.organization()+"/vpc/vpc_endpoints", &answer); err != nil {
		return err
	}
	for _, e := range answer.Endpoints {
		var details struct {
			State    string
			Number   int      `json:"num_restricted_projects"`
			Examples []string `json:"example_restricted_projects"`
		}
		path := o.organization() + "/vpc/region/" + url.PathEscape(e.RegionID) + "/vpc_endpoints/" + url.PathEscape(e.ID)
		if err := o.get(ctx, path, &details); err != nil {
			return err
		}
		e.State, e.RestrictedProjects = details.State, details.Examples
		for n := len(details.Examples); n < min(details.Number, maxProjects); n++ {
			e.RestrictedProjects = append(e.RestrictedProjects, fmt.Sprintf("another-%d", n+1)) // Neon names three
		}
		o.copy.Organization.VPCEndpoints = append(o.copy.Organization.VPCEndpoints, e)
	}
	return nil
}
