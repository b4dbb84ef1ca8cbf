package neontest_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
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
	grade, text string
	switches    []string // fields of neontest.Switches that change it
	file        string
}

// source is the simulator's own code.
type source struct {
	files      []string // names
	texts      map[string]string
	behaviours []behaviour
	consts     map[string]string // the texts of refusals, by name
}

var (
	gradeLine = regexp.MustCompile(`^// grade: (spec|docs|sdk|seen|guess) — (\S.*)$`)
	switchEnd = regexp.MustCompile(`: ((?:Switches\.\w+(?:, )?)+)\.$`)
	routeLine = regexp.MustCompile(`^\{"([A-Z]+)", "(/[^"]*)", `)
	constLine = regexp.MustCompile(`(?m)^\s*(?:const )?(\w+) += ("(?:[^"\\]|\\.)*")$`)
	refusal   = regexp.MustCompile(`\brefuse\((.*?http\.Status\w+\)?|status), (says\w+|"(?:[^"\\]|\\.)*"|` + "`[^`]*`" + `)`)
	statusIn  = regexp.MustCompile(`(?:orElse\([\w.]*\.(\w+), )?http\.(Status\w+)`)
	madeHere  = regexp.MustCompile(`\bstatus := (.*)`)
	answered  = regexp.MustCompile(`\banswer\{status: http\.(Status\w+)`)
	// topLevel is where a declaration ends and the next one begins.
	topLevel = regexp.MustCompile(`\n\n([^\s})])`)
	// graded begins a piece of code that says where it comes from: a handler, the shape of an answer.
	graded = regexp.MustCompile(`(?m)^(?:func \([^)]*\) \w+\(\) answer \{|type \w+Body )`)
	// gradedLine is one that does, in a list: a refusal's words, and what a kind of key may do.
	gradedLine = regexp.MustCompile(`^(?:const )?(?:says\w+ += |\w+ += access\{)`)
)

func readSource(t *testing.T) *source {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	s := &source{texts: map[string]string{}, consts: map[string]string{}}
	for _, name := range names {
		if name == "doc.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s.files, s.texts[name] = append(s.files, name), string(text)
		for _, match := range constLine.FindAllStringSubmatch(string(text), -1) {
			s.consts[match[1]], _ = strconv.Unquote(match[2])
		}
	}
	for _, name := range s.files {
		s.readFile(t, name)
	}
	return s
}

// readFile finds the behaviours of a file. One goes on until the next one, an empty line or the end of the comment.
// Those above a route or the words of a refusal take them over.
func (s *source) readFile(t *testing.T, name string) {
	t.Helper()
	var above []behaviour // in the comment above this line
	inComment, open := false, false
	routed := 0
	for i, line := range strings.Split(s.texts[name], "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "//") {
			if !inComment {
				above = nil
			}
			inComment = true
			switch match := gradeLine.FindStringSubmatch(line); {
			case match != nil:
				above, open = append(above, behaviour{grade: match[1], text: match[2], file: name}), true
			case strings.Contains(line, "grade:"):
				t.Errorf("%s:%d: %s", name, i+1, line)
			case line == "//":
				open = false
			case open:
				above[len(above)-1].text += " " + strings.TrimSpace(strings.TrimPrefix(line, "//"))
			}
			continue
		}
		if inComment {
			for j := range above {
				above[j].finish(t)
			}
		}
		route := routeLine.FindStringSubmatch(line)
		if gradedLine.MatchString(line) && (!inComment || len(above) == 0) || route != nil && len(above) == 0 {
			t.Errorf("%s:%d: has no grade above it: %s", name, i+1, line)
		}
		for _, b := range above {
			if route != nil {
				b.text = "`" + route[1] + " " + route[2] + "`"
				s.behaviours = append(s.behaviours, b)
				routed++
				continue
			}
			if !inComment {
				continue
			}
			if match := constLine.FindStringSubmatch(line); match != nil {
				b.text += " `" + s.consts[match[1]] + "`"
			}
			s.behaviours = append(s.behaviours, b)
		}
		inComment, open = false, false
	}
	if name == "routes.go" && routed < 20 {
		t.Errorf("%s: only %d routes were found", name, routed)
	}
}

// finish takes the switches and the full stop from the end of the text.
func (b *behaviour) finish(t *testing.T) {
	t.Helper()
	if match := switchEnd.FindStringSubmatch(b.text); match != nil {
		b.text = strings.TrimSuffix(b.text, match[0]) + "."
		for name := range strings.SplitSeq(match[1], ", ") {
			b.switches = append(b.switches, strings.TrimPrefix(name, "Switches."))
		}
	}
	if !strings.HasSuffix(b.text, ".") || strings.Contains(b.text, "Switches.") {
		t.Errorf("%s: a behaviour ends with a full stop, and before it with its switches, if any: %s", b.file, b.text)
	}
	b.text = strings.TrimSuffix(b.text, ".")
}

