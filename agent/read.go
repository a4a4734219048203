package agent

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/novu-go/novu"
)

// Entry is one line of a conversation's history. It has no id.
type Entry struct {
	Role        string // "subscriber", "platform_user" (somebody whom Novu does not recognize), "agent" or "system"
	Type        string // "message", "edit", "delete", "signal", "tool_approval_request", "tool_approval_decision", "tool_result"
	Content     string // of a card its text, else its title, else "[Card]"
	SenderName  string // empty for Novu's own texts
	RichContent *RichContent
	Signal      *Signal
	Tool        *Tool
	CreatedAt   time.Time
}

// RichContent is what a message held beyond plain text.
type RichContent struct {
	Markdown    string
	Card        json.RawMessage
	Files       []File // inline ones with all their data, again and again
	Attachments []Attachment
}

// Signal is a change that the agent made.
type Signal struct {
	Type    string // "metadata", "trigger" or "resolve"
	Payload any    // of metadata: all of it after the change
}

// Tool is a tool call in the history.
type Tool struct {
	ApprovalID string
	CallID     string
	Name       string
	Input      any
	Output     any
	Approved   *bool
}

// known lists the fields that Turn has a place for, or no use of.
var known = []string{
	"version", "timestamp", "deliveryId", "event", "agentId", "replyUrl", "eventsUrl", "conversationId", "integrationIdentifier", "platform",
	"message", "action", "reaction", "conversation", "subscriber", "subscriberAccess", "context", "history", "platformContext",
	"notification", "humanResponse",
}

// newTurn reads a delivery. An odd field is as good as none.
func newTurn(client *novu.Client, d *Delivery, files fileFetcher) *Turn {
	body := parseObject(d.Body)
	platform := body.object("platformContext")
	t := &Turn{
		AgentIdentifier: d.AgentIdentifier, Event: d.Event, DeliveryID: d.ID, ConversationID: d.ConversationID,
		IntegrationIdentifier: body.text("integrationIdentifier"), Platform: body.text("platform"), Timestamp: body.time("timestamp"),
		Subscriber: readSubscriber(body.raw("subscriber")), Restricted: body.text("subscriberAccess") == string(novu.AccessRestricted),
		Context: readContext(body.object("context")), Conversation: readConversation(body.object("conversation")),
		ThreadID: platform.text("threadId"), ChannelID: platform.text("channelId"), DM: read[bool](platform, "isDM"),
		Activity: platform.raw("message"), Raw: d.Body, Extra: maps.Clone(body), files: files,
		Notification: readNotification(body.raw("notification")), HumanResponse: readHumanResponse(body.raw("humanResponse")),
	}
	maps.DeleteFunc(t.Extra, func(name string, _ json.RawMessage) bool { return slices.Contains(known, name) })
	body.each("history", func(e object) { t.History = append(t.History, readEntry(e)) })
	switch t.Event {
	case EventMessage:
		t.message = readMessage(body.object("message"))
	case EventAction:
		t.click = readAction(body.object("action"))
	case EventReaction:
		t.emoji = readReaction(body.object("reaction"))
	}
	t.Sender = &Sender{
		client: client,
		ref: Ref{
			AgentIdentifier: t.AgentIdentifier, ConversationID: t.ConversationID, IntegrationIdentifier: t.IntegrationIdentifier,
		},
		queue: newQueue(body.object("conversation").object("metadata")),
	}
	return t
}

func readSubscriber(raw json.RawMessage) *novu.SubscriberProfile {
	o := parseObject(raw)
	if o.text("subscriberId") == "" {
		return nil
	}
	return &novu.SubscriberProfile{
		SubscriberID: o.text("subscriberId"), FirstName: o.text("firstName"), LastName: o.text("lastName"), Email: o.text("email"),
		Phone: o.text("phone"), Avatar: o.text("avatar"), Locale: o.text("locale"), Timezone: o.text("timezone"),
		Data: read[map[string]any](o, "data"),
	}
}

func readContext(o object) novu.ContextPayload {
	if len(o) == 0 {
		return nil
	}
	payload := make(novu.ContextPayload, len(o))
	for kind := range o {
		if value := read[novu.ContextValue](o, kind); value.ID != "" {
			payload[kind] = value
		}
	}
	return payload
}

