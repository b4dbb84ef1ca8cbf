package provider_test

import (
	"fmt"
	"maps"
	"strings"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// operation is what meets the faults: the way from one configuration to the next.
type operation struct {
	name   string
	route  string // whose requests fail
	atPlan bool   // whether they fail from the plan on, or from the apply on
	// alsoFails is a second route, which fails for good after some requests.
	alsoFails string
	passFirst int
	before    configuration
	after     configuration
	about     string // has to be in the summary of an error
	reached   func(*neontest.Server) bool
}

// meets reports whether the operation is to meet a fault: nothing that a list carries out can matter, and
// lists that fail matter only to who has to look what became of a change.
func (o operation) meets(fault namedFault) bool {
	lost := fault.status == 0 || fault.status == 200 || fault.status >= 500 && fault.status != 503 || strings.HasSuffix(fault.name, ", carried out") && fault.status < 500
	if fault.ctrlC && o.atPlan {
		return false // Terraform does not tell the provider in a plan
	}
	return (o.writes() || !strings.Contains(fault.name, "carried out")) && (o.alsoFails == "" || lost)
}

func (o operation) writes() bool { return !strings.HasPrefix(o.route, "GET ") }

func key(more object) declared {
	attributes := object{"name": "ci"}
	maps.Copy(attributes, more)
	return declared{typ: keyType, attributes: attributes}
}

func member(email, role string) declared {
	return declared{typ: memberType, attributes: object{"email": email, "role": role}}
}

func invitation(email string) declared {
	return declared{typ: invitationType, attributes: object{"email": email, "role": "viewer"}}
}

// with is a configuration of some resources beside the bystanders, whom no fault of another's may touch.
func with(more configuration) configuration {
	config := configuration{
		"key.steady":        {typ: keyType, attributes: object{"name": "steady"}},
		"member.ops":        member("ops@example.com", "admin"),
		"invitation.steady": invitation("steady@example.com"),
	}
	maps.Copy(config, more)
	return config
}

// withList is with, where the exclusive list owns the people.
func withList(list map[string]string) configuration {
	config := with(nil)
	delete(config, "member.ops")
	if list != nil {
		config["list"] = declared{typ: listType, attributes: object{"members": but(list, "steady@example.com=viewer")}}
	}
	return config
}

func operations() []operation {
	hasKey := func(project string, count int) func(*neontest.Server) bool {
		return func(sim *neontest.Server) bool {
			keys := liveKeys(sim, "ci")
			return len(keys) == count && (count == 0 || keys[0].ProjectID == project)
		}
	}
	devIs := func(role string) func(*neontest.Server) bool {
		return func(sim *neontest.Server) bool { return wantRole(sim, "dev@example.com", role) == nil }
	}
	isInvited := func(sim *neontest.Server) bool { return len(invited(sim, "new@example.com")) == 1 }
	const project = "shiny-wind-12345678"
	dev := func(role string) configuration {
		return with(configuration{"member.dev": member("dev@example.com", role)})
	}
	ci := with(configuration{"key.ci": key(nil)})
	granted := func(role string) configuration {
		return with(configuration{"grant.dev": grant("dev@example.com", role)})
	}
	devHas := func(role string) func(*neontest.Server) bool {
		return func(sim *neontest.Server) bool { return sim.Grants(website)["dev@example.com"] == role }
	}
	newMember := with(configuration{"member.new": member("new@example.com", "viewer")})
	newInvitation := with(configuration{"invitation.new": invitation("new@example.com")})
	limited := func(cents int) configuration { return with(configuration{"limit": limit(cents, removes)}) }
	limitIs := func(cents int64) func(*neontest.Server) bool {
		return func(sim *neontest.Server) bool {
			now := sim.SpendingLimit()
			return now == nil && cents == 0 || now != nil && *now == cents
		}
	}
	assigned := func(label string) configuration {
		return with(configuration{"endpoint": endpoint(vpce1, object{"on_destroy": "delete", "label": label})})
	}
	labelIs := func(label string) func(*neontest.Server) bool {
		return func(sim *neontest.Server) bool {
			endpoints := sim.VPCEndpoints()
			return len(endpoints) == 0 && label == "" || len(endpoints) == 1 && endpoints[0].Label == label
		}
	}
	return []operation{
		{name: "Create a key", route: "POST " + keysRoute, before: with(nil), after: ci, about: `"ci"`, reached: hasKey("", 1)},
		{
			name: "Create a project's key", route: "POST " + keysRoute, before: with(nil), about: `"ci"`, reached: hasKey(project, 1),
			after: with(configuration{"key.ci": key(object{"project_id": project})}),
		},
		{name: "Revoke a key", route: "DELETE " + keysRoute + "/{key_id}", before: ci, after: with(nil), about: `"ci"`, reached: hasKey("", 0)},
		{name: "Set a role", route: "PATCH " + membersRoute + "/{member_id}", before: dev("editor"), after: dev("viewer"), about: "dev@example.com", reached: devIs("viewer")},
		{
			name: "Remove a member", route: "DELETE " + membersRoute + "/{member_id}", before: dev("editor"), after: with(nil), about: "dev@example.com",
			reached: func(sim *neontest.Server) bool { _, is := sim.Member("dev@example.com"); return !is },
		},
		{name: "Invite (member)", route: "POST " + invitationsRoute, before: with(nil), after: newMember, about: "new@example.com", reached: isInvited},
		{name: "Invite (invitation)", route: "POST " + invitationsRoute, before: with(nil), after: newInvitation, about: "new@example.com", reached: isInvited},
		{name: "Create a list", route: "POST " + invitationsRoute, before: withList(nil), after: withList(but(seeded(), "new@example.com=viewer")), about: "new@example.com", reached: isInvited},
		{name: "Set a role (list)", route: "PATCH " + membersRoute + "/{member_id}", before: withList(seeded()), after: withList(but(seeded(), "dev@example.com=viewer")), about: "dev@example.com", reached: devIs("viewer")},
		{
			name: "Remove a member (list)", route: "DELETE " + membersRoute + "/{member_id}", before: withList(seeded()), after: withList(but(seeded(), "dev@example.com=")), about: "dev@example.com",
			reached: func(sim *neontest.Server) bool { _, is := sim.Member("dev@example.com"); return !is },
		},
		{name: "Invite (list)", route: "POST " + invitationsRoute, before: withList(seeded()), after: withList(but(seeded(), "new@example.com=viewer")), about: "new@example.com", reached: isInvited},
		{name: "Set a spending limit", route: setLimit, before: limited(5000), after: limited(9000), about: "the spending limit of org-example-12345678", reached: limitIs(9000)},
		{name: "Remove a spending limit", route: removeLimit, before: limited(5000), after: with(nil), about: "the spending limit of org-example-12345678", reached: limitIs(0)},
		{name: "Assign a VPC endpoint", route: assignEndpoint, before: with(nil), after: assigned("main"), about: vpce1, reached: labelIs("main")},
		{name: "Label a VPC endpoint", route: assignEndpoint, before: assigned("main"), after: assigned("other"), about: vpce1, reached: labelIs("other")},
		{name: "Delete a VPC endpoint", route: deleteEndpoint, before: assigned("main"), after: with(nil), about: vpce1, reached: labelIs("")},
		{name: "Read a spending limit in a plan", route: "GET " + limitRoute, atPlan: true, before: limited(5000), after: limited(5000), about: "the spending limit of org-example-12345678", reached: limitIs(5000)},
		{name: "List VPC endpoints in a plan", route: endpointsList, atPlan: true, before: assigned("main"), after: assigned("main"), about: vpce1, reached: labelIs("main")},
		{name: "Look at restrictions before a deletion", route: "GET " + endpointRoute, before: assigned("main"), after: with(nil), about: vpce1, reached: labelIs("")},
		{name: "Read a list in a plan", route: "GET " + membersRoute, atPlan: true, before: withList(seeded()), after: withList(seeded()), about: "the members of org-example-12345678", reached: devIs("editor")},
		{name: "List keys in a plan", route: "GET " + keysRoute, atPlan: true, before: ci, after: ci, about: `"ci"`, reached: hasKey("", 1)},
		{name: "List keys before a create", route: "GET " + keysRoute, before: with(nil), after: ci, about: `"ci"`, reached: hasKey("", 1)},
		{name: "List members in a plan", route: "GET " + membersRoute, atPlan: true, before: dev("editor"), after: dev("editor"), about: "dev@example.com", reached: devIs("editor")},
		{name: "List members before a change", route: "GET " + membersRoute, before: dev("editor"), after: dev("viewer"), about: "dev@example.com", reached: devIs("viewer")},
		{name: "List invitations in a plan", route: "GET " + invitationsRoute, atPlan: true, before: newMember, after: newMember, about: "new@example.com", reached: isInvited},
		{name: "List invitations before inviting", route: "GET " + invitationsRoute, before: with(nil), after: newInvitation, about: "new@example.com", reached: isInvited},
		{name: "Grant a project role", route: grantRoute, before: with(nil), after: granted("admin"), about: "dev@example.com", reached: devHas("admin")},
		{name: "Change a project role", route: grantRoute, before: granted("admin"), after: granted("viewer"), about: "dev@example.com", reached: devHas("viewer")},
		{name: "Take a project role", route: ungrantRoute, before: granted("admin"), after: with(nil), about: "dev@example.com", reached: devHas("")},
		{name: "List a project's members in a plan", route: "GET " + projectMembersRoute, atPlan: true, before: granted("admin"), after: granted("admin"), about: "dev@example.com", reached: devHas("admin")},
		{name: "List a project's members before a change", route: "GET " + projectMembersRoute, before: granted("admin"), after: granted("viewer"), about: "dev@example.com", reached: devHas("viewer")},
		{name: "Who am I in a plan", route: "GET /auth", atPlan: true, before: ci, after: ci, about: "API key", reached: hasKey("", 1)},
		{name: "Who am I in an apply", route: "GET /users/me", before: with(nil), after: ci, about: "API key", reached: hasKey("", 1)},
		{
			name: "Create a key while lists fail", route: "POST " + keysRoute, alsoFails: "GET " + keysRoute, passFirst: 1,
			before: with(nil), after: ci, about: `"ci"`, reached: hasKey("", 1),
		},
		{
			name: "Revoke a key while lists fail", route: "DELETE " + keysRoute + "/{key_id}", alsoFails: "GET " + keysRoute, passFirst: 1,
			before: ci, after: with(nil), about: `"ci"`, reached: hasKey("", 0),
		},
		{
			name: "Set a role while lists fail", route: "PATCH " + membersRoute + "/{member_id}", alsoFails: "GET " + membersRoute, passFirst: 2,
			before: dev("editor"), after: dev("viewer"), about: "dev@example.com", reached: devIs("viewer"),
		},
		{
			name: "Delete a VPC endpoint while lists fail", route: deleteEndpoint, alsoFails: endpointsList, passFirst: 1,
			before: assigned("main"), after: with(nil), about: vpce1, reached: labelIs(""),
		},
		{
			name: "Grant a project role while lists fail", route: grantRoute, alsoFails: "GET " + projectMembersRoute, passFirst: 2,
			before: with(nil), after: granted("admin"), about: "dev@example.com", reached: devHas("admin"),
		},
		{
			name: "Take a project role while lists fail", route: ungrantRoute, alsoFails: "GET " + projectMembersRoute, passFirst: 2,
			before: granted("admin"), after: with(nil), about: "dev@example.com", reached: devHas(""),
		},
		{
			name: "Invite while lists fail", route: "POST " + invitationsRoute, alsoFails: "GET " + invitationsRoute, passFirst: 1,
			before: with(nil), after: newMember, about: "new@example.com", reached: isInvited,
		},
	}
}

// namedFault is a row of the matrix.
type namedFault struct {
	name string
	neontest.Fault
	status int  // the answer's, which an error has to tell; 0 if there is none
	ctrlC  bool // one second after the apply has begun
}

func matrixFaults() []namedFault {
	var faults []namedFault
	add := func(name string, status int, fault neontest.Fault) {
		faults = append(faults, namedFault{name: name, Fault: fault, status: status})
	}
	add("429 without Retry-After", 429, neontest.Fault{Kind: neontest.FaultStatus, Status: 429})
	add("429, Retry-After in seconds", 429, neontest.Fault{Kind: neontest.FaultStatus, Status: 429, RetryAfter: "2"})
	add("429, Retry-After a date", 429, neontest.Fault{Kind: neontest.FaultStatus, Status: 429, RetryAfter: "date:3s"})
	for _, status := range []int{423, 401, 403, 404, 409, 422, 500, 502, 503, 504} {
		add(fmt.Sprint(status), status, neontest.Fault{Kind: neontest.FaultStatus, Status: status})
	}
	for _, status := range []int{500, 502, 504} {
		add(fmt.Sprint(status)+", carried out", status, neontest.Fault{Kind: neontest.FaultStatus, Status: status, After: true})
	}
	add("502 with a web page", 502, neontest.Fault{Kind: neontest.FaultHTML})
	add("502 with a web page, carried out", 502, neontest.Fault{Kind: neontest.FaultHTML, After: true})
	add("200 with a web page", 200, neontest.Fault{Kind: neontest.FaultHTMLOK})
	add("200 with a web page, carried out", 200, neontest.Fault{Kind: neontest.FaultHTMLOK, After: true})
	add("200, empty", 200, neontest.Fault{Kind: neontest.FaultEmpty})
	add("200, empty, carried out", 200, neontest.Fault{Kind: neontest.FaultEmpty, After: true})
	add("200, connection lost in the body", 200, neontest.Fault{Kind: neontest.FaultCutShort})
	add("200, JSON cut short", 200, neontest.Fault{Kind: neontest.FaultCutJSON})
	for _, status := range []int{401, 403, 407} {
		add(fmt.Sprint(status)+" with a web page", status, neontest.Fault{Kind: neontest.FaultHTML, Status: status})
	}
	add("403 with a web page, carried out", 403, neontest.Fault{Kind: neontest.FaultHTML, Status: 403, After: true})
	add("404, empty", 404, neontest.Fault{Kind: neontest.FaultEmpty, Status: 404})
	add("404, empty, carried out", 404, neontest.Fault{Kind: neontest.FaultEmpty, Status: 404, After: true})
	add("201 instead of 200", 201, neontest.Fault{Kind: neontest.FaultOtherStatus})
	add("201 of another form, carried out", 201, neontest.Fault{Kind: neontest.FaultStatus, Status: 201, After: true})
	add("200 of another form", 200, neontest.Fault{Kind: neontest.FaultBody, Body: `["another form"]`})
	add("204, carried out", 204, neontest.Fault{Kind: neontest.FaultEmpty, Status: 204, After: true})
	add("200 with 31 MiB", 200, neontest.Fault{Kind: neontest.FaultHuge})
	add("200 with 31 MiB, carried out", 200, neontest.Fault{Kind: neontest.FaultHuge, After: true})
	add("connection reset", 0, neontest.Fault{Kind: neontest.FaultResetBefore})
	add("connection reset, carried out", 0, neontest.Fault{Kind: neontest.FaultResetAfter})
	add("no answer in 30 s", 0, neontest.Fault{Kind: neontest.FaultHangBefore})
	add("no answer in 30 s, carried out", 0, neontest.Fault{Kind: neontest.FaultHangAfter})
	add("no answer, and Ctrl-C", 0, neontest.Fault{Kind: neontest.FaultHangBefore})
	add("no answer, carried out, and Ctrl-C", 0, neontest.Fault{Kind: neontest.FaultHangAfter})
	faults[len(faults)-2].ctrlC, faults[len(faults)-1].ctrlC = true, true
	return faults
}
