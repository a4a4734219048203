package novu

import (
	"encoding/json"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// connection is a channel connection: a tenant that consented, for a subscriber
// or a context.
type connection struct {
	meta
	channel, provider, integration string
	subscriberID                   string // "" for none
	contextKeys                    []string
	workspace, auth                map[string]any
}

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func showConnection(r *connection) any {
	return struct {
		Identifier            string         `json:"identifier"`
		Channel               string         `json:"channel"`
		ProviderID            string         `json:"providerId"`
		IntegrationIdentifier string         `json:"integrationIdentifier"`
		SubscriberID          *string        `json:"subscriberId"`
		ContextKeys           []string       `json:"contextKeys"`
		Workspace             map[string]any `json:"workspace"`
		Auth                  map[string]any `json:"auth"`
		CreatedAt             stamp          `json:"createdAt"`
		UpdatedAt             stamp          `json:"updatedAt"`
	}{
		Identifier: r.Key, Channel: r.channel, ProviderID: r.provider, IntegrationIdentifier: r.integration,
		SubscriberID: nullable(r.subscriberID), ContextKeys: r.contextKeys, Workspace: r.workspace,
		Auth: r.auth, CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt),
	}
}

var (
	workspaceProperty = required("workspace").object(required("id", isString), optional("name", isString))
	authProperty      = required("auth").object(required("accessToken", isString))
)

func (s *Server) createConnection(c *call) *reply {
	if refused := c.invalid(
		optional("identifier", isString), optional("subscriberId", isString), optional("context", validContext),
		optional("connectionMode", isIn("subscriber", "shared"), isString),
		required("integrationIdentifier", isString), workspaceProperty, authProperty,
	); refused != nil {
		return refused
	}
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	body := c.Object()
	workspace, _ := body["workspace"].(map[string]any)
	auth, _ := body["auth"].(map[string]any)
	r, refused := s.connect(c, newConnection{
		identifier: c.Text(
			"identifier",
		), integration: c.Text("integrationIdentifier"), subscriberID: c.Text("subscriberId"),
		mode: c.Text("connectionMode"), context: body["context"], raw: c.Raw, workspace: workspace, auth: auth,
	})
	if refused != nil {
		return refused
	}
	return created(showConnection(r))
}

// newConnection is what a connection is made of, whether by its route or by the
// OAuth callback.
type newConnection struct {
	identifier, integration, subscriberID, mode string
	context                                     any
	raw                                         json.RawMessage
	workspace, auth                             map[string]any
}

func (s *Server) connect(c *call, n newConnection) (*connection, *reply) {
	if refused := c.validateConnectionMode(n.mode, n.subscriberID, n.context); refused != nil {
		return nil, refused
	}
	i := s.integrationByIdentifier(n.integration)
	if i == nil {
		return nil, c.notFound("Integration not found: " + n.integration)
	}
	auth, refused := s.connectionAuth(c, i.ProviderID, n.auth)
	if refused != nil {
		return nil, refused
	}
	keys := s.resolveContexts(n.context, n.raw, c.Now, false) // contexts stay even where the connection is refused
	if refused := s.subscriberMissing(c, n.subscriberID); refused != nil {
		return nil, refused
	}
	if n.mode == "shared" {
		n.subscriberID = ""
	}
	if other, has := s.connections.find(func(r *connection) bool {
		return r.integration == i.Identifier && r.subscriberID == n.subscriberID && equalKeys(r.contextKeys, keys)
	}); has {
		return nil, c.conflict(connectionExists(i.Identifier, n.subscriberID, keys, other.Key))
	}
	if n.identifier == "" {
		n.identifier = "chconn_" + emulator.RandomID(12, emulator.Base36)
	}
	if _, has := s.connections.get(n.identifier); has {
		return nil, c.conflict(
			`Channel connection with identifier "` + n.identifier + `" already exists in environment "` + s.environmentID + `"`,
		)
	}
	r := &connection{
		meta:    meta{ID: s.ids.Next(c.Now), Key: n.identifier, CreatedAt: c.Now, UpdatedAt: c.Now},
		channel: i.Channel, provider: i.ProviderID, integration: i.Identifier, subscriberID: n.subscriberID,
		contextKeys: keys, workspace: n.workspace, auth: auth,
	}
	s.connections.add(r)
	return r, nil
}

