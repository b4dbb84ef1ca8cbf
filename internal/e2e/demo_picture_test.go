//go:build unix

package e2e

import (
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The picture of README.md shows two moments of the demo: what Terraform printed, without what differs from run to run.
// "make generate" plays the demo and writes the picture; the variable names the file.
const (
	pictureVariable = "NEON_DEMO_PICTURE"
	pictureFile     = ".github/demo.svg"
)

// excerpt is what Terraform printed from the line that begins with one text to the line that begins with another, or
// to the end.
func excerpt(out, from, to string) []string {
	var lines []string
	for line := range strings.Lines(margins.ReplaceAllString(colors.ReplaceAllString(out, ""), "")) {
		line = strings.TrimRight(line, " \n")
		trimmed := strings.TrimSpace(line)
		if len(lines) == 0 && !strings.HasPrefix(trimmed, from) {
			continue
		}
		lines = append(lines, line)
		if to != "" && strings.HasPrefix(trimmed, to) {
			break
		}
	}
	return lines
}

// show adds a moment of the demo to the picture.
func (d *demo) show(note, command string, printed []string) {
	if len(d.picture) > 0 {
		d.picture = append(d.picture, "")
	}
	d.picture = append(d.picture, "# "+note, "$ "+command)
	for _, line := range printed {
		if line != "" || d.picture[len(d.picture)-1] != "" {
			d.picture = append(d.picture, line)
		}
	}
	if last := len(d.picture) - 1; d.picture[last] == "" {
		d.picture = d.picture[:last]
	}
}

// drawn is the picture as SVG.
func drawn(lines []string) string {
	const columns, lineHeight, margin = 82, 19, 20
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">`+"\n",
		columns*17/2+2*margin, len(lines)*lineHeight+2*margin)
	b.WriteString(`<rect width="100%" height="100%" rx="8" fill="#0d1117"/>` + "\n")
	for i, line := range lines {
		if line == "" {
			continue
		}
		color, weight := colorOf(strings.TrimSpace(line))
		fmt.Fprintf(&b, `<text x="%d" y="%d" xml:space="preserve" fill="%s" font-weight="%s">`, margin, margin+(i+1)*lineHeight-5, color, weight)
		_ = xml.EscapeText(&b, []byte(line)) // a strings.Builder does not fail
		b.WriteString("</text>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func colorOf(line string) (color, weight string) {
	switch {
	case strings.HasPrefix(line, "# ") && strings.HasSuffix(line, "."):
		return "#8b949e", "normal"
	case strings.HasPrefix(line, "$ "):
		return "#f0f6fc", "bold"
	case strings.HasPrefix(line, "~ "):
		return "#d29922", "normal"
	case strings.HasPrefix(line, "Error:"):
		return "#ff7b72", "bold"
	case strings.HasPrefix(line, "Plan:"), strings.HasPrefix(line, "Apply complete!"):
		return "#f0f6fc", "bold"
	default:
		return "#c9d1d9", "normal"
	}
}

// writePicture writes the picture if it is asked for.
func (d *demo) writePicture() error {
	file := os.Getenv(pictureVariable)
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(drawn(d.picture)), 0o600)
}

// TestReadmeShowsTheDemo wants the picture in README.md, and in the picture what the two moments are about.
func TestReadmeShowsTheDemo(t *testing.T) {
	t.Parallel()
	if !strings.Contains(read(t, "README.md"), "]("+pictureFile+")") {
		t.Errorf("README.md does not show %s", pictureFile)
	}
	picture := read(t, pictureFile)
	for _, text := range []string{"will be updated in-place", "0 added, 1 changed, 0 destroyed", "Error: You would lock yourself out: " + operator} {
		if !strings.Contains(picture, text) {
			t.Errorf("%s does not show %q: make generate", pictureFile, text)
		}
	}
}
