package rest_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/rest"
)

// Frames of HTTP/2, as far as a hostile server needs them.
const (
	frameData     = 0x0
	frameHeaders  = 0x1
	frameReset    = 0x3
	frameSettings = 0x4
	framePing     = 0x6
	frameGoAway   = 0x7

	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
)

// h2conn is one connection of an h2server.
type h2conn struct {
	net.Conn
	mu     sync.Mutex
	silent bool
	nth    int // of the server's connections
}

func (c *h2conn) write(kind, flags byte, stream uint32, payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent {
		return
	}
	frame := make([]byte, 9, 9+len(payload))
	binary.BigEndian.PutUint32(frame, uint32(len(payload))<<8) //nolint:gosec // short
	frame[3], frame[4] = kind, flags
	binary.BigEndian.PutUint32(frame[5:], stream)
	_, _ = c.Write(append(frame, payload...))
}

func (c *h2conn) goSilent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = true
}

func number(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// reset ends a stream with an error code.
func (c *h2conn) reset(stream, code uint32) { c.write(frameReset, 0, stream, number(code)) }

// goAway says that no stream after last was processed, and closes.
func (c *h2conn) goAway(last, code uint32) {
	c.write(frameGoAway, 0, 0, append(number(last), number(code)...))
	_ = c.Close()
}

// answer sends a status of HPACK's static table and a body.
func (c *h2conn) answer(stream uint32, status byte, body string) {
	c.write(frameHeaders, flagEndHeaders, stream, []byte{status})
	c.write(frameData, flagEndStream, stream, []byte(body))
}

// The statuses that HPACK's static table has.
const (
	status200 = 0x80 | 8
	status404 = 0x80 | 13
)

// h2server speaks HTTP/2 without TLS. It gives each request, once it has come whole, to the
// handler.
type h2server struct {
	url     string
	handler func(c *h2conn, nth int, stream uint32)

	mu       sync.Mutex
	conns    int
	requests int
}

func newH2Server(t *testing.T, handler func(c *h2conn, nth int, stream uint32)) *h2server {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &h2server{url: "http://" + listener.Addr().String(), handler: handler}
	var accepting, open sync.WaitGroup
	var conns sync.Map
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Store(conn, true)
			s.mu.Lock()
			s.conns++
			c := &h2conn{Conn: conn, nth: s.conns}
			s.mu.Unlock()
			open.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		accepting.Wait()
		conns.Range(func(conn, _ any) bool { _ = conn.(net.Conn).Close(); return true })
		open.Wait()
	})
	return s
}

func (s *h2server) serve(c *h2conn) {
	r := bufio.NewReader(c)
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(r, preface); err != nil {
		return
	}
	c.write(frameSettings, 0, 0, nil)
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(r, head); err != nil {
			return
		}
		payload := make([]byte, binary.BigEndian.Uint32(head)>>8)
		if _, err := io.ReadFull(r, payload); err != nil {
			return
		}
		kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		switch {
		case kind == frameSettings && flags&flagAck == 0:
			c.write(frameSettings, flagAck, 0, nil)
		case kind == framePing && flags&flagAck == 0:
			c.write(framePing, flagAck, 0, payload)
		case (kind == frameHeaders || kind == frameData) && flags&flagEndStream != 0:
			s.mu.Lock()
			s.requests++
			nth := s.requests
			s.mu.Unlock()
			s.handler(c, nth, stream)
		}
	}
}

func (s *h2server) counts() (conns, requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns, s.requests
}

// client returns a client of the server that has the attempt limit.
func (s *h2server) client(t *testing.T, limit time.Duration) *client {
	t.Helper()
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	c := newClient(t, transport, rest.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})
	c.Transport = rest.NewTransport(&http.Client{Transport: transport}, limit, nil)
	c.Base, _ = url.Parse(s.url)
	return c
}

