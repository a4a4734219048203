package novutest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
	emulatednovu "github.com/novu-go/novu/internal/emulator/novu"
	"github.com/novu-go/novu/internal/redact"
)

// Option changes how a [Server] starts.
type Option func(*config) error

// Consent says what the emulated Microsoft pages do with the person in front of
// them.
type Consent string

const (
	// Ask shows a browser a page with a link to approve and one to decline; a
	// client that does not accept HTML is redirected on as by Approve. It is the
	// default.
	Ask Consent = "ask"
	// Approve redirects on at once, as if the person had approved.
	Approve Consent = "approve"
	// Decline redirects on at once with the error that Microsoft sends when a
	// person declines.
	Decline Consent = "decline"
)

// RateLimit is how many requests a bucket takes in a window, by Novu's
// categories. A category that is 0 keeps the figure that was seen on the
// server's version, 3.19 or 3.15.
type RateLimit struct {
	Window        time.Duration // whole seconds; five, as Novu's, unless set
	Global        int           // integrations, contexts, workflows, environments; 150 or 30 unless set
	Trigger       int           // events; 300 or 60 unless set
	Configuration int           // subscribers, topics, channel connections and endpoints together; 100 or 15 unless set
}

// App is the Microsoft app registration that the emulated Microsoft knows.
type App struct {
	ClientID     string
	ClientSecret novu.Secret
	// TenantID is the app's home tenant, the one that issues its bot tokens.
	TenantID string
	// MultiTenantBot makes the tenant botframework.com issue bot tokens too.
	MultiTenantBot bool
}

// Format prints the app without its secret, whatever the verb.
func (a App) Format(f fmt.State, verb rune) {
	type plain App
	redact.Format(f, verb, plain(a))
}

type config struct {
	host      emulator.Config
	novu      emulatednovu.Config
	microsoft microsoft.Config
	fixtures  []Fixture
	handlers  []mounted
}

type mounted struct {
	pattern string
	handler http.Handler
}

// DefaultTenantID is the tenant whose administrator consents, and DefaultUserID
// the Entra object id of the person who signs in, unless [WithDirectory] or the
// page's query says otherwise.
const (
	DefaultTenantID = "7d1c1f0e-5a3b-4c7e-9a51-2f6c7d1e8a01"
	DefaultUserID   = "b3a0c8de-41f7-4f0e-8f53-6f0f5e2d9c02"
)

func defaults() *config {
	return &config{
		host: emulator.Config{Addr: "127.0.0.1:0"},
		novu: emulatednovu.Config{
			Version: emulatednovu.V319, SecretKey: emulator.RandomHex(16), Idempotency: true, Feature: true, ProcessingDelay: 500 * time.Millisecond,
		},
		microsoft: microsoft.Config{
			Consent: microsoft.Ask, TenantID: DefaultTenantID, UserID: DefaultUserID, MessageLimit: microsoft.DefaultMessageLimit,
		},
	}
}

// WithSecretKey sets the API key of the one environment. Without it the key is
// random, see [Server.SecretKey].
func WithSecretKey(key string) Option {
	return func(c *config) error {
		if key == "" {
			return fmt.Errorf("novutest: WithSecretKey: the key is empty")
		}
		c.novu.SecretKey = key
		return nil
	}
}

// WithAddr sets the address to listen on. It is 127.0.0.1:0, a free port on
// loopback, unless set.
func WithAddr(addr string) Option {
	return func(c *config) error { c.host.Addr = addr; return nil }
}

// WithIdempotency says whether the Idempotency-Key header has an effect. It has
// unless turned off here; in Novu's cloud it is off unless the organization
// asked for it.
func WithIdempotency(on bool) Option {
	return func(c *config) error { c.novu.Idempotency = on; return nil }
}

// WithRateLimit turns rate limiting on. It is off unless asked for.
func WithRateLimit(limit RateLimit) Option {
	return func(c *config) error {
		for _, given := range []int{limit.Global, limit.Trigger, limit.Configuration} {
			if given < 0 {
				return fmt.Errorf("novutest: WithRateLimit: %d is below 0", given)
			}
		}
		if limit.Window == 0 {
			limit.Window = 5 * time.Second
		}
		if limit.Window < time.Second || limit.Window%time.Second != 0 {
			return fmt.Errorf("novutest: WithRateLimit: a window of %s is not one of whole seconds", limit.Window)
		}
		emulated := emulatednovu.RateLimit(limit)
		c.novu.RateLimit = &emulated
		return nil
	}
}

// WithFeature says whether the organization has the Slack and Teams feature,
// which servers of version 3.15 ask for. Without it the routes of channel connections, channel endpoints and OAuth
// URLs answer 404 "Feature not enabled".
func WithFeature(on bool) Option {
	return func(c *config) error { c.novu.Feature = on; return nil }
}

