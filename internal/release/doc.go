// Package release has the tests of what is released, and of what releases it: internal/tools/release.sh starts those of
// release_test.go, which install the zips of a release and use them; those of workflows_test.go read the workflows.
package release
