package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestArchitectureNamesWhatThereIs holds the table of rules to the code: each row names one file that exists, and
// functions that are in it.
func TestArchitectureNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(raw), "## Rules and files")
	rows := regexp.MustCompile("(?m)^\\| (.+) \\| `([a-z_/]+\\.go)` \\| (.*)\\|$").FindAllStringSubmatch(table, -1)
	if len(rows) < 30 {
		t.Fatalf("only %d rules were found", len(rows))
	}
	word := regexp.MustCompile("^`([A-Za-z]+)`(?:, |$)")
	for _, row := range rows {
		code, err := os.ReadFile(filepath.Join("..", row[2]))
		if err != nil {
			t.Errorf("%s: %v", row[1], err)
			continue
		}
		rest := strings.TrimSpace(row[3])
		rest, _, _ = strings.Cut(rest, ";")
		for name := word.FindStringSubmatch(rest); name != nil; name = word.FindStringSubmatch(rest) {
			declared := regexp.MustCompile(`(?m)^(func (\([^)]*\) )?|type )` + name[1] + `\b`)
			if !declared.Match(code) {
				t.Errorf("%s: %s has no %s", row[1], row[2], name[1])
			}
			rest = rest[len(name[0]):]
		}
	}
	// What is said in passing exists too.
	for _, name := range regexp.MustCompile("`((?:provider|neon)/[a-z_]+\\.go)`").FindAllStringSubmatch(table, -1) {
		if _, err := os.Stat(filepath.Join("..", name[1])); err != nil {
			t.Error(err)
		}
	}
}
