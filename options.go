package novu

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/rest"
)

// Option configures a client. One that can't be right makes NewClient fail.
type Option func(*config, *checks)

type config struct {
	rest.Settings

	baseURL      string
	previousKeys []Secret
}

// WithRegion selects one of Novu's own installations; the default is RegionUS.
func WithRegion(r Region) Option {
	return func(c *config, checks *checks) {
		if r != RegionUS && r != RegionEU {
			checks.add("Region", fmt.Sprintf("%q is not a region of Novu's; use WithBaseURL for another server", string(r)))
		}
		c.baseURL = string(r)
	}
}

// WithBaseURL sets the root of the API, the URL below which the server's /v1 and /v2 are. It must be
// absolute, without user, query or fragment, and https; plain http is accepted for loopback. It may
// have a path.
func WithBaseURL(u string) Option {
	return func(c *config, _ *checks) { c.baseURL = u }
}

// WithInsecureHTTP accepts a plain http base URL beyond loopback. The secret key then travels
// unencrypted.
func WithInsecureHTTP() Option {
	return func(c *config, _ *checks) { c.Insecure = true }
}

// WithHTTPClient sends requests through the Transport and the Jar of hc. The Transport is looked up at
// each attempt, so it may be swapped. The Timeout of hc bounds each attempt, unless WithAttemptTimeout
// is given. Redirects are never followed, whatever its CheckRedirect says.
//
// An [http.Transport] whose HTTP2 is nil is cloned, and the clone checks the health of HTTP/2
// connections. Without this option the client has a transport of its own with at most 64 connections.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config, checks *checks) { c.SetHTTPClient(hc, &checks.Checks) }
}

// WithLogger logs every attempt: operation, method, route, status, attempt, duration, and the wait
// before the next one. An attempt is logged at Debug, or at Warn if it will be repeated. Bodies,
// queries and credentials are never logged. A nil logger logs nothing.
func WithLogger(l *slog.Logger) Option {
	return func(c *config, _ *checks) { c.Logger = l }
}

// WithAttemptHook calls hook when an attempt has ended, before the wait for the next one: for metrics
// without parsing logs. An attempt that the context ended before it was sent counts too. So whatever
// the hook is told of with Again is followed by another. The call waits for hook, hook is called from
// many goroutines at once, and its panic reaches the caller.
func WithAttemptHook(hook func(ctx context.Context, a Attempt)) Option {
	return func(c *config, checks *checks) { c.SetOnAttempt(hook, &checks.Checks) }
}

// WithRetryPolicy replaces the default policy: 4 attempts, waits of up to 500 ms doubling to 8 s, and
// Retry-After obeyed up to 60 s. Zero fields keep their defaults. MaxAttempts 1 turns retries off.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(c *config, checks *checks) { c.SetPolicy(p, &checks.Checks) }
}

// WithAttemptTimeout bounds each attempt, the reading of its answer included. The default is 30 s. The
// context or WithTimeout bound the whole call.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *config, checks *checks) { c.SetAttemptTimeout(d, &checks.Checks) }
}

// WithUserAgent puts s before the client's own User-Agent.
func WithUserAgent(s string) Option {
	return func(c *config, checks *checks) { c.SetUserAgent(s, &checks.Checks) }
}

// WithMiddleware wraps the transport. It runs around each attempt and sees the request as it is sent,
// its Authorization header included. Middleware runs in the order given; the first is outermost.
//
// After an attempt that timed out, m is called once more, to wrap a transport that makes a connection
// for each request.
func WithMiddleware(m func(http.RoundTripper) http.RoundTripper) Option {
	return func(c *config, checks *checks) { c.AddMiddleware(m, &checks.Checks) }
}

// WithMaxResponseSize caps the answers that are read, in bytes. The default is 32 MiB. A larger answer
// is ErrBadAnswer.
func WithMaxResponseSize(bytes int64) Option {
	return func(c *config, checks *checks) { c.SetMaxBody(bytes, &checks.Checks) }
}

