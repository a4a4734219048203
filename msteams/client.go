// Package msteams talks to Microsoft directly. It lists the teams, channels and members that a
// notification may go to, installs the bot, says what an administrator has consented to, and sends
// a test message the way Novu does.
//
// A [Client] stands for one app registration. What it does in a customer's tenant goes through a
// [Tenant]. The workspace id of a Novu channel connection names the tenant:
//
//	own := msteams.Credentials{ClientID: id, ClientSecret: secret, TenantID: home}
//	ms, err := msteams.NewClient(own)
//	for channel, err := range ms.Tenant(connection.Workspace.ID).Channels(ctx, teamID) { … }
//
// Two tokens are at work. The customer's tenant issues the one for Graph. The tenant in which the
// bot's app registration lives issues the bot's, whichever customer it serves. The client fetches,
// caches and renews both.
//
// Requests are kept below Microsoft's documented rates ([RateLimits]). What an operation is decides
// when it is repeated: reads and installations after every failure that may pass, messages only if
// they can't have been posted.
package msteams

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// Secret is a string that is never printed. Every fmt verb, slog, JSON and XML yield "[redacted]",
// or nothing if it is empty. It decodes from a plain JSON string.
//
//	func (s Secret) Reveal() string              // the value itself
//	func (s Secret) String() string              // "[redacted]"
//	func (s Secret) MarshalText() ([]byte, error) // "[redacted]", also as MarshalJSON, Format and LogValue
type Secret = redact.Secret

// RetryPolicy bounds how often a request is repeated and how long the waits are. What may be
// repeated at all follows from the operation. A zero field means its default.
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
//		Operation string        // what is attempted, in words: "list channels"
//		Method    string        // "POST"
//		Route     string        // the pattern, "/v1.0/teams/{id}/channels"
//		Number    int           // 1 for the first of the operation
//		Status    int           // of the answer; 0 if none came
//		Outcome   string        // "succeeded", "not sent", "broken", "timed out", "canceled", "barred", "server error", "rate limited", "in progress", "conflict", "not found" or "refused"
//		Held      time.Duration // by the client's own rate limit, before it was sent
//		Duration  time.Duration // from sending to the end of the answer; 0 if the context ended before
//		Again     bool          // another attempt follows
//		Wait      time.Duration // before that one
//		Err       error         // why there is no whole answer; nil if there is one
//	}
type Attempt = rest.Attempt

// Credentials are those of the bot's app registration in Entra.
type Credentials struct {
	ClientID     string // the application (client) id
	ClientSecret Secret // the secret's value, not its id; not needed with WithTokenFunc
	TenantID     string // the tenant that the registration lives in: the app's home tenant
}

// Client acts as one app. Make it with [NewClient]. It is safe for concurrent use, and one is
// enough for a program: everything that it does shares its tokens and its rate limits.
type Client struct {
	clientID   string
	secret     func() Secret // in a closure, since fmt looks into unexported fields without asking for a Format method
	botTenant  string
	cloud      cloudData
	consentURL string // the redirect URL of consent links
	hosts      *hostList

	rest                   *rest.Client
	login, botLogin, graph *url.URL // the roots of Microsoft's services
	resourceManager        *url.URL // for package setup
	base                   *url.URL // the connector's, nil where the cloud has none

	tokens *tokenCache
	limits *limiter
}

// NewClient returns a client for an app registration. It sends nothing. The error is
// ErrInvalidParams: missing credentials, or an option that can't be right.
func NewClient(credentials Credentials, opts ...Option) (*Client, error) {
	checks := checkParams("create client")
	cfg := config{cloud: CloudPublic, limits: DefaultRateLimits()}
	for _, opt := range opts {
		if opt != nil {
			opt(&cfg, checks)
		}
	}
	checks.credentials(credentials, cfg.tokenFunc != nil)
	c := &Client{consentURL: cfg.consentURL, limits: newLimiter(cfg.limits)}
	c.identify(credentials)
	if cfg.botTenant != "" {
		c.botTenant = cfg.botTenant
	}
	c.connect(&cfg, checks)
	if err := checks.err(); err != nil {
		return nil, err
	}
	c.tokens = newTokenCache(c.fetchToken)
	if cfg.tokenFunc != nil {
		c.tokens = newTokenCache(borrowToken(cfg.tokenFunc))
	}
	return c, nil
}

func (c *Client) identify(own Credentials) {
	c.clientID, c.botTenant = own.ClientID, own.TenantID
	c.secret = func() Secret { return own.ClientSecret }
}

