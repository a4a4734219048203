package novu

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

const triggerRoute = "/v1/events/trigger"

// EventsService triggers workflows.
type EventsService struct{ client *Client }

// TriggerParams is one notification.
type TriggerParams struct {
	WorkflowID string     // required
	To         Recipients // required
	Payload    map[string]any
	Overrides  map[string]any // do not reach Teams bots
	// TransactionID names the event, made here if empty. The server delivers an
	// id once, provided that the first was processed before the second came.
	TransactionID string
	Actor         SubscriberProfile // who caused it
	Tenant        string            // a tenant's identifier; not a context
	// Context must be that of the endpoints to be reached: the sets are compared
	// as a whole, and a trigger that matches none is accepted and sends nothing.
	Context ContextPayload
}

func (p *TriggerParams) check(c *checks) *checks {
	return c.id("WorkflowID", p.WorkflowID).recipients(p.To).event(p.TransactionID, p.Actor, p.Context)
}

func (c *checks) event(transactionID string, actor SubscriberProfile, p ContextPayload) *checks {
	return c.optionalID("TransactionID", transactionID).optionalID("Actor.SubscriberID", actor.SubscriberID).context(p)
}

type event struct {
	Name          string             `json:"name"`
	To            Recipients         `json:"to,omitempty"`
	Payload       map[string]any     `json:"payload"`
	Overrides     map[string]any     `json:"overrides,omitempty"`
	TransactionID string             `json:"transactionId"`
	Actor         *SubscriberProfile `json:"actor,omitempty"`
	Tenant        string             `json:"tenant,omitempty"`
	Context       ContextPayload     `json:"context,omitempty"`
}

// wire fills in what the caller left open: the n-th of a call's events needs a
// transaction id of its own, and a bulk trigger fails without a payload.
func (p *TriggerParams) wire(n int, opts []RequestOption) event {
	e := event{p.WorkflowID, p.To, p.Payload, p.Overrides, p.TransactionID, nil, p.Tenant, p.Context}
	if e.TransactionID == "" {
		e.TransactionID = makeNthID("txn_", n, opts)
	}
	if e.Payload == nil {
		e.Payload = map[string]any{}
	}
	if p.Actor.SubscriberID != "" {
		e.Actor = &p.Actor
	}
	return e
}

// TriggerStatus is what the server did with an event.
type TriggerStatus string

// What became of an event. Only StatusProcessed leads to a notification.
const (
	StatusProcessed           TriggerStatus = "processed"
	StatusTriggerNotActive    TriggerStatus = "trigger_not_active"
	StatusNoTenantFound       TriggerStatus = "no_tenant_found"
	StatusNoActiveSteps       TriggerStatus = "no_workflow_active_steps_defined"
	StatusNoSteps             TriggerStatus = "no_workflow_steps_defined"
	StatusInvalidRecipients   TriggerStatus = "invalid_recipients"
	StatusSubscriberIDMissing TriggerStatus = "subscriber_id_missing"
	StatusTriggerError        TriggerStatus = "error"
)

// TriggerResult is the server's receipt for an event. It says that the event
// was accepted, not that anything was delivered: deliveries happen later, and a
// bad recipient or endpoint shows only in Novu's activity feed.
type TriggerResult struct {
	Acknowledged     bool          `json:"acknowledged"`
	Status           TriggerStatus `json:"status"`
	TransactionID    string        `json:"transactionId"`
	Errors           []string      `json:"error"` // with StatusTriggerError
	ActivityFeedLink string        `json:"activityFeedLink"`

	err error // of the request that carried it, in a bulk
}

// Err is why this event of a bulk leads to no notification: a *TriggerError, or
// the error of the request that carried it. It is nil for one that was
// processed.
func (r TriggerResult) Err() error {
	if r.err != nil {
		return r.err
	}
	if r.Status != StatusProcessed {
		return &TriggerError{Result: r}
	}
	return nil
}

// TriggerError is an event that the server acknowledged and will not process.
// Where the reason is that the workflow does not exist it is ErrNotFound, else
// ErrValidation.
type TriggerError struct{ Result TriggerResult }

// Error says what the status means.
func (e *TriggerError) Error() string {
	text := fmt.Sprintf("novu: the event was acknowledged but not processed: %s", e.Result.Status)
	if len(e.Result.Errors) > 0 {
		text += ": " + strings.Join(e.Result.Errors, "; ")
	}
	if remedy := triggerRemedies[e.Result.Status]; remedy != "" {
		text += "; " + remedy
	}
	return text + " (transaction " + e.Result.TransactionID + ")"
}

var triggerRemedies = map[TriggerStatus]string{
	StatusTriggerNotActive:  "activate the workflow",
	StatusNoTenantFound:     "create the tenant, or leave Tenant empty: a customer's tenant is a Context",
	StatusNoActiveSteps:     "activate one of the workflow's steps",
	StatusNoSteps:           "give the workflow a chat step",
	StatusInvalidRecipients: "check To",
}

const workflowNotFound = "workflow_not_found"

// Unwrap returns ErrNotFound or ErrValidation.
func (e *TriggerError) Unwrap() error {
	if slices.Contains(e.Result.Errors, workflowNotFound) {
		return ErrNotFound
	}
	return ErrValidation
}

