package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// latency is how long the simulator takes to answer: an instant server would hide races.
const latency = 10 * time.Millisecond

// demo is the stage: a simulated organization, and a folder with the example and a provider to install.
type demo struct {
	sim    *neontest.Server
	org    *neontest.Organization
	binary string // path of Terraform or OpenTofu
	folder string // everything that is written, removed at the end
	work   string // in it, where Terraform runs
	env    []string
	color  bool
}

// prepare sets the stage; whatever it returns is to be cleaned up, with an error too.
func prepare(ctx context.Context) (*demo, error) {
	d := &demo{color: isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == ""}
	var err error
	if d.binary, err = terraform.Find(); err != nil {
		return d, err
	}
	if d.folder, err = os.MkdirTemp("", "neon-demo-"); err != nil {
		return d, err
	}
	d.work = filepath.Join(d.folder, "complete")
	if err := os.CopyFS(d.work, onlyConfiguration("examples/complete")); err != nil {
		return d, fmt.Errorf("copying the example (is this the root of the repository?): %w", err)
	}
	fmt.Println("Building the provider")
	if _, err := terraform.Install(ctx, d.folder, "", provider.Address); err != nil {
		return d, err
	}
	config, err := terraform.Config(d.folder)
	if err != nil {
		return d, err
	}

	d.sim = neontest.New(neontest.Config{Latency: latency})
	if err := d.sim.Listen("127.0.0.1:0"); err != nil {
		return d, err
	}
	d.org = d.sim.Org(d.sim.OrgID())
	fmt.Printf("Simulating Neon at %s, with the organization %s:\n\n", d.sim.URL(), d.org.OrgID())
	d.showOrganization()

	d.env = append(terraform.Environment(),
		"TF_CLI_CONFIG_FILE="+config,
		"NEON_API_HOST="+d.sim.URL(),
		"NEON_ORG_ID="+d.org.OrgID(),
	)
	return d, nil
}

func (d *demo) cleanUp() error {
	if d.sim != nil {
		d.sim.Close()
	}
	if d.folder == "" {
		return nil
	}
	return os.RemoveAll(d.folder)
}
