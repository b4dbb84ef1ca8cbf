package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
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
	if d.binary, err = findTerraform(); err != nil {
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
	config, err := d.installProvider(ctx)
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

	d.env = cleanEnvironment()
	d.env = append(d.env,
		"TF_CLI_CONFIG_FILE="+config,
		"TF_IN_AUTOMATION=1", // leaves out the advice on what to type next
		"CHECKPOINT_DISABLE=1",
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

func findTerraform() (string, error) {
	name := os.Getenv("TERRAFORM")
	if name == "" {
		name = "terraform"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("no Terraform: %w (\"make demo\" finds or builds one)", err)
	}
	return filepath.Abs(path)
}

// installProvider builds the provider into a mirror in the file system, from which a real "init" installs it, and
// writes the CLI configuration that knows of no other place.
func (d *demo) installProvider(ctx context.Context) (config string, err error) {
	const version = "0.1.0"
	address := strings.TrimPrefix(provider.Address, "registry.terraform.io/")
	mirror := filepath.Join(d.folder, "mirror")
	platform := runtime.GOOS + "_" + runtime.GOARCH
	binary := "terraform-provider-neon_v" + version
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}

	built := filepath.Join(d.folder, binary)
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags=-X main.version="+version, "-o", built, ".")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	var include []string
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} { // the second is OpenTofu's
		folder := filepath.Join(mirror, registry, filepath.FromSlash(address), version, platform)
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return "", err
		}
		if err := os.Link(built, filepath.Join(folder, binary)); err != nil {
			return "", err
		}
		include = append(include, fmt.Sprintf("%q", registry+"/"+address))
	}

	config = filepath.Join(d.folder, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path    = %q\n    include = [%s]\n  }\n}\n",
		filepath.ToSlash(mirror), strings.Join(include, ", "))
	return config, os.WriteFile(config, []byte(text), 0o600)
}

// cleanEnvironment is this process's, without what would point Terraform or the provider elsewhere.
func cleanEnvironment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "NEON_") {
			kept = append(kept, variable)
		}
	}
	return kept
}
