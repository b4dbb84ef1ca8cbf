//go:build unix

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The guides' workflows run here as their services run them: the same shells with the same flags, a fresh checkout for
// each job, and the environment, files and outputs that the steps use. What a step takes from elsewhere ("uses") has
// the effect that the workflow needs of it.

// workflowRunner is where workflows run.
type workflowRunner struct {
	t        *testing.T
	checkout string            // the files of the repository
	env      []string          // of every step: where Neon, the state and the programs are
	values   map[string]string // of expressions: secrets.NAME, vars.NAME, github.…
	uploaded map[string]string // folders with artifacts, by name
	attached attached          // nil where Terraform starts its providers itself
}

// jobRun is what is left of a job.
type jobRun struct {
	ran      bool
	code     int    // exit code of the step that failed, or 0
	log      string // what all steps print
	summary  string // of the job, in Markdown
	outputs  map[string]string
	dir, tmp string
}

// fresh makes the folder of a job, and its variables of the environment.
func (r *workflowRunner) fresh() (*jobRun, []string) {
	r.t.Helper()
	run := &jobRun{ran: true, outputs: map[string]string{}, dir: r.t.TempDir(), tmp: r.t.TempDir()}
	return run, slices.Clone(r.env)
}

// found is an environment in which Terraform finds the running provider, if one is to be attached.
func (r *workflowRunner) found(env []string) []string {
	r.t.Helper()
	if r.attached == nil {
		return env
	}
	return append(env, r.attached.to(r.t, env))
}

// shell runs a script of a workflow with a shell's command line, in which {0} is the script's file.
func (run *jobRun) shell(ctx context.Context, script string, env []string, shell ...string) error {
	file := filepath.Join(run.tmp, "step.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return err
	}
	for i, word := range shell {
		shell[i] = strings.ReplaceAll(word, "{0}", file)
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...)
	cmd.Dir, cmd.Env = run.dir, env
	out, err := cmd.CombinedOutput()
	run.log += string(out)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		run.code = exit.ExitCode()
		return nil
	}
	return err
}

// A workflow of GitHub Actions, as far as the guides use them.
type githubWorkflow struct {
	Env  map[string]string
	Jobs map[string]githubJob
}

type githubJob struct {
	If      string
	Needs   string
	Env     map[string]string
	Outputs map[string]string
	Steps   []githubStep
}

type githubStep struct {
	ID, If, Name, Uses, Run, Shell string
	WorkingDirectory               string `yaml:"working-directory"`
	Env, With                      map[string]string
}

// github runs a workflow of GitHub Actions to its end.
func (r *workflowRunner) github(file string) map[string]*jobRun {
	r.t.Helper()
	var workflow githubWorkflow
	if err := yaml.Unmarshal([]byte(read(r.t, file)), &workflow); err != nil {
		r.t.Fatalf("%s: %v", file, err)
	}
	runs := map[string]*jobRun{}
	for len(runs) < len(workflow.Jobs) {
		before := len(runs)
		for name, job := range workflow.Jobs {
			if runs[name] == nil && (job.Needs == "" || runs[job.Needs] != nil) {
				runs[name] = r.githubJob(workflow, job, runs)
			}
		}
		if len(runs) == before {
			r.t.Fatalf("%s: a job needs one that does not exist", file)
		}
	}
	return runs
}

