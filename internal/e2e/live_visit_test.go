//go:build unix

package e2e

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// The live run works on a real Neon organization, as far as that is harmless, and prints a report in Markdown: what
// worked, what Neon answers where its texts leave a question open, and where it does otherwise than the simulator. It
// makes API keys and revokes them, invites one address if one is given, and removes and demotes nobody. "make testlive"
// starts it and says what to set; the tests play its scenarios on the simulator. No file of it knows the simulator, but
// those of the tests, live_*simulated_test.go.

func liveSettingsProgram(context.Context) error {
	_, err := readSettings(os.Getenv)
	return err
}

func liveProgram(ctx context.Context) error {
	s, err := readSettings(os.Getenv)
	if err != nil {
		return err
	}
	if err := liveRun(ctx, s); err != nil {
		return fmt.Errorf("\nThe live run failed: %w", err)
	}
	return nil
}

// liveRun lives through all scenarios and prints the report.
func liveRun(ctx context.Context, s settings) (err error) {
	folder, err := os.MkdirTemp("", "neon-live-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	tools, err := newTools(ctx, folder)
	if err != nil {
		return err
	}
	v, err := newVisit(s, tools, folder, os.Stderr)
	if err != nil {
		return err
	}
	defer v.gate.close()
	err = v.live(ctx)
	fmt.Fprint(os.Stdout, v.report())
	return err
}

// prefix is what the names of all keys begin with that live runs make.
const prefix = "terraform-live-test-"

// visit is one run: what it works with, and what it has found out.
type visit struct {
	settings  settings
	tools     tools
	folder    string // for what is written
	scenarios []scenario
	// attach is more environment, by which Terraform finds a provider that runs already; empty without one.
	attach   func(config string, env []string) []string
	gate     *gate
	progress io.Writer
	started  time.Time
	name     string // what the names of this run's keys begin with

	caller   caller
	has      []string // what the organization has, in words
	outcomes []outcome
	answers  map[string]finding // by question
	facts    []fact
	left     []string // what remains at Neon
}

// finding is the answer to a question with what was seen, or why there is none.
type finding struct{ answer, seen, why string }

// fact is something that the simulator does, and what Neon does.
type fact struct{ about, simulated, seen string }

// outcome is what became of a scenario.
type outcome struct {
	title   string
	skipped string // why it did not take place
	err     error
	took    time.Duration
}

// skip is why a scenario does not take place.
type skip string

func (s skip) Error() string { return string(s) }

type scenario struct {
	title string
	play  func(*visit, context.Context) error
}

// everyScenario is all that a run does. The first one has to succeed.
var everyScenario = []scenario{
	{"Who the key belongs to", (*visit).who},
	{"Refusals", (*visit).refusals},
	{"Terraform reads everything", (*visit).reading},
	{"API keys, one request at a time", (*visit).keys},
	{"Terraform creates, imports and revokes an API key", (*visit).organizationKey},
	{"Terraform creates, imports and revokes an API key for a project", (*visit).projectKey},
	{"Terraform rotates an API key", (*visit).rotatingKey},
	{"Terraform opens an ephemeral API key", (*visit).ephemeralKey},
	{"Terraform invites", (*visit).inviting},
}

func newVisit(s settings, t tools, folder string, progress io.Writer) (*visit, error) {
	v := &visit{
		settings: s, tools: t, folder: folder, scenarios: everyScenario, progress: progress, started: time.Now(), answers: map[string]finding{},
		name: prefix + strings.ToLower(rand.Text()[:8]),
	}
	var err error
	v.gate, err = openGate(s, v.name)
	return v, err
}

// live plays all scenarios, and revokes what they have left, interrupted or not.
func (v *visit) live(ctx context.Context) error {
	defer v.gate.close()
	var failed []error
	for i, s := range v.scenarios {
		fmt.Fprintf(v.progress, "%s … ", s.title)
		started := time.Now()
		err := s.play(v, ctx)
		o := outcome{title: s.title, took: time.Since(started)}
		if why, skipped := errors.AsType[skip](err); skipped {
			o.skipped = string(why)
			fmt.Fprintln(v.progress, "not done:", o.skipped)
		} else if err != nil {
			o.err = errors.New(v.redact(err.Error()))
			failed = append(failed, fmt.Errorf("%s: %w", s.title, o.err))
			fmt.Fprintln(v.progress, "failed:", o.err)
		} else {
			fmt.Fprintf(v.progress, "done in %s\n", o.took.Round(100*time.Millisecond))
		}
		v.outcomes = append(v.outcomes, o)
		if ctx.Err() != nil || i == 0 && err != nil {
			break
		}
	}
	if ctx.Err() != nil {
		failed = append(failed, errors.New("interrupted"))
	}
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	unsettled, refused := v.gate.settle(rest)
	if err := v.cleanUp(rest, unsettled > 0); err != nil {
		failed = append(failed, errors.New(v.redact(err.Error())))
	}
	for _, request := range refused {
		failed = append(failed, fmt.Errorf("the run wanted to send what it must not: %s", v.redact(request)))
	}
	return errors.Join(failed...)
}

// cleanUp revokes this run's keys that still live, and says what remains.
func (v *visit) cleanUp(ctx context.Context, madeKeys bool) error {
	if !madeKeys && !v.caller.may(keysList) {
		return nil
	}
	fmt.Fprintln(v.progress, "Cleaning up")
	list, err := v.listKeys(ctx)
	if err != nil {
		v.left = append(v.left, "unknown, for the API keys cannot be listed: look for those whose names begin with `"+v.name+"`")
		return fmt.Errorf("cannot list the API keys to clean up: %w", err)
	}
	var failed []error
	for _, key := range list {
		switch {
		case strings.HasPrefix(key.Name, v.name):
			if err := v.revoke(ctx, key.ID); err != nil {
				v.left = append(v.left, fmt.Sprintf("the API key %d, `%s`", key.ID, key.Name))
				failed = append(failed, fmt.Errorf("cannot revoke the API key %d, %s: %w", key.ID, key.Name, err))
			}
		case strings.HasPrefix(key.Name, prefix):
			v.left = append(v.left, fmt.Sprintf("of another run: the API key %d, `%s`", key.ID, key.Name))
		}
	}
	return errors.Join(failed...)
}

func (v *visit) revoke(ctx context.Context, id int64) error {
	reply, err := v.call(ctx, v.settings.apiKey, "DELETE", v.keyPath(id), nil)
	if err == nil && reply.status != 200 {
		err = errors.New(reply.said())
	}
	return err
}

// answer notes the answer to a question, with what was seen.
func (v *visit) answer(id, answer, seen string) { v.find(id, finding{answer: answer, seen: seen}) }

// unanswered notes why questions have no answer.
func (v *visit) unanswered(why string, ids ...string) {
	for _, id := range ids {
		v.find(id, finding{why: why})
	}
}

func (v *visit) find(id string, f finding) {
	if !slices.ContainsFunc(questions, func(q question) bool { return q.id == id }) {
		panic("no question " + id)
	}
	v.answers[id] = f
}

func choose(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

// fact notes what Neon does where the simulator does something.
func (v *visit) fact(about, simulated, seen string) {
	v.facts = append(v.facts, fact{about, simulated, v.redact(seen)})
}
