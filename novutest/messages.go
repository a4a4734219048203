package novutest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

var errClosed = errors.New("novutest: the server is closed")

// Message types.
const (
	TypeChannel = "ms_teams_channel" // posted by the bot into a channel
	TypeUser    = "ms_teams_user"    // posted by the bot into a person's chat
	TypeWebhook = "webhook"          // posted through a Workflows webhook
)

// Message is what landed in Microsoft Teams. The fields from TransactionID to
// EndpointIdentifier are empty where it was not Novu that sent it.
type Message struct {
	ID                 string `json:"id"`
	Type               string `json:"type"`
	TransactionID      string `json:"transactionId,omitempty"`
	WorkflowID         string `json:"workflowId,omitempty"`
	SubscriberID       string `json:"subscriberId,omitempty"`
	EndpointIdentifier string `json:"endpointIdentifier,omitempty"`
	TenantID           string `json:"tenantId,omitempty"`
	TeamID             string `json:"teamId,omitempty"`
	ChannelID          string `json:"channelId,omitempty"`
	UserID             string `json:"userId,omitempty"`
	// WebhookURL is a credential: it prints and marshals redacted,
	// string(m.WebhookURL) is the whole.
	WebhookURL WebhookURL `json:"webhookUrl,omitempty"`
	// Text is the message's text: an activity's, or what the text blocks of the
	// card say, one a line.
	Text string `json:"text"`
	// Card is the Adaptive Card as it was posted.
	Card json.RawMessage `json:"card,omitempty"`
	At   time.Time       `json:"at"`
}

// Failure is what did not land, with the reason in Novu's words, or in
// Microsoft's where it was they who refused.
type Failure struct {
	TransactionID      string `json:"transactionId,omitempty"`
	WorkflowID         string `json:"workflowId,omitempty"`
	SubscriberID       string `json:"subscriberId,omitempty"`
	EndpointIdentifier string `json:"endpointIdentifier,omitempty"`
	// Reason starts with Novu's code where it has one:
	// MSTEAMS_BOT_NOT_INSTALLED, MSTEAMS_CHANNEL_NOT_FOUND, …. It is empty
	// where the real server fails without giving any.
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`

	runID string // of the flow whose run failed
}

// WebhookURL is a webhook's address, whose signature lets anybody post to it.
type WebhookURL string

// Format prints the address without its credential, whatever the verb.
func (u WebhookURL) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redactURL(string(u)))) }

// MarshalText writes the address without its credential.
func (u WebhookURL) MarshalText() ([]byte, error) { return []byte(redactURL(string(u))), nil }

// Messages is what landed so far, in order. Triggers that wait are not among
// it: call [Server.Settle] first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.state.messages)
}

// Failures is what did not land so far, in order.
func (s *Server) Failures() []Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.state.failures)
}

// land records a message. The caller holds the lock.
func (s *Server) land(m Message) string {
	m.At = s.clock.now()
	s.state.messages = append(s.state.messages, m)
	return m.ID
}

// attribute writes onto a message, or onto a failed run, what Novu knows of it.
func (s *Server) attribute(id string, from Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.state.messages {
		if m := &s.state.messages[i]; m.ID == id {
			m.TransactionID, m.WorkflowID, m.SubscriberID, m.EndpointIdentifier = from.TransactionID, from.WorkflowID, from.SubscriberID, from.EndpointIdentifier
		}
	}
	for i := range s.state.failures {
		if f := &s.state.failures[i]; f.runID == id {
			f.TransactionID, f.WorkflowID, f.SubscriberID, f.EndpointIdentifier = from.TransactionID, from.WorkflowID, from.SubscriberID, from.EndpointIdentifier
		}
	}
}

func (s *Server) fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failLocked(f)
}

func (s *Server) failLocked(f Failure) {
	f.At = s.clock.now()
	s.state.failures = append(s.state.failures, f)
}
