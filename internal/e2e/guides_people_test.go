//go:build unix

package e2e

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// walkAdopting takes over an organization of 140 people: import, report, enforce.
func walkAdopting(w *walk) {
	w.t.Helper()
	w.sim.AddMembers(133)
	w.sim.AddMember("freelancer@partner.example", "editor")
	w.sim.AddMember("former@example.com", "admin")

	summary, _, _ := strings.Cut(from(w.exits(0, "plan", "-input=false", "-generate-config-out=everybody.tf"), "Plan: "), "\n")
	w.keeps("import", summary)
	w.finds(summary, "1 to import, 0 to add, 0 to change, 0 to destroy")
	generated, err := os.ReadFile(filepath.Join(w.Dir, "everybody.tf"))
	if err != nil {
		w.t.Fatal(err)
	}
	var some []string
	for line := range strings.Lines(string(generated)) {
		if !strings.Contains(line, "person-") || strings.Contains(line, "person-00006") {
			some = append(some, line)
		}
	}
	w.keeps("generated", strings.Join(some, ""))
	w.exits(0, "apply", "-auto-approve", "-input=false")

	w.without("everybody.tf", "freelancer@")
	w.without("everybody.tf", "former@")
	w.edits("everybody.tf", "on_unlisted = null", `on_unlisted = "report"`)
	w.shows("report", 0, "plan", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.has("former@example.com", "admin")

	w.edits("everybody.tf", `on_unlisted = "report"`, `on_unlisted = "remove"`)
	w.shows("enforce", 0, "plan", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.has("former@example.com", "")
	w.has("freelancer@partner.example", "")
	if n := len(w.sim.Members()); n != 138 || w.sim.Count(remove) != 2 || w.sim.Count(setRole)+w.sim.Count(invite) != 0 {
		w.t.Errorf("%d members are left after %v", n, w.sim.Counts())
	}

	// Another state has one of the organization's people too.
	w.sim.SetConfig(func(c *neontest.Config) { c.Accounts = []string{"temp@example.com"} })
	other := &walk{workspace: attach(w.t, w.sim, "resource \"neon_organization_member\" \"temp\" {\n  email = \"temp@example.com\"\n  role  = \"viewer\"\n}\n"), sim: w.sim, shown: w.shown}
	other.exits(0, "apply", "-auto-approve", "-input=false")
	w.has("temp@example.com", "viewer")
	w.shows("two-states-list", 0, "plan", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.has("temp@example.com", "")
	other.shows("two-states-member", 0, "plan", "-input=false")
}

// walkJoiningAndLeaving lets twelve people in and one out, by a file.
func walkJoiningAndLeaving(w *walk) {
	w.t.Helper()
	csv := filepath.Join(w.Dir, "people.csv")
	whole, err := os.ReadFile(csv)
	if err != nil {
		w.t.Fatal(err)
	}
	five, _, _ := strings.Cut(string(whole), "Anna")
	write(w.t, csv, five)
	w.exits(0, "apply", "-auto-approve", "-input=false")
	write(w.t, csv, string(whole))

	undo := w.edits("people.csv", "leo.lang@example.com,viewer", "leo.lang@example.com,reader")
	w.shows("unknown-role", 1, "plan", "-input=false")
	undo()
	undo = w.edits("people.csv", "leo.lang@example.com", "KIRA.KLEIN@example.com")
	w.finds(w.exits(1, "plan", "-input=false"), "Duplicate object key")
	undo()
	undo = w.edits("people.csv", "leo.lang@example.com", "leo.lang@example.org")
	w.finds(w.exits(1, "plan", "-input=false"), "Not an address of this company: leo.lang@example.org.")
	undo()

	w.sim.ResetRequests()
	w.shows("twelve", 0, "plan", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	if invited := w.sim.Invitations(); len(invited) != 12 || w.sim.Count(invite) != 1 {
		w.t.Errorf("%d are invited after %v", len(invited), w.sim.Counts())
	}
	for _, invitation := range w.sim.Invitations() {
		if err := w.sim.Accept(invitation.Email); err != nil {
			w.t.Error(err)
		}
	}
	w.exits(0, "plan", "-input=false", "-detailed-exitcode") // acceptance is no difference

	// Somebody leaves, with keys.
	w.sim.AddAPIKeyBy("ben.berg@example.com", "nightly-export", "")
	w.without("people.csv", "ben.berg@example.com")
	w.shows("leaves", 0, "plan", "-input=false", "-var=key_generation=2")
	before := w.sim.APIKeys()
	w.exits(0, "apply", "-auto-approve", "-input=false", "-var=key_generation=2")
	w.has("ben.berg@example.com", "")
	for _, key := range before {
		for _, now := range w.sim.APIKeys() {
			if key.Name == "ci" && key.ID == now.ID {
				w.t.Errorf("the key %s is not replaced", key.Name)
			}
		}
	}

	// Somebody is removed in the Console alone.
	w.sim.RemoveMember("audit@example.com")
	w.shows("console-alone", 0, "plan", "-input=false", "-var=key_generation=2")
	w.without("people.csv", "audit@example.com")
	w.finds(w.exits(0, "plan", "-input=false", "-var=key_generation=2"), "No changes.")
}

// walkChangingDomain follows a company whose addresses have all changed at Neon.
func walkChangingDomain(w *walk) {
	w.t.Helper()
	w.takes("one-by-one")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	names := []string{"dev", "data", "audit"}
	for _, name := range names {
		w.sim.ChangeEmail(name+"@example.com", name+"@example.org")
		w.edits("main.tf", name+"@example.com", name+"@example.org")
	}
	w.sim.ResetRequests()
	out := w.exits(1, "plan", "-input=false")
	for _, name := range names {
		w.finds(out, "Renamed without a moved block: "+name+"@example.com, now "+name+"@example.org")
	}
	// The script calls terraform: whichever is tested here.
	bin := w.t.TempDir()
	if err := os.Symlink(w.Binary, filepath.Join(bin, "terraform")); err != nil {
		w.t.Fatal(err)
	}
	script := exec.CommandContext(w.t.Context(), "sh", "moved.sh", "neon_organization_member.people", "example.com", "example.org")
	script.Dir, script.Env = w.Dir, append(slices.Clone(w.Env), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	moved, err := script.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	w.keeps("moved", string(moved))
	write(w.t, filepath.Join(w.Dir, "moved.tf"), string(moved))
	w.shows("plan", 0, "plan", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.exits(0, "plan", "-input=false", "-detailed-exitcode")
	wantOnlyReads(w.t, w.sim)
}

// walkEmergency lets somebody in by hand, and an organization out of a lockout.
func walkEmergency(w *walk) {
	w.t.Helper()
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.sim.AddMember("oncall@partner.example", "admin")
	w.shows("report", 0, "plan", "-input=false", "-var=emergency=true")
	w.exits(0, "apply", "-auto-approve", "-input=false", "-var=emergency=true")
	w.has("oncall@partner.example", "admin")
	w.shows("morning-after", 0, "plan", "-input=false")

	listed := w.edits("main.tf", "    \"lead@example.com\"  = \"admin\"\n", "    \"lead@example.com\"  = \"admin\"\n    \"oncall@partner.example\" = \"admin\"\n")
	w.shows("listed", 0, "plan", "-input=false")
	listed()
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.has("oncall@partner.example", "")

	// The only admin left cannot be reached; an organization key can change roles.
	w.sim.SetRole("ops@example.com", "editor")
	w.sim.Deactivate("lead@example.com")
	w.with("NEON_API_KEY", w.sim.OrganizationKey())
	w.shows("organization-key", 0, "plan", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.has("ops@example.com", "admin")
}

// walkContractor lets contractors into one project, and one of them out.
func walkContractor(w *walk) {
	w.t.Helper()
	const carl, dana, website = "carl@contractor.example", "dana@contractor.example", "shiny-wind-12345678"
	granted := func(want map[string]string) {
		w.t.Helper()
		if got := w.sim.Grants(website); !maps.Equal(got, want) {
			w.t.Errorf("the grants are %v, want %v", got, want)
		}
	}
	w.sim.AddMember(dana, "collaborator")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	granted(map[string]string{dana: "viewer"})

	// Carl is invited. Until he has joined, nothing can be granted.
	w.exits(0, "plan", "-input=false", "-detailed-exitcode")
	undo := w.edits("main.tf", " if contains(keys(local.joined), email) }", " }")
	w.keeps("not-joined", chance.ReplaceAllString(w.exits(1, "plan", "-input=false"), "$1$2"))
	w.finds(w.shown["not-joined"], "Not joined yet: "+carl, "after they have joined")
	undo()

	if err := w.sim.Accept(carl); err != nil {
		w.t.Fatal(err)
	}
	w.shows("joined", 0, "plan", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	granted(map[string]string{carl: "editor", dana: "viewer"})
	w.has(carl, "collaborator")

	// The work is done: first the project, then the organization.
	undo = w.edits("main.tf", "{ for email, role in local.contractors : email => role if contains", "{ for email, role in local.contractors : email => role if email != \""+carl+"\" && contains")
	w.shows("granted-no-more", 0, "plan", "-input=false")
	undo()
	w.without("main.tf", carl)
	w.shows("leaves", 0, "plan", "-input=false")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	granted(map[string]string{dana: "viewer"})
	w.has(carl, "")
	w.exits(0, "plan", "-input=false", "-detailed-exitcode")
}
