package novutest

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// WithInMemory has the server take connections in memory instead of from the
// network, so that it and its clients can live in a testing/synctest bubble, on
// its fake clock. Only [Server.HTTPClient] reaches such a server, and what
// [Server.Client] returns.
func WithInMemory() Option {
	return func(c *config) error {
		c.memory = &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
		return nil
	}
}

// HTTPClient returns a client that reaches this server, over the network or in
// memory. It follows redirects as http.Client does.
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: s.transport()}
}

func (s *Server) transport() *http.Transport {
	t := &http.Transport{MaxIdleConnsPerHost: 64}
	if s.config.memory != nil {
		t.DialContext = s.config.memory.dial
	}
	context.AfterFunc(s.ctx, t.CloseIdleConnections)
	return t
}

// memory is a listener whose connections are pipes.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case m.conns <- theirs:
		return ours, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

// Addr is one that counts as loopback.
func (m *memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
