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

// registries are Terraform's and OpenTofu's.
var registries = []string{"registry.terraform.io", "registry.opentofu.org"}

// Install builds a provider, stripped as releases are, into a folder that exists, and puts it into the folder's mirror.
// The package is below the root of this module, and empty for the root itself.
func Install(ctx context.Context, folder, pkg, address string) (binary string, err error) {
	const version = "0.1.0"
	address = strings.TrimPrefix(address, registries[0]+"/")
	binary = filepath.Join(folder, "terraform-provider-"+path.Base(address)+"_v"+version)
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath",
		"-ldflags=-s -w -X main.version="+version, "-o", binary, path.Join(module, pkg))
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	for _, registry := range registries {
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

// MirrorConfig writes a CLI configuration, into a folder, that installs providers from the mirror of another one, and
// from nowhere else. It returns the variable of the environment that names it.
func MirrorConfig(folder, installed string) (string, error) {
	return writeConfig(folder, fmt.Sprintf("  filesystem_mirror {\n    path = %q\n  }\n", filepath.ToSlash(Mirror(installed))))
}

// OverrideConfig writes a CLI configuration, into a folder, by which the program that Install has built into another
// one is each of these providers, without "init". It returns the variable of the environment that names it.
func OverrideConfig(folder, installed string, names ...string) (string, error) {
	var b strings.Builder
	for _, registry := range registries {
		for _, name := range names {
			fmt.Fprintf(&b, "    %q = %q\n", registry+"/"+name, filepath.ToSlash(installed))
		}
	}
	return writeConfig(folder, "  dev_overrides {\n"+b.String()+"  }\n  direct {}\n")
}

func writeConfig(folder, installation string) (string, error) {
	path := filepath.Join(folder, "cli.tfrc")
	return "TF_CLI_CONFIG_FILE=" + path, os.WriteFile(path, []byte("provider_installation {\n"+installation+"}\n"), 0o600)
}
