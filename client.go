package novu

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

const callbackRoute = "/v1/integrations/chat/oauth/callback"

// Client talks to one environment of one Novu server. Make it with [NewClient]. It is safe for
// concurrent use, and one is enough for a program.
type Client struct {
	Agents             *AgentsService
	Integrations       *IntegrationsService
	ChannelConnections *ChannelConnectionsService
	ChannelEndpoints   *ChannelEndpointsService
	Subscribers        *SubscribersService
	Contexts           *ContextsService
	Workflows          *WorkflowsService
	Events             *EventsService
	Notifications      *NotificationsService
	Messages           *MessagesService
	Topics             *TopicsService

	rest   *rest.Client
	sign   func(at string, body []byte) string
	signed func(at, mac string, body []byte) bool // whether a key of the client made the signature
}

// NewClient returns a client that authenticates with an environment's secret key. It sends nothing;
// [Client.Ping] checks the key. The error is ErrInvalidParams: an empty key, or an option that
// can't be right.
func NewClient(secretKey string, opts ...Option) (*Client, error) {
	checks := checkParams("create client")
	checkKey(checks, "secretKey", secretKey)
	cfg := config{baseURL: string(RegionUS)}
	for _, opt := range opts {
		if opt != nil {
			opt(&cfg, checks)
		}
	}
	base, err := rest.ParseBase(cfg.baseURL, cfg.Insecure)
	if err != nil {
		checks.add("BaseURL", err.Error())
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	key := redact.Secret(secretKey)
	keys := append([]Secret{key}, cfg.previousKeys...)
	c := &Client{rest: cfg.Client("novu", "novu-go/"+Version)}
	c.rest.Base = base
	c.rest.Authorize = func(h http.Header) { h.Set("Authorization", "ApiKey "+key.Reveal()) }
	c.rest.Scrub = func(text string) string { return redact.Scrub(text, keys...) }
	c.sign, c.signed = signer(key), verifier(keys)
	c.Agents = &AgentsService{client: c}
	c.Integrations = &IntegrationsService{client: c}
	c.ChannelConnections = &ChannelConnectionsService{client: c}
	c.ChannelEndpoints = &ChannelEndpointsService{client: c}
	c.Subscribers = &SubscribersService{client: c}
	c.Contexts = &ContextsService{client: c}
	c.Workflows = &WorkflowsService{client: c}
	c.Events = &EventsService{client: c}
	c.Notifications = &NotificationsService{client: c}
	c.Messages = &MessagesService{client: c}
	c.Topics = &TopicsService{client: c}
	return c, nil
}

// NewClientFromEnv returns a client for the secret key in NOVU_SECRET_KEY, or in the file that
// NOVU_SECRET_KEY_FILE names, such as a mounted secret. One line break at the end of the file is
// ignored. NOVU_BASE_URL, if it is set, is the server. Options come after the environment.
func NewClientFromEnv(opts ...Option) (*Client, error) {
	key, err := check.EnvSecret("NOVU_SECRET_KEY")
	if err != nil {
		return nil, checkParams("create client").add("NOVU_SECRET_KEY", err.Error()).err()
	}
	if key == "" {
		return nil, checkParams("create client").add("NOVU_SECRET_KEY", "is not set in the environment, nor is NOVU_SECRET_KEY_FILE").err()
	}
	if base := os.Getenv("NOVU_BASE_URL"); base != "" {
		opts = append([]Option{WithBaseURL(base)}, opts...)
	}
	return NewClient(key, opts...)
}

// checkKey refuses what can't be a key, and what people type around one.
func checkKey(checks *checks, field, key string) {
	if problem := check.SecretProblem(key); problem != "" {
		checks.add(field, problem)
	}
}

// BaseURL returns the root of the API that the client talks to, without a slash at its end.
func (c *Client) BaseURL() string { return c.rest.Base.String() }

// CallbackURL returns the address on the Novu server that Microsoft sends an administrator back to
// after consent. Register it as a redirect URI (platform "Web") of the bot's app registration in
// Azure. Consent fails without it.
func (c *Client) CallbackURL() string { return c.BaseURL() + callbackRoute }

// Format prints the server and never the key, whatever the verb.
func (c Client) Format(f fmt.State, _ rune) {
	base := "not configured"
	if c.rest != nil {
		base = c.rest.Base.String()
	}
	_, _ = io.WriteString(f, "novu.Client("+base+")")
}

// Environment is the Novu environment that a secret key belongs to.
type Environment struct {
	ID             string `json:"_id"`
	Name           string `json:"name"`
	OrganizationID string `json:"_organizationId"`
	Identifier     string `json:"identifier"`
	ParentID       string `json:"_parentId"`
}

func (e *Environment) missing() string { return missing("_id", e.ID) }

// Environment returns the environment that the client's key belongs to. A key that the server does
// not know is ErrUnauthorized.
//
// API: GET /v1/environments/me
func (c *Client) Environment(ctx context.Context, opts ...RequestOption) (*Environment, error) {
	return c.environment(ctx, "get environment", opts)
}

func (c *Client) environment(ctx context.Context, op string, opts []RequestOption) (*Environment, error) {
	return do[Environment](ctx, c, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: "/v1/environments/me",
	}, opts)
}

// Ping checks that the server answers, that it accepts the key (ErrUnauthorized) and that it has
// the Teams feature (ErrFeatureNotEnabled, or ErrRouteNotFound on a server that is too old). It
// changes nothing.
//
// API: GET /v1/environments/me
//
// API: GET /v1/channel-connections
func (c *Client) Ping(ctx context.Context, opts ...RequestOption) (*Environment, error) {
	env, err := c.environment(ctx, "ping", opts)
	if err != nil {
		return nil, err
	}
	// The feature guards every route of the connections. A list of one is the cheapest.
	_, err = list[ChannelConnection](ctx, c, "ping", connectionsRoute, ListChannelConnectionsParams{Limit: 1}, opts)
	if err != nil {
		return nil, err
	}
	return env, nil
}
