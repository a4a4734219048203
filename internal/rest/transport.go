package rest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/check"
)

const (
	// MaxBody is the default cap on an answer, in bytes.
	MaxBody = 32 << 20
	// AttemptTimeout is the default bound on one attempt.
	AttemptTimeout = 30 * time.Second

	maxConns = 64
)

// NewHTTPTransport returns the transport of a client that was given none. Idle connections are given
// up well before Novu closes them (61 s), since a request on a connection that the server is closing
// may or may not have been read.
func NewHTTPTransport(attemptTimeout time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		HTTP2:                 pings(attemptTimeout),
		MaxIdleConns:          2 * maxConns,
		MaxIdleConnsPerHost:   maxConns,
		MaxConnsPerHost:       maxConns,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// pings has a silent HTTP/2 connection closed before an attempt on it times out. Without it net/http
// keeps the connection, and every further attempt and call goes there.
func pings(attemptTimeout time.Duration) *http.HTTP2Config {
	third := max(attemptTimeout/3, time.Millisecond)
	return &http.HTTP2Config{SendPingTimeout: third, PingTimeout: third}
}

// Middleware wraps the transport. It runs once around each attempt.
type Middleware = func(http.RoundTripper) http.RoundTripper

// Transport is what attempts are sent through.
type Transport struct {
	attempts *http.Client  // for go-retryablehttp
	timeout  time.Duration // of an attempt, the reading of the body included
	pooled   func() http.RoundTripper
	fresh    func() http.RoundTripper // a connection for each request
}

// NewTransport returns what sends through user's transport, looked up at each attempt so that a test
// can swap it, and through the middleware, the first one outermost. Without a user it makes a
// transport of its own. Redirects are not followed.
func NewTransport(user *http.Client, timeout time.Duration, middleware []Middleware) *Transport {
	if user == nil {
		own := NewHTTPTransport(timeout)
		pooled := wrap(own, middleware)
		return &Transport{
			attempts: attemptsWith(nil),
			timeout:  timeout,
			pooled:   func() http.RoundTripper { return pooled },
			fresh:    sync.OnceValue(func() http.RoundTripper { return wrap(unpooled(own), middleware) }),
		}
	}
	t := &Transport{attempts: attemptsWith(user.Jar), timeout: timeout}
	lent := &borrowed{client: user, timeout: timeout}
	fresh := &borrowed{client: user, timeout: timeout, unpooled: true}
	if len(middleware) == 0 {
		t.pooled, t.fresh = lent.current, fresh.current
		return t
	}
	pooled := wrap(lent, middleware)
	t.pooled = func() http.RoundTripper { return pooled }
	t.fresh = sync.OnceValue(func() http.RoundTripper { return wrap(fresh, middleware) })
	return t
}

func wrap(rt http.RoundTripper, middleware []Middleware) http.RoundTripper {
	for i := len(middleware) - 1; i >= 0; i-- {
		rt = middleware[i](rt)
	}
	return rt
}

// pick returns what makes the next attempt. One that follows an attempt that timed out gets a connection
// of its own, since HTTP/2 would send it on the connection of the first.
func (t *Transport) pick(afterTimeout bool) http.RoundTripper {
	if afterTimeout {
		return t.fresh()
	}
	return t.pooled()
}

// attemptsWith returns the client that go-retryablehttp calls. Its transport is no more than a
// RoundTripper and so hides CloseIdleConnections, which go-retryablehttp calls on every failure: one
// failing call must not cost the others their connections.
func attemptsWith(jar http.CookieJar) *http.Client {
	return &http.Client{
		Transport: attempt{}, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// borrowed is the transport of a client that belongs to somebody else.
type borrowed struct {
	client   *http.Client
	timeout  time.Duration
	unpooled bool // a connection for each request

	mu   sync.Mutex
	from *http.Transport // the client's when it was last used
	to   *http.Transport // what stands in for it
}

// RoundTrip sends through the transport that the client has now.
func (b *borrowed) RoundTrip(req *http.Request) (*http.Response, error) {
	return b.current().RoundTrip(req)
}

func (b *borrowed) current() http.RoundTripper {
	rt := b.client.Transport
	if rt == nil {
		rt = http.DefaultTransport
	}
	switch t := rt.(type) {
	case *http.Transport:
		return b.standIn(t)
	case interface{ Unpooled() http.RoundTripper }:
		if b.unpooled {
			return t.Unpooled()
		}
	}
	return rt
}

// standIn returns a clone of the user's transport that checks the health of HTTP/2 connections. One
// that says itself how to do that, or that has HTTP/2 from elsewhere, is used as it is.
func (b *borrowed) standIn(t *http.Transport) *http.Transport {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.from == t {
		return b.to
	}
	b.from, b.to = t, t
	clone := t.Clone()
	switch {
	case b.unpooled:
		clone.DisableKeepAlives = true
		b.to = clone
	case t.HTTP2 == nil && clone.TLSNextProto == nil:
		clone.HTTP2 = pings(b.timeout)
		if clone.IdleConnTimeout == 0 { // nobody else can close the clone's connections
			clone.IdleConnTimeout = time.Minute
		}
		b.to = clone
	}
	return b.to
}

// unpooled returns a transport like t that makes a connection for each request.
func unpooled(t *http.Transport) *http.Transport {
	clone := t.Clone()
	clone.DisableKeepAlives = true
	return clone
}

// plainError takes the *url.Error off err: it repeats the URL, which may hold a secret, and the
// failure names the route anyway.
func plainError(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// isDialError tells of an error by which the request never left.
func isDialError(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var record tls.RecordHeaderError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) || errors.As(err, &record)
}

// Final marks the error of a transport that will not connect for a reason of its own, which no
// repetition would change: the call ends with it.
func Final(err error) error { return finalError{err} }

type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// isPermanent tells of an error by which no connection came about, and none will: no repetition makes
// an authority known or a certificate valid.
func isPermanent(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, new(finalError)) || errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host)
}

// ParseBase checks the root of an API: absolute, http or https, without user, query or fragment, and
// https unless the host is loopback or insecure is set. Slashes at its end are dropped. Its errors
// never repeat the text, which may hold a password.
func ParseBase(raw string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return nil, errors.New("is not a URL")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New(`must start with "https://"`)
	case u.Hostname() == "":
		return nil, errors.New("has no host")
	case u.User != nil:
		return nil, errors.New("must not contain a user or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("must not contain a query or fragment")
	case u.Scheme == "http" && !insecure && !check.IsLoopback(u.Hostname()):
		return nil, fmt.Errorf("is plain http to %s, which would send the credential unencrypted: use https", u.Hostname())
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}
