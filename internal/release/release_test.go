//go:build release

package release_test

import (
	"archive/zip"
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

const project = "terraform-provider-neon"

// platforms are those that Terraform's registry recommends, and Windows on ARM.
var platforms = []string{
	"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm", "linux_arm64", "windows_amd64", "windows_arm64",
}

// dist is the folder in which goreleaser leaves the files of a release, with the version of the release.
func dist(t *testing.T) (folder, version string) {
	t.Helper()
	folder = filepath.Join(root, "dist")
	var metadata struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(read(t, "dist/metadata.json"), &metadata); err != nil {
		t.Fatal(err)
	}
	return folder, metadata.Version
}

// Each zip has the program for its platform, built by the Go release that go.mod names.
func TestZips(t *testing.T) {
	folder, version := dist(t)
	for _, platform := range platforms {
		files, err := zip.OpenReader(filepath.Join(folder, project+"_"+version+"_"+platform+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = files.Close() })
		name := project + "_v" + version
		if strings.HasPrefix(platform, "windows_") {
			name += ".exe"
		}
		contents := map[string][]byte{}
		for _, file := range []string{name, "LICENSE", "CHANGELOG.md"} {
			f, err := files.Open(file)
			if err != nil {
				t.Fatalf("%s: %v", platform, err)
			}
			if contents[file], err = io.ReadAll(f); err != nil {
				t.Fatalf("%s: %v", platform, err)
			}
		}
		info, err := buildinfo.Read(bytes.NewReader(contents[name]))
		if err != nil {
			t.Fatal(err)
		}
		settings := map[string]string{}
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
		got := fmt.Sprintf("%s %s_%s cgo=%s trimpath=%s", info.GoVersion, settings["GOOS"], settings["GOARCH"], settings["CGO_ENABLED"], settings["-trimpath"])
		if want := toolchain(t, "go.mod") + " " + platform + " cgo=0 trimpath=true"; got != want {
			t.Errorf("%s: the program is built as %q, want %q", platform, got, want)
		}
	}
}

// Terraform and OpenTofu install the zips from a mirror that holds nothing else, and work with the provider.
func TestInstall(t *testing.T) {
	found, err := terraform.Find()
	if err != nil {
		t.Fatal(err)
	}
	binaries := map[string]bool{found: true}
	if tofu, err := exec.LookPath("tofu"); err == nil {
		binaries[tofu] = true
	}
	for binary := range binaries {
		t.Run(filepath.Base(binary), func(t *testing.T) { install(t, binary) })
	}
}

func install(t *testing.T, binary string) {
	t.Helper()
	folder, version := dist(t)
	work := t.TempDir()
	zips, _ := filepath.Glob(filepath.Join(folder, "*.zip"))
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		place := filepath.Join(terraform.Mirror(work), registry, filepath.FromSlash(strings.TrimPrefix(provider.Address, "registry.terraform.io/")))
		if err := os.MkdirAll(place, 0o750); err != nil {
			t.Fatal(err)
		}
		for _, file := range zips {
			if err := os.Symlink(file, filepath.Join(place, filepath.Base(file))); err != nil {
				t.Fatal(err)
			}
		}
	}
	config, err := terraform.MirrorConfig(work, work)
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(work, "complete")
	if err := os.CopyFS(module, os.DirFS(filepath.Join(root, "examples", "complete"))); err != nil {
		t.Fatal(err)
	}
	sim := neontest.Start(t, neontest.Config{})
	tf := terraform.Workspace{Binary: binary, Dir: module, Env: terraform.Environment(
		config, "NEON_API_HOST="+sim.URL(), "NEON_API_KEY="+sim.PersonalKey(), "NEON_ORG_ID="+sim.OrgID())}
	run := func(args ...string) {
		t.Helper()
		if out, err := tf.Command(t.Context(), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	before := len(sim.APIKeys())
	run("init", "-input=false", "-no-color")
	run("apply", "-auto-approve", "-input=false", "-no-color")
	if now := len(sim.APIKeys()); now <= before {
		t.Errorf("an apply of examples/complete has created no API key: there are %d", now)
	}
	run("plan", "-detailed-exitcode", "-input=false", "-no-color") // fails if there is something to change
	run("destroy", "-auto-approve", "-input=false", "-no-color")
	if now := len(sim.APIKeys()); now != before {
		t.Errorf("%d API keys are left, there were %d", now, before)
	}
	for _, request := range sim.Requests() {
		if !strings.HasPrefix(request.UserAgent, project+"/"+version+" terraform/") {
			t.Fatalf("the provider calls itself %q", request.UserAgent)
		}
	}
	// The zips of the other platforms are read too, for the lock file of a team.
	lock := []string{"providers", "lock", "-no-color", "-fs-mirror=" + terraform.Mirror(work)}
	for _, platform := range platforms {
		lock = append(lock, "-platform="+platform)
	}
	run(lock...)
}
