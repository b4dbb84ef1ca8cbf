package neon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestRefusal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status  int
		message string
		want    Refusal
	}{
		{401, "supplied credentials do not pass authentication", InvalidCredentials},
		{401, "", InvalidCredentials},
		{404, "not allowed for organization API keys", NeedsPersonalKey},
		{403, "not allowed for organization API keys", NeedsPersonalKey},
		{404, "This endpoint requires a personal API key. Organization API keys are not supported.", NeedsPersonalKey},
		{404, "not allowed to perform actions outside the project this key is scoped to", OutsideProject},
		{404, "API key not found", OtherRefusal},
		{404, "project not found", ProjectNotFound},
		{403, "not an organization member", NotOrganizationMember},
		{400, "not an organization member", NotOrganizationMember},
		{403, "admins only", NotPermitted},
		{403, "", NotPermitted},
		{404, "", OtherRefusal},
		{404, "not found", OtherRefusal},
		{422, "API key not found", OtherRefusal},
		{429, "project not found", RateLimited},
		{500, "oops", OtherRefusal},
		{0, "", OtherRefusal},
	} {
		if got := (&Error{Status: test.status, Message: test.message}).Refusal(); got != test.want {
			t.Errorf("%d %q is %d, want %d", test.status, test.message, got, test.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("outer: %w", &Error{Method: "GET", Path: "/auth", Status: 404, Message: "no", RequestID: "r1", Err: errTest})
	if want := "outer: GET /auth: HTTP 404 Not Found: no: test failure (request id r1)"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if e, ok := AsError(err); !ok || e.Status != 404 || !errors.Is(err, errTest) || Unsettled(err) {
		t.Errorf("%v", e)
	}
	if _, ok := AsError(errTest); ok || Unsettled(errTest) || Unsettled(nil) {
		t.Error("an ordinary error is none of Neon's")
	}
	if got := fmt.Sprint(Refused, CarriedOut, Uncertain); got != "refused carried out uncertain" {
		t.Error(got)
	}
}

// Whatever a server does with the key or a token, no error and no observer gets to see it.
func TestNoSecretInErrors(t *testing.T) {
	t.Parallel()
	for _, key := range []Secret{Secret(testToken("k")), "a key of another form"} {
		token := testToken("t")
		for name, handler := range map[string]http.HandlerFunc{
			"message": func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(403)
				_ = json.NewEncoder(w).Encode(map[string]string{"message": r.Header.Get("Authorization") + " and " + token + strings.Repeat("x ", 400) + token, "request_id": token})
			},
			"long message that ends in the token": func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(403)
				_ = json.NewEncoder(w).Encode(map[string]string{"message": strings.Repeat("x", 250) + r.Header.Get("Authorization")})
			},
			"web page": func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(502)
				_, _ = io.WriteString(w, "<p>"+r.Header.Get("Authorization"))
			},
			"not JSON": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("Authorization")) },
			"wrong form": func(w http.ResponseWriter, r *http.Request) {
				_ = json.NewEncoder(w).Encode(map[string]any{"id": map[string]string{"key": r.Header.Get("Authorization")}, "key": token})
			},
			"cut short": func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, `{"key":"`+token+`","x":"`+r.Header.Get("Authorization"))
				panic(http.ErrAbortHandler)
			},
			"request id": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Request-ID", r.Header.Get("Authorization")+token)
				w.WriteHeader(403)
			},
			"request id of a bad answer": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Request-ID", r.Header.Get("Authorization")+token)
			},
			"redirect": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "//"+token+r.Header.Get("Authorization"))
				w.WriteHeader(307)
			},
			"redirect that cannot be parsed": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "http://%zz"+token+r.Header.Get("Authorization"))
				w.WriteHeader(302)
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var mu sync.Mutex
					var seen bytes.Buffer
					c := newTestClient(handler, Config{APIKey: key, RetryTimeout: time.Second, Observe: func(_ context.Context, a Attempt) {
						mu.Lock()
						defer mu.Unlock()
						fmt.Fprintf(&seen, "%+v\n", a)
					}})
					_, readErr := c.listAPIKeys(t.Context(), testOrg)
					made, writeErr := c.createAPIKey(t.Context(), testOrg, "ci", "")
					if readErr == nil || writeErr == nil {
						t.Fatal("no error")
					}
					text := fmt.Sprintf("%v\n%+v\n%#v\n%v\n%s", readErr, writeErr, made, errors.Unwrap(writeErr), seen.String())
					for err := writeErr; err != nil; err = errors.Unwrap(err) {
						if _, ok := err.(cleanedError); ok { //nolint:errorlint // this very one: only its inside is unclean
							break
						}
						text += err.Error()
					}
					for _, secret := range []string{string(key), token, token[:40], string(key[:20])} {
						if strings.Contains(text, secret) {
							t.Errorf("%q shows a secret", text)
						}
					}
				})
			})
		}
	}
}

// Some errors of the network quote the server.
func TestNoSecretInNetworkErrors(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, "Bearer "+testToken("k")+"\r\n\r\n")
			_ = conn.Close()
		}
	}()
	c := NewClient(Config{BaseURL: "http://" + listener.Addr().String(), APIKey: Secret(testToken("k")), Observe: func(_ context.Context, a Attempt) {
		if strings.Contains(fmt.Sprint(a), "napi_") {
			t.Errorf("observed %v", a)
		}
	}})
	err = c.revokeAPIKey(t.Context(), testOrg, "1")
	wantOutcome(t, err, Uncertain)
	wantContains(t, err.Error(), "malformed HTTP", redacted)
	if strings.Contains(err.Error(), "napi_") {
		t.Errorf("%v shows a secret", err)
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	secret := Secret(testToken("s"))
	client := NewClient(Config{APIKey: secret})
	logged := &bytes.Buffer{}
	var texts []string
	for _, value := range []any{
		secret, &secret,
		[]Secret{secret},
		map[string]Secret{"k": secret},
		map[Secret]int{secret: 1},
		APIKey{ID: "1", Token: secret},
		&APIKey{Token: secret},
		[]APIKey{{Token: secret}},
		Config{APIKey: secret},
		&Config{APIKey: secret}, client,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%5.2s"} {
			texts = append(texts, fmt.Sprintf(verb, value))
		}
		slog.New(slog.NewTextHandler(logged, nil)).Info("x", "value", value)
	}
	for _, value := range []any{secret, APIKey{Token: secret}, struct{ S Secret }{secret}, map[string]Secret{"k": secret}} {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Error(err)
		}
		texts = append(texts, string(raw))
		slog.New(slog.NewJSONHandler(logged, nil)).Info("x", "value", value)
	}
	for _, text := range append(texts, logged.String()) {
		if strings.Contains(text, string(secret[:20])) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", string(secret[:20]))) {
			t.Errorf("%q shows a secret", text)
		}
	}
	if !client.Uses(secret) || client.Uses("") || NewClient(Config{}).Uses("") {
		t.Error("Uses is wrong")
	}
}