// net/http repeats after these by itself, with some of them without a limit. The server has acted
// on each request that it saw.
func TestHTTP2RequestsAreNotReplayedUnseen(t *testing.T) {
	t.Parallel()
	ends := map[string]func(c *h2conn, stream uint32){
		"PROTOCOL_ERROR": func(c *h2conn, stream uint32) { c.reset(stream, 0x1) },
		"INTERNAL_ERROR": func(c *h2conn, stream uint32) { c.reset(stream, 0x2) },
		"REFUSED_STREAM": func(c *h2conn, stream uint32) { c.reset(stream, 0x7) },
		"CANCEL":         func(c *h2conn, stream uint32) { c.reset(stream, 0x8) },
		"GOAWAY":         func(c *h2conn, _ uint32) { c.goAway(0, 0) },
		"closed":         func(c *h2conn, _ uint32) { _ = c.Close() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := func(c *h2conn, _ int, stream uint32) { end(c, stream) }
			t.Run("post", func(t *testing.T) {
				t.Parallel()
				s := newH2Server(t, broken)
				_, err := s.client(t, 10*time.Second).do(t.Context(), request(rest.Post, http.MethodPost))
				var f *failure
				require.ErrorAs(t, err, &f)
				_, requests := s.counts()
				assert.Equal(t, 1, requests)
				assert.True(t, f.Unknown, "%v", err)
			})
			t.Run("create", func(t *testing.T) {
				t.Parallel()
				s := newH2Server(t, broken)
				_, err := s.client(t, 10*time.Second).do(t.Context(), request(guardedCreate, http.MethodPost))
				var f *failure
				require.ErrorAs(t, err, &f)
				_, requests := s.counts()
				assert.Equal(t, 4, requests, "as many as the policy has attempts")
				assert.Equal(t, 4, f.Attempts)
			})
			t.Run("read", func(t *testing.T) {
				t.Parallel()
				s := newH2Server(t, broken)
				_, err := s.client(t, 10*time.Second).do(t.Context(), request(rest.Read, http.MethodGet))
				require.Error(t, err)
				_, requests := s.counts()
				assert.LessOrEqual(t, requests, 4*2, "net/http repeats a request without a body")
			})
			t.Run("delete", func(t *testing.T) {
				t.Parallel()
				s := newH2Server(t, func(c *h2conn, nth int, stream uint32) {
					if nth == 1 {
						end(c, stream)
						return
					}
					c.answer(stream, status404, "{}")
				})
				_, err := s.client(t, 10*time.Second).do(t.Context(), request(rest.IdempotentWrite, http.MethodDelete))
				require.NoError(t, err, "the first one worked")
			})
		})
	}
}

// A connection that has gone silent costs one attempt, not every further call.
func TestASilentHTTP2ConnectionIsLeft(t *testing.T) {
	t.Parallel()
	s := newH2Server(t, func(c *h2conn, nth int, stream uint32) {
		if c.nth == 1 && nth > 1 {
			c.goSilent()
		}
		c.answer(stream, status200, "{}")
	})
	c := s.client(t, 3*time.Second) // of which a slow machine needs more than a moment for its pings
	for call := range 3 {
		_, err := c.do(t.Context(), request(rest.Read, http.MethodGet))
		require.NoError(t, err, call)
	}
	conns, requests := s.counts()
	assert.Equal(t, 2, conns)
	assert.Equal(t, 4, requests)
}

// A server that answers pings but not the request, as a proxy with a dead upstream does: the repeat
// goes elsewhere.
func TestATimedOutHTTP2AttemptGetsAnotherConnection(t *testing.T) {
	t.Parallel()
	s := newH2Server(t, func(c *h2conn, _ int, stream uint32) {
		if c.nth > 1 {
			c.answer(stream, status200, "{}")
		}
	})
	a, err := s.client(t, 300*time.Millisecond).do(t.Context(), request(rest.Read, http.MethodGet))
	require.NoError(t, err)
	assert.Equal(t, 2, a.Attempts)
}

// The answer is cut at every byte of its frames: there is never a success that was not whole, never
// more requests than attempts.
func TestHTTP2AnswersAreCutAtEveryByte(t *testing.T) {
	t.Parallel()
	body := `{"data":{"identifier":"a"}}`
	whole := 9 + 1 + 9 + len(body)
	for cutAt := range whole {
		t.Run(fmt.Sprint(cutAt), func(t *testing.T) {
			t.Parallel()
			s := newH2Server(t, func(c *h2conn, nth int, stream uint32) {
				if nth > 1 {
					c.answer(stream, status200, body)
					return
				}
				recorded := &h2conn{Conn: &limitedConn{Conn: c.Conn, left: cutAt}}
				recorded.answer(stream, status200, body)
				_ = c.Close()
			})
			got := ""
			r := request(rest.Read, http.MethodGet)
			r.Decode = func(b []byte) error { got = string(b); return nil }
			a, err := s.client(t, 10*time.Second).do(t.Context(), r)
			require.NoError(t, err)
			assert.Equal(t, body, got)
			assert.LessOrEqual(t, a.Attempts, 2)
		})
	}
}

// limitedConn swallows what is written after the first bytes.
type limitedConn struct {
	net.Conn
	left int
}

func (c *limitedConn) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	if n > 0 {
		if _, err := c.Conn.Write(p[:n]); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