// NewClientFromEnv returns a client for the credentials in MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET
// and MSTEAMS_TENANT_ID. The secret may also be in the file that MSTEAMS_CLIENT_SECRET_FILE names.
// Where they are set, MSTEAMS_LOGIN_URL, MSTEAMS_GRAPH_URL, MSTEAMS_CONNECTOR_URL and
// MSTEAMS_RESOURCE_MANAGER_URL are the hosts. Options come after the environment.
func NewClientFromEnv(opts ...Option) (*Client, error) {
	secret, err := check.EnvSecret("MSTEAMS_CLIENT_SECRET")
	if err != nil {
		return nil, checkParams("create client").add("MSTEAMS_CLIENT_SECRET", err.Error()).err()
	}
	credentials := Credentials{
		ClientID:     os.Getenv("MSTEAMS_CLIENT_ID"),
		ClientSecret: Secret(secret),
		TenantID:     os.Getenv("MSTEAMS_TENANT_ID"),
	}
	if credentials.ClientID == "" {
		return nil, checkParams("create client").add("MSTEAMS_CLIENT_ID", "is not set in the environment").err()
	}
	hosts := WithEndpoints(Endpoints{
		Login:     os.Getenv("MSTEAMS_LOGIN_URL"),
		Graph:     os.Getenv("MSTEAMS_GRAPH_URL"),
		Connector: os.Getenv("MSTEAMS_CONNECTOR_URL"),

		ResourceManager: os.Getenv("MSTEAMS_RESOURCE_MANAGER_URL"),
	})
	return NewClient(credentials, append([]Option{hosts}, opts...)...)
}

// connect fixes where Microsoft's services are and how requests get there.
func (c *Client) connect(cfg *config, checks *checks) {
	c.cloud = clouds[cfg.cloud]
	hosts := cfg.endpoints.or(c.cloud.Endpoints)
	c.cloud.GraphScope, c.cloud.BotScope = hosts.GraphScope, hosts.BotScope
	root := func(field, raw string) *url.URL {
		u, err := rest.ParseBase(raw, cfg.Insecure)
		if err != nil {
			checks.add("Endpoints."+field, err.Error())
		}
		return u
	}
	c.rest = cfg.Client("msteams", "novu-go-msteams/"+rest.Version)
	c.login = root("Login", hosts.Login)
	c.botLogin = root("BotLogin", hosts.BotLogin)
	c.graph = root("Graph", hosts.Graph)
	c.resourceManager = root("ResourceManager", hosts.ResourceManager)
	c.hosts = newHostList(c.cloud.hosts, cfg)
	if hosts.Connector != "" {
		c.base = root("Connector", hosts.Connector)
		c.hosts.allow(c.base)
	}
}

// Tenant returns what the client does in the tenant with this id, a GUID or a verified domain: for
// a Novu connection its Workspace.ID. It is cheap, sends nothing and can't fail. An id or option
// that can't be right makes the tenant's calls fail as ErrInvalidParams.
func (c *Client) Tenant(id string, opts ...TenantOption) *Tenant {
	t := &Tenant{client: c, id: id, base: c.base}
	checks := checkParams("choose tenant").tenant("tenantID", id)
	for _, opt := range opts {
		if opt != nil {
			opt(t, checks)
		}
	}
	t.wrong = checks.err()
	return t
}

// BotToken returns the token that the bot connector wants, from the cache or a new one. The tenant
// of [WithBotTenant] issues it, else the app's home tenant. If neither is known the error is
// ErrInvalidParams.
//
// API: POST /{tenant}/oauth2/v2.0/token
func (c *Client) BotToken(ctx context.Context) (Token, error) {
	const op = "get bot token"
	if ctx == nil {
		return Token{}, checkParams(op).add("ctx", "must not be nil").err()
	}
	if err := c.checkBotTenant(op); err != nil {
		return Token{}, err
	}
	return c.tokens.get(ctx, c.botKey())
}

func (c *Client) botKey() tokenKey {
	return tokenKey{tenant: strings.ToLower(c.botTenant), scope: c.cloud.BotScope, bot: true}
}

func (c *Client) checkBotTenant(op string) error {
	if c.botTenant != "" {
		return nil
	}
	return checkParams(op).add("Credentials.TenantID",
		fmt.Sprintf("must name the tenant of the app registration; for a multi-tenant bot made before August 2025 use WithBotTenant(%q)", c.cloud.botTenant)).err()
}

// ClientID returns the client id of the app registration.
func (c *Client) ClientID() string { return c.clientID }

// BotTenant returns the tenant that issues the bot token: that of [WithBotTenant], else the app's
// home tenant. It is empty if neither is known.
func (c *Client) BotTenant() string { return c.botTenant }

// Format prints the app's client id and never the secret, whatever the verb.
func (c Client) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "msteams.Client("+c.clientID+")")
}

// authorized sends r with a token of key. A token that the service does not accept any more (401)
// is dropped, and r is sent once more with a new one.
func (c *Client) authorized(ctx context.Context, key tokenKey, r *rest.Request, fail func(*rest.Failure) error) error {
	for second := false; ; second = true {
		token, err := c.tokens.get(ctx, key)
		if err != nil {
			return atOperation(r.Op, err)
		}
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header.Set("Authorization", "Bearer "+token.AccessToken.Reveal())
		r.Secrets = []Secret{token.AccessToken, c.secret()}
		answer, failure := c.rest.Do(ctx, r)
		switch {
		case failure == nil:
			return nil
		case second || answer == nil || answer.StatusCode != http.StatusUnauthorized:
			return fail(failure)
		}
		c.tokens.drop(key, token)
	}
}
