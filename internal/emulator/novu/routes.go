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
	unlocked        bool // its handler takes the lock itself, for moments
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
	if s.is319() {
		s.route("POST", "/v1/integrations/channel-connections/oauth", global, s.connectOAuthURL)
		s.route("POST", "/v1/integrations/channel-endpoints/oauth", global, s.linkUserOAuthURL)
		s.route("POST", "/v1/integrations/channel-endpoints/link", global, s.linkEndpoint)
	}
	s.route("POST", "/v1/integrations/{integrationId}/auto-configure", global, s.autoConfigure)
	s.route("GET", "/v1/integrations/{integrationId}/msteams-arm-template", global, s.armTemplate).open = true
	s.route("POST", "/v1/integrations/{integrationId}/webhook/configure", global, s.configureWebhook)
	s.route("POST", "/v1/integrations/{integrationId}/mobile-link", global, s.mobileLink)
	s.route("POST", "/v1/integrations/{integrationId}/slack-quick-setup", global, s.slackQuickSetup)
	s.route("GET", "/v1/integrations/webhook/provider/{provider}/status", global, s.webhookSupport)
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

	s.route("GET", "/v2/subscribers/{subscriberId}/preferences", configuration, s.getPreferences)
	s.route("PATCH", "/v2/subscribers/{subscriberId}/preferences", configuration, s.patchPreferences)
	s.route("GET", "/v2/subscribers/{subscriberId}/preferences/global", configuration, s.getGlobalPreferences)
	s.route("GET", "/v2/subscribers/{subscriberId}/subscriptions", configuration, s.listSubscriptions)

	s.route("GET", "/v1/subscribers", configuration, s.listSubscribersV1)
	s.route("POST", "/v1/subscribers", configuration, s.createSubscriberV1)
	s.route("GET", "/v1/subscribers/{subscriberId}", configuration, s.getSubscriberV1)
	s.route("PUT", "/v1/subscribers/{subscriberId}", configuration, s.updateSubscriberV1)
	s.route("DELETE", "/v1/subscribers/{subscriberId}", configuration, s.deleteSubscriberV1)
	s.route("PUT", "/v1/subscribers/{subscriberId}/credentials", configuration, s.setCredentials)
	s.route("PATCH", "/v1/subscribers/{subscriberId}/credentials", configuration, s.setCredentials)
	s.route("DELETE", "/v1/subscribers/{subscriberId}/credentials/{providerId}", configuration, s.deleteCredentials)

	s.route("GET", "/v2/topics", configuration, s.listTopics)
	s.route("POST", "/v2/topics", configuration, s.createTopic)
	s.route("GET", "/v2/topics/{topicKey}", configuration, s.getTopic)
	s.route("PATCH", "/v2/topics/{topicKey}", configuration, s.patchTopic)
	s.route("DELETE", "/v2/topics/{topicKey}", configuration, s.deleteTopic)
	s.route("GET", "/v2/topics/{topicKey}/subscriptions", configuration, s.listTopicSubscriptions)
	s.route("POST", "/v2/topics/{topicKey}/subscriptions", configuration, s.subscribe)
	s.route("DELETE", "/v2/topics/{topicKey}/subscriptions", configuration, s.unsubscribe)
	s.route("GET", "/v2/topics/{topicKey}/subscriptions/{identifier}", configuration, s.getTopicSubscription)

	s.route("GET", "/v2/workflows", global, s.listWorkflows)
	s.route("POST", "/v2/workflows", global, s.createWorkflow)
	s.route("GET", "/v2/workflows/{workflowId}", global, s.getWorkflow)
	s.route("PUT", "/v2/workflows/{workflowId}", global, s.putWorkflow)
	s.route("PATCH", "/v2/workflows/{workflowId}", global, s.patchWorkflow)
	s.route("DELETE", "/v2/workflows/{workflowId}", global, s.deleteWorkflow)
	s.route("PUT", "/v2/workflows/{workflowId}/sync", global, s.syncWorkflow)
	s.route("GET", "/v2/workflows/{workflowId}/steps/{stepId}", global, s.getStep)
	s.route("POST", "/v2/workflows/{workflowId}/step/{stepId}/preview", global, s.previewStep)
	s.route("GET", "/v1/workflows", global, s.listOlderWorkflows)

	s.route("POST", "/v1/events/trigger", trigger, s.triggerEvent)
	s.route("POST", "/v1/events/trigger/bulk", trigger, s.triggerBulk).cost = bulkCost
	s.route("POST", "/v1/events/trigger/broadcast", trigger, s.triggerBroadcast).cost = bulkCost
	s.route("DELETE", "/v1/events/trigger/{transactionId}", trigger, s.cancelTrigger)

	s.route("GET", "/v1/notifications", global, s.listNotifications)
	s.route("GET", "/v1/notifications/{notificationId}", global, s.getNotification)
	s.route("GET", "/v1/messages", global, s.listMessages)
	s.route("DELETE", "/v1/messages/{messageId}", global, s.deleteMessage)
	s.route("DELETE", "/v1/messages/transaction/{transactionId}", global, s.deleteMessagesOfTransaction)
	s.route("GET", "/v1/execution-details", global, s.listExecutionDetails)

	s.route("GET", "/v1/environments/me", global, s.getEnvironment)
	s.route("GET", "/v2/environments/{environmentId}/tags", global, s.listTags)
	s.route("POST", "/v2/environments/{environmentId}/diff", global, s.compareEnvironments)
	s.route("POST", "/v2/environments/{environmentId}/publish", global, s.compareEnvironments)
	s.route("GET", "/v1/tenants", global, s.listTenants)
	s.route("POST", "/v1/tenants", global, s.createTenant)
	s.route("GET", "/v1/tenants/{identifier}", global, s.getTenant)
	s.route("PATCH", "/v1/tenants/{identifier}", global, s.updateTenant)
	s.route("DELETE", "/v1/tenants/{identifier}", global, s.deleteTenant)
	s.route("GET", "/v2/layouts", global, s.listLayouts)

	if s.is319() {
		s.addAgentRoutes()
	}
	for _, pattern := range dashboardRoutes {
		method, path, _ := strings.Cut(pattern, " ")
		s.route(method, path, global, s.dashboardOnly)
	}
	for _, pattern := range unimplemented {
		method, path, _ := strings.Cut(pattern, " ")
		s.route(method, path, global, func(c *call) *reply { return c.notImplemented() })
	}
	for _, r := range s.routes {
		s.host.Router.Add(r.method, r.pattern, s.serve(r))
	}
	s.host.Router.Missing = s.serve(&route{})
}