// TestGrades holds the simulator to saying where each behaviour comes from, and BEHAVIOUR.md to saying what the code says.
func TestGrades(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	s.checkSwitches(t)
	for _, name := range s.files {
		for piece := range strings.SplitSeq(topLevel.ReplaceAllString(s.texts[name], "\n\x00$1"), "\x00") {
			s.checkPiece(t, name, piece)
		}
	}
	page := s.page(t)
	if *update {
		if err := os.WriteFile(behaviourPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := os.ReadFile(behaviourPage); err != nil || string(written) != page {
		t.Errorf("%s is not what the comments say (%v): run make generate", behaviourPage, err)
	}
}

// checkSwitches: each open question is a behaviour, and each behaviour's switch exists.
func (s *source) checkSwitches(t *testing.T) {
	t.Helper()
	switches := reflect.TypeFor[neontest.Switches]()
	for field := range switches.Fields() {
		name := field.Name
		if !slices.ContainsFunc(s.behaviours, func(b behaviour) bool { return slices.Contains(b.switches, name) }) {
			t.Errorf("no behaviour names Switches.%s", name)
		}
	}
	for _, b := range s.behaviours {
		for _, name := range b.switches {
			if _, exists := switches.FieldByName(name); !exists {
				t.Errorf("%s: there is no Switches.%s", b.file, name)
			}
			if b.grade != "guess" && b.grade != "seen" {
				t.Errorf("%s: what can be switched is not in Neon's own texts", b.file)
			}
		}
	}
}

// checkPiece: a handler and the shape of an answer have a grade in or above them; for each refusal and each status but
// 200 there is one that names the status, the switch and the words.
func (s *source) checkPiece(t *testing.T, name, piece string) {
	t.Helper()
	if what := graded.FindString(piece); what != "" && !strings.Contains(piece, "// grade: ") {
		t.Errorf("%s: has no grade: %s", name, what)
	}
	for _, match := range answered.FindAllStringSubmatch(piece, -1) {
		status := statusNamed(match[1])
		if status != http.StatusOK && !slices.ContainsFunc(s.behaviours, func(b behaviour) bool { return b.file == name && names(b.text, status) }) {
			t.Errorf("%s: no grade names %d", name, status)
		}
	}
	for _, match := range refusal.FindAllStringSubmatch(piece, -1) {
		if match[1] == "status" {
			if made := madeHere.FindStringSubmatch(piece); made != nil {
				match[1] = made[1]
			}
		}
		status := statusIn.FindStringSubmatch(match[1])
		if status == nil {
			continue
		}
		if _, exists := reflect.TypeFor[neontest.Switches]().FieldByName(status[1]); status[1] != "" && !exists {
			continue // a fault's, which a test chooses
		}
		words, is := s.consts[match[2]]
		if !is {
			text, _ := strconv.Unquote(match[2])
			words = verb.ReplaceAllString(strings.ReplaceAll(text, "%q", `"…"`), "…")
		}
		if !slices.ContainsFunc(s.behaviours, func(b behaviour) bool {
			return names(b.text, statusNamed(status[2])) && (quotes(b.text, words) || words == "…" && b.file == name) && (status[1] == "" || slices.Contains(b.switches, status[1]))
		}) {
			t.Errorf("%s: no grade names %d, the switch %q and `%s`", name, statusNamed(status[2]), status[1], words)
		}
	}
}

// statusNamed is the status of a name in net/http.
func statusNamed(name string) int {
	for code := 100; code < 600; code++ {
		if text := http.StatusText(code); text != "" && name == "Status"+strings.ReplaceAll(text, " ", "") {
			return code
		}
	}
	return 0
}

var verb = regexp.MustCompile(`%[a-z]`)

func names(text string, status int) bool {
	return regexp.MustCompile(`\b` + strconv.Itoa(status) + `\b`).MatchString(text)
}

var quoted = regexp.MustCompile("`([^`]+)`")

// quotes says whether a behaviour's text has the words of a refusal; "…" stands for any.
func quotes(text, words string) bool {
	for _, match := range quoted.FindAllStringSubmatch(text, -1) {
		if pattern := strings.ReplaceAll(regexp.QuoteMeta(match[1]), "…", ".*"); regexp.MustCompile("^" + pattern + "$").MatchString(words) {
			return true
		}
	}
	return false
}

// page is BEHAVIOUR.md.
func (s *source) page(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What the simulator does, and who says so\n\n<!-- Written by make generate, from the comments in the code. -->\n\n" +
		"Each row is one behaviour of this package. Where Neon's texts leave a question open, a switch chooses another answer: a field of `neontest.Switches`,\n" +
		"here by its name in JSON, as `POST /_sim/config` takes it. A test fails if a call, the shape of an answer or a refusal of the simulator is in no row.\n\n" +
		"| Grade | means | behaviours |\n|---|---|--:|\n")
	count := map[string]int{}
	for _, behaviour := range s.behaviours {
		count[behaviour.grade]++
	}
	for _, grade := range grades {
		fmt.Fprintf(&b, "| %s | %s | %d |\n", grade.name, grade.means, count[grade.name])
	}
	fmt.Fprintf(&b, "| | | %d |\n", len(s.behaviours))
	rows := 0
	for _, topic := range topics {
		fmt.Fprintf(&b, "\n## %s\n\n[%s](%s)\n\n| What | Grade | Switch |\n|---|---|---|\n", topic.title, topic.file, topic.file)
		for _, behaviour := range s.behaviours {
			if behaviour.file == topic.file {
				rows++
				fmt.Fprintf(&b, "| %s | %s | %s |\n", sentence(behaviour.text), behaviour.grade, switchNames(behaviour.switches))
			}
		}
	}
	if rows != len(s.behaviours) {
		t.Errorf("%d behaviours, but %d are in the files that have a topic", len(s.behaviours), rows)
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
