// Package e2e has the tests that start a real Terraform or OpenTofu with the provider as it is built for a release, the
// demo, which is one of their scenarios, and the live run, whose scenarios they play on the simulator and "make testlive"
// on a real organization.
package e2e
