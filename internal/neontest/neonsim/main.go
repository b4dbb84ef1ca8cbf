// Command neonsim serves a simulator of Neon's API on the loopback interface. It runs a command that finds the
// simulator in its environment, and ends with it:
//
//	neonsim terraform plan
//
// Without a command it prints how to reach it:
//
//	neonsim > sim.env &
//	. ./sim.env
//
// With -copy it is the copy of a real organization, for a rehearsal. It reads the organization that NEON_API_KEY,
// NEON_ORG_ID and NEON_API_HOST name, with GET requests only, runs the command on the copy, and prints the organization
// before and after:
//
//	neonsim -copy terraform apply
//
// Without a command, it ends on SIGINT or SIGTERM, and with -exit-on-stdin-eof when the process that started it is gone.
//
// In addition to Neon's API, it accepts control calls, which need no key and simulate the world around Neon:
//
//	GET    /_sim/state                          everything, without tokens
//	GET    /_sim/requests                       the log; DELETE empties it
//	POST   /_sim/reset                          back to the start; the keys stay
//	POST   /_sim/config      {"latency": "50ms", "limits": true, "invite_again": "add", …}; GET shows all of it
//	POST   /_sim/fault       {"route": "POST /organizations/*/api_keys", "kind": "reset-after", "n": 1, "skip": 0, …};
//	                         GET shows those that wait, DELETE removes them
//	POST   /_sim/accept      {"email": …}       accepts an invitation
//	POST   /_sim/member      {"email": …, "role": …} joins without an invitation
//	PATCH  /_sim/member      {"email": …, "role": …, "new_email": …, "deactivated": true}
//	DELETE /_sim/member      {"email": …}
//	POST   /_sim/invitation  {"email": …, "role": …} invites in the Console; DELETE {"email": …} cancels
//	POST   /_sim/api_key     {"name": …, "project_id": …, "created_by": <e-mail>} makes a key in the Console
//	PATCH  /_sim/api_key     {"id": …, "last_used_at": …, "last_used_from_addr": …}
//	DELETE /_sim/api_key     {"id": …} or {"name": …} revokes it
//	POST   /_sim/project     {"name": …}; PATCH {"project_id": …, "name": …, "integration": "github", "unavailable": true};
//	                         DELETE {"project_id": …}
//	POST   /_sim/grant       {"project_id": …, "email": …, "role": "editor"} grants a role in a project; DELETE takes it away
//	POST   /_sim/spending_limit {"cents": …}; DELETE {} removes it
//	POST   /_sim/vpc_endpoint   {"region_id": …, "vpc_endpoint_id": …, "label": …} assigns it;
//	                         PATCH {…, "state": "accepted", "restricted_projects": [<id>, …]}; DELETE deletes it, for good
//	PATCH  /_sim/organization {"plan": "free"}
//
// Those that change an organization take "org_id" too, the main organization's if it is left out.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.Exited() {
		os.Exit(failed.ExitCode()) // the command has said why
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "neonsim:", err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	var cfg neontest.Config
	flags := flag.NewFlagSet("neonsim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(stderr, "usage: neonsim [flags] [command ...]")
		flags.PrintDefaults()
	}
	address := flags.String("addr", "127.0.0.1:0", "loopback `address` to listen on")
	config := flags.String("config", "", "configuration as `JSON`, the same as POST /_sim/config takes; flags win")
	latency := flags.Duration("latency", 0, "how long each answer takes")
	pageSize := flags.Int("page-size", 0, "most members on a page, whatever the caller asks for; 0 for no cap")
	limits := flags.Bool("limits", false, "enforce Neon's published request limits")
	keys := flags.Bool("keys", false, "set NEON_ORGANIZATION_API_KEY and NEON_PROJECT_API_KEY too")
	fromOriginal := flags.Bool("copy", false, "start as the copy of the organization that NEON_API_KEY, NEON_ORG_ID and NEON_API_HOST "+
		"name, read with GET only; run the command on it, and show what has become of it")
	untilEOF := flags.Bool("exit-on-stdin-eof", false, "end when standard input ends")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *config != "" {
		if err := json.Unmarshal([]byte(*config), &cfg); err != nil {
			return fmt.Errorf("-config: %w", err)
		}
	}
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "latency":
			cfg.Latency = *latency
		case "page-size":
			cfg.MaxPageSize = *pageSize
		case "limits":
			cfg.Limits = *limits
		}
	})
	if err := cfg.Validate(); err != nil {
		return err
	}
	if *fromOriginal && flags.NArg() == 0 {
		return errors.New("-copy needs a command to run on the copy")
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if *untilEOF {
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			stop()
		}()
	}
	sim := neontest.New(cfg)
	if *fromOriginal {
		var err error
		if sim, err = copyOriginal(ctx, cfg, os.Getenv, stderr); err != nil {
			return err
		}
	}
	if err := sim.Listen(*address); err != nil {
		return err
	}
	defer sim.Close()
	if *fromOriginal {
		return rehearse(ctx, sim, flags.Args(), stdin, stdout, stderr)
	}
	exports := []string{"NEON_API_HOST=" + sim.URL(), "NEON_API_KEY=" + sim.PersonalKey(), "NEON_ORG_ID=" + sim.OrgID()}
	if *keys {
		exports = append(exports, "NEON_ORGANIZATION_API_KEY="+sim.OrganizationKey(), "NEON_PROJECT_API_KEY="+sim.ProjectKey())
	}
	if flags.NArg() > 0 {
		return runCommand(flags.Args(), exports, stdin, stdout, stderr)
	}
	if _, err := fmt.Fprintln(stdout, "export "+strings.Join(exports, " ")); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// runCommand runs a command and waits for it. A Ctrl-C in a terminal reaches the command by itself; SIGTERM, which comes
// to this process alone, is passed on.
func runCommand(command, env []string, stdin io.Reader, stdout, stderr io.Writer) error {
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // what the user wants to run, for as long as it takes
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	defer signal.Stop(terminated)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ended:
		case <-terminated:
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
	}()
	return cmd.Wait()
}
