package conformance_test

import (
	"encoding/binary"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

const overHTTP2 = "Over HTTP/2: the server has acted on the request, and then"

// http2Faults happen to the first request of an operation, on a connection that has served others. What
// net/http repeats by itself counts as a request. The operations are Novu's; a webhook and a bot's
// message go the same way as a workflow's creation, which is a post too.
var http2Faults = []fault{
	{group: overHTTP2, name: "the stream is reset with PROTOCOL_ERROR", http2: tamper{reset: 0x1}},
	{group: overHTTP2, name: "with INTERNAL_ERROR", http2: tamper{reset: 0x2}},
	{group: overHTTP2, name: "with REFUSED_STREAM", http2: tamper{reset: 0x7}},
	{group: overHTTP2, name: "with CANCEL", http2: tamper{reset: 0x8}},
	{group: overHTTP2, name: "GOAWAY that disowns the request", http2: tamper{goAway: true}},
	{group: overHTTP2, name: "the connection goes silent and stays silent", http2: tamper{silent: true}},
}

func init() {
	for i := range http2Faults {
		http2Faults[i].expect = every(succeeds(2, 1)).but(fails(2, 1), lock).but(succeeds(1, 1), claim).notFor(answer, hook, message)
	}
}

// Every operation of Novu's meets every fault over HTTP/2, on real connections.
func TestHTTP2Faults(t *testing.T) {
	for i := range http2Faults {
		f := &http2Faults[i]
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for _, op := range operations {
				if f.expect[op.kind] == nil {
					continue
				}
				t.Run(op.name, func(t *testing.T) {
					t.Parallel()
					meetOverHTTP2(t, f, op)
				})
			}
		})
	}
}

func meetOverHTTP2(t *testing.T, f *fault, op operation) {
	srv := novutest.NewServer(t, novutest.WithSecretKey(secretKey), novutest.WithFixture(fixture(t)), novutest.WithProcessingDelay(50*time.Millisecond))
	gateway := newGateway(t, srv.URL(), op, f.http2)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	// The pings of the client are below a third of an attempt.
	c, err := novu.NewClient(secretKey, novu.WithBaseURL(gateway.url), novu.WithAttemptTimeout(3*time.Second),
		novu.WithHTTPClient(&http.Client{Transport: &http.Transport{Protocols: &protocols}}),
		novu.WithRetryPolicy(novu.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
	require.NoError(t, err)
	w := &world{srv: srv, novu: c, check: srv.Client()}
	if op.prepare != nil {
		op.prepare(t, w)
	}
	_, err = c.Subscribers.Get(t.Context(), someone)
	require.NoError(t, err)
	before := len(srv.Requests())
	gateway.arm()

	err = op.act(t.Context(), w)
	got := ending{fails: err != nil, requests: len(w.arrivals(op, before))}
	if op.done != nil {
		got.effects = op.done(t, w)
	}
	if err != nil {
		require.ErrorIs(t, err, novu.ErrOutcomeUnknown)
	}
	want := *f.expect[op.kind]
	if op.done == nil {
		want.effects = 0
	}
	assert.Equal(t, want, got, "%v", err)
}

// tamper is what becomes of the answer to a request that was carried out.
type tamper struct {
	reset  uint32 // the error code of RST_STREAM; 0: none
	goAway bool   // instead: no stream was processed, and the connection ends
	silent bool   // instead: nothing more is said on the connection, no answer to a ping either
}

// gateway speaks HTTP/2 to the client and passes its requests on.
type gateway struct {
	url string
	tamper

	mu    sync.Mutex
	armed bool
}

func newGateway(t *testing.T, to string, op operation, what tamper) *gateway {
	t.Helper()
	target, err := url.Parse(to)
	require.NoError(t, err)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gateway{url: "http://" + listener.Addr().String(), tamper: what}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	routes := http.NewServeMux()
	routes.HandleFunc(op.method+" "+op.route, func(w http.ResponseWriter, r *http.Request) {
		if !g.disarm() {
			proxy.ServeHTTP(w, r)
			return
		}
		proxy.ServeHTTP(&nobody{header: http.Header{}}, r) // carried out, and the answer is lost
		panic(http.ErrAbortHandler)                        // resets the stream, which the connection then makes its own of
	})
	routes.Handle("/", proxy)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: routes, Protocols: &protocols, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() { _ = server.Serve(tamperingListener{Listener: listener, gateway: g}); close(done) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return g
}

// arm has the next request of the operation meet the fault.
func (g *gateway) arm() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed = true
}

func (g *gateway) disarm() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	armed := g.armed
	g.armed = false
	return armed
}

// nobody takes an answer that nobody gets.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header         { return n.header }
func (n *nobody) WriteHeader(int)             {}
func (n *nobody) Write(p []byte) (int, error) { return len(p), nil }

type tamperingListener struct {
	net.Listener
	gateway *gateway
}

func (l tamperingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tamperingConn{Conn: conn, gateway: l.gateway}, nil
}

// tamperingConn replaces the server's RST_STREAM.
type tamperingConn struct {
	net.Conn
	gateway *gateway
	pending []byte // the start of a frame
	silent  bool
}

const frameHead = 9

func (c *tamperingConn) Write(p []byte) (int, error) {
	c.pending = append(c.pending, p...)
	for len(c.pending) >= frameHead {
		size := frameHead + int(binary.BigEndian.Uint32(c.pending)>>8)
		if len(c.pending) < size {
			break
		}
		if err := c.pass(c.pending[:size]); err != nil {
			return 0, err
		}
		c.pending = c.pending[size:]
	}
	return len(p), nil
}

// pass sends a frame, or what is to come instead.
func (c *tamperingConn) pass(frame []byte) error {
	const resetStream, goAway = 0x3, 0x7
	if c.silent {
		return nil
	}
	if frame[3] != resetStream {
		_, err := c.Conn.Write(frame)
		return err
	}
	switch {
	case c.gateway.silent:
		c.silent = true
		return nil
	case c.gateway.goAway:
		_, _ = c.Conn.Write(append([]byte{0, 0, 8, goAway, 0, 0, 0, 0, 0}, make([]byte, 8)...))
		return c.Close()
	}
	binary.BigEndian.PutUint32(frame[frameHead:], c.gateway.reset)
	_, err := c.Conn.Write(frame)
	return err
}
