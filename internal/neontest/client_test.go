package neontest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// reply is an answer as a client without any comfort sees it.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func (r reply) json(t *testing.T, into any) {
	t.Helper()
	if r.err != nil || r.status != http.StatusOK {
		t.Fatalf("status %d, error %v, body %s", r.status, r.err, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		t.Fatalf("%s: %s", err, r.body)
	}
}

func (r reply) message() string {
	var body struct{ Message string }
	_ = json.Unmarshal([]byte(r.body), &body)
	return body.Message
}

// do makes one request on a connection of its own. path may hold {org} for the main organization.
func do(t *testing.T, s *neontest.Server, token, method, path, body string, header ...string) reply {
	t.Helper()
	url := s.URL() + path
	if strings.HasPrefix(path, "/_sim") {
		url = strings.TrimSuffix(s.URL(), "/api/v2") + path
	}
	request, err := http.NewRequestWithContext(t.Context(), method, strings.ReplaceAll(url, "{org}", s.OrgID()), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, header: response.Header, body: string(data), err: err}
}

func expect(t *testing.T, r reply, status int, message string) {
	t.Helper()
	if r.err != nil || r.status != status || !strings.Contains(r.message(), message) {
		t.Errorf("got %d %q (error %v), want %d %q", r.status, r.body, r.err, status, message)
	}
}

func contains(text, part string) bool { return strings.Contains(text, part) }

// until waits for something that happens in the background.
func until(t *testing.T, happened func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); !happened(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatal("did not happen within 10 s")
		}
	}
}
