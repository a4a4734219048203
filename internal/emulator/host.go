// Package emulator is what the emulated Novu and the emulated Microsoft stand
// on: one listener, a clock, faults, a log of requests, and the inbox where
// messages land. Package novutest puts the three together for tests.
//
// The emulator imports none of the clients, so that it can't share their
// mistakes.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Host is the listener that both sides share, and everything that they have in
// common. Add routes before Serve.
type Host struct {
	URL    string // http://127.0.0.1:40123
	Clock  *Clock
	Feed   *Feed
	Inbox  *Inbox
	Router *Router

	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	listener net.Listener
	memory   *memoryListener // or nil
	local    bool            // listens on loopback only
	http     *http.Server
	mounted  *http.ServeMux
	faults   faults
	requests requestLog
	bridges  bridges
	views    map[string]view
	acts     map[string]func(r *http.Request, body []byte) (any, error)
	settle   func(context.Context) error
	done     sync.WaitGroup
}

// Config says where a host listens.
type Config struct {
	Addr     string
	InMemory bool // instead of Addr
}

// Listen starts to listen. Requests wait until Serve.
func Listen(c Config) (*Host, error) {
	h := &Host{
		Clock: newClock(), Feed: newFeed(), Router: &Router{}, mounted: http.NewServeMux(), views: map[string]view{},
		acts:   map[string]func(*http.Request, []byte) (any, error){},
		settle: func(context.Context) error { return nil },
	}
	h.Inbox = &Inbox{clock: h.Clock}
	h.Router.Add("*", BridgeRoute, h.serveBridge)
	if c.InMemory {
		h.memory = newMemoryListener()
		h.listener = h.memory
	} else {
		var err error
		if h.listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", c.Addr); err != nil {
			return nil, fmt.Errorf("listening on %s: %w", c.Addr, err)
		}
	}
	h.URL = "http://" + hostPort(h.listener.Addr())
	h.local = onLoopback(h.listener.Addr().String())
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.http = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       61 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return h.ctx },
	}
	return h, nil
}

// Serve takes requests from now on.
func (h *Host) Serve() {
	h.done.Go(func() {
		if err := h.http.Serve(h.listener); !errors.Is(err, http.ErrServerClosed) {
			h.cancel()
		}
	})
}

// Go runs f until Close, which ends f's context and waits for it.
func (h *Host) Go(f func(ctx context.Context)) { h.done.Go(func() { f(h.ctx) }) }

// Context ends with Close.
func (h *Host) Context() context.Context { return h.ctx }

// OnSettle sets what POST /_emulator/settle does.
func (h *Host) OnSettle(settle func(context.Context) error) { h.settle = settle }

// Close breaks every connection and waits for what runs. Closing twice does nothing.
func (h *Host) Close() {
	h.cancel()
	_ = h.http.Close()
	_ = h.listener.Close() // where Serve was never called
	h.done.Wait()
}

// Mount serves pattern, in the syntax of http.ServeMux, with handler instead of
// the emulator. It fails where the mux refuses the pattern.
func (h *Host) Mount(pattern string, handler http.Handler) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v", problem)
		}
	}()
	h.mounted.Handle(pattern, handler)
	return nil
}

// Transport reaches the host, over the network or in memory.
func (h *Host) Transport() *http.Transport {
	t := &http.Transport{MaxIdleConnsPerHost: 64}
	if h.memory != nil {
		t.DialContext = h.memory.dial
	}
	context.AfterFunc(h.ctx, t.CloseIdleConnections)
	return t
}

// InMemory tells whether only Transport reaches the host.
func (h *Host) InMemory() bool { return h.memory != nil }

// ServeHTTP answers one request.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, pattern := h.mounted.Handler(r)
	switch {
	case strings.HasPrefix(r.URL.Path, observePrefix):
		handler = http.HandlerFunc(h.serveObserver)
	case pattern == "":
		h.serve(w, r)
		return
	}
	if h.local && !onLoopback(r.Host) {
		// A page elsewhere whose name was made to point here must not read what
		// a person sees here.
		http.Error(w, "novutest: this server is for loopback only", http.StatusForbidden)
		return
	}
	handler.ServeHTTP(w, r)
}

// hostPort is the address that a client on this machine dials.
func hostPort(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// onLoopback tells whether host, with or without a port, means this machine.
func onLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
