//go:build unix

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// stateStore is what a remote backend stores, on 127.0.0.1: by path of the object, as S3 and as GitLab do.
type stateStore struct {
	mu      sync.Mutex
	objects map[string][]byte
	refused []string // what was not allowed
}

// startS3 serves as much of S3 and STS as Terraform's backend asks for. A caller whose access key is that of the
// reader may write nothing.
func startS3(t *testing.T, reader string) (store *stateStore, env []string) {
	t.Helper()
	store = &stateStore{objects: map[string][]byte{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		store.mu.Lock()
		defer store.mu.Unlock()
		object, found := store.objects[r.URL.Path]
		switch {
		case r.Method == http.MethodPost: // sts:GetCallerIdentity
			_, _ = io.WriteString(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::1:assumed-role/r/s</Arn>"+
				"<Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")
		case r.Method != http.MethodGet && r.Method != http.MethodHead && strings.Contains(r.Header.Get("Authorization"), "Credential="+reader+"/"):
			store.refused = append(store.refused, r.Method+" "+r.URL.Path)
			http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
		case r.Method == http.MethodPut && found && r.Header.Get("If-None-Match") == "*":
			http.Error(w, "<Error><Code>PreconditionFailed</Code></Error>", http.StatusPreconditionFailed)
		case r.Method == http.MethodPut:
			store.objects[r.URL.Path], _ = io.ReadAll(r.Body)
			w.Header().Set("ETag", `"0"`)
		case r.Method == http.MethodDelete:
			delete(store.objects, r.URL.Path)
			w.WriteHeader(http.StatusNoContent)
		case r.URL.Query().Has("list-type"):
			_, _ = io.WriteString(w, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
		case !found:
			http.Error(w, "<Error><Code>NoSuchKey</Code></Error>", http.StatusNotFound)
		default:
			w.Header().Set("ETag", `"0"`)
			_, _ = w.Write(object)
		}
	}))
	t.Cleanup(server.Close)
	// Buckets are names of hosts. They need not exist where a proxy answers for them.
	return store, []string{"AWS_ENDPOINT_URL_S3=http://s3.example", "AWS_ENDPOINT_URL_STS=http://sts.example", "HTTP_PROXY=" + server.URL}
}

// startGitLab serves GitLab's state of a project, with the address of its API. A token is good until another one is named.
func startGitLab(t *testing.T) (api string, token func(string)) {
	t.Helper()
	var mu sync.Mutex
	var state []byte
	good, locked := "", false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, password, _ := r.BasicAuth()
		switch {
		case password != good:
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasSuffix(r.URL.Path, "/lock"):
			if r.Method == http.MethodPost && locked {
				w.WriteHeader(http.StatusLocked)
				return
			}
			locked = r.Method == http.MethodPost
		case r.Method == http.MethodPost:
			state, _ = io.ReadAll(r.Body)
		case state == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			_, _ = fmt.Fprintf(w, "%s", state)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/api/v4", func(next string) {
		mu.Lock()
		defer mu.Unlock()
		good = next
	}
}
