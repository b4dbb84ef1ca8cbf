//go:build unix

package e2e

import "regexp"

// chance is what stands before an error, and where in the configuration it is.
var chance = regexp.MustCompile(`(?s)^.*(Error: [^\n]*\n)\n  with .*?\n(\n)`)

// walkReviewingPlans makes the plans of the typical changes, each from the same organization.
func walkReviewingPlans(w *walk) {
	w.t.Helper()
	w.sim.AddAPIKeyBy("dev@example.com", "nightly-export", "")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	after := func(name string, exit int, undo ...func()) {
		w.t.Helper()
		w.shows(name, exit, "plan", "-input=false")
		for _, f := range undo {
			f()
		}
	}
	after("join", 0, w.edits("people.tf", "  }\n", "    \"new@example.com\"   = \"viewer\"\n  }\n"))
	after("leave", 0, w.without("people.tf", "dev@example.com"))
	after("promote", 0, w.edits("people.tf", `"dev@example.com"   = "editor"`, `"dev@example.com"   = "admin"`))
	after("swap", 0, w.edits("people.tf", `"dev@example.com"   = "editor"`, `"dev@example.com"   = "admin"`),
		w.edits("people.tf", `"ops@example.com"   = "admin"`, `"ops@example.com"   = "editor"`))
	w.takes(w.guide)
	after("truncated", 1, w.without("people.tf", "dev@"), w.without("people.tf", "data@"), w.without("people.tf", "audit@"))
	w.takes(w.guide)
	w.sim.AddMember("intruder@elsewhere.example", "admin")
	after("intruder", 0)
	w.has("intruder@elsewhere.example", "admin")
}

// walkOneByOne makes the plans that look different with a resource for each person.
func walkOneByOne(w *walk) {
	w.t.Helper()
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.sim.AddMember("intruder@elsewhere.example", "admin")
	w.finds(w.exits(0, "plan", "-input=false"), "No changes.")
	w.edits("main.tf", `"audit@example.com" = "viewer"`, `"new@example.com"   = "viewer"`)
	w.edits("main.tf", `"data@example.com"  = "editor"`, `"data@example.com"  = "admin"`)
	w.shows("join-leave-promote", 0, "plan", "-input=false")
	w.takes(w.guide)

	// The address changes, and nobody says so.
	w.without("main.tf", `"dev@example.com"`)
	w.edits("main.tf", "resource \"neon_organization_member\" \"people\"", "resource \"neon_organization_member\" \"dev\" {\n  email = \"dev@example.com\"\n  role  = \"editor\"\n}\n\nresource \"neon_organization_member\" \"people\"")
	w.shows("rename", 1, "plan", "-input=false")
	// Which of the two resources Terraform plans first, and blames the other for, is up to chance.
	w.shown["rename"] = chance.ReplaceAllString(w.shown["rename"], "$1$2")
	w.edits("main.tf", "locals {", "moved {\n  from = neon_organization_member.people[\"dev@example.com\"]\n  to   = neon_organization_member.dev\n}\n\nlocals {")
	w.shows("moved", 0, "plan", "-input=false")
	w.has("dev@example.com", "editor")
}
