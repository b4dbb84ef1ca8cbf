package neontest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGrades holds the comments that say where a behaviour comes from to one form, so that a table can be made of them.
func TestGrades(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^\t*// grade: (spec|docs|sdk|seen|guess) — \S.*$`)
	graded := 0
	for _, file := range files {
		if file == "doc.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if !strings.Contains(line, "grade:") {
				continue
			}
			graded++
			if !form.MatchString(line) {
				t.Errorf("%s:%d: %s", file, i+1, strings.TrimSpace(line))
			}
		}
	}
	if graded < 80 {
		t.Errorf("only %d behaviours have a grade", graded)
	}
}
