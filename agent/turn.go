package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/novu-go/novu"
)

// Turn is one event of a conversation, with what a [Bot] can do about it.
//
// The methods that take a context send at once: Reply, Edit, Delete, Typing and RequestApproval, from
// the embedded [Sender]. The others queue: SetMetadata, DeleteMetadata, ClearMetadata, Trigger and
// Resolve take effect with the next Reply, or at the end of the turn. If the Reply fails, Novu does not
// carry them out, and they wait for the end. They are checked at once; an error that you ignore fails
// the turn.
//
// All methods are safe for concurrent use. After the turn they return ErrTurnEnded; a goroutine that
// goes on takes Ref with it and uses [Resume].
type Turn struct {
	*Sender

	AgentIdentifier       string
	Event                 Event
	DeliveryID            string
	ConversationID        string
	IntegrationIdentifier string
	Platform              string // "teams"
	Timestamp             time.Time
	// Subscriber is who wrote or clicked, nil for somebody whom Novu does not recognize. Of a click or
	// a reaction nothing else is known.
	Subscriber *novu.SubscriberProfile
	// Restricted says that the agent is only for people whom Novu recognizes.
	Restricted   bool
	Context      novu.ContextPayload // of the subscriber's endpoint
	Conversation Conversation
	// History is the last 50 entries, oldest first, the present message included. It is a log: an edit
	// is an entry of its own.
	History   []Entry
	ThreadID  string // Novu's name of the chat or the channel's thread
	ChannelID string // the same without the thread
	DM        bool   // a chat with one person; false in every onResolve
	// Notification is the notification that the message answers. Only newer servers send it.
	Notification *Notification
	// HumanResponse is a person's answer to a question of Novu's. Only newer servers send it.
	HumanResponse *HumanResponse
	Activity      json.RawMessage            // what Teams sent to Novu; of messages only
	Raw           json.RawMessage            // what Novu sent
	Extra         map[string]json.RawMessage // fields that this package does not know

	message *Message
	click   *Action
	emoji   *Reaction
	files   fileFetcher
}

// Conversation is Novu's record of the chat.
type Conversation struct {
	Identifier     string         // "conv_…"; sends take Turn.ConversationID instead
	Status         string         // "active" even in onResolve
	Metadata       map[string]any // as it was when the event happened; Turn.Metadata sees changes
	MessageCount   int            // it lags behind by the present message
	CreatedAt      time.Time
	LastActivityAt time.Time
}

// Message is what a person wrote. Printing it shows ids only.
type Message struct {
	Text        string // plain: Markdown and HTML are gone, with the targets of links; may be empty
	ID          string // Teams' id
	Author      Author
	Timestamp   time.Time
	Attachments []Attachment // empty for Teams in 3.19; see Turn.Attachments
	ReplyTo     string       // the id of the message that this one quotes; only from newer servers
}

// Author is who wrote a message.
type Author struct {
	UserID   string // "29:…", the bot's id of the person
	FullName string
	UserName string
	Bot      bool
}

// Attachment is a file that Novu delivers.
type Attachment struct {
	Type     string // "image", "file", "video" or "audio"
	URL      string // valid for 15 minutes
	Name     string
	MIMEType string
	Size     int64
}

// Action is a click on a [Button], or a choice of a [Select].
type Action struct {
	ID              string // of the Button or Select
	Value           string
	SourceMessageID string // of the card's message; Edit and Delete take it
}

// Reaction is an emoji that somebody put on a message, or took away.
type Reaction struct {
	MessageID string // in a channel it is the thread's first message
	Emoji     string // "thumbs_up"; a name that Novu does not know is Teams' own
	Added     bool
}

// Resolution is the end of a conversation. The next message reopens it.
type Resolution struct {
	Summary string // of the last Resolve in the history
}

// Notification is an earlier message of a workflow, which a person answers.
type Notification struct {
	ID                string
	WorkflowID        string
	MessageID         string
	PlatformMessageID string
	SentAt            time.Time
	Body              string
	Payload           any
}

