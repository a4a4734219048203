package novu

import "strings"

// Categories of the rate limit.
const (
	global        = "global"
	trigger       = "trigger"
	configuration = "configuration"

	bulkCost = 100
)

// route is one line of the route table.
type route struct {
	method, pattern string
	limit           string // category of the rate limit
	cost            int
	open            bool // needs no key
	handle          func(*call) *reply
}

func (s *Server) route(method, pattern, limit string, handle func(*call) *reply) *route {
	r := &route{method: method, pattern: pattern, limit: limit, cost: 1, handle: handle}
	s.routes = append(s.routes, r)
	return r
}

// addRoutes is Novu's route table.
func (s *Server) addRoutes() {
	s.route("GET", "/v1/integrations", global, s.listIntegrations)
	s.route("POST", "/v1/integrations", global, s.createIntegration)
	s.route("GET", "/v1/integrations/active", global, s.listActiveIntegrations)
	s.route("POST", "/v1/integrations/chat/oauth", global, s.olderOAuthURL)
	s.route("GET", "/v1/integrations/chat/oauth/callback", global, s.oauthCallback).open = true
	if !s.config.Older {
		s.route("POST", "/v1/integrations/channel-connections/oauth", global, s.connectOAuthURL)
		s.route("POST", "/v1/integrations/channel-endpoints/oauth", global, s.linkUserOAuthURL)
		s.route("POST", "/v1/integrations/channel-endpoints/link", global, s.linkEndpoint)
	}
	s.route("PUT", "/v1/integrations/{integrationId}", global, s.updateIntegration)
	s.route("DELETE", "/v1/integrations/{integrationId}", global, s.deleteIntegration)
	s.route("POST", "/v1/integrations/{integrationId}/set-primary", global, s.setPrimary)

	s.route("GET", "/v1/channel-connections", configuration, s.listConnections)
	s.route("POST", "/v1/channel-connections", configuration, s.createConnection)
	s.route("GET", "/v1/channel-connections/{identifier}", configuration, s.getConnection)
	s.route("PATCH", "/v1/channel-connections/{identifier}", configuration, s.updateConnection)
	s.route("DELETE", "/v1/channel-connections/{identifier}", configuration, s.deleteConnection)

	s.route("GET", "/v1/channel-endpoints", configuration, s.listEndpoints)
	s.route("POST", "/v1/channel-endpoints", configuration, s.createEndpoint)
	s.route("GET", "/v1/channel-endpoints/{identifier}", configuration, s.getEndpoint)
	s.route("PATCH", "/v1/channel-endpoints/{identifier}", configuration, s.updateEndpoint)
	s.route("DELETE", "/v1/channel-endpoints/{identifier}", configuration, s.deleteEndpoint)

	s.route("GET", "/v2/subscribers", configuration, s.listSubscribers)
	s.route("POST", "/v2/subscribers", configuration, s.createSubscriber)
	s.route("GET", "/v2/subscribers/{subscriberId}", configuration, s.getSubscriber)
	s.route("PATCH", "/v2/subscribers/{subscriberId}", configuration, s.updateSubscriber)
	s.route("DELETE", "/v2/subscribers/{subscriberId}", configuration, s.deleteSubscriber)
	s.route("POST", "/v1/subscribers/bulk", configuration, s.bulkCreateSubscribers).cost = bulkCost

	s.route("GET", "/v2/contexts", global, s.listContexts)
	s.route("POST", "/v2/contexts", global, s.createContext)
	s.route("GET", "/v2/contexts/{type}/{id}", global, s.getContext)
	s.route("PATCH", "/v2/contexts/{type}/{id}", global, s.updateContext)
	s.route("DELETE", "/v2/contexts/{type}/{id}", global, s.deleteContext)

	s.route("GET", "/v2/workflows", global, s.listWorkflows)
	s.route("POST", "/v2/workflows", global, s.createWorkflow)
	s.route("GET", "/v2/workflows/{workflowId}", global, s.getWorkflow)
	s.route("DELETE", "/v2/workflows/{workflowId}", global, s.deleteWorkflow)

	s.route("POST", "/v1/events/trigger", trigger, s.triggerEvent)
	s.route("POST", "/v1/events/trigger/bulk", trigger, s.triggerBulk).cost = bulkCost
	s.route("POST", "/v1/events/trigger/broadcast", trigger, s.triggerBroadcast).cost = bulkCost
	s.route("DELETE", "/v1/events/trigger/{transactionId}", trigger, s.cancelTrigger)

	s.route("GET", "/v1/notifications", global, s.listNotifications)
	s.route("GET", "/v1/notifications/{notificationId}", global, s.getNotification)
	s.route("GET", "/v1/messages", global, s.listMessages)

	s.route("GET", "/v1/environments/me", global, s.getEnvironment)

	for _, pattern := range unimplemented {
		method, path, _ := strings.Cut(pattern, " ")
		s.route(method, path, global, func(c *call) *reply { return c.notImplemented() })
	}
	for _, r := range s.routes {
		s.host.Router.Add(r.method, r.pattern, s.serve(r))
	}
	s.host.Router.Missing = s.serve(&route{})
}

// unimplemented are routes that Novu has and the emulator has not: they say so
// with 501. All others are 404, as there.
var unimplemented = []string{
	"GET /v1/integrations/webhook/{rest...}", "GET /v1/integrations/in-app/status", "GET /v1/integrations/{channel}/limit",
	"POST /v1/integrations/{integrationId}/auto-configure",
	"GET /v1/subscribers", "POST /v1/subscribers", "* /v1/subscribers/{rest...}", "* /v2/subscribers/{id}/{rest...}",
	"PUT /v2/workflows/{workflowId}", "PATCH /v2/workflows/{workflowId}", "* /v2/workflows/{workflowId}/{rest...}",
	"GET /v1/environments", "POST /v1/environments", "* /v1/environments/{rest...}", "* /v2/environments/{rest...}",
	"POST /v1/events/trigger/bulk/cancel", "GET /v1/notifications/{rest...}",
	"DELETE /v1/messages/{rest...}", "* /v1/topics", "* /v1/topics/{rest...}", "* /v2/topics",
	"* /v2/topics/{rest...}", "* /v1/tenants", "* /v1/tenants/{rest...}", "* /v2/layouts", "* /v2/layouts/{rest...}",
	"* /v2/translations", "* /v2/translations/{rest...}", "* /v1/inbox/{rest...}", "GET /v1/execution-details",
	"* /v1/agents", "* /v1/agents/{rest...}", "* /v1/layouts", "* /v1/layouts/{rest...}",
}
