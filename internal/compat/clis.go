package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// cli is a Terraform or an OpenTofu.
type cli struct {
	name string // as in terraform-1.5.7
	path string
}

// title is the name for people.
func (c cli) title() string {
	product, version, _ := strings.Cut(c.name, "-")
	return map[string]string{"terraform": "Terraform", "opentofu": "OpenTofu"}[product] + " " + version
}

// oldest are the oldest versions that the provider promises to work with, or the oldest after those that "go install"
// can build: a module with a replacement it cannot.
var oldest = []struct{ name, module string }{
	{"terraform-1.5.7", "github.com/hashicorp/terraform@v1.5.7"},
	{"opentofu-1.6.3", "github.com/opentofu/opentofu/cmd/tofu@v1.6.3"},
}

// newest is the name for the OpenTofu in internal/tools, whatever its version.
const newest = "opentofu"

// find gives the Terraforms and OpenTofus to test with, oldest first, Terraform before OpenTofu; with a name, that one.
// Also is the path of one more, or empty.
func find(ctx context.Context, only, also string) ([]cli, error) {
	var found []cli
	add := func(path string) error {
		name, err := nameOf(ctx, path)
		if err == nil && !slices.ContainsFunc(found, func(c cli) bool { return c.name == name }) && (only == "" || only == newest || only == name) {
			found = append(found, cli{name, path})
		}
		return err
	}
	scripts := [][]string{{"internal/tools/tool.sh", "opentofu"}, {"internal/tools/terraform.sh"}}
	if only == newest {
		scripts = scripts[:1]
	}
	for _, script := range scripts {
		out, err := output(ctx, script...)
		if err != nil {
			return nil, err
		}
		if err := add(out); err != nil {
			return nil, err
		}
	}
	if also != "" {
		if err := add(also); err != nil {
			return nil, err
		}
	}
	for _, old := range oldest {
		if only != "" && only != old.name {
			continue
		}
		path, err := install(ctx, old.name, old.module)
		if err != nil {
			return nil, err
		}
		if err := add(path); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no Terraform or OpenTofu is called %s here", only)
	}
	slices.SortFunc(found, func(a, b cli) int { return compareNames(a.name, b.name) })
	return found, nil
}

// compareNames puts Terraform before OpenTofu, and lower versions before higher ones.
func compareNames(a, b string) int {
	return slices.Compare(sortable(a), sortable(b))
}

func sortable(name string) []int {
	product, version, _ := strings.Cut(name, "-")
	numbers := []int{strings.Index("terraform opentofu", product), 0, 0, 0}
	_, _ = fmt.Sscanf(version, "%d.%d.%d", &numbers[1], &numbers[2], &numbers[3])
	return numbers
}

// nameOf asks a binary what it is.
func nameOf(ctx context.Context, path string) (string, error) {
	out, err := output(ctx, path, "version")
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(out, "\n")
	product, version, is := strings.Cut(line, " v")
	if !is {
		return "", fmt.Errorf("%s says that it is %q", path, line)
	}
	return strings.ToLower(product) + "-" + version, nil
}

// install builds a version into .cache/tools, once.
func install(ctx context.Context, name, module string) (string, error) {
	folder, err := filepath.Abs(filepath.Join(".cache", "tools", name))
	if err != nil {
		return "", err
	}
	binary := filepath.Join(folder, strings.Split(filepath.Base(module), "@")[0])
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	fmt.Fprintf(os.Stderr, "Building %s, once; from empty caches this takes minutes.\n", name)
	// A flag for OpenTofu, which otherwise says that it is a development version.
	cmd := exec.CommandContext(ctx, "go", "install", "-trimpath", "-ldflags=-s -w -X github.com/opentofu/opentofu/version.dev=no", module)
	cmd.Env = append(os.Environ(), "GOBIN="+folder, "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s: %w\n%s", module, err, out)
	}
	return binary, nil
}

// output runs a command and gives what it prints.
func output(ctx context.Context, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		err = fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return strings.TrimSpace(string(out)), err
}
