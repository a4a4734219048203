package novu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// Version is the version of this module, sent in the User-Agent header.
const Version = "0.1.0"

// Region is one of Novu's own installations.
type Region string

// Novu's regions. A self-hosted server is reached with [WithBaseURL].
const (
	RegionUS Region = "https://api.novu.co"
	RegionEU Region = "https://eu.api.novu.co"
)

const callbackRoute = "/v1/integrations/chat/oauth/callback"

// Secret is a string that is never printed: every fmt verb, slog and JSON yield
// "[redacted]". Reveal returns the value.
type Secret = redact.Secret

// RetryPolicy bounds how often and how patiently a request is repeated. What
// may be repeated at all follows from the operation, not from the policy.
type RetryPolicy = rest.RetryPolicy

// Client talks to one environment of one Novu server. Make it with [NewClient];
// it is safe for concurrent use, and one is enough for a program.
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

	rest   *rest.Client
	signed func(at, mac string, body []byte) bool // whether a key of the client made the signature
}

// NewClient returns a client that authenticates with an environment's secret
// key. It sends nothing; see [Client.Ping] for a check of the key. The error is
// ErrInvalidParams: an empty key, or an option that can't be right.
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
	c.rest.Base, c.rest.Error = base, newError
	c.rest.Authorize = func(h http.Header) { h.Set("Authorization", "ApiKey "+key.Reveal()) }
	c.rest.Scrub = func(text string) string { return redact.Scrub(text, keys...) }
	c.signed = signer(keys)
	c.Agents = &AgentsService{c}
	c.Integrations = &IntegrationsService{c}
	c.ChannelConnections = &ChannelConnectionsService{c}
	c.ChannelEndpoints = &ChannelEndpointsService{c}
	c.Subscribers = &SubscribersService{c}
	c.Contexts = &ContextsService{c}
	c.Workflows = &WorkflowsService{c}
	c.Events = &EventsService{c}
	c.Notifications = &NotificationsService{c}
	c.Messages = &MessagesService{c}
	return c, nil
}

// NewClientFromEnv returns a client for the secret key in NOVU_SECRET_KEY and,
// if it is set, the server in NOVU_BASE_URL. Options come after the environment.
func NewClientFromEnv(opts ...Option) (*Client, error) {
	key := os.Getenv("NOVU_SECRET_KEY")
	if key == "" {
		return nil, checkParams("create client").add("NOVU_SECRET_KEY", "is not set in the environment").err()
	}
	if base := os.Getenv("NOVU_BASE_URL"); base != "" {
		opts = append([]Option{WithBaseURL(base)}, opts...)
	}
	return NewClient(key, opts...)
}

func checkKey(checks *checks, field, key string) {
	switch {
	case strings.TrimSpace(key) == "":
		checks.add(field, "must not be empty")
	case strings.TrimSpace(key) != key:
		checks.add(field, "has white space around it, perhaps a line break from a file")
	case strings.ContainsFunc(key, check.Unprintable):
		checks.add(field, "contains characters that a header can't carry")
	}
}

// BaseURL returns the root of the API that the client talks to, without a slash at its end.
func (c *Client) BaseURL() string { return strings.TrimSuffix(c.rest.Base.String(), "/") }

// CallbackURL returns the address on the Novu server that Microsoft sends an
// administrator back to after consent. Register it as a redirect URI (platform
// "Web") of the bot's app registration in Azure; consent fails without it.
func (c *Client) CallbackURL() string {
	return c.BaseURL() + callbackRoute
}

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

// Ping checks that the server answers, that it accepts the key
// (ErrUnauthorized) and that it has the Teams feature on for the organization
// (ErrFeatureNotEnabled; ErrRouteNotFound on a server too old to have it). It
// changes nothing.
func (c *Client) Ping(ctx context.Context, opts ...RequestOption) (*Environment, error) {
	env, err := c.environment(ctx, "ping", opts)
	if err != nil {
		return nil, err
	}
	// The feature guards every route of the connections; a list of one is the
	// cheapest.
	err = c.send(ctx, &rest.Request{
		Op: "ping", Kind: rest.Read, Method: http.MethodGet, Route: connectionsRoute,
		Query: map[string][]string{"limit": {"1"}}, Decode: decode(&Page[json.RawMessage]{}),
	}, opts)
	if err != nil {
		return nil, err
	}
	return env, nil
}

// Environment returns the environment that the secret key belongs to. It tells whether the server answers
// and accepts the key (ErrUnauthorized).
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

// send applies the call's options to r and sends it.
func (c *Client) send(ctx context.Context, r *rest.Request, opts []RequestOption) error {
	if ctx == nil {
		return checkParams(r.Op).add("ctx", "must not be nil").err()
	}
	o, err := callOptions(r.Op, opts)
	if err != nil {
		return err
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	r.Header = o.header
	if r.Method == http.MethodPost || r.Method == http.MethodPatch {
		r.Key = o.idempotencyKey
	}
	answer, err := c.rest.Do(ctx, r)
	if o.response != nil {
		o.response.fill(answer)
	}
	return err
}

// do sends r and returns what the answer's envelope holds.
func do[T any](ctx context.Context, c *Client, r *rest.Request, opts []RequestOption) (*T, error) {
	out := new(T)
	r.Decode = decodeData(out)
	if err := c.send(ctx, r, opts); err != nil {
		return nil, err
	}
	return out, nil
}

// delete removes what id names by the route's one placeholder.
func (c *Client) delete(ctx context.Context, op, route, id string, opts []RequestOption) error {
	if err := checkParams(op).id("identifier", id).err(); err != nil {
		return err
	}
	return c.send(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodDelete, Route: route, Args: []string{id}, Gone: isGone,
	}, opts)
}

// decode reads a JSON object or array as it stands.
func decode(into any) func([]byte) error {
	return func(body []byte) error {
		if len(bytes.TrimSpace(body)) == 0 {
			return errors.New("it is empty")
		}
		if u, ok := into.(json.Unmarshaler); ok {
			return u.UnmarshalJSON(body) // json.Unmarshal would read it twice before
		}
		return json.Unmarshal(body, into)
	}
}

// decodeData reads what is in the "data" envelope, or the whole where a
// deployment answers without one.
func decodeData(into any) func([]byte) error {
	return func(body []byte) error {
		body = bytes.TrimSpace(body)
		const start, end = `{"data":`, `}`
		if bytes.HasPrefix(body, []byte(start)) && bytes.HasSuffix(body, []byte(end)) {
			// As the server writes it, a single value remains, which takes no
			// reading twice to find out.
			err := decodeSome(into, body[len(start):len(body)-len(end)])
			var not *json.SyntaxError
			if !errors.As(err, &not) {
				return err
			}
		}
		return decodeSome(into, unwrap(body))
	}
}

func decodeSome(into any, data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return errors.New("it holds no data")
	}
	return decode(into)(data)
}

// unwrap takes off the envelope. A context has a field named data too, so an
// envelope is known by having nothing else.
func unwrap(body []byte) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) == nil && len(fields) == 1 && fields["data"] != nil {
		return fields["data"]
	}
	return body
}

// Ptr returns a pointer to v, for the few fields where the API tells "absent"
// from "false" or from "null".
func Ptr[T any](v T) *T { return &v }
