// Command bench measures what the provider costs: real Terraform applies, plans and destroys N resources of each kind
// against a simulated organization, with and without Neon's published limits, beside N terraform_data resources,
// which are Terraform's own floor; with the state in a file and, as teams have it, behind HTTP. It prints Markdown.
//
// It is started by "make bench" in the root of the repository; the environment variable TERRAFORM names the Terraform
// or OpenTofu to use. Counts are exact; times are those of this machine, and ratios compare times of one run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	sizesFlag := flag.String("n", "10,100,500", "numbers of resources")
	only := flag.String("limits", "both", `"on": only with Neon's limits; "off": only without; "both"`)
	kindsFlag := flag.String("kinds", "", "kinds to measure, comma-separated; default: all")
	rounds := flag.Int("plans", 3, "how often a plan is repeated; the fastest counts")
	state := flag.String("state", "both", `"local": only with Terraform's state in a file; "http": only with a remote one; "both"`)
	organization := flag.Int("members", 0, "members of the organization in addition to the managed ones")
	parallelism := flag.Int("parallelism", 10, "Terraform's -parallelism")
	flag.Parse()
	sizes, err := numbers(*sizesFlag)
	if err != nil {
		return err
	}
	kinds, err := choose(*kindsFlag)
	if err != nil {
		return err
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b, err := prepare(ctx)
	if b != nil {
		defer func() { err = errors.Join(err, os.RemoveAll(b.folder)) }()
	}
	if err != nil {
		return err
	}
	b.rounds, b.organization, b.parallelism = max(1, *rounds), *organization, *parallelism
	if err := b.reportProvider(ctx); err != nil {
		return err
	}
	for _, in := range []setting{{}, {remote: true}, {limits: true}} {
		if in.limits && *only == "off" || !in.limits && *only == "on" || in.remote && *state == "local" || !in.remote && *state == "http" {
			continue
		}
		var rows []row
		for _, n := range sizes {
			measured, err := b.measure(ctx, kinds, n, in)
			if err != nil {
				return err
			}
			rows = append(rows, measured...)
		}
		report(rows, in)
	}
	return nil
}

func numbers(list string) (sizes []int, err error) {
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-n: %q is not a number of resources", word)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}
