package neontest_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

var update = flag.Bool("update", false, "rewrite BEHAVIOUR.md")

// The simulator's behaviours are the comments
//
//	// grade: GRADE — what it does[: Switches.Name, ...].
//
// beside its code. BEHAVIOUR.md is the table of them all.
const behaviourPage = "BEHAVIOUR.md"

// grades says what each grade means, best proven first.
var grades = []struct{ name, means string }{
	{"spec", "Neon's OpenAPI file says so"},
	{"sdk", "the types of Neon's official SDK say so"},
	{"docs", "Neon's documentation says so"},
	{"seen", "a live answer was reported, by Neon's own tools or tests or by others"},
	{"guess", "nobody says: the simulator does what seems likely"},
}

// topics are the files that hold behaviours, in the order of the page.
var topics = []struct{ file, title string }{
	{"routes.go", "Calls"},
	{"answer.go", "Answers"},
	{"auth.go", "Keys and what they may do"},
	{"limits.go", "Limits"},
	{"identity.go", "Who the caller is"},
	{"keys.go", "API keys"},
	{"members.go", "Members"},
	{"paging.go", "Pages"},
	{"invitations.go", "Invitations"},
	{"projects.go", "Projects"},
	{"project_members.go", "Roles in projects"},
	{"billing.go", "Spending limits"},
	{"vpc.go", "VPC endpoints"},
	{"transfer.go", "Moving projects"},
	{"regions.go", "Regions"},
	{"server.go", "Headers and status"},
	{"state.go", "Tokens"},
}

// behaviour is a graded comment.
type behaviour struct {
	grade, text, file string
	switches          []string // fields of neontest.Switches that change it
}

var (
	gradeLine = regexp.MustCompile(`^// grade: (spec|docs|sdk|seen|guess) — (\S.*)$`)
	ending    = regexp.MustCompile(`(?:: ((?:Switches\.\w+(?:, )?)+))?\.$`)
	routeLine = regexp.MustCompile(`^\{"([A-Z]+)", "(/[^"]*)", `)
	constLine = regexp.MustCompile(`^(?:const )?says\w+ += ("(?:[^"\\]|\\.)*")$`)
	// needsGrade is a line that has a grade above it: a route, a refusal's words, what a kind of key may do.
	needsGrade = regexp.MustCompile(`^(?:\{"[A-Z]+", "/|(?:const )?says\w+ += |\w+ += access\{)`)
	// topLevel is where a declaration ends and the next one begins; graded is in those that have a grade: a handler, the
	// shape of an answer, a refusal.
	topLevel = regexp.MustCompile(`\n\n([^\s})])`)
	graded   = regexp.MustCompile(`(?m)^(?:func \([^)]*\) \w+\(\) answer \{|type \w+Body )|[^.]\brefuse\(`)
)

// behavioursOf finds the behaviours of a file. One ends with the next one, an empty line or the end of the comment.
// Those above a route become the route, and those above the words of a refusal get them.
func behavioursOf(t *testing.T, file, text string) (found []behaviour) {
	t.Helper()
	var above []behaviour
	open, inComment := false, false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if comment, is := strings.CutPrefix(line, "//"); is {
			if !inComment {
				above = nil
			}
			if match := gradeLine.FindStringSubmatch(line); match != nil {
				above, open = append(above, behaviour{grade: match[1], text: match[2], file: file}), true
			} else if comment == "" {
				open = false
			} else if open {
				above[len(above)-1].text += " " + strings.TrimSpace(comment)
			}
			inComment = true
			continue
		}
		if needsGrade.MatchString(line) && (!inComment || len(above) == 0) && !routeLine.MatchString(line) {
			t.Errorf("%s:%d: has no grade above it: %s", file, i+1, line)
		}
		for _, b := range above {
			if inComment && !b.finish() {
				t.Errorf("%s:%d: a behaviour ends with a full stop, and before it with its switches, if any: %s", file, i, b.text)
			}
			if match := routeLine.FindStringSubmatch(line); match != nil {
				b.text = "`" + match[1] + " " + match[2] + "`"
			} else if match := constLine.FindStringSubmatch(line); match != nil {
				words, _ := strconv.Unquote(match[1])
				b.text += " `" + words + "`"
			} else if !inComment {
				continue // the routes have come to their end
			}
			found = append(found, b)
		}
		open, inComment = false, false
	}
	return found
}

