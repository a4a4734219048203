package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// RetryPolicy bounds how often a message is sent again and how long the waits are. Whether it may
// be sent again at all follows from what came back; see [Client.Send]. A zero field means its
// default.
//
//	type RetryPolicy struct {
//		MaxAttempts   int           // requests in all, the first included; 1 turns retries off; default 4
//		MinWait       time.Duration // longest wait before the second attempt, doubled for each further one; default 500 ms
//		MaxWait       time.Duration // longest wait that this side chooses; default 8 s
//		MaxRetryAfter time.Duration // longest Retry-After that is obeyed; a longer one ends the call; default 60 s
//	}
type RetryPolicy = rest.RetryPolicy

// Attempt is one request of an operation and how it ended, for [WithAttemptHook]. It holds no
// identifier, query, header or body. Err may name the host.
//
//	type Attempt struct {
//		Operation string        // what is attempted, in words: "send message"
//		Method    string        // "POST"
//		Route     string        // "{url}", whatever the URL
//		Number    int           // 1 for the first of the operation
//		Status    int           // of the answer; 0 if none came
//		Outcome   string        // "succeeded", "not sent", "broken", "timed out", "canceled", "barred", "server error", "rate limited", "in progress", "conflict", "not found" or "refused"
//		Held      time.Duration // always 0: Send waits for its turn before the first attempt
//		Duration  time.Duration // from sending to the end of the answer; 0 if the context ended before
//		Again     bool          // another attempt follows
//		Wait      time.Duration // before that one
//		Err       error         // why there is no whole answer; nil if there is one
//	}
type Attempt = rest.Attempt

const (
	// DefaultMaxMessageSize is the largest message in bytes of JSON, envelope included. Teams takes
	// about 28 KB, but counts what the flow stores, in which the card's quotation marks are
	// escaped: 24,453 bytes are on record as counted 28,897, and the run failed after its 202. A
	// card of short strings grows by up to 40 %.
	DefaultMaxMessageSize = 20 << 10
	// DefaultRateLimit is how many messages per second go to one URL.
	DefaultRateLimit = 4
)

// Option configures a client, and says which URLs [ParseURL] accepts. An option that can't be right
// makes both fail.
type Option func(*config, *checks)

type config struct {
	rest.Settings

	maxMessage int
	rate       float64
	clouds     []Cloud
	hosts      []string
	private    bool
	token      TokenFunc
}

func configure(checks *checks, opts []Option) *config {
	c := &config{maxMessage: DefaultMaxMessageSize, rate: DefaultRateLimit, clouds: []Cloud{CloudPublic}}
	for _, opt := range opts {
		if opt != nil {
			opt(c, checks)
		}
	}
	return c
}

// WithAllowedHosts accepts further hosts, such as a gateway of your own: a name
// ("hooks.example.com"), an IP address, or with a leading dot everything below a name
// (".hooks.example.com"). It adds to what earlier options allow. A host that is Microsoft's in any
// cloud stays under all checks of [ParseURL].
//
// Whoever controls such a name can point it at an address in your own network. So the client checks
// the address when it connects, and refuses one that is not public with ErrPrivateAddress. Where
// the environment names a proxy for the host, the proxy looks up the name: then only an IP address
// in the URL itself is checked, and keeping the request out of your network is the proxy's job. The
// same goes for a client from [WithHTTPClient], of which nothing is checked. Microsoft's own hosts
// need no such check.
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

// WithPrivateAddresses lets the hosts of WithAllowedHosts lead to addresses that are not public:
// loopback, private and link-local networks and the like. It is for gateways inside your network.
// Don't combine it with hosts whose names somebody else controls.
func WithPrivateAddresses() Option {
	return func(c *config, _ *checks) { c.private = true }
}

// WithMaxMessageSize sets the largest message that is sent, in bytes of JSON, envelope included.
// The default is DefaultMaxMessageSize.
func WithMaxMessageSize(bytes int) Option {
	return func(c *config, checks *checks) {
		if bytes <= 0 {
			checks.add("MaxMessageSize", "must be positive")
		}
		c.maxMessage = bytes
	}
}

