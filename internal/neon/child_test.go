package neon

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What a process does, seen from outside of it: each of these tests runs this test binary again as a child, whose
// memory and standard error are its own.

const (
	childTask = "NEON_TEST_CHILD" // what the child is to do
	childURL  = "NEON_TEST_URL"
	childCA   = "NEON_TEST_CA" // PEM
)

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		os.Exit(child(task))
	}
	os.Exit(m.Run())
}

func child(task string) int {
	log.SetOutput(RedactLog(os.Stderr)) // as main does
	var roots *x509.CertPool
	if certificate := os.Getenv(childCA); certificate != "" {
		roots = x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(certificate))
	}
	c := NewClient(Config{BaseURL: os.Getenv(childURL), APIKey: Secret(testToken("s")), RootCAs: roots, RetryTimeout: time.Second})
	o := c.Organization(testOrg)
	calls := map[string]func(context.Context) error{
		"keys":        func(ctx context.Context) error { _, err := o.APIKeys(ctx); return err },
		"members":     func(ctx context.Context) error { _, err := o.Members(ctx); return err },
		"invitations": func(ctx context.Context) error { _, err := o.Invitations(ctx); return err },
		"projects":    func(ctx context.Context) error { _, _, err := c.Projects(ctx, testOrg, ""); return err },
		"key type":    func(ctx context.Context) error { _, err := c.Key(ctx); return err },
		"revoke":      func(ctx context.Context) error { return c.revokeAPIKey(ctx, testOrg, "1") },
		"create":      func(ctx context.Context) error { _, err := c.createAPIKey(ctx, testOrg, "ci", ""); return err },
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := calls[task](ctx)
	status, _ := os.ReadFile("/proc/self/status") // only Linux has it
	peak := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	fmt.Println(err) //nolint:forbidigo // the parent reads it
	if peak != nil {
		fmt.Printf("peak %s kB\n", peak[1]) //nolint:forbidigo // the parent reads it
	}
	return 0
}

// runChild runs a task in a process of its own.
func runChild(t *testing.T, task, url string, env ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), append(env, childTask+"="+task, childURL+"="+url)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return out.String(), errs.String()
}

// raceDetector says that the tests run with the race detector.
var raceDetector bool

// A server's answer of a few KiB may unpack to any size, or consist of very many very small parts. Whatever it is, the
// provider refuses it or reads it, within 80 MB.
func TestMemory(t *testing.T) {
	t.Parallel()
	if raceDetector {
		t.Skip("the race detector keeps several bytes for each that is in use: make test measures without it")
	}
	const mib = 1 << 20
	bodies := map[string]string{
		"31 MiB":               `["` + strings.Repeat("x", 31*mib) + `"]`,
		"31 MiB of keys":       "[" + strings.Repeat(`{"id":1},`, 31*mib/9) + `{"id":1}]`,
		"almost 8 MiB of keys": "[" + strings.Repeat(`{"id":1},`, 8*mib/9-9) + `{"id":1}]`,
		"almost 8 MiB of members": `{"members":[` + strings.Repeat(`{"member":{"id":"a"},"user":{"email":"a"}},`, 8*mib/45) +
			`{"member":{"id":"a"},"user":{"email":"a"}}]}`,
		"almost 8 MiB of invitations":             `{"invitations":[` + strings.Repeat(`{"email":"a"},`, 8*mib/14-9) + `{"email":"a"}]}`,
		"almost 8 MiB of projects":                `{"projects":[` + strings.Repeat(`{"id":"a"},`, 8*mib/11-9) + `{"id":"a"}]}`,
		"almost 8 MiB of unavailable projects":    `{"projects":[],"unavailable_project_ids":[` + strings.Repeat(`"a",`, 2*mib-99) + `"a"]}`,
		"almost 8 MiB of objects for a few words": `{"auth_method":"api_key_user","x":[` + strings.Repeat(`{},`, 8*mib/3-99) + `{}]}`,
		"almost 8 MiB of lists for nobody":        "[" + strings.Repeat("[],", 8*mib/3-99) + "[]]",
	}
	for _, test := range []struct {
		task, body, text string
	}{
		{"keys", "31 MiB", "larger than 8 MiB"},
		{"revoke", "31 MiB", "larger than 8 MiB"},
		{"create", "31 MiB", "larger than 8 MiB"},
		{"key type", "31 MiB", "larger than 8 MiB"},
		{"keys", "31 MiB of keys", "larger than 8 MiB"},
		{"keys", "almost 8 MiB of keys", "more items than"},
		{"members", "almost 8 MiB of members", "more items than"},
		{"invitations", "almost 8 MiB of invitations", "more items than"},
		{"projects", "almost 8 MiB of projects", "more items than"},
		{"projects", "almost 8 MiB of unavailable projects", "more items than"},
		{"key type", "almost 8 MiB of objects for a few words", "<nil>"},
		{"revoke", "almost 8 MiB of lists for nobody", "unexpected form"},
	} {
		t.Run(test.task+"/"+test.body, func(t *testing.T) {
			t.Parallel()
			var packed bytes.Buffer
			writer := gzip.NewWriter(&packed)
			_, _ = io.WriteString(writer, bodies[test.body])
			_ = writer.Close()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(packed.Bytes())
			}))
			t.Cleanup(server.Close)
			out, _ := runChild(t, test.task, server.URL, "GOGC=100", "GOMEMLIMIT=off")
			wantContains(t, out, test.text)
			var peak int
			if _, last, found := strings.Cut(out, "\npeak "); !found {
				t.Skip("the memory of a process is read on Linux only")
			} else if _, err := fmt.Sscan(last, &peak); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d KiB sent, %d MB at most", packed.Len()>>10, peak*1024/1_000_000)
			if peak*1024 > 80_000_000 {
				t.Error("more than 80 MB")
			}
		})
	}
}

// GODEBUG=http2debug=2 makes Go write all that it sends and receives to the standard logger.
func TestNoSecretInTheStandardLog(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer, _ := json.Marshal(map[string]any{"id": 1, "name": "ci", "key": testToken("t")})
		half := bytes.Index(answer, []byte("napi_")) + 3 // a token in two frames looks like none
		_, _ = w.Write(answer[:half])
		w.(http.Flusher).Flush()
		_, _ = w.Write(answer[half:])
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	authority := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	out, log := runChild(t, "create", server.URL, childCA+"="+authority, "GODEBUG=http2debug=2")
	wantContains(t, out, "<nil>")
	wantContains(t, log, `"authorization" = "(redacted)"`, `data="(redacted)"`)
	for _, secret := range []string{"sssssss", "ttttttt"} {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("the log has a token: %s", log[max(0, at-200):min(len(log), at+100)])
		}
	}
}
