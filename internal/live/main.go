// Command live runs the provider against a real Neon organization, as far as that is harmless, and prints a report in
// Markdown: what worked, what Neon answers where its texts leave a question open, and where it does otherwise than the
// simulator. It makes API keys and revokes them, invites one address if one is given, and removes and demotes nobody.
//
// It is started by "make testlive", which says what to set. Its tests run the same scenarios against the simulator.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	check := flag.Bool("check", false, "only look whether the environment says what is needed")
	flag.Parse()
	settings, err := readSettings(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if *check {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, settings)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nThe live run failed:", err)
		os.Exit(1)
	}
}

// run lives through all scenarios and prints the report.
func run(ctx context.Context, s settings) (err error) {
	folder, err := os.MkdirTemp("", "neon-live-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	tools, err := prepare(ctx, folder)
	if err != nil {
		return err
	}
	v, err := newVisit(s, tools, os.Stderr)
	if err != nil {
		return err
	}
	defer v.gate.close()
	err = v.live(ctx)
	fmt.Print(v.report())
	return err
}
