//go:build unix

package terraform

import (
	"os/exec"
	"syscall"
)

// interruptible makes the end of the context an interrupt for Terraform, and sees to it that it gets only that one: a
// Ctrl-C goes to the whole process group, and a second one would make Terraform drop everything.
func interruptible(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(cmd.Process.Pid, syscall.SIGINT) }
}

// Kill ends a Terraform that has started, and what it has left: its provider.
func Kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
