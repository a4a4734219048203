package novu

import (
	"bytes"
	"encoding/json"

	"github.com/novu-go/novu/internal/emulator"
)

// endpoint is a channel endpoint: where a notification lands.
type endpoint struct {
	meta
	channel, provider, integration string
	connection                     string // identifier, "" for none
	subscriberID                   string
	contextKeys                    []string
	typ                            string
	endpoint                       map[string]any
	raw                            json.RawMessage // endpoint, in the order in which it was given
}

func showEndpoint(r *endpoint) any {
	return struct {
		Identifier            string         `json:"identifier"`
		Channel               string         `json:"channel"`
		ProviderID            string         `json:"providerId"`
		IntegrationIdentifier string         `json:"integrationIdentifier"`
		ConnectionIdentifier  *string        `json:"connectionIdentifier"`
		SubscriberID          string         `json:"subscriberId"`
		ContextKeys           []string       `json:"contextKeys"`
		Type                  string         `json:"type"`
		Endpoint              map[string]any `json:"endpoint"`
		CreatedAt             stamp          `json:"createdAt"`
		UpdatedAt             stamp          `json:"updatedAt"`
	}{
		Identifier: r.Key, Channel: r.channel, ProviderID: r.provider, IntegrationIdentifier: r.integration,
		ConnectionIdentifier: nullable(r.connection), SubscriberID: r.subscriberID,
		ContextKeys: r.contextKeys, Type: r.typ, Endpoint: r.endpoint, CreatedAt: stamp(r.CreatedAt),
		UpdatedAt: stamp(r.UpdatedAt),
	}
}

func (s *Server) createEndpoint(c *call) *reply {
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	body := c.Object()
	typ := body["type"]
	shaped := func(v any) string {
		if falsy(typ) || s.validEndpoint(typ, v) {
			return ""
		}
		return `Endpoint must match the required format for type "` + printed(typ) + `"`
	}
	properties := []property{
		optional("identifier", isString), required("integrationIdentifier", isString), optional("connectionIdentifier", isString),
		required("subscriberId", isString), optional("context", validContext),
		required("type", unprintedIn(endpointTypes...)), required("endpoint", shaped),
	}
	if s.is319() {
		properties = append(properties, optional("createSubscriberIfMissing", isBoolean))
	}
	if refused := c.invalidCommand("CreateChannelEndpointCommand", body, properties...); refused != nil {
		return refused
	}
	value, _ := body["endpoint"].(map[string]any)
	createSubscriber, _ := body["createSubscriberIfMissing"].(bool)
	r, refused := s.attach(c, newEndpoint{
		identifier: c.Text(
			"identifier",
		), integration: c.Text("integrationIdentifier"), connection: c.Text("connectionIdentifier"),
		subscriberID: c.Text("subscriberId"), createSubscriber: createSubscriber && s.is319(),
		context: body["context"], raw: c.Raw, typ: c.Text("type"), endpoint: value,
	})
	if refused != nil {
		return refused
	}
	return created(showEndpoint(r))
}

// newEndpoint is what an endpoint is made of, whether by its route or by the
// sign-in.
type newEndpoint struct {
	identifier, integration, connection, subscriberID string
	createSubscriber                                  bool
	context                                           any
	raw                                               []byte
	typ                                               string
	endpoint                                          map[string]any
}

// rawEndpoint is the endpoint of a body as it was written.
func rawEndpoint(body []byte, value map[string]any) json.RawMessage {
	var compact bytes.Buffer
	if json.Compact(&compact, rawProperty(body, "endpoint")) == nil {
		return compact.Bytes()
	}
	return emulator.Encode(value)
}

