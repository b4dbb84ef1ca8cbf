package release_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the folder of the repository.
var root, _ = filepath.Abs(filepath.Join("..", ".."))

// read reads a file of the repository.
func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// workflows are the files with a workflow's steps in some folders of the repository, by path.
func workflows(t *testing.T, atLeast int, folders ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, folder := range folders {
		err := fs.WalkDir(os.DirFS(root), folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			if text := string(read(t, path)); strings.Contains(text, "uses: ") {
				found[path] = text
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < atLeast {
		t.Errorf("only %d workflows were found in %q", len(found), folders)
	}
	return found
}

// steps are the steps of a workflow that use an action.
func steps(workflow, action string) []string {
	return slices.DeleteFunc(strings.Split(workflow, "\n      - "), func(step string) bool {
		return !strings.Contains(step, "uses: "+action+"@")
	})
}

// Every action is pinned to a commit, the same one everywhere, and no checkout leaves the job's token behind: in this
// repository's workflows, and in those that the guides show.
func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	use := regexp.MustCompile(`uses: ([^/\s]+/[^/@\s]+)(?:/\S+)?@(.+)`)
	pin := regexp.MustCompile(`^[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	pins := map[string]string{}
	for path, text := range workflows(t, 8, ".github/workflows", "examples", "templates") {
		for _, match := range use.FindAllStringSubmatch(text, -1) {
			action, commit := match[1], match[2]
			if !pin.MatchString(commit) {
				t.Errorf("%s: %s@%s is not a commit with its version", path, action, commit)
			}
			if other, seen := pins[action]; seen && other != commit {
				t.Errorf("%s: %s is at %s, and elsewhere at %s", path, action, commit, other)
			}
			pins[action] = commit
		}
		for _, step := range steps(text, "actions/checkout") {
			if !strings.Contains(step, "persist-credentials: false") {
				t.Errorf("%s: a checkout leaves the token of the job behind", path)
			}
		}
	}
}

// No workflow runs what is newest on the day, and none begins with more than read access.
func TestWorkflowsAreFixed(t *testing.T) {
	t.Parallel()
	floats := regexp.MustCompile(`@latest|version: "?(latest|[~^>]|\d+(\.\d+)?"?$)`)
	for path, text := range workflows(t, 4, ".github/workflows") {
		if match := floats.FindString(text); match != "" {
			t.Errorf("%s has %q", path, match)
		}
		for action, version := range map[string]string{"hashicorp/setup-terraform": "terraform_version: ", "opentofu/setup-opentofu": "tofu_version: ", "actions/setup-go": "go-version-file: go.mod"} {
			for _, step := range steps(text, action) {
				if !strings.Contains(step, version) {
					t.Errorf("%s: %s is used without %s", path, action, version)
				}
			}
		}
		if !strings.Contains(text, "\npermissions:\n  contents: read\n") && !strings.Contains(text, "\npermissions: {}\n") {
			t.Errorf("%s: what its jobs may do is not limited", path)
		}
	}
}

// toolchain is the Go release that a go.mod names.
func toolchain(t *testing.T, path string) string {
	t.Helper()
	match := regexp.MustCompile(`(?m)^toolchain (\S+)$`).FindSubmatch(read(t, path))
	if match == nil {
		t.Fatalf("%s has no toolchain line", path)
	}
	return string(match[1])
}

// The Go release that builds the provider builds the tools: setup-go installs no other one.
func TestToolchains(t *testing.T) {
	t.Parallel()
	paths, _ := fs.Glob(os.DirFS(root), "internal/tools/*/go.mod")
	if len(paths) < 6 {
		t.Errorf("only %d tools were found", len(paths))
	}
	for _, path := range paths {
		if got, want := toolchain(t, path), toolchain(t, "go.mod"); got != want {
			t.Errorf("%s: toolchain %s, want %s", path, got, want)
		}
	}
}

// The guide names the versions that the workflow tests with, and no others.
func TestGuideOfTestedVersions(t *testing.T) {
	t.Parallel()
	var tested []string
	for _, match := range regexp.MustCompile(`cli: (\w+), version: "(.+?)"`).FindAllStringSubmatch(string(read(t, ".github/workflows/test.yml")), -1) {
		tested = append(tested, map[string]string{"terraform": "Terraform ", "tofu": "OpenTofu "}[match[1]]+match[2])
	}
	named := regexp.MustCompile(`(Terraform|OpenTofu) \d+\.\d+\.\d+`).FindAllString(string(read(t, "templates/guides/compatibility.md")), -1)
	slices.Sort(tested)
	slices.Sort(named)
	if named = slices.Compact(named); !slices.Equal(tested, named) || len(tested) != 7 {
		t.Errorf("the workflow tests with %q, the guide names %q", tested, named)
	}
}
