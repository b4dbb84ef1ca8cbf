package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// summaryArgument is where the summary stands among the arguments of what makes a diagnostic.
var summaryArgument = map[string]int{
	"AddError": 0, "AddWarning": 0, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "failure": 0,
	"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1, "problem": 1,
}

var verb = regexp.MustCompile(`%(\[\d+\])?[a-z]|…+`)

// summaries are the texts that an expression can have, with … for what is known only at run time.
func summaries(e ast.Expr, assigned map[string][]ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return []string{verb.ReplaceAllString(text, "…")}
	case *ast.BinaryExpr:
		var all []string
		for _, left := range summaries(e.X, nil) {
			for _, right := range summaries(e.Y, nil) {
				all = append(all, left+right)
			}
		}
		return all
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return summaries(e.Args[0], assigned)
		}
	case *ast.Ident:
		var all []string
		for _, value := range assigned[e.Name] {
			all = append(all, summaries(value, nil)...)
		}
		if all != nil {
			return all
		}
	}
	return []string{"…"}
}

// messagesOfProvider are the summaries of all errors and warnings in the code, and the file of each.
func messagesOfProvider(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		assigned := map[string][]ast.Expr{}
		ast.Inspect(tree, func(n ast.Node) bool {
			if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
				for i, left := range a.Lhs {
					if name, ok := left.(*ast.Ident); ok && (a.Tok == token.DEFINE || a.Tok == token.ASSIGN) {
						assigned[name.Name] = append(assigned[name.Name], a.Rhs[i])
					}
				}
			}
			return true
		})
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.SelectorExpr:
				name = f.Sel.Name
			case *ast.Ident:
				name = f.Name
			}
			if at, ok := summaryArgument[name]; ok && at < len(call.Args) {
				for _, text := range summaries(call.Args[at], assigned) {
					if text = verb.ReplaceAllString(text, "…"); text != "…" { // the caller's, and found there
						found[text] = file
					}
				}
			}
			return true
		})
	}
	return found
}

// TestEveryMessageIsExplained compares the messages in the code with the guide to them.
func TestEveryMessageIsExplained(t *testing.T) {
	t.Parallel()
	const guide = "../../templates/guides/troubleshooting.md"
	raw, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(raw), -1) {
		explained[row[1]] = true
	}
	messages := messagesOfProvider(t)
	if len(messages) < 60 {
		t.Errorf("only %d messages were found in the code", len(messages))
	}
	for _, message := range slices.Sorted(maps.Keys(messages)) {
		if !explained[message] {
			t.Errorf("%s is missing a row for %q (%s)", guide, message, messages[message])
		}
	}
	for message := range explained {
		if messages[message] == "" {
			t.Errorf("%s explains %q, which no code says", guide, message)
		}
	}
}