func (s *Server) attach(c *call, n newEndpoint) (*endpoint, *reply) {
	i := s.integrationByIdentifier(n.integration)
	if i == nil {
		return nil, c.notFound("Integration not found: " + n.integration)
	}
	if wanted, has := providersOfTypes[n.typ]; has && s.is319() && i.ProviderID != wanted.provider {
		return nil, c.badRequest(`Channel endpoint type "` + n.typ + `" requires ` + wanted.called + " integration")
	}
	keys := s.resolveContexts(n.context, n.raw, c.Now, false)
	if _, has := s.subscribers.get(n.subscriberID); !has && n.createSubscriber && n.subscriberID != "" {
		s.upsert(n.subscriberID, map[string]any{}, c.Now)
	}
	if refused := s.subscriberMissing(c, n.subscriberID); refused != nil {
		if s.is319() {
			return nil, c.notFound("Subscriber not found: " + n.subscriberID +
				". Pass createSubscriberIfMissing: true to create it, or provision it via POST /v1/subscribers.")
		}
		return nil, refused
	}
	if n.identifier == "" {
		n.identifier = "chendp_" + emulator.RandomID(12, emulator.Base36)
	}
	if _, has := s.endpoints.get(n.identifier); has {
		return nil, c.conflict(
			`Channel endpoint with identifier "` + n.identifier + `" already exists in environment "` + s.environmentID + `"`,
		)
	}
	if n.connection != "" {
		if connection, has := s.connections.get(n.connection); !has || s.is319() && connection.integration != i.Identifier {
			return nil, c.notFound("Channel connection not found: " + n.connection)
		}
	}
	if n.subscriberID == "" {
		return nil, c.internalError() // the database refuses what validation let through
	}
	r := &endpoint{
		meta:    meta{ID: s.ids.Next(c.Now), Key: n.identifier, CreatedAt: c.Now, UpdatedAt: c.Now},
		channel: i.Channel, provider: i.ProviderID, integration: i.Identifier, connection: n.connection,
		subscriberID: n.subscriberID, contextKeys: keys, typ: n.typ, endpoint: n.endpoint, raw: rawEndpoint(n.raw, n.endpoint),
	}
	s.endpoints.add(r)
	return r, nil
}

func (s *Server) listEndpoints(c *call) *reply {
	if refused := c.listQuery("ListChannelEndpointsCommand", s.channelListProperties()...); refused != nil {
		return refused
	}
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	contexts := c.contextFilter()
	match := func(r *endpoint) bool {
		return c.equals("subscriberId", r.subscriberID) && c.equals("channel", r.channel) &&
			c.equals("integrationIdentifier", r.integration) && c.equals("providerId", r.provider) &&
			c.equals("connectionIdentifier", r.connection) &&
			contexts(r.contextKeys)
	}
	return listPage(c, &s.endpoints, match, showEndpoint)
}

func (s *Server) getEndpoint(c *call) *reply {
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	r, has := s.endpoints.get(c.Params["identifier"])
	if !has {
		return c.notFound("Channel endpoint with identifier '" + c.Params["identifier"] + "' not found")
	}
	return ok(showEndpoint(r))
}

func (s *Server) updateEndpoint(c *call) *reply {
	if refused := c.invalid(required("endpoint", isObject)); refused != nil {
		return refused
	}
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	r, has := s.endpoints.get(c.Params["identifier"])
	if !has {
		return c.notFound(
			`Channel endpoint with identifier "` + c.Params["identifier"] + `" not found in environment "` + s.environmentID + `"`,
		)
	}
	value, _ := c.Object()["endpoint"].(map[string]any)
	if !s.validEndpoint(r.typ, value) {
		return c.badRequest(`Endpoint must match the required format for type "` + r.typ + `"`)
	}
	r.endpoint, r.raw, r.UpdatedAt = value, rawEndpoint(c.Raw, value), c.Now
	return ok(showEndpoint(r))
}

func (s *Server) deleteEndpoint(c *call) *reply {
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	if !s.endpoints.remove(c.Params["identifier"]) {
		return c.notFound("Channel endpoint with identifier '" + c.Params["identifier"] + "' not found")
	}
	return emulator.NoContent()
}
