package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

const apiKey = "key-0123456789-canary"

// arrival is a request as the server saw it.
type arrival struct {
	at     time.Time
	header http.Header
	body   string
	path   string
}

// answer plays one request: it may write, hijack or wait.
type answer func(http.ResponseWriter, *http.Request)

// server is a real HTTP server over in-memory connections, so that it runs in a
// synctest bubble. It answers with the script, then with 200 {}.
type server struct {
	conns  chan net.Conn
	closed chan struct{}
	dial   func() error // a failure of the next dial, nil for none

	mu       sync.Mutex
	script   []answer
	arrivals []arrival
	dials    int
}

func newServer(t *testing.T, script ...answer) *server {
	t.Helper()
	s := &server{conns: make(chan net.Conn), closed: make(chan struct{}), script: script}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Hour}
	done := make(chan struct{})
	go func() { _ = srv.Serve(s); close(done) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.arrivals = append(s.arrivals, arrival{
		at: time.Now(), header: r.Header.Clone(), body: string(body), path: r.URL.RequestURI(),
	})
	next := status(http.StatusOK, "{}")
	if n := len(s.arrivals); n <= len(s.script) {
		next = s.script[n-1]
	}
	s.mu.Unlock()
	next(w, r)
}

func (s *server) seen() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]arrival(nil), s.arrivals...)
}

// Accept, Close and Addr make the server its own listener.
func (s *server) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}
func (s *server) Close() error   { close(s.closed); return nil }
func (s *server) Addr() net.Addr { return &net.TCPAddr{} }

func (s *server) transport(t *testing.T) *http.Transport {
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		s.mu.Lock()
		s.dials++
		fail := s.dial
		s.mu.Unlock()
		if fail != nil {
			if err := fail(); err != nil {
				return nil, err
			}
		}
		ours, theirs := net.Pipe()
		select {
		case s.conns <- theirs:
			return ours, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// failure is the error that the client under test makes.
type failure struct{ *rest.Failure }

func (f *failure) Error() string {
	if f.Err != nil {
		return f.Request.Op + ": " + f.Err.Error() + " " + f.Note
	}
	return f.Request.Op + ": " + http.StatusText(f.Answer.StatusCode) + " " + f.Note
}
func (f *failure) Unwrap() error { return f.Err }

func newClient(t *testing.T, transport http.RoundTripper, policy rest.RetryPolicy) *client {
	t.Helper()
	base, err := rest.ParseBase("http://127.0.0.1/prefix", false)
	require.NoError(t, err)
	return &client{&rest.Client{
		Name:      "test",
		Base:      base,
		Transport: rest.NewTransport(&http.Client{Transport: transport}, rest.AttemptTimeout, nil),
		Authorize: func(h http.Header) { h.Set("Authorization", "ApiKey "+apiKey) },
		Scrub:     func(s string) string { return redact.Scrub(s, apiKey) },
		UserAgent: "test",
		Policy:    policy.WithDefaults(),
		MaxBody:   1 << 20,
	}}
}

func status(code int, body string, header ...string) answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// cut closes the connection without an answer, after the request was read.
func cut(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// hang answers nothing until the client has gone.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// guardedCreate stands for what only Request.GuardedCreate makes.
const guardedCreate rest.Kind = -1

// operation is a request, and what a create needs beside it.
type operation struct {
	*rest.Request
	guard    rest.Guard
	readBack func(context.Context) (bool, error)
}

// client is the client under test, whose failures are errors.
type client struct{ *rest.Client }

func (c *client) do(ctx context.Context, o *operation) (*rest.Answer, error) {
	r := *o.Request
	if r.Kind == guardedCreate {
		r.GuardedCreate(o.guard, o.readBack)
	}
	answer, f := c.Do(ctx, &r)
	if f != nil {
		return answer, &failure{f}
	}
	return answer, nil
}

// request returns an operation of the kind, with the method that goes with it.
func request(kind rest.Kind, method string) *operation {
	r := &operation{
		Request: &rest.Request{
			Op: "do it", Kind: kind, Method: method, Route: "/v1/things/{id}", Args: []string{"a/b c"},
			Query: url.Values{"q": {"x&y"}},
		},
		readBack: func(context.Context) (bool, error) { return true, nil },
	}
	if method == http.MethodPost {
		r.Body = json.RawMessage(`{"a":1}`)
	}
	return r
}
