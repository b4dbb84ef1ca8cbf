package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Who and what examples/complete names. Everybody in its people but the newcomer is a member from the start.
const (
	lead       = "lead@example.com" // whose personal key it is, and whom Terraform does not manage
	newcomer   = "new@example.com"
	guest      = "guest@partner.example"
	developer  = "dev@example.com"
	operator   = "ops@example.com"
	analyst    = "data@example.com"
	auditor    = "audit@example.com"
	planKey    = "terraform-plan"
	deployKey  = "deploy-website"
	ciProject  = "website"
	allOfThem  = 8 // resources in the example
	console    = `{ for email, person in neon_organization_member.people : email => "${person.status} ${person.role}" }`
	planFile   = "organization.tfplan"
	noChanges  = "No changes."
	colleague  = "colleague@example.com"
	keysBefore = 2 // live keys that Terraform does not manage
)

// people is the example's var.people.
func people() map[string]string {
	return map[string]string{operator: "admin", developer: "editor", analyst: "editor", auditor: "viewer", newcomer: "editor"}
}

type step struct {
	title string
	play  func(context.Context, *demo) error
}

var story = []step{
	{"The provider is installed, and the plan shows who is invited and who is adopted", firstPlan},
	{"The plan is applied", firstApply},
	{"Who is active, and who is still pending", whoIsWho},
	{"A second plan is empty", nothingToDo},
	{newcomer + " accepts: they are active now, and that is no drift", acceptance},
	{"Somebody makes " + developer + " an admin by hand: the plan shows it, an apply puts it right", roleDrift},
	{"Somebody revokes the deployment key by hand: it is made again", revokedKey},
	{"An organization key cannot invite, and the plan says so", organizationKey},
	{"The admin whose key is in use cannot be removed by mistake", selfLockout},
	{"Everything is destroyed; an open invitation cannot be cancelled, and the plan says so", destruction},
	{"What is left at Neon", whatIsLeft},
}

func firstPlan(ctx context.Context, d *demo) error {
	said, err := d.terraform(ctx, command{args: []string{"init", "-input=false"}, silent: true})
	if err != nil {
		return err
	}
	if !strings.Contains(said, "has been successfully initialized!") {
		return fmt.Errorf("init printed: %s", said)
	}
	fmt.Println("Installed from a mirror in the file system, as from a registry.")
	fmt.Println()

	said, err = d.terraform(ctx, command{args: []string{"plan", "-input=false", "-out=" + planFile}})
	if err != nil {
		return err
	}
	return check(
		prints(said, fmt.Sprintf("Plan: %d to add, 0 to change, 0 to destroy.", allOfThem)),
		prints(said, "To be invited: "+newcomer+" as editor"),
		prints(said, "To be invited: "+guest+" as viewer"),
		d.invited(),
		d.keys(keysBefore),
		d.nothingWritten(),
	)
}

func firstApply(ctx context.Context, d *demo) error {
	said, err := d.terraform(ctx, command{args: []string{"apply", "-input=false", planFile}})
	if err != nil {
		return err
	}
	return check(
		prints(said, fmt.Sprintf("Apply complete! Resources: %d added, 0 changed, 0 destroyed.", allOfThem)),
		printsNone(said, d.tokens()),
		d.members(lead, operator, developer, analyst, auditor),
		d.invited(newcomer, guest),
		d.keys(keysBefore+2, planKey, deployKey),
		d.keyScope(planKey, ""),
		d.keyScope(deployKey, ciProject),
	)
}

func whoIsWho(ctx context.Context, d *demo) error {
	said, err := d.terraform(ctx, command{args: []string{"console"}, stdin: console})
	if err != nil {
		return err
	}
	return check(
		prints(said, fmt.Sprintf("%q = %q", newcomer, "pending editor")),
		prints(said, fmt.Sprintf("%q = %q", operator, "active admin")),
		prints(said, fmt.Sprintf("%q = %q", developer, "active editor")),
	)
}

func nothingToDo(ctx context.Context, d *demo) error {
	d.sim.ResetRequests()
	said, err := d.terraform(ctx, command{args: []string{"plan", "-input=false", "-detailed-exitcode"}})
	if err != nil {
		return err
	}
	return check(prints(said, noChanges), d.nothingWritten())
}

