package neontest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const basePath = "/api/v2"

// Server is the simulator. It is an http.Handler, and embeds its main organization: sim.Members() are the
// members of that one.
type Server struct {
	*Organization

	mu      sync.Mutex
	cfg     Config
	initial Config
	seeds   seedTokens
	copied  *Copy // what the world starts with; nil: the believable organization
	world   *world
	faults  []*Fault
	nextID  int // of faults
	limits  limiter
	log     requestLog

	recorder *recorder // nil: nothing is recorded

	url    string
	closed chan struct{}
	stop   func()
}

// New creates a simulator that does not listen, as an http.Handler for the caller's server.
// It panics for an invalid Config.
func New(cfg Config) *Server {
	s := &Server{initial: cfg, closed: make(chan struct{}), seeds: seedTokens{newToken(), newToken(), newToken(), newToken()}}
	s.Organization = &Organization{s, mainOrgID}
	s.begins()
	return s
}

// NewCopy creates a simulator with a copy of an organization, and with the key of the copy.
// It ignores the Extra… fields of Config, and does not accept PersonalKey and the other default keys.
func NewCopy(cfg Config, original Copy) *Server {
	s := &Server{initial: cfg, closed: make(chan struct{}), copied: &original}
	s.Organization = &Organization{s, original.Organization.ID}
	s.begins()
	return s
}

func (s *Server) begins() {
	if err := s.initial.Validate(); err != nil {
		panic("neontest: " + err.Error())
	}
	if !s.initial.NotRecorded {
		s.recorder = environmentRecorder()
	}
	s.stop = sync.OnceFunc(func() { close(s.closed) })
	s.Reset()
}

// TB is what Start needs of a *testing.T.
type TB interface {
	Name() string
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// NewFor creates a simulator for a test that serves it itself, and closes it at the end of the test.
func NewFor(t TB, cfg Config) *Server {
	t.Helper()
	cfg.NotRecorded = cfg.NotRecorded || !recorded(t.Name())
	s := New(cfg)
	t.Cleanup(s.Close)
	return s
}

// Start creates a simulator that listens on 127.0.0.1 until the test ends.
func Start(t TB, cfg Config) *Server {
	t.Helper()
	s := NewFor(t, cfg)
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatalf("starting the simulator: %s", err)
	}
	return s
}

// Listen serves the simulator on a loopback address, in the background, until Close.
func (s *Server) Listen(address string) error {
	if err := requireLoopback(address); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	s.url = "http://" + listener.Addr().String() + basePath
	var handler http.Handler = s
	if s.initial.Wrap != nil {
		handler = s.initial.Wrap(s)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	s.stop = sync.OnceFunc(func() {
		close(s.closed)
		_ = server.Close()
	})
	go func() { _ = server.Serve(listener) }()
	return nil
}

func requireLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s is not a loopback address: the simulator hands out keys to any caller", address)
	}
	return nil
}

// Close stops listening and breaks all connections, including hanging requests.
func (s *Server) Close() { s.stop() }

// URL is the base URL for clients, with /api/v2. It is empty before Listen.
func (s *Server) URL() string { return s.url }

// Reset restores the initial state, configuration, faults and log. The initial tokens stay.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg = s.initial
	if s.copied != nil {
		s.world = s.copied.world()
	} else {
		s.world = newWorld(s.seeds, &s.cfg)
		s.fill(s.world.orgs[0], s.cfg.ExtraMembers, s.cfg.ExtraAPIKeys, s.cfg.ExtraProjects)
	}
	s.faults, s.limits, s.log = nil, limiter{}, requestLog{}
}

// SetConfig changes the configuration while the server runs.
func (s *Server) SetConfig(change func(*Config)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.cfg)
	if err := s.cfg.Validate(); err != nil {
		panic("neontest: " + err.Error())
	}
}

func (s *Server) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg.now()
}

// maxBody bounds what is read of a request's body.
const maxBody = 4 << 20

// ServeHTTP answers Neon's API under /api/v2 and control calls under /_sim.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_sim" || strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.serveControl(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client is gone before its request was complete: nothing happened
	}
	x := s.begin(r, body)
	if s.recorder != nil {
		c := &copied{ResponseWriter: w}
		defer func() { s.recorder.add(c.exchange(x)) }()
		w = c
	}
	s.wait(context.Background(), x.latency/2) // what has been received is carried out, even if the client goes away
	s.carryOut(x)
	s.wait(r.Context(), x.latency-x.latency/2)
	s.reply(w, r, x)
}

// exchange is one request and its result.
type exchange struct {
	request   *http.Request
	path      string // below the base path; as it came, with escapes
	underBase bool
	body      []byte
	requestID string
	latency   time.Duration
	fault     *Fault
	limited   *answer
	answer    answer
	date      time.Time
	log       *Request
}

