//go:build unix

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// opa runs the pinned Open Policy Agent, if it has been built: that takes minutes, which "make test" does not have.
func opa(t *testing.T, dir string, args ...string) (out string, code int) {
	t.Helper()
	binary, err := filepath.Abs(filepath.Join(".cache", "tools", "opa"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		t.Skipf("needs Open Policy Agent, which \"internal/tools/tool.sh opa\" builds and .ci/run tests with: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = dir
	var printed strings.Builder
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if code, err = terraform.Run(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	return printed.String(), code
}

// TestPolicy runs the tests that the guide shows, and finds the rules in the form that OPA formats them in.
func TestPolicy(t *testing.T) {
	t.Parallel()
	const folder = "examples/guides/policies"
	for _, args := range [][]string{{"test", "policy.rego", "policy_test.rego"}, {"check", "--strict", "policy.rego", "policy_test.rego"}, {"fmt", "--fail", "--diff", "."}} {
		if out, code := opa(t, folder, args...); code != 0 {
			t.Errorf("opa %v: exit code %d\n%s", args, code, out)
		}
	}
}

// walkPolicies asks the rules about plans of a list and of single members.
func walkPolicies(w *walk) {
	w.t.Helper()
	ask := func(exit int) string {
		w.t.Helper()
		w.exits(0, "plan", "-input=false", "-out=tfplan")
		write(w.t, filepath.Join(w.Dir, "plan.json"), w.run("show", "-json", "tfplan"))
		out, code := opa(w.t, w.Dir, "eval", "--fail-defined", "--format=pretty", "--data=policy.rego", "--data=approvals.json", "--input=plan.json", "some message in data.main.deny")
		if code != exit {
			w.t.Errorf("the exit code %d, want %d:\n%s", code, exit, out)
		}
		return out
	}
	opa(w.t, w.Dir, "version") // or skip
	w.exits(0, "apply", "-auto-approve", "-input=false")
	w.edits("main.tf", "    \"audit@example.com\" = \"viewer\"\n", "    \"audit@example.com\" = \"viewer\"\n    \"guest@partner.example\" = \"admin\"\n")
	w.keeps("denied", ask(1))
	w.edits("approvals.json", `"ops@example.com"]`, `"ops@example.com", "guest@partner.example"]`)
	w.edits("approvals.json", `"approved_guests": []`, `"approved_guests": ["guest@partner.example"]`)
	ask(0)

	write(w.t, filepath.Join(w.Dir, "main.tf"), useNeon+"resource \"neon_organization_member\" \"lead\" {\n  email = \"lead@example.com\"\n  role  = \"admin\"\n}\n"+
		"resource \"neon_organization_member\" \"new\" {\n  email = \"new@example.com\"\n  role  = \"admin\"\n}\n")
	w.finds(ask(1), "new@example.com would become an admin")
}
