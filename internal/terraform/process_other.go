//go:build !unix

package terraform

import "os/exec"

// Where there are no process groups, Terraform is killed when the context ends, and its provider ends by itself.
func interruptible(*exec.Cmd) {}

// Kill ends a Terraform that has started.
func Kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
