package novu

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// States of a conversation.
const (
	conversationActive   = "active"
	conversationResolved = "resolved"
)

// conversation is a thread as one agent knows it on one integration.
type conversation struct {
	meta
	identifier   string
	thread       threadKey
	integration  string // identifier
	channelID    string
	chatID       string // in Teams, with ;messageid= in a channel
	tenantID     string
	direct       bool
	status       string
	metadata     members
	messageCount int
	lastActivity time.Time
	lastEvent    time.Time // of the last delivery
	history      []json.RawMessage
	approvals    []*approval
	participant  author // who wrote or clicked last

	ownIDs map[string]string // of messages that were posted by events, to Teams' ids
	plan   *agentPlan        // what a run shows of its tools
}

// conversationState is what a delivery says of its conversation. It lags behind: it is read before what it reports
// is stored.
type conversationState struct {
	Identifier     string  `json:"identifier"`
	Status         string  `json:"status"`
	Metadata       members `json:"metadata"`
	MessageCount   int     `json:"messageCount"`
	CreatedAt      stamp   `json:"createdAt"`
	LastActivityAt stamp   `json:"lastActivityAt"`
}

func (c *conversation) state() conversationState {
	return conversationState{
		Identifier: c.identifier, Status: c.status, Metadata: append(members{}, c.metadata...), MessageCount: c.messageCount,
		CreatedAt: stamp(c.CreatedAt), LastActivityAt: stamp(c.lastActivity),
	}
}

// conversationOf is the conversation of what came in, which is made where there is none. The caller holds the lock.
func (s *Server) conversationOf(in *incoming) *conversation {
	key := in.threadKey()
	c := s.conversationByThread[key]
	if c == nil {
		now := s.host.Clock.Now()
		id := s.ids.Next(now)
		c = &conversation{
			meta: meta{ID: id, Key: id, CreatedAt: now, UpdatedAt: now}, identifier: "conv_" + emulator.RandomID(12, emulator.Base36),
			thread: key, integration: in.integration.Identifier, channelID: in.activity.channelID(), chatID: in.activity.Conversation.ID,
			tenantID: in.activity.Conversation.TenantID, direct: in.activity.isDirect(), status: conversationActive, lastActivity: now,
		}
		s.conversationByThread[key] = c
		s.conversations.add(c)
	}
	c.participant = in.activity.author()
	return c
}

// known is who wrote, as far as Novu knows: nobody, or a subscriber, and the contexts that come with it.
type known struct {
	subscriber *subscriberProfile
	contexts   members // type → {id, data}; nil for none
}

func (k known) role() string {
	if k.subscriber == nil {
		return rolePlatformUser
	}
	return roleSubscriber
}

// subscriberProfile is a subscriber as bridges get to know it.
type subscriberProfile struct {
	SubscriberID string `json:"subscriberId"`
	FirstName    any    `json:"firstName,omitempty"`
	LastName     any    `json:"lastName,omitempty"`
	Email        any    `json:"email,omitempty"`
	Phone        any    `json:"phone,omitempty"`
	Avatar       any    `json:"avatar,omitempty"`
	Locale       any    `json:"locale,omitempty"`
	Data         any    `json:"data,omitempty"`
}

// identify finds out who wrote: the subscriber of an ms_teams_user endpoint of the integration with that very id. An
// endpoint with an Entra object id, as the sign-in makes it, does not count. The caller holds the lock.
func (s *Server) identify(userID, integration, tenantID string) known {
	ep, has := s.endpoints.find(func(ep *endpoint) bool {
		return ep.typ == msTeamsUser && ep.integration == integration && ep.endpoint["userId"] == userID && userID != ""
	})
	if !has {
		return known{contexts: s.contextsOf(s.connectionContexts(integration, tenantID))}
	}
	keys := ep.contextKeys
	if len(keys) == 0 {
		keys = s.connectionContexts(integration, tenantID)
	}
	who := known{contexts: s.contextsOf(keys)}
	if r, has := s.subscribers.get(ep.subscriberID); has {
		p := r.profile
		who.subscriber = &subscriberProfile{
			SubscriberID: r.Key, FirstName: p["firstName"], LastName: p["lastName"], Email: p["email"], Phone: p["phone"], Avatar: p["avatar"],
			Locale: p["locale"], Data: p["data"],
		}
	}
	return who
}

// connectionContexts are the contexts of the connection by which the tenant is connected with the integration.
func (s *Server) connectionContexts(integration, tenantID string) []string {
	r, _ := s.connections.find(func(r *connection) bool {
		return r.integration == integration && tenantID != "" && r.workspace["id"] == tenantID
	})
	if r == nil {
		return nil
	}
	return r.contextKeys
}

func (s *Server) contextsOf(keys []string) members {
	var all members
	for _, key := range keys {
		if r, has := s.contexts.get(key); has {
			value := members{{name: "id", value: emulator.Encode(r.id)}, {name: "data", value: emulator.Encode(r.data)}}
			all = append(all, member{name: r.typ, value: emulator.Encode(value)})
		}
	}
	return all
}

// AgentConversations is every conversation, in the order in which they began.
func (s *Server) AgentConversations() []AgentConversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]AgentConversation, 0, len(s.conversations.rows))
	for _, c := range s.conversations.rows {
		one := AgentConversation{
			ID: c.ID, Identifier: c.identifier, IntegrationIdentifier: c.integration, ThreadID: c.thread.threadID, ChatID: c.chatID,
			UserID: c.participant.userID, UserName: c.participant.name, Status: c.status, Metadata: emulator.Encode(append(members{}, c.metadata...)),
			MessageCount: c.messageCount, History: slices.Clone(c.history), CreatedAt: c.CreatedAt, LastActivityAt: c.lastActivity,
		}
		if a, has := s.agentByID(c.thread.agentID); has {
			one.AgentIdentifier = a.Key
		}
		if who := s.identify(c.participant.userID, c.integration, c.tenantID); who.subscriber != nil {
			one.SubscriberID = who.subscriber.SubscriberID
		}
		all = append(all, one)
	}
	return all
}

func (s *Server) agentByID(id string) (*agent, bool) {
	return s.agents.find(func(a *agent) bool { return strings.EqualFold(a.ID, id) })
}
