package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// memory is a network within this process, for tests in a bubble of testing/synctest: there, time passes
// by itself whenever every goroutine waits, so that a deadline of 30 seconds costs nothing. Nobody can
// tell of a real connection whether its other end is about to write, so it has to be one of the bubble's.
var memory = newMemoryNetwork()

type memoryNetwork struct {
	mu        sync.Mutex
	listeners map[string]*memoryListener
	last      int
}

// newMemoryNetwork makes the provider's client find it: the client clones http.DefaultTransport.
func newMemoryNetwork() *memoryNetwork {
	n := &memoryNetwork{listeners: map[string]*memoryListener{}}
	transport := http.DefaultTransport.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		n.mu.Lock()
		listener := n.listeners[address]
		n.mu.Unlock()
		if listener == nil {
			return dial(ctx, network, address)
		}
		return listener.dial(ctx)
	}
	return n
}

// serve serves a handler until the test ends, and returns the address of its host.
func (n *memoryNetwork) serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	n.mu.Lock()
	n.last++
	// Loopback addresses, because the provider refuses http to any other; 127.0.0.1 itself is left alone.
	host := fmt.Sprintf("127.%d.%d.%d", 1+n.last>>16, n.last>>8&0xff, n.last&0xff)
	listener := &memoryListener{address: memoryAddress(host + ":80"), connections: make(chan net.Conn), closed: make(chan struct{})}
	listener.close = sync.OnceFunc(func() { close(listener.closed) })
	n.listeners[string(listener.address)] = listener
	n.mu.Unlock()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		n.mu.Lock()
		delete(n.listeners, string(listener.address))
		n.mu.Unlock()
		_ = server.Close()
	})
	return host
}

// memoryAddress is an address in the network.
type memoryAddress string

func (memoryAddress) Network() string  { return "memory" }
func (a memoryAddress) String() string { return string(a) }

type memoryListener struct {
	address     memoryAddress
	connections chan net.Conn
	closed      chan struct{}
	close       func()
}

func (l *memoryListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.connections <- server:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "memory", Addr: l.address, Err: errors.New("connection refused")}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.connections:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.close()
	return nil
}

func (l *memoryListener) Addr() net.Addr { return l.address }

// simulateInMemory starts a simulator in a bubble and returns its base URL.
func simulateInMemory(t *testing.T, cfg neontest.Config) (sim *neontest.Server, baseURL string) {
	t.Helper()
	sim = neontest.NewFor(t, cfg)
	var handler http.Handler = sim
	if cfg.Wrap != nil {
		handler = cfg.Wrap(sim)
	}
	return sim, "http://" + memory.serve(t, handler) + "/api/v2"
}
