//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// gate stands between everything that the run does, Terraform included, and Neon. It lets pass what is harmless, and
// nothing else whatever the code behind it does, and it keeps what was answered, so that the report says what was seen.
type gate struct {
	settings settings
	name     string // what the names of this run's keys begin with
	server   *http.Server
	listener net.Listener
	client   *http.Client

	mu        sync.Mutex
	ending    bool // nothing is made any more
	writing   int  // requests under way that change something
	exchanges []exchange
	ours      map[int64]string // API keys that this run has made, by id
	unsettled int              // creations of keys that Neon has not certainly refused
	refused   []string         // what did not pass
}

// exchange is a request and its answer, without any key.
type exchange struct {
	method, path string
	status       int
	header       http.Header
	sent, body   []byte
}

const gatePath = "/api/v2"

func openGate(s settings, name string) (*gate, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{settings: s, name: name, listener: listener, ours: map[int64]string{}, client: &http.Client{
		Timeout:       2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: time.Minute}
	go func() { _ = g.server.Serve(listener) }()
	return g, nil
}

func (g *gate) close() { _ = g.server.Close() }

// url is the base URL for clients.
func (g *gate) url() string { return "http://" + g.listener.Addr().String() + gatePath }

// ServeHTTP passes a request on.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	path, known := strings.CutPrefix(r.URL.EscapedPath(), gatePath)
	if err := g.allow(r.Method, path, body); err != nil || !known {
		g.refuse(fmt.Sprintf("%s %s: %v", r.Method, path, err))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]string{"code": "", "message": fmt.Sprintf("the live run does not send this: %v", err)})
		return
	}
	target := g.settings.host + path
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	ctx := r.Context()
	if r.Method != http.MethodGet {
		if !g.begin(r.Method) {
			panic(http.ErrAbortHandler)
		}
		defer g.end()
		ctx = context.WithoutCancel(ctx) // what has been sent is sent: its answer tells what there is to clean up
	}
	answer, status, header, err := g.pass(ctx, r, target, body)
	if r.Method == http.MethodPost && strings.HasSuffix(path, "/api_keys") && (err != nil || status < 400 || status >= 500) {
		g.mu.Lock()
		g.unsettled++
		g.mu.Unlock()
	}
	if err != nil {
		panic(http.ErrAbortHandler) // so that the client sees what the gate saw: no answer
	}
	g.note(exchange{r.Method, path, status, header, body, answer})
	for _, name := range []string{"Content-Type", "X-Request-ID", "Retry-After", "Date"} {
		if value := header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.WriteHeader(status)
	_, _ = io.Copy(w, bytes.NewReader(answer))
}

func (g *gate) refuse(request string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused = append(g.refused, request)
}

// begin says whether a write may still be sent.
func (g *gate) begin(method string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ending && method == http.MethodPost {
		return false
	}
	g.writing++
	return true
}

func (g *gate) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writing--
}

// settle lets nothing be made any more, waits for what is under way, and says how many keys may have been created, and
// what was refused.
func (g *gate) settle(ctx context.Context) (unsettled int, refused []string) {
	for {
		g.mu.Lock()
		g.ending = true
		writing, unsettled, refused := g.writing, g.unsettled, slices.Clone(g.refused)
		g.mu.Unlock()
		if writing == 0 || ctx.Err() != nil {
			return unsettled, refused
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (g *gate) pass(ctx context.Context, r *http.Request, target string, body []byte) ([]byte, int, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(body))
	if err != nil {
		return nil, 0, nil, err
	}
	for _, name := range []string{"Authorization", "Content-Type", "Accept", "User-Agent", "X-Request-ID"} {
		if value := r.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := g.client.Do(request)
	if err != nil {
		return nil, 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return answer, response.StatusCode, response.Header, err
}

// allow says why a request does not pass.
func (g *gate) allow(method, path string, body []byte) error {
	if method == http.MethodGet {
		return nil
	}
	organization := "/organizations/" + g.settings.orgID
	id, ofKey := strings.CutPrefix(path, organization+"/api_keys/")
	switch {
	case method == http.MethodPost && path == organization+"/api_keys":
		return g.allowKey(body)
	case method == http.MethodDelete && ofKey:
		return g.allowRevocation(id)
	case method == http.MethodPost && path == organization+"/invitations":
		return g.allowInvitations(body)
	}
	return errors.New("it may change something that the run has not made")
}

func (g *gate) allowKey(body []byte) error {
	var key struct {
		Name string `json:"key_name"`
	}
	if err := json.Unmarshal(body, &key); err != nil || !strings.HasPrefix(key.Name, g.name) {
		return errors.New("the key's name does not say that it is this run's")
	}
	return nil
}

func (g *gate) allowRevocation(text string) error {
	id, err := strconv.ParseInt(text, 10, 64)
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, made := g.ours[id]; err != nil || !made {
		return errors.New("the run has not made that key")
	}
	return nil
}

func (g *gate) allowInvitations(body []byte) error {
	var request struct {
		Invitations []struct {
			Email string `json:"email"`
		} `json:"invitations"`
	}
	if err := json.Unmarshal(body, &request); err != nil || len(request.Invitations) == 0 {
		return errors.New("it says not whom it invites")
	}
	for _, invitation := range request.Invitations {
		if g.settings.inviteEmail == "" || !strings.EqualFold(invitation.Email, g.settings.inviteEmail) {
			return errors.New("it invites somebody whom NEON_TEST_INVITE_EMAIL does not name")
		}
	}
	return nil
}

// note keeps an exchange, and learns from it which keys are this run's: those that are listed with its name too, for
// the answer to a creation may have been lost.
func (g *gate) note(x exchange) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.exchanges = append(g.exchanges, x)
	if x.status != http.StatusOK || x.path != "/organizations/"+g.settings.orgID+"/api_keys" {
		return
	}
	type key struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	var one key
	var all []key
	if x.method == http.MethodPost {
		_ = json.Unmarshal(x.body, &one)
		all = []key{one}
	} else {
		_ = json.Unmarshal(x.body, &all)
	}
	for _, key := range all {
		if strings.HasPrefix(key.Name, g.name) {
			g.ours[key.ID] = key.Name
		}
	}
}

// seen are the exchanges with a method, or with any if it is empty, whose path ends so.
func (g *gate) seen(method, pathEnd string) (found []exchange) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, x := range g.exchanges {
		if (method == "" || x.method == method) && strings.HasSuffix(x.path, pathEnd) {
			found = append(found, x)
		}
	}
	return found
}