func (r *workflowRunner) githubJob(workflow githubWorkflow, job githubJob, runs map[string]*jobRun) *jobRun {
	r.t.Helper()
	values := maps.Clone(r.values)
	if needed := runs[job.Needs]; needed != nil {
		if !needed.ran || needed.code != 0 {
			return &jobRun{}
		}
		for name, value := range needed.outputs {
			values["needs."+job.Needs+".outputs."+name] = value
		}
	}
	if job.If != "" && !truthy(r.evaluate(job.If, values)) {
		return &jobRun{}
	}
	run, env := r.fresh()
	files := map[string]string{}
	for _, name := range []string{"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		files[name] = filepath.Join(run.tmp, name)
		write(r.t, files[name], "")
		env = append(env, name+"="+files[name])
	}
	env = append(env, r.evaluated(workflow.Env, values)...)
	env = append(env, r.evaluated(job.Env, values)...)
	for _, step := range job.Steps {
		if step.If != "" && !truthy(r.evaluate(step.If, values)) {
			continue
		}
		if step.Uses != "" {
			r.uses(run, step, values, files["GITHUB_ENV"])
		} else {
			shell := []string{"bash", "-e", "{0}"}
			switch step.Shell {
			case "":
			case "bash":
				shell = []string{"bash", "--noprofile", "--norc", "-eo", "pipefail", "{0}"}
			default:
				r.t.Fatalf("the shell %s", step.Shell)
			}
			in := *run
			in.dir = filepath.Join(run.dir, step.WorkingDirectory)
			err := in.shell(r.t.Context(), r.substitute(step.Run, values), r.found(append(slices.Clone(env), r.evaluated(step.Env, values)...)), shell...)
			if err != nil {
				r.t.Fatal(err)
			}
			run.log, run.code = in.log, in.code
		}
		env = append(env, strings.Fields(read(r.t, files["GITHUB_ENV"]))...)
		if step.ID != "" {
			for line := range strings.Lines(read(r.t, files["GITHUB_OUTPUT"])) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				values["steps."+step.ID+".outputs."+name] = value
			}
		}
		write(r.t, files["GITHUB_OUTPUT"], "")
		if run.code != 0 {
			break
		}
	}
	for name, value := range job.Outputs {
		run.outputs[name] = r.substitute(value, values)
	}
	run.summary = read(r.t, files["GITHUB_STEP_SUMMARY"])
	return run
}

// uses has the effect of an action.
func (r *workflowRunner) uses(run *jobRun, step githubStep, values map[string]string, envFile string) {
	r.t.Helper()
	action, _, _ := strings.Cut(step.Uses, "@")
	with := func(name string) string { return r.substitute(step.With[name], values) }
	switch action {
	case "actions/checkout":
		copyFolder(r.t, r.checkout, run.dir)
	case "hashicorp/setup-terraform": // it is in the PATH
	case "aws-actions/configure-aws-credentials":
		write(r.t, envFile, "AWS_REGION="+with("aws-region")+"\nAWS_ACCESS_KEY_ID="+with("role-to-assume")+"\nAWS_SECRET_ACCESS_KEY=secret\n")
	case "actions/upload-artifact":
		r.uploaded[with("name")] = r.t.TempDir()
		for path := range strings.FieldsSeq(with("path")) {
			write(r.t, filepath.Join(r.uploaded[with("name")], filepath.Base(path)), read(r.t, run.dir, path))
		}
	case "actions/download-artifact":
		copyFolder(r.t, r.uploaded[with("name")], filepath.Join(run.dir, with("path")))
	default:
		r.t.Fatalf("no effect is known of %s", step.Uses)
	}
}

var expressions = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

// substitute replaces the expressions in a text.
func (r *workflowRunner) substitute(text string, values map[string]string) string {
	r.t.Helper()
	return expressions.ReplaceAllStringFunc(text, func(expression string) string {
		return r.evaluate(expressions.FindStringSubmatch(expression)[1], values)
	})
}

func (r *workflowRunner) evaluated(env, values map[string]string) (variables []string) {
	r.t.Helper()
	for name, value := range env {
		variables = append(variables, name+"="+r.substitute(value, values))
	}
	return variables
}

func truthy(value string) bool { return value != "" && value != "false" }

// evaluate knows what the guides use of GitHub's expressions: paths, texts, ==, !=, && and ||.
func (r *workflowRunner) evaluate(expression string, values map[string]string) string {
	r.t.Helper()
	if a, b, found := strings.Cut(expression, " || "); found {
		if left := r.evaluate(a, values); truthy(left) {
			return left
		}
		return r.evaluate(b, values)
	}
	if a, b, found := strings.Cut(expression, " && "); found {
		if left := r.evaluate(a, values); !truthy(left) {
			return left
		}
		return r.evaluate(b, values)
	}
	for operator, equal := range map[string]bool{" == ": true, " != ": false} {
		if a, b, found := strings.Cut(expression, operator); found {
			return fmt.Sprint((r.evaluate(a, values) == r.evaluate(b, values)) == equal)
		}
	}
	expression = strings.TrimSpace(expression)
	if text, quoted := strings.CutPrefix(expression, "'"); quoted {
		return strings.TrimSuffix(text, "'")
	}
	value, known := values[expression]
	if !known && !strings.HasPrefix(expression, "steps.") && !strings.HasPrefix(expression, "needs.") {
		r.t.Errorf("the workflow uses %s, which the guide does not have set", expression)
	}
	return value
}

