//go:build unix

package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// The guides' configurations are in examples/guides, and what the guides say that Terraform prints is in
// templates/guides, behind marks such as <!-- output: reviewing-plans/join -->. Tests carry out what the guides
// tell their readers to do, and compare.

var updateGuides = flag.Bool("update", false, "rewrite what the guides show of Terraform's output")

// guidesMadeWith begins the version of the Terraform whose words the guides show.
const guidesMadeWith = "Terraform v1.11."

// walks are what the guides' readers do, by the folder of the configuration in examples/guides.
// TestExamplesOfGuides in internal/provider misses those that are neither here nor there.
var walks = map[string]func(w *walk){
	"access-review":       walkAccessReview,
	"adopting":            walkAdopting,
	"changing-domain":     walkChangingDomain,
	"directory":           walkDirectory,
	"contractor":          walkContractor,
	"emergency":           walkEmergency,
	"joining-and-leaving": walkJoiningAndLeaving,
	"one-by-one":          walkOneByOne,
	"policies":            walkPolicies,
	"pull-requests":       walkPullRequests,
	"rehearsal":           walkRehearsal,
	"quick-start":         walkQuickStart,
	"reviewing-plans":     walkReviewingPlans,
}

// walk is a reader who follows a guide.
type walk struct {
	*workspace
	sim   *neontest.Server
	guide string
	shown map[string]string // what the guide shows, by the name in the mark
}

func TestGuides(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // of the pages
	for guide, test := range walks {
		t.Run(guide, func(t *testing.T) {
			t.Parallel()
			// A clock that stands still, because the guides show times.
			now := time.Date(2026, time.October, 1, 8, 0, 0, 0, time.UTC)
			sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond, MaxPageSize: 100, Now: func() time.Time { return now }})
			w := &walk{workspace: attach(t, sim, ""), sim: sim, guide: guide, shown: map[string]string{}}
			w.takes(guide)
			test(w)
			mu.Lock()
			defer mu.Unlock()
			w.compare()
		})
	}
}

