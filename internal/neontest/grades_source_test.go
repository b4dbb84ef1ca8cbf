package neontest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type behaviour struct {
	grade, text string
	switches    []string // fields of neontest.Switches that change it
	file        string
	at          token.Pos
}

// source is the simulator's own code.
type source struct {
	files      *token.FileSet
	parsed     map[string]*ast.File
	behaviours []behaviour
	consts     map[string]string // the texts of refusals, by name
}

func readSource(t *testing.T) *source {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	s := &source{files: token.NewFileSet(), parsed: map[string]*ast.File{}, consts: map[string]string{}}
	for _, name := range names {
		if name == "doc.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.files, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		s.parsed[name] = file
		s.readConsts(file)
	}
	for name, file := range s.parsed {
		for _, group := range file.Comments {
			s.readComment(t, name, file, group)
		}
	}
	slices.SortStableFunc(s.behaviours, func(a, b behaviour) int { return int(a.at - b.at) })
	return s
}

func (s *source) readConsts(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, is := n.(*ast.ValueSpec); is && len(spec.Values) == 1 {
			if literal, is := spec.Values[0].(*ast.BasicLit); is && literal.Kind == token.STRING {
				s.consts[spec.Names[0].Name], _ = strconv.Unquote(literal.Value)
			}
		}
		return true
	})
}

var (
	gradeLine = regexp.MustCompile(`^// grade: (spec|docs|sdk|seen|guess) — (\S.*)$`)
	switchEnd = regexp.MustCompile(`: ((?:Switches\.\w+(?:, )?)+)\.$`)
)

// readComment finds the behaviours in a comment. One goes on until the next one, an empty line or the end.
func (s *source) readComment(t *testing.T, name string, file *ast.File, group *ast.CommentGroup) {
	t.Helper()
	var found []behaviour
	open := false
	for _, line := range group.List {
		switch match := gradeLine.FindStringSubmatch(line.Text); {
		case match != nil:
			found, open = append(found, behaviour{grade: match[1], text: match[2], file: name, at: line.Pos()}), true
		case strings.Contains(line.Text, "grade:"):
			t.Errorf("%s: %s", s.files.Position(line.Pos()), line.Text)
		case strings.TrimSpace(line.Text) == "//":
			open = false
		case open:
			found[len(found)-1].text += " " + strings.TrimSpace(strings.TrimPrefix(line.Text, "//"))
		}
	}
	for _, b := range found {
		if match := switchEnd.FindStringSubmatch(b.text); match != nil {
			b.text = strings.TrimSuffix(b.text, match[0]) + "."
			for name := range strings.SplitSeq(match[1], ", ") {
				b.switches = append(b.switches, strings.TrimPrefix(name, "Switches."))
			}
		}
		if !strings.HasSuffix(b.text, ".") || strings.Contains(b.text, "Switches.") {
			t.Errorf("%s: a behaviour ends with a full stop, and before it with its switches, if any: %s", s.files.Position(b.at), b.text)
		}
		b.text = strings.TrimSuffix(b.text, ".")
		if calls := callsBelow(file, group); calls != nil {
			for _, call := range calls {
				b.text = "`" + call + "`"
				s.behaviours = append(s.behaviours, b)
			}
			continue
		}
		if words := s.wordsBelow(file, group); words != "" {
			b.text += " `" + words + "`"
		}
		s.behaviours = append(s.behaviours, b)
	}
}

// wordsBelow are the words of the constant that a comment stands above.
func (s *source) wordsBelow(file *ast.File, group *ast.CommentGroup) (words string) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			if n.Doc == group && n.Tok == token.CONST && !n.Lparen.IsValid() {
				words = s.consts[n.Specs[0].(*ast.ValueSpec).Names[0].Name]
			}
		case *ast.ValueSpec:
			if n.Doc == group {
				words = s.consts[n.Names[0].Name]
			}
		}
		return words == ""
	})
	return words
}

// routesOf is the list of routes, if it is in this file.
func routesOf(file *ast.File) (routes *ast.CompositeLit) {
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, is := n.(*ast.ValueSpec); is && spec.Names[0].Name == "routes" && len(spec.Values) == 1 {
			routes, _ = spec.Values[0].(*ast.CompositeLit)
		}
		return routes == nil
	})
	return routes
}

// callsBelow lists the routes between a comment in the list of routes and the next one.
func callsBelow(file *ast.File, group *ast.CommentGroup) (calls []string) {
	list := routesOf(file)
	if list == nil || group.Pos() < list.Pos() || group.Pos() > list.End() {
		return nil
	}
	end := list.End()
	for _, other := range file.Comments {
		if other.Pos() > group.Pos() && other.Pos() < end {
			end = other.Pos()
		}
	}
	for _, route := range list.Elts {
		if route.Pos() > group.Pos() && route.Pos() < end {
			fields := route.(*ast.CompositeLit).Elts
			method, _ := strconv.Unquote(fields[0].(*ast.BasicLit).Value)
			path, _ := strconv.Unquote(fields[1].(*ast.BasicLit).Value)
			calls = append(calls, method+" "+path)
		}
	}
	return calls
}

// within are the behaviours in a piece of code and the comment above it.
func (s *source) within(doc *ast.CommentGroup, n ast.Node) (found []behaviour) {
	start := n.Pos()
	if doc != nil {
		start = doc.Pos()
	}
	for _, b := range s.behaviours {
		if b.at >= start && b.at < n.End() {
			found = append(found, b)
		}
	}
	return found
}