// dashboardRoutes are those that a key may not use.
var dashboardRoutes = []string{
	"GET /v1/integrations/{integrationId}/msteams-health", "GET /v1/integrations/{integrationId}/msteams-arm-template/deploy-url",
	"GET /v1/integrations/{integrationId}/msteams-azure-setup/oauth-url", "GET /v1/integrations/{channel}/limit",
	"GET /v1/integrations/in-app/status", "POST /v2/workflows/{workflowId}/duplicate", "GET /v2/workflows/{workflowId}/test-data",
	"GET /v1/activity/requests", "GET /v1/activity/requests/{id}", "GET /v1/activity/workflow-runs", "GET /v1/activity/workflow-runs/{id}",
	"GET /v1/activity/charts",
}

// unimplemented are routes that Novu has and the emulator has not. They answer
// with a status that no client repeats, and say so. All others are 404, as there.
var unimplemented = []string{
	"* /v1/subscribers/{rest...}", "* /v2/subscribers/{id}/{rest...}", "* /v2/workflows/{workflowId}/{rest...}",
	"GET /v1/environments", "POST /v1/environments", "* /v1/environments/{rest...}", "* /v2/environments/{rest...}",
	"POST /v1/events/trigger/bulk/cancel", "GET /v1/notifications/{rest...}", "* /v1/topics", "* /v1/topics/{rest...}",
	"* /v2/layouts", "* /v2/layouts/{rest...}", "* /v2/translations", "* /v2/translations/{rest...}", "* /v1/inbox/{rest...}",
	"* /v1/layouts", "* /v1/layouts/{rest...}",
}