// Trigger runs a workflow for its recipients. A status other than processed is
// a *TriggerError. It is retried under one transaction id, at least a second
// after an attempt that may have been accepted: the server suppresses a
// transaction id once it has processed it, so that the notification is sent at
// most once, given that second.
func (s *EventsService) Trigger(ctx context.Context, params TriggerParams, opts ...RequestOption) (*TriggerResult, error) {
	checks := checkParams("trigger event")
	if err := params.check(checks).err(); err != nil {
		return nil, err
	}
	return s.trigger(ctx, checks.Op, triggerRoute, params.wire(0, opts), opts)
}

func (s *EventsService) trigger(ctx context.Context, op, route string, body event, opts []RequestOption) (*TriggerResult, error) {
	result, err := do[TriggerResult](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Trigger, Method: http.MethodPost, Route: route, Body: body,
	}, opts)
	if err != nil {
		return nil, err
	}
	if result.TransactionID == "" {
		result.TransactionID = body.TransactionID
	}
	if err := result.Err(); err != nil {
		return nil, err
	}
	return result, nil
}

// BroadcastParams is a notification to every subscriber of the environment.
type BroadcastParams struct {
	WorkflowID    string // required
	Payload       map[string]any
	Overrides     map[string]any
	TransactionID string // made here if empty
	Actor         SubscriberProfile
	Tenant        string
	Context       ContextPayload
}

// Broadcast runs a workflow for every subscriber of the environment. Its errors
// and retries are those of Trigger.
func (s *EventsService) Broadcast(ctx context.Context, params BroadcastParams, opts ...RequestOption) (*TriggerResult, error) {
	checks := checkParams("broadcast event").id("WorkflowID", params.WorkflowID).event(params.TransactionID, params.Actor, params.Context)
	if err := checks.err(); err != nil {
		return nil, err
	}
	all := TriggerParams{
		WorkflowID: params.WorkflowID, Payload: params.Payload, Overrides: params.Overrides,
		TransactionID: params.TransactionID, Actor: params.Actor, Tenant: params.Tenant, Context: params.Context,
	}
	return s.trigger(ctx, checks.Op, triggerRoute+"/broadcast", all.wire(0, opts), opts)
}

// Cancel stops what is still pending of an event, such as a delayed step. It
// reports whether there was anything; after a retry that may be false although
// an earlier attempt did cancel.
func (s *EventsService) Cancel(ctx context.Context, transactionID string, opts ...RequestOption) (bool, error) {
	const op = "cancel event"
	if err := checkParams(op).id("transactionID", transactionID).err(); err != nil {
		return false, err
	}
	cancelled, err := do[bool](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodDelete, Route: triggerRoute + "/{transactionId}", Args: []string{transactionID}, Gone: isGone,
	}, opts)
	if err != nil {
		return false, err
	}
	return *cancelled, nil
}

const maxBulkEvents = 100

// TriggerBulk triggers any number of events, 100 a request. It returns a result
// for each, in the order given; every one has to be asked for its Err. A request
// that fails as a whole is the Err of each of its events, and the others are
// sent all the same; one that is too large is sent in halves. The error is
// ErrInvalidParams, with nothing sent, or else nil. Requests are retried like
// Trigger's.
func (s *EventsService) TriggerBulk(ctx context.Context, events []TriggerParams, opts ...RequestOption) ([]TriggerResult, error) {
	const op = "trigger events"
	checks := checkParams(op)
	for i := range events {
		events[i].check(checks)
	}
	if _, err := callOptions(op, opts); err != nil {
		return nil, err
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	wire := make([]event, len(events))
	for i := range events {
		wire[i] = events[i].wire(i, opts)
	}
	results := make([]TriggerResult, 0, len(events))
	requests := 0
	for part := range slices.Chunk(wire, maxBulkEvents) {
		results = append(results, s.bulk(ctx, op, part, opts, &requests)...)
	}
	return results, nil
}

func (s *EventsService) bulk(ctx context.Context, op string, part []event, opts []RequestOption, requests *int) []TriggerResult {
	own := append(slices.Clone(opts), keyOfChunk(*requests))
	*requests++
	out, err := do[[]TriggerResult](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Trigger, Method: http.MethodPost, Route: triggerRoute + "/bulk",
		Body: struct {
			Events []event `json:"events"`
		}{part},
	}, own)
	if half := len(part) / 2; half > 0 && errors.Is(err, ErrPayloadTooLarge) {
		return append(s.bulk(ctx, op, part[:half], opts, requests), s.bulk(ctx, op, part[half:], opts, requests)...)
	}
	if err == nil && len(*out) != len(part) {
		err = &Error{Op: op, Message: fmt.Sprintf("the server answered %d of %d events", len(*out), len(part))}
	}
	results := make([]TriggerResult, len(part))
	for i := range part {
		if err != nil {
			results[i].err = err
		} else {
			results[i] = (*out)[i]
		}
		if results[i].TransactionID == "" {
			results[i].TransactionID = part[i].TransactionID
		}
	}
	return results
}