// finish takes the full stop and the switches from the end of the text.
func (b *behaviour) finish() bool {
	match := ending.FindStringSubmatch(b.text)
	if match == nil {
		return false
	}
	b.text = strings.TrimSuffix(b.text, match[0])
	for name := range strings.FieldsFuncSeq(match[1], func(r rune) bool { return r == ',' || r == ' ' }) {
		b.switches = append(b.switches, strings.TrimPrefix(name, "Switches."))
	}
	return !strings.Contains(b.text, "Switches.")
}

// TestGrades holds the simulator to saying where each behaviour comes from, and BEHAVIOUR.md to saying what the code says.
func TestGrades(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []behaviour
	for _, file := range files {
		if file == "doc.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, behavioursOf(t, file, string(text))...)
		for piece := range strings.SplitSeq(topLevel.ReplaceAllString(string(text), "\n\x00$1"), "\x00") {
			if what := graded.FindString(piece); what != "" && !strings.Contains(piece, "// grade: ") && !strings.Contains(piece, "says") {
				t.Errorf("%s: has no grade: %s", file, piece)
			}
		}
	}
	named := map[string]bool{}
	for _, b := range all {
		for _, name := range b.switches {
			named[name] = true
			if b.grade != "guess" && b.grade != "seen" {
				t.Errorf("%s: what can be switched is not in Neon's own texts: %s", b.file, b.text)
			}
		}
	}
	for field := range reflect.TypeFor[neontest.Switches]().Fields() {
		if !named[field.Name] {
			t.Errorf("no behaviour names Switches.%s", field.Name)
		}
		delete(named, field.Name)
	}
	if len(named) > 0 {
		t.Errorf("there are no such switches: %v", named)
	}
	now := page(t, all)
	if *update {
		if err := os.WriteFile(behaviourPage, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := os.ReadFile(behaviourPage); err != nil || string(written) != now {
		t.Errorf("%s is not what the comments say (%v): run make generate", behaviourPage, err)
	}
}

// page is BEHAVIOUR.md.
func page(t *testing.T, all []behaviour) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What the simulator does, and who says so\n\n<!-- Written by make generate, from the comments in the code. -->\n\n" +
		"Each row is one behaviour of this package. Where Neon's texts leave a question open, a switch chooses another answer: a field of `neontest.Switches`,\n" +
		"here by its name in JSON, as `POST /_sim/config` takes it. A test fails if a call, the shape of an answer or a refusal of the simulator has no grade.\n\n" +
		"| Grade | means | behaviours |\n|---|---|--:|\n")
	count := map[string]int{}
	for _, behaviour := range all {
		count[behaviour.grade]++
	}
	for _, grade := range grades {
		fmt.Fprintf(&b, "| %s | %s | %d |\n", grade.name, grade.means, count[grade.name])
	}
	fmt.Fprintf(&b, "| | | %d |\n", len(all))
	rows := 0
	for _, topic := range topics {
		fmt.Fprintf(&b, "\n## %s\n\n[%s](%s)\n\n| What | Grade | Switch |\n|---|---|---|\n", topic.title, topic.file, topic.file)
		for _, behaviour := range all {
			if behaviour.file == topic.file {
				rows++
				fmt.Fprintf(&b, "| %s | %s | %s |\n", sentence(behaviour.text), behaviour.grade, switchNames(behaviour.switches))
			}
		}
	}
	if rows != len(all) {
		t.Errorf("%d behaviours, but %d are in the files that have a topic", len(all), rows)
	}
	return b.String()
}

var plainWord = regexp.MustCompile(`^[a-z'-]+[ ,]`)

// sentence begins with a capital letter, unless it begins with a field's name.
func sentence(text string) string {
	if plainWord.MatchString(text) {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

func switchNames(fields []string) string {
	var list []string
	for _, name := range fields {
		if field, exists := reflect.TypeFor[neontest.Switches]().FieldByName(name); exists {
			list = append(list, "`"+field.Tag.Get("json")+"`")
		}
	}
	return strings.Join(list, ", ")
}
