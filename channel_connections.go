package novu

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	connectionsRoute = "/v1/channel-connections"
	connectionRoute  = connectionsRoute + "/{identifier}"
)

// ChannelConnectionsService manages channel connections: a customer's
// Microsoft 365 tenant (or another provider's workspace), once an administrator
// has consented.
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

// ConnectionMode says whose a connection is.
type ConnectionMode string

// The connection modes. A shared connection belongs to a context and to no
// subscriber.
const (
	ConnectionModeSubscriber ConnectionMode = "subscriber"
	ConnectionModeShared     ConnectionMode = "shared"
)

// CreateChannelConnectionParams describes a connection that is made without
// the consent page, for a tenant whose administrator has consented already.
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

// Create makes a connection. There is one per integration, subscriber and exact
// set of contexts; a second is ErrConflict. It is safe to retry: with the
// identifier made here, an attempt that had succeeded unseen is recognised.
func (s *ChannelConnectionsService) Create(ctx context.Context, params CreateChannelConnectionParams, opts ...RequestOption) (*ChannelConnection, error) {
	const op = "create channel connection"
	if err := params.check(checkParams(op)); err != nil {
		return nil, err
	}
	if params.Identifier == "" {
		params.Identifier = makeID("chconn_", opts)
	}
	out := new(ChannelConnection)
	err := s.client.send(ctx, &rest.Request{
		Op: op, Kind: rest.GuardedCreate, Method: http.MethodPost, Route: connectionsRoute,
		Body: struct {
			Identifier            string         `json:"identifier"`
			IntegrationIdentifier string         `json:"integrationIdentifier"`
			SubscriberID          string         `json:"subscriberId,omitempty"`
			Context               ContextPayload `json:"context,omitempty"`
			ConnectionMode        ConnectionMode `json:"connectionMode,omitempty"`
			Workspace             Workspace      `json:"workspace"`
			Auth                  map[string]any `json:"auth"`
		}{
			params.Identifier, params.IntegrationIdentifier, params.SubscriberID, params.Context,
			params.ConnectionMode, params.Workspace, params.Auth.wire(),
		},
		Secrets: params.Auth.secrets(),
		Decode:  decodeData(out),
		ReadBack: func(ctx context.Context) (bool, error) {
			found, err := s.Get(ctx, params.Identifier)
			if errors.Is(err, ErrNotFound) {
				return false, nil // the conflict is with a connection of another name
			}
			if err != nil {
				return false, err
			}
			*out = *found
			return params.matches(found), nil
		},
	}, opts)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// matches reports whether found is what p would have created.
func (p *CreateChannelConnectionParams) matches(found *ChannelConnection) bool {
	subscriber := p.SubscriberID
	if p.ConnectionMode == ConnectionModeShared {
		subscriber = ""
	}
	return found.IntegrationIdentifier == p.IntegrationIdentifier && found.SubscriberID == subscriber &&
		slices.Equal(found.ContextKeys, p.Context.Keys()) && found.Workspace.ID == p.Workspace.ID &&
		found.Auth.AccessToken == p.Auth.AccessToken
}

// Get returns a connection by its identifier.
func (s *ChannelConnectionsService) Get(ctx context.Context, identifier string, opts ...RequestOption) (*ChannelConnection, error) {
	const op = "get channel connection"
	if err := checkParams(op).id("identifier", identifier).err(); err != nil {
		return nil, err
	}
	return do[ChannelConnection](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: connectionRoute, Args: []string{identifier},
	}, opts)
}

// ListChannelConnectionsParams filters and orders a list of connections. The
// server can't filter by provider; filter by integration instead.
type ListChannelConnectionsParams struct {
	SubscriberID          string         `url:"subscriberId,omitempty"`
	ContextKeys           []string       `url:"contextKeys,omitempty"` // the exact set, "tenant:acme"; see ContextPayload.Keys
	Channel               ChannelType    `url:"channel,omitempty"`
	IntegrationIdentifier string         `url:"integrationIdentifier,omitempty"`
	Limit                 int            `url:"limit,omitempty"`          // per page, 1 to 100; 0 is 10 for List and 100 for All
	After                 string         `url:"after,omitempty"`          // a page's Next
	Before                string         `url:"before,omitempty"`         // a page's Previous
	OrderBy               string         `url:"orderBy,omitempty"`        // createdAt (default) or updatedAt
	OrderDirection        OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of connections.
func (s *ChannelConnectionsService) List(ctx context.Context, params ListChannelConnectionsParams, opts ...RequestOption) (*Page[ChannelConnection], error) {
	const op = "list channel connections"
	if err := checkParams(op).page(params.Limit, params.After, params.Before).err(); err != nil {
		return nil, err
	}
	return list[ChannelConnection](ctx, s.client, op, connectionsRoute, params, opts)
}

// All yields every connection that matches, page by page as it is consumed. It
// stops at the first error and survives the deletion of what it has yielded.
func (s *ChannelConnectionsService) All(ctx context.Context, params ListChannelConnectionsParams, opts ...RequestOption) iter.Seq2[ChannelConnection, error] {
	if params.Limit == 0 {
		params.Limit = maxLimit
	}
	return all("list channel connections", params.After, func(after string) (*Page[ChannelConnection], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// UpdateChannelConnectionParams replaces what a connection holds. The server
// takes both fields or none, and replaces each as a whole: start from what Get
// returned, whose Extra carries the keys that this package does not know.
type UpdateChannelConnectionParams struct {
	Workspace Workspace      // required
	Auth      ConnectionAuth // required
}

// Update replaces a connection's workspace and auth, and nothing else.
func (s *ChannelConnectionsService) Update(ctx context.Context, identifier string, params UpdateChannelConnectionParams, opts ...RequestOption) (*ChannelConnection, error) {
	const op = "update channel connection"
	if err := checkParams(op).id("identifier", identifier).workspace(params.Workspace, params.Auth).err(); err != nil {
		return nil, err
	}
	return do[ChannelConnection](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPatch, Route: connectionRoute, Args: []string{identifier},
		Body: struct {
			Workspace Workspace      `json:"workspace"`
			Auth      map[string]any `json:"auth"`
		}{params.Workspace, params.Auth.wire()},
		Secrets: params.Auth.secrets(),
	}, opts)
}

// Delete removes a connection. Endpoints that use it stay and fail from then
// on. A connection that is not there is ErrNotFound.
func (s *ChannelConnectionsService) Delete(ctx context.Context, identifier string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete channel connection", connectionRoute, identifier, opts)
}

// Wait returns the connection with this identifier as soon as it exists: give
// GenerateConnectOAuthURL a ConnectionIdentifier, send the administrator there
// and wait for that identifier. It asks every one to five seconds, through
// errors that may pass, until ctx ends; give it a deadline. The error then holds
// both the context's and the last answer.
func (s *ChannelConnectionsService) Wait(ctx context.Context, identifier string, opts ...RequestOption) (*ChannelConnection, error) {
	for pause := time.Second; ; pause = min(pause*3/2, 5*time.Second) {
		found, err := s.Get(ctx, identifier, opts...)
		if err == nil || !mayAppear(err) {
			return found, err
		}
		timer := time.NewTimer(pause + rand.N(pause/4))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, &Error{Op: "wait for channel connection", Message: "it did not appear", kind: ctx.Err(), cause: err}
		}
	}
}

// mayAppear reports whether it is worth asking again.
func mayAppear(err error) bool {
	var e *Error
	if !errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, ErrInvalidParams) {
		return false
	}
	return e.kind == nil || errors.Is(err, ErrNotFound) || errors.Is(err, ErrServer) || errors.Is(err, ErrRateLimited)
}