// HumanResponse is a person's answer.
type HumanResponse struct {
	RequestID               string
	InteractionID           string
	Kind                    string
	Status                  string
	Expired                 bool
	Text                    string
	OptionID                string
	RespondedBy             string
	RespondedBySubscriberID string
}

// Metadata reads a key of the conversation's metadata into a pointer, as it will be after the queued
// changes. It returns false if there is none.
func (t *Turn) Metadata(key string, into any) (bool, error) {
	value, ok := t.queue.metadata(key)
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal(value, into); err != nil {
		return true, &Error{Op: "read metadata", Message: fmt.Sprintf("%q can't be read", key), kind: ErrInvalidParams, cause: err}
	}
	return true, nil
}

// SetMetadata queues a change of the conversation's metadata. A key is 1 to 128 letters and digits,
// with single "-", "_" or ":" inside. A value is anything that JSON can hold. All metadata of a
// conversation take at most 64 KB.
func (t *Turn) SetMetadata(key string, value any) error { return t.queue.set(key, value) }

// DeleteMetadata queues the removal of a key.
func (t *Turn) DeleteMetadata(key string) error { return t.queue.remove(key) }

// ClearMetadata queues the removal of all keys.
func (t *Turn) ClearMetadata() error { return t.queue.clear() }

// TriggerParams describes a workflow to run.
type TriggerParams struct {
	WorkflowID string          // required; an unknown one goes unnoticed
	To         novu.Recipients // nil: the conversation's subscriber
	Payload    map[string]any
}

// Trigger queues a run of a workflow.
func (t *Turn) Trigger(params TriggerParams) error { return t.queue.trigger(params) }

// Resolve queues the end of the conversation. A second Resolve replaces the first.
func (t *Turn) Resolve(summary string) error { return t.queue.resolve(summary) }

// LinkSubscriber makes Novu recognize the writer of a message as a subscriber, from the next message
// on. The subscriber must exist. It works in [Bot].OnMessage only, since clicks don't say who clicked.
// Linking twice is the same as once. Novu's link-user URL does not help here: it stores an id that
// messages do not match.
//
// API: POST /v1/channel-endpoints
func (t *Turn) LinkSubscriber(ctx context.Context, subscriberID string) error {
	const op = "link subscriber"
	if err := t.queue.alive(op); err != nil {
		return err
	}
	if t.message == nil || t.message.Author.UserID == "" {
		return invalid(op, "turn", "must be a message's: nothing else says who wrote")
	}
	endpoint := novu.MSTeamsUserEndpoint{UserID: t.message.Author.UserID, TenantID: t.tenant()}
	_, err := t.client.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
		Identifier:            endpointIdentifier(t.IntegrationIdentifier, subscriberID, endpoint.UserID),
		IntegrationIdentifier: t.IntegrationIdentifier, SubscriberID: subscriberID, Endpoint: endpoint,
	})
	if err != nil && !isConflict(err) {
		return &Error{Op: op, cause: err}
	}
	return nil
}

// tenant returns the tenant that the message came from, empty if Teams does not say.
func (t *Turn) tenant() string {
	activity := parseObject(t.Activity)
	if id := activity.object("conversation").text("tenantId"); id != "" {
		return id
	}
	return activity.object("channelData").object("tenant").text("id")
}

// String returns ids.
func (t Turn) String() string {
	return fmt.Sprintf("agent.Turn(%s of %s in %s)", t.Event, t.AgentIdentifier, t.ConversationID)
}

// Format prints what String returns, whatever the verb.
func (t Turn) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue returns ids.
func (t Turn) LogValue() slog.Value { return slog.StringValue(t.String()) }

// String returns ids.
func (m Message) String() string { return fmt.Sprintf("agent.Message(%s)", m.ID) }

// Format prints what String returns, whatever the verb.
func (m Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.String()) }

// LogValue returns ids.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.String()) }
