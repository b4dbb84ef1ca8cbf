package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// command is one run of Terraform.
type command struct {
	args   []string
	key    string // NEON_API_KEY; the lead's personal key if empty
	stdin  string
	silent bool // shown only if it fails
	exit   int  // the expected exit code
}

// terraform runs a command, shows what it prints, and fails unless the exit code is the expected one. It returns the
// output with line breaks, margins and colors taken out, so that a sentence can be looked for.
func (d *demo) terraform(ctx context.Context, c command) (string, error) {
	name := strings.TrimSuffix(filepath.Base(d.binary), ".exe")
	line := name + " " + shellWords(c.args)
	if c.stdin != "" {
		line = "echo " + shellWords([]string{c.stdin}) + " | " + line
	}
	fmt.Println(d.bold("$ " + line))

	args := slices.Clone(c.args)
	if !d.color && args[0] != "console" {
		args = slices.Insert(args, 1, "-no-color")
	}
	cmd := exec.CommandContext(ctx, d.binary, args...)
	cmd.Dir = d.work
	key := c.key
	if key == "" {
		key = d.sim.PersonalKey()
	}
	cmd.Env = append(slices.Clone(d.env), "NEON_API_KEY="+key)
	cmd.Stdin = strings.NewReader(c.stdin)
	var out bytes.Buffer
	cmd.Stdout = &out
	if !c.silent {
		cmd.Stdout = io.MultiWriter(&out, os.Stdout)
	}
	cmd.Stderr = cmd.Stdout
	terraform.EndWithUs(cmd)
	cmd.WaitDelay = 15 * time.Second // after an interrupt, which Terraform obeys at its leisure

	err := cmd.Run()
	if ctx.Err() != nil && cmd.Process != nil {
		terraform.EndRest(cmd)
		return "", ctx.Err()
	}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return "", err
	}
	if code := cmd.ProcessState.ExitCode(); code != c.exit {
		if c.silent {
			fmt.Print(out.String())
		}
		return "", fmt.Errorf("%s: exit code %d, expected %d", line, code, c.exit)
	}
	return plainText(out.String()), nil
}

var (
	colors  = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	margins = regexp.MustCompile(`(?m)^[│╷╵]`)
)

func plainText(s string) string {
	s = margins.ReplaceAllString(colors.ReplaceAllString(s, ""), "")
	return strings.Join(strings.Fields(s), " ")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./=:@-]+$`)

// shellWords is a command line that could be typed.
func shellWords(args []string) string {
	var words []string
	for _, arg := range args {
		if !plainWord.MatchString(arg) {
			arg = "'" + arg + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

func (d *demo) bold(s string) string {
	if !d.color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}
