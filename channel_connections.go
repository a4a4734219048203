package novu

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	connectionsRoute = "/v1/channel-connections"
	connectionRoute  = connectionsRoute + "/{identifier}"
)

// ChannelConnectionsService manages channel connections: a customer's Microsoft 365 tenant, or
// another provider's workspace, once an administrator has consented.
type ChannelConnectionsService struct{ client *Client }

// ChannelConnection is a workspace that notifications can be sent into.
type ChannelConnection struct {
	Identifier            string         `json:"identifier"`
	Channel               ChannelType    `json:"channel"`
	ProviderID            ProviderID     `json:"providerId"`
	IntegrationIdentifier string         `json:"integrationIdentifier"`
	SubscriberID          string         `json:"subscriberId"` // empty for a shared connection
	ContextKeys           []string       `json:"contextKeys"`  // "type:id", sorted
	Workspace             Workspace      `json:"workspace"`    // for Teams: ID is the customer's Entra tenant id
	Auth                  ConnectionAuth `json:"auth"`
	CreatedAt             time.Time      `json:"createdAt"`
	UpdatedAt             time.Time      `json:"updatedAt"`
}

func (c *ChannelConnection) missing() string  { return missing("identifier", c.Identifier) }
func (c *ChannelConnection) identity() string { return c.Identifier }

// ConnectionMode says whom a connection belongs to.
type ConnectionMode string

// The connection modes. A shared connection belongs to a context and to no subscriber.
const (
	ConnectionModeSubscriber ConnectionMode = "subscriber"
	ConnectionModeShared     ConnectionMode = "shared"
)

// CreateChannelConnectionParams describes a connection that is made without the consent page, for a
// tenant whose administrator has consented already.
type CreateChannelConnectionParams struct {
	Identifier            string // made here if empty
	IntegrationIdentifier string // required
	SubscriberID          string // this or Context is required
	Context               ContextPayload
	ConnectionMode        ConnectionMode // shared needs a Context, and the server then drops the subscriber
	Workspace             Workspace      // required: for Teams, ID is the customer's tenant id
	Auth                  ConnectionAuth // required: for Teams, AppOnlyAccessToken
}

func (p *CreateChannelConnectionParams) check(c *checks) error {
	c.optionalID("Identifier", p.Identifier).id("IntegrationIdentifier", p.IntegrationIdentifier)
	c.subscriberOrContext(p.SubscriberID, p.Context).connectionMode(p.ConnectionMode, p.SubscriberID, p.Context)
	return c.workspace(p.Workspace, p.Auth).err()
}

func (c *checks) connectionMode(m ConnectionMode, subscriberID string, p ContextPayload) *checks {
	if m == ConnectionModeShared && len(p) == 0 {
		c.add("Context", "must be given for a shared connection")
	}
	if m == ConnectionModeSubscriber && subscriberID == "" {
		c.add("SubscriberID", "must be given for a subscriber's connection")
	}
	return c
}

func (c *checks) workspace(w Workspace, a ConnectionAuth) *checks {
	return c.required("Workspace.ID", w.ID).required("Auth.AccessToken", a.AccessToken.Reveal())
}

type createConnectionBody struct {
	Identifier            string         `json:"identifier"`
	IntegrationIdentifier string         `json:"integrationIdentifier"`
	SubscriberID          string         `json:"subscriberId,omitempty"`
	Context               ContextPayload `json:"context,omitempty"`
	ConnectionMode        ConnectionMode `json:"connectionMode,omitempty"`
	Workspace             Workspace      `json:"workspace"`
	Auth                  map[string]any `json:"auth"`
}

