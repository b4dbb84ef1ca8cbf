package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// The list beside other resources of the same configuration: in whichever order Terraform plans them, the person and
// both types are named.
func TestMembersExclusiveBesideOthers(t *testing.T) { //nolint:tparallel // what follows the pairs needs them to be over
	t.Parallel()
	sim := simulate(t)
	prior := adopted(t, sim)
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	guest := apply2(t, sim, invitationType, nil, object{"email": "guest@example.com", "role": "viewer"})
	withGuest := adopted(t, sim)
	sim.AddMember("extra@example.com", "viewer")
	withExtra := adopted(t, sim)
	extra := apply2(t, sim, memberType, nil, object{"email": "extra@example.com", "role": "viewer"})
	sim.RemoveMember("extra@example.com")
	sim.ResetRequests()

	list := func(prior *state, members map[string]string, more ...string) func(*process) plan {
		config := object{"members": members}
		if len(more) > 0 {
			config["on_unlisted"] = more[0]
		}
		return func(p *process) plan { return p.plan(listType, prior, config) }
	}
	one := func(typ string, prior *state, email, role string) func(*process) plan {
		return func(p *process) plan { return p.plan(typ, prior, object{"email": email, "role": role}) }
	}
	another := adopted(t, sim) // a second import
	destroyed := func(p *process) plan { return p.plan(memberType, &dev, nil) }
	guests := but(seeded(), "guest@example.com=viewer")
	const isError, isWarning = tfprotov6.DiagnosticSeverityError, tfprotov6.DiagnosticSeverityWarning
	for name, test := range map[string]struct {
		list, other func(*process) plan
		severity    tfprotov6.DiagnosticSeverity // 0: they get along
		summary     string
		parts       []string
	}{
		"a member who is listed":                   {list(prior, seeded()), one(memberType, &dev, "dev@example.com", "editor"), isError, "Two resources for dev@example.com", []string{listType, memberType, "destroy = false"}},
		"a new member who is listed":               {list(prior, seeded()), one(memberType, nil, "data@example.com", "editor"), isError, "Two resources for data@example.com", []string{listType, memberType}},
		"a member beside a new list":               {list(nil, but(guests, "extra@example.com=viewer"), "report"), one(memberType, &dev, "dev@example.com", "editor"), isError, "Two resources for dev@example.com", []string{listType, memberType}},
		"a member who is destroyed":                {list(prior, seeded()), destroyed, isError, "Two resources for dev@example.com", []string{listType, memberType, "destroys", "destroy = false"}},
		"a destroyed member who is not listed":     {list(prior, but(seeded(), "dev@example.com=")), destroyed, 0, "", nil},
		"a member whom the list removes":           {list(withExtra, seeded()), one(memberType, &extra, "extra@example.com", "viewer"), isError, "Two resources for extra@example.com", []string{listType, memberType, "does not list this person"}},
		"a new member whom the list would remove":  {list(prior, seeded()), one(memberType, nil, "else@example.com", "viewer"), isError, "Two resources for else@example.com", []string{listType, memberType, "does not list this person"}},
		"a new member whom the list would report":  {list(prior, seeded(), "report"), one(memberType, nil, "else@example.com", "viewer"), 0, "", nil},
		"an invitation of somebody listed":         {list(withGuest, guests), one(invitationType, &guest, "guest@example.com", "viewer"), 0, "", nil},
		"a new invitation of somebody listed":      {list(prior, but(seeded(), "else@example.com=editor")), one(invitationType, nil, "else@example.com", "member"), 0, "", nil},
		"an invitation with another role":          {list(withGuest, but(guests, "guest@example.com=editor")), one(invitationType, &guest, "guest@example.com", "viewer"), isError, "Two resources for guest@example.com", []string{listType, invitationType, "as editor", `role "viewer"`}},
		"an invitation of somebody else":           {list(prior, seeded()), one(invitationType, nil, "else@example.com", "viewer"), isWarning, "Invited, but not in the list: else@example.com", []string{listType, invitationType, "removes them"}},
		"an invitation whom the list would report": {list(prior, seeded(), "report"), one(invitationType, nil, "else@example.com", "viewer"), 0, "", nil},
		"a second list":                            {list(prior, seeded()), list(another, seeded()), isError, "Two lists of members for " + sim.OrgID(), []string{"terraform state rm"}},
		"a second, new list":                       {list(prior, but(seeded(), "dev@example.com=")), list(nil, but(guests, "extra@example.com=viewer"), "report"), isError, "Two lists of members for " + sim.OrgID(), nil},
	} {
		for i, order := range [][2]func(*process) plan{{test.list, test.other}, {test.other, test.list}} {
			t.Run(fmt.Sprintf("%s/%d", name, i), func(t *testing.T) {
				p := admin(t, sim, nil)
				order[0](p).noErrors(t)
				second := order[1](p)
				if test.severity != 0 {
					second.want(t, test.severity, test.summary, test.parts...)
				}
				if test.severity != isError {
					second.noErrors(t)
				}
			})
		}
	}
	// A forced replacement of the list plans the same list twice.
	p := admin(t, sim, nil)
	first := list(prior, seeded())(p)
	first.noErrors(t)
	p.planAgain(first, object{"members": seeded()}).noErrors(t)
	if writes(sim) != 0 {
		t.Errorf("%d writes", writes(sim))
	}
}

