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

// TestDocumentedConfigurations validates the configurations that stand in a page only. The others are files of
// examples/, which other tests apply.
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
	older := wordsOfOlder(t)
	sim := neontest.Start(t, neontest.Config{})
	seen := map[string]bool{}
	all := attach(t, sim, "") // a folder with all of them, and the provider that the others use too
	reattach := all.reattach()
	for page, text := range pages(t) {
		for _, fence := range fences.FindAllStringSubmatch(text, -1) {
			config := fence[2]
			if fence[1] != "hcl" && fence[1] != "terraform" || strings.Contains(examples.String(), strings.TrimSpace(config)) || seen[config] {
				continue
			}
			seen[config] = true
			write(t, filepath.Join(all.Dir, fmt.Sprintf("%02d-%s.tf", len(seen), filepath.Base(page))), config)
			t.Run(page, func(t *testing.T) {
				t.Parallel()
				tf := setUp(t, sim, "")
				tf.Env = append(tf.Env, reattach)
				main := filepath.Join(tf.Dir, "main.tf")
				if strings.Contains(config, "required_providers") {
					write(t, main, config)
				} else if regexp.MustCompile(`(?m)^[a-z_]+( +"|  *\{)`).MatchString(config) {
					write(t, filepath.Join(tf.Dir, "page.tf"), config)
				} // else values for variables
				out, err := tf.runs("validate")
				for feature, words := range older {
					if err != nil && strings.Contains(out, words) {
						t.Skipf("this version does not know yet: %s", feature)
					}
				}
				if err != nil {
					t.Errorf("validate: %v\n%s\n%s", err, out, config)
				}
			})
		}
	}
	if out, err := all.try("fmt", "-check", "-diff"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if len(seen) < 8 {
		t.Errorf("only %d configurations were found", len(seen))
	}
}
