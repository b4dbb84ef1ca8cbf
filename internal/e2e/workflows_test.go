//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

const (
	pullRequests = "examples/guides/pull-requests"
	stateReader  = "arn:aws:iam::123456789012:role/state-reader"
	stateWriter  = "arn:aws:iam::123456789012:role/state-writer"
)

// newRunner is a repository with the files of a guide, whose lock file is committed, and an organization.
func newRunner(t *testing.T, folder string, env ...string) (*workflowRunner, *neontest.Server) {
	t.Helper()
	needsPrograms(t, "bash", "openssl", "python3")
	tools := testTools(t)
	if !tools.version.Since(11, 10) {
		t.Skipf("%s is too old for the backend's use_lockfile", tools.version.Name)
	}
	sim := neontest.Start(t, neontest.Config{Latency: 2 * time.Millisecond})
	mirror, err := terraform.MirrorConfig(t.TempDir(), tools.installed)
	if err != nil {
		t.Fatal(err)
	}
	apk, err := filepath.Abs(filepath.Join(t.TempDir(), "apk"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, apk, "#!/bin/sh\n")
	if err := os.Chmod(apk, 0o700); err != nil {
		t.Fatal(err)
	}
	r := &workflowRunner{t: t, checkout: t.TempDir(), uploaded: map[string]string{}, env: terraform.Environment(append([]string{
		mirror, oneThread, pathWith(t, map[string]string{"terraform": tools.binary, "apk": apk}), "NEON_API_HOST=" + sim.URL(), "AWS_EC2_METADATA_DISABLED=true",
	}, env...)...)}
	copyFolder(t, folder, r.checkout)
	return r, sim
}

// begins applies what the main branch has, and commits the lock file.
func (r *workflowRunner) begins(env ...string) {
	r.t.Helper()
	run, all := r.fresh()
	copyFolder(r.t, r.checkout, run.dir)
	err := run.shell(r.t.Context(), "terraform init -input=false && terraform apply -input=false -auto-approve", append(all, env...), "bash", "-e", "{0}")
	if err != nil || run.code != 0 {
		r.t.Fatalf("%v\n%s", err, run.log)
	}
	write(r.t, filepath.Join(r.checkout, ".terraform.lock.hcl"), read(r.t, run.dir, ".terraform.lock.hcl"))
}

// commits changes a file of the repository; undo is for branches that are not merged.
func (r *workflowRunner) commits(file, from, to string) (undo func()) {
	r.t.Helper()
	path := filepath.Join(r.checkout, file)
	before := read(r.t, path)
	if strings.Count(before, from) != 1 {
		r.t.Fatalf("%q is not once in %s", from, file)
	}
	write(r.t, path, strings.Replace(before, from, to, 1))
	return func() { write(r.t, path, before) }
}

// ends checks how a job ended, and that its output has given the runner no commands.
func (r *workflowRunner) ends(run *jobRun, code int, summary ...string) {
	r.t.Helper()
	if !run.ran || run.code != code {
		r.t.Errorf("ran: %t, exit code %d, want %d:\n%s", run.ran, run.code, code, run.log)
	}
	if commands := commandsToRunner(run.log); len(commands) > 0 {
		r.t.Errorf("the runner was given the commands %q in\n%s", commands, run.log)
	}
	for _, text := range summary {
		if !strings.Contains(run.summary, text) {
			r.t.Errorf("no %q in the summary:\n%s\nThe log:\n%s", text, run.summary, run.log)
		}
	}
}

func TestWorkflowsOfGitHub(t *testing.T) {
	t.Parallel()
	store, env := startS3(t, stateReader)
	r, sim := newRunner(t, pullRequests, env...)
	r.begins("NEON_API_KEY="+sim.PersonalKey(), "AWS_ACCESS_KEY_ID="+stateWriter, "AWS_SECRET_ACCESS_KEY=secret")
	r.values = map[string]string{
		"secrets.NEON_ORGANIZATION_KEY": sim.OrganizationKey(), "secrets.NEON_ADMIN_KEY": sim.PersonalKey(), "secrets.PLAN_PASSPHRASE": "correct horse",
		"vars.STATE_READER_ROLE": stateReader, "vars.STATE_WRITER_ROLE": stateWriter, "vars.NEON_EMERGENCY": "",
		"github.ref": "refs/pull/1/merge", "github.repository": "example/organization", "github.actor": "dev",
		"github.event.pull_request.head.repo.full_name": "example/organization",
	}
	sim.ResetRequests()
	file := func(name string) string { return filepath.Join(r.checkout, name) }

	running := attached{}
	r.attached = running // until something is applied

	// A pull request that a guard refuses: the job fails, and its summary has the guard's words.
	undo := r.commits("main.tf", "    \"ops@example.com\"   = \"admin\"\n", "")
	undoLead := r.commits("main.tf", "    \"lead@example.com\"  = \"admin\"\n", "")
	r.ends(r.github(file("plan.yml"))["plan"], 1, "## The plan failed", "### Errors", "lead@example.com", "protected_members")
	undoLead()
	undo()

	// One from a fork has no secrets: nothing runs.
	r.values["github.event.pull_request.head.repo.full_name"] = "stranger/organization"
	if r.github(file("plan.yml"))["plan"].ran {
		t.Error("the pull request of a fork was planned")
	}
	r.values["github.event.pull_request.head.repo.full_name"] = "example/organization"

	// A good one, with an output that would be a command to the runner.
	write(t, file("note.tf"), "output \"note\" {\n  value = \"two lines\\n::add-mask::admin\"\n}\n")
	r.commits("main.tf", "    \"audit@example.com\" = \"viewer\"\n", "    \"new@example.com\"   = \"viewer\"\n")
	plan := r.github(file("plan.yml"))["plan"]
	r.ends(plan, 0, "### Gains access", "`new@example.com` as `viewer`", "### Loses access", "`audit@example.com`", "### Cannot be undone", "To be invited: new@example.com")
	if !strings.Contains(plan.log, "::add-mask::") {
		t.Errorf("the plan does not show the output:\n%s", plan.log)
	}
	if n := sim.Count(invite) + sim.Count(remove); n != 0 || len(store.refused) != 0 {
		t.Errorf("planning has changed something: %d requests, %q", n, store.refused)
	}

	// It is merged: planned, approved, and that plan is applied, whatever has become of the branch in between. Terraform
	// installs the provider as the lock file has it, and starts it.
	r.attached = nil
	runs := r.github(file("apply.yml"))
	r.ends(runs["plan"], 0, "`new@example.com` as `viewer`")
	r.ends(runs["apply"], 0)
	if sim.Count(invite) != 1 || sim.Count(remove) != 1 {
		t.Errorf("the apply has sent %v", sim.Counts())
	}
	if saved := read(t, r.uploaded["tfplan"], "tfplan.enc"); !strings.HasPrefix(saved, "Salted__") {
		t.Error("the saved plan is not encrypted")
	}

	r.attached = running

	// Nothing differs: the alarm is silent, and there is nothing to approve.
	r.ends(r.github(file("drift.yml"))["drift"], 0, "no changes")
	runs = r.github(file("apply.yml"))
	r.ends(runs["plan"], 0, "no changes")
	if runs["apply"].ran {
		t.Error("there was nothing to apply, and the apply ran")
	}

	// Somebody is let in by hand.
	sim.AddMember("oncall@partner.example", "admin")
	r.ends(r.github(file("drift.yml"))["drift"], 2, "### Loses access", "`oncall@partner.example`", "Changed outside of Terraform")
	r.values["vars.NEON_EMERGENCY"] = "true"
	r.ends(r.github(file("apply.yml"))["apply"], 0)
	if member, _ := sim.Member("oncall@partner.example"); member.Role != "admin" {
		t.Error("the emergency variable did not reach the apply: the member is gone")
	}
	if len(store.refused) != 0 {
		t.Errorf("refused: %q", store.refused)
	}
}

func TestWorkflowsOfGitLab(t *testing.T) {
	t.Parallel()
	api, token := startGitLab(t)
	r, sim := newRunner(t, pullRequests)
	write(t, filepath.Join(r.checkout, "backend.tf"), "terraform {\n  backend \"http\" {}\n}\n") // as the guide says
	const pipeline = ".gitlab-ci.yml"
	token("first")
	state := api + "/projects/7/terraform/state/neon"
	r.begins("NEON_API_KEY="+sim.PersonalKey(), "TF_HTTP_ADDRESS="+state, "TF_HTTP_USERNAME=u", "TF_HTTP_PASSWORD=first")
	r.values = map[string]string{
		"CI_API_V4_URL": api, "CI_PROJECT_ID": "7", "CI_DEFAULT_BRANCH": "main", "CI_JOB_TOKEN": "first",
		"NEON_ORGANIZATION_KEY": sim.OrganizationKey(), "PLAN_PASSPHRASE": "correct horse",
	}
	sim.ResetRequests()
	file := filepath.Join(r.checkout, pipeline)

	r.values["CI_PIPELINE_SOURCE"] = "merge_request_event"
	undo := r.commits("main.tf", "    \"lead@example.com\"  = \"admin\"\n", "")
	r.attached = attached{}
	r.ends(r.gitlab(file, "plan", nil), 1, "## The plan failed", "lead@example.com")
	r.attached = nil
	undo()
	r.commits("main.tf", "    \"audit@example.com\" = \"viewer\"\n", "    \"new@example.com\"   = \"viewer\"\n")
	if r.gitlab(file, "apply", nil).ran {
		t.Error("a merge request was applied")
	}

	r.values["CI_PIPELINE_SOURCE"], r.values["CI_COMMIT_BRANCH"] = "push", "main"
	plan := r.gitlab(file, "plan", nil)
	r.ends(plan, 0, "`new@example.com` as `viewer`")
	token("second") // each job has its own
	r.values["CI_JOB_TOKEN"], r.values["NEON_ADMIN_KEY"] = "second", sim.PersonalKey()
	r.ends(r.gitlab(file, "apply", plan.outputs), 0)
	if sim.Count(invite) != 1 || sim.Count(remove) != 1 {
		t.Errorf("the apply has sent %v", sim.Counts())
	}
}

// The job that rotates keys, without the store: another provider would have to be there for it.
func TestWorkflowOfRotations(t *testing.T) {
	t.Parallel()
	needsPrograms(t, "jq")
	const writer = "arn:aws:iam::123456789012:role/secrets-writer"
	_, env := startS3(t, stateReader)
	r, sim := newRunner(t, "examples/guides/keys-in-ci", env...)
	config := read(t, r.checkout, "main.tf")
	for _, block := range []string{`(?m)^    aws = \{\n(.*\n)+?    \}\n`, `(?m)^provider "aws" \{\}\n`, `(?m)^resource "aws_\w+" "ci" \{\n(.*\n)+?\}\n`} {
		config = regexp.MustCompile(block).ReplaceAllString(config, "")
	}
	config = strings.NewReplacer(`"60d"`, `"1s"`, `"14d"`, `"0s"`).Replace(config) // so that a rotation is due
	write(t, filepath.Join(r.checkout, "main.tf"), config)
	repositories := filepath.Join(r.checkout, "terraform.tfvars")
	write(t, repositories, "repositories = { shop = \"shiny-wind-12345678\" }\n")
	write(t, filepath.Join(r.checkout, "summary.py"), read(t, pullRequests, "summary.py"))
	r.begins("NEON_ORG_ID="+sim.OrgID(), "NEON_API_KEY="+sim.PersonalKey(), "AWS_ACCESS_KEY_ID="+writer, "AWS_SECRET_ACCESS_KEY=secret")
	r.env = append(r.env, "NEON_ORG_ID="+sim.OrgID())
	r.values = map[string]string{"secrets.NEON_ADMIN_KEY": sim.PersonalKey(), "vars.SECRETS_WRITER_ROLE": writer}
	sim.ResetRequests()
	rotate := func() *jobRun { return r.github(filepath.Join(r.checkout, "rotate.yml"))["rotate"] }

	// A repository has left the list: that is for a pull request.
	r.attached = attached{}
	write(t, repositories, "repositories = {}\n")
	r.ends(rotate(), 1, "is revoked", "The plan does more than rotate.")
	// A key that may create no keys: the guard's words are in the summary.
	write(t, repositories, "repositories = { shop = \"shiny-wind-12345678\" }\n")
	r.values["secrets.NEON_ADMIN_KEY"] = sim.OrganizationKey()
	r.ends(rotate(), 1, "## The plan failed", "needs a personal key")
	if sim.Count(create)+sim.Count(revoke) != 0 {
		t.Errorf("sent: %v", sim.Counts())
	}
	r.values["secrets.NEON_ADMIN_KEY"] = sim.PersonalKey()
	r.attached = nil
	r.ends(rotate(), 0, "is rotated")
	if sim.Count(create) != 1 {
		t.Errorf("sent: %v", sim.Counts())
	}
}
