package novu

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// What became of something that Teams posted to an agent's webhook, or of a resolve.
const (
	OutcomeInProgress   = "in progress"  // not answered yet, or another attempt follows
	OutcomeAcknowledged = "acknowledged" // the bridge answered 2xx
	OutcomeOffline      = "offline"      // every attempt failed; the person was told
	OutcomeNoBridge     = "no bridge"    // the agent has no bridge
	OutcomeRestricted   = "restricted"   // the writer is unknown, and the agent answers known people only
	OutcomeDropped      = "dropped"      // another message of the thread was being handed over
	OutcomeDuplicate    = "duplicate"    // the activity's id had been seen
	OutcomeNotHeard     = "not heard"    // the agent does not listen to it
	OutcomeRefused      = "refused"      // the webhook refused the request
)

// AgentConversation is a thread in Teams as one agent knows it.
type AgentConversation struct {
	ID                    string // what replies want
	Identifier            string // conv_…
	AgentIdentifier       string
	IntegrationIdentifier string
	ThreadID              string // teams:…
	ChatID                string // the conversation's id in Teams, with ;messageid= in a channel
	UserID                string // 29:… of who wrote last
	UserName              string
	SubscriberID          string // of who wrote last; empty for nobody known
	Status                string // active or resolved
	Metadata              json.RawMessage
	MessageCount          int
	History               []json.RawMessage
	CreatedAt             time.Time
	LastActivityAt        time.Time
}

// AgentDelivery is one event on its way to a bridge, or what kept it from getting there.
type AgentDelivery struct {
	At                    time.Time
	Event                 string // onMessage, onAction, onReaction or onResolve; else the activity's type
	AgentIdentifier       string
	IntegrationIdentifier string
	ActivityID            string
	ChatID                string
	From                  string // 29:…
	Text                  string // of a message; the id of an action; the name of a reaction
	ConversationID        string // where one was found or made
	DeliveryID            string
	Bridge                string // without its query
	Body                  json.RawMessage
	Attempts              []AgentAttempt
	Outcome               string
	Reason                string // for people
}

// AgentAttempt is one request to a bridge.
type AgentAttempt struct {
	At     time.Time
	Took   time.Duration // on the emulator's clock
	Status int           // 0 where there was no answer
	Error  string        // why the attempt failed; empty where it did not
}

// AgentReply is a call of the reply route.
type AgentReply struct {
	At              time.Time
	AgentIdentifier string
	ConversationID  string
	Body            json.RawMessage
	Status          int
	Message         string // of an error
	MessageID       string // of what landed in Teams
}

// agentLog keeps what people look at. Its lock is held for moments only.
type agentLog struct {
	mu         sync.Mutex
	deliveries []*AgentDelivery
	replies    []AgentReply
	index      agentIndex
}

// add keeps a delivery that is changed by change only.
func (l *agentLog) add(d AgentDelivery) *AgentDelivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := &d
	l.deliveries = append(l.deliveries, kept)
	l.index.delivered(kept)
	return kept
}

func (l *agentLog) change(d *AgentDelivery, change func(d *AgentDelivery)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(d)
	l.index.touch(d.ChatID)
}

func (l *agentLog) addReply(r AgentReply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.replies = append(l.replies, r)
	l.index.replied(r)
}

// end notes what became of a delivery.
func (s *Server) end(d *AgentDelivery, outcome, reason string) {
	s.agentLog.change(d, func(d *AgentDelivery) { d.Outcome, d.Reason = outcome, reason })
	s.host.Feed.Changed()
}

// AgentDeliveries is everything that Teams posted to agents' webhooks, and every resolve, in the order
// in which they came.
func (s *Server) AgentDeliveries() []AgentDelivery {
	s.agentLog.mu.Lock()
	defer s.agentLog.mu.Unlock()
	all := make([]AgentDelivery, 0, len(s.agentLog.deliveries))
	for _, d := range s.agentLog.deliveries {
		one := *d
		one.Attempts = slices.Clone(d.Attempts)
		all = append(all, one)
	}
	return all
}

// AgentReplies is every call of the reply route, in the order in which they were answered.
func (s *Server) AgentReplies() []AgentReply {
	s.agentLog.mu.Lock()
	defer s.agentLog.mu.Unlock()
	return slices.Clone(s.agentLog.replies)
}
