package novu

import (
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// addConversationRoutes are the routes by which people and agents talk.
func (s *Server) addConversationRoutes() {
	const webhook = "/v1/agents/{agentId}/webhook/{integration}"
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r := s.route(method, webhook, global, s.agentWebhook)
		r.open, r.unlocked = true, true
	}
	s.route(http.MethodPost, replyPattern, global, s.replyToConversation).unlocked = true
}

// agentInUse is an agent as it was when something came in.
type agentInUse struct {
	id, identifier, name    string
	restricted, acknowledge bool
	bridge                  string // of the dev bridge, where that is active
}

// inUse copies what is needed of an agent. The caller holds the lock.
func (a *agent) inUse() agentInUse {
	use := agentInUse{
		id: a.ID, identifier: a.Key, name: a.name,
		restricted: a.behavior["subscriberAccess"] != "open", acknowledge: a.behavior["acknowledgeOnReceived"] != false,
	}
	use.bridge, _ = a.set["bridgeUrl"].(string)
	if dev, _ := a.set["devBridgeUrl"].(string); a.devBridgeActive && dev != "" {
		use.bridge = dev
	}
	return use
}

// incoming is an activity that came in for an agent.
type incoming struct {
	agent       agentInUse
	integration integration
	activity    *teamsActivity
}

func (in *incoming) threadKey() threadKey {
	return threadKey{agentID: in.agent.id, integrationID: in.integration.ID, threadID: in.activity.threadID()}
}

// delivery begins the record of an event.
func (in *incoming) delivery(s *Server, event, text string) AgentDelivery {
	return AgentDelivery{
		At: s.host.Clock.Now(), Event: event, AgentIdentifier: in.agent.identifier, IntegrationIdentifier: in.integration.Identifier,
		ActivityID: in.activity.ID, ChatID: in.activity.Conversation.ID, From: in.activity.From.ID, Text: text, Outcome: OutcomeInProgress,
	}
}

// agentWebhook is where Teams posts what people do.
func (s *Server) agentWebhook(c *call) *reply {
	in := &incoming{activity: parseActivity(c.Raw)}
	if answer := s.findWebhook(c, in); answer != nil {
		return answer
	}
	if c.Method == http.MethodGet {
		return (&reply{Status: http.StatusBadRequest, Body: []byte("Invalid JSON")}).With("Content-Type", "text/plain; charset=utf-8")
	}
	if answer := s.authenticateBot(c, in); answer != nil {
		return answer
	}
	s.connected(in)
	return s.receive(in)
}

// nestError is an error as the webhook's routes write it.
func nestError(status int, message string) *reply {
	return emulator.JSON(status, map[string]any{"message": message, "error": http.StatusText(status), "statusCode": status})
}

// findWebhook finds the agent and the integration of the path, or answers for them. An integration that was never
// linked is linked by what comes in.
func (s *Server) findWebhook(c *call, in *incoming) *reply {
	agentID, name := c.Params["agentId"], c.Params["integration"]
	if !hex24.MatchString(agentID) {
		return c.internalError()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, has := s.agents.find(func(a *agent) bool { return strings.EqualFold(a.ID, agentID) })
	if !has {
		return nestError(http.StatusNotFound, "Agent "+agentID+" not found")
	}
	in.agent = a.inUse()
	if !a.active {
		return s.ignored(in, "the agent is not active")
	}
	i := s.integrationByIdentifier(name)
	if i == nil {
		return nestError(http.StatusNotFound, "Integration "+name+" not found for agent "+agentID)
	}
	in.integration = *i
	switch l := s.linked(a, i); {
	case l == nil:
		id := s.ids.Next(c.Now)
		s.links.add(&agentLink{meta: meta{ID: id, Key: id, CreatedAt: c.Now, UpdatedAt: c.Now}, agentID: a.ID, integrationID: i.ID})
	case l.removed:
		return s.ignored(in, "the integration was unlinked from the agent")
	}
	if i.credential("clientId") == "" || i.credential("secretKey") == "" || i.credential("tenantId") == "" {
		return nestError(http.StatusBadRequest, "Teams agent integration requires appId, appPassword, and appTenantId credentials")
	}
	return nil
}

// ignored answers what no agent gets to know of.
func (s *Server) ignored(in *incoming, reason string) *reply {
	d := in.delivery(s, in.activity.Type, in.activity.Text)
	d.Outcome, d.Reason = OutcomeNotHeard, reason
	s.agentLog.add(d)
	return emulator.JSON(http.StatusOK, map[string]any{})
}

func (s *Server) authenticateBot(c *call, in *incoming) *reply {
	header := c.Header.Get("Authorization")
	message, reason := "Missing authorization header", "it has no Authorization header"
	if header != "" {
		err := s.checkBotToken(s.host.Context(), strings.TrimPrefix(header, "Bearer "), in.integration.credential("clientId"), in.activity.ServiceURL)
		if err == nil {
			return nil
		}
		message, reason = "JWT validation failed", "its token is not good: "+err.Error()
	}
	d := in.delivery(s, in.activity.Type, in.activity.Text)
	d.Outcome, d.Reason = OutcomeRefused, reason
	s.agentLog.add(d)
	return emulator.JSON(http.StatusUnauthorized, map[string]string{"error": message})
}

// connected notes on the link that Teams has posted.
func (s *Server) connected(in *incoming) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, has := s.links.find(func(l *agentLink) bool { return l.agentID == in.agent.id && l.integrationID == in.integration.ID })
	if has && l.connectedAt.IsZero() {
		now := s.host.Clock.Now()
		l.connectedAt, l.UpdatedAt = now, now
	}
}