// Create makes a connection. There is one per integration, subscriber and exact set of contexts: a
// second is ErrConflict. Retries never make two.
//
// API: POST /v1/channel-connections
func (s *ChannelConnectionsService) Create(ctx context.Context, params CreateChannelConnectionParams, opts ...RequestOption) (*ChannelConnection, error) {
	const op = "create channel connection"
	checks := checkParams(op, opts...)
	if err := params.check(checks); err != nil {
		return nil, err
	}
	body := createConnectionBody{
		Identifier: params.Identifier, IntegrationIdentifier: params.IntegrationIdentifier, SubscriberID: params.SubscriberID,
		Context: params.Context, ConnectionMode: params.ConnectionMode, Workspace: params.Workspace, Auth: params.Auth.wire(),
	}
	is := checks.identify(body.Identifier, "chconn_", body)
	body.Identifier = is.id
	return create(ctx, s.client, &rest.Request{
		Op: op, Method: http.MethodPost, Route: connectionsRoute, Body: body, Secrets: params.Auth.secrets(),
		Elsewhere: func(a *rest.Answer) bool { return namesAnotherConnection(a, body.Identifier) },
	}, is, func(ctx context.Context, opts []RequestOption) (*ChannelConnection, bool, error) {
		found, err := s.Get(ctx, body.Identifier, opts...)
		if errors.Is(err, ErrNotFound) {
			return nil, false, nil // the conflict is with a connection of another name
		}
		return found, err == nil && body.matches(found), err
	}, opts)
}

// namesAnotherConnection reports whether a conflict is with the connection that integration,
// subscriber and contexts have already, which the server names.
func namesAnotherConnection(a *rest.Answer, identifier string) bool {
	var body errorBody
	if json.Unmarshal(a.Body, &body) != nil {
		return false
	}
	_, other, named := strings.Cut(body.message(), "Connection ID: ")
	return named && !strings.HasPrefix(other, identifier)
}

// matches reports whether found is what b would have created. Servers since mid-2026 keep nothing
// of auth but the access token.
func (b *createConnectionBody) matches(found *ChannelConnection) bool {
	subscriber := b.SubscriberID
	if b.ConnectionMode == ConnectionModeShared {
		subscriber = ""
	}
	auth := found.Auth.wire()
	return found.Identifier == b.Identifier && found.IntegrationIdentifier == b.IntegrationIdentifier &&
		found.SubscriberID == subscriber && slices.Equal(found.ContextKeys, b.Context.Keys()) &&
		sameJSON(found.Workspace, b.Workspace) &&
		(sameJSON(auth, b.Auth) || len(auth) == 1 && auth["accessToken"] == b.Auth["accessToken"])
}

// Get returns a connection by its identifier. One that is not there is ErrNotFound.
//
// API: GET /v1/channel-connections/{identifier}
func (s *ChannelConnectionsService) Get(ctx context.Context, identifier string, opts ...RequestOption) (*ChannelConnection, error) {
	const op = "get channel connection"
	if err := checkParams(op, opts...).id("identifier", identifier).err(); err != nil {
		return nil, err
	}
	return do[ChannelConnection](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: connectionRoute, Args: []string{identifier},
	}, opts)
}

