// Command mutants breaks the simulator in many ways, one at a time, and says which of the tests of "make contract" have
// seen it. It changes no file: Go's build overlay does.
//
//	mutants [-only=REGEXP] [-from=N] [-build | -quick]
//
// It fails if a mutant lives, or cannot be made: its text is no longer in the simulator.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// mutant is one change of the simulator.
type mutant struct {
	what     string
	file     string // in internal/neontest
	old, new string // old is in the file once
}

// steps are the parts of "make contract", the quickest ones first. The second one needs what the first has recorded.
var steps = []struct {
	name string
	args []string
}{
	{"SDKs", []string{"-run=^TestSDK", "-skip=ThroughMembers", "./internal/contract"}},
	{"OpenAPI file", []string{"-run=^TestExchanges$", "./internal/contract/openapi"}},
	{"many pages", []string{"-run=ThroughMembers$", "./internal/contract"}},
	{"CLI", []string{"-run=^TestCLI", "./internal/contract"}},
	{"acceptance tests", []string{"-run=^Test(State|Member|APIKey|Invitation)", "-skip=Histories|Randomly", "./internal/contract", "./internal/provider"}},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		stop()
		os.Exit(1) //nolint:gocritic // nothing else is deferred
	}
}

func run(ctx context.Context) error {
	only := flag.String("only", "", "only those whose description matches this `regexp`")
	from := flag.Int("from", 1, "begin with this `number`")
	build := flag.Bool("build", false, "only see whether each can be made")
	quick := flag.Bool("quick", false, "only the SDKs and the OpenAPI file")
	flag.Parse()
	switch {
	case *build:
		steps = nil
	case *quick:
		steps = steps[:3]
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()

	seenBy := map[string]int{}
	var alive, broken []string
	for i, m := range mutants {
		if i+1 < *from || !wanted.MatchString(m.what) {
			continue
		}
		started := time.Now()
		by, err := m.seen(ctx, folder)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			broken = append(broken, fmt.Sprintf("%s: %s", m.what, err))
			continue
		}
		fmt.Printf("%3d  %-16s %-70s %3.0f s\n", i+1, by, m.what, time.Since(started).Seconds())
		seenBy[by]++
		if by == "" && !*build {
			alive = append(alive, m.what)
		}
	}
	fmt.Printf("\nSeen by: %v\n", seenBy)
	if len(broken) > 0 {
		return fmt.Errorf("%d cannot be made:\n  %s", len(broken), strings.Join(broken, "\n  "))
	}
	if len(alive) > 0 {
		return fmt.Errorf("%d live:\n  %s", len(alive), strings.Join(alive, "\n  "))
	}
	return nil
}

// seen says which step fails with the mutant, "" if none does.
func (m mutant) seen(ctx context.Context, folder string) (string, error) {
	file, err := filepath.Abs(filepath.Join("internal", "neontest", m.file))
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		return "", fmt.Errorf("%s has this %d times: %s", m.file, n, m.old)
	}
	mutated := filepath.Join(folder, "mutated.go")
	if err := os.WriteFile(mutated, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o600); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: mutated}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		return "", err
	}
	if output, err := exec.CommandContext(ctx, "go", "build", "-overlay="+overlay, "./internal/neontest").CombinedOutput(); err != nil {
		return "", fmt.Errorf("it does not build: %s", output)
	}
	exchanges := filepath.Join(folder, "exchanges")
	if err := os.RemoveAll(exchanges); err != nil {
		return "", err
	}
	if err := os.Mkdir(exchanges, 0o700); err != nil {
		return "", err
	}
	for _, step := range steps {
		args := append([]string{"test", "-overlay=" + overlay, "-vet=off", "-tags=contract", "-count=1", "-failfast"}, step.args...)
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Env = append(os.Environ(), "TF_ACC=1", neontest.RecordVariable+"="+exchanges)
		err := cmd.Run()
		if _, failed := errors.AsType[*exec.ExitError](err); failed {
			return step.name, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}
