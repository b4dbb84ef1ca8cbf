//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// The demo shows the provider at work: real Terraform applies examples/complete to a simulated organization, changes
// it, meets what people do by hand, and destroys it. Nothing leaves the machine and nothing is left on it. Every step is
// checked by Terraform's exit code, by what it prints and by the simulator's state; the first that is not as announced
// ends the demo with exit code 1. "make demo" starts it.

func demoProgram(ctx context.Context) error {
	if err := playDemo(ctx, os.Stdout); err != nil {
		return fmt.Errorf("\nThe demo failed: %w", err)
	}
	return nil
}

func playDemo(ctx context.Context, out *os.File) (err error) {
	started := time.Now()
	d := &demo{out: out, color: isTerminal(out) && os.Getenv("NO_COLOR") == ""}
	err = d.prepare(ctx)
	defer func() { err = errors.Join(err, d.cleanUp()) }()
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted while preparing")
	case err != nil:
		return fmt.Errorf("preparing: %w", err)
	}
	for i, s := range story {
		title := fmt.Sprintf("%d. %s", i+1, s.title)
		d.printf("\n%s\n\n", d.bold("━━ "+title))
		if err := s.play(ctx, d); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted in step %s", title)
			}
			return fmt.Errorf("step %s: %w", title, err)
		}
	}
	if err := d.writePicture(); err != nil {
		return err
	}
	d.printf("\n%d steps, all as announced, in %d s.\n", len(story), int(time.Since(started).Seconds()))
	return nil
}

// demo is the stage: a simulated organization, and a folder with the example and a provider to install.
type demo struct {
	terraform.Workspace
	sim    *neontest.Server
	org    *neontest.Organization
	folder string // everything that is written, removed at the end
	out    *os.File
	color  bool

	printed string   // by the last command
	picture []string // see writePicture
}

// prepare sets the stage; whatever there is of it is to be cleaned up, with an error too.
func (d *demo) prepare(ctx context.Context) (err error) {
	if d.Binary, err = terraform.Find(); err != nil {
		return err
	}
	if d.folder, err = os.MkdirTemp("", "neon-demo-"); err != nil {
		return err
	}
	d.Dir = filepath.Join(d.folder, "complete")
	if err := copyConfiguration(d.Dir, filepath.Join("examples", "complete")); err != nil {
		return fmt.Errorf("copying the example: %w", err)
	}
	d.printf("Building the provider\n")
	if _, err := terraform.Install(ctx, d.folder, "", provider.Address); err != nil {
		return err
	}
	config, err := terraform.MirrorConfig(d.folder, d.folder)
	if err != nil {
		return err
	}
	d.sim = neontest.New(neontest.Config{Latency: 10 * time.Millisecond}) // an instant server would hide races
	if err := d.sim.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	d.org = d.sim.Org(d.sim.OrgID())
	d.printf("Simulating Neon at %s, with the organization %s:\n\n", d.sim.URL(), d.org.OrgID())
	d.showOrganization()
	d.Env = terraform.Environment(config, "NEON_API_HOST="+d.sim.URL(), "NEON_ORG_ID="+d.org.OrgID())
	return nil
}

func (d *demo) cleanUp() error {
	if d.sim != nil {
		d.sim.Close()
	}
	if d.folder == "" {
		return nil
	}
	return os.RemoveAll(d.folder)
}

func (d *demo) printf(format string, args ...any) { fmt.Fprintf(d.out, format, args...) }