// takes copies a folder of examples/guides over the working directory.
func (w *walk) takes(folder string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join("examples", "guides", folder, "*.*"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("no files in %s: %v", folder, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		write(w.t, filepath.Join(w.Dir, filepath.Base(file)), string(text))
	}
}

// edits replaces a text in a file, which must be there once; the test goes on with the result. It returns
// what undoes it.
func (w *walk) edits(file, from, to string) (undo func()) {
	w.t.Helper()
	path := filepath.Join(w.Dir, file)
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	if strings.Count(string(text), from) != 1 {
		w.t.Fatalf("%q is not once in %s:\n%s", from, file, text)
	}
	write(w.t, path, strings.Replace(string(text), from, to, 1))
	return func() { write(w.t, path, string(text)) }
}

// without takes the line with this text out of a file.
func (w *walk) without(file, text string) (undo func()) {
	w.t.Helper()
	whole, err := os.ReadFile(filepath.Join(w.Dir, file))
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(string(whole)) {
		if strings.Contains(line, text) {
			return w.edits(file, line, "")
		}
	}
	w.t.Fatalf("no line with %q in %s:\n%s", text, file, whole)
	return nil
}

// with sets a variable of the environment for what follows.
func (w *walk) with(variable, value string) { w.Env = append(w.Env, variable+"="+value) }

// shows runs a command like exits, and keeps the output for the guide.
func (w *walk) shows(name string, code int, args ...string) string {
	w.t.Helper()
	out := w.exits(code, args...)
	w.keeps(name, out)
	return out
}

// keeps has the guide show an output.
func (w *walk) keeps(name, out string) { w.shown[name] = readable(out) }

// lacks fails if one of these words is in a command's output.
func (w *walk) lacks(out string, words ...string) {
	w.t.Helper()
	for _, word := range words {
		if strings.Contains(strings.Join(strings.Fields(out), " "), word) {
			w.t.Errorf("%q is in:\n%s", word, out)
		}
	}
}

// from is what a command prints from these words on.
func from(out, words string) string {
	_, rest, _ := strings.Cut(out, words)
	return words + rest
}

// finds fails unless all these words are in a command's output, however its lines are broken.
func (w *walk) finds(out string, words ...string) {
	w.t.Helper()
	flat := strings.Join(strings.Fields(out), " ")
	for _, word := range words {
		if !strings.Contains(flat, word) {
			w.t.Errorf("no %q in:\n%s", word, out)
		}
	}
}

// has fails unless somebody is a member with that role, or no member if the role is empty.
func (w *walk) has(email, role string) {
	w.t.Helper()
	if member, _ := w.sim.Member(email); member.Role != role {
		w.t.Errorf("%s has the role %q, want %q", email, member.Role, role)
	}
}

var (
	overrides = regexp.MustCompile(`(?s)Warning: Provider development overrides are in effect.*?published\s+releases\.\n`)
	legend    = regexp.MustCompile(`(?s)Terraform used the selected providers.*?\n\n|Terraform will perform the following actions:\n\n`)
	progress  = regexp.MustCompile(`(?m)^[^ \n][^\n]*: (Refreshing state|Reading|Read complete|Preparing import)[^\n]*\n`)
	uuids     = regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
	keyIDs    = regexp.MustCompile(`\b17342\d\d\b`) // what the simulator makes; those from 17341 on are there from the start
	blank     = regexp.MustCompile(`\n{3,}`)
)

// readable takes out what is the same in every plan, and what would be different the next time.
func readable(out string) string {
	for _, noise := range []*regexp.Regexp{overrides, legend, progress} {
		out = noise.ReplaceAllString(out, "")
	}
	out = numbered(out, uuids, "c0000000-0000-4000-8000-%012d")
	out = numbered(out, keyIDs, "17342%02d")
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Trim(blank.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"), "\n")
}

// numbered replaces ids that are random by the next number each. Those that are always the same stay.
func numbered(out string, ids *regexp.Regexp, form string) string {
	var random []string
	return ids.ReplaceAllStringFunc(out, func(id string) string {
		if strings.HasPrefix(id, "a0000000-") || strings.HasPrefix(id, "b0000000-") {
			return id
		}
		if !slices.Contains(random, id) {
			random = append(random, id)
		}
		return fmt.Sprintf(form, slices.Index(random, id)+1)
	})
}

var marks = regexp.MustCompile("(?s)(<!-- output: ([^ ]+) -->\n```[a-z]*\n)(.*?)(\n```\n)")

// compare looks whether the guides show what Terraform has printed, or writes that into them.
func (w *walk) compare() {
	w.t.Helper()
	if !strings.HasPrefix(w.version.Name, guidesMadeWith) {
		w.t.Logf("%s has words of its own: what the guides show is compared with %s only", w.version.Name, guidesMadeWith)
		return
	}
	pages, err := filepath.Glob(filepath.Join("templates", "guides", "*.md.tmpl"))
	if err != nil {
		w.t.Fatal(err)
	}
	used := map[string]bool{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			w.t.Fatal(err)
		}
		now := marks.ReplaceAllStringFunc(string(text), func(block string) string {
			parts := marks.FindStringSubmatch(block)
			name, mine := strings.CutPrefix(parts[2], w.guide+"/")
			if !mine {
				return block
			}
			used[name] = true
			printed, made := w.shown[name]
			switch {
			case !made:
				w.t.Errorf("%s: nothing is made for %s", page, parts[2])
			case parts[3] != printed && !*updateGuides:
				w.t.Errorf("%s shows for %s:\n%s\n\nTerraform prints:\n\n%s", page, parts[2], parts[3], printed)
			}
			return parts[1] + printed + parts[4]
		})
		if *updateGuides && now != string(text) {
			write(w.t, page, now)
		}
	}
	for name := range w.shown {
		if !used[name] {
			w.t.Errorf("no guide shows %s/%s", w.guide, name)
		}
	}
	if w.t.Failed() && !*updateGuides {
		w.t.Logf("See what changed and, if it is meant, with %sx:\n\n    %s && make generate", guidesMadeWith, "TF_ACC=1 internal/tools/terraform.sh go test ./internal/e2e -run TestGuides -update")
	}
}
