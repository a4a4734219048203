package novu

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// Events of bridges.
const (
	onMessage  = "onMessage"
	onAction   = "onAction"
	onReaction = "onReaction"
	onResolve  = "onResolve"
)

// payload is the body of a bridge request, in the order of the real one.
type payload struct {
	Version               int                `json:"version"`
	Timestamp             stamp              `json:"timestamp"`
	DeliveryID            string             `json:"deliveryId"`
	Event                 string             `json:"event"`
	AgentID               string             `json:"agentId"`
	ReplyURL              string             `json:"replyUrl"`
	ConversationID        string             `json:"conversationId"`
	IntegrationIdentifier string             `json:"integrationIdentifier"`
	Message               *payloadMessage    `json:"message"`
	Conversation          conversationState  `json:"conversation"`
	Subscriber            *subscriberProfile `json:"subscriber"`
	SubscriberAccess      string             `json:"subscriberAccess"`
	Context               members            `json:"context"`
	History               []json.RawMessage  `json:"history"`
	Platform              string             `json:"platform"`
	PlatformContext       platformContext    `json:"platformContext"`
	Action                *payloadAction     `json:"action"`
	Reaction              *payloadReaction   `json:"reaction"`
	EventsURL             string             `json:"eventsUrl,omitempty"`
}

type payloadMessage struct {
	Text              string        `json:"text"`
	PlatformMessageID string        `json:"platformMessageId"`
	Author            payloadAuthor `json:"author"`
	Timestamp         stamp         `json:"timestamp"`
	Attachments       *[]struct{}   `json:"attachments,omitempty"` // of Teams nothing is passed on
}

type payloadAuthor struct {
	UserID   string `json:"userId"`
	FullName string `json:"fullName"`
	UserName string `json:"userName"`
	IsBot    bool   `json:"isBot"`
}

type platformContext struct {
	ThreadID  string          `json:"threadId"`
	ChannelID string          `json:"channelId"`
	IsDM      bool            `json:"isDM"`
	Message   json.RawMessage `json:"message,omitempty"`
}

type payloadAction struct {
	ID              string  `json:"id"`
	Value           *string `json:"value,omitempty"`
	SourceMessageID string  `json:"sourceMessageId"`
}

type payloadReaction struct {
	MessageID string       `json:"messageId"`
	Emoji     payloadEmoji `json:"emoji"`
	Added     bool         `json:"added"`
	Message   any          `json:"message"`
}

type payloadEmoji struct {
	Name string `json:"name"`
}

// newPayload is what all events have in common. The caller holds the lock.
func (s *Server) newPayload(event string, a agentInUse, c *conversation, state conversationState, who known, now time.Time) payload {
	p := payload{
		Version: 1, Timestamp: stamp(c.nextEventAt(now)), Event: event, AgentID: a.identifier,
		ReplyURL:       s.host.URL + "/v1/agents/" + url.PathEscape(a.identifier) + "/reply",
		ConversationID: c.ID, IntegrationIdentifier: c.integration, Conversation: state, Subscriber: who.subscriber, SubscriberAccess: "open",
		Context: who.contexts, History: c.recent(), Platform: "teams",
		PlatformContext: platformContext{ThreadID: c.thread.threadID, ChannelID: c.channelID, IsDM: c.direct},
	}
	if p.History == nil {
		p.History = []json.RawMessage{}
	}
	if a.restricted {
		p.SubscriberAccess = "restricted"
	}
	if s.config.AgentEvents {
		p.EventsURL = s.host.URL + eventsPattern
	}
	return p
}

// nextEventAt is now in milliseconds, or later: a bridge tells two clicks on a button apart by their times only. The
// caller holds the lock.
func (c *conversation) nextEventAt(now time.Time) time.Time {
	at := now.Truncate(time.Millisecond)
	if !at.After(c.lastEvent) {
		at = c.lastEvent.Add(time.Millisecond)
	}
	c.lastEvent = at
	return at
}

// bridgeAddress is where an event goes. Its three parameters take the place of the bridge's own ones of these names.
func bridgeAddress(bridge, agent, event string) string {
	address, _, _ := strings.Cut(bridge, "#")
	path, query, _ := strings.Cut(address, "?")
	var pairs []string
	if query != "" {
		pairs = strings.Split(query, "&")
	}
	for _, p := range [][2]string{{"action", "agent-event"}, {"agentId", agent}, {"event", event}} {
		pairs = withParameter(pairs, p[0], p[1])
	}
	return path + "?" + strings.Join(pairs, "&")
}

// withParameter sets a parameter where the first one of its name stands, or at the end.
func withParameter(pairs []string, name, value string) []string {
	set := []string{}
	placed := false
	for _, pair := range pairs {
		own, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(own); err != nil || decoded != name {
			set = append(set, pair)
		} else if !placed {
			set, placed = append(set, name+"="+url.QueryEscape(value)), true
		}
	}
	if !placed {
		set = append(set, name+"="+url.QueryEscape(value))
	}
	return set
}

// encoded is the body as it is signed and sent.
func (p payload) encoded() []byte { return emulator.Encode(p) }
