package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	stdin, quit := io.Pipe()
	out, stdout := io.Pipe()
	ended := make(chan error)
	go func() {
		ended <- run([]string{"-keys", "-page-size=2", "-config", `{"latency":"1ms"}`, "-exit-on-stdin-eof"}, stdin, stdout, io.Discard)
	}()
	line := make([]byte, 4096)
	n, _ := out.Read(line)
	wanted := regexp.MustCompile(`^export NEON_API_HOST=(http://127\.0\.0\.1:\d+/api/v2) NEON_API_KEY=(napi_\w{64}) NEON_ORG_ID=org-example-12345678 NEON_ORGANIZATION_API_KEY=napi_\w{64} NEON_PROJECT_API_KEY=napi_\w{64}\n$`)
	found := wanted.FindSubmatch(line[:n])
	if found == nil {
		t.Fatalf("printed %q", line[:n])
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, string(found[1])+"/organizations/org-example-12345678/members?limit=500", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+string(found[2]))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK || strings.Count(string(body), `"email"`) != 2 {
		t.Errorf("%s: %s", response.Status, body)
	}
	_ = quit.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestRunACommand has a command look for the simulator, and end as it likes.
func TestRunACommand(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	var stdout bytes.Buffer
	err := run([]string{"-keys", "sh", "-c", `cat; echo $NEON_ORG_ID $NEON_API_HOST $NEON_API_KEY $NEON_PROJECT_API_KEY; exit 7`}, strings.NewReader("read "), &stdout, io.Discard)
	if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != 7 {
		t.Errorf("ended with %v", err)
	}
	if wanted := regexp.MustCompile(`^read org-example-12345678 http://127\.0\.0\.1:\d+/api/v2 napi_\w{64} napi_\w{64}\n$`); !wanted.MatchString(stdout.String()) {
		t.Errorf("printed %q", &stdout)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string]string{
		"-addr 0.0.0.0:0":        "loopback",
		"-addr :0":               "loopback",
		"-addr nothing":          "port",
		`-config {"limit":true}`: "unknown field",
		"-page-size -3":          "max_page_size",
		"no-such-command":        "not found",
		"-nothing":               "not defined",
	} {
		var stderr bytes.Buffer
		if err := run(strings.Fields(arguments), strings.NewReader(""), io.Discard, &stderr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", arguments, err, want)
		}
	}
}
