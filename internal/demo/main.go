// Command demo shows the provider at work: real Terraform applies examples/complete to a simulated organization,
// changes it, meets what people do by hand, and destroys it. Nothing leaves the machine and nothing is left on it.
//
// Every step is checked by Terraform's exit code, by what it prints and by the simulator's state; the first that is
// not as announced ends the demo with exit code 1.
//
// It is started by "make demo" in the root of the repository; the environment variable TERRAFORM names the Terraform
// or OpenTofu to use.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "\nThe demo failed:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	started := time.Now()
	d, err := prepare(ctx)
	defer func() { err = errors.Join(err, d.cleanUp()) }()
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted while preparing")
	case err != nil:
		return fmt.Errorf("preparing: %w", err)
	}

	for i, s := range story {
		title := fmt.Sprintf("%d. %s", i+1, s.title)
		fmt.Printf("\n%s\n\n", d.bold("━━ "+title))
		if err := s.play(ctx, d); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted in step %s", title)
			}
			return fmt.Errorf("step %s: %w", title, err)
		}
	}
	fmt.Printf("\n%d steps, all as announced, in %d s.\n", len(story), int(time.Since(started).Seconds()))
	return nil
}
