package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// bench is a built provider and a folder to work in.
type bench struct {
	binary string // path of Terraform or OpenTofu
	folder string // everything that is written, removed at the end
	built  string // the provider, stripped as releases are

	rounds, organization, parallelism int
}

func prepare(ctx context.Context) (*bench, error) {
	binary, err := terraform.Find()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "neon-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{binary: binary, folder: folder}
	b.built, err = terraform.Install(ctx, folder, "", provider.Address)
	if err == nil {
		_, err = terraform.Install(ctx, folder, "internal/bench/idle", "registry.terraform.io/dcbae579/idle")
	}
	return b, err
}

// cost is what one command took.
type cost struct {
	wall, cpu           time.Duration // cpu is Terraform's and the provider's
	terraform, provider int           // peak memory in KiB; 0 if it could not be read
}

// terraform runs a command and measures it.
func (b *bench) terraform(ctx context.Context, work string, env []string, args ...string) (cost, string, error) {
	cmd := terraform.Workspace{Binary: b.binary, Dir: work, Env: terraform.Environment(env...)}.Command(ctx, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out

	started := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, "", err
	}
	memory := watchMemory(cmd.Process.Pid)
	code, err := terraform.Wait(ctx, cmd)
	took := cost{wall: time.Since(started), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	took.terraform, took.provider = memory()
	if err == nil && code != 0 {
		err = fmt.Errorf("%s %s: exit code %d\n%s", filepath.Base(b.binary), strings.Join(args, " "), code, out.String())
	}
	return took, out.String(), err
}
