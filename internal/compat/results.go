package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

const (
	passedTest  = "pass"
	failedTest  = "fail"
	skippedTest = "skip"
)

// result is what became of the tests with one Terraform.
type result struct {
	cli   cli
	log   string
	took  time.Duration
	tests map[testName]*tested
}

// testName is a test, or with a slash a subtest; without a name it is the package.
type testName struct{ pkg, name string }

func (n testName) String() string {
	return strings.TrimSuffix(strings.TrimPrefix(n.pkg, "github.com/dcbae579/terraform-provider-neon/")+"."+n.name, ".")
}

// tested is what became of a test.
type tested struct {
	outcome  string
	features []string
	why      string // it was skipped
}

// test runs the acceptance tests.
func test(ctx context.Context, c cli, suites []suite) (*result, error) {
	var packages, tests []string
	for _, s := range suites {
		packages, tests = append(packages, s.pkg), append(tests, s.tests...)
	}
	r := &result{cli: c, log: filepath.Join(logs, c.name+".json"), tests: map[testName]*tested{}}
	log, err := os.Create(r.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	args := []string{"go", "test", "-json", "-count=1", "-timeout=60m", "-run=^(" + strings.Join(tests, "|") + ")$"}
	cmd := exec.CommandContext(ctx, "internal/tools/terraform.sh", append(args, packages...)...)
	cmd.Env = append(os.Environ(), "TERRAFORM="+c.path, "TF_ACC=1")
	cmd.Stdout, cmd.Stderr = log, log
	terraform.EndWithUs(cmd)
	cmd.WaitDelay = 15 * time.Second
	started := time.Now()
	err = cmd.Run()
	r.took = time.Since(started)
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return nil, err
	}
	if ctx.Err() != nil {
		terraform.EndRest(cmd)
		return nil, errors.New("interrupted")
	}
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if err := r.read(log); err != nil {
		return nil, err
	}
	if err != nil && len(r.names(failedTest)) == 0 || len(r.tests) == 0 {
		return nil, fmt.Errorf("the tests did not run: see %s", r.log)
	}
	return r, nil
}

// event is a line of "go test -json".
type event struct {
	Action  string `json:"Action"`
	Package string `json:"Package"`
	Test    string `json:"Test"`
	Output  string `json:"Output"`
	Key     string `json:"Key"`
	Value   string `json:"Value"`
}

// message is a line that a test prints with t.Log or t.Skip.
var message = regexp.MustCompile(`^\s+\w+\.go:\d+: (.+)$`)

// read takes in the output of "go test -json".
func (r *result) read(log io.Reader) error {
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var e event
		if json.Unmarshal(line, &e) != nil {
			continue // what the wrapper says
		}
		if e.Test == "" && e.Action != failedTest {
			continue // of packages, only that they failed: they may not have come to their tests
		}
		name := testName{e.Package, e.Test}
		t := r.tests[name]
		if t == nil {
			t = &tested{}
			r.tests[name] = t
		}
		switch e.Action {
		case "attr":
			if e.Key == "feature" {
				t.features = append(t.features, e.Value)
			}
		case "output":
			if match := message.FindStringSubmatch(strings.TrimRight(e.Output, "\n")); match != nil {
				t.why = match[1]
			}
		case passedTest, failedTest, skippedTest:
			t.outcome = e.Action
		}
	}
	r.fold()
	return nil
}

// fold makes one of a test that passed because all of its subtests skipped themselves.
func (r *result) fold() {
	subtests := map[testName][]testName{}
	for name := range r.tests {
		if parent, _, is := strings.Cut(name.name, "/"); is {
			test := testName{name.pkg, parent}
			subtests[test] = append(subtests[test], name)
		}
	}
	for name, below := range subtests {
		test := r.tests[name]
		if test == nil || slices.ContainsFunc(below, func(sub testName) bool { return r.tests[sub].outcome != skippedTest }) {
			continue
		}
		test.outcome, test.why = skippedTest, r.tests[below[0]].why
		for _, sub := range below {
			delete(r.tests, sub)
		}
	}
}

// names are the tests with an outcome, sorted.
func (r *result) names(outcome string) (names []testName) {
	for name, t := range r.tests {
		if t.outcome == outcome {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b testName) int { return strings.Compare(a.String(), b.String()) })
	return names
}

func (r *result) summary() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", len(r.names(passedTest)), len(r.names(failedTest)), len(r.names(skippedTest)))
}
