package novutest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// Message types.
const (
	TypeChannel = emulator.TypeChannel // posted by the bot into a channel
	TypeUser    = emulator.TypeUser    // posted by the bot into a person's chat
	TypeWebhook = emulator.TypeWebhook // posted through a Workflows webhook
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
}

// WebhookURL is a webhook's address, whose signature lets anybody post to it.
type WebhookURL string

// Format prints the address without its credential, whatever the verb.
func (u WebhookURL) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte(emulator.RedactURL(string(u))))
}

// MarshalText writes the address without its credential.
func (u WebhookURL) MarshalText() ([]byte, error) { return []byte(emulator.RedactURL(string(u))), nil }

// Messages is what landed so far, in order. Triggers that wait are not among
// it: call [Server.Settle] first.
func (s *Server) Messages() []Message {
	var messages []Message
	for _, m := range s.host.Inbox.Messages() {
		messages = append(messages, Message{
			ID: m.ID, Type: m.Type, TransactionID: m.TransactionID, WorkflowID: m.WorkflowID, SubscriberID: m.SubscriberID,
			EndpointIdentifier: m.EndpointIdentifier, TenantID: m.TenantID, TeamID: m.TeamID, ChannelID: m.ChannelID, UserID: m.UserID,
			WebhookURL: WebhookURL(m.WebhookURL), Text: m.Text, Card: m.Card, At: m.At,
		})
	}
	return messages
}

// Failures is what did not land so far, in order.
func (s *Server) Failures() []Failure {
	var failures []Failure
	for _, f := range s.host.Inbox.Failures() {
		failures = append(failures, Failure{
			TransactionID: f.TransactionID, WorkflowID: f.WorkflowID, SubscriberID: f.SubscriberID,
			EndpointIdentifier: f.EndpointIdentifier, Reason: f.Reason, At: f.At,
		})
	}
	return failures
}
