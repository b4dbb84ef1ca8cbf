//go:build unix

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// pages are what people read of this repository, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == ".cache" || path == "dist" || entry.Name() == "node_modules" || entry.Name() == ".git"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md" || strings.HasPrefix(path, "templates"): // docs/ is made of these
			return nil
		}
		text, err := os.ReadFile(path)
		found[filepath.ToSlash(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var (
	fences   = regexp.MustCompile("(?ms)^ *```([a-z]*)[^\n]*\n(.*?)^ *```$")
	links    = regexp.MustCompile(`\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)`)
	places   = regexp.MustCompile(`<a id="([^"]+)">`)
	headings = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	unlinked = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names of a page's headings, as GitHub and the registry make them.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, heading := range headings.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		names[strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-")] = true
	}
	for _, place := range places.FindAllStringSubmatch(text, -1) {
		names[place[1]] = true
	}
	return names
}

// TestLinks follows every link from one page of the repository to another, and to a heading.
func TestLinks(t *testing.T) {
	t.Parallel()
	texts := pages(t)
	followed := 0
	from := map[string]bool{} // where the index page leads
	for page, text := range texts {
		for _, link := range links.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(link[1], "#")
			target := page
			if file != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(page), file))
			}
			if page == "docs/index.md" {
				from[target] = true
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", page, link[1], err)
				continue
			}
			if anchor != "" && !anchors(texts[target])[anchor] {
				t.Errorf("%s: %s: %s has no such heading", page, link[1], target)
			}
			if strings.HasPrefix(page, "docs/") && !strings.HasPrefix(target, "docs/") {
				t.Errorf("%s: %s is not in the registry", page, link[1])
			}
		}
	}
	if followed < 50 {
		t.Errorf("only %d links were found", followed)
	}
	for page := range texts {
		if strings.HasPrefix(page, "docs/guides/") && !from[page] {
			t.Errorf("docs/index.md does not lead to %s", page)
		}
	}
}

// TestDocumentedConfigurations validates the configurations that stand in a page only, as modules of one configuration.
// The others are files of examples/, which other tests apply.
func TestDocumentedConfigurations(t *testing.T) {
	t.Parallel()
	var examples strings.Builder
	err := filepath.WalkDir("examples", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		examples.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all := attach(t, neontest.Start(t, neontest.Config{}), "")
	seen := map[string]bool{}
	var modules []string
	var root strings.Builder
	for page, text := range pages(t) {
		for _, fence := range fences.FindAllStringSubmatch(text, -1) {
			config := fence[2]
			if fence[1] != "hcl" && fence[1] != "terraform" || strings.Contains(examples.String(), strings.TrimSpace(config)) || seen[config] {
				continue
			}
			seen[config] = true
			module := fmt.Sprintf("%s-%d", strings.NewReplacer("/", "-", ".", "-").Replace(page), len(seen))
			modules = append(modules, module)
			fmt.Fprintf(&root, "module %q {\n  source = \"./%s\"\n}\n", module, module)
			if err := os.Mkdir(filepath.Join(all.Dir, module), 0o700); err != nil {
				t.Fatal(err)
			}
			name := "page.tf"
			if !regexp.MustCompile(`(?m)^[a-z_]+( +"|  *\{)`).MatchString(config) {
				name = "page.tfvars" // values for variables
			}
			if !strings.Contains(config, "required_providers") {
				write(t, filepath.Join(all.Dir, module, "main.tf"), useNeon)
			}
			write(t, filepath.Join(all.Dir, module, name), config)
		}
	}
	if len(modules) < 8 {
		t.Errorf("only %d configurations were found", len(modules))
	}
	write(t, filepath.Join(all.Dir, "modules.tf"), root.String())
	if out, err := all.try("fmt", "-check", "-diff", "-recursive"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	all.run("get")
	out, err := all.try("validate")
	if err == nil {
		return
	}
	// Which of them, and is this version only too old?
	older := wordsOfOlder(t)
	alone, found := *all, false
	for _, module := range modules {
		alone.Dir = filepath.Join(all.Dir, module)
		out, err := alone.runs("validate")
		tooOld := ""
		for feature, words := range older {
			if err != nil && strings.Contains(out, words) {
				tooOld = feature
			}
		}
		found = found || err != nil
		if tooOld != "" {
			t.Logf("%s: this version does not know yet: %s", module, tooOld)
		} else if err != nil {
			t.Errorf("%s: %v\n%s", module, err, out)
		}
	}
	if !found {
		t.Errorf("only together, they are not valid:\n%s", out)
	}
}
