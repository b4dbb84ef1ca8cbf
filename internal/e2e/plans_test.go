//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// What an apply takes away, the plan has shown: the situations that Terraform's own doings make hard, with Terraform
// itself. internal/provider has them all, with its own play of Terraform's part.

// planner is a working directory in which plans are made and applied.
type planner struct {
	*workspace
	sim *neontest.Server
}

func planning(t *testing.T, config string) planner {
	t.Helper()
	t.Parallel()
	sim := neontest.Start(t, neontest.Config{Latency: 3 * time.Millisecond})
	return planner{attach(t, sim, config), sim}
}

// inProcesses has Terraform start its providers itself.
func (p planner) inProcesses() planner {
	p.attached = nil
	return p
}

// refuses runs a command, which must fail with these words and never in those of a bug of the provider's.
func (p planner) refuses(words []string, args ...string) string {
	p.t.Helper()
	out, err := p.try(args...)
	if err == nil {
		p.t.Errorf("%v succeeded:\n%s", args, out)
	}
	said := flat(out)
	for _, word := range words {
		if !strings.Contains(said, word) {
			p.t.Errorf("%v: no %q in:\n%s", args, word, out)
		}
	}
	if strings.Contains(said, "bug in the provider") {
		p.t.Errorf("%v:\n%s", args, out)
	}
	return out
}

func (p planner) writes() (n int) {
	for _, request := range p.sim.Requests() {
		if request.Method != "GET" {
			n++
		}
	}
	return n
}

func (p planner) wantNoWrites() {
	p.t.Helper()
	if n := p.writes(); n != 0 {
		p.t.Errorf("%d writes: %v", n, p.sim.Counts())
	}
}

const apply = "-auto-approve"

// An organization that passes through a data source with depends_on is unknown whenever that has changes.
func TestPlanWithAnUnknownOrganization(t *testing.T) {
	p := planning(t, `
variable "v" { default = "1" }
resource "terraform_data" "boot" { input = var.v }
data "neon_organization" "this" { depends_on = [terraform_data.boot] }
resource "neon_organization_api_key" "ci" {
  org_id = data.neon_organization.this.org_id
  name   = "ci"
}
resource "neon_organization_rotating_api_key" "r" {
  org_id       = data.neon_organization.this.org_id
  name         = "r"
  rotate_after = "60d"
}
resource "neon_organization_member" "dev" {
  org_id = data.neon_organization.this.org_id
  email  = "dev@example.com"
  role   = "editor"
}
resource "neon_organization_invitation" "n" {
  org_id = data.neon_organization.this.org_id
  email  = "n@example.com"
  role   = "viewer"
}
`)
	p.run("apply", apply)
	p.sim.ResetRequests()
	p.run("apply", apply, "-var", "v=2")
	p.wantNoWrites()
}

const peopleByRole = `
variable "people" {
  type    = map(string)
  default = { "dev@example.com" = "editor" }
}
resource "neon_organization_member" "people" {
  for_each = var.people
  email    = each.key
  role     = each.value
}
`

func TestPlanAfterAChangedAddress(t *testing.T) {
	p := planning(t, peopleByRole)
	p.run("apply", apply)
	p.sim.ChangeEmail("dev@example.com", "dev.new@example.com")
	p.sim.ResetRequests()
	renamed := []string{"-var", `people={"dev.new@example.com"="editor"}`}
	for _, more := range [][]string{nil, {"-parallelism=1"}} {
		p.refuses([]string{"Renamed without a moved block: dev@example.com, now dev.new@example.com", `from = neon_organization_member.NAME["dev@example.com"]`},
			append(append([]string{"apply", apply}, renamed...), more...)...)
	}
	write(t, filepath.Join(p.Dir, "moved.tf"), `moved {
  from = neon_organization_member.people["dev@example.com"]
  to   = neon_organization_member.people["dev.new@example.com"]
}
`)
	p.run(append([]string{"apply", apply}, renamed...)...)
	p.run(append([]string{"plan", "-detailed-exitcode"}, renamed...)...)
	p.wantNoWrites()
}

// One resource for each role: the address goes from one to the other.
func TestPlanOfAnAddressBetweenTwoResources(t *testing.T) {
	p := planning(t, `
variable "admins" {
  type    = list(string)
  default = ["lead@example.com", "ops@example.com"]
}
variable "editors" {
  type    = list(string)
  default = ["dev@example.com", "data@example.com"]
}
resource "neon_organization_member" "admins" {
  for_each = toset(var.admins)
  email    = each.key
  role     = "admin"
}
resource "neon_organization_member" "editors" {
  for_each = toset(var.editors)
  email    = each.key
  role     = "editor"
}
`)
	p.run("apply", apply)
	p.sim.ResetRequests()
	for _, more := range []string{"-parallelism=10", "-parallelism=1", "-refresh=false"} {
		out := p.refuses([]string{"Already a member with another role: dev@example.com", "as editor", `role "admin"`, "moved {"},
			"plan", more, "-var", `admins=["lead@example.com","ops@example.com","dev@example.com"]`, "-var", `editors=["data@example.com"]`)
		if n := strings.Count(out, "Error: "); n != 1 {
			t.Errorf("%s: %d errors\n%s", more, n, out)
		}
	}
	p.wantNoWrites()
}

