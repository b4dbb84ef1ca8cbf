// Command compat runs the acceptance tests with several versions of Terraform and OpenTofu: the one at hand, the newest
// OpenTofu that the project knows, and the oldest of both that the provider promises to work with. It prints which
// feature ran where, and why not, as Markdown, and writes that into the guide about compatibility.
//
// What the tests exercise they say themselves, with t.Attr("feature", ...). It is started by "make compat" in the root
// of the repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// logs is where the output of the tests is kept.
const logs = ".cache/compat"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "compat:", err)
		os.Exit(1)
	}
}

func run() error {
	only := flag.String("only", "", "only the Terraform or OpenTofu of this name, as in terraform-1.5.7, or opentofu for the newest OpenTofu; nothing is written")
	also := flag.String("also", "", "the path of another Terraform or OpenTofu to test with")
	list := flag.Bool("list", false, "list the tests and the names, and run nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	suites, err := acceptanceTests(".")
	if err != nil {
		return err
	}
	clis, err := find(ctx, *only, *also)
	if err != nil {
		return err
	}
	if *list {
		for _, suite := range suites {
			fmt.Println(suite.pkg, suite.tests)
		}
		for _, c := range clis {
			fmt.Println(c.name, c.path)
		}
		return nil
	}
	if err := os.MkdirAll(logs, 0o750); err != nil {
		return err
	}
	var results []*result
	for _, c := range clis {
		fmt.Fprintf(os.Stderr, "%s: running %d packages … ", c.title(), len(suites))
		r, err := test(ctx, c, suites)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title(), err)
		}
		fmt.Fprintf(os.Stderr, "%s in %s\n", r.summary(), r.took.Round(time.Second))
		results = append(results, r)
	}
	table := report(results)
	fmt.Print(table)
	var failed []error
	for _, r := range results {
		for _, name := range r.names(failedTest) {
			failed = append(failed, fmt.Errorf("%s: %s failed: see %s", r.cli.title(), name, r.log))
		}
	}
	if *only == "" && failed == nil {
		failed = append(failed, write(filepath.FromSlash(guide), table))
	}
	return errors.Join(failed...)
}
