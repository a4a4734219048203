package novu

import (
	"cmp"
	"context"
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
	// TransactionID names the event, made here if empty. The server delivers an id once, provided
	// that the first was processed before the second came.
	TransactionID string
	Actor         SubscriberProfile // who caused it
	Tenant        string            // a tenant's identifier; not a context
	// Context must be that of the endpoints to be reached. The sets are compared as a whole. A
	// trigger that matches nothing is accepted and sends nothing.
	Context ContextPayload
	// AgentID has an agent of Novu's see the event; servers before mid-2026 ignore it.
	AgentID string
	// BridgeURL is the bridge that runs a workflow made in code, instead of the environment's. The
	// server refuses a private address.
	BridgeURL string
}

// check checks an event. The prefix is "" or names the event among several: "Events[57].".
func (p *TriggerParams) check(c *checks, prefix string) *checks {
	return c.within(prefix, func() { c.id("WorkflowID", p.WorkflowID).recipients(p.To).event(p.TransactionID, p.Actor, p.Context) })
}

func (c *checks) event(transactionID string, actor SubscriberProfile, p ContextPayload) *checks {
	return c.optionalID("TransactionID", transactionID).optionalID("Actor.SubscriberID", actor.SubscriberID).context(p)
}

// event is a trigger's body.
type event struct {
	Name          string             `json:"name"`
	To            Recipients         `json:"to,omitempty"`
	Payload       map[string]any     `json:"payload"` // a bulk trigger fails without one
	Overrides     map[string]any     `json:"overrides,omitempty"`
	TransactionID string             `json:"transactionId"`
	Actor         *SubscriberProfile `json:"actor,omitempty"`
	Tenant        string             `json:"tenant,omitempty"`
	Context       ContextPayload     `json:"context,omitempty"`
	AgentID       string             `json:"agentId,omitempty"`
	BridgeURL     string             `json:"bridgeUrl,omitempty"`
}

func (p *TriggerParams) wire() event {
	e := event{
		Name: p.WorkflowID, To: p.To, Payload: p.Payload, Overrides: p.Overrides,
		TransactionID: p.TransactionID, Tenant: p.Tenant, Context: p.Context,
		AgentID: p.AgentID, BridgeURL: p.BridgeURL,
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

// TriggerResult is the server's receipt for an event. It says that the event was accepted, not that
// anything was delivered: that happens later, and Notifications.Wait tells what became of it.
type TriggerResult struct {
	Acknowledged     bool          `json:"acknowledged"`
	Status           TriggerStatus `json:"status"`
	TransactionID    string        `json:"transactionId"`
	Errors           []string      `json:"error"` // with StatusTriggerError
	ActivityFeedLink string        `json:"activityFeedLink"`

	err error // of the request that carried it, in a bulk
}

// missing insists on the acknowledgment of a status that is not known: {"status":"maintenance"} is
// no receipt.
func (r *TriggerResult) missing() string {
	if r.Status != "" && !r.Acknowledged && !r.Status.isKnown() {
		return "acknowledgment"
	}
	return missing("status", string(r.Status))
}

func (s TriggerStatus) isKnown() bool {
	_, hasRemedy := triggerRemedies[s]
	return hasRemedy || s == StatusProcessed || s == StatusSubscriberIDMissing || s == StatusTriggerError
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

// Trigger runs a workflow for its recipients. A status other than processed is a [*TriggerError].
//
// A trigger is retried under one transaction id, at least a second after an attempt that may have
// been accepted: the server suppresses a transaction id that it has processed, so the notification
// is sent once. An error carries the transaction id, with which the event can be repeated.
//
// API: POST /v1/events/trigger
func (s *EventsService) Trigger(ctx context.Context, params TriggerParams, opts ...RequestOption) (*TriggerResult, error) {
	const op = "trigger event"
	checks := params.check(checkParams(op, opts...), "")
	if err := checks.err(); err != nil {
		return nil, err
	}
	body := params.wire()
	if body.TransactionID == "" {
		body.TransactionID = makeID("txn_", checks.options.idempotencyKey, body, 0)
	}
	return s.trigger(ctx, op, triggerRoute, body, body.TransactionID, opts)
}

// trigger sends an event, whose body may be encoded already.
func (s *EventsService) trigger(ctx context.Context, op, route string, body any, transactionID string, opts []RequestOption) (*TriggerResult, error) {
	result, err := do[TriggerResult](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Trigger, Method: http.MethodPost, Route: route, Body: body,
	}, opts)
	if err != nil {
		return nil, carry(err, "", transactionID)
	}
	s.tidy(result, transactionID)
	if err := result.Err(); err != nil {
		return nil, err
	}
	return result, nil
}

// tidy makes what a server said of an event fit to be shown.
func (s *EventsService) tidy(result *TriggerResult, transactionID string) {
	result.TransactionID = cmp.Or(result.TransactionID, transactionID)
	for i, text := range result.Errors {
		result.Errors[i] = s.client.clean(text)
	}
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

// Broadcast runs a workflow for every subscriber of the environment. Its errors and retries are
// those of Trigger.
//
// API: POST /v1/events/trigger/broadcast
func (s *EventsService) Broadcast(ctx context.Context, params BroadcastParams, opts ...RequestOption) (*TriggerResult, error) {
	const op = "broadcast event"
	checks := checkParams(op, opts...).id("WorkflowID", params.WorkflowID).event(params.TransactionID, params.Actor, params.Context)
	if err := checks.err(); err != nil {
		return nil, err
	}
	all := TriggerParams{
		WorkflowID: params.WorkflowID, Payload: params.Payload, Overrides: params.Overrides,
		TransactionID: params.TransactionID, Actor: params.Actor, Tenant: params.Tenant, Context: params.Context,
	}
	body := all.wire()
	if body.TransactionID == "" {
		body.TransactionID = makeID("txn_", checks.options.idempotencyKey, body, 0)
	}
	return s.trigger(ctx, op, triggerRoute+"/broadcast", body, body.TransactionID, opts)
}

// Cancel stops what is still pending of an event, such as a delayed step. It reports whether there
// was anything. After a retry that may be false although an earlier attempt did cancel.
//
// API: DELETE /v1/events/trigger/{transactionId}
func (s *EventsService) Cancel(ctx context.Context, transactionID string, opts ...RequestOption) (bool, error) {
	const op = "cancel event"
	if err := checkParams(op, opts...).id("transactionID", transactionID).err(); err != nil {
		return false, err
	}
	canceled, err := do[bool](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodDelete, Route: triggerRoute + "/{transactionId}", Args: []string{transactionID}, Gone: isGone,
	}, opts)
	if err != nil {
		return false, err
	}
	return *canceled, nil
}
