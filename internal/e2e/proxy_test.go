//go:build unix

package e2e

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// A proxy that refuses to connect ends a plan within seconds, and the message names it, but not its password.
func TestProxyThatRefusesEndsThePlan(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	t.Cleanup(proxy.Close)
	address := strings.TrimPrefix(proxy.URL, "http://")
	tf := setUp(t, neontest.Start(t, neontest.Config{}), fiftyKeys)
	tf.Env = append(tf.Env, "NEON_API_HOST=https://neon.invalid/api/v2", "HTTPS_PROXY=http://somebody:very-secret@"+address, "TF_LOG=TRACE")
	started := time.Now()
	out, err := tf.try("plan")
	if took := time.Since(started); err == nil || took > 15*time.Second {
		t.Errorf("%v after %s", err, took)
	}
	plain := flat(out)
	if !strings.Contains(plain, "the proxy "+address+" refuses to connect to Neon: HTTP 407") || strings.Contains(plain, "very-secret") {
		t.Errorf("%.3000s", out)
	}
}

// Go's own debugging of HTTP/2 writes every header to the standard logger, which Terraform puts into its log. The
// provider's key is not in it; tokens of resources are not either, as long as Terraform does not write down what it
// exchanges with the provider (level 2).
func TestNoKeyInGosOwnDebugging(t *testing.T) {
	t.Parallel()
	sim := neontest.New(neontest.Config{})
	t.Cleanup(sim.Close)
	server := httptest.NewUnstartedServer(sim)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	authority := filepath.Join(t.TempDir(), "authority.pem")
	write(t, authority, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	for level, secret := range map[string]*regexp.Regexp{"1": token, "2": regexp.MustCompile(regexp.QuoteMeta(sim.PersonalKey()))} {
		tf := setUp(t, neontest.Start(t, neontest.Config{}), "resource \"neon_organization_api_key\" \"ci\" {\n  name = \"ci-"+level+"\"\n}\n")
		tf.Env = append(tf.Env, "NEON_API_HOST="+server.URL+"/api/v2", "NEON_API_KEY="+sim.PersonalKey(), "NEON_CA_CERT_FILE="+authority, "GODEBUG=http2debug="+level, "TF_LOG=TRACE")
		out := tf.run("apply", "-auto-approve")
		if !strings.Contains(out, `"authorization" = "(redacted)"`) && !strings.Contains(out, `\"authorization\" = \"(redacted)\"`) {
			t.Errorf("level %s: Go has written no header of the provider's", level)
		}
		if found := secret.FindStringIndex(out); found != nil {
			t.Errorf("level %s: %s", level, out[max(0, found[0]-300):found[1]])
		}
	}
}