// copyConfiguration copies a folder without what Terraform leaves in it, for the example may have been tried there.
func copyConfiguration(to, from string) error {
	if err := os.Mkdir(to, 0o750); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	for _, file := range files {
		text, readErr := os.ReadFile(file)
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(to, filepath.Base(file)), text, 0o600))
	}
	return err
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

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
	{newcomer + " accepts and is active, and the plan stays empty", acceptance},
	{developer + " becomes an admin by hand: the plan shows it, and an apply corrects it", roleDrift},
	{"The deployment key is revoked by hand: it is created again", revokedKey},
	{"An organization key cannot invite, and the plan says so", organizationKeyCannotInvite},
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
	d.printf("Installed from a mirror in the file system, as from a registry.\n")
	d.printf("\n")

	said, err = d.terraform(ctx, command{args: []string{"plan", "-input=false", "-out=" + planFile}})
	if err != nil {
		return err
	}
	return d.check(
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
	return d.check(
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
	return d.check(
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
	return d.check(prints(said, noChanges), d.nothingWritten())
}

func acceptance(ctx context.Context, d *demo) error {
	if err := d.org.Accept(newcomer); err != nil {
		return err
	}
	d.printf("(%s accepts the invitation.)\n\n", newcomer)
	said, err := d.terraform(ctx, command{args: []string{"plan", "-input=false", "-detailed-exitcode"}})
	if err != nil {
		return err
	}
	if err := d.check(prints(said, noChanges)); err != nil {
		return err
	}
	d.printf("\n")
	if _, err := d.terraform(ctx, command{args: []string{"apply", "-input=false", "-auto-approve", "-refresh-only"}}); err != nil {
		return err
	}
	d.printf("\n")
	if said, err = d.terraform(ctx, command{args: []string{"console"}, stdin: console}); err != nil {
		return err
	}
	return d.check(
		prints(said, fmt.Sprintf("%q = %q", newcomer, "active editor")),
		d.role(newcomer, "editor"),
		d.members(lead, operator, developer, analyst, auditor, newcomer),
		d.invited(guest),
	)
}

func roleDrift(ctx context.Context, d *demo) error {
	d.org.SetRole(developer, "admin")
	d.printf("(In the Neon Console, %s gets the role admin.)\n\n", developer)
	said, err := d.terraform(ctx, command{args: []string{"plan", "-input=false", "-detailed-exitcode"}, exit: 2})
	if err != nil {
		return err
	}
	if err := d.check(
		prints(said, `~ role = "admin" -> "editor"`),
		prints(said, "Plan: 0 to add, 1 to change, 0 to destroy."),
		d.role(developer, "admin"),
	); err != nil {
		return err
	}
	d.show(developer+" became an admin in the Neon Console.", "terraform plan", excerpt(d.printed, "# neon_organization_member.people[", "Plan:"))
	d.printf("\n")
	if said, err = d.terraform(ctx, command{args: []string{"apply", "-input=false", "-auto-approve"}}); err != nil {
		return err
	}
	d.show("The apply corrects it.", "terraform apply", excerpt(d.printed, "Apply complete!", "Apply complete!"))
	return d.check(
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
	d.printf("(In the Neon Console, the API key %s, ID %d, is revoked.)\n\n", deployKey, revoked.ID)
	said, err := d.terraform(ctx, command{args: []string{"plan", "-input=false", "-detailed-exitcode"}, exit: 2})
	if err != nil {
		return err
	}
	if err := d.check(
		prints(said, "neon_organization_api_key.deploy will be created"),
		prints(said, "Plan: 1 to add, 0 to change, 0 to destroy."),
		d.keys(keysBefore+1, planKey),
	); err != nil {
		return err
	}
	d.printf("\n")
	if said, err = d.terraform(ctx, command{args: []string{"apply", "-input=false", "-auto-approve"}}); err != nil {
		return err
	}
	return d.check(
		prints(said, "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."),
		printsNone(said, d.tokens()),
		d.keys(keysBefore+2, planKey, deployKey),
		d.keyScope(deployKey, ciProject),
	)
}

func organizationKeyCannotInvite(ctx context.Context, d *demo) error {
	changed := people()
	changed[colleague] = "editor"
	variable, err := json.Marshal(changed)
	if err != nil {
		return err
	}
	d.printf("(%s joins var.people; NEON_API_KEY is an organization key.)\n\n", colleague)
	d.sim.ResetRequests()
	said, err := d.terraform(ctx, command{
		args: []string{"plan", "-input=false", "-var", "people=" + string(variable)},
		key:  d.sim.OrganizationKey(),
		exit: 1,
	})
	if err != nil {
		return err
	}
	return d.check(
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
	d.printf("(%s leaves var.people; NEON_API_KEY is their own personal key.)\n\n", operator)
	d.sim.ResetRequests()
	said, err := d.terraform(ctx, command{
		args: []string{"plan", "-input=false", "-var", "people=" + string(variable)},
		key:  d.sim.NewPersonalKey(operator),
		exit: 1,
	})
	if err != nil {
		return err
	}
	d.show(operator+" is removed from var.people, and owns the API key in use.", "terraform plan", excerpt(d.printed, "Error:", ""))
	return d.check(
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
	return d.check(
		prints(said, "Warning: Invitation stays open: "+guest),
		prints(said, fmt.Sprintf("Destroy complete! Resources: %d destroyed.", allOfThem)),
		d.keys(keysBefore),
		d.invited(guest),
	)
}

func whatIsLeft(_ context.Context, d *demo) error {
	d.showOrganization()
	return d.check(
		d.members(lead),
		d.keys(keysBefore),
		d.invited(guest),
	)
}

// command is one run of Terraform.
type command struct {
	args   []string
	key    string // NEON_API_KEY; the lead's personal key if empty
	stdin  string
	silent bool // shown only if it fails
	exit   int  // the expected exit code
}

// terraform runs a command, shows what it prints, and fails unless the exit code is the expected one. It returns the
// output with line breaks, margins and colors taken out, so that a sentence can be looked for.
func (d *demo) terraform(ctx context.Context, c command) (string, error) {
	name := strings.TrimSuffix(filepath.Base(d.Binary), ".exe")
	line := name + " " + shellWords(c.args)
	if c.stdin != "" {
		line = "echo " + shellWords([]string{c.stdin}) + " | " + line
	}
	d.printf("%s\n", d.bold("$ "+line))

	args := slices.Clone(c.args)
	if !d.color && args[0] != "console" {
		args = slices.Insert(args, 1, "-no-color")
	}
	cmd := d.Command(ctx, args...)
	key := c.key
	if key == "" {
		key = d.sim.PersonalKey()
	}
	cmd.Env = append(slices.Clone(d.Env), "NEON_API_KEY="+key)
	cmd.Stdin = strings.NewReader(c.stdin)
	var out bytes.Buffer
	cmd.Stdout = &out
	if !c.silent {
		cmd.Stdout = io.MultiWriter(&out, d.out)
	}
	cmd.Stderr = cmd.Stdout
	code, err := terraform.Run(ctx, cmd)
	if err != nil {
		return "", err
	}
	if code != c.exit {
		if c.silent {
			d.printf("%s", out.String())
		}
		return "", fmt.Errorf("%s: exit code %d, expected %d", line, code, c.exit)
	}
	d.printed = out.String()
	return flat(d.printed), nil
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./=:@-]+$`)

// shellWords is a command line that could be typed.
func shellWords(args []string) string {
	var words []string
	for _, arg := range args {
		if !plainWord.MatchString(arg) {
			arg = "'" + arg + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

func (d *demo) bold(s string) string {
	if !d.color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}
