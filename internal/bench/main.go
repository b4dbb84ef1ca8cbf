// Command bench measures what the provider costs: real Terraform applies, plans and destroys N resources of each kind
// against a simulated organization, with and without Neon's published limits, beside N terraform_data resources,
// which are Terraform's own floor. It prints Markdown.
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
	organization := flag.Int("members", 0, "members of the organization besides those that are managed")
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
	s, err := prepare(ctx)
	if s != nil {
		defer func() { err = errors.Join(err, os.RemoveAll(s.folder)) }()
	}
	if err != nil {
		return err
	}
	s.rounds, s.organization, s.parallelism = max(1, *rounds), *organization, *parallelism
	if err := s.reportProvider(ctx); err != nil {
		return err
	}
	for _, limits := range []bool{false, true} {
		if limits && *only == "off" || !limits && *only == "on" {
			continue
		}
		var rows []row
		for _, n := range sizes {
			measured, err := s.measure(ctx, kinds, n, limits)
			if err != nil {
				return err
			}
			rows = append(rows, measured...)
		}
		report(rows, limits)
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
