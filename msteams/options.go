package msteams

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// Option configures a client. An option that can't be right makes NewClient fail.
type Option func(*config, *checks)

type config struct {
	rest.Settings

	cloud          Cloud
	endpoints      Endpoints
	connectorHosts []string
	botTenant      string
	consentURL     string
	tokenFunc      TokenFunc
	limits         RateLimits
}

// WithCloud selects a national cloud. The default is CloudPublic.
func WithCloud(cloud Cloud) Option {
	return func(c *config, checks *checks) {
		if _, known := clouds[cloud]; !known {
			checks.add("Cloud", fmt.Sprintf("%q is not one of Microsoft's; use WithEndpoints for other hosts", string(cloud)))
		}
		c.cloud = cloud
	}
}

// WithEndpoints replaces the hosts of the cloud, for a gateway, an emulator or a cloud that
// WithCloud does not know. Empty fields keep what was set before. The bot token may also go to the
// host of Connector.
func WithEndpoints(e Endpoints) Option {
	return func(c *config, _ *checks) { c.endpoints = e.or(c.endpoints) }
}

// WithConnectorHosts adds hosts, "name" or "name:port", that the bot token may be sent to over
// https. Without this option it goes to the cloud's own hosts and to that of Endpoints.Connector.
func WithConnectorHosts(hosts ...string) Option {
	return func(c *config, checks *checks) {
		for _, host := range hosts {
			if u, err := url.Parse("https://" + host); err != nil || u.Host != host || u.Hostname() == "" {
				checks.add("ConnectorHosts", fmt.Sprintf("%q is not a host", host))
			}
		}
		c.connectorHosts = append(c.connectorHosts, hosts...)
	}
}

// WithInsecureHTTP accepts plain http endpoints beyond loopback. Secrets and
// tokens then travel unencrypted.
func WithInsecureHTTP() Option {
	return func(c *config, _ *checks) { c.Insecure = true }
}

// BotFrameworkTenant issues the bot tokens of multi-tenant bots, which could be made until July 31,
// 2025. Other clouds have other such tenants: the US Government's is
// "MicrosoftServices.onmicrosoft.us".
const BotFrameworkTenant = "botframework.com"

// WithBotTenant sets the tenant that issues the bot token: [BotFrameworkTenant]
// for a multi-tenant bot. The default is Credentials.TenantID, which is right
// for every single-tenant bot.
func WithBotTenant(tenantID string) Option {
	return func(c *config, checks *checks) {
		checks.tenant("BotTenant", tenantID)
		c.botTenant = tenantID
	}
}

// WithConsentRedirectURL sets where the links in [Consent] send an administrator
// afterwards. It must be registered as a redirect URI of the app.
func WithConsentRedirectURL(u string) Option {
	return func(c *config, checks *checks) {
		if parsed, err := url.Parse(u); err != nil || parsed.Hostname() == "" {
			checks.add("ConsentRedirectURL", "is not an absolute URL")
		}
		c.consentURL = u
	}
}

// TokenFunc returns a token of the tenant for the scope, such as
// "https://graph.microsoft.com/.default". Its context outlives the call that wanted the token,
// since other calls may be waiting for it too.
type TokenFunc func(ctx context.Context, tenantID, scope string) (Token, error)

// WithTokenFunc takes tokens from f instead of using a client secret: for a certificate, a managed
// identity or a federated one. They are cached and renewed like the client's own.
func WithTokenFunc(f TokenFunc) Option {
	return func(c *config, checks *checks) {
		if f == nil {
			checks.add("TokenFunc", "must not be nil")
		}
		c.tokenFunc = f
	}
}

// WithRateLimits replaces the documented rates of [DefaultRateLimits]. Its zero
// value sets no limit.
func WithRateLimits(l RateLimits) Option {
	return func(c *config, checks *checks) {
		checks.limits(&l)
		c.limits = l
	}
}

// WithHTTPClient sends requests through hc: its Transport (looked up at each
// attempt, so that it may be swapped), Jar and, unless WithAttemptTimeout says
// otherwise, Timeout. Redirects are never followed, whatever its CheckRedirect
// says. Without this option the client has a transport of its own with at most
// 64 connections per host.
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

// WithAttemptHook calls hook when an attempt has ended, before the wait for the next one: for metrics
// without parsing logs. An attempt that the context ended before it was sent counts too. So whatever
// the hook is told of with Again is followed by another. The call waits for hook, hook is called from
// many goroutines at once, and its panic reaches the caller.
func WithAttemptHook(hook func(ctx context.Context, a Attempt)) Option {
	return func(c *config, checks *checks) { c.SetOnAttempt(hook, &checks.Checks) }
}

// WithRetryPolicy replaces the default policy: 4 attempts, waits of up to
// 500 ms doubling to 8 s, Retry-After obeyed up to 60 s. Zero fields keep their
// defaults; MaxAttempts 1 turns retries off.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(c *config, checks *checks) { c.SetPolicy(p, &checks.Checks) }
}

// WithAttemptTimeout bounds each attempt, the reading of its answer included. The default is 30 s.
// Time that a rate limit holds an attempt back does not count.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *config, checks *checks) { c.SetAttemptTimeout(d, &checks.Checks) }
}

// WithUserAgent puts s, "name/version", before this module's own user agent.
func WithUserAgent(s string) Option {
	return func(c *config, checks *checks) { c.SetUserAgent(s, &checks.Checks) }
}

// WithMiddleware wraps the transport. It sees each attempt, tokens included. Middleware runs in the
// order given; the first is outermost.
func WithMiddleware(m func(http.RoundTripper) http.RoundTripper) Option {
	return func(c *config, checks *checks) { c.AddMiddleware(m, &checks.Checks) }
}

// WithMaxResponseSize caps the answers that are read, in bytes; the default is
// 32 MiB. A larger answer is an error.
func WithMaxResponseSize(bytes int64) Option {
	return func(c *config, checks *checks) { c.SetMaxBody(bytes, &checks.Checks) }
}

// TenantOption changes what a client does in one tenant.
type TenantOption func(*Tenant, *checks)

// WithServiceURL sets the connector's service URL for the tenant, such as a regional one that a
// message from the tenant named. The bot token is sent only to hosts that are allowed, see
// [WithConnectorHosts].
func WithServiceURL(u string) TenantOption {
	return func(t *Tenant, checks *checks) {
		base, err := rest.ParseBase(u, t.client.hosts.insecure)
		switch {
		case err != nil:
			checks.add("ServiceURL", err.Error())
		case !t.client.hosts.allowed(base):
			checks.add("ServiceURL", fmt.Sprintf("is on %s, to which the bot token is not sent; if that is right, add the host with WithConnectorHosts", base.Host))
		default:
			t.base = base
		}
	}
}
