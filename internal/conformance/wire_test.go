// Package proof_test holds what is to be true of all packages together.
package conformance_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// wire is the way from the clients to a server in memory. It can break where
// the server cannot break it: before a connection, and inside an answer's
// headers.
type wire struct {
	*http.Transport
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	refuse     func() error             // instead of the next connection
	always     bool                     // and of every one after it
	failed     int                      // connections that did not come about
	half       func(*http.Request) bool // the first request whose answer ends inside its headers
	nilBody    func(*http.Request) bool // the first request whose answer has no body at all
	breakAfter atomic.Int64             // bytes of the next answer
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.half != nil && w.half(r) {
		w.half = nil
		w.breakAfter.Store(int64(len("HTTP/1.1 200 OK\r\nConte")))
	}
	resp, err := w.Transport.RoundTrip(r)
	if w.nilBody != nil && w.nilBody(r) && err == nil {
		w.nilBody = nil
		_ = resp.Body.Close()
		resp.Body = nil
	}
	return resp, err
}

func newWire(srv *novutest.Server) *wire {
	base, ours := srv.HTTPClient().Transport.(*http.Transport)
	if !ours {
		panic("novutest has another transport")
	}
	w := &wire{Transport: base, dial: base.DialContext}
	// Everything here is https to the clients; in memory nobody listens in.
	base.DialTLSContext = w.connect
	base.DialContext = w.connect
	return w
}

func (w *wire) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	if refuse := w.refuse; refuse != nil {
		if !w.always {
			w.refuse = nil
		}
		w.failed++
		return nil, refuse()
	}
	c, err := w.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &breakable{Conn: c, after: &w.breakAfter}, nil
}

func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func unknownHost() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "novu.example", IsNotFound: true}}
}

// noTLS is what a handshake with a server that speaks plain HTTP ends in.
func noTLS() error {
	ours, theirs := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	go func() { _, _ = io.WriteString(theirs, "HTTP/1.1 400 Bad Request\r\n\r\n") }()
	err := tls.Client(ours, &tls.Config{ServerName: "novu.example", MinVersion: tls.VersionTLS12}).HandshakeContext(context.Background())
	_ = ours.Close() // which ends both
	return err
}

// breakable is a connection whose next answer may end early.
type breakable struct {
	net.Conn
	after *atomic.Int64
}

func (c *breakable) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if limit := c.after.Swap(0); limit > 0 && n > 0 {
		_ = c.Close()
		return int(min(limit, int64(n))), err
	}
	return n, err
}

const (
	root      = "https://127.0.0.1"
	customer  = "7d1c1f0e-5a3b-4c7e-9a51-2f6c7d1e8a01"
	team      = "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11"
	general   = "19:general@thread.tacv2"
	builds    = "19:builds@thread.tacv2"
	flow      = "https://prod-01.westeurope.logic.azure.com/_workflows/workflows/"
	invoke    = "/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=sig"
	shared    = "https://prod-01.westeurope.logic.azure.com:443/workflows/0a1b" + invoke
	teams     = "teams"
	alert     = "build-failed"
	someone   = "sub-1"
	known     = "there-already"
	other     = "sub-2"
	text      = "Build failed"
	secretKey = "secret-key"
)

// world is a server in memory with a client for each of its sides. The clients
// have the policies and rates that they have by default.
type world struct {
	srv    *novutest.Server
	wire   *wire
	novu   *novu.Client
	tenant *msteams.Tenant
	hooks  *webhook.Client
	check  *novu.Client // sees what is there, past the wire

	conversation, talking string // that an agent was told about, and its integration
}

// fixture is what a server knows: a subscriber with a webhook for what is
// triggered, and another with an endpoint to be read and changed.
func fixture(t *testing.T) novutest.Fixture {
	t.Helper()
	card, err := webhook.ForNovu(webhook.Text(text))
	require.NoError(t, err)
	type object = map[string]any
	return novutest.Fixture{
		Integrations: []any{object{
			"identifier": teams, "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": object{"clientId": "app", "secretKey": "s3cr3t", "tenantId": "home"},
		}},
		Subscribers: []any{object{"subscriberId": someone}, object{"subscriberId": other}},
		Endpoints: []any{
			object{"integrationIdentifier": teams, "subscriberId": someone, "type": "webhook", "endpoint": object{"url": shared}},
			object{
				"identifier": known, "integrationIdentifier": teams, "subscriberId": other, "type": "ms_teams_channel",
				"endpoint": object{"teamId": team, "channelId": general},
			},
		},
		Workflows: []any{object{
			"name": text, "workflowId": alert, "__source": "editor", "active": true,
			"steps": []any{object{"name": "Chat", "type": "chat", "controlValues": object{"body": card}}},
		}},
	}
}

func newWorld(t *testing.T, opts ...novutest.Option) *world {
	t.Helper()
	srv := novutest.NewServer(t, append(opts, novutest.WithInMemory(), novutest.WithSecretKey(secretKey), novutest.WithFixture(fixture(t)))...)
	w := &world{srv: srv, wire: newWire(srv), check: srv.Client()}
	hc := &http.Client{Transport: w.wire}
	var err error
	w.novu, err = novu.NewClient(secretKey, novu.WithBaseURL(root), novu.WithHTTPClient(hc))
	require.NoError(t, err)
	ms, err := msteams.NewClient(msteams.Credentials{ClientID: "app", ClientSecret: "s3cr3t", TenantID: "home.example"}, msteams.WithHTTPClient(hc),
		msteams.WithEndpoints(msteams.Endpoints{Login: root + "/_login", Graph: root + "/_graph", Connector: root + "/_connector/teams"}))
	require.NoError(t, err)
	w.tenant = ms.Tenant(customer)
	w.hooks, err = webhook.NewClient(webhook.WithHTTPClient(hc))
	require.NoError(t, err)
	return w
}

// post sends a text to the flow of that name.
func (w *world) post(ctx context.Context, name, text string) error {
	to, err := webhook.ParseURL(flow + name + invoke)
	if err != nil {
		return err
	}
	_, err = w.hooks.Send(ctx, to, webhook.Text(text))
	return err
}

// warm leaves a connection that has served others, and tokens. Then a while
// passes, so that no rate limit holds back what comes.
func (w *world) warm(ctx context.Context) error {
	_, pinged := w.novu.Ping(ctx)
	_, sent := w.tenant.SendToChannel(ctx, team, general, msteams.Message{Text: "hello"})
	posted := w.post(ctx, "hello", "hello")
	time.Sleep(10 * time.Second)
	return errors.Join(pinged, sent, posted)
}

// canned is an answer that no server made.
func canned(code int, header ...string) *http.Response {
	resp := &http.Response{StatusCode: code, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"message":"no"}`))}
	for i := 0; i+1 < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}
