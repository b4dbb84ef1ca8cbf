//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// endWithUs makes the end of the context an interrupt for Terraform, and sees to it that it gets only that one: a
// Ctrl-C goes to the whole process group, and a second one would make Terraform drop everything.
func endWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(cmd.Process.Pid, syscall.SIGINT) }
}

// endRest ends what a Terraform that had to be killed has left: its provider.
func endRest(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
