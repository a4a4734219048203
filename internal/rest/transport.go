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
	"time"

	"github.com/novu-go/novu/internal/check"
)

const (
	// MaxBody is the default cap on an answer, in bytes.
	MaxBody = 32 << 20
	// AttemptTimeout is the default bound on one attempt.
	AttemptTimeout = 30 * time.Second

	maxErrorBody = 64 << 10
	maxConns     = 64
)

// NewTransport returns the transport of a client that was given none. Idle
// connections are given up well before Novu closes them (61 s), since a request
// on a connection that the server is closing may or may not have been read.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          2 * maxConns,
		MaxIdleConnsPerHost:   maxConns,
		MaxConnsPerHost:       maxConns,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// Middleware wraps the transport; it runs once around each attempt.
type Middleware = func(http.RoundTripper) http.RoundTripper

// NewHTTPClient returns the client that attempts are made with: its requests go
// to the transport that user has at that moment (so that a test can swap it),
// through the middleware, the first one outermost. Redirects are not followed.
func NewHTTPClient(user *http.Client, timeout time.Duration, middleware []Middleware) *http.Client {
	var next http.RoundTripper
	var jar http.CookieJar
	if user == nil {
		next = NewTransport()
	} else {
		next = borrowed{user}
		jar = user.Jar
	}
	for i := len(middleware) - 1; i >= 0; i-- {
		next = middleware[i](next)
	}
	return &http.Client{
		Transport:     attempt{next, timeout},
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// plainError takes the *url.Error off err: it repeats the URL, which may hold a
// secret, and the failure names the route anyway.
func plainError(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func isDialError(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var record tls.RecordHeaderError
	var cert *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) || errors.As(err, &record) ||
		errors.As(err, &cert) || errors.As(err, &authority) || errors.As(err, &host)
}

// Final marks the error of a transport that will not connect for a reason of
// its own, which no repetition would change: the call ends with it.
func Final(err error) error { return finalError{err} }

type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

func isFinal(err error) bool { return errors.As(err, new(finalError)) }

// ParseBase checks the root of an API: absolute, http or https, without user,
// query or fragment, and https unless the host is loopback or insecure is set.
// Its errors never repeat the text, which may hold a password.
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
	return u, nil
}
