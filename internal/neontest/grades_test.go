package neontest_test

import (
	"flag"
	"fmt"
	"go/ast"
	"net/http"
	"os"
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
	{"state.go", "Tokens"},
}

// TestGrades holds the simulator to saying where each behaviour comes from, and BEHAVIOUR.md to saying what the code says.
func TestGrades(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	s.checkSwitches(t)
	for _, file := range s.parsed {
		if list := routesOf(file); list != nil {
			if before := s.within(nil, list); len(before) == 0 || before[0].at > list.Elts[0].Pos() {
				t.Errorf("%s: the first route has no grade above it", s.files.Position(list.Pos()))
			}
		}
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				s.checkFunction(t, d)
			case *ast.GenDecl:
				s.checkDeclaration(t, d)
			}
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
				t.Errorf("%s: there is no Switches.%s", s.files.Position(b.at), name)
			}
			if b.grade != "guess" {
				t.Errorf("%s: what can be switched is a guess", s.files.Position(b.at))
			}
		}
	}
}

// checkDeclaration: what is in an answer has a grade, and so has what a kind of key may do, each call and each refusal's words.
func (s *source) checkDeclaration(t *testing.T, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if name := spec.Name.Name; strings.HasSuffix(name, "Body") && len(s.within(d.Doc, spec)) == 0 {
				t.Errorf("%s: %s has no grade", s.files.Position(spec.Pos()), name)
			}
		case *ast.ValueSpec:
			name := spec.Names[0].Name
			graded := len(s.within(spec.Doc, spec)) > 0 || !d.Lparen.IsValid() && len(s.within(d.Doc, spec)) > 0
			if !graded && (strings.HasPrefix(name, "says") || isAccess(spec)) {
				t.Errorf("%s: %s has no grade", s.files.Position(spec.Pos()), name)
			}
		}
	}
}

func isAccess(spec *ast.ValueSpec) bool {
	if len(spec.Values) != 1 {
		return false
	}
	literal, is := spec.Values[0].(*ast.CompositeLit)
	if !is {
		return false
	}
	name, is := literal.Type.(*ast.Ident)
	return is && name.Name == "access"
}

// checkFunction: a handler has a grade, and so has each refusal and each status but 200.
func (s *source) checkFunction(t *testing.T, f *ast.FuncDecl) {
	t.Helper()
	here := s.within(f.Doc, f)
	if f.Recv != nil && f.Type.Results != nil && len(f.Type.Results.List) == 1 && len(f.Type.Params.List) == 0 && len(here) == 0 {
		if name, is := f.Type.Results.List[0].Type.(*ast.Ident); is && name.Name == "answer" {
			t.Errorf("%s: %s has no grade", s.files.Position(f.Pos()), f.Name.Name)
		}
	}
	statuses := map[string]ast.Expr{} // what local variables were made of
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if name, is := left.(*ast.Ident); is && i < len(n.Rhs) {
					statuses[name.Name] = n.Rhs[i]
				}
			}
		case *ast.CallExpr:
			if name, is := n.Fun.(*ast.Ident); is && name.Name == "refuse" {
				s.checkRefusal(t, n, here, statuses)
			}
		case *ast.CompositeLit:
			s.checkStatus(t, n, here)
		}
		return true
	})
}

// checkRefusal: some grade names the refusal's status beside its words; or one of this function, the status and the switch.
func (s *source) checkRefusal(t *testing.T, call *ast.CallExpr, here []behaviour, variables map[string]ast.Expr) {
	t.Helper()
	status, switched := statusOf(call.Args[0], variables)
	if _, exists := reflect.TypeFor[neontest.Switches]().FieldByName(switched); status == 0 || switched != "" && !exists {
		return // a fault's, which a test chooses
	}
	words := s.wordsOf(call.Args[1])
	for _, b := range s.behaviours {
		if names(b.text, status) && quotes(b.text, words) && (switched == "" || slices.Contains(b.switches, switched)) {
			return
		}
	}
	for _, b := range here {
		if names(b.text, status) && (words == "…" || switched != "" && slices.Contains(b.switches, switched)) {
			return
		}
	}
	t.Errorf("%s: no grade names %d, the switch %q and `%s`", s.files.Position(call.Pos()), status, switched, words)
}

// checkStatus: a function that answers something else than 200 says so in a grade.
func (s *source) checkStatus(t *testing.T, literal *ast.CompositeLit, here []behaviour) {
	t.Helper()
	if name, is := literal.Type.(*ast.Ident); !is || name.Name != "answer" {
		return
	}
	for _, element := range literal.Elts {
		if pair, is := element.(*ast.KeyValueExpr); is && pair.Key.(*ast.Ident).Name == "status" {
			status, _ := statusOf(pair.Value, nil)
			if status != 0 && status != http.StatusOK && !slices.ContainsFunc(here, func(b behaviour) bool { return names(b.text, status) }) {
				t.Errorf("%s: no grade names %d", s.files.Position(pair.Pos()), status)
			}
		}
	}
}

// statusOf reads http.StatusX, orElse(c.s.cfg.Switch, http.StatusX), or a variable that was made so.
func statusOf(e ast.Expr, variables map[string]ast.Expr) (status int, switched string) {
	switch e := e.(type) {
	case *ast.Ident:
		if made := variables[e.Name]; made != nil {
			return statusOf(made, nil)
		}
	case *ast.CallExpr:
		if name, is := e.Fun.(*ast.Ident); is && name.Name == "orElse" {
			status, _ = statusOf(e.Args[1], nil)
			return status, e.Args[0].(*ast.SelectorExpr).Sel.Name
		}
	case *ast.SelectorExpr:
		for code := 100; code < 600; code++ {
			if e.Sel.Name == "Status"+strings.ReplaceAll(http.StatusText(code), " ", "") {
				return code, ""
			}
		}
	}
	return 0, ""
}

var verb = regexp.MustCompile(`%[a-z]`)

// wordsOf is a refusal's message, with "…" for what is filled in.
func (s *source) wordsOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return s.consts[e.Name]
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return verb.ReplaceAllString(strings.ReplaceAll(text, "%q", `"…"`), "…")
	}
	return "…"
}

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
