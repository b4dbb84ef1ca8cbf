package neon

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A proxy that refuses to connect is no reason to try for two minutes, and the error names it.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	for status, again := range map[int]bool{407: false, 403: false, 400: false, 502: true, 503: true} {
		for name, operation := range map[string]func(context.Context, *Client) error{
			"read":  func(ctx context.Context, c *Client) error { _, err := c.listAPIKeys(ctx, testOrg); return err },
			"write": func(ctx context.Context, c *Client) error { return c.revokeAPIKey(ctx, testOrg, "1") },
		} {
			t.Run(http.StatusText(status)+"/"+name, func(t *testing.T) {
				t.Parallel()
				var asked atomic.Int32
				proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if asked.Add(1); r.Method != http.MethodConnect {
						t.Errorf("%s %s", r.Method, r.URL)
					}
					w.WriteHeader(status)
					_, _ = io.WriteString(w, "::error::\x1b[31mno")
				}))
				t.Cleanup(proxy.Close)
				through, err := url.Parse(proxy.URL)
				if err != nil {
					t.Fatal(err)
				}
				through.User = url.UserPassword("somebody", "very-secret")
				c := NewClient(Config{BaseURL: "https://neon.invalid/api/v2", APIKey: "secret"})
				c.base.(*http.Transport).Proxy = http.ProxyURL(through)
				started := time.Now()
				err = operation(t.Context(), c)
				if took := time.Since(started); took > 8*time.Second {
					t.Errorf("took %s", took)
				}
				wantOutcome(t, err, Refused)
				wantContains(t, err.Error(), "the proxy "+through.Host+" refuses", "HTTP "+strconv.Itoa(status))
				if e, _ := AsError(err); e.Refusal() != ProxyRefused {
					t.Errorf("refusal %d: %v", e.Refusal(), err)
				}
				if strings.Contains(err.Error(), "very-secret") || strings.Contains(err.Error(), "::error") {
					t.Errorf("%q", err)
				}
				if n := asked.Load(); again != (n > 1) || n > 40 {
					t.Errorf("asked %d times", n)
				}
			})
		}
	}
}

func TestCertificateThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answerWith(200, `[{"id":1}]`)(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)

	started := time.Now()
	_, err := NewClient(Config{BaseURL: server.URL, APIKey: "secret"}).listAPIKeys(t.Context(), testOrg)
	wantOutcome(t, err, Refused)
	wantContains(t, err.Error(), "the certificate of 127.0.0.1 is not trusted", `issued by "O=Acme Co"`)
	if e, _ := AsError(err); e.Refusal() != UntrustedCertificate || asked.Load() != 0 || time.Since(started) > 5*time.Second {
		t.Errorf("refusal %d, %d requests, %s", e.Refusal(), asked.Load(), time.Since(started))
	}

	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	if keys, err := NewClient(Config{BaseURL: server.URL, APIKey: "secret", RootCAs: roots}).listAPIKeys(t.Context(), testOrg); err != nil || len(keys) != 1 {
		t.Errorf("with its authority: %v, %v", keys, err)
	}

	// TLS 1.1 is not spoken.
	old := httptest.NewUnstartedServer(answerWith(200, `[]`))
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	if _, err := NewClient(Config{BaseURL: old.URL, APIKey: "secret", RootCAs: roots, RetryTimeout: time.Millisecond}).listAPIKeys(t.Context(), testOrg); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
}

// A server without TLS where it should be is no reason to try again.
func TestNoTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(answerWith(200, `[]`))
	t.Cleanup(server.Close)
	started := time.Now()
	_, err := NewClient(Config{BaseURL: "https" + strings.TrimPrefix(server.URL, "http"), APIKey: "secret"}).listAPIKeys(t.Context(), testOrg)
	if err == nil || time.Since(started) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(started))
	}
}

// An HTTP/2 connection that a network has dropped without a word is noticed and not used again.
func TestDeadConnection(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(answerWith(200, `[{"id":1}]`))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	network := newDroppingNetwork(t, server.Listener.Addr().String())
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	var attempts atomic.Int32
	c := NewClient(Config{BaseURL: "https://" + network.address, APIKey: "secret", RootCAs: roots, Observe: func(context.Context, Attempt) { attempts.Add(1) }})
	base := c.base.(*http.Transport)
	if base.HTTP2.SendPingTimeout+base.HTTP2.PingTimeout > 15*time.Second || base.HTTP2.SendPingTimeout == 0 {
		t.Fatalf("a dead connection is noticed after %s", base.HTTP2.SendPingTimeout+base.HTTP2.PingTimeout)
	}
	base.HTTP2.SendPingTimeout, base.HTTP2.PingTimeout = 300*time.Millisecond, 300*time.Millisecond

	if _, err := c.listAPIKeys(t.Context(), testOrg); err != nil {
		t.Fatal(err)
	}
	network.drop()
	started := time.Now()
	if _, err := c.listAPIKeys(t.Context(), testOrg); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took > 10*time.Second || network.accepted.Load() != 2 || attempts.Load() != 3 {
		t.Errorf("took %s, %d connections, %d attempts", took, network.accepted.Load(), attempts.Load())
	}
}

// droppingNetwork passes connections on to a server, until it passes nothing on of those that it has.
type droppingNetwork struct {
	address  string
	accepted atomic.Int32
	dropped  atomic.Int32 // connections up to this number are dead
}

func (n *droppingNetwork) drop() { n.dropped.Store(n.accepted.Load()) }

func newDroppingNetwork(t *testing.T, server string) *droppingNetwork {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	n := &droppingNetwork{address: listener.Addr().String()}
	pass := func(number int32, to, from net.Conn) {
		reader := bufio.NewReader(from)
		buffer := make([]byte, 4096)
		for {
			read, err := reader.Read(buffer)
			if err != nil {
				_ = to.Close()
				return
			}
			if number > n.dropped.Load() {
				_, _ = to.Write(buffer[:read])
			}
		}
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			number := n.accepted.Add(1)
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				return
			}
			go pass(number, upstream, client)
			go pass(number, client, upstream)
		}
	}()
	return n
}
