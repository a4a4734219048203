package emulator

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// Message types.
const (
	TypeChannel = "ms_teams_channel" // posted by the bot into a channel
	TypeUser    = "ms_teams_user"    // posted by the bot into a person's chat
	TypeWebhook = "webhook"          // posted through a Workflows webhook
)

// Origin is what Novu knows of a message or a failure. It is empty where
// somebody else sent the message.
type Origin struct {
	TransactionID      string
	WorkflowID         string
	SubscriberID       string
	EndpointIdentifier string
}

// Message is what landed in Microsoft Teams.
type Message struct {
	Origin
	ID         string
	Type       string
	TenantID   string
	TeamID     string
	ChannelID  string
	UserID     string
	WebhookURL string // a credential
	Text       string
	Card       json.RawMessage
	At         time.Time
}

// Failure is what did not land, with the reason.
type Failure struct {
	Origin
	Reason string
	At     time.Time
	RunID  string // of the Workflows flow whose run failed
}

// Inbox keeps what landed in Microsoft Teams, and what did not. Its lock is the
// last in the order: Novu, Microsoft, inbox.
type Inbox struct {
	clock    *Clock
	mu       sync.Mutex
	messages []Message
	failures []Failure
}

// Land records a message and returns its id.
func (b *Inbox) Land(m Message) string {
	m.At = b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	return m.ID
}

// Change changes the text and card of the message with this id, and tells
// whether there is one.
func (b *Inbox) Change(id, text string, card json.RawMessage) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.messages {
		if b.messages[i].ID == id {
			b.messages[i].Text, b.messages[i].Card = text, card
			return true
		}
	}
	return false
}

// Remove removes the message with this id, and tells whether there was one.
func (b *Inbox) Remove(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.messages)
	b.messages = slices.DeleteFunc(b.messages, func(m Message) bool { return m.ID == id })
	return len(b.messages) < before
}

// Fail records a failure.
func (b *Inbox) Fail(f Failure) {
	f.At = b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures = append(b.failures, f)
}

// Attribute writes the origin on the message, or on the failed run, with this id.
func (b *Inbox) Attribute(id string, from Origin) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.messages {
		if b.messages[i].ID == id {
			b.messages[i].Origin = from
		}
	}
	for i := range b.failures {
		if b.failures[i].RunID == id {
			b.failures[i].Origin = from
		}
	}
}

// Messages returns what landed so far, in order.
func (b *Inbox) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.messages)
}

// Failures returns what did not land so far, in order.
func (b *Inbox) Failures() []Failure {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.failures)
}
