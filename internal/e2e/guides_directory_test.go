//go:build unix

package e2e

import (
	"path/filepath"
	"time"
)

// walkQuickStart reads, imports, and changes one role.
func walkQuickStart(w *walk) {
	w.t.Helper()
	later := read(w.t, w.Dir, "dev.tf")
	write(w.t, filepath.Join(w.Dir, "dev.tf"), "")
	w.with("NEON_READ_ONLY", "true")
	w.shows("first-plan", 0, "plan", "-input=false")
	write(w.t, filepath.Join(w.Dir, "dev.tf"), later)
	w.finds(w.shows("import", 0, "plan", "-input=false"), "1 to import, 0 to add, 0 to change, 0 to destroy")
	w.exits(0, "apply", "-auto-approve", "-input=false") // which sends nothing
	w.edits("dev.tf", `"editor"`, `"viewer"`)
	w.shows("change", 0, "plan", "-input=false")
	w.has("dev@example.com", "editor")
	w.with("NEON_READ_ONLY", "")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.has("dev@example.com", "viewer")
}

// walkDirectory takes the people from exports of a directory, good ones and bad ones.
func walkDirectory(w *walk) {
	w.t.Helper()
	const exported = `"2026-10-01T06:00:00Z"`
	old := w.edits("directory.json", exported, `"`+time.Now().UTC().Format(time.RFC3339)+`"`)
	good := read(w.t, w.Dir, "directory.json")
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.sim.ResetRequests()

	// The CSV file has the same people. One of them is in two groups, and becomes an editor.
	w.shows("csv", 0, "plan", "-input=false", "-var=export=directory.csv")
	// The directory is down, so the export is an old one.
	old()
	w.finds(w.exits(1, "plan", "-input=false"), "directory.json is older than two days")
	w.finds(w.exits(1, "plan", "-input=false", "-var=export=missing.json"), "no file exists")
	// It is empty, or cut short.
	write(w.t, filepath.Join(w.Dir, "directory.json"), `{"exported_at": "`+time.Now().UTC().Format(time.RFC3339)+`", "groups": []}`)
	w.keeps("empty", from(w.exits(1, "plan", "-input=false"), "Error: "))
	write(w.t, filepath.Join(w.Dir, "directory.json"), good[:len(good)/2])
	w.finds(w.exits(1, "plan", "-input=false"), "Error in function call", "jsondecode")
	w.without("directory.csv", "audit@")
	w.without("directory.csv", "AUDIT@")
	w.without("directory.csv", "data@")
	w.shows("brake", 1, "plan", "-input=false", "-var=export=directory.csv", "-var=at_least=3")
	wantOnlyReads(w.t, w.sim)
}
