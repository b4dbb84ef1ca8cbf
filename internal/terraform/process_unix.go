//go:build unix

package terraform

import (
	"os/exec"
	"syscall"
)

// EndWithUs makes the end of the context an interrupt for Terraform, and sees to it that it gets only that one: a
// Ctrl-C goes to the whole process group, and a second one would make Terraform drop everything.
func EndWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(cmd.Process.Pid, syscall.SIGINT) }
}

// EndRest ends what a Terraform that had to be killed has left: its provider.
func EndRest(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
