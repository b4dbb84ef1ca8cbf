package provider_test

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// file writes a file for a test and returns its path.
func file(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "it's a file")
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAPIKeyFromAFile(t *testing.T) { // not parallel: the environment is the process's
	sim := simulate(t)
	t.Setenv("NEON_API_HOST", sim.URL())
	t.Setenv("NEON_API_KEY", "")
	works := func(name string, config object) {
		t.Helper()
		p := start(t, config)
		p.configured.none(t)
		if diags := p.data("neon_caller_identity", object{}); len(diags) > 0 {
			t.Errorf("%s:\n%s", name, diags)
		}
	}
	good := file(t, "\n  "+sim.PersonalKey()+" \r\n", 0o600)
	works("argument", object{"api_key_file": good})
	t.Setenv("NEON_API_KEY_FILE", good)
	works("environment", object{})
	t.Setenv("NEON_API_KEY_FILE", filepath.Join(t.TempDir(), "none"))
	works("an argument goes before the environment", object{"api_key_file": good})
	works("a key goes before a file in the environment", object{"api_key": sim.PersonalKey()})
	start(t, object{}).configured.wantError(t, "Cannot read the Neon API key", "NEON_API_KEY_FILE", "no such file")
	t.Setenv("NEON_API_KEY", sim.PersonalKey())
	works("a key goes before a file, in the environment", object{})
	start(t, object{"api_key_file": filepath.Join(t.TempDir(), "none")}).configured.wantError(t, "Cannot read the Neon API key", "api_key_file")
	t.Setenv("NEON_API_KEY", "")
	t.Setenv("NEON_API_KEY_FILE", "")

	sim.ResetRequests()
	for name, test := range map[string]struct{ file, text string }{
		"missing":   {filepath.Join(t.TempDir(), "none"), "there is no such file"},
		"a folder":  {t.TempDir(), "it is a folder"},
		"empty":     {file(t, " \n", 0o600), "it is empty"},
		"no name":   {"", "there is no such file"},
		"huge":      {file(t, strings.Repeat("x", 2<<20), 0o600), "larger than 1 MiB"},
		"two lines": {file(t, "one\ntwo", 0o600), "a line break"},
		"quotes":    {file(t, `"`+sim.PersonalKey()+`"`, 0o600), "quotation mark"},
	} {
		problem := start(t, object{"api_key_file": test.file}).configured.wantError(t, "Neon API key", test.text)
		if name == "quotes" || name == "two lines" {
			continue // the key is to blame
		}
		if problem.Attribute == nil || !strings.Contains(problem.Attribute.String(), "api_key_file") {
			t.Errorf("%s: the error is at %v", name, problem.Attribute)
		}
	}
	if n := len(sim.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
	if runtime.GOOS != "windows" {
		configured := start(t, object{"api_key_file": file(t, sim.PersonalKey(), 0o644)}).configured
		configured.noErrors(t)
		configured.wantWarning(t, "Anyone on this machine can read the Neon API key", "0644", `chmod o-rwx '`, `it'\''s a file'`)
	}
	validateProvider(t, object{"api_key": "x", "api_key_file": "y"}).wantError(t, "api_key and api_key_file are both set")
	p := start(t, object{"api_key_file": unknown})
	p.configured.none(t)
	p.data("neon_caller_identity", object{}).wantError(t, "not known yet", "api_key_file")
}

func TestAPIKeyInQuotes(t *testing.T) { // not parallel: the environment is the process's
	for _, key := range []string{`"napi_x"`, `'napi_x'`, `"napi_x`, "`napi_x`"} {
		t.Setenv("NEON_API_KEY", key)
		start(t, object{}).configured.wantError(t, "Neon API key in quotes", "NEON_API_KEY", "quotation mark")
		validateProvider(t, object{"api_key": key}).wantError(t, "Neon API key in quotes", "api_key")
	}
}

func TestCertificatesFromAFile(t *testing.T) { // not parallel: the environment is the process's
	sim := neontest.New(neontest.Config{})
	t.Cleanup(sim.Close)
	server := httptest.NewUnstartedServer(sim)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	config := func(more object) object {
		config := object{"api_key": sim.PersonalKey(), "base_url": server.URL + "/api/v2", "org_id": sim.OrgID()}
		maps.Copy(config, more)
		return config
	}
	t.Setenv("NEON_CA_CERT_FILE", "")
	start(t, config(nil)).data("neon_organization", object{}).wantError(t, "Cannot", "issued by", "O=Acme Co", "ca_cert_file", "NEON_CA_CERT_FILE")
	if n := len(sim.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
	authority := file(t, "a comment\n"+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o644)
	start(t, config(object{"ca_cert_file": authority})).data("neon_organization", object{}).none(t)
	t.Setenv("NEON_CA_CERT_FILE", authority)
	start(t, config(nil)).data("neon_organization", object{}).none(t)

	none := file(t, "-----BEGIN PRIVATE KEY-----\n", 0o600)
	for name, text := range map[string]string{none: "no certificate in PEM form", t.TempDir(): "a folder", filepath.Join(t.TempDir(), "none"): "no such file", file(t, "", 0o600): "no certificate"} {
		problem := start(t, config(object{"ca_cert_file": name})).configured.wantError(t, "Cannot read the certificates of ca_cert_file", text)
		if problem.Attribute == nil || !strings.Contains(problem.Attribute.String(), "ca_cert_file") {
			t.Errorf("%s: the error is at %v", name, problem.Attribute)
		}
	}
	t.Setenv("NEON_CA_CERT_FILE", none)
	start(t, config(nil)).configured.wantError(t, "Cannot read the certificates of ca_cert_file", "NEON_CA_CERT_FILE")
	p := start(t, config(object{"ca_cert_file": unknown}))
	p.configured.none(t)
	p.data("neon_organization", object{}).wantError(t, "not known yet", "ca_cert_file")
}

func TestNamesOfAPIKeys(t *testing.T) {
	t.Parallel()
	p := start(t, object{"api_key": "napi_x", "base_url": "http://127.0.0.1:1"})
	for name, text := range map[string]string{
		" ci": "begins or ends with a blank", "ci ": "blank", "\tci": "blank", "ci\n": "blank", "ci\u00a0": "blank",
		"a\nb": "line break", "a\x00b": "control", "a\u0085b": "control", "a\x1b[1mb": "control", "a\u202eb": "invisible", "a\u200bb": "invisible",
		"a ::error::b": "CI job", "##[group]": "CI job",
	} {
		for typ, more := range map[string]object{keyType: {}, rotatingType: {"rotate_after": "60d"}} {
			config := object{"name": name}
			maps.Copy(config, more)
			p.validate(typ, config).wantError(t, "Invalid API key name", text)
		}
		p.open(object{"name": name}).wantError(t, "Invalid API key name", text)
	}
	for _, name := range []string{"ci", "team::ci", "Ünïcode 👩\u200d💻", "a  b", "::"} {
		if name != "::" {
			p.validate(keyType, object{"name": name}).none(t)
		}
	}
}

// A state that somebody has tampered with leads to no other path than the one that is meant.
func TestTamperedStatesSendNothing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sent []string // as it comes: the simulator itself cleans paths before it notes them
	sim := simulate(t, func(c *neontest.Config) {
		c.Wrap = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				sent = append(sent, r.Method+" "+r.URL.Path)
				mu.Unlock()
				next.ServeHTTP(w, r)
			})
		}
	})
	key := apply2(t, sim, keyType, nil, object{"name": "ci"})
	dev := apply2(t, sim, memberType, nil, object{"email": "dev@example.com", "role": "editor"})
	for _, test := range []struct {
		typ, attribute string
		of             state
	}{
		{keyType, "org_id", key}, {keyType, "id", key}, {memberType, "org_id", dev}, {memberType, "member_id", dev},
	} {
		for _, value := range []string{"..", "../..", "1/../../x", "", "a b", "x?y=z", "\x1b[8m"} {
			sent = nil
			attributes := maps.Clone(attributesOf(test.of.value)) // it is the state's own
			attributes[test.attribute] = tftypes.NewValue(tftypes.String, value)
			tampered := test.of
			tampered.value = tftypes.NewValue(test.of.value.Type(), attributes)
			p := admin(t, sim, nil)
			_, diags := p.read(test.typ, tampered)
			diags.fitToPrint(t, "reading")
			planned := p.plan(test.typ, &tampered, nil)
			planned.fitToPrint(t, "planning")
			if test.typ == keyType && value != "" || test.attribute == "org_id" && value != "" {
				_, diags = p.apply(planned)
				diags.fitToPrint(t, "destroying")
				if len(diags.errors()) == 0 {
					t.Errorf("%s %s = %q: destroyed without an error", test.typ, test.attribute, value)
				}
			}
			for _, request := range sent {
				method, path, _ := strings.Cut(request, " ")
				if method != http.MethodGet || strings.Contains(path, "..") || strings.Contains(path, " ") || strings.Contains(path, "//") {
					t.Errorf("%s %s = %q: %s", test.typ, test.attribute, value, request)
				}
			}
			if test.attribute == "org_id" && value != "" && len(sent) > 0 {
				t.Errorf("%s org_id = %q: %q", test.typ, value, sent)
			}
		}
	}
}

