package novu

import (
	"context"
	"time"
)

// MessagesService lists messages: what was handed to providers.
type MessagesService struct{ client *Client }

// Message is what was handed to a provider for one subscriber.
type Message struct {
	ID             string        `json:"_id"`
	TransactionID  string        `json:"transactionId"`
	NotificationID string        `json:"_notificationId"`
	JobID          string        `json:"_jobId"`        // the step's, as in Notification.Jobs
	TemplateID     string        `json:"_templateId"`   // the workflow's internal id
	StepID         string        `json:"stepId"`        // the step's in the workflow; servers before mid-2026 leave it out
	SubscriberID   string        `json:"_subscriberId"` // internal
	Subscriber     Subscriber    `json:"subscriber"`
	Channel        ChannelType   `json:"channel"`
	ProviderID     ProviderID    `json:"providerId"`
	Status         MessageStatus `json:"status"`
	ErrorID        string        `json:"errorId"`   // with MessageError
	ErrorText      string        `json:"errorText"` // with MessageError; see Format
	Content        any           `json:"content"`   // text, or blocks
	Payload        any           `json:"payload"`   // the trigger's, usually a map[string]any
	Tags           []string      `json:"tags"`      // the workflow's
	Severity       string        `json:"severity"`  // the workflow's: "none", "low", "medium", "high"
	ContextKeys    []string      `json:"contextKeys"`
	CreatedAt      time.Time     `json:"createdAt"`
	UpdatedAt      time.Time     `json:"updatedAt"`
}

// MessageStatus is how handing it over went.
type MessageStatus string

// How handing a message over can have gone. If one of several endpoints of a subscriber failed, the
// status is MessageError although the others have it.
const (
	MessageSent    MessageStatus = "sent"
	MessageError   MessageStatus = "error"
	MessageWarning MessageStatus = "warning"
)

// ListMessagesParams selects messages.
type ListMessagesParams struct {
	TransactionIDs []string    `url:"transactionId,omitempty"` // what Trigger returned
	SubscriberID   string      `url:"subscriberId,omitempty"`
	Channel        ChannelType `url:"channel,omitempty"`
	ContextKeys    []string    `url:"contextKeys,omitempty"` // the exact set; nil: no filter
	Page           int         `url:"page,omitempty"`        // from 0
	Limit          int         `url:"limit,omitempty"`       // 1 to 1000; 0 is the server's 10
}

const maxMessages = 1000

// List returns one page of messages, newest first. A subscriber that does not exist is ErrNotFound.
//
// API: GET /v1/messages
func (s *MessagesService) List(ctx context.Context, params ListMessagesParams, opts ...RequestOption) (*NumberedPage[Message], error) {
	const op = "list messages"
	if err := checkParams(op, opts...).numberedPage(params.Page, params.Limit, maxMessages).contextKeys(params.ContextKeys).err(); err != nil {
		return nil, err
	}
	return numbered[Message](ctx, s.client, op, "/v1/messages", params, opts)
}
