// Command release checks the files that a release consists of, as goreleaser has left them in dist/: that nothing is
// missing, that the checksums verify, that a build of the same commit elsewhere gives the same bytes, and that
// Terraform installs the provider from the zips and works with it, against the simulator.
//
// It is started by "make release-snapshot" and, before anybody can see the release, by the workflow that makes one.
// TERRAFORM names the Terraform or OpenTofu to install it with; a terraform and a tofu on PATH have their turn too.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

const project = "terraform-provider-neon"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "Not fit to be released:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := open(ctx, "dist")
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "neon-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	step := func(what string, check func() error) {
		if err != nil {
			return
		}
		started := time.Now()
		if err = check(); err == nil {
			fmt.Printf("%s (%.1f s)\n", what, time.Since(started).Seconds())
		}
	}
	step("The manifest and the zips of all platforms are there", r.checkFiles)
	step("The checksums are those of the files", r.checkSums)
	step("Each zip has the provider for its platform, stamped "+r.version, r.checkZips)
	step("Each zip has its bill of materials", r.checkMaterials)
	step("A build in another folder gives the same bytes", func() error { return r.rebuild(ctx, filepath.Join(folder, "clone")) })
	binaries, findErr := installers()
	err = errors.Join(err, findErr)
	for _, binary := range binaries {
		step(name(binary)+" installs it from a mirror with the zips, and works with it", func() error { return r.use(ctx, binary, folder) })
	}
	return err
}

// installers are the Terraform or OpenTofu that is asked for, and whatever else is on PATH.
func installers() ([]string, error) {
	first, err := terraform.Find()
	if err != nil {
		return nil, err
	}
	binaries := []string{first}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil && path != first && exec.Command(path, "version").Run() == nil { //nolint:noctx // over at once
			binaries = append(binaries, path)
		}
	}
	return binaries, nil
}

// name is what a binary calls itself, like "Terraform v1.11.4".
func name(binary string) string {
	cmd := exec.Command(binary, "version") //nolint:noctx // over at once
	cmd.Env = terraform.Environment()
	out, err := cmd.Output()
	if err != nil {
		return binary
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return first
}
