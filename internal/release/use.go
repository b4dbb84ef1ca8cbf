package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// rebuild builds the provider for this platform a second time, from a clone in a folder of its own. Go's cache is shared:
// it keeps apart what was built from other paths, so that these would show, and saves minutes.
func (r *release) rebuild(ctx context.Context, clone string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	changed, err := output(ctx, here, nil, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if changed != "" {
		fmt.Printf("Not compared with a second build, because there is what is not committed:\n%s", changed)
		return nil
	}
	if _, err := output(ctx, here, nil, "git", "clone", "-q", "file://"+here, clone); err != nil {
		return err
	}
	if _, err := output(ctx, clone, nil, "git", "-c", "advice.detachedHead=false", "checkout", "-q", r.commit); err != nil {
		return err
	}
	goreleaser, err := output(ctx, here, nil, filepath.Join("internal", "tools", "tool.sh"), "goreleaser")
	if err != nil {
		return err
	}
	args := []string{"build", "--single-target", "--output", "again"}
	if !r.tagged {
		args = append(args, "--snapshot")
	}
	if _, err := output(ctx, clone, nil, strings.TrimSpace(goreleaser), args...); err != nil {
		return err
	}
	again, err := os.ReadFile(filepath.Join(clone, "again"))
	if err != nil {
		return err
	}
	first, err := r.program(runtime.GOOS + "_" + runtime.GOARCH)
	if err != nil {
		return err
	}
	if !bytes.Equal(first, again) {
		return fmt.Errorf("%d bytes the first time, %d the second time, and not the same", len(first), len(again))
	}
	return nil
}

// use does what somebody does who has the zips and no registry: puts them into a mirror, writes the source into a
// configuration, and lets Terraform install the provider and work with it.
func (r *release) use(ctx context.Context, binary, folder string) error {
	work, err := os.MkdirTemp(folder, "work-")
	if err != nil {
		return err
	}
	config, err := r.mirror(work)
	if err != nil {
		return err
	}
	module := filepath.Join(work, "complete")
	if err := os.CopyFS(module, os.DirFS(filepath.Join("examples", "complete"))); err != nil {
		return err
	}
	sim := neontest.New(neontest.Config{Latency: 5 * time.Millisecond})
	if err := sim.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	defer sim.Close()
	env := append(terraform.Environment(), "TF_CLI_CONFIG_FILE="+config, "NEON_API_HOST="+sim.URL(), "NEON_API_KEY="+sim.PersonalKey(), "NEON_ORG_ID="+sim.OrgID())
	run := func(args ...string) (string, error) { return output(ctx, module, env, binary, args...) }

	if _, err := run("init", "-input=false", "-no-color"); err != nil {
		return err
	}
	if err := r.checkSelected(run); err != nil {
		return err
	}
	before := len(sim.APIKeys())
	if _, err := run("apply", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return err
	}
	if now := len(sim.APIKeys()); now <= before {
		return fmt.Errorf("an apply of examples/complete has made no API key: there are %d", now)
	}
	if _, err := run("plan", "-detailed-exitcode", "-input=false", "-no-color"); err != nil {
		return fmt.Errorf("after an apply there is something to change: %w", err)
	}
	if _, err := run("destroy", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return err
	}
	if now := len(sim.APIKeys()); now != before {
		return fmt.Errorf("%d API keys are left, there were %d", now, before)
	}
	agent := project + "/" + r.version + " terraform/"
	for _, request := range sim.Requests() {
		if !strings.HasPrefix(request.UserAgent, agent) {
			return fmt.Errorf("the provider calls itself %q, not %q", request.UserAgent, agent)
		}
	}
	// The other platforms' zips are read as packages of a provider too, for the lock file of a team.
	lock := []string{"providers", "lock", "-no-color", "-fs-mirror=" + filepath.Join(work, "mirror")}
	for _, platform := range platforms {
		lock = append(lock, "-platform="+platform)
	}
	if _, err := run(lock...); err != nil {
		return err
	}
	return nil
}

// mirror is a folder as Terraform and OpenTofu want one, with the zips as they are. It returns the path of a CLI
// configuration that knows no other place.
func (r *release) mirror(work string) (config string, err error) {
	mirror := filepath.Join(work, "mirror")
	address := strings.TrimPrefix(provider.Address, "registry.terraform.io/")
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		place := filepath.Join(mirror, registry, filepath.FromSlash(address))
		if err := os.MkdirAll(place, 0o750); err != nil {
			return "", err
		}
		for _, platform := range platforms {
			from, err := filepath.Abs(r.file(platform + ".zip"))
			if err != nil {
				return "", err
			}
			if err := os.Symlink(from, filepath.Join(place, filepath.Base(from))); err != nil {
				return "", err
			}
		}
	}
	config = filepath.Join(work, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	return config, os.WriteFile(config, []byte(text), 0o600)
}

// checkSelected wants this very version to be the one that "init" has chosen.
func (r *release) checkSelected(run func(...string) (string, error)) error {
	out, err := run("version", "-json")
	if err != nil {
		return err
	}
	var versions struct {
		Selections map[string]string `json:"provider_selections"`
	}
	if err := json.Unmarshal([]byte(out), &versions); err != nil {
		return err
	}
	for address, version := range versions.Selections {
		if strings.HasSuffix(address, "/"+strings.TrimPrefix(provider.Address, "registry.terraform.io/")) && version == r.version {
			return nil
		}
	}
	return fmt.Errorf("init has chosen %v, not %s", versions.Selections, r.version)
}

// output runs a command in a folder, and is what it prints. A failure says all that it has printed.
func output(ctx context.Context, folder string, env []string, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = folder, env
	var stdout, all bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, &all), &all
	terraform.EndWithUs(cmd)
	cmd.WaitDelay = 15 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", errors.New("interrupted")
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, &all)
	}
	return stdout.String(), nil
}
