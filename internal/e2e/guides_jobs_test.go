//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// walkPullRequests plans with lesser keys, applies with an admin's, and rings the drift alarm.
func walkPullRequests(w *walk) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.Dir, "backend.tf")); err != nil { // TestWorkflowsOfGitHub has a backend
		w.t.Fatal(err)
	}
	w.exits(0, "apply", "-auto-approve", "-input=false")
	admin := w.sim.PersonalKey()
	w.edits("main.tf", "    \"audit@example.com\" = \"viewer\"\n", "    \"audit@example.com\" = \"viewer\"\n    \"new@example.com\"   = \"viewer\"\n    \"next@example.com\"  = \"viewer\"\n")

	w.with("NEON_READ_ONLY", "true")
	w.with("NEON_API_KEY", w.sim.ViewerKey())
	w.finds(w.exits(0, "plan", "-input=false", "-lock=false"), "This plan cannot be applied with the key in use", "To be invited: 2 people")
	w.with("NEON_API_KEY", w.sim.OrganizationKey())
	w.shows("plan", 0, "plan", "-input=false", "-lock=false")
	w.keeps("summary", w.summary(0))
	undo := w.without("main.tf", `"lead@example.com"  = "admin"`)
	w.keeps("summary-refused", w.summary(1))
	undo()
	w.keeps("refused", from(w.exits(1, "apply", "-auto-approve", "-input=false"), "Error: "))
	if n := w.sim.Count(invite); n != 0 {
		w.t.Errorf("%d requests were sent that invite", n)
	}
	w.with("NEON_READ_ONLY", "")
	w.finds(w.exits(1, "plan", "-input=false"), "Inviting new@example.com, next@example.com needs a personal key")
	w.with("NEON_API_KEY", admin)
	more := filepath.Join(w.Dir, "more.tf")
	write(w.t, more, "output \"pending\" {\n  value = neon_organization_members_exclusive.everybody.pending_members\n}\n")
	w.exits(0, "apply", "-auto-approve", "-input=false")

	alarm := func(exit int) string {
		w.t.Helper()
		return w.exits(exit, "plan", "-input=false", "-lock=false", "-detailed-exitcode")
	}
	accepts := func(email string) {
		w.t.Helper()
		if err := w.sim.Accept(email); err != nil {
			w.t.Fatal(err)
		}
	}
	// An acceptance is no difference, but an output of it is.
	accepts("new@example.com")
	w.finds(alarm(2), "Changes to Outputs", `- "new@example.com"`)
	write(w.t, more, "")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.with("NEON_READ_ONLY", "true")
	w.with("NEON_API_KEY", w.sim.OrganizationKey())
	accepts("next@example.com")
	alarm(0)

	w.sim.SetRole("data@example.com", "admin")
	w.keeps("drift", alarm(2))
	w.sim.SetRole("data@example.com", "editor")

	// A check block is no difference either, but a data source in it is.
	write(w.t, more, mfaCheck("  data \"neon_organization_members\" \"all\" {}\n\n", ""))
	w.finds(alarm(2), "will be read during apply")
	write(w.t, more, mfaCheck("", "data \"neon_organization_members\" \"all\" {}\n"))
	w.finds(alarm(0), "Check block assertion failed")
}

// summary plans as the workflows do, and runs their script.
func (w *walk) summary(exit int) string {
	w.t.Helper()
	out := w.exits(exit, "plan", "-input=false", "-lock=false", "-out=tfplan", "-json")
	write(w.t, filepath.Join(w.Dir, "plan.jsonl"), regexp.MustCompile(`(?m)^.*Provider development overrides.*\n`).ReplaceAllString(out, ""))
	if exit == 0 {
		write(w.t, filepath.Join(w.Dir, "plan.json"), w.run("show", "-json", "tfplan"))
		defer func() { _ = os.Remove(filepath.Join(w.Dir, "plan.json")) }()
	}
	return python(w.t, filepath.Join(w.Dir, "summary.py"), filepath.Join(w.Dir, "plan.jsonl"), filepath.Join(w.Dir, "plan.json"))
}

func mfaCheck(inside, outside string) string {
	return outside + "check \"everybody_uses_mfa\" {\n" + inside +
		"  assert {\n    condition     = alltrue([for m in data.neon_organization_members.all.members : m.has_mfa == true])\n    error_message = \"Not everybody uses MFA.\"\n  }\n}\n"
}

// walkAccessReview finds everything once, and nothing when that is put right.
func walkAccessReview(w *walk) {
	w.t.Helper()
	w.with("NEON_API_KEY", w.sim.OrganizationKey())
	w.sim.AddMember("freelancer@partner.example", "editor")
	w.sim.AddMember("former@example.com", "editor")
	w.sim.AddAPIKeyBy("former@example.com", `=export, "old"`, "")
	w.sim.RemoveMember("former@example.com")
	w.sim.AddInvitation("friend@example.com", "viewer")
	w.sim.AddInvitation("audit@example.com", "admin") // listed as viewer
	w.sim.AddAPIKeyBy("ops@example.com", "night-watch", "")
	w.sim.SetRole("ops@example.com", "editor")
	for _, email := range []string{"freelancer@partner.example", "dev@example.com"} {
		if err := w.sim.Grant("shiny-wind-12345678", email, "admin"); err != nil {
			w.t.Fatal(err)
		}
	}
	w.sim.RemoveMember("audit@example.com")
	w.sim.RemoveMember("data@example.com")

	findings := from(w.exits(1, "plan", "-input=false"), "Error: ")
	w.keeps("findings", findings)
	w.finds(findings, `The access review has findings: API key of a member who is no longer an admin: night-watch (`, `), ops@example.com`,
		`API key of a person who is gone: =export, "old"`, "Another role than in the list: ops@example.com (editor)",
		"In the list, but neither a member nor invited: data@example.com", "Invited with another role than in the list: audit@example.com (admin)",
		"In the organization, but not in the list: freelancer@partner.example (editor) friend@example.com (invited)",
		"Unknown role in a project: shiny-wind-12345678/dev@example.com (admin) shiny-wind-12345678/freelancer@partner.example (admin)",
		"Without multi-factor authentication: dev@example.com")
	w.exits(0, "apply", "-auto-approve", "-input=false", "-var=enforce=false")
	w.shows("people", 0, "output", "-raw", "people_csv")
	w.shows("project-access", 0, "output", "-raw", "project_access_csv")
	w.shows("api-keys", 0, "output", "-raw", "api_keys_csv")

	w.sim.RemoveMember("freelancer@partner.example")
	w.sim.RemoveMember("dev@example.com")
	w.sim.CancelInvitation("friend@example.com")
	w.sim.CancelInvitation("audit@example.com")
	for _, gone := range []string{"audit@example.com", "dev@example.com", "data@example.com"} {
		w.without("people.csv", gone)
	}
	w.edits("people.csv", "ops@example.com,admin", "ops@example.com,member")
	for _, key := range w.sim.APIKeys() {
		if strings.HasPrefix(key.Name, "=export") || key.Name == "night-watch" {
			w.sim.RevokeAPIKey(key.ID)
		}
	}
	w.lacks(w.exits(0, "plan", "-input=false"), "findings:")
	wantOnlyReads(w.t, w.sim)
}
