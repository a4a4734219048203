package novu

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	endpointsRoute = "/v1/channel-endpoints"
	endpointRoute  = endpointsRoute + "/{identifier}"
)

// ChannelEndpointsService manages channel endpoints: where a subscriber's
// notifications land.
type ChannelEndpointsService struct{ client *Client }

// ChannelEndpoint maps a subscriber to a place.
type ChannelEndpoint struct {
	Identifier            string
	Channel               ChannelType
	ProviderID            ProviderID
	IntegrationIdentifier string
	ConnectionIdentifier  string // empty for a webhook
	SubscriberID          string
	ContextKeys           []string // "type:id", sorted
	Endpoint              Endpoint
	CreatedAt             time.Time
	UpdatedAt             time.Time
}

type wireEndpoint struct {
	Identifier            string       `json:"identifier"`
	Channel               ChannelType  `json:"channel"`
	ProviderID            ProviderID   `json:"providerId"`
	IntegrationIdentifier string       `json:"integrationIdentifier"`
	ConnectionIdentifier  string       `json:"connectionIdentifier"`
	SubscriberID          string       `json:"subscriberId"`
	ContextKeys           []string     `json:"contextKeys"`
	Type                  EndpointType `json:"type"`
	Endpoint              any          `json:"endpoint"`
	CreatedAt             time.Time    `json:"createdAt"`
	UpdatedAt             time.Time    `json:"updatedAt"`
}