// WithRateLimit sets how many messages per second go to one URL, evenly spaced. The default is
// DefaultRateLimit, and math.Inf(1) means no limit. Send waits for its turn. The retry policy
// spaces repetitions of a message instead.
func WithRateLimit(perSecond float64) Option {
	return func(c *config, checks *checks) {
		if math.IsNaN(perSecond) || perSecond <= 0 {
			checks.add("RateLimit", "must be positive")
		}
		c.rate = perSecond
	}
}

// WithHTTPClient sends requests through hc: its Transport (looked up at each attempt, so that it
// may be swapped), Jar and, unless WithAttemptTimeout says otherwise, Timeout. Redirects are never
// followed, whatever its CheckRedirect says. The addresses of allowed hosts are then not checked;
// see [WithAllowedHosts].
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config, checks *checks) { c.SetHTTPClient(hc, &checks.Checks) }
}

// WithLogger logs every attempt: operation, method, host, status, attempt, duration, and the wait
// before the next one. A plain attempt is logged at Debug, one that will be repeated at Warn.
// Messages and URLs are never logged. A nil logger logs nothing.
func WithLogger(l *slog.Logger) Option {
	return func(c *config, _ *checks) { c.Logger = l }
}

// WithAttemptHook calls hook when an attempt has ended, before the wait for the next one: for metrics
// without parsing logs. An attempt that the context ended before it was sent counts too. So whatever
// the hook is told of with Again is followed by another. The call waits for hook, hook is called from
// many goroutines at once, and its panic reaches the caller.
//
// A message that is still waiting for its URL's turn (see [WithRateLimit]) when the context ends is no
// attempt.
func WithAttemptHook(hook func(ctx context.Context, a Attempt)) Option {
	return func(c *config, checks *checks) { c.SetOnAttempt(withoutHost(hook), &checks.Checks) }
}

// withoutHost names the route alike for all URLs: a host may hold the id of a customer's environment.
func withoutHost(hook func(context.Context, Attempt)) rest.AttemptHook {
	if hook == nil {
		return nil
	}
	return func(ctx context.Context, a Attempt) {
		a.Route = "{url}"
		hook(ctx, a)
	}
}

// WithRetryPolicy replaces the default policy: 4 attempts, waits of up to 500 ms doubling to 8 s,
// Retry-After obeyed up to 60 s. Zero fields keep their defaults; MaxAttempts 1 turns retries off.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(c *config, checks *checks) { c.SetPolicy(p, &checks.Checks) }
}

// WithAttemptTimeout bounds each attempt; the default is 30 s. The context bounds the whole call.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *config, checks *checks) { c.SetAttemptTimeout(d, &checks.Checks) }
}

// WithUserAgent puts s before the client's own User-Agent.
func WithUserAgent(s string) Option {
	return func(c *config, checks *checks) { c.SetUserAgent(s, &checks.Checks) }
}

// WithMiddleware wraps the transport. It runs around each attempt and sees the request as it is
// sent, with the URL that is the credential. Middleware runs in the order given; the first is
// outermost.
func WithMiddleware(m func(http.RoundTripper) http.RoundTripper) Option {
	return func(c *config, checks *checks) { c.AddMiddleware(m, &checks.Checks) }
}

// TokenFunc returns the access token with which a flow is run whose trigger lets only users of its
// tenant run it. The token's audience is the flow service of the cloud
// (https://service.flow.microsoft.com/ in the public one), and its tenant is the flow's. An empty
// token sends none.
//
// The owner of a flow may be able to read the token. Return one only for flows that you trust with
// it: look at to.Host, or compare to with the URL that the token is for.
type TokenFunc func(ctx context.Context, to URL) (Secret, error)

// WithTokenFunc accepts Workflows URLs without a signature, and sends the token of f to them as a
// bearer token. URLs with a signature carry their own credential and never get a token, and neither
// do the hosts of WithAllowedHosts.
func WithTokenFunc(f TokenFunc) Option {
	return func(c *config, checks *checks) {
		if f == nil {
			checks.add("TokenFunc", "must not be nil")
		}
		c.token = f
	}
}
