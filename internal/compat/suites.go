package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// suite is the tests of a package that start a real Terraform.
type suite struct {
	pkg   string // as in ./internal/provider
	tests []string
	marks []string // features that the tests name
}

// acceptanceTests finds, in the code below a folder, the tests that start a real Terraform: those that come, through
// whatever they call in their package, to terraform-plugin-testing or to the environment variable TF_ACC.
func acceptanceTests(root string) (suites []suite, err error) {
	packages := map[string][]*ast.File{}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil || tagged(file) {
			return err
		}
		folder := filepath.Dir(path)
		packages[folder] = append(packages[folder], file)
		return nil
	})
	for folder, files := range packages {
		if s := newSuite(folder, files); len(s.tests) > 0 {
			suites = append(suites, s)
		}
	}
	slices.SortFunc(suites, func(a, b suite) int { return strings.Compare(a.pkg, b.pkg) })
	return suites, err
}

// tagged says whether a file is compiled for a tag of ours only.
func tagged(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if constraint, is := strings.CutPrefix(comment.Text, "//go:build "); is && comment.Pos() < file.Package {
				return constraint != "unix"
			}
		}
	}
	return false
}

func newSuite(folder string, files []*ast.File) suite {
	s := suite{pkg: "./" + filepath.ToSlash(folder)}
	if folder == "." {
		s.pkg = "."
	}
	mentions := map[string]map[string]bool{} // by what is declared in the package
	starts := map[string]bool{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			for name, node := range declared(declaration) {
				if mentions[name] == nil {
					mentions[name] = map[string]bool{}
				}
				var look func(ast.Node) bool
				look = func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.Ident:
						mentions[name][n.Name] = true
					case *ast.KeyValueExpr: // a field's name is no mention
						ast.Inspect(n.Value, look)
						return false
					case *ast.SelectorExpr: // nor is a method's
						ast.Inspect(n.X, look)
						if x, is := n.X.(*ast.Ident); is && x.Name == "resource" && slices.Contains([]string{"Test", "ParallelTest", "UnitTest"}, n.Sel.Name) {
							starts[name] = true
						}
						return false
					case *ast.BasicLit:
						if n.Value == `"TF_ACC"` {
							starts[name] = true
						}
					case *ast.CallExpr:
						s.marks = append(s.marks, featuresIn(n)...)
					}
					return true
				}
				ast.Inspect(node, look)
			}
		}
	}
	for grows := true; grows; {
		grows = false
		for name, mentioned := range mentions {
			for other := range mentioned {
				if starts[other] && !starts[name] {
					starts[name], grows = true, true
				}
			}
		}
	}
	for name := range starts {
		if strings.HasPrefix(name, "Test") && name != "TestMain" {
			s.tests = append(s.tests, name)
		}
	}
	slices.Sort(s.tests)
	return s
}

// declared are the names that a declaration declares, with what stands behind them.
func declared(declaration ast.Decl) map[string]ast.Node {
	names := map[string]ast.Node{}
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Body != nil {
			names[d.Name.Name] = d.Body
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if value, is := spec.(*ast.ValueSpec); is {
				for _, name := range value.Names {
					names[name.Name] = value
				}
			}
		}
	}
	return names
}

// featuresIn reads t.Attr("feature", "...").
func featuresIn(call *ast.CallExpr) []string {
	selector, is := call.Fun.(*ast.SelectorExpr)
	if !is || selector.Sel.Name != "Attr" || len(call.Args) != 2 {
		return nil
	}
	key, isText := call.Args[0].(*ast.BasicLit)
	value, isText2 := call.Args[1].(*ast.BasicLit)
	if !isText || !isText2 || key.Value != `"feature"` {
		return nil
	}
	text, _ := strconv.Unquote(value.Value)
	return []string{text}
}
