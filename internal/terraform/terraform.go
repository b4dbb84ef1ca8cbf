// Package terraform is what the programs of this repository share that start a real Terraform with the provider: the
// demo, the benchmark and the live run.
package terraform

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// module is the provider's, and the root of the repository.
const module = "github.com/dcbae579/terraform-provider-neon"

// Find gives the path of the Terraform or OpenTofu that the environment variable TERRAFORM names, or of the terraform
// on PATH.
func Find() (string, error) {
	name := os.Getenv("TERRAFORM")
	if name == "" {
		name = "terraform"
	}
	binary, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("no Terraform: %w (internal/tools/terraform.sh finds or builds one)", err)
	}
	return filepath.Abs(binary)
}

// Install builds a provider, stripped as releases are, into a folder that exists, and puts it into the folder's mirror.
// The package is below the root of this module, and empty for the root itself.
func Install(ctx context.Context, folder, pkg, address string) (binary string, err error) {
	const version = "0.1.0"
	address = strings.TrimPrefix(address, "registry.terraform.io/")
	binary = filepath.Join(folder, "terraform-provider-"+path.Base(address)+"_v"+version)
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w -X main.version="+version, "-o", binary, path.Join(module, pkg))
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} { // the second is OpenTofu's
		place := filepath.Join(Mirror(folder), registry, filepath.FromSlash(address), version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(place, 0o750); err != nil {
			return "", err
		}
		if err := os.Link(binary, filepath.Join(place, filepath.Base(binary))); err != nil {
			return "", err
		}
	}
	return binary, nil
}

// Mirror is where Install puts providers below a folder, in the shape that "init" looks for.
func Mirror(folder string) string { return filepath.Join(folder, "mirror") }

// Config writes a CLI configuration that installs providers from the mirror of a folder, and from nowhere else. It
// returns its path.
func Config(folder string) (string, error) {
	config := filepath.Join(folder, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(Mirror(folder)))
	return config, os.WriteFile(config, []byte(text), 0o600)
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
