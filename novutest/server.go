package novutest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is Novu and Microsoft on one listener. Make one with [NewServer] in a
// test or [Start] in a program. Its methods may be called from many goroutines.
type Server struct {
	config   *config
	clock    *clock
	ids      *objectIDs
	url      string
	local    bool // listens on loopback only
	http     *http.Server
	mounted  *http.ServeMux
	worker   *worker
	faults   *faults
	requests *requestLog
	feed     *feed
	router   *router

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu    sync.Mutex // guards state
	state state
}

// state is everything that the two sides remember.
type state struct {
	organizationID string
	environmentID  string
	productionID   string
	createdAt      time.Time

	integrations []*integration
	subscribers  table[*subscriber]
	contexts     table[*contextRecord]
	connections  table[*connection]
	endpoints    table[*endpoint]
	workflows    table[*workflow]

	idempotency map[string]*idempotentRequest
	buckets     map[string]*bucket
	microsoft   microsoft
	messages    []Message
	failures    []Failure
}

// NewServer starts a server on loopback and closes it when the test ends. A
// server that cannot start ends the test.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s, err := Start(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server. The caller closes it.
func Start(opts ...Option) (*Server, error) {
	c := defaults()
	for _, opt := range opts {
		if err := opt(c); err != nil {
			return nil, err
		}
	}
	listener, err := listen(c)
	if err != nil {
		return nil, fmt.Errorf("novutest: listening on %s: %w", c.addr, err)
	}
	s := newServer(c, "http://"+hostPort(listener.Addr()))
	s.local = onLoopback(listener.Addr().String())
	if err := errors.Join(s.mount(), s.applyFixtures()); err != nil {
		s.cancel()
		_ = listener.Close()
		return nil, err
	}
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       61 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
	}
	s.done.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.cancel()
		}
	})
	s.done.Go(s.worker.run)
	return s, nil
}

func listen(c *config) (net.Listener, error) {
	if c.memory != nil {
		return c.memory, nil
	}
	return (&net.ListenConfig{}).Listen(context.Background(), "tcp", c.addr)
}

func newServer(c *config, url string) *Server {
	s := &Server{
		config: c, clock: newClock(), ids: newObjectIDs(), url: url, mounted: http.NewServeMux(),
		faults: &faults{}, requests: &requestLog{}, feed: newFeed(), router: routes(c),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.worker = newWorker(s)
	now := s.clock.now()
	s.state = state{
		organizationID: s.ids.next(now),
		environmentID:  s.ids.next(now),
		productionID:   s.ids.next(now),
		createdAt:      now,
		idempotency:    make(map[string]*idempotentRequest),
		buckets:        make(map[string]*bucket),
	}
	s.state.microsoft.init()
	s.state.microsoft.seed(c.tenants)
	for _, environment := range []string{s.state.environmentID, s.state.productionID} {
		s.state.integrations = append(s.state.integrations, s.inbox(environment, now))
	}
	return s
}

// mount registers the handlers of [WithHandler]. The mux panics on a pattern
// that cannot be right.
func (s *Server) mount() (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("novutest: WithHandler: %v", problem)
		}
	}()
	for _, m := range s.config.handlers {
		s.mounted.Handle(m.pattern, m.handler)
	}
	return nil
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

// Format prints the server's address and nothing of what it holds, whatever the
// verb.
func (s *Server) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "novutest.Server "+s.url) }

// URL is the root of the Novu API, without a slash at its end:
// http://127.0.0.1:40123.
func (s *Server) URL() string { return s.url }

// LoginURL stands for https://login.microsoftonline.com.
func (s *Server) LoginURL() string { return s.url + "/_login" }

// GraphURL stands for https://graph.microsoft.com.
func (s *Server) GraphURL() string { return s.url + "/_graph" }

// ConnectorURL stands for https://smba.trafficmanager.net/teams.
func (s *Server) ConnectorURL() string { return s.url + "/_connector/teams" }

// SecretKey is the API key of the one environment.
func (s *Server) SecretKey() string { return s.config.secretKey }

// EnvironmentID is the id of the environment that the key belongs to. It stands
// in some error messages.
func (s *Server) EnvironmentID() string { return s.state.environmentID }

// Advance moves the server's clock forward by d: OAuth state, tokens and
// idempotency keys grow older, rate limits refill, and triggers whose
// processing delay has passed are processed.
func (s *Server) Advance(d time.Duration) { s.clock.advance(d) }

// Close breaks every connection and stops the server. Closing twice does nothing.
func (s *Server) Close() {
	s.cancel()
	_ = s.http.Close()
	s.done.Wait()
}

// Settle waits until every trigger that was accepted before it was called has
// been processed, without waiting for the processing delay. It returns early
// with the context's error.
func (s *Server) Settle(ctx context.Context) error { return s.worker.settle(ctx) }

// ServeHTTP answers one request. It is there for [http.Handler]; clients use
// [Server.URL].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, pattern := s.mounted.Handler(r)
	switch {
	case strings.HasPrefix(r.URL.Path, "/_emulator/"):
		handler = http.HandlerFunc(s.serveEmulator)
	case pattern == "":
		s.serve(w, r)
		return
	}
	if s.local && !onLoopback(r.Host) {
		// A page elsewhere whose name was made to point here must not read what
		// a person sees here.
		http.Error(w, "novutest: this server is for loopback only", http.StatusForbidden)
		return
	}
	handler.ServeHTTP(w, r)
}

// onLoopback tells whether host, with or without a port, means this machine.
func onLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