func readConversation(o object) Conversation {
	return Conversation{
		Identifier: o.text("identifier"), Status: o.text("status"), Metadata: read[map[string]any](o, "metadata"),
		MessageCount: read[int](o, "messageCount"), CreatedAt: o.time("createdAt"), LastActivityAt: o.time("lastActivityAt"),
	}
}

func readMessage(o object) *Message {
	author := o.object("author")
	return &Message{
		Text: o.text("text"), ID: o.text("platformMessageId"), Timestamp: o.time("timestamp"),
		Author: Author{
			UserID: author.text("userId"), FullName: author.text("fullName"), UserName: author.text("userName"), Bot: read[bool](author, "isBot"),
		},
		Attachments: readAttachments(o), ReplyTo: o.object("replyTo").text("platformMessageId"),
	}
}

func readAttachments(o object) []Attachment {
	var attachments []Attachment
	o.each("attachments", func(a object) {
		attachments = append(attachments, Attachment{
			Type: a.text("type"), URL: a.text("url"), Name: a.text("name"), MIMEType: a.text("mimeType"), Size: read[int64](a, "size"),
		})
	})
	return attachments
}

func readEntry(o object) Entry {
	e := Entry{
		Role: o.text("role"), Type: o.text("type"), Content: o.text("content"), SenderName: o.text("senderName"), CreatedAt: o.time("createdAt"),
	}
	if rich := o.object("richContent"); rich != nil {
		e.RichContent = &RichContent{Markdown: rich.text("markdown"), Card: rich.raw("card"), Attachments: readAttachments(rich)}
		rich.each("files", func(f object) {
			e.RichContent.Files = append(e.RichContent.Files, File{
				Name: f.text("filename"), MIMEType: f.text("mimeType"), Data: read[[]byte](f, "data"), URL: f.text("url"),
			})
		})
	}
	if signal := o.object("signalData"); signal != nil {
		e.Signal = &Signal{Type: signal.text("type"), Payload: read[any](signal, "payload")}
	}
	if tool := o.object("toolData"); tool != nil {
		e.Tool = &Tool{
			ApprovalID: tool.text("approvalId"), CallID: tool.text("toolCallId"), Name: tool.text("toolName"),
			Input: read[any](tool, "input"), Output: read[any](tool, "output"), Approved: read[*bool](tool, "approved"),
		}
	}
	return e
}

func readNotification(raw json.RawMessage) *Notification {
	o := parseObject(raw)
	if o == nil {
		return nil
	}
	return &Notification{
		ID: o.text("id"), WorkflowID: o.text("workflowId"), MessageID: o.text("messageId"), PlatformMessageID: o.text("platformMessageId"),
		SentAt: o.time("sentAt"), Body: o.text("body"), Payload: read[any](o, "payload"),
	}
}

func readHumanResponse(raw json.RawMessage) *HumanResponse {
	o := parseObject(raw)
	if o == nil {
		return nil
	}
	return &HumanResponse{
		RequestID: o.text("requestId"), InteractionID: o.text("interactionId"), Kind: o.text("kind"), Status: o.text("status"),
		Expired: read[bool](o, "expired"), Text: o.text("text"), OptionID: o.text("optionId"), RespondedBy: o.text("respondedBy"),
		RespondedBySubscriberID: o.text("respondedBySubscriberId"),
	}
}

// readAction reads a click. Servers of April 2026 wrote actionId.
func readAction(o object) *Action {
	return &Action{ID: cmp.Or(o.text("id"), o.text("actionId")), Value: o.text("value"), SourceMessageID: o.text("sourceMessageId")}
}

func readReaction(o object) *Reaction {
	return &Reaction{MessageID: o.text("messageId"), Emoji: o.object("emoji").text("name"), Added: read[bool](o, "added")}
}

// resolution finds the summary of the last resolve.
func (t *Turn) resolution() *Resolution {
	for _, e := range slices.Backward(t.History) {
		if e.Signal == nil || e.Signal.Type != "resolve" {
			continue
		}
		payload, _ := e.Signal.Payload.(map[string]any)
		summary, _ := payload["summary"].(string)
		return &Resolution{Summary: summary}
	}
	return &Resolution{}
}
