package agent

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// Event is what happened in a conversation.
type Event string

// The events that a [Bot] can answer. Novu may know more: they are acknowledged and dropped.
const (
	EventMessage  Event = "onMessage"
	EventAction   Event = "onAction"
	EventReaction Event = "onReaction"
	EventResolve  Event = "onResolve"
)

// Delivery is one event of one conversation, as Novu handed it over. Its signature was verified. It
// can be stored as JSON and holds no key, but the texts of people: printing it shows ids only.
type Delivery struct {
	AgentIdentifier string          `json:"agentIdentifier"`
	Event           Event           `json:"event"`
	ID              string          `json:"id"`        // Novu's id of the delivery; onResolve repeats it
	Timestamp       string          `json:"timestamp"` // as Novu wrote it; it stays the same over Novu's attempts
	ConversationID  string          `json:"conversationId"`
	Body            json.RawMessage `json:"body"` // at most 64 MB unless WithMaxBodySize says otherwise
}

// Key is the same in all of Novu's attempts to deliver this event, and differs for every other event.
// [WithDeduper] gets it, and a queue can take it as the message's id.
func (d Delivery) Key() string {
	if d.ID == "" {
		sum := sha256.Sum256(d.Body)
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	return d.ID + "@" + d.Timestamp
}

// newDelivery reads as much of the body as it takes to route it.
func newDelivery(agent string, event Event, body []byte) (*Delivery, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, invalid("read delivery", "body", "must not be empty")
	}
	var fields object
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, invalid("read delivery", "body", "must be a JSON object")
	}
	d := &Delivery{
		AgentIdentifier: agent, Event: event, ID: fields.text("deliveryId"), Timestamp: fields.text("timestamp"),
		ConversationID: fields.text("conversationId"), Body: body,
	}
	if d.ConversationID == "" || fields.text("integrationIdentifier") == "" {
		return nil, invalid("read delivery", "body", "must have a conversationId and an integrationIdentifier")
	}
	return d, nil
}

// String returns ids.
func (d Delivery) String() string {
	return fmt.Sprintf("agent.Delivery(%s of %s in %s)", d.Event, d.AgentIdentifier, d.ConversationID)
}

// Format prints what String returns, whatever the verb.
func (d Delivery) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// LogValue returns ids.
func (d Delivery) LogValue() slog.Value { return slog.StringValue(d.String()) }