// begin logs the request, and applies limits and faults that come before the operation.
func (s *Server) begin(r *http.Request, body []byte) *exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, underBase := strings.CutPrefix(r.URL.EscapedPath(), basePath)
	if !underBase {
		path = r.URL.EscapedPath()
	}
	x := &exchange{request: r, path: path, underBase: underBase, body: body, requestID: r.Header.Get("X-Request-ID"), latency: s.cfg.Latency}
	if x.requestID == "" {
		x.requestID = newUUID()
	}
	for name, extra := range s.cfg.RouteLatency {
		if routeMatches(name, r.Method, path) {
			x.latency += extra
		}
	}
	name := "unknown"
	if found, _, _ := findRoute(r.Method, path); found != nil && underBase {
		name = found.name()
	}
	x.log = s.log.add(Request{
		Time: s.cfg.now(), Method: r.Method, Path: withoutSecrets(path), Route: name, Query: withoutSecrets(r.URL.RawQuery),
		Body: withoutSecrets(string(body)), RequestID: withoutSecrets(x.requestID), UserAgent: withoutSecrets(r.UserAgent()),
	})
	if s.cfg.Limits {
		x.limited = s.limits.refuse(name, s.cfg.now(), s.cfg.RetryAfter)
	}
	if x.limited == nil {
		x.fault = s.nextFault(r.Method, path)
	}
	if x.fault != nil {
		x.log.Fault = x.fault.String()
		if x.fault.Kind == FaultDelay {
			x.latency += x.fault.For
		}
	}
	return x
}

// carryOut carries out the request, unless limits or a fault stop it.
func (s *Server) carryOut(x *exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.limited != nil {
		x.answer = *x.limited
	} else if x.fault != nil && !x.fault.carriesOut() {
		_, x.log.Key, _ = s.identify(x.request)
	} else {
		x.answer = s.operate(x)
		x.log.CarriedOut = x.answer.status < 300
	}
	if e, refused := x.answer.body.(errorBody); refused {
		// grade: guess — in an error body, code is "" (seen otherwise at a call that is not simulated): Switches.ErrorCode.
		e.Code = s.cfg.ErrorCode
		x.answer.body = e
	}
	x.date = s.cfg.now()
}

// operate handles one call of the API, from the key to the response.
func (s *Server) operate(x *exchange) answer {
	from, _, err := net.SplitHostPort(x.request.RemoteAddr)
	if err != nil {
		from = x.request.RemoteAddr
	}
	_, x.log.Key, _ = s.identify(x.request)
	if !x.underBase {
		return *refuse(http.StatusNotFound, "not found") // not the API
	}
	found, params, refusal := findRoute(x.request.Method, x.path)
	if refusal != nil {
		return *refusal
	}
	cred, refusal := s.authenticate(x.request, from)
	if refusal != nil {
		return *refusal
	}
	c := &call{s: s, cred: cred, params: params, query: x.request.URL.Query(), contentType: x.request.Header.Get("Content-Type"), body: x.body}
	if refusal := c.checkIDs(); refusal != nil {
		return *refusal
	}
	if refusal := c.permit(found.access); refusal != nil {
		return *refusal
	}
	a := found.handle(c)
	// grade: guess — a POST that was carried out answers 200, as the OpenAPI file says: Switches.PostStatus.
	if found.method == http.MethodPost && a.status == http.StatusOK {
		a.status = orElse(s.cfg.PostStatus, http.StatusOK)
	}
	return a
}

// wait sleeps, but not when the context or the server is done.
func (s *Server) wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.closed:
	}
}

// reply writes the response, or its fault.
func (s *Server) reply(w http.ResponseWriter, r *http.Request, x *exchange) {
	header := http.Header{}
	header.Set("Date", x.date.Format(http.TimeFormat))
	// grade: seen — Neon's CLI reads the request id from the header x-neon-ret-request-id.
	// grade: guess — the header X-Request-ID comes back too.
	header.Set("X-Request-ID", x.requestID)
	header.Set("X-Neon-Ret-Request-Id", x.requestID)
	for name, value := range x.answer.header {
		header.Set(name, value)
	}
	body := x.answer.encode(x.requestID)
	if body != nil {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	status := x.answer.status
	if x.fault != nil {
		var finished bool
		if status, body, finished = s.applyFault(w, r, x, header, body); finished {
			return
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	maps.Copy(w.Header(), header)
	s.mu.Lock()
	x.log.Status, x.log.Bytes = status, len(body)
	s.mu.Unlock()
	w.WriteHeader(status)
	_, _ = io.Copy(w, bytes.NewReader(body))
}

// hangUp writes raw bytes, if any, and breaks the connection so that the client sees a reset.
func (s *Server) hangUp(w http.ResponseWriter, first []byte, reset bool) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		if errors.Is(err, http.ErrNotSupported) {
			panic(http.ErrAbortHandler) // HTTP/2 or a recorder: the nearest there is
		}
		return
	}
	_, _ = buffered.Write(first)
	_ = buffered.Flush()
	if tcp, isTCP := conn.(*net.TCPConn); isTCP && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