// WithProduction makes the key that of a production environment, where an agent has no development bridge
// and gets no integration.
func WithProduction() Option {
	return func(c *config) error { c.novu.Production = true; return nil }
}

// WithAgentEvents turns on what Novu calls the agent event protocol: events for a bridge carry an eventsUrl,
// and agents may answer there. It is off in Novu unless asked for.
func WithAgentEvents() Option {
	return func(c *config) error { c.novu.AgentEvents = true; return nil }
}

// Version is a version of Novu that the server can play.
type Version string

// The versions that were recorded from running servers.
const (
	Version315 Version = "3.15" // of April 2026
	Version319 Version = "3.19" // of August 2026, as Novu's cloud at that time
)

// WithVersion plays Novu as it was recorded in that version: 3.19 unless set.
// Routes, validation, words and deliveries are all of one version.
func WithVersion(version Version) Option {
	return func(c *config) error {
		if version != Version315 && version != Version319 {
			return fmt.Errorf("novutest: WithVersion: %q is neither %s nor %s", string(version), Version315, Version319)
		}
		c.novu.Version = emulatednovu.Version(version)
		return nil
	}
}

// WithUserTenantID makes a server of version 3.15 accept a tenantId in an
// ms_teams_user endpoint, as 3.19 does.
func WithUserTenantID() Option {
	return func(c *config) error { c.novu.UserTenants = true; return nil }
}

// WithBranding makes replies of agents in Markdown land as cards with "Powered by Novu", as Novu does without a paid
// plan. It is off unless asked for.
func WithBranding() Option {
	return func(c *config) error { c.novu.Branding = true; return nil }
}

// WithConsent says what the pages of administrator consent and sign-in do. One
// request can choose otherwise with the query parameter _consent=approve or
// _consent=decline.
func WithConsent(consent Consent) Option {
	return func(c *config) error {
		switch consent {
		case Ask, Approve, Decline:
			c.microsoft.Consent = microsoft.Consent(consent)
			return nil
		}
		return fmt.Errorf("novutest: WithConsent: unknown consent %q", string(consent))
	}
}

// WithApp configures the app registration that Microsoft knows. From then on
// another client id, a wrong secret or the wrong tenant are refused as
// Microsoft refuses them; without it any are accepted.
func WithApp(app App) Option {
	return func(c *config) error {
		if app.ClientID == "" {
			return fmt.Errorf("novutest: WithApp: the client id is empty")
		}
		c.microsoft.App = &microsoft.App{
			ClientID: app.ClientID, ClientSecret: string(app.ClientSecret), TenantID: app.TenantID, MultiTenantBot: app.MultiTenantBot,
		}
		return nil
	}
}

// WithDirectory sets the tenant whose administrator consents and the Entra
// object id of the person who signs in.
func WithDirectory(tenantID, userID string) Option {
	return func(c *config) error { c.microsoft.TenantID, c.microsoft.UserID = tenantID, userID; return nil }
}

// WithMessageLimit sets how large a message Teams takes, in bytes of its JSON; files do not count. It is
// 28 KB unless set, and a larger one is refused with 413. 0 takes any.
func WithMessageLimit(bytes int) Option {
	return func(c *config) error {
		if bytes < 0 {
			return fmt.Errorf("novutest: WithMessageLimit: %d is negative", bytes)
		}
		c.microsoft.MessageLimit = bytes
		return nil
	}
}

// WithProcessingDelay sets how long a trigger waits, in the server's time,
// before it is processed. It is half a second unless set. Novu suppresses a
// repeated transaction id only once the first was processed, so a client that
// repeats a trigger sooner than this is caught sending twice. [Server.Settle]
// does not wait for it.
func WithProcessingDelay(d time.Duration) Option {
	return func(c *config) error { c.novu.ProcessingDelay = d; return nil }
}

// WithHandler serves pattern, in the syntax of [http.ServeMux], with h instead
// of the emulator. It is for programs that show something of their own on the
// same listener.
func WithHandler(pattern string, h http.Handler) Option {
	return func(c *config) error {
		c.handlers = append(c.handlers, mounted{pattern: pattern, handler: h})
		return nil
	}
}

// WithFixture creates what f holds before the server takes its first request.
func WithFixture(f Fixture) Option {
	return func(c *config) error { c.fixtures = append(c.fixtures, f); return nil }
}

// WithInMemory has the server take connections in memory instead of from the
// network, so that it and its clients can live in a testing/synctest bubble, on
// its fake clock. Only [Server.HTTPClient] reaches such a server, and what
// [Server.Client] returns.
func WithInMemory() Option {
	return func(c *config) error { c.host.InMemory = true; return nil }
}