// An invitation and the list invite the same person in one apply: one e-mail.
func TestMembersExclusiveAndInvitationInviteOnce(t *testing.T) {
	t.Parallel()
	sim := simulate(t, func(c *neontest.Config) { c.InviteAgain = "add" })
	w := newWorkspace(t, sim, sim.URL(), nil)
	w.instances["list"] = instance{typ: listType, state: *adopted(t, sim)}
	config := configuration{
		"list":  {typ: listType, attributes: object{"members": but(seeded(), "new@example.com=viewer", "more@example.com=viewer")}},
		"guest": {typ: invitationType, attributes: object{"email": "new@example.com", "role": "viewer"}},
	}
	w.walk(config, nil).all().noErrors(t)
	for _, problem := range append(w.broken, doubleInvitations(sim)...) {
		t.Error(problem)
	}
	if len(sim.Invitations()) != 2 {
		t.Errorf("invitations are %v", sim.Invitations())
	}
	for address, resource := range w.instances {
		resource.private = nil
		w.instances[address] = resource
	}
	if again := w.walk(config, nil); again.changes != 0 {
		t.Errorf("the next plan is not empty: %s", again.all())
	}
}

// A list of a thousand people: what the first apply asks, in its plan and in itself.
func TestMembersExclusiveOfManyPeople(t *testing.T) {
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{})
	list := seeded()
	for i := range 995 {
		list[fmt.Sprintf("person-%04d@example.com", i)] = []string{"editor", "viewer", "admin"}[i%3]
	}
	config := object{"members": list}
	admin(t, sim, nil).plan(listType, nil, config).noErrors(t)
	p := admin(t, sim, nil)
	planned := p.plan(listType, nil, config)
	planned.noErrors(t)
	made, diags := p.apply(planned)
	diags.noErrors(t)
	if sim.RequestCount() > 10 || sim.Count("POST "+invitationsRoute) != 1 {
		t.Errorf("the first apply made the requests %v", sim.Counts())
	}
	if pending := made.texts(t, "pending_members"); len(pending) != 995 || len(sim.Invitations()) != 995 {
		t.Errorf("%d are pending, %d invitations are open", len(pending), len(sim.Invitations()))
	}

	// All have joined: two pages of members, and nothing is asked twice.
	for _, invitation := range sim.Invitations() {
		if err := sim.Accept(invitation.Email); err != nil {
			t.Fatal(err)
		}
	}
	sim.ResetRequests()
	p = admin(t, sim, nil)
	now, diags := p.read(listType, made)
	diags.none(t)
	same := p.plan(listType, &now, config)
	same.none(t)
	if !same.isEmpty() || sim.RequestCount() > 5 {
		t.Errorf("a plan of a thousand made the requests %v; it is empty: %t", sim.Counts(), same.isEmpty())
	}
	sim.ResetRequests()
	imported, diags := admin(t, sim, nil).importState(listType, sim.OrgID())
	diags.none(t)
	if len(imported.texts(t, "members")) != 1000 || sim.RequestCount() > 6 {
		t.Errorf("an import of a thousand made the requests %v", sim.Counts())
	}
}
