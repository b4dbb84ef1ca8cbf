//go:build !unix

package terraform

import "os/exec"

// Where there are no process groups, Terraform is killed when the context ends, and its provider ends by itself.

// EndWithUs does nothing here.
func EndWithUs(*exec.Cmd) {}

// EndRest does nothing here.
func EndRest(*exec.Cmd) {}
