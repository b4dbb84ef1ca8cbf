package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// messages are what a user is told.
type messages []*tfprotov6.Diagnostic

func (m messages) String() string {
	var b strings.Builder
	for _, d := range m {
		b.WriteString(d.Severity.String() + ": " + d.Summary)
		if d.Attribute != nil {
			b.WriteString(" [" + d.Attribute.String() + "]")
		}
		b.WriteString("\n" + d.Detail + "\n\n")
	}
	return b.String()
}

func (m messages) none(t *testing.T) {
	t.Helper()
	if len(m) > 0 {
		t.Fatalf("unexpected messages:\n%s", m)
	}
}

func (m messages) noErrors(t *testing.T) {
	t.Helper()
	for _, d := range m {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			t.Fatalf("unexpected errors:\n%s", m)
		}
	}
}

// want checks that there is a message of a severity with this text in its summary and each of the parts in
// its summary or detail, and returns it.
func (m messages) want(t *testing.T, severity tfprotov6.DiagnosticSeverity, summary string, parts ...string) *tfprotov6.Diagnostic {
	t.Helper()
next:
	for _, d := range m {
		if d.Severity != severity || !strings.Contains(d.Summary, summary) {
			continue
		}
		for _, part := range parts {
			if !strings.Contains(d.Summary+"\n"+d.Detail, part) {
				continue next
			}
		}
		return d
	}
	t.Fatalf("no %s %q with %q in:\n%s", severity, summary, parts, m)
	return nil
}

func (m messages) wantError(t *testing.T, summary string, parts ...string) *tfprotov6.Diagnostic {
	t.Helper()
	return m.want(t, tfprotov6.DiagnosticSeverityError, summary, parts...)
}

func (m messages) wantWarning(t *testing.T, summary string, parts ...string) *tfprotov6.Diagnostic {
	t.Helper()
	return m.want(t, tfprotov6.DiagnosticSeverityWarning, summary, parts...)
}
