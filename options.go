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

// WithBaseURL sets the root of the API: absolute, https (plain http is accepted
// for loopback), without user, query or fragment. It may have a path, under
// which the server's /v1 and /v2 are then expected.
func WithBaseURL(u string) Option {
	return func(c *config, _ *checks) { c.baseURL = u }
}

// WithInsecureHTTP accepts a plain http base URL beyond loopback. The secret
// key then travels unencrypted.
func WithInsecureHTTP() Option {
	return func(c *config, _ *checks) { c.Insecure = true }
}

// WithHTTPClient sends requests through hc: its Transport (looked up at each
// attempt, so that it may be swapped), Jar and, unless WithAttemptTimeout says
// otherwise, Timeout. Redirects are never followed, whatever its CheckRedirect
// says. Without this option the client has a transport of its own with at most
// 64 connections.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config, checks *checks) { c.SetHTTPClient(hc, &checks.Checks) }
}

// WithLogger logs every attempt: operation, method, route, status, attempt,
// duration, and the wait before the next one. A plain attempt is logged at
// Debug, one that will be repeated at Warn. Bodies, queries and credentials are
// never logged. A nil logger logs nothing.
func WithLogger(l *slog.Logger) Option {
	return func(c *config, _ *checks) { c.Logger = l }
}

// WithRetryPolicy replaces the default policy: 4 attempts, waits of up to
// 500 ms doubling to 8 s, Retry-After obeyed up to 60 s. Zero fields keep their
// defaults; MaxAttempts 1 turns retries off.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(c *config, checks *checks) { c.SetPolicy(p, &checks.Checks) }
}

// WithAttemptTimeout bounds each attempt, the reading of its answer included;
// the default is 30 s. The context or WithTimeout bound the whole call.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *config, checks *checks) { c.SetAttemptTimeout(d, &checks.Checks) }
}

// WithUserAgent puts s before the client's own User-Agent.
func WithUserAgent(s string) Option {
	return func(c *config, checks *checks) { c.SetUserAgent(s, &checks.Checks) }
}

// WithMiddleware wraps the transport. It runs around each attempt and sees the
// request as it is sent, its Authorization header included. Of several, the
// first is outermost.
func WithMiddleware(m func(http.RoundTripper) http.RoundTripper) Option {
	return func(c *config, checks *checks) { c.AddMiddleware(m, &checks.Checks) }
}

// WithMaxResponseSize caps the answers that are read, in bytes; the default is
// 32 MiB. A larger answer is an error.
func WithMaxResponseSize(bytes int64) Option {
	return func(c *config, checks *checks) { c.SetMaxBody(bytes, &checks.Checks) }
}

// RequestOption changes a single call. One that can't be right makes the call fail before anything is
// sent.
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

// WithIdempotencyKey sends key (1 to 255 characters) as Idempotency-Key, and
// derives from it the identifiers that the call would otherwise make at random,
// so that a repetition of the call, even by another process, sends the same
// body and does not create a second resource. It has an effect on operations
// that create or update; Novu reads it for POST and PATCH, where an
// organization has the feature on. Novu keeps *errors* under a key for 24 hours
// too: such a replayed error is final here (see [Error.Replayed]), use a new
// key. Don't use one key for two operations: Novu would answer the second with
// the first one's result.
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

// WithUncheckedIDs lets ChannelEndpoints.Create store ids that do not look like
// those of Teams: a team's that is no GUID, a channel's that is no thread id. It
// is for servers that emulate Novu or Microsoft, and for shapes that Microsoft
// may introduce.
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

// WithResponse stores in resp what the server answered, also where the call
// fails. With List's iterators it holds the last page's.
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