func acceptance(ctx context.Context, d *demo) error {
	if err := d.org.Accept(newcomer); err != nil {
		return err
	}
	fmt.Printf("(%s accepts the invitation.)\n\n", newcomer)
	said, err := d.terraform(ctx, command{args: []string{"plan", "-input=false", "-detailed-exitcode"}})
	if err != nil {
		return err
	}
	if err := check(prints(said, noChanges)); err != nil {
		return err
	}
	fmt.Println()
	if _, err := d.terraform(ctx, command{args: []string{"apply", "-input=false", "-auto-approve", "-refresh-only"}}); err != nil {
		return err
	}
	fmt.Println()
	if said, err = d.terraform(ctx, command{args: []string{"console"}, stdin: console}); err != nil {
		return err
	}
	return check(
		prints(said, fmt.Sprintf("%q = %q", newcomer, "active editor")),
		d.role(newcomer, "editor"),
		d.members(lead, operator, developer, analyst, auditor, newcomer),
		d.invited(guest),
	)
}

func roleDrift(ctx context.Context, d *demo) error {
	d.org.SetRole(developer, "admin")
	fmt.Printf("(Somebody gives %s the role admin in the Console.)\n\n", developer)
	said, err := d.terraform(ctx, command{args: []string{"plan", "-input=false", "-detailed-exitcode"}, exit: 2})
	if err != nil {
		return err
	}
	if err := check(
		prints(said, `~ role = "admin" -> "editor"`),
		prints(said, "Plan: 0 to add, 1 to change, 0 to destroy."),
		d.role(developer, "admin"),
	); err != nil {
		return err
	}
	fmt.Println()
	if said, err = d.terraform(ctx, command{args: []string{"apply", "-input=false", "-auto-approve"}}); err != nil {
		return err
	}
	return check(
		prints(said, "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."),
		d.role(developer, "editor"),
	)
}

func revokedKey(ctx context.Context, d *demo) error {
	revoked, err := d.key(deployKey)
	if err != nil {
		return err
	}
	d.org.RevokeAPIKey(revoked.ID)
	fmt.Printf("(Somebody revokes the API key %s, id %d, in the Console.)\n\n", deployKey, revoked.ID)
	said, err := d.terraform(ctx, command{args: []string{"plan", "-input=false", "-detailed-exitcode"}, exit: 2})
	if err != nil {
		return err
	}
	if err := check(
		prints(said, "neon_organization_api_key.deploy will be created"),
		prints(said, "Plan: 1 to add, 0 to change, 0 to destroy."),
		d.keys(keysBefore+1, planKey),
	); err != nil {
		return err
	}
	fmt.Println()
	if said, err = d.terraform(ctx, command{args: []string{"apply", "-input=false", "-auto-approve"}}); err != nil {
		return err
	}
	return check(
		prints(said, "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."),
		printsNone(said, d.tokens()),
		d.keys(keysBefore+2, planKey, deployKey),
		d.keyScope(deployKey, ciProject),
	)
}

func organizationKey(ctx context.Context, d *demo) error {
	changed := people()
	changed[colleague] = "editor"
	variable, err := json.Marshal(changed)
	if err != nil {
		return err
	}
	fmt.Printf("(%s joins var.people; NEON_API_KEY is an organization key.)\n\n", colleague)
	d.sim.ResetRequests()
	said, err := d.terraform(ctx, command{
		args: []string{"plan", "-input=false", "-var", "people=" + string(variable)},
		key:  d.sim.OrganizationKey(),
		exit: 1,
	})
	if err != nil {
		return err
	}
	return check(
		prints(said, "Error: Inviting "+colleague+" needs a personal key"),
		d.nothingWritten(),
		d.invited(guest),
	)
}

func selfLockout(ctx context.Context, d *demo) error {
	changed := people()
	delete(changed, operator)
	variable, err := json.Marshal(changed)
	if err != nil {
		return err
	}
	fmt.Printf("(%s leaves var.people; NEON_API_KEY is their own personal key.)\n\n", operator)
	d.sim.ResetRequests()
	said, err := d.terraform(ctx, command{
		args: []string{"plan", "-input=false", "-var", "people=" + string(variable)},
		key:  d.sim.NewPersonalKey(operator),
		exit: 1,
	})
	if err != nil {
		return err
	}
	return check(
		prints(said, "Error: You would lock yourself out: "+operator),
		d.nothingWritten(),
		d.role(operator, "admin"),
	)
}

func destruction(ctx context.Context, d *demo) error {
	said, err := d.terraform(ctx, command{args: []string{"destroy", "-input=false", "-auto-approve"}})
	if err != nil {
		return err
	}
	return check(
		prints(said, "Warning: Invitation stays open: "+guest),
		prints(said, fmt.Sprintf("Destroy complete! Resources: %d destroyed.", allOfThem)),
		d.keys(keysBefore),
		d.invited(guest),
	)
}

func whatIsLeft(_ context.Context, d *demo) error {
	d.showOrganization()
	return check(
		d.members(lead),
		d.keys(keysBefore),
		d.invited(guest),
	)
}
