package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// platforms are those that Terraform's registry recommends, and Windows on ARM.
var platforms = []string{
	"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm", "linux_arm64", "windows_amd64", "windows_arm64",
}

// release is a folder with the files of one.
type release struct {
	folder  string
	version string
	commit  string
	made    time.Time // the commit
	tagged  bool      // and not a snapshot
}

// open reads what goreleaser says of a release.
func open(ctx context.Context, folder string) (*release, error) {
	raw, err := os.ReadFile(filepath.Join(folder, "metadata.json"))
	if err != nil {
		return nil, fmt.Errorf("goreleaser has made nothing: %w", err)
	}
	var metadata struct {
		Version string `json:"version"`
		Tag     string `json:"tag"`
		Commit  string `json:"commit"`
	}
	if err := json.Unmarshal(raw, &metadata); err != nil {
		return nil, err
	}
	text, err := exec.CommandContext(ctx, "git", "show", "-s", "--format=%ct", metadata.Commit).Output()
	if err != nil {
		return nil, fmt.Errorf("looking for the commit %q: %w", metadata.Commit, err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return nil, err
	}
	return &release{folder, metadata.Version, metadata.Commit, time.Unix(seconds, 0), metadata.Tag == "v"+metadata.Version}, nil
}

// file is the path of a file of the release, by what comes after the version in its name.
func (r *release) file(rest string) string {
	return filepath.Join(r.folder, project+"_"+r.version+"_"+rest)
}

func (r *release) checkFiles() error {
	raw, err := os.ReadFile(r.file("manifest.json"))
	if err != nil {
		return err
	}
	var manifest struct {
		Version  int `json:"version"`
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return err
	}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.ProtocolVersions, []string{"6.0"}) {
		return fmt.Errorf("the manifest says %s", raw)
	}
	var want []string
	for _, platform := range platforms {
		want = append(want, r.file(platform+".zip"))
	}
	zips, err := filepath.Glob(filepath.Join(r.folder, "*.zip"))
	if err != nil {
		return err
	}
	if !slices.Equal(zips, want) {
		return fmt.Errorf("the zips are %q, not %q", zips, want)
	}
	if r.tagged {
		_, err = os.Stat(r.file("SHA256SUMS.sig"))
	}
	return err
}

// checkSums wants a right line for each file that is uploaded, and no other.
func (r *release) checkSums() error {
	text, err := os.ReadFile(r.file("SHA256SUMS"))
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	for _, pattern := range []string{"*.zip", "*.json"} {
		files, err := filepath.Glob(filepath.Join(r.folder, project+"_"+pattern))
		if err != nil {
			return err
		}
		for _, file := range files {
			missing[filepath.Base(file)] = true
		}
	}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if !missing[name] {
			return fmt.Errorf("SHA256SUMS has a line for %q, which is not there, or has two", name)
		}
		delete(missing, name)
		data, err := os.ReadFile(filepath.Join(r.folder, name))
		if err != nil {
			return err
		}
		if is := sha256.Sum256(data); hex.EncodeToString(is[:]) != sum {
			return fmt.Errorf("the checksum of %s is %x, not %s", name, is, sum)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("SHA256SUMS has no line for %v", missing)
	}
	return nil
}

func (r *release) checkZips() error {
	for _, platform := range platforms {
		if err := r.checkZip(platform); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
	}
	return nil
}

func (r *release) checkZip(platform string) error {
	files, err := zip.OpenReader(r.file(platform + ".zip"))
	if err != nil {
		return err
	}
	defer func() { _ = files.Close() }()
	var names []string
	for _, f := range files.File {
		names = append(names, f.Name)
		if !f.Modified.Equal(r.made) { // or the zip has other bytes the next time
			return fmt.Errorf("%s is of %s, and not of the commit's time, %s", f.Name, f.Modified, r.made)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"CHANGELOG.md", "LICENSE", r.binary(platform)}) {
		return fmt.Errorf("it has %q", names)
	}
	program, err := r.program(platform)
	if err != nil {
		return err
	}
	return r.checkProgram(program, platform)
}

// binary is the name of the provider's program, as Terraform looks for it.
func (r *release) binary(platform string) string {
	name := project + "_v" + r.version
	if strings.HasPrefix(platform, "windows_") {
		name += ".exe"
	}
	return name
}

func (r *release) checkProgram(program []byte, platform string) error {
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return err
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if built := settings["GOOS"] + "_" + settings["GOARCH"]; built != platform {
		return fmt.Errorf("the program is built for %s", built)
	}
	if settings["CGO_ENABLED"] != "0" || settings["-trimpath"] != "true" {
		return fmt.Errorf("the program is built with %v", settings)
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	if bytes.Contains(program, []byte(here)) {
		return fmt.Errorf("the program has the path of the folder that it was built in, %s", here)
	}
	return nil
}

// checkMaterials wants a list of modules beside each zip, which is about this very program and names the module that
// matters most.
func (r *release) checkMaterials() error {
	for _, platform := range platforms {
		raw, err := os.ReadFile(r.file(platform + ".cdx.json"))
		if err != nil {
			return err
		}
		var materials struct {
			Format   string `json:"bomFormat"`
			Metadata struct {
				Properties []struct {
					Name  string `json:"name"`
					Value string `json:"value"`
				} `json:"properties"`
			} `json:"metadata"`
			Components []struct {
				Name string `json:"name"`
			} `json:"components"`
		}
		if err := json.Unmarshal(raw, &materials); err != nil {
			return fmt.Errorf("the materials of %s: %w", platform, err)
		}
		names, hash := []string{}, ""
		for _, c := range materials.Components {
			names = append(names, c.Name)
		}
		for _, p := range materials.Metadata.Properties {
			if p.Name == "cdx:gomod:binary:hash:SHA-256" {
				hash = p.Value
			}
		}
		program, err := r.program(platform)
		if err != nil {
			return err
		}
		if is := sha256.Sum256(program); hash != hex.EncodeToString(is[:]) {
			return fmt.Errorf("the materials of %s are of a program with the hash %s, not %x", platform, hash, is)
		}
		if materials.Format != "CycloneDX" || !slices.Contains(names, "github.com/hashicorp/terraform-plugin-framework") {
			return fmt.Errorf("the materials of %s, in the format %q, are %q", platform, materials.Format, names)
		}
	}
	return nil
}

// program is the provider of a platform, from its zip.
func (r *release) program(platform string) ([]byte, error) {
	files, err := zip.OpenReader(r.file(platform + ".zip"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = files.Close() }()
	f, err := files.Open(r.binary(platform))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(f)
}
