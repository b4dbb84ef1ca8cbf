// Package terraform is what the programs of this repository share that start a real Terraform with the provider: the
// demo, the benchmark and the live run.
package terraform

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// module is the provider's main package.
const module = "github.com/dcbae579/terraform-provider-neon"

// Find gives the path of the Terraform or OpenTofu that the environment variable TERRAFORM names, or of the terraform
// on PATH.
func Find() (string, error) {
	name := os.Getenv("TERRAFORM")
	if name == "" {
		name = "terraform"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("no Terraform: %w (internal/tools/terraform.sh finds or builds one)", err)
	}
	return filepath.Abs(path)
}

// Install builds the provider, stripped as releases are, into a mirror in the file system, in a folder that exists, from which a real "init"
// installs it. It writes the CLI configuration that knows of no other place, and returns the paths of both.
func Install(ctx context.Context, folder string) (config, binary string, err error) {
	const version = "0.1.0"
	binary = filepath.Join(folder, "terraform-provider-neon_v"+version)
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w -X main.version="+version, "-o", binary, module)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("go build: %w\n%s", err, out)
	}

	mirror := filepath.Join(folder, "mirror")
	address := strings.TrimPrefix(provider.Address, "registry.terraform.io/")
	var include []string
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} { // the second is OpenTofu's
		place := filepath.Join(mirror, registry, filepath.FromSlash(address), version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(place, 0o750); err != nil {
			return "", "", err
		}
		if err := os.Link(binary, filepath.Join(place, filepath.Base(binary))); err != nil {
			return "", "", err
		}
		include = append(include, fmt.Sprintf("%q", registry+"/"+address))
	}
	config = filepath.Join(folder, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path    = %q\n    include = [%s]\n  }\n}\n",
		filepath.ToSlash(mirror), strings.Join(include, ", "))
	return config, binary, os.WriteFile(config, []byte(text), 0o600)
}

// Environment is this process's, without what would point Terraform or the provider elsewhere, and with what a program
// wants of Terraform.
func Environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "NEON_") {
			kept = append(kept, variable)
		}
	}
	return append(kept, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1") // the second leaves out the advice on what to type next
}
