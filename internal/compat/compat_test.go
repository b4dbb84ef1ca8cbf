package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What "go test -json" prints, cut down.
const logOfTwoTests = `Using Terraform v1.5.7 (/usr/local/bin/terraform)
{"Action":"start","Package":"example.com/p"}
{"Action":"run","Package":"example.com/p","Test":"TestA"}
{"Action":"attr","Package":"example.com/p","Test":"TestA","Key":"feature","Value":"data sources"}
{"Action":"output","Package":"example.com/p","Test":"TestA","Output":"    a_test.go:12: something else\n"}
{"Action":"pass","Package":"example.com/p","Test":"TestA","Elapsed":1}
{"Action":"run","Package":"example.com/p","Test":"TestB"}
{"Action":"attr","Package":"example.com/p","Test":"TestB","Key":"feature","Value":"list resources"}
{"Action":"attr","Package":"example.com/p","Test":"TestB","Key":"feature","Value":"data sources"}
{"Action":"output","Package":"example.com/p","Test":"TestB","Output":"    b_test.go:3: Terraform CLI version 1.5.7 is below minimum version 1.14.0: skipping test\n"}
{"Action":"skip","Package":"example.com/p","Test":"TestB","Elapsed":0}
{"Action":"run","Package":"example.com/p","Test":"TestC"}
{"Action":"run","Package":"example.com/p","Test":"TestC/sub"}
{"Action":"attr","Package":"example.com/p","Test":"TestC/sub","Key":"feature","Value":"interrupts"}
{"Action":"fail","Package":"example.com/p","Test":"TestC/sub","Elapsed":0}
{"Action":"pass","Package":"example.com/p","Test":"TestC","Elapsed":0}
{"Action":"run","Package":"example.com/p","Test":"TestD"}
{"Action":"attr","Package":"example.com/p","Test":"TestD","Key":"feature","Value":"moved blocks"}
{"Action":"run","Package":"example.com/p","Test":"TestD/one"}
{"Action":"output","Package":"example.com/p","Test":"TestD/one","Output":"    d_test.go:3: too old\n"}
{"Action":"skip","Package":"example.com/p","Test":"TestD/one","Elapsed":0}
{"Action":"run","Package":"example.com/p","Test":"TestD/two"}
{"Action":"output","Package":"example.com/p","Test":"TestD/two","Output":"    d_test.go:3: too old\n"}
{"Action":"skip","Package":"example.com/p","Test":"TestD/two","Elapsed":0}
{"Action":"pass","Package":"example.com/p","Test":"TestD","Elapsed":0}
{"Action":"fail","Package":"example.com/p"}
`

func TestReport(t *testing.T) {
	t.Parallel()
	r := &result{cli: cli{name: "terraform-1.5.7"}, tests: map[testName]*tested{}}
	if err := r.read(strings.NewReader(logOfTwoTests)); err != nil {
		t.Fatal(err)
	}
	table := report([]*result{r})
	for _, line := range []string{
		"| | Terraform 1.5.7 |", "| resources | ✓ 1 |", "| data sources | ✓ 1, 1 skipped |", "| list resources | – |", "| interrupts | **1 failed**, 0 passed |", "| moved blocks | – |", "- Terraform 1.5.7, `TestD`: too old",
		"- Terraform 1.5.7, `TestB`: Terraform CLI version 1.5.7 is below minimum version 1.14.0: skipping test",
	} {
		if !slices.Contains(strings.Split(table, "\n"), line) {
			t.Errorf("no line %q in\n%s", line, table)
		}
	}
	if strings.Contains(table, "import blocks") {
		t.Errorf("there is a row for what no test names:\n%s", table)
	}
	if got := r.summary(); got != "2 passed, 2 failed, 2 skipped" { // the package counts as failed too
		t.Error(got)
	}
}

func TestOrderOfTheCLIs(t *testing.T) {
	t.Parallel()
	names := []string{"opentofu-1.12.6", "terraform-1.11.4", "opentofu-1.6.3", "terraform-1.5.7", "terraform-1.17.0-dev"}
	slices.SortFunc(names, compareNames)
	if want := []string{"terraform-1.5.7", "terraform-1.11.4", "terraform-1.17.0-dev", "opentofu-1.6.3", "opentofu-1.12.6"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

func ourSuites(t *testing.T) []suite {
	t.Helper()
	suites, err := acceptanceTests(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return suites
}

// The tests that start a Terraform are found, also through what they call, and others are not.
func TestSuitesAreFound(t *testing.T) {
	t.Parallel()
	suites := ourSuites(t)
	found := map[string]bool{}
	for _, s := range suites {
		for _, name := range s.tests {
			found[name] = true
		}
		for _, mark := range s.marks {
			if !slices.Contains(features, mark) {
				t.Errorf("a test in %s names the feature %q, which has no row", s.pkg, mark)
			}
		}
	}
	for name, starts := range map[string]bool{
		"TestMemberLifeCycle": true, "TestExamplesOfGuides": true, "TestInterruptWhileWaiting": true, "TestLiveRunOnTheSimulator": true, "TestPrintsWhatTerraformPrints": true,
		"TestHistories": false, "TestFaultMatrix": false, "TestGrades": false, "TestMain": false,
	} {
		if found[name] != starts {
			t.Errorf("%s starts a Terraform: %t, want %t", name, found[name], starts)
		}
	}
}

// The guide has a row for each feature that a test names: else "make compat" has not run since.
func TestTheGuideHasEveryFeature(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(guide)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range ourSuites(t) {
		for _, feature := range append(s.marks, standard) {
			if !strings.Contains(string(text), "\n| "+feature+" |") {
				t.Errorf("no row for %q: run make compat", feature)
			}
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "guide.md")
	for _, text := range []string{"before\n" + begin + end + "after\n", "before\n" + begin + "\nold\n\n" + end + "after\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := write(path, "new\n"); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != "before\n"+begin+"\nnew\n\n"+end+"after\n" {
			t.Errorf("got %q", got)
		}
	}
	if err := os.WriteFile(path, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if write(path, "new\n") == nil {
		t.Error("a file without marks is written")
	}
}