// A time in the private state is that of another machine: one in the future makes nothing wait.
func TestClockOfAnotherMachine(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	for ahead, atMost := range map[time.Duration]time.Duration{-time.Hour: time.Second, time.Minute: time.Second, time.Hour: time.Second, 0: 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			sim, baseURL := simulateInMemory(t, neontest.Config{})
			config := object{"api_key": sim.PersonalKey(), "base_url": baseURL, "org_id": sim.OrgID()}
			p := start(t, config)
			key, diags := p.apply(p.plan(keyType, nil, object{"name": "ci"}))
			diags.noErrors(t)
			var private map[string][]byte
			if err := json.Unmarshal(key.private, &private); err != nil {
				t.Fatal(err)
			}
			changed := 0
			for name := range private {
				if strings.HasSuffix(name, "_at") {
					private[name], _ = json.Marshal(time.Now().Add(ahead))
					changed++
				}
			}
			if changed == 0 {
				t.Fatalf("no time in the private state: %s", key.private)
			}
			key.private, _ = json.Marshal(private)
			sim.RevokeAPIKey(liveKeys(sim, "ci")[0].ID)
			before := time.Now()
			read, diags := start(t, config).read(keyType, key)
			diags.wantWarning(t, "Revoked outside of Terraform")
			if took := time.Since(before); took > atMost || !read.value.IsNull() {
				t.Errorf("%s ahead: took %s", ahead, took)
			}
		})
	}
}
