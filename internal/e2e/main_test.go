//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// programs are what internal/tools/scenario.sh runs instead of the tests, so that only their own words are printed.
var programs = map[string]func(context.Context) error{
	"demo":          demoProgram,
	"live":          liveProgram,
	"live-settings": liveSettingsProgram,
}

func TestMain(m *testing.M) {
	// Everything is named by its path from the root of the repository.
	if err := os.Chdir(filepath.Join("..", "..")); err != nil {
		panic(err)
	}
	if len(os.Args) == 2 && programs[os.Args[1]] != nil {
		os.Exit(runProgram(programs[os.Args[1]]))
	}
	code := m.Run()
	if installedIn != "" {
		_ = os.RemoveAll(installedIn)
	}
	os.Exit(code)
}

func runProgram(program func(context.Context) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := program(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// installedIn is what TestMain removes.
var installedIn string

// tools are a Terraform and a built provider.
type tools struct {
	binary    string // path of Terraform or OpenTofu
	version   terraform.Version
	installed string // the folder that the provider is built into
	provider  string // path of it there
}

// oneThread is for the environment of what runs beside other tests: more threads would only wait for each other.
const oneThread = "GOMAXPROCS=1"

// newTools finds Terraform and builds the provider into a folder.
func newTools(ctx context.Context, folder string) (t tools, err error) {
	t.installed = folder
	if t.binary, err = terraform.Find(); err != nil {
		return t, err
	}
	if t.version, err = (terraform.Workspace{Binary: t.binary}).Version(ctx); err != nil {
		return t, err
	}
	t.provider, err = terraform.Install(ctx, folder, "", provider.Address)
	return t, err
}

// sharedTools are made once.
var sharedTools = sync.OnceValues(func() (tools, error) {
	var err error
	if installedIn, err = os.MkdirTemp("", "neon-e2e-"); err != nil {
		return tools{}, err
	}
	return newTools(context.Background(), installedIn)
})

// testTools are what to test with. Without them the test is skipped.
func testTools(t *testing.T) tools {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("needs a Terraform: run it with make test, which sets TF_ACC and TERRAFORM")
	}
	tools, err := sharedTools()
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// useNeon begins a configuration.
const useNeon = "terraform {\n  required_providers {\n    neon = { source = \"dcbae579/neon\" }\n  }\n}\n"

// Routes of Neon's API, as the simulator names them.
const (
	create  = "POST /organizations/{org_id}/api_keys"
	revoke  = "DELETE /organizations/{org_id}/api_keys/{key_id}"
	setRole = "PATCH /organizations/{org_id}/members/{member_id}"
	remove  = "DELETE /organizations/{org_id}/members/{member_id}"
	invite  = "POST /organizations/{org_id}/invitations"
)

// workspace is where a test runs Terraform.
type workspace struct {
	t *testing.T
	terraform.Workspace
	version  terraform.Version
	attached attached // nil where Terraform starts its providers itself
}

// attach is setUp for a test that does not depend on processes of the provider: all commands have one, which is
// started as for a debugger. Terraform otherwise starts three or four for a command, which cost more than its own work.
func attach(t *testing.T, sim *neontest.Server, config string) *workspace {
	t.Helper()
	tf := setUp(t, sim, config)
	tf.attached = attached{}
	return tf
}

// attached are running providers, as Terraform is to find them, by their part of the environment.
type attached map[string]string

// to is the variable of the environment by which Terraform finds the running provider. A provider has the environment
// in which it was started, so one is started for each.
func (a attached) to(t *testing.T, env []string) string {
	t.Helper()
	settings := map[string]string{} // the last value counts
	for _, variable := range env {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "NEON_") {
			settings[name] = value
		}
	}
	environment := fmt.Sprint(settings) // which sorts them
	if a[environment] == "" {
		a[environment] = startProvider(t, env)
	}
	return a[environment]
}

// startProvider starts a provider as for a debugger, until the end of the test, and returns the variable of the
// environment by which Terraform finds it.
func startProvider(t *testing.T, env []string) string {
	t.Helper()
	tools := testTools(t)
	cmd := exec.Command(tools.provider, "-debug")
	cmd.Env = append(slices.Clone(env), "TF_LOG_SDK=OFF", "TF_LOG_PROVIDER_NEON=OFF")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for printed := bufio.NewScanner(out); printed.Scan(); {
		if _, config, found := strings.Cut(printed.Text(), "TF_REATTACH_PROVIDERS='"); found {
			return "TF_REATTACH_PROVIDERS=" + strings.Replace(strings.TrimSuffix(config, "'"), "registry.terraform.io", tools.version.Registry(), 1)
		}
	}
	t.Fatal("the provider does not say how to attach to it")
	return ""
}

// setUp writes a configuration for the provider, and points it at a simulator.
func setUp(t *testing.T, sim *neontest.Server, config string) *workspace {
	t.Helper()
	tools := testTools(t)
	dir := t.TempDir()
	// A provider that is killed leaves its socket, whose path may not be long.
	sockets, err := os.MkdirTemp("", "tf") //nolint:usetesting // which makes long ones
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	// Where a state is moved from another provider, that one has to be there, but is not asked for anything: any will do.
	overrides, err := terraform.OverrideConfig(dir, tools.installed, append([]string{"dcbae579/neon"}, otherProviders...)...)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "main.tf"), useNeon+config)
	return &workspace{t: t, version: tools.version, Workspace: terraform.Workspace{Binary: tools.binary, Dir: dir, Env: terraform.Environment(
		overrides, oneThread, "TMPDIR="+sockets, "NEON_API_KEY="+sim.PersonalKey(), "NEON_API_HOST="+sim.URL(), "NEON_ORG_ID="+sim.OrgID())}}
}

