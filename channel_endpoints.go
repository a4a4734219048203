package novu

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	endpointsRoute = "/v1/channel-endpoints"
	endpointRoute  = endpointsRoute + "/{identifier}"
)

// ChannelEndpointsService manages channel endpoints: where a subscriber's notifications land.
type ChannelEndpointsService struct{ client *Client }

// ChannelEndpoint maps a subscriber to a place.
type ChannelEndpoint struct {
	Identifier            string      `json:"identifier"`
	Channel               ChannelType `json:"channel"`
	ProviderID            ProviderID  `json:"providerId"`
	IntegrationIdentifier string      `json:"integrationIdentifier"`
	ConnectionIdentifier  string      `json:"connectionIdentifier"` // empty for a webhook
	SubscriberID          string      `json:"subscriberId"`
	ContextKeys           []string    `json:"contextKeys"` // "type:id", sorted
	Endpoint              Endpoint    `json:"-"`           // "type" and "endpoint" on the wire
	CreatedAt             time.Time   `json:"createdAt"`
	UpdatedAt             time.Time   `json:"updatedAt"`
}

func (e *ChannelEndpoint) missing() string  { return missing("identifier", e.Identifier) }
func (e *ChannelEndpoint) identity() string { return e.Identifier }

// MarshalJSON writes the endpoint as the server does, with type and endpoint side by side and
// credentials redacted.
func (e ChannelEndpoint) MarshalJSON() ([]byte, error) {
	type plain ChannelEndpoint
	wire := struct {
		plain
		Type     EndpointType `json:"type"`
		Endpoint Endpoint     `json:"endpoint"`
	}{plain: plain(e), Endpoint: e.Endpoint}
	if e.Endpoint != nil {
		wire.Type = e.Endpoint.Type()
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads an endpoint of any type.
func (e *ChannelEndpoint) UnmarshalJSON(data []byte) error {
	type plain ChannelEndpoint
	*e = ChannelEndpoint{}
	if err := lenient(data, (*plain)(e)); err != nil {
		return err
	}
	var kind string
	var endpoint []byte
	for m := membersOf(data); m.next(); {
		switch string(m.key) {
		case "type":
			text(m.value, &kind)
		case "endpoint":
			endpoint = m.value
		}
	}
	e.Endpoint = decodeEndpoint(EndpointType(kind), endpoint)
	return nil
}

// CreateChannelEndpointParams describes where a subscriber is to be reached.
type CreateChannelEndpointParams struct {
	Identifier            string // made here if empty
	IntegrationIdentifier string // required
	// ConnectionIdentifier names the connection to send through. A Teams endpoint without one makes
	// the whole chat step fail, for every endpoint of the subscriber. A webhook needs none.
	ConnectionIdentifier string
	SubscriberID         string // required
	// CreateSubscriberIfMissing has the server create the subscriber, on servers since mid-2026. Older
	// ones ignore it and answer 404.
	CreateSubscriberIfMissing bool
	// Context must be the connection's and, when a notification is triggered, the trigger's. The sets
	// are compared as a whole.
	Context  ContextPayload
	Endpoint Endpoint // required
}

type createEndpointBody struct {
	Identifier                string         `json:"identifier"`
	IntegrationIdentifier     string         `json:"integrationIdentifier"`
	ConnectionIdentifier      string         `json:"connectionIdentifier,omitempty"`
	SubscriberID              string         `json:"subscriberId"`
	CreateSubscriberIfMissing bool           `json:"createSubscriberIfMissing,omitempty"`
	Context                   ContextPayload `json:"context,omitempty"`
	Type                      EndpointType   `json:"type"`
	Endpoint                  any            `json:"endpoint"`
}

// Create maps a subscriber to a place. The server checks the endpoint's keys, not its values, so
// Create checks the shape of Teams ids (see [WithUncheckedIDs]). An id that leads nowhere is noticed
// only when a notification is sent. Identical endpoints may exist twice, but retries never make two.
//
// API: POST /v1/channel-endpoints
func (s *ChannelEndpointsService) Create(ctx context.Context, params CreateChannelEndpointParams, opts ...RequestOption) (*ChannelEndpoint, error) {
	const op = "create channel endpoint"
	checks := checkParams(op, opts...).optionalID("Identifier", params.Identifier).id("IntegrationIdentifier", params.IntegrationIdentifier).
		optionalID("ConnectionIdentifier", params.ConnectionIdentifier).id("SubscriberID", params.SubscriberID).context(params.Context)
	params.Endpoint = checks.endpoint(params.Endpoint)
	if params.Endpoint != nil && !checks.options.uncheckedIDs {
		params.Endpoint.checkShape(checks)
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	body := createEndpointBody{
		Identifier: params.Identifier, IntegrationIdentifier: params.IntegrationIdentifier,
		ConnectionIdentifier: params.ConnectionIdentifier, SubscriberID: params.SubscriberID,
		CreateSubscriberIfMissing: params.CreateSubscriberIfMissing, Context: params.Context,
		Type: params.Endpoint.Type(), Endpoint: params.Endpoint.wire(),
	}
	is := checks.identify(body.Identifier, "chendp_", body)
	body.Identifier = is.id
	return create(ctx, s.client, &rest.Request{
		Op: op, Method: http.MethodPost, Route: endpointsRoute, Body: body, Secrets: params.Endpoint.secrets(),
	}, is, func(ctx context.Context, opts []RequestOption) (*ChannelEndpoint, bool, error) {
		found, err := s.Get(ctx, body.Identifier, opts...)
		return found, err == nil && body.matches(found), err
	}, opts)
}

// matches reports whether found is what b would have created.
func (b *createEndpointBody) matches(found *ChannelEndpoint) bool {
	return found.Identifier == b.Identifier && found.IntegrationIdentifier == b.IntegrationIdentifier &&
		found.ConnectionIdentifier == b.ConnectionIdentifier && found.SubscriberID == b.SubscriberID &&
		slices.Equal(found.ContextKeys, b.Context.Keys()) && found.Endpoint.Type() == b.Type &&
		sameJSON(found.Endpoint.wire(), b.Endpoint)
}

// Get returns an endpoint by its identifier. One that is not there is ErrNotFound.
//
// API: GET /v1/channel-endpoints/{identifier}
func (s *ChannelEndpointsService) Get(ctx context.Context, identifier string, opts ...RequestOption) (*ChannelEndpoint, error) {
	const op = "get channel endpoint"
	if err := checkParams(op, opts...).id("identifier", identifier).err(); err != nil {
		return nil, err
	}
	return do[ChannelEndpoint](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: endpointRoute, Args: []string{identifier},
	}, opts)
}

// ListChannelEndpointsParams filters and orders a list of endpoints. Servers before mid-2026 can't
// filter by provider; filter by integration instead.
type ListChannelEndpointsParams struct {
	SubscriberID          string         `url:"subscriberId,omitempty"`
	ContextKeys           []string       `url:"contextKeys,omitempty"` // the exact set, "tenant:acme", see ContextPayload.Keys; nil: no filter
	Channel               ChannelType    `url:"channel,omitempty"`
	IntegrationIdentifier string         `url:"integrationIdentifier,omitempty"`
	ConnectionIdentifier  string         `url:"connectionIdentifier,omitempty"`
	Limit                 int            `url:"limit,omitempty"`          // per page, 1 to 100; 0 is 10 for List and 100 for All
	After                 string         `url:"after,omitempty"`          // a page's Next
	Before                string         `url:"before,omitempty"`         // a page's Previous; not for All
	OrderBy               string         `url:"orderBy,omitempty"`        // createdAt (default) or updatedAt
	OrderDirection        OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of endpoints.
//
// API: GET /v1/channel-endpoints
func (s *ChannelEndpointsService) List(ctx context.Context, params ListChannelEndpointsParams, opts ...RequestOption) (*Page[ChannelEndpoint], error) {
	const op = "list channel endpoints"
	if err := checkParams(op, opts...).page(params.Limit, params.After, params.Before, params.ContextKeys).err(); err != nil {
		return nil, err
	}
	return list[ChannelEndpoint](ctx, s.client, op, endpointsRoute, params, opts)
}

// All yields every endpoint that matches, page by page as it is consumed. It stops at the first error.
// What has been yielded may be deleted at once.
//
// API: GET /v1/channel-endpoints
func (s *ChannelEndpointsService) All(ctx context.Context, params ListChannelEndpointsParams, opts ...RequestOption) iter.Seq2[ChannelEndpoint, error] {
	params.Limit = cmp.Or(params.Limit, maxLimit)
	return all("list channel endpoints", params.After, params.Before, func(after string) (*Page[ChannelEndpoint], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// UpdateChannelEndpointParams says where an endpoint leads from now on.
type UpdateChannelEndpointParams struct {
	Endpoint Endpoint // required, of the type that the endpoint has
}

type updateEndpointBody struct {
	Endpoint any `json:"endpoint"`
}

// Update replaces where an endpoint leads. Its type can't change: another type is ErrValidation.
//
// API: PATCH /v1/channel-endpoints/{identifier}
func (s *ChannelEndpointsService) Update(ctx context.Context, identifier string, params UpdateChannelEndpointParams, opts ...RequestOption) (*ChannelEndpoint, error) {
	const op = "update channel endpoint"
	checks := checkParams(op, opts...).id("identifier", identifier)
	params.Endpoint = checks.endpoint(params.Endpoint)
	if err := checks.err(); err != nil {
		return nil, err
	}
	return do[ChannelEndpoint](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPatch, Route: endpointRoute, Args: []string{identifier},
		Body: updateEndpointBody{Endpoint: params.Endpoint.wire()}, Secrets: params.Endpoint.secrets(),
	}, opts)
}

// Delete removes an endpoint. One that is not there is ErrNotFound.
//
// API: DELETE /v1/channel-endpoints/{identifier}
func (s *ChannelEndpointsService) Delete(ctx context.Context, identifier string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete channel endpoint", endpointRoute, identifier, opts)
}
