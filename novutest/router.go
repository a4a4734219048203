package novutest

import (
	"net/url"
	"strings"
)

// side says whose route it is.
type side int

const (
	novuSide side = iota
	microsoftSide
)

// route is one line of the route table. A segment in braces matches any one
// segment.
type route struct {
	method  string
	pattern string
	handle  func(*Server, *call) *reply
	side    side
	open    bool   // needs no key
	limit   string // rate limit category
	cost    int

	segments []string // of the pattern
}

type router struct{ routes []*route }

// match finds the route of a request. A request without one gets a route
// without a handler.
func (t *router) match(method, path string) (*route, map[string]string) {
	segments := split(path)
	for _, r := range t.routes {
		if r.method != method && r.method != "*" {
			continue
		}
		if params, matched := matchSegments(r.segments, segments); matched {
			return r, params
		}
	}
	return &route{method: method, side: novuSide}, nil
}

func split(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}

// matchSegments compares like Express: names ignore case, a slash at the end
// means nothing.
func matchSegments(pattern, segments []string) (map[string]string, bool) {
	rest := pattern[len(pattern)-1] == "{rest...}"
	if len(segments) < len(pattern) || (len(segments) > len(pattern) && !rest) {
		return nil, false
	}
	params := map[string]string{}
	for i, p := range pattern {
		switch {
		case p == "{rest...}":
			params["rest"] = strings.Join(segments[i:], "/")
			return params, true
		case strings.HasPrefix(p, "{"):
			value, err := url.PathUnescape(segments[i])
			if err != nil || segments[i] == "" {
				return nil, false
			}
			params[p[1:len(p)-1]] = value
		case !strings.EqualFold(p, segments[i]):
			return nil, false
		}
	}
	return params, true
}

const (
	global        = "global"
	trigger       = "trigger"
	configuration = "configuration"

	bulkCost = 100
)

func routes(c *config) *router {
	t := &router{}
	t.novu(c)
	t.microsoft()
	t.unimplemented()
	for _, r := range t.routes {
		r.segments = split(r.pattern)
	}
	return t
}

func (t *router) add(method, pattern, limit string, handle func(*Server, *call) *reply) *route {
	r := &route{method: method, pattern: pattern, handle: handle, limit: limit, cost: 1}
	t.routes = append(t.routes, r)
	return r
}

func (t *router) novu(c *config) {
	t.add("GET", "/v1/integrations", global, (*Server).listIntegrations)
	t.add("POST", "/v1/integrations", global, (*Server).createIntegration)
	t.add("GET", "/v1/integrations/active", global, (*Server).listActiveIntegrations)
	t.add("POST", "/v1/integrations/chat/oauth", global, (*Server).olderOAuthURL)
	t.add("GET", "/v1/integrations/chat/oauth/callback", global, (*Server).oauthCallback).open = true
	if !c.older {
		t.add("POST", "/v1/integrations/channel-connections/oauth", global, (*Server).connectOAuthURL)
		t.add("POST", "/v1/integrations/channel-endpoints/oauth", global, (*Server).linkUserOAuthURL)
		t.add("POST", "/v1/integrations/channel-endpoints/link", global, (*Server).linkEndpoint)
	}
	t.add("PUT", "/v1/integrations/{integrationId}", global, (*Server).updateIntegration)
	t.add("DELETE", "/v1/integrations/{integrationId}", global, (*Server).deleteIntegration)
	t.add("POST", "/v1/integrations/{integrationId}/set-primary", global, (*Server).setPrimary)

	t.add("GET", "/v1/channel-connections", configuration, (*Server).listConnections)
	t.add("POST", "/v1/channel-connections", configuration, (*Server).createConnection)
	t.add("GET", "/v1/channel-connections/{identifier}", configuration, (*Server).getConnection)
	t.add("PATCH", "/v1/channel-connections/{identifier}", configuration, (*Server).updateConnection)
	t.add("DELETE", "/v1/channel-connections/{identifier}", configuration, (*Server).deleteConnection)

	t.add("GET", "/v1/channel-endpoints", configuration, (*Server).listEndpoints)
	t.add("POST", "/v1/channel-endpoints", configuration, (*Server).createEndpoint)
	t.add("GET", "/v1/channel-endpoints/{identifier}", configuration, (*Server).getEndpoint)
	t.add("PATCH", "/v1/channel-endpoints/{identifier}", configuration, (*Server).updateEndpoint)
	t.add("DELETE", "/v1/channel-endpoints/{identifier}", configuration, (*Server).deleteEndpoint)

	t.add("GET", "/v2/subscribers", configuration, (*Server).listSubscribers)
	t.add("POST", "/v2/subscribers", configuration, (*Server).createSubscriber)
	t.add("GET", "/v2/subscribers/{subscriberId}", configuration, (*Server).getSubscriber)
	t.add("PATCH", "/v2/subscribers/{subscriberId}", configuration, (*Server).updateSubscriber)
	t.add("DELETE", "/v2/subscribers/{subscriberId}", configuration, (*Server).deleteSubscriber)
	t.add("POST", "/v1/subscribers/bulk", configuration, (*Server).bulkCreateSubscribers).cost = bulkCost

	t.add("GET", "/v2/contexts", global, (*Server).listContexts)
	t.add("POST", "/v2/contexts", global, (*Server).createContext)
	t.add("GET", "/v2/contexts/{type}/{id}", global, (*Server).getContext)
	t.add("PATCH", "/v2/contexts/{type}/{id}", global, (*Server).updateContext)
	t.add("DELETE", "/v2/contexts/{type}/{id}", global, (*Server).deleteContext)

	t.add("GET", "/v2/workflows", global, (*Server).listWorkflows)
	t.add("POST", "/v2/workflows", global, (*Server).createWorkflow)
	t.add("GET", "/v2/workflows/{workflowId}", global, (*Server).getWorkflow)
	t.add("DELETE", "/v2/workflows/{workflowId}", global, (*Server).deleteWorkflow)

	t.add("POST", "/v1/events/trigger", trigger, (*Server).triggerEvent)
	t.add("POST", "/v1/events/trigger/bulk", trigger, (*Server).triggerBulk).cost = bulkCost
	t.add("POST", "/v1/events/trigger/broadcast", trigger, (*Server).triggerBroadcast).cost = bulkCost
	t.add("DELETE", "/v1/events/trigger/{transactionId}", trigger, (*Server).cancelTrigger)

	t.add("GET", "/v1/notifications", global, (*Server).listNotifications)
	t.add("GET", "/v1/notifications/{notificationId}", global, (*Server).getNotification)
	t.add("GET", "/v1/messages", global, (*Server).listMessages)

	t.add("GET", "/v1/environments/me", global, (*Server).getEnvironment)
}

// unimplemented are routes that Novu has and this server has not: they say so
// with 501. All others are 404, as there.
func (t *router) unimplemented() {
	refuse := func(_ *Server, c *call) *reply { return c.notImplemented() }
	for _, pattern := range []string{
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
	} {
		method, path, _ := strings.Cut(pattern, " ")
		t.add(method, path, global, refuse)
	}
}
