package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// guide is where the table is kept.
const guide = "templates/guides/compatibility.md"

// features are what tests may name, in the order of the table. A test that names none is about resources.
var features = []string{
	"resources",
	"data sources",
	"import command",
	"import blocks",
	"import blocks with for_each",
	"generated configuration",
	"moved blocks",
	"moved blocks across types",
	"removed blocks",
	"ephemeral variables",
	"ephemeral resources",
	"terraform.applying",
	"write-only arguments",
	"import by identity",
	"list resources",
	"interrupts",
}

// standard is the feature of a test that names none.
const standard = "resources"

// counts are the tests of a feature, by outcome.
type counts struct {
	passed, failed, skipped int
	why                     []string
}

// of counts the tests of a feature. Subtests count as their test does, but for what they name themselves.
func (r *result) of(feature string) (c counts) {
	for name, t := range r.tests {
		names := t.features
		if names == nil && name.name != "" && !strings.Contains(name.name, "/") {
			names = []string{standard}
		}
		if !slices.Contains(names, feature) {
			continue
		}
		switch t.outcome {
		case passedTest:
			c.passed++
		case failedTest:
			c.failed++
		case skippedTest:
			c.skipped++
			if !slices.Contains(c.why, t.why) {
				c.why = append(c.why, t.why)
			}
		}
	}
	slices.Sort(c.why)
	return c
}

func (c counts) String() string {
	switch {
	case c.failed > 0:
		return fmt.Sprintf("**%d failed**, %d passed", c.failed, c.passed)
	case c.passed > 0 && c.skipped > 0:
		return fmt.Sprintf("✓ %d, %d skipped", c.passed, c.skipped)
	case c.passed > 0:
		return fmt.Sprintf("✓ %d", c.passed)
	case c.skipped > 0:
		return "–"
	default:
		return "" // no test names it
	}
}

// report is the table of which feature ran where, and the tests that skipped themselves.
func report(results []*result) string {
	var b strings.Builder
	b.WriteString("| |")
	for _, r := range results {
		fmt.Fprintf(&b, " %s |", r.cli.title())
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(results)) + "\n")
	for _, feature := range features {
		var cells []string
		for _, r := range results {
			cells = append(cells, r.of(feature).String())
		}
		if strings.Join(cells, "") != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", feature, strings.Join(cells, " | "))
		}
	}
	b.WriteString("\n✓ with the number of tests that ran and passed; – where all of them skip themselves:\n\n")
	for _, r := range results {
		for _, name := range r.names(skippedTest) {
			fmt.Fprintf(&b, "- %s, `%s`: %s\n", r.cli.title(), name.name, r.tests[name].why)
		}
	}
	return b.String()
}

const (
	begin = "<!-- Written by make compat, from what ran. -->\n"
	end   = "<!-- The end of what make compat writes. -->\n"
)

// write puts the table into a file, between the marks.
func write(path, table string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, found2 := strings.Cut(rest, end)
	if !found || !found2 {
		return fmt.Errorf("%s has no place for the table", path)
	}
	return os.WriteFile(path, []byte(before+begin+"\n"+table+"\n"+end+after), 0o600) // it exists, and keeps its mode
}
