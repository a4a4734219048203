package novu

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	notificationsRoute = "/v1/notifications"
	notificationRoute  = notificationsRoute + "/{notificationId}"
)

// NotificationsService tells what became of events: what a trigger's transaction id led to, per
// subscriber and step.
type NotificationsService struct{ client *Client }

// Notification is an event as it was carried out for one subscriber.
type Notification struct {
	ID            string            `json:"_id"`
	TransactionID string            `json:"transactionId"`
	Channels      []StepType        `json:"channels"`
	ContextKeys   []string          `json:"contextKeys"`
	Subscriber    Subscriber        `json:"subscriber"`
	Template      Workflow          `json:"template"` // of the workflow, what tells it: ID, WorkflowID and Name
	To            any               `json:"to"`       // whom the trigger named, usually a map[string]any
	Payload       any               `json:"payload"`  // the trigger's, usually a map[string]any
	Topics        []any             `json:"topics"`   // those that led to the subscriber
	Tags          []string          `json:"tags"`     // the workflow's
	Severity      string            `json:"severity"` // the workflow's: "none", "low", "medium", "high"
	Jobs          []NotificationJob `json:"jobs"`
	CreatedAt     time.Time         `json:"createdAt"`
	UpdatedAt     time.Time         `json:"updatedAt"`
}

func (n *Notification) missing() string { return missing("_id", n.ID) }

// NotificationJob is one step of a notification.
type NotificationJob struct {
	ID               string            `json:"_id"`
	Type             StepType          `json:"type"`
	Status           JobStatus         `json:"status"`
	ProviderID       ProviderID        `json:"providerId"`
	ExecutionDetails []ExecutionDetail `json:"executionDetails"` // in the order in which it happened
	UpdatedAt        time.Time         `json:"updatedAt"`
}

// JobStatus is how far a step has come.
type JobStatus string

// How far a step can have come. "completed" says that Novu handed the message over, or had nobody
// to hand it to. ExecutionDetails tell which.
const (
	JobPending   JobStatus = "pending"
	JobQueued    JobStatus = "queued"
	JobRunning   JobStatus = "running"
	JobCompleted JobStatus = "completed"
	JobFailed    JobStatus = "failed"
	JobDelayed   JobStatus = "delayed"
	JobCanceled  JobStatus = "canceled"
	JobSkipped   JobStatus = "skipped"
)

// ExecutionDetail is one thing that happened in a step.
type ExecutionDetail struct {
	ID         string          `json:"_id"`
	Status     ExecutionStatus `json:"status"`
	Detail     string          `json:"detail"` // "Message sent"
	Raw        string          `json:"raw"`    // more, often JSON; for Teams with a code such as MSTEAMS_BOT_NOT_INSTALLED; see Format
	ProviderID ProviderID      `json:"providerId"`
	CreatedAt  time.Time       `json:"createdAt"`
}

// ExecutionStatus is whether it went well.
type ExecutionStatus string

// How what happened can have gone.
const (
	ExecutionSuccess ExecutionStatus = "Success"
	ExecutionWarning ExecutionStatus = "Warning"
	ExecutionFailed  ExecutionStatus = "Failed"
	ExecutionPending ExecutionStatus = "Pending"
	ExecutionQueued  ExecutionStatus = "Queued"
)

// NumberedPage is one page of a list that goes by page numbers.
type NumberedPage[T any] struct {
	Data       []T  `json:"data"`
	Page       int  `json:"page"` // from 0
	PageSize   int  `json:"pageSize"`
	TotalCount int  `json:"totalCount"` // not from every server
	HasMore    bool `json:"hasMore"`
}

func (p *NumberedPage[T]) missing() string {
	if p.Data == nil {
		return "data"
	}
	return ""
}

// ListNotificationsParams selects notifications.
type ListNotificationsParams struct {
	TransactionID string        `url:"transactionId,omitempty"` // what Trigger returned
	SubscriberIDs []string      `url:"subscriberIds,omitempty"`
	Channels      []ChannelType `url:"channels,omitempty"`
	ContextKeys   []string      `url:"contextKeys,omitempty"` // the exact set; nil: no filter
	Page          int           `url:"page,omitempty"`        // from 0
	Limit         int           `url:"limit,omitempty"`       // 1 to 50; 0 is the server's 10
}

const maxNotifications = 50

// List returns one page of notifications, newest first. An event that is still in the queue has
// none yet.
//
// API: GET /v1/notifications
func (s *NotificationsService) List(ctx context.Context, params ListNotificationsParams, opts ...RequestOption) (*NumberedPage[Notification], error) {
	const op = "list notifications"
	if err := checkParams(op, opts...).numberedPage(params.Page, params.Limit, maxNotifications).contextKeys(params.ContextKeys).err(); err != nil {
		return nil, err
	}
	return numbered[Notification](ctx, s.client, op, notificationsRoute, params, opts)
}

func (c *checks) numberedPage(page, limit, most int) *checks {
	if page < 0 {
		c.add("Page", "must not be negative")
	}
	if limit < 0 || limit > most {
		c.add("Limit", fmt.Sprintf("must be 1 to %d, or 0 for the server's default of 10", most))
	}
	return c
}

func numbered[T any](ctx context.Context, c *Client, op, route string, params any, opts []RequestOption) (*NumberedPage[T], error) {
	out := new(NumberedPage[T])
	if err := c.list(ctx, op, route, params, decode(out), opts); err != nil {
		return nil, err
	}
	return out, nil
}

// Get returns a notification by its internal id. One that is not there is ErrNotFound.
//
// API: GET /v1/notifications/{notificationId}
func (s *NotificationsService) Get(ctx context.Context, id string, opts ...RequestOption) (*Notification, error) {
	const op = "get notification"
	if err := checkParams(op, opts...).objectID(id).err(); err != nil {
		return nil, err
	}
	return do[Notification](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: notificationRoute, Args: []string{id},
	}, opts)
}
