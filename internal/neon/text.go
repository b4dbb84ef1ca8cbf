package neon

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text that a server sent passes two gates, so that no place in between has to remember:
//
//   - on the way in, plain: every string of an answer is decoded through it. It holds no line break, no control
//     character and nothing that a CI runner executes, and can still be compared: what is bad in it is replaced, never
//     left out, so that two different strings do not become one.
//   - on the way out, Printable: every diagnostic, log field and title passes it. There the invisible goes altogether.

const (
	// maxText bounds a string of an answer, in bytes. Neon's longest, an e-mail address, has at most 320.
	maxText = 2048
	// maxMessage bounds a server's text in a message, in characters.
	maxMessage = 300
	// replacement stands for a character that was not let in.
	replacement = '\uFFFD'
)

// GitHub and other CI runners execute "::command::" where it begins a line, "##[command" and "##vso[command"
// anywhere in one. A word may begin a line, for Terraform wraps text.
var (
	commandAtWord = regexp.MustCompile(`(^|[\s\x{FFFD}]):(:)`)
	commandInLine = regexp.MustCompile(`##(\[|vso\[)`)
	fence         = regexp.MustCompile("``(`)")
	colonWord     = regexp.MustCompile(`[^\s"'(),\[\]]*::[^\s"'(),\[\]]*`)
)

// Plain makes a server's string safe as a value: one line, bounded, each character visible or harmless, and
// no command to a CI runner. Harmless text stays as it is. The zero-width joiners stay, for names have them in
// emoji and in several scripts.
func Plain(text string) string {
	text = bounded(text)
	text = strings.Map(func(r rune) rune {
		if r != '\u200c' && r != '\u200d' && unprintable(r) {
			return replacement
		}
		return r
	}, text)
	text = commandAtWord.ReplaceAllString(text, "$1:\uFFFD$2")
	text = commandInLine.ReplaceAllString(text, "##\uFFFD$1")
	return fence.ReplaceAllString(text, "``\uFFFD$1")
}

// Printable makes a text safe for a terminal and the log of a CI job. It keeps line breaks: those of a server
// are already removed.
func Printable(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unprintable(r):
			return -1
		default:
			return r
		}
	}, text)
	text = colonWord.ReplaceAllStringFunc(text, func(word string) string {
		if _, err := netip.ParseAddr(word); err == nil {
			return word // an IPv6 address
		}
		for strings.Contains(word, "::") {
			word = strings.ReplaceAll(word, "::", ": :")
		}
		return word
	})
	text = commandInLine.ReplaceAllString(text, "## $1")
	return strings.ReplaceAll(text, "```", "'''")
}

// unprintable reports whether a character is a control or format character or separates lines.
func unprintable(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

// bounded cuts a text that is too long, before anything else is done to it.
func bounded(text string) string {
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// quote makes a server's text safe as a part of a message: one short line, without secrets.
func quote(key Secret, text string) string {
	text = Printable(strings.Join(strings.Fields(bounded(text)), " "))
	text = hideSecrets(key, text)
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage]) + "…"
	}
	return text
}

// plainText is a string of an answer.
type plainText string

func (t *plainText) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	*t = plainText(Plain(text))
	return nil
}
