package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// stage is a built provider and a folder to work in.
type stage struct {
	binary string // path of Terraform or OpenTofu
	folder string // everything that is written, removed at the end
	mirror string // in it, where "init" finds the provider
	built  string // the provider, stripped as releases are

	rounds, organization, parallelism int
}

func prepare(ctx context.Context) (*stage, error) {
	name := os.Getenv("TERRAFORM")
	if name == "" {
		name = "terraform"
	}
	binary, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("no Terraform: %w (\"make bench\" finds or builds one)", err)
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "neon-bench-")
	if err != nil {
		return nil, err
	}
	s := &stage{binary: binary, folder: folder, mirror: filepath.Join(folder, "mirror")}
	s.built, err = s.install(ctx, ".", provider.Address)
	if err == nil {
		_, err = s.install(ctx, "./internal/bench/idle", "registry.terraform.io/dcbae579/idle")
	}
	return s, err
}

// install builds a provider and puts it where "init" finds it.
func (s *stage) install(ctx context.Context, pkg, address string) (built string, err error) {
	const version = "0.1.0"
	address = strings.TrimPrefix(address, "registry.terraform.io/")
	built = filepath.Join(s.folder, "terraform-provider-"+path.Base(address)+"_v"+version)
	if runtime.GOOS == "windows" {
		built += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w -X main.version="+version, "-o", built, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build (is this the root of the repository?): %w\n%s", err, out)
	}
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} { // the second is OpenTofu's
		place := filepath.Join(s.mirror, registry, filepath.FromSlash(address), version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(place, 0o750); err != nil {
			return "", err
		}
		if err := os.Link(built, filepath.Join(place, filepath.Base(built))); err != nil {
			return "", err
		}
	}
	return built, nil
}

// cost is what one command took.
type cost struct {
	wall, cpu           time.Duration // cpu is Terraform's and the provider's
	terraform, provider int           // peak memory in KiB; 0 if it could not be read
}

// terraform runs a command and measures it.
func (s *stage) terraform(ctx context.Context, work string, env []string, args ...string) (cost, string, error) {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir, cmd.Env = work, append(cleanEnvironment(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second // after an interrupt, which Terraform obeys at its leisure

	started := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, "", err
	}
	memory := watchMemory(cmd.Process.Pid)
	err := cmd.Wait()
	took := cost{wall: time.Since(started), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	took.terraform, took.provider = memory()
	if ctx.Err() != nil {
		return took, "", errors.New("interrupted")
	}
	if err != nil {
		return took, "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(s.binary), strings.Join(args, " "), err, out.String())
	}
	return took, out.String(), nil
}

// cleanEnvironment is this process's, without what would point Terraform or the provider elsewhere.
func cleanEnvironment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "NEON_") {
			kept = append(kept, variable)
		}
	}
	return append(kept, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
}