// RequestOption changes a single call. One that can't be right makes the call fail before anything
// is sent.
type RequestOption func(*requestOptions, *checks)

type requestOptions struct {
	idempotencyKey string
	header         http.Header
	timeout        time.Duration
	response       *Response
	uncheckedIDs   bool
}

// callOptions applies the options of one call and checks its context.
func callOptions(ctx context.Context, op string, opts []RequestOption) (requestOptions, error) {
	if ctx != nil && len(opts) == 0 {
		return requestOptions{}, nil
	}
	checks := checkParams(op, opts...).ctx(ctx)
	return checks.options, checks.err()
}

const maxIdempotencyKey = 255

// WithIdempotencyKey sends key, 1 to 255 characters, as Idempotency-Key. The identifiers that the call
// would otherwise make at random derive from the key and the body. So a repetition of the call, even by
// another process, sends the same body and does not create a second resource.
//
// The key is sent by operations that create or update. Novu reads it for POST and PATCH, if the feature
// is on for the organization. Novu keeps errors under a key for 24 hours too. Such a replayed error is
// final (see [Error.Replayed]): use a new key. Don't use one key for two operations: Novu would answer
// the second with the result of the first.
func WithIdempotencyKey(key string) RequestOption {
	return func(o *requestOptions, checks *checks) {
		switch {
		case strings.TrimSpace(key) == "":
			checks.add("IdempotencyKey", "must not be empty")
		case len(key) > maxIdempotencyKey:
			checks.add("IdempotencyKey", fmt.Sprintf("is %d characters long, the server takes %d", len(key), maxIdempotencyKey))
		case strings.ContainsFunc(key, check.Unprintable):
			checks.add("IdempotencyKey", "contains characters that a header can't carry")
		}
		o.idempotencyKey = key
	}
}

// WithHeader adds a header to the request. Those that the client sets itself can't be replaced.
func WithHeader(name, value string) RequestOption {
	canonical := http.CanonicalHeaderKey(name)
	return func(o *requestOptions, checks *checks) {
		switch canonical {
		case "Authorization", "Accept", "Content-Type", "Content-Length", "Host", "User-Agent":
			checks.add("Header", canonical+" is set by the client")
		case "Idempotency-Key", "X-Idempotency-Key":
			checks.add("Header", canonical+" is set with WithIdempotencyKey")
		}
		if canonical == "" || strings.ContainsFunc(canonical, func(r rune) bool { return !isToken(r) }) {
			checks.add("Header", fmt.Sprintf("%q is not a header name", name))
		}
		if strings.ContainsFunc(value, check.Unprintable) {
			checks.add("Header", canonical+" contains characters that a header can't carry")
		}
		if o.header == nil {
			o.header = http.Header{}
		}
		o.header.Add(canonical, value)
	}
}

// withHeaders repeats the headers of a call in another that belongs to it.
func withHeaders(header http.Header) RequestOption {
	return func(o *requestOptions, _ *checks) { o.header = header }
}

// WithUncheckedIDs lets ChannelEndpoints.Create store ids that do not look like those of Teams, such as
// a team's that is no GUID or a channel's that is no thread id. It is for servers that emulate Novu or
// Microsoft, and for shapes that Microsoft may introduce.
func WithUncheckedIDs() RequestOption {
	return func(o *requestOptions, _ *checks) { o.uncheckedIDs = true }
}

// WithTimeout bounds the whole call, its waits and further attempts included.
func WithTimeout(d time.Duration) RequestOption {
	return func(o *requestOptions, checks *checks) {
		if d <= 0 {
			checks.add("Timeout", "must be positive")
		}
		o.timeout = d
	}
}

// WithResponse stores in resp what the server answered, also if the call fails. Nothing of an earlier
// call is left in it. With the iterators it holds the last page's.
func WithResponse(resp *Response) RequestOption {
	return func(o *requestOptions, checks *checks) {
		if resp == nil {
			checks.add("Response", "must not be nil")
		}
		o.response = resp
	}
}

func isToken(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
}
