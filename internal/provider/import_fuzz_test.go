package provider

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzImportID: whatever somebody types behind terraform import is either refused, in words that repeat
// it, or means exactly one thing, which written out again is the same id.
func FuzzImportID(f *testing.F) {
	for _, id := range []string{
		"", "165434", "dev@example.com", "b0000000-0000-4000-8000-000000000001", "/", "//", "a/", "/a", "a/b/c", "org-example-12345678/165434",
		"org-example-12345678/dev@example.com", "org-example-12345678/a/b@example.com", "_/b@example.com", "Org/1", "org_1/1", "org-1/ ", " ", "\x00", "org-example-12345678\n/1", "ö/1", "a/\xff", strings.Repeat("a", 61) + "/1",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		parsed, err := parseImportID(id, "the thing", "")
		if err != nil {
			if parsed != (importID{}) || !strings.Contains(err.Error(), "ORG_ID/THING") || !utf8.ValidString(err.Error()) {
				t.Errorf("%q: %+v, %v", id, parsed, err)
			}
			return
		}
		written := parsed.thing
		if !parsed.orgID.IsNull() {
			if !orgIDPattern.MatchString(parsed.orgID.ValueString()) {
				t.Errorf("%q: accepted the organization %q", id, parsed.orgID.ValueString())
			}
			written = parsed.orgID.ValueString() + "/" + parsed.thing
		}
		if written != id || parsed.thing == "" || strings.Contains(parsed.thing, "/") && !strings.Contains(parsed.thing, "@") || parsed.orgID.IsUnknown() {
			t.Errorf("%q was read as %+v", id, parsed)
		}
		again, err := parseImportID(written, "the thing", "")
		if err != nil || again != parsed {
			t.Errorf("%q was read as %+v, and then as %+v, %v", id, parsed, again, err)
		}
	})
}