// ListChannelConnectionsParams filters and orders a list of connections. Servers before mid-2026
// can't filter by provider; filter by integration instead.
type ListChannelConnectionsParams struct {
	SubscriberID string   `url:"subscriberId,omitempty"`
	ContextKeys  []string `url:"contextKeys,omitempty"` // the exact set, "tenant:acme", see ContextPayload.Keys; nil: no filter
	// ConnectionMode shared, with a SubscriberID, lists the shared connections instead of the subscriber's
	// own. Otherwise, and on servers before mid-2026, it has no effect.
	ConnectionMode ConnectionMode `url:"connectionMode,omitempty"`

	Channel               ChannelType    `url:"channel,omitempty"`
	ProviderID            ProviderID     `url:"providerId,omitempty"` // servers before mid-2026 refuse it (ErrValidation)
	IntegrationIdentifier string         `url:"integrationIdentifier,omitempty"`
	Limit                 int            `url:"limit,omitempty"`          // per page, 1 to 100; 0 is 10 for List and 100 for All
	After                 string         `url:"after,omitempty"`          // a page's Next
	Before                string         `url:"before,omitempty"`         // a page's Previous; not for All
	OrderBy               string         `url:"orderBy,omitempty"`        // createdAt (default) or updatedAt
	OrderDirection        OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of connections.
//
// API: GET /v1/channel-connections
func (s *ChannelConnectionsService) List(ctx context.Context, params ListChannelConnectionsParams, opts ...RequestOption) (*Page[ChannelConnection], error) {
	const op = "list channel connections"
	if err := checkParams(op, opts...).page(params.Limit, params.After, params.Before, params.ContextKeys).err(); err != nil {
		return nil, err
	}
	return list[ChannelConnection](ctx, s.client, op, connectionsRoute, params, opts)
}

// All yields every connection that matches, page by page as it is consumed. It stops at the first
// error. What has been yielded may be deleted at once.
//
// API: GET /v1/channel-connections
func (s *ChannelConnectionsService) All(ctx context.Context, params ListChannelConnectionsParams, opts ...RequestOption) iter.Seq2[ChannelConnection, error] {
	params.Limit = cmp.Or(params.Limit, maxLimit)
	return all("list channel connections", params.After, params.Before, func(after string) (*Page[ChannelConnection], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// UpdateChannelConnectionParams replaces what a connection holds. The server takes both fields or
// none, and replaces each as a whole. Start from what Get returned: its Extra carries the keys that
// this package does not know.
type UpdateChannelConnectionParams struct {
	Workspace Workspace      // required
	Auth      ConnectionAuth // required
}

type updateConnectionBody struct {
	Workspace Workspace      `json:"workspace"`
	Auth      map[string]any `json:"auth"`
}

// Update replaces a connection's workspace and auth, and nothing else.
//
// API: PATCH /v1/channel-connections/{identifier}
func (s *ChannelConnectionsService) Update(ctx context.Context, identifier string, params UpdateChannelConnectionParams, opts ...RequestOption) (*ChannelConnection, error) {
	const op = "update channel connection"
	if err := checkParams(op, opts...).id("identifier", identifier).workspace(params.Workspace, params.Auth).err(); err != nil {
		return nil, err
	}
	return do[ChannelConnection](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPatch, Route: connectionRoute, Args: []string{identifier},
		Body: updateConnectionBody{Workspace: params.Workspace, Auth: params.Auth.wire()}, Secrets: params.Auth.secrets(),
	}, opts)
}

// Delete removes a connection. Endpoints that use it stay, and fail from then on. A connection that
// is not there is ErrNotFound.
//
// API: DELETE /v1/channel-connections/{identifier}
func (s *ChannelConnectionsService) Delete(ctx context.Context, identifier string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete channel connection", connectionRoute, identifier, opts)
}

const (
	firstPause   = time.Second
	longestPause = 5 * time.Second
)

// Wait returns the connection with this identifier as soon as it exists. Give
// GenerateConnectOAuthURL a ConnectionIdentifier, send the administrator there, and wait for that
// identifier. Wait asks every one to five seconds, or when the server asks to, through errors that
// may pass. It ends with ctx or with [WithTimeout], which bounds the whole wait; the error then
// holds both the deadline's and the last answer.
//
// Novu does not tell when consent was declined: there is no connection then, as before. If the
// integration's redirect URL leads to a page of yours, cancel ctx there.
//
// API: GET /v1/channel-connections/{identifier}
func (s *ChannelConnectionsService) Wait(ctx context.Context, identifier string, opts ...RequestOption) (*ChannelConnection, error) {
	const op = "wait for channel connection"
	o, err := callOptions(ctx, op, opts)
	if err != nil {
		return nil, err
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	for pause := firstPause; ; pause = min(pause*3/2, longestPause) {
		found, err := s.Get(ctx, identifier, opts...)
		if err == nil || !mayAppear(err) {
			return found, err
		}
		if !sleep(ctx, max(pause+rand.N(pause/4), retryAfter(err))) {
			return nil, &Error{Op: op, Message: "it did not appear", kind: ctx.Err(), cause: err}
		}
	}
}

// mayAppear reports whether it is worth asking again. A redirect and a page of HTML will stay what
// they are: the base URL is not that of a Novu API.
func mayAppear(err error) bool {
	var e *Error
	if !errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, ErrInvalidParams) || errors.Is(err, ErrBadAnswer) {
		return false
	}
	return e.kind == nil && e.StatusCode == 0 || errors.Is(err, ErrNotFound) || errors.Is(err, ErrServer) || errors.Is(err, ErrRateLimited)
}

// retryAfter is how long the server of a failed call asked to wait.
func retryAfter(err error) time.Duration {
	var e *Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.RetryAfter
}

// sleep waits, and reports whether ctx is still alive.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