func (c *call) validateConnectionMode(mode, subscriberID string, context any) *reply {
	switch {
	case mode == "shared" && context == nil:
		return c.badRequest(`context is required when connectionMode is "shared"`)
	case mode == "shared":
		return nil
	case mode == "subscriber" && subscriberID == "":
		return c.badRequest(`subscriberId is required when connectionMode is "subscriber"`)
	case subscriberID == "" && context == nil:
		return c.badRequest("Either subscriberId or context must be provided")
	}
	return nil
}

func (s *Server) subscriberMissing(c *call, id string) *reply {
	if id == "" {
		return nil
	}
	if _, has := s.subscribers.get(id); !has {
		return c.notFound("Subscriber not found: " + id)
	}
	return nil
}

func connectionExists(integration, subscriberID string, keys []string, identifier string) string {
	subscriber, context := "no subscriberId", "no context"
	if subscriberID != "" {
		subscriber = `subscriberId "` + subscriberID + `"`
	}
	if len(keys) > 0 {
		context = "context [" + strings.Join(keys, ", ") + "]"
	}
	return `A channel connection already exists for integration "` + integration + `" with ` + subscriber + " and " + context + ". Connection ID: " + identifier
}

func equalKeys(a, b []string) bool {
	return strings.Join(a, "\x00") == strings.Join(b, "\x00")
}

func (s *Server) listConnections(c *call) *reply {
	properties := s.channelListProperties()
	if s.is319() {
		properties = append(properties, optional("connectionMode", isIn("subscriber", "shared")))
	}
	if refused := c.listQuery("ListChannelConnectionsCommand", properties...); refused != nil {
		return refused
	}
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	contexts := c.contextFilter()
	ofSubscriber := func(r *connection) bool {
		if c.Query.Get("connectionMode") == "shared" && c.Query.Get("subscriberId") != "" {
			return r.subscriberID == "" // those that the subscriber shares; without a subscriber the mode filters nothing
		}
		return c.equals("subscriberId", r.subscriberID)
	}
	match := func(r *connection) bool {
		return ofSubscriber(r) && c.equals("channel", r.channel) && c.equals("providerId", r.provider) &&
			c.equals("integrationIdentifier", r.integration) && contexts(r.contextKeys)
	}
	return listPage(c, &s.connections, match, showConnection)
}

// channelListProperties are the filters of connections and endpoints. 3.15
// allows no provider at all: it compares with a list that it reads wrongly.
func (s *Server) channelListProperties() []property {
	provider := optional("providerId", unprintedIn())
	if s.is319() {
		provider = optional("providerId", isIn(allProviders...))
	}
	return []property{
		optional("subscriberId", isString), optional("channel", isIn(s.channels()...)), provider,
		optional("integrationIdentifier", isString), optional("connectionIdentifier", isString),
	}
}

// connectionAuth is what of the auth is stored. 3.19 keeps the access token only
// and refuses a refresh token for Teams.
func (s *Server) connectionAuth(c *call, provider string, auth map[string]any) (map[string]any, *reply) {
	if !s.is319() {
		return auth, nil
	}
	if auth["refreshToken"] != nil && provider == "msteams" {
		return nil, c.badRequest(`Token rotation is not supported for provider "` + provider + `". Remove refreshToken from the connection auth.`)
	}
	return map[string]any{"accessToken": auth["accessToken"]}, nil
}

func (s *Server) getConnection(c *call) *reply {
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	r, has := s.connections.get(c.Params["identifier"])
	if !has {
		return c.notFound("Channel connection with identifier '" + c.Params["identifier"] + "' not found")
	}
	return ok(showConnection(r))
}

func (s *Server) updateConnection(c *call) *reply {
	if refused := c.invalid(workspaceProperty, authProperty); refused != nil {
		return refused
	}
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	r, has := s.connections.get(c.Params["identifier"])
	if !has {
		return c.notFound(`Channel connection with identifier "` + c.Params["identifier"] + `" not found`)
	}
	given, _ := c.Object()["auth"].(map[string]any)
	auth, refused := s.connectionAuth(c, r.provider, given)
	if refused != nil {
		return refused
	}
	r.workspace, _ = c.Object()["workspace"].(map[string]any)
	r.auth = auth
	r.UpdatedAt = c.Now
	return ok(showConnection(r))
}

func (s *Server) deleteConnection(c *call) *reply {
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	if !s.connections.remove(c.Params["identifier"]) {
		return c.notFound("Channel connection with identifier '" + c.Params["identifier"] + "' not found")
	}
	return emulator.NoContent()
}
