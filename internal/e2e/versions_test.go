//go:build unix

package e2e

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// What the index page says of versions, and Troubleshooting of what older ones say: this holds both against the
// Terraform at hand.

// features are configurations that need what the rows of the two tables name.
var features = map[string]string{
	"`import` blocks with `for_each`": `
import {
  for_each = toset(["dev@example.com"])
  to       = neon_organization_member.people[each.key]
  id       = each.key
}
resource "neon_organization_member" "people" {
  for_each = toset(["dev@example.com"])
  email    = each.key
  role     = "editor"
}`,
	"`removed` blocks": `
removed {
  from = neon_organization_api_key.gone
}`,
	"`moved` blocks from one type to another": `
moved {
  from = neon_organization_api_key.ci
  to   = neon_organization_rotating_api_key.ci
}
resource "neon_organization_rotating_api_key" "ci" {
  name         = "ci"
  rotate_after = "60d"
}`,
	"Ephemeral variables": `
variable "key" {
  type      = string
  default   = null
  ephemeral = true
}`,
	"Ephemeral resources": `
ephemeral "neon_organization_api_key" "run" {}`,
	"Actions": `
action "neon_revoke_organization_api_key" "leaked" {
  config {
    id = "1734102"
  }
}`,
	"Import by `identity`": `
import {
  to = neon_organization_api_key.imported
  identity = {
    org_id = "org-example-12345678"
    id     = "1734101"
  }
}
resource "neon_organization_api_key" "imported" {
  name = "pull-requests"
}`,
}

var (
	rowOfVersions = regexp.MustCompile(`(?m)^\| ([^|]+) \| (1[.0-9]+) \| (1[.0-9]+|not yet) \|$`)
	rowOfWords    = regexp.MustCompile("(?m)^\\| ([^|]+) \\| `([^|]+)` \\| [^|]+ \\|$")
)

func TestVersions(t *testing.T) {
	t.Parallel()
	versions, words := map[string][]string{}, wordsOfOlder(t)
	for _, row := range rowOfVersions.FindAllStringSubmatch(page(t, "index.md.tmpl"), -1) {
		versions[row[1]] = row[2:]
	}
	if len(words) != len(features)+1 { // list resources, below
		t.Errorf("Troubleshooting has the words of older versions for %d features, and there are tests for %d", len(words), len(features)+1)
	}
	const ci = "resource \"neon_organization_api_key\" \"ci\" {\n  name = \"ci\"\n}\n"
	known := attach(t, neontest.Start(t, neontest.Config{}), ci)
	together := useNeon + "provider \"neon\" {}\n"
	for feature, config := range features {
		if known.has(versions[feature]) {
			together += config
			continue
		}
		t.Run(feature, func(t *testing.T) {
			t.Parallel()
			tf := setUp(t, neontest.Start(t, neontest.Config{}), ci)
			if strings.Contains(config, "moved {") { // says nothing without a state
				tf.run("apply", "-auto-approve")
			}
			write(t, filepath.Join(tf.Dir, "main.tf"), useNeon+config)
			tf.holds(false, words[feature], "plan")
		})
	}
	known.run("apply", "-auto-approve")
	write(t, filepath.Join(known.Dir, "main.tf"), together)
	write(t, filepath.Join(known.Dir, "existing.tfquery.hcl"), "list \"neon_organization_member\" \"people\" {\n  provider = neon\n}\n")
	known.holds(true, "", "plan") // without the last file, which older versions ignore
	const lists = "List resources, `terraform query`"
	known.holds(known.has(versions[lists]), words[lists], "query")
}

// wordsOfOlder is what Troubleshooting says that an older Terraform says, by feature.
func wordsOfOlder(t *testing.T) map[string]string {
	t.Helper()
	_, section, _ := strings.Cut(page(t, "guides", "troubleshooting.md"), "\n## Errors of Earlier Terraform Versions\n")
	section, _, _ = strings.Cut(section, "\n## ")
	words := map[string]string{}
	for _, row := range rowOfWords.FindAllStringSubmatch(section, -1) {
		words[row[1]] = row[2]
	}
	return words
}

// page reads one of templates/.
func page(t *testing.T, name ...string) string {
	t.Helper()
	return read(t, append([]string{"templates"}, name...)...)
}

// runs is what a command prints, on lines of any length.
func (tf *workspace) runs(args ...string) (string, error) {
	tf.t.Helper()
	out, err := tf.try(args...)
	return flat(out), err
}

// has tells whether this Terraform has what is there from these versions on, of Terraform and of OpenTofu.
func (tf *workspace) has(since []string) bool {
	tf.t.Helper()
	if len(since) != 2 {
		tf.t.Fatalf("the index page has no versions for this, but %q", since)
	}
	wanted := since[0]
	if tf.version.OpenTofu {
		wanted = since[1]
	}
	_, minor, known := strings.Cut(wanted, ".")
	if !known {
		return false // not yet
	}
	at, err := strconv.Atoi(minor)
	if err != nil {
		tf.t.Fatalf("%q is no version: %v", wanted, err)
	}
	return tf.version.Since(at, at)
}

// holds wants a command to work, or to fail with these words.
func (tf *workspace) holds(works bool, words string, args ...string) {
	tf.t.Helper()
	out, err := tf.runs(args...)
	switch {
	case works && err != nil:
		tf.t.Errorf("%v does not work: %v\n%s", args, err, out)
	case !works && err == nil:
		tf.t.Errorf("%v works with this version:\n%s", args, out)
	case !works && !strings.Contains(out, words):
		tf.t.Errorf("%v fails without saying %q:\n%s", args, words, out)
	}
}