func TestPlanOfAListWithAnUnknownAddress(t *testing.T) {
	p := planning(t, `
variable "v" { default = "1" }
variable "team" {
  type    = map(string)
  default = { "lead@example.com" = "admin", "ops@example.com" = "admin", "dev@example.com" = "editor", "data@example.com" = "editor", "audit@example.com" = "viewer" }
}
resource "terraform_data" "hire" {
  input            = "new@example.com"
  triggers_replace = var.v
}
resource "neon_organization_members_exclusive" "all" { members = merge(var.team, { (terraform_data.hire.output) = "viewer" }) }
`)
	p.run("apply", apply)
	p.sim.AddMember("stranger@example.net", "admin")
	p.sim.ResetRequests()
	less := `team={"lead@example.com"="admin","ops@example.com"="editor","dev@example.com"="editor","data@example.com"="editor"}`
	p.run("apply", apply, "-var", "v=2", "-var", less)
	p.wantNoWrites()
	p.run("apply", apply, "-var", "v=2", "-var", less)
	if p.sim.Count(remove) != 2 || p.sim.Count(setRole) != 1 {
		t.Errorf("the second apply: %v", p.sim.Counts())
	}
}

func TestPlanOfForcedReplacements(t *testing.T) {
	p := planning(t, `
variable "v" { default = "1" }
resource "terraform_data" "t" { input = var.v }
resource "neon_organization_member" "p" {
  for_each = { "dev@example.com" = "editor", "ops@example.com" = "admin", "lead@example.com" = "admin" }
  email    = each.key
  role     = each.value
  lifecycle { replace_triggered_by = [terraform_data.t] }
}
`)
	p.Env = append(p.Env, "NEON_PROTECTED_MEMBERS=ops@example.com")
	p.run("apply", apply)
	p.sim.ResetRequests()
	p.refuses([]string{"Protected: ops@example.com", "You would lock yourself out: lead@example.com"}, "apply", apply, "-var", "v=2")
	p.refuses([]string{"Protected: ops@example.com"}, "plan", `-replace=neon_organization_member.p["ops@example.com"]`)
	p.wantNoWrites()
}

const withDependent = `
variable "cmd" { default = "true" }
resource "neon_organization_member" "a" {
  email = "dev@example.com"
  role  = "editor"
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "dep" {
  triggers_replace = [neon_organization_member.a.member_id, var.cmd]
  provisioner "local-exec" { command = var.cmd }
}
`

func TestPlanWithADeposedMember(t *testing.T) {
	p := planning(t, withDependent)
	p.run("apply", apply)
	p.sim.ResetRequests()
	p.refuses(nil, "apply", apply, "-replace=neon_organization_member.a", "-var", "cmd=false")
	out := p.run("apply", apply)
	if strings.Count(out, "dev@example.com stays in the organization") == 0 {
		t.Errorf("nothing is said of the person:\n%s", out)
	}
	p.run("plan", "-detailed-exitcode")
	p.wantNoWrites()
}

func TestPlanOfATaintedMember(t *testing.T) {
	p := planning(t, `
variable "cmd" { default = "false" }
resource "neon_organization_member" "a" {
  email = "dev@example.com"
  role  = "editor"
  provisioner "local-exec" { command = var.cmd }
}
`)
	p.refuses(nil, "apply", apply)
	out := p.run("apply", apply, "-refresh=false", "-var", "cmd=true")
	if !strings.Contains(out, "Removed: dev@example.com") {
		t.Errorf("the removal is not told:\n%s", out)
	}
	if _, member := p.sim.Member("dev@example.com"); !member && p.sim.Count(invite) != 1 {
		t.Errorf("the person is lost: %v", p.sim.Counts())
	}
}

// A saved plan keeps its promise, whatever has happened since.
func TestSavedPlans(t *testing.T) {
	p := planning(t, strings.ReplaceAll(peopleByRole, `"dev@example.com" = "editor"`, `"new@example.com" = "admin", "dev@example.com" = "editor"`))
	p.run("apply", apply)
	p.run("plan", "-out=p", "-var", `people={"dev@example.com"="viewer"}`)
	p = p.inProcesses() // that know nothing of the plan but what it says itself
	if err := p.sim.Accept("new@example.com"); err != nil {
		t.Fatal(err)
	}
	p.sim.RemoveMember("dev@example.com")
	p.sim.ResetRequests()
	p.refuses([]string{"Joined since the plan: new@example.com", "No longer a member: dev@example.com"}, "apply", "p")
	p.wantNoWrites()
	out := p.run("apply", apply, "-var", `people={"dev@example.com"="viewer"}`)
	if p.sim.Count(remove) != 1 || p.sim.Count(invite) != 1 {
		t.Errorf("the next apply: %v\n%s", p.sim.Counts(), out)
	}
}

// While protected_members is not known, everyone is protected.
func TestDestroyWithUnknownProtectedMembers(t *testing.T) {
	p := planning(t, "\nresource \"neon_organization_member\" \"ops\" {\n  email = \"ops@example.com\"\n  role  = \"admin\"\n}\n")
	p.run("apply", apply)
	p = p.inProcesses() // for two provider configurations
	p.sim.ResetRequests()
	main, err := os.ReadFile(filepath.Join(p.Dir, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(p.Dir, "main.tf"), string(main)+`
provider "neon" { alias = "reader" }
data "neon_organization_members" "admins" {
  provider = neon.reader
  role     = "admin"
}
provider "neon" { protected_members = [for m in data.neon_organization_members.admins.members : m.email] }
`)
	p.refuses([]string{"Protected: ops@example.com", "known only after apply"}, "destroy", apply, "-refresh=false")
	p.wantNoWrites()
}
