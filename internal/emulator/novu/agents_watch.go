package novu

import (
	"slices"
	"time"
)

// agentIndex finds what the log holds of one chat and of one conversation, for whoever waits there.
type agentIndex struct {
	deliveries map[string][]*AgentDelivery // by the chat in Teams
	replies    map[string][]AgentReply     // by conversation
	watched    map[string]chan struct{}    // by either id; closed at the next change
}

// delivered adds a delivery. The caller holds the log's lock, as in all methods.
func (x *agentIndex) delivered(d *AgentDelivery) {
	if x.deliveries == nil {
		x.deliveries = map[string][]*AgentDelivery{}
	}
	x.deliveries[d.ChatID] = append(x.deliveries[d.ChatID], d)
	x.touch(d.ChatID)
}

func (x *agentIndex) replied(r AgentReply) {
	if x.replies == nil {
		x.replies = map[string][]AgentReply{}
	}
	x.replies[r.ConversationID] = append(x.replies[r.ConversationID], r)
	x.touch(r.ConversationID)
}

// touch wakes whoever watches.
func (x *agentIndex) touch(id string) {
	if changed := x.watched[id]; changed != nil {
		close(changed)
		delete(x.watched, id)
	}
}

// WatchAgent returns a channel that is closed when the next delivery of a chat, by its id in Teams, is
// added or changed, or the next reply in a conversation, by its id in Novu, was answered.
func (s *Server) WatchAgent(id string) <-chan struct{} {
	s.agentLog.mu.Lock()
	defer s.agentLog.mu.Unlock()
	x := &s.agentLog.index
	if x.watched == nil {
		x.watched = map[string]chan struct{}{}
	}
	if x.watched[id] == nil {
		x.watched[id] = make(chan struct{})
	}
	return x.watched[id]
}

// AgentDeliveriesSince are the deliveries of one chat from the first of an activity on; none where there is
// none of it.
func (s *Server) AgentDeliveriesSince(chatID, activityID string) []AgentDelivery {
	s.agentLog.mu.Lock()
	defer s.agentLog.mu.Unlock()
	all := s.agentLog.index.deliveries[chatID]
	first := slices.IndexFunc(all, func(d *AgentDelivery) bool { return d.ActivityID == activityID })
	if first < 0 {
		return nil
	}
	some := make([]AgentDelivery, 0, len(all)-first)
	for _, d := range all[first:] {
		one := *d
		one.Attempts = slices.Clone(d.Attempts)
		some = append(some, one)
	}
	return some
}

// AgentRepliesSince are the replies in one conversation since a moment.
func (s *Server) AgentRepliesSince(conversationID string, at time.Time) []AgentReply {
	s.agentLog.mu.Lock()
	defer s.agentLog.mu.Unlock()
	all := s.agentLog.index.replies[conversationID]
	first := slices.IndexFunc(all, func(r AgentReply) bool { return !r.At.Before(at) })
	if first < 0 {
		return nil
	}
	return slices.Clone(all[first:])
}

// IntegrationBot is the client id and the tenant of an integration's credentials.
func (s *Server) IntegrationBot(identifier string) (clientID, tenantID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.integrationByIdentifier(identifier); i != nil {
		return i.credential("clientId"), i.credential("tenantId")
	}
	return "", ""
}

// AgentShown is what people see of an agent.
type AgentShown struct {
	ID         string
	Identifier string
	Name       string
	Active     bool
	Restricted bool
	BridgeURL  string
}

// AgentsShown is every agent, in the order in which they were made.
func (s *Server) AgentsShown() []AgentShown {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []AgentShown{}
	for _, a := range s.agents.rows {
		bridge, _ := a.set["bridgeUrl"].(string)
		if dev, _ := a.set["devBridgeUrl"].(string); a.devBridgeActive && dev != "" {
			bridge = dev
		}
		all = append(all, AgentShown{
			ID: a.ID, Identifier: a.Key, Name: a.name, Active: a.active, Restricted: a.behavior["subscriberAccess"] != "open", BridgeURL: bridge,
		})
	}
	return all
}
