package webhook

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// RetryPolicy bounds how often and how patiently a message is sent again. When
// it may be sent again at all follows from what came back; see [Client.Send].
type RetryPolicy = rest.RetryPolicy

const (
	// DefaultMaxMessageSize is the largest message in bytes of JSON, envelope
	// included, about what Teams takes.
	DefaultMaxMessageSize = 28 << 10
	// DefaultRateLimit is how many messages per second go to one URL.
	DefaultRateLimit = 4
)

// Option configures a client, and WithAllowedHosts also [ParseURL]. One that
// can't be right makes them fail.
type Option func(*config, *checks)

type config struct {
	rest.Settings

	maxMessage int
	rate       float64
	hosts      []string
	private    bool
}

func configure(checks *checks, opts []Option) *config {
	c := &config{maxMessage: DefaultMaxMessageSize, rate: DefaultRateLimit}
	for _, opt := range opts {
		if opt != nil {
			opt(c, checks)
		}
	}
	return c
}

// WithAllowedHosts accepts further hosts, such as those of a national cloud or
// of a gateway of your own: a name ("hooks.example.com"), an IP address, or with
// a leading dot all that is below a name (".logic.azure.us"). Give it to
// [ParseURL] and to [New]. It adds to what earlier options allow.
//
// Whoever rules such a name can point it at an address in your own network, so
// the client checks the address when it connects and refuses with
// ErrPrivateAddress one that is not public; it goes there directly, without a
// proxy. (Microsoft's own hosts are reached through the proxy that the
// environment names; there the name and the certificate suffice.) A client from
// WithHTTPClient, and a proxy that it uses, decide for themselves where a name
// leads: then nothing is checked here, and keeping the request out of your
// network is theirs to do.
func WithAllowedHosts(hosts ...string) Option {
	return func(c *config, checks *checks) {
		for _, host := range hosts {
			host = strings.ToLower(strings.TrimSpace(host))
			if !isHostname(strings.TrimPrefix(host, ".")) {
				checks.add("AllowedHosts", fmt.Sprintf("%q is neither a host name nor an IP address; leave out scheme, port and path", host))
			}
			c.hosts = append(c.hosts, host)
		}
	}
}

// WithPrivateAddresses lets the hosts of WithAllowedHosts lead to addresses that
// are not public: loopback, private and link-local networks and the like. It is
// for gateways inside your network; don't combine it with hosts whose names
// somebody else rules.
func WithPrivateAddresses() Option {
	return func(c *config, _ *checks) { c.private = true }
}

// WithMaxMessageSize sets the largest message that is sent, in bytes of JSON,
// envelope included; the default is DefaultMaxMessageSize.
func WithMaxMessageSize(bytes int) Option {
	return func(c *config, checks *checks) {
		if bytes <= 0 {
			checks.add("MaxMessageSize", "must be positive")
		}
		c.maxMessage = bytes
	}
}

// WithRateLimit sets how many messages per second go to one URL, evenly spaced;
// the default is DefaultRateLimit, and math.Inf(1) means no limit. Send waits
// for its turn. Repetitions of a message are spaced by the retry policy instead.
func WithRateLimit(perSecond float64) Option {
	return func(c *config, checks *checks) {
		if math.IsNaN(perSecond) || perSecond <= 0 {
			checks.add("RateLimit", "must be positive")
		}
		c.rate = perSecond
	}
}

// WithHTTPClient sends requests through hc: its Transport (looked up at each
// attempt, so that it may be swapped), Jar and, unless WithAttemptTimeout says
// otherwise, Timeout. Redirects are never followed, whatever its CheckRedirect
// says. The addresses of allowed hosts are then not checked; see
// [WithAllowedHosts].
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config, checks *checks) { c.SetHTTPClient(hc, &checks.Checks) }
}

// WithLogger logs every attempt: operation, method, host, status, attempt,
// duration, and the wait before the next one. A plain attempt is logged at
// Debug, one that will be repeated at Warn. Messages and URLs are never logged.
// A nil logger logs nothing.
func WithLogger(l *slog.Logger) Option {
	return func(c *config, _ *checks) { c.Logger = l }
}

// WithRetryPolicy replaces the default policy: 4 attempts, waits of up to
// 500 ms doubling to 8 s, Retry-After obeyed up to 60 s. Zero fields keep their
// defaults; MaxAttempts 1 turns retries off.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(c *config, checks *checks) { c.SetPolicy(p, &checks.Checks) }
}

// WithAttemptTimeout bounds each attempt; the default is 30 s. The context
// bounds the whole call.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *config, checks *checks) { c.SetAttemptTimeout(d, &checks.Checks) }
}

// WithUserAgent puts s before the client's own User-Agent.
func WithUserAgent(s string) Option {
	return func(c *config, checks *checks) { c.SetUserAgent(s, &checks.Checks) }
}

// WithMiddleware wraps the transport. It runs around each attempt and sees the
// request as it is sent, with the URL that is the credential. Of several, the
// first is outermost.
func WithMiddleware(m func(http.RoundTripper) http.RoundTripper) Option {
	return func(c *config, checks *checks) { c.AddMiddleware(m, &checks.Checks) }
}
