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
	"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
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

// filledIn are the texts of a format, which may begin with a text that was put together before.
func filledIn(call *ast.CallExpr, at int, assigned map[string][]ast.Expr) []string {
	first := call.Args[at]
	for sum, isSum := first.(*ast.BinaryExpr); isSum; sum, isSum = first.(*ast.BinaryExpr) {
		first = sum.X
	}
	format, isText := first.(*ast.BasicLit)
	if !isText || !strings.HasPrefix(format.Value, `"%s`) || at+1 >= len(call.Args) {
		return summaries(call.Args[at], assigned)
	}
	rest := strings.TrimPrefix(summaries(call.Args[at], nil)[0], "…")
	all := summaries(call.Args[at+1], assigned)
	for i := range all {
		all[i] += rest
	}
	return all
}

// texts are what the functions of a folder's files are called with, and the file of each: the texts that stand among
// the arguments at a place that depends on the function's name.
func texts(t *testing.T, folder string, place func(name string) (int, bool)) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
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
				if pkg, ok := f.X.(*ast.Ident); ok && (pkg.Name == "errors" || strings.HasSuffix(pkg.Name, "validator")) {
					name = pkg.Name + "." + name
				}
			case *ast.Ident:
				name = f.Name
			}
			if at, ok := place(name); ok && at < 0 {
				found[name] = file
			} else if ok && at < len(call.Args) {
				for _, text := range filledIn(call, at, assigned) {
					if text = verb.ReplaceAllString(text, "…"); strings.Trim(text, "…;:() ") != "" { // else the caller's, and found there
						found[text] = file
					}
				}
			}
			return true
		})
	}
	return found
}

// among is a place for texts.
func among(places map[string]int) func(string) (int, bool) {
	return func(name string) (int, bool) {
		at, ok := places[name]
		return at, ok
	}
}

// summaryOfValidator is what the validators of the framework call their errors.
var summaryOfValidator = map[string]string{
	"boolvalidator.ConflictsWith":       "Invalid Attribute Combination",
	"int64validator.AtLeast":            "Invalid Attribute Value",
	"mapvalidator.KeysAre":              "", // what the validators of its keys say
	"mapvalidator.NoNullValues":         "Null Map Value",
	"mapvalidator.SizeAtLeast":          "Invalid Attribute Value",
	"mapvalidator.ValueStringsAre":      "",
	"setvalidator.SizeBetween":          "Invalid Attribute Value",
	"setvalidator.ValueStringsAre":      "",
	"stringvalidator.ExactlyOneOf":      "Invalid Attribute Combination",
	"stringvalidator.LengthAtLeast":     "Invalid Attribute Value Length",
	"stringvalidator.OneOf":             "Invalid Attribute Value Match",
	"stringvalidator.RegexMatches":      "Invalid Attribute Value Match",
	"stringvalidator.UTF8LengthBetween": "Invalid Attribute Value Length",
}

// reasons are the first sentences of what explains a failure: what the function reason returns, and what the function
// failure has of its own.
func reasons(t *testing.T, file string) map[string]string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	sentence := func(text string) {
		first, _, _ := strings.Cut(text, ". ")
		found[strings.TrimSuffix(first, ".")+"."] = file
	}
	for _, d := range tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ReturnStmt:
				if f.Name.Name == "reason" {
					sentence(summaries(n.Results[0], nil)[0])
				}
			case *ast.BinaryExpr, *ast.BasicLit:
				text := summaries(n.(ast.Expr), nil)[0]
				if f.Name.Name == "failure" && strings.Contains(text, ".") && text[0] >= 'A' && text[0] <= 'Z' {
					sentence(text)
					return false
				}
			}
			return true
		})
	}
	if len(found) < 15 {
		t.Errorf("only %d reasons were found in %s", len(found), file)
	}
	return found
}

// everyMessage is all that a user can meet, with the file of each: the summaries of errors and warnings, those of the
// framework's validators, the reasons in the details, and the errors of the client, which end the details.
func everyMessage(t *testing.T) map[string]string {
	t.Helper()
	found := texts(t, ".", among(summaryArgument))
	if len(found) < 60 {
		t.Errorf("only %d summaries were found in the code", len(found))
	}
	for name, file := range texts(t, ".", func(name string) (int, bool) {
		pkg, _, _ := strings.Cut(name, ".")
		return -1, strings.HasSuffix(pkg, "validator") && strings.Contains(name, ".")
	}) {
		summary, known := summaryOfValidator[name]
		if !known {
			t.Errorf("%s uses %s: what is the summary of its error?", file, name)
		}
		if summary != "" {
			found[summary] = file
		}
	}
	maps.Copy(found, reasons(t, "failure.go"))
	client := texts(t, filepath.Join("..", "neon"), among(map[string]int{"errors.New": 0, "Errorf": 0, "wrong": 0}))
	if len(client) < 30 {
		t.Errorf("only %d errors were found in the client", len(client))
	}
	maps.Copy(found, client)
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
	known := everyMessage(t)
	for _, message := range slices.Sorted(maps.Keys(known)) {
		if !explained[message] {
			t.Errorf("%s is missing a row for %q (%s)", guide, message, known[message])
		}
	}
	for message := range explained {
		if known[message] == "" {
			t.Errorf("%s explains %q, which no code says", guide, message)
		}
	}
}
