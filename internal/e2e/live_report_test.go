//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// report is what the run has found out, in Markdown. It names no people and no organization, and holds no key.
func (v *visit) report() string {
	v.answerRetryAfter()
	var b strings.Builder
	fmt.Fprintf(&b, "# Live run, %s\n\n", v.started.UTC().Format("2006-01-02 15:04 MST"))
	fmt.Fprintf(&b, "%s; %s; %s", v.tools.version.Name, v.settings.host, v.caller)
	if len(v.has) > 0 {
		fmt.Fprintf(&b, "; %s", strings.Join(v.has, ", "))
	}
	b.WriteString("\n\n## What was done\n\n| | |\n|---|---|\n")
	for _, o := range v.outcomes {
		switch {
		case o.err != nil:
			fmt.Fprintf(&b, "| %s | **failed**: %s |\n", o.title, cell(o.err.Error()))
		case o.skipped != "":
			fmt.Fprintf(&b, "| %s | not done: %s |\n", o.title, cell(o.skipped))
		default:
			fmt.Fprintf(&b, "| %s | done in %s |\n", o.title, o.took.Round(100*time.Millisecond))
		}
	}
	v.reportQuestions(&b)
	v.reportFacts(&b)
	b.WriteString("\n## What is left at Neon\n\n")
	if len(v.left) == 0 {
		b.WriteString("Nothing.\n")
	}
	for _, what := range v.left {
		fmt.Fprintf(&b, "- %s\n", what)
	}
	return v.redact(b.String())
}

func (v *visit) reportQuestions(b *strings.Builder) {
	var rows strings.Builder
	answered, differ := 0, 0
	for _, q := range questions {
		f := v.answers[q.id]
		if f.answer == "" {
			fmt.Fprintf(&rows, "| %s | %s | *not answered: %s* | |\n", q.asks, q.simulated, cell(q.reason(f)))
			continue
		}
		answered++
		mark := ""
		if f.answer != q.simulated {
			differ++
			mark = "**otherwise:** "
		}
		fmt.Fprintf(&rows, "| %s | %s | %s%s | %s |\n", q.asks, q.simulated, mark, cell(f.answer), cell(f.seen))
	}
	fmt.Fprintf(b, "\n## Open questions\n\n%d of %d answered; %d otherwise than the simulator does.\n\n", answered, len(questions), differ)
	fmt.Fprintf(b, "| Question | Simulator | Neon | Seen |\n|---|---|---|---|\n%s", rows.String())
}

// reason is why a question has no answer.
func (q question) reason(f finding) string {
	if reason, never := strings.CutPrefix(q.how, "never: "); never {
		return reason
	}
	if f.why != "" {
		return f.why
	}
	return "the run did not come so far"
}

func (v *visit) reportFacts(b *strings.Builder) {
	var differ, rows strings.Builder
	n := 0
	for _, f := range v.facts {
		row := fmt.Sprintf("| %s | %s | %s |\n", f.about, cell(f.simulated), cell(f.seen))
		if f.seen != f.simulated {
			n++
			differ.WriteString(row)
		}
		rows.WriteString(row)
	}
	fmt.Fprintf(b, "\n## What the simulator takes for granted\n\n%d looked at; %d otherwise.\n", len(v.facts), n)
	const head = "| About | Simulator | Neon |\n|---|---|---|\n"
	if n > 0 {
		fmt.Fprintf(b, "\nOtherwise:\n\n%s%s", head, differ.String())
	}
	fmt.Fprintf(b, "\nAll:\n\n%s%s", head, rows.String())
}

// answerRetryAfter looks at everything that was refused for a while.
func (v *visit) answerRetryAfter() {
	v.unanswered("there was no 429 and no 423", "retry-after")
	for _, x := range v.gate.seen("", "") {
		if x.status != http.StatusTooManyRequests && x.status != http.StatusLocked {
			continue
		}
		answer := "no"
		switch value := x.header.Get("Retry-After"); {
		case strings.Trim(value, "0123456789") == "" && value != "":
			answer = "yes, in seconds"
		case value != "":
			answer = "yes, as a date"
		}
		v.answer("retry-after", answer, fmt.Sprintf("on a %d", x.status))
	}
}

// cell is a text that fits into a table.
func cell(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.ReplaceAll(text, "|", `\|`)
}
