package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

const neonHost = "https://console.neon.tech/api/v2"

// cannotShow describes the limits of a copy.
const cannotShow = `
A copy cannot show which people have a Neon account and join immediately (here, invited people stay invited), Neon's own
refusals and limits, and changes at Neon since the copy.
`

// copyOriginal reads the original that the environment names, and makes the simulator its copy.
func copyOriginal(ctx context.Context, cfg neontest.Config, getenv func(string) string, log io.Writer) (*neontest.Server, error) {
	key := strings.TrimSpace(getenv("NEON_API_KEY"))
	if key == "" {
		return nil, errors.New("-copy reads the organization with the key in NEON_API_KEY, which is not set")
	}
	host := getenv("NEON_API_HOST")
	if host == "" {
		host = neonHost
	}
	from, err := open(host, key, log)
	if err != nil {
		return nil, err
	}
	from.config = cfg
	if err := from.read(ctx, getenv("NEON_ORG_ID")); err != nil {
		return nil, err
	}
	o := from.copy.Organization
	_, _ = fmt.Fprintf(log, "neonsim: copied %s (%s) with %d GET requests: %d members, %d invitations, %d API keys, %d projects\n",
		printable(o.Name), o.ID, from.requests, len(o.Members), len(o.OpenInvitations), len(o.APIKeys), len(o.Projects))
	for _, what := range from.unread {
		_, _ = fmt.Fprintf(log, "neonsim: the key may not read %s; the copy is without\n", what)
	}
	return neontest.NewCopy(from.config, from.copy), nil
}

// rehearse runs a command on the copy, and writes what has become of it.
func rehearse(ctx context.Context, sim *neontest.Server, command []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if name := filepath.Base(command[0]); name == "terraform" || name == "tofu" || name == "terragrunt" {
		_, _ = fmt.Fprintf(stderr, "neonsim: %s writes its state as always: rehearse an apply with a copy of the state only\n", name)
	}
	before := sim.State().Organizations[0]
	// The key is in the environment already.
	failed := runCommand(command, []string{"NEON_API_HOST=" + sim.URL(), "NEON_ORG_ID=" + sim.OrgID()}, stdin, stdout, stderr)
	if failed != nil && ctx.Err() != nil {
		_, _ = fmt.Fprintln(stderr, "neonsim: interrupted; this is how far it came")
	}
	if sim.RequestCount() == 0 {
		_, _ = fmt.Fprintln(stderr, "neonsim: WARNING: the command sent nothing to the copy. Does its configuration set base_url?")
	}
	if err := compare(stdout, before, sim.State().Organizations[0]); err != nil {
		return errors.Join(failed, err)
	}
	_, err := io.WriteString(stdout, cannotShow)
	return errors.Join(failed, err)
}