// commandsToRunner are the lines of a log that GitHub's runner takes for commands.
func commandsToRunner(log string) (commands []string) {
	stopped := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		switch {
		case stopped != "":
			if line == "::"+stopped+"::" {
				stopped = ""
			}
		case strings.HasPrefix(line, "::stop-commands::"):
			stopped = strings.TrimPrefix(line, "::stop-commands::")
		case strings.HasPrefix(line, "::") || strings.Contains(line, "##["):
			commands = append(commands, line)
		}
	}
	if stopped != "" {
		commands = append(commands, "stopped to the end")
	}
	return commands
}

// A pipeline of GitLab CI, as far as the guide uses it.
type gitlabJob struct {
	Stage     string
	Rules     []struct{ If, When string }
	Variables map[string]string
	Script    []string
	Artifacts struct{ Paths []string }
}

// gitlab runs a job of a pipeline of GitLab CI. What the project's settings set is in values, and goes before the file.
func (r *workflowRunner) gitlab(file, job string, artifacts map[string]string) *jobRun {
	r.t.Helper()
	var pipeline struct {
		Default struct {
			BeforeScript []string `yaml:"before_script"`
		}
		Variables map[string]string
		Jobs      map[string]gitlabJob `yaml:",inline"`
	}
	text := regexp.MustCompile(`(?m)^stages: .*\n`).ReplaceAllString(read(r.t, file), "")
	if err := yaml.Unmarshal([]byte(text), &pipeline); err != nil {
		r.t.Fatalf("%s: %v", file, err)
	}
	this, found := pipeline.Jobs[job]
	if !found {
		r.t.Fatalf("no job %s in %s", job, file)
	}
	variables := maps.Clone(pipeline.Variables)
	maps.Copy(variables, this.Variables)
	maps.Copy(variables, r.values)
	expand := func(text string) string {
		for strings.Contains(text, "$") {
			text = os.Expand(text, func(name string) string { return variables[name] })
		}
		return text
	}
	if !slices.ContainsFunc(this.Rules, func(rule struct{ If, When string }) bool {
		a, b, _ := strings.Cut(rule.If, " == ")
		return expand(a) != "" && expand(a) == strings.Trim(expand(b), `"`)
	}) {
		return &jobRun{}
	}
	run, env := r.fresh()
	copyFolder(r.t, r.checkout, run.dir)
	for path, content := range artifacts {
		write(r.t, filepath.Join(run.dir, path), content)
	}
	for name := range variables {
		env = append(env, name+"="+expand(variables[name]))
	}
	script := "set -eo pipefail\n" + strings.Join(append(pipeline.Default.BeforeScript, this.Script...), "\n")
	if err := run.shell(r.t.Context(), script, r.found(env), "bash", "{0}"); err != nil {
		r.t.Fatal(err)
	}
	for _, path := range this.Artifacts.Paths {
		if content, err := os.ReadFile(filepath.Join(run.dir, path)); err == nil {
			run.outputs[path] = string(content)
		}
	}
	run.summary = run.outputs["summary.md"]
	return run
}

// copyFolder copies the files of a folder, without those of its folders.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o750); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			write(t, filepath.Join(to, entry.Name()), read(t, from, entry.Name()))
		}
	}
}

// programs that a test needs beside Go and Terraform. Without them it is skipped, and says so.
func needsPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs %s, which the runners of GitHub and GitLab have: %v", name, err)
		}
	}
}

// pathWith is a PATH that begins with these programs.
func pathWith(t *testing.T, programs map[string]string) string {
	t.Helper()
	bin := t.TempDir()
	for name, target := range programs {
		if err := os.Symlink(target, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	return "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")
}

// python runs a script of the guides.
func python(t *testing.T, args ...string) string {
	t.Helper()
	needsPrograms(t, "python3")
	cmd := exec.CommandContext(t.Context(), "python3", args...)
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, &failed)
	}
	return string(out)
}
