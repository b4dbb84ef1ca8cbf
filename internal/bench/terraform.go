package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// stage is a built provider and a folder to work in.
type stage struct {
	binary string // path of Terraform or OpenTofu
	folder string // everything that is written, removed at the end
	built  string // the provider, stripped as releases are

	rounds, organization, parallelism int
}

func prepare(ctx context.Context) (*stage, error) {
	binary, err := terraform.Find()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "neon-bench-")
	if err != nil {
		return nil, err
	}
	s := &stage{binary: binary, folder: folder}
	s.built, err = terraform.Install(ctx, folder, "", provider.Address)
	if err == nil {
		_, err = terraform.Install(ctx, folder, "internal/bench/idle", "registry.terraform.io/dcbae579/idle")
	}
	return s, err
}

// cost is what one command took.
type cost struct {
	wall, cpu           time.Duration // cpu is Terraform's and the provider's
	terraform, provider int           // peak memory in KiB; 0 if it could not be read
}

// terraform runs a command and measures it.
func (s *stage) terraform(ctx context.Context, work string, env []string, args ...string) (cost, string, error) {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir, cmd.Env = work, append(terraform.Environment(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	terraform.EndWithUs(cmd)
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
		terraform.EndRest(cmd)
		return took, "", errors.New("interrupted")
	}
	if err != nil {
		return took, "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(s.binary), strings.Join(args, " "), err, out.String())
	}
	return took, out.String(), nil
}