// MarshalJSON writes the endpoint as the server does, with type and endpoint
// side by side and credentials redacted.
func (e ChannelEndpoint) MarshalJSON() ([]byte, error) {
	wire := wireEndpoint{
		e.Identifier, e.Channel, e.ProviderID, e.IntegrationIdentifier, e.ConnectionIdentifier,
		e.SubscriberID, e.ContextKeys, "", e.Endpoint, e.CreatedAt, e.UpdatedAt,
	}
	if e.Endpoint != nil {
		wire.Type = e.Endpoint.Type()
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads an endpoint of any type.
func (e *ChannelEndpoint) UnmarshalJSON(data []byte) error {
	var raw json.RawMessage
	wire := wireEndpoint{Endpoint: &raw}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*e = ChannelEndpoint{
		wire.Identifier, wire.Channel, wire.ProviderID, wire.IntegrationIdentifier, wire.ConnectionIdentifier,
		wire.SubscriberID, wire.ContextKeys, decodeEndpoint(wire.Type, raw), wire.CreatedAt, wire.UpdatedAt,
	}
	return nil
}

// CreateChannelEndpointParams describes where a subscriber is to be reached.
type CreateChannelEndpointParams struct {
	Identifier            string // made here if empty
	IntegrationIdentifier string // required
	// ConnectionIdentifier names the connection to send through. A Teams
	// endpoint without one makes the whole chat step fail, for every endpoint of
	// the subscriber; a webhook needs none.
	ConnectionIdentifier string
	SubscriberID         string // required
	// CreateSubscriberIfMissing has the server create the subscriber, on servers
	// since mid-2026; older ones ignore it and answer 404.
	CreateSubscriberIfMissing bool
	// Context must be the connection's and, when a notification is triggered,
	// the trigger's: the sets are compared as a whole.
	Context  ContextPayload
	Endpoint Endpoint // required
}

// Create maps a subscriber to a place. The server checks the endpoint's keys,
// not its values, so Create checks the shape of Teams ids (see [WithUncheckedIDs]).
// An id that leads nowhere is noticed only when a notification is sent. Identical endpoints may exist twice. It is safe to retry: with the
// identifier made here, an attempt that had succeeded unseen is recognised.
func (s *ChannelEndpointsService) Create(ctx context.Context, params CreateChannelEndpointParams, opts ...RequestOption) (*ChannelEndpoint, error) {
	const op = "create channel endpoint"
	checks := checkParams(op).optionalID("Identifier", params.Identifier).id("IntegrationIdentifier", params.IntegrationIdentifier).
		optionalID("ConnectionIdentifier", params.ConnectionIdentifier).id("SubscriberID", params.SubscriberID).context(params.Context)
	params.Endpoint = checks.endpoint(params.Endpoint)
	if o, _ := callOptions(op, opts); params.Endpoint != nil && !o.uncheckedIDs { // send reports what is wrong with opts
		params.Endpoint.checkShape(checks)
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	if params.Identifier == "" {
		params.Identifier = makeID("chendp_", opts)
	}
	out := new(ChannelEndpoint)
	err := s.client.send(ctx, &rest.Request{
		Op: op, Kind: rest.GuardedCreate, Method: http.MethodPost, Route: endpointsRoute,
		Body: struct {
			Identifier                string         `json:"identifier"`
			IntegrationIdentifier     string         `json:"integrationIdentifier"`
			ConnectionIdentifier      string         `json:"connectionIdentifier,omitempty"`
			SubscriberID              string         `json:"subscriberId"`
			CreateSubscriberIfMissing bool           `json:"createSubscriberIfMissing,omitempty"`
			Context                   ContextPayload `json:"context,omitempty"`
			Type                      EndpointType   `json:"type"`
			Endpoint                  any            `json:"endpoint"`
		}{
			params.Identifier, params.IntegrationIdentifier, params.ConnectionIdentifier, params.SubscriberID,
			params.CreateSubscriberIfMissing, params.Context, params.Endpoint.Type(), params.Endpoint.wire(),
		},
		Secrets: params.Endpoint.secrets(),
		Decode:  decodeData(out),
		ReadBack: func(ctx context.Context) (bool, error) {
			found, err := s.Get(ctx, params.Identifier)
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
func (p *CreateChannelEndpointParams) matches(found *ChannelEndpoint) bool {
	return found.IntegrationIdentifier == p.IntegrationIdentifier && found.ConnectionIdentifier == p.ConnectionIdentifier &&
		found.SubscriberID == p.SubscriberID && slices.Equal(found.ContextKeys, p.Context.Keys()) &&
		found.Endpoint.Type() == p.Endpoint.Type() && sameJSON(found.Endpoint.wire(), p.Endpoint.wire())
}

// sameJSON compares by value: key order and white space differ between what
// was sent and what is read.
func sameJSON(a, b any) bool {
	var x, y any
	return json.Unmarshal(encoded(a), &x) == nil && json.Unmarshal(encoded(b), &y) == nil && reflect.DeepEqual(x, y)
}

func encoded(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return data
}

// Get returns an endpoint by its identifier.
func (s *ChannelEndpointsService) Get(ctx context.Context, identifier string, opts ...RequestOption) (*ChannelEndpoint, error) {
	const op = "get channel endpoint"
	if err := checkParams(op).id("identifier", identifier).err(); err != nil {
		return nil, err
	}
	return do[ChannelEndpoint](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: endpointRoute, Args: []string{identifier},
	}, opts)
}

// ListChannelEndpointsParams filters and orders a list of endpoints. The server
// can't filter by provider; filter by integration instead.
type ListChannelEndpointsParams struct {
	SubscriberID          string         `url:"subscriberId,omitempty"`
	ContextKeys           []string       `url:"contextKeys,omitempty"` // the exact set, "tenant:acme"; see ContextPayload.Keys
	Channel               ChannelType    `url:"channel,omitempty"`
	IntegrationIdentifier string         `url:"integrationIdentifier,omitempty"`
	ConnectionIdentifier  string         `url:"connectionIdentifier,omitempty"`
	Limit                 int            `url:"limit,omitempty"`          // per page, 1 to 100; 0 is 10 for List and 100 for All
	After                 string         `url:"after,omitempty"`          // a page's Next
	Before                string         `url:"before,omitempty"`         // a page's Previous
	OrderBy               string         `url:"orderBy,omitempty"`        // createdAt (default) or updatedAt
	OrderDirection        OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of endpoints.
func (s *ChannelEndpointsService) List(ctx context.Context, params ListChannelEndpointsParams, opts ...RequestOption) (*Page[ChannelEndpoint], error) {
	const op = "list channel endpoints"
	if err := checkParams(op).page(params.Limit, params.After, params.Before).err(); err != nil {
		return nil, err
	}
	return list[ChannelEndpoint](ctx, s.client, op, endpointsRoute, params, opts)
}

// All yields every endpoint that matches, page by page as it is consumed. It
// stops at the first error and survives the deletion of what it has yielded.
func (s *ChannelEndpointsService) All(ctx context.Context, params ListChannelEndpointsParams, opts ...RequestOption) iter.Seq2[ChannelEndpoint, error] {
	if params.Limit == 0 {
		params.Limit = maxLimit
	}
	return all("list channel endpoints", params.After, func(after string) (*Page[ChannelEndpoint], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// UpdateChannelEndpointParams says where an endpoint leads from now on.
type UpdateChannelEndpointParams struct {
	Endpoint Endpoint // required, of the type that the endpoint has
}

// Update replaces where an endpoint leads. Its type can't change: another type
// is ErrValidation.
func (s *ChannelEndpointsService) Update(ctx context.Context, identifier string, params UpdateChannelEndpointParams, opts ...RequestOption) (*ChannelEndpoint, error) {
	const op = "update channel endpoint"
	checks := checkParams(op).id("identifier", identifier)
	params.Endpoint = checks.endpoint(params.Endpoint)
	if err := checks.err(); err != nil {
		return nil, err
	}
	return do[ChannelEndpoint](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPatch, Route: endpointRoute, Args: []string{identifier},
		Body: struct {
			Endpoint any `json:"endpoint"`
		}{params.Endpoint.wire()},
		Secrets: params.Endpoint.secrets(),
	}, opts)
}

// Delete removes an endpoint. One that is not there is ErrNotFound.
func (s *ChannelEndpointsService) Delete(ctx context.Context, identifier string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete channel endpoint", endpointRoute, identifier, opts)
}
