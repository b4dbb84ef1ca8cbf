package neon

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"ci":                        "ci",
		"team::ci":                  "team::ci",
		"2001:db8::1, 10.0.0.1":     "2001:db8::1, 10.0.0.1",
		"👩\u200d💻 Ünïcode":          "👩\u200d💻 Ünïcode",
		"a\n::stop-commands::x":     "a\uFFFD:\uFFFD:stop-commands::x",
		"::add-mask::x":             ":\uFFFD:add-mask::x",
		"a ::error::b":              "a :\uFFFD:error::b",
		"\x1b[8mhidden\u202e\u200b": "\uFFFD[8mhidden\uFFFD\uFFFD",
		"x ##[group]y ##vso[z]":     "x ##\uFFFD[group]y ##\uFFFDvso[z]",
		"````":                      "``\uFFFD``",
		"a\u2028b\u2029c\u0085d":    "a\uFFFDb\uFFFDc\uFFFDd",
		"\U000E0041\ufeff\u00ad":    "\uFFFD\uFFFD\uFFFD",
	} {
		if got := Plain(text); got != want {
			t.Errorf("%+q is %+q, want %+q", text, got, want)
		}
	}
	if long := Plain(strings.Repeat("ä", 1<<20)); len(long) > maxText+len("…") {
		t.Errorf("%d bytes are left", len(long))
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"one\n    two::three":            "one\n    two: :three",
		"at http://[::1]:8080/api/v2":    "at http://[::1]:8080/api/v2",
		"from 2001:db8::1, fe80::2":      "from 2001:db8::1, fe80::2",
		"::::x a::b::c":                  ": : : :x a: :b: :c",
		"\x1b[31mred\x07\r\t\u202e \x00": "[31mred   ",
		"##[error]x ##vso[y]":            "## [error]x ## vso[y]",
		"```sh":                          "'''sh",
		"zero\u200bwidth\u200d":          "zerowidth",
	} {
		if got := Printable(text); got != want {
			t.Errorf("%+q is %+q, want %+q", text, got, want)
		}
	}
}

// Whatever a server sends: what is let in is one line that stays as it is, and what goes out has no command in it.
func TestTextProperties(t *testing.T) {
	t.Parallel()
	alphabet := []rune("ab :#[]`'\"\n\r\t\x00\x1b\u0085\u2028\u202e\u200b\u200d\u00ad\ufeff\uFFFDvso1")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.SampledFrom(alphabet), rapid.Rune())).Draw(t, "text")
		in := Plain(text)
		if again := Plain(in); again != in {
			t.Fatalf("%+q becomes %+q, and that %+q", text, in, again)
		}
		raw, _ := json.Marshal(text)
		var decoded plainText
		if err := json.Unmarshal(raw, &decoded); err != nil || string(decoded) != in {
			t.Fatalf("decoded %+q, %v, want %+q", decoded, err, in)
		}
		if strings.ContainsFunc(in, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u202e' || r == '\u200b' }) ||
			strings.Contains(in, "##[") || strings.Contains(in, "```") || strings.HasPrefix(strings.TrimSpace(in), "::") || strings.Contains(in, " ::") {
			t.Fatalf("%+q is let in as %+q", text, in)
		}
		out := Printable(text)
		if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && unprintable(r) }) || strings.Contains(out, "##[") || strings.Contains(out, "##vso[") || strings.Contains(out, "```") {
			t.Fatalf("%+q goes out as %+q", text, out)
		}
		for _, line := range strings.FieldsFunc(out, unicode.IsSpace) {
			if command, rest, found := strings.Cut(strings.TrimPrefix(line, "::"), "::"); strings.HasPrefix(line, "::") && found {
				t.Fatalf("%+q goes out as %+q: a word begins with ::%s::%s", text, out, command, rest)
			}
		}
	})
}

func TestQuote(t *testing.T) {
	t.Parallel()
	key := Secret("not-of-Neons-form")
	for text, want := range map[string]string{
		"one\n\ttwo": "one two",
		"key not-of-Neons-form, napi_\u200babcdef": "key (redacted), (redacted)",
	} {
		if got := quote(key, text); got != want {
			t.Errorf("%+q is %+q, want %+q", text, got, want)
		}
	}
	if got := quote(key, strings.Repeat("a", maxText-10)+"not-of-Neons-form"); strings.Contains(got, "not-of") || len([]rune(got)) != maxMessage+1 {
		t.Errorf("%q", got)
	}
}