// require skips the test where Terraform is older than 1.minor, or OpenTofu than 1.openTofuMinor.
func (tf *workspace) require(minor, openTofuMinor int, forWhat string) {
	tf.t.Helper()
	if !tf.version.Since(minor, openTofuMinor) {
		tf.t.Skipf("%s is too old for %s", tf.version.Name, forWhat)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// start begins a command.
func (tf *workspace) start(args ...string) (*exec.Cmd, *bytes.Buffer) {
	tf.t.Helper()
	var out bytes.Buffer
	cmd := tf.Command(tf.t.Context(), args...)
	if tf.attached != nil {
		cmd.Env = append(slices.Clone(tf.Env), tf.attached.to(tf.t, tf.Env))
	}
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		tf.t.Fatal(err)
	}
	tf.t.Cleanup(func() { terraform.Kill(cmd) }) // if it is still there
	return cmd, &out
}

// exitCode carries a command out to its end and returns what it prints.
func (tf *workspace) exitCode(args ...string) (out string, code int) {
	tf.t.Helper()
	cmd, printed := tf.start(append(args, "-no-color")...)
	code, err := terraform.Wait(tf.t.Context(), cmd)
	if err != nil {
		tf.t.Fatalf("%v: %v\n%s", args, err, printed)
	}
	return printed.String(), code
}

// try is exitCode for a command that may fail.
func (tf *workspace) try(args ...string) (string, error) {
	tf.t.Helper()
	out, code := tf.exitCode(args...)
	if code != 0 {
		return out, fmt.Errorf("exit code %d", code)
	}
	return out, nil
}

// run is exitCode for a command that must succeed.
func (tf *workspace) run(args ...string) string {
	tf.t.Helper()
	return tf.exits(0, args...)
}

// exits runs a command, which must exit with that code, and returns what it prints.
func (tf *workspace) exits(want int, args ...string) string {
	tf.t.Helper()
	out, code := tf.exitCode(args...)
	if code != want {
		tf.t.Fatalf("%v: the exit code %d, want %d\n%s", args, code, want, out)
	}
	return out
}

var (
	colors  = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	margins = regexp.MustCompile(`(?m)^[│╷╵]`)
)

// flat is what Terraform prints, without margins and colors and on one line, so that a sentence can be looked for.
func flat(out string) string {
	return strings.Join(strings.Fields(margins.ReplaceAllString(colors.ReplaceAllString(out, ""), "")), " ")
}
